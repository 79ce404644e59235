/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and values of a checked hive; see regf.h. */
#include <stdlib.h>

#include "base/utf16.h"
#include "formats/regf/cells.h"

void regf_list_add(struct regf_list *list, uint32_t at)
{
	list->at = mem_grow(list->at, &list->capacity, list->count + 1, sizeof(*list->at));
	list->at[list->count++] = at;
}

void regf_list_release(struct regf_list *list)
{
	free(list->at);
	*list = (struct regf_list){0};
}

uint32_t regf_checksum(const uint8_t *base_block)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < BASE_CHECKSUM; i += 4)
		sum ^= get32(base_block + i);
	return sum == 0 ? 1 : sum == 0xffffffff ? 0xfffffffe : sum;
}

/* A name as it is stored. */
struct name {
	struct span rest;
	bool bytes; /* one a character: Latin-1; else UTF-16LE */
};

static struct name key_name(const struct regf *regf, uint32_t key)
{
	const uint8_t *nk = cell_at(regf, key);

	return (struct name){
	    {nk + NK_NAME, get16(nk + NK_NAME_SIZE)}, get16(nk + NK_FLAGS) & NK_ASCII};
}

static struct name value_name(const struct regf *regf, uint32_t at)
{
	const uint8_t *vk = cell_at(regf, at);

	return (struct name){
	    {vk + VK_NAME, get16(vk + VK_NAME_SIZE)}, get16(vk + VK_FLAGS) & VK_ASCII};
}

static uint32_t next_point(struct name *name)
{
	uint32_t point = name->rest.data[0];

	if (!name->bytes)
		return utf16_take(&name->rest);
	name->rest = (struct span){name->rest.data + 1, name->rest.size - 1};
	return point;
}

static void add_name(struct name name, struct text *out)
{
	while (name.rest.size > 0) {
		uint8_t utf8[TEXT_SEQUENCE];
		size_t size = text_write_sequence(next_point(&name), utf8);

		text_add_span(out, (struct span){utf8, size});
	}
}

/* The registry folds the case of all scripts; what trust needs is named in ASCII, and the
 * letters of Latin-1 are folded for the names of people. */
static uint32_t fold(uint32_t point)
{
	if (point >= 'a' && point <= 'z')
		return point - 'a' + 'A';
	if (point >= 0xe0 && point <= 0xfe && point != 0xf7)
		return point - 0x20;
	return point;
}

static bool is_named(struct name name, const char *wanted, size_t size)
{
	struct span rest = {(const uint8_t *)wanted, size};

	/* a character has at least a byte in both */
	if (name.bytes && name.rest.size > size)
		return false;
	while (name.rest.size > 0 && rest.size > 0) {
		uint32_t point;
		size_t used = text_sequence(rest, &point);

		if (used == 0 || fold(next_point(&name)) != fold(point))
			return false;
		rest.data += used;
		rest.size -= used;
	}
	return name.rest.size == 0 && rest.size == 0;
}

void regf_key_name(const struct regf *regf, uint32_t key, struct text *out)
{
	add_name(key_name(regf, key), out);
}

void regf_value_name(const struct regf *regf, uint32_t at, struct text *out)
{
	add_name(value_name(regf, at), out);
}

uint64_t regf_key_time(const struct regf *regf, uint32_t key)
{
	const uint8_t *time = cell_at(regf, key) + NK_TIME;

	return get32(time) | (uint64_t)get32(time + 4) << 32;
}

static void add_list(const struct regf *regf, uint32_t at, struct regf_list *out)
{
	const uint8_t *list = cell_at(regf, at);
	uint32_t count = get16(list + LIST_COUNT), step = list_step(list);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t entry = get32(list + LIST_ENTRIES + (size_t)i * step);

		/* lists of lists have one level: checked */
		if (cell_is(list, "ri"))
			add_list(regf, entry, out);
		else
			regf_list_add(out, entry);
	}
}

void regf_subkeys(const struct regf *regf, uint32_t key, struct regf_list *out)
{
	const uint8_t *nk = cell_at(regf, key);

	if (get32(nk + NK_SUBKEYS) > 0)
		add_list(regf, get32(nk + NK_SUBKEY_LIST), out);
}

bool regf_find_key(
    const struct regf *regf, uint32_t key, const char *name, size_t size, uint32_t *out)
{
	AUTO(regf_list) keys = {0};

	regf_subkeys(regf, key, &keys);
	for (size_t i = 0; i < keys.count; i++)
		if (is_named(key_name(regf, keys.at[i]), name, size)) {
			*out = keys.at[i];
			return true;
		}
	return false;
}

void regf_values(const struct regf *regf, uint32_t key, struct regf_list *out)
{
	const uint8_t *nk = cell_at(regf, key);
	uint32_t count = get32(nk + NK_VALUES);

	for (uint32_t i = 0; i < count; i++)
		regf_list_add(out, get32(cell_at(regf, get32(nk + NK_VALUE_LIST)) + (size_t)4 * i));
}

struct regf_value regf_value_at(const struct regf *regf, uint32_t at)
{
	const uint8_t *vk = cell_at(regf, at);

	return (struct regf_value){
	    .at = at,
	    .type = get32(vk + VK_TYPE),
	    .size = get32(vk + VK_SIZE) & ~VK_INLINE,
	};
}

bool regf_find_value(
    const struct regf *regf, uint32_t key, const char *name, struct regf_value *out)
{
	AUTO(regf_list) values = {0};

	regf_values(regf, key, &values);
	for (size_t i = 0; i < values.count; i++)
		if (is_named(value_name(regf, values.at[i]), name, strlen(name))) {
			*out = regf_value_at(regf, values.at[i]);
			return true;
		}
	return false;
}

static void read_segments(const struct regf *regf, uint32_t db, uint32_t left, struct bytes *out)
{
	const uint8_t *list = cell_at(regf, get32(cell_at(regf, db) + DB_LIST));

	for (; left > 0; list += 4) {
		uint32_t part = left < REGF_SEGMENT ? left : REGF_SEGMENT;

		bytes_add(out, cell_at(regf, get32(list)), part);
		left -= part;
	}
}

void regf_read_value(const struct regf *regf, const struct regf_value *value, struct bytes *out)
{
	const uint8_t *vk = cell_at(regf, value->at);

	bytes_reserve(out, out->size + value->size);
	if (get32(vk + VK_SIZE) & VK_INLINE)
		bytes_add(out, vk + VK_DATA, value->size);
	else if (is_big(regf, value->size))
		read_segments(regf, get32(vk + VK_DATA), value->size, out);
	else if (value->size > 0)
		bytes_add(out, cell_at(regf, get32(vk + VK_DATA)), value->size);
}
