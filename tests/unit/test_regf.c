/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "formats/regf/regf.h"
#include "flips.h"
#include "made_hive.h"
#include "real_data.h"

TestSuite(regf, .timeout = 120);

enum { TIME = 1000 };

static void open_made(unsigned minor, struct regf *out)
{
	AUTO(bytes) file = {0};
	struct err err = {0};

	made_hive(minor, &file);
	cr_assert(regf_open(&file, out, &err), "%s", err.text);
}

/* What a program that opens the file later would see. */
static void reopen(struct regf *regf)
{
	struct err err = {0};
	AUTO(bytes) copy = {0};

	regf_seal(regf, TIME);
	copy = bytes_copy(bytes_span(&regf->file));
	regf_release(regf);
	cr_assert(regf_open(&copy, regf, &err), "%s", err.text);
}

static uint32_t add(struct regf *regf, uint32_t parent, const char *name)
{
	struct err err = {0};
	uint32_t key = 0;

	cr_assert(regf_add_key(regf, parent, name, TIME, &key, &err), "%s", err.text);
	return key;
}

static void set(struct regf *regf, uint32_t key, const char *name, struct span data)
{
	struct err err = {0};

	cr_assert(regf_set_value(regf, key, name, 3, data, TIME, &err), "%s", err.text);
}

static void expect(const struct regf *regf, uint32_t key, const char *name, struct span data)
{
	struct regf_value value;
	AUTO(bytes) found = {0};

	cr_assert(regf_find_value(regf, key, name, &value), "%s", name);
	regf_read_value(regf, &value, &found);
	cr_assert(value.type == 3 && span_equal(bytes_span(&found), data), "%s", name);
}

Test(regf, an_empty_hive_of_every_version)
{
	for (unsigned minor = 2; minor <= 6; minor++) {
		AUTO(regf) regf = {0};
		AUTO(regf_list) keys = {0};

		open_made(minor, &regf);
		regf_subkeys(&regf, regf.root, &keys);
		cr_assert_eq(keys.count, 0);
	}
}

Test(regf, values_of_every_size_come_back)
{
	static const size_t sizes[] = {
	    0, 1, 2, 4, 5, 8, 16343, 16344, 16345, 16348, 32688, 32689, 200000};

	for (unsigned minor = 3; minor <= 6; minor++) {
		AUTO(regf) regf = {0};
		AUTO(bytes) data = {0};
		char name[32];

		open_made(minor, &regf);
		for (unsigned i = 0; i < 200000; i++)
			bytes_add(&data, &(uint8_t){(uint8_t)(i * 7 + i / 251)}, 1);
		for (size_t i = 0; i < COUNT(sizes); i++) {
			snprintf(name, sizeof(name), "v%zu", sizes[i]);
			set(&regf, regf.root, name, (struct span){data.data, sizes[i]});
		}
		reopen(&regf);
		for (size_t i = 0; i < COUNT(sizes); i++) {
			snprintf(name, sizeof(name), "V%zu", sizes[i]);
			expect(&regf, regf.root, name, (struct span){data.data, sizes[i]});
		}
	}
}

Test(regf, a_value_too_large_for_the_version_is_refused)
{
	AUTO(regf) regf = {0};
	AUTO(bytes) data = {0};
	struct err err = {0};

	open_made(3, &regf);
	bytes_reserve(&data, REGF_VALUE_MAX + 1);
	data.size = REGF_VALUE_MAX + 1;
	cr_assert_not(regf_set_value(&regf, regf.root, "x", 3, bytes_span(&data), TIME, &err));
	cr_assert_eq(err.code, ERR_HOST);
	cr_assert_not(regf.edited);
}

/* The lists stay sorted, past the length of one list too, and empty again they are gone. */
Test(regf, thousands_of_keys_come_and_go)
{
	enum { KEYS = 2500 };
	AUTO(regf) regf = {0};
	AUTO(regf_list) keys = {0};
	AUTO(text) last = {0};
	struct err err = {0};
	uint32_t key;
	char name[32];

	open_made(5, &regf);
	for (unsigned i = 0; i < KEYS; i++) {
		snprintf(name, sizeof(name), "%c%u", i % 2 ? 'k' : 'K', i * 7919 % KEYS);
		key = add(&regf, regf.root, name);
		set(&regf, key, "Blob", span_text(name));
	}
	reopen(&regf);
	regf_subkeys(&regf, regf.root, &keys);
	cr_assert_eq(keys.count, KEYS);
	for (size_t i = 0; i < keys.count; i++) {
		AUTO(text) now = {0};

		regf_key_name(&regf, keys.at[i], &now);
		cr_assert(strcasecmp(text_string(&last), text_string(&now)) < 0);
		text_release(&last);
		last = TAKE(now);
	}
	for (unsigned i = 0; i < KEYS; i++) {
		snprintf(name, sizeof(name), "K%u", i);
		cr_assert(regf_find_key(&regf, regf.root, name, strlen(name), &key), "%s", name);
		cr_assert_not(regf_delete_key(&regf, key, TIME, &err), "it is not empty");
		regf_delete_value(&regf, key, "blob", TIME);
		cr_assert(regf_delete_key(&regf, key, TIME, &err), "%s", err.text);
	}
	reopen(&regf);
	cr_assert_not(regf_find_key(&regf, regf.root, "K1", 2, &key));
}

/* Replacing the same things again and again does not make the file grow. */
Test(regf, freed_cells_are_used_again)
{
	AUTO(regf) regf = {0};
	AUTO(bytes) data = {0};
	size_t size = 0;

	open_made(5, &regf);
	bytes_reserve(&data, 50000);
	data.size = 50000;
	memset(data.data, 1, data.size);
	for (unsigned round = 0; round < 50; round++) {
		uint32_t key = add(&regf, regf.root, "Key");
		struct err err = {0};

		set(&regf, key, "a", bytes_span(&data));
		set(&regf, key, "a", (struct span){data.data, 900});
		set(&regf, key, "b", bytes_span(&data));
		regf_delete_value(&regf, key, "a", TIME);
		regf_delete_value(&regf, key, "b", TIME);
		cr_assert(regf_delete_key(&regf, key, TIME, &err));
		reopen(&regf);
		if (round == 1)
			size = regf.file.size;
	}
	cr_assert_eq(regf.file.size, size, "%zu bytes, then %zu", size, regf.file.size);
}

/* Random edits against a table of what must be there. */
Test(regf, random_edits_are_what_a_table_says)
{
	enum { SLOTS = 64, ROUNDS = 4000 };
	static struct bytes wanted[SLOTS];
	static bool there[SLOTS];
	AUTO(regf) regf = {0};
	uint64_t seed = 3;
	char name[16];

	open_made(5, &regf);
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned slot, size;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		slot = (unsigned)(seed >> 33) % SLOTS;
		size = (unsigned)(seed >> 40) % (round % 50 ? 300 : 40000);
		snprintf(name, sizeof(name), "slot %u", slot);
		if (there[slot] && seed >> 62 == 0) {
			regf_delete_value(&regf, regf.root, name, TIME);
			there[slot] = false;
			continue;
		}
		wanted[slot].size = 0;
		for (unsigned i = 0; i < size; i++)
			bytes_add(&wanted[slot], &(uint8_t){(uint8_t)(seed >> i % 50)}, 1);
		set(&regf, regf.root, name, bytes_span(&wanted[slot]));
		there[slot] = true;
		if (round % 500 == 0)
			reopen(&regf);
	}
	reopen(&regf);
	for (unsigned slot = 0; slot < SLOTS; slot++) {
		struct regf_value value;

		snprintf(name, sizeof(name), "SLOT %u", slot);
		cr_assert_eq(regf_find_value(&regf, regf.root, name, &value), there[slot]);
		if (there[slot])
			expect(&regf, regf.root, name, bytes_span(&wanted[slot]));
		bytes_release(&wanted[slot]);
	}
}

Test(regf, names_that_cannot_be_sorted_are_refused)
{
	AUTO(regf) regf = {0};
	struct err err = {0};
	uint32_t key;

	open_made(5, &regf);
	cr_assert_not(regf_add_key(&regf, regf.root,
	    "Stra\xc3\x9f"
	    "e",
	    TIME, &key, &err));
	cr_assert_not(regf_add_key(&regf, regf.root, "a\\b", TIME, &key, &err));
	cr_assert_eq(err.code, ERR_HOST);
}

Test(regf, one_that_was_not_finished_is_refused)
{
	AUTO(bytes) file = {0};
	AUTO(regf) regf = {0};
	struct err err = {0};

	made_hive(5, &file);
	file.data[4] = 9;
	made_hive_sum(file.data);
	cr_assert_not(regf_open(&file, &regf, &err));
	cr_assert_eq(err.code, ERR_HOST);
	cr_assert(strstr(err.text, "sequence numbers 9 and 1"), "%s", err.text);
}

/* A log of Windows 8.1 and later with one entry, and one of before. */
static void made_log(struct bytes *log, unsigned type, uint8_t sequence)
{
	AUTO(bytes) base = {0};

	made_hive(5, &base);
	base.data[4] = base.data[8] = sequence;
	base.data[28] = (uint8_t)type;
	made_hive_sum(base.data);
	log->size = 0;
	bytes_reserve(log, 1024);
	bytes_add(log, base.data, 512);
	memset(log->data + 512, 0, 512);
	log->size = 1024;
	memcpy(log->data + 512, type == 6 ? "HvLE" : "DIRT", 4);
	log->data[512 + 5] = 2; /* 512 bytes */
	log->data[512 + 12] = sequence;
}

Test(regf, logs_that_hold_more_than_the_hive)
{
	AUTO(regf) regf = {0};
	AUTO(bytes) log = {0};

	open_made(5, &regf); /* 1 and 1 */
	made_log(&log, 6, 0);
	cr_assert_not(regf_log_is_pending(&regf, bytes_span(&log)), "it was carried over");
	made_log(&log, 6, 1);
	cr_assert(regf_log_is_pending(&regf, bytes_span(&log)));
	log.data[600 - 100] ^= 1;
	cr_assert_not(regf_log_is_pending(&regf, bytes_span(&log)), "Windows would not read it");
	made_log(&log, 1, 1);
	cr_assert_not(regf_log_is_pending(&regf, bytes_span(&log)));
	made_log(&log, 1, 2);
	cr_assert(regf_log_is_pending(&regf, bytes_span(&log)));
	cr_assert_not(regf_log_is_pending(&regf, (struct span){log.data, 500}));
}

/* Everything that the readers and the writers touch. */
static void use(struct regf *regf, uint32_t key, unsigned *left)
{
	AUTO(regf_list) keys = {0};
	AUTO(regf_list) values = {0};
	struct err err = {0};

	regf_values(regf, key, &values);
	for (size_t i = 0; i < values.count; i++) {
		struct regf_value value = regf_value_at(regf, values.at[i]);
		AUTO(bytes) data = {0};
		AUTO(text) name = {0};

		regf_value_name(regf, values.at[i], &name);
		regf_read_value(regf, &value, &data);
	}
	regf_subkeys(regf, key, &keys);
	for (size_t i = 0; i < keys.count && *left; i++, --*left)
		use(regf, keys.at[i], left);
	if (!regf_set_value(regf, key, "x", 3, span_text("some data"), TIME, &err))
		return;
	regf_delete_value(regf, key, "Blob", TIME);
}

/* Uses at most `left` of its keys. */
static void try_bytes(struct span span, unsigned left)
{
	AUTO(bytes) file = bytes_copy(span);
	AUTO(regf) regf = {0};
	struct err err = {0};

	if (regf_open(&file, &regf, &err))
		use(&regf, regf.root, &left);
	else
		cr_assert(err.code == ERR_HOST || err.code == ERR_FORMAT);
}

static void full_hive(struct regf *out)
{
	AUTO(bytes) big = {0};
	uint32_t key;

	open_made(5, out);
	bytes_reserve(&big, 40000);
	big.size = 40000;
	memset(big.data, 'b', big.size);
	key = add(out, add(out, out->root, "Microsoft"), "Certificates");
	set(out, key, "Blob", span_text("certificate"));
	set(out, key, "EncodedCtl", bytes_span(&big));
	add(out, key, "A");
	add(out, key, "B");
	reopen(out);
}

Test(regf, every_truncation_is_an_error)
{
	AUTO(regf) regf = {0};

	full_hive(&regf);
	for (size_t size = 0; size < regf.file.size; size++) {
		AUTO(bytes) file = bytes_copy((struct span){regf.file.data, size});
		AUTO(regf) cut = {0};
		struct err err = {0};

		cr_assert_not(regf_open(&file, &cut, &err), "%zu", size);
		cr_assert_eq(err.code, ERR_FORMAT);
	}
}

/* The checksum is made right, or no flip in the base block would get past it. */
Test(regf, many_bit_flips)
{
	AUTO(regf) regf = {0};
	uint64_t seed = 11;

	full_hive(&regf);
	for (unsigned i = 0; i < FLIPS; i++) {
		AUTO(bytes) file = bytes_copy(bytes_span(&regf.file));
		size_t at;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		/* most of the hive is data: three of four flips go to its head */
		at = (size_t)(seed >> 35) % (seed >> 62 ? 6000 : file.size);
		file.data[at] ^= (uint8_t)(1 << (seed >> 20 & 7));
		if (at < 508)
			made_hive_sum(file.data);
		try_bytes(bytes_span(&file), 500);
	}
}

/* Every one of the data folder's: read, and of one many flips too. */
Test(regf, real_hives_and_their_damage, .timeout = 300)
{
	const char *data = getenv("TRUST_DEPLOYER_DATA");
	AUTO(root) none = root_none();
	AUTO(folder) folder = {.fd = -1};
	AUTO(bytes) file = {0};
	AUTO(text) path = {0};
	struct err err = {0};
	uint64_t seed = 5;

	text_addf(&path, "%s/registry/hives", data ? data : "");
	if (!data || file_type(&none, text_string(&path)) != FILE_FOLDER)
		cr_skip_test("no real data");
	cr_assert(folder_open(&none, text_string(&path), &folder, &err), "%s", err.text);
	for (size_t i = 0; i < folder.count; i++) {
		AUTO(bytes) copy = {0};
		AUTO(regf) regf = {0};

		cr_assert(
		    folder_read(&folder, folder.entries[i].name, REGF_MAX_BYTES, &file, &err));
		copy = bytes_copy(bytes_span(&file));
		cr_assert(
		    regf_open(&copy, &regf, &err), "%s: %s", folder.entries[i].name, err.text);
		add(&regf, regf.root, "Added by a test");
		set(&regf, regf.root, "x", span_text("data"));
		reopen(&regf);
	}
	cr_assert_eq(folder.count, 4);
	cr_assert(folder_read(&folder, "plaso_NTUSER-RunTests.DAT", REGF_MAX_BYTES, &file, &err));
	for (unsigned i = 0; i < FLIPS; i++) {
		AUTO(bytes) flipped = bytes_copy(bytes_span(&file));
		size_t at;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		at = (size_t)(seed >> 33) % flipped.size;
		flipped.data[at] ^= (uint8_t)(1 << (seed >> 20 & 7));
		if (at < 508)
			made_hive_sum(flipped.data);
		try_bytes(bytes_span(&flipped), 100);
	}
}

/* Its bins end at 245,760 of 262,144 bytes; what is behind them is nobody's. All cuts take half a
 * minute under the sanitizers, so most of those in the middle are left out. */
Test(regf, cuts_of_a_real_hive, .timeout = 300)
{
	enum { BINS_END = 245760, EDGE = 8192 };
	AUTO(bytes) file = read_data("registry/hives/plaso_NTUSER-RunTests.DAT");

	for (size_t size = 0; size < file.size;
	     size += size < EDGE || size > BINS_END - EDGE ? 1 : 61) {
		struct bytes cut = bytes_copy((struct span){file.data, size});
		AUTO(regf) regf = {0};
		struct err err = {0};
		bool good = regf_open(&cut, &regf, &err);

		cr_assert_eq(good, size >= BINS_END, "cut to %zu bytes", size);
		cr_assert(good || err.code == ERR_FORMAT);
		if (size > BINS_END)
			break;
	}
}
