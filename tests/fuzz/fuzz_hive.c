/* SPDX-License-Identifier: Apache-2.0 */
/* Reads all of a hive, edits it, and opens the result: an edit of a whole hive leaves a whole one.
 */
#include <stdint.h>
#include <stdlib.h>

#include "formats/regf/regf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BASE_BLOCK = 512, SUM = 508, TIME = 77 };

/* The checksum would stop nearly every mutation before it is looked at. */
static void make_sum_right(struct bytes *file)
{
	uint8_t sum[4] = {0};

	if (file->size < BASE_BLOCK)
		return;
	for (int i = 0; i < SUM; i++)
		sum[i % 4] ^= file->data[i];
	if (memcmp(sum, "\0\0\0\0", 4) && memcmp(sum, "\xff\xff\xff\xff", 4))
		memcpy(file->data + SUM, sum, sizeof(sum));
}

static void read_all(const struct regf *regf, uint32_t key, struct regf_list *seen)
{
	AUTO(regf_list) keys = {0};
	AUTO(regf_list) values = {0};
	AUTO(text) name = {0};

	regf_key_name(regf, key, &name);
	regf_values(regf, key, &values);
	for (size_t i = 0; i < values.count; i++) {
		struct regf_value value = regf_value_at(regf, values.at[i]);
		AUTO(bytes) content = {0};

		regf_value_name(regf, values.at[i], &name);
		regf_read_value(regf, &value, &content);
		if (content.size != value.size)
			abort();
	}
	regf_subkeys(regf, key, &keys);
	for (size_t i = 0; i < keys.count; i++) {
		read_all(regf, keys.at[i], seen);
		seen->at = mem_grow(seen->at, &seen->capacity, seen->count + 1, sizeof(*seen->at));
		seen->at[seen->count++] = keys.at[i];
	}
}

static void edit(struct regf *regf, const struct regf_list *keys)
{
	static const uint8_t large[40000];
	struct err err = {0};
	uint32_t key;

	/* deepest first, so that some can be deleted whole */
	for (size_t i = 0; i < keys->count && i < 20; i++) {
		regf_delete_value(regf, keys->at[i], "Blob", TIME);
		if (!regf_delete_key(regf, keys->at[i], TIME, &err) &&
		    !regf_set_value(
		        regf, keys->at[i], "Blob", 3, (struct span){large, 100 * i}, TIME, &err))
			return;
	}
	if (!regf_find_key(regf, regf->root, "ADDED", 5, &key) &&
	    !regf_add_key(regf, regf->root, "Added", TIME, &key, &err))
		return;
	if (!regf_set_value(regf, key, "Large", 3, (struct span){large, sizeof(large)}, TIME, &err))
		return;
	regf_seal(regf, TIME);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(bytes) file = bytes_copy((struct span){data, size});
	AUTO(bytes) again = {0};
	AUTO(regf) regf = {0};
	AUTO(regf) edited = {0};
	AUTO(regf_list) keys = {0};
	struct err err = {0};

	make_sum_right(&file);
	if (!regf_open(&file, &regf, &err))
		return 0;
	(void)!regf_log_is_pending(&regf, (struct span){data, size});
	read_all(&regf, regf.root, &keys);
	edit(&regf, &keys);
	if (regf.edited)
		return 0;
	again = bytes_copy(bytes_span(&regf.file));
	if (!regf_open(&again, &edited, &err))
		abort();
	return 0;
}
