/* SPDX-License-Identifier: Apache-2.0 */
/* The whole structure, checked once at open; see regf.h. */
#include <stdlib.h>

#include "formats/regf/cells.h"

enum { KEYS_DEEP = 512 };

/* Two bits a cell, by offset / 8: that one in use begins there, and that something refers to it. */
struct marks {
	uint8_t *begins, *used;
};

struct walk {
	struct regf *regf;
	struct marks marks;
	uint32_t size; /* of the bins */
	struct level {
		uint32_t key;
		size_t from, next, end; /* in `keys` */
	} levels[KEYS_DEEP];
	size_t depth;
	struct regf_list keys; /* those of all levels, one behind the other */
	struct err *err;
};

static bool marked(const uint8_t *marks, uint32_t at)
{
	return marks[at / 64] >> (at / 8 % 8) & 1;
}

static void mark(uint8_t *marks, uint32_t at)
{
	marks[at / 64] = (uint8_t)(marks[at / 64] | 1u << (at / 8 % 8));
}

/* Offsets in messages count from the beginning of the file. */
static bool damaged(struct walk *walk, uint32_t at, const char *what)
{
	return err_set(walk->err, ERR_FORMAT, "hive: offset 0x%x: %s", at + BASE_BLOCK, what);
}

/* `at` is a cell in use with room for `need` bytes; `from` refers to it. */
static bool see_cell(struct walk *walk, uint32_t from, uint32_t at, uint32_t need, const char *what)
{
	if (at >= walk->size || at % 8 != 0 || !marked(walk->marks.begins, at))
		return err_set(walk->err, ERR_FORMAT,
		    "hive: offset 0x%x: refers to 0x%llx for %s, where no cell in use begins",
		    from + BASE_BLOCK, (unsigned long long)at + BASE_BLOCK, what);
	if (cell_size(walk->regf, at) < need)
		return err_set(walk->err, ERR_FORMAT,
		    "hive: offset 0x%x: the cell of %s has %u bytes, it takes %u", at + BASE_BLOCK,
		    what, cell_size(walk->regf, at), need);
	return true;
}

/* As above, and nothing else refers to it. */
static bool take_cell(
    struct walk *walk, uint32_t from, uint32_t at, uint32_t need, const char *what)
{
	if (!see_cell(walk, from, at, need, what))
		return false;
	if (marked(walk->marks.used, at))
		return err_set(walk->err, ERR_FORMAT,
		    "hive: offset 0x%x: %s is referred to a second time, from 0x%x",
		    at + BASE_BLOCK, what, from + BASE_BLOCK);
	mark(walk->marks.used, at);
	return true;
}

static bool check_base(const struct regf *regf, struct err *err)
{
	const uint8_t *base = regf->file.data;
	uint32_t size;

	if (regf->file.size < BASE_BLOCK + BIN)
		return err_set(
		    err, ERR_FORMAT, "hive: cut off, it has only %zu bytes", regf->file.size);
	if (memcmp(base, "regf", 4) != 0)
		return err_set(err, ERR_FORMAT, "hive: offset 0x0: no registry hive (no \"regf\")");
	if (get32(base + BASE_CHECKSUM) != regf_checksum(base))
		return err_set(err, ERR_FORMAT,
		    "hive: offset 0x%x: the checksum of the base block does not match",
		    BASE_CHECKSUM);
	if (get32(base + BASE_MAJOR) != 1 || regf->minor < 2 || regf->minor > 6 ||
	    get32(base + BASE_TYPE) != 0 || get32(base + BASE_FORMAT) != 1)
		return err_set(err, ERR_FORMAT,
		    "hive: offset 0x%x: version %u.%u, type %u: no hive that this program knows",
		    BASE_MAJOR, get32(base + BASE_MAJOR), regf->minor, get32(base + BASE_TYPE));
	if (get32(base + BASE_PRIMARY) != get32(base + BASE_SECONDARY))
		return err_set(err, ERR_HOST,
		    "hive: Windows did not finish writing it (sequence numbers %u and %u): let this"
		    " Windows start and shut it down fully, then try again",
		    get32(base + BASE_PRIMARY), get32(base + BASE_SECONDARY));
	size = get32(base + BASE_SIZE);
	if (size < BIN || size % BIN != 0 || size > regf->file.size - BASE_BLOCK)
		return err_set(err, ERR_FORMAT,
		    "hive: offset 0x%x: claims %u bytes of bins, the file has %zu", BASE_SIZE, size,
		    regf->file.size - BASE_BLOCK);
	return true;
}

static bool walk_cells(struct walk *walk, uint32_t bin, uint32_t end)
{
	for (uint32_t at = bin + BIN_HEAD; at < end;) {
		int32_t claimed = (int32_t)get32(walk->regf->file.data + BASE_BLOCK + at);
		uint32_t size = claimed < 0 ? 0u - (uint32_t)claimed : (uint32_t)claimed;

		if (size < 8 || size % 8 != 0 || size > end - at)
			return damaged(walk, at, "a cell whose size does not fit its bin");
		if (claimed < 0)
			mark(walk->marks.begins, at);
		else
			regf_note_gap(walk->regf, at, size);
		at += size;
	}
	return true;
}

static bool walk_bins(struct walk *walk)
{
	for (uint32_t at = 0; at < walk->size;) {
		const uint8_t *bin = walk->regf->file.data + BASE_BLOCK + at;
		uint32_t size = get32(bin + 8);

		if (memcmp(bin, "hbin", 4) != 0 || get32(bin + 4) != at)
			return damaged(walk, at, "no bin begins here");
		if (size < BIN || size % BIN != 0 || size > walk->size - at)
			return damaged(walk, at, "a bin whose size does not fit the file");
		if (!walk_cells(walk, at, at + size))
			return false;
		at += size;
	}
	return true;
}

static bool check_big(struct walk *walk, uint32_t from, uint32_t size)
{
	const uint8_t *db = cell_at(walk->regf, from);
	uint32_t count = get16(db + LIST_COUNT), list = get32(db + DB_LIST), left = size;

	if (!cell_is(db, "db"))
		return damaged(walk, from, "a value above 16,344 bytes without a db record");
	if (count != (size + REGF_SEGMENT - 1) / REGF_SEGMENT)
		return damaged(walk, from, "the segments do not make up the value");
	if (!take_cell(walk, from, list, 4 * count, "the list of segments"))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t part = left < REGF_SEGMENT ? left : REGF_SEGMENT;
		uint32_t at = get32(cell_at(walk->regf, list) + (size_t)4 * i);

		if (!take_cell(walk, list, at, part, "a segment of a value"))
			return false;
		left -= part;
	}
	return true;
}

static bool check_value(struct walk *walk, uint32_t from, uint32_t at)
{
	const uint8_t *vk;
	uint32_t size, data;

	if (!take_cell(walk, from, at, VK_NAME, "a value"))
		return false;
	vk = cell_at(walk->regf, at);
	if (!cell_is(vk, "vk"))
		return damaged(walk, at, "no value (vk) stands here");
	if (!see_cell(walk, from, at, VK_NAME + get16(vk + VK_NAME_SIZE), "a value and its name"))
		return false;
	size = get32(vk + VK_SIZE);
	data = get32(vk + VK_DATA);
	if (size & VK_INLINE)
		return (size & ~VK_INLINE) <= 4 ||
		       damaged(walk, at, "a value with more than 4 bytes in itself");
	if (size == 0)
		return true;
	if (size > REGF_DB_MAX)
		return damaged(walk, at, "a value larger than this program takes");
	if (!is_big(walk->regf, size))
		return take_cell(walk, at, data, size, "the data of a value");
	return take_cell(walk, at, data, DB_CELL, "the data of a value") &&
	       check_big(walk, data, size);
}

static bool check_values(struct walk *walk, uint32_t key)
{
	const uint8_t *nk = cell_at(walk->regf, key);
	uint32_t count = get32(nk + NK_VALUES), list = get32(nk + NK_VALUE_LIST);

	if (count == 0)
		return true;
	if (count > walk->size / 4)
		return damaged(walk, key, "a key with more values than there is room for");
	if (!take_cell(walk, key, list, 4 * count, "the list of values"))
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (!check_value(walk, list, get32(cell_at(walk->regf, list) + (size_t)4 * i)))
			return false;
	return true;
}

/* Appends the keys of a list; `deep`: a list of lists may stand here. */
static bool check_list(struct walk *walk, uint32_t from, uint32_t at, bool deep)
{
	const uint8_t *list;
	uint32_t count, step;
	bool lists;

	if (!take_cell(walk, from, at, LIST_ENTRIES, "a list of subkeys"))
		return false;
	list = cell_at(walk->regf, at);
	lists = cell_is(list, "ri");
	if ((lists && !deep) ||
	    !(lists || cell_is(list, "lf") || cell_is(list, "lh") || cell_is(list, "li")))
		return damaged(walk, at, "no list of subkeys stands here");
	count = get16(list + LIST_COUNT);
	step = list_step(list);
	if (!see_cell(walk, from, at, LIST_ENTRIES + count * step, "a list of subkeys"))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t entry = get32(list + LIST_ENTRIES + (size_t)i * step);

		if (!lists)
			regf_list_add(&walk->keys, entry);
		else if (!check_list(walk, at, entry, false))
			return false;
	}
	return true;
}

static bool check_security(struct walk *walk, uint32_t key)
{
	uint32_t at = get32(cell_at(walk->regf, key) + NK_SECURITY);
	const uint8_t *sk;

	if (!see_cell(walk, key, at, SK_DESCRIPTOR, "the security of a key"))
		return false;
	sk = cell_at(walk->regf, at);
	if (!cell_is(sk, "sk"))
		return damaged(walk, at, "no security (sk) stands here");
	return get32(sk + SK_SIZE) <= cell_size(walk->regf, at) - SK_DESCRIPTOR ||
	       damaged(walk, at, "a security descriptor that is cut off");
}

/* Checks the key itself, but not its subkeys. `parent` is the key above it; the root has none. */
static bool check_key(struct walk *walk, uint32_t from, uint32_t key, const uint32_t *parent)
{
	const uint8_t *nk;
	uint32_t classes;

	if (!take_cell(walk, from, key, NK_NAME, "a key"))
		return false;
	nk = cell_at(walk->regf, key);
	if (!cell_is(nk, "nk"))
		return damaged(walk, key, "no key (nk) stands here");
	if (!see_cell(walk, from, key, NK_NAME + get16(nk + NK_NAME_SIZE), "a key and its name"))
		return false;
	if (parent && get32(nk + NK_PARENT) != *parent)
		return damaged(walk, key, "a key that does not know the key above it");
	classes = get16(nk + NK_CLASS_SIZE);
	if (classes > 0 && get32(nk + NK_CLASS) != REGF_NONE &&
	    !take_cell(walk, key, get32(nk + NK_CLASS), classes, "the class of a key"))
		return false;
	return check_security(walk, key) && check_values(walk, key);
}

/* Makes the key the deepest level: its subkeys are next. */
static bool enter(struct walk *walk, uint32_t key)
{
	const uint8_t *nk = cell_at(walk->regf, key);
	uint32_t count = get32(nk + NK_SUBKEYS);
	size_t from = walk->keys.count;

	if (walk->depth == KEYS_DEEP)
		return damaged(walk, key, "keys nested too deep");
	if (count > 0 && !check_list(walk, key, get32(nk + NK_SUBKEY_LIST), true))
		return false;
	if (walk->keys.count - from != count)
		return damaged(walk, key, "a key whose list of subkeys has another length");
	walk->levels[walk->depth++] =
	    (struct level){.key = key, .from = from, .next = from, .end = walk->keys.count};
	return true;
}

static bool walk_keys(struct walk *walk)
{
	uint32_t root = get32(walk->regf->file.data + BASE_ROOT);

	if (!check_key(walk, (uint32_t)BASE_ROOT - BASE_BLOCK, root, NULL) || !enter(walk, root))
		return false;
	while (walk->depth > 0) {
		struct level *level = &walk->levels[walk->depth - 1];
		uint32_t key;

		if (level->next == level->end) {
			walk->keys.count = level->from;
			walk->depth--;
			continue;
		}
		key = walk->keys.at[level->next++];
		if (!check_key(walk, level->key, key, &level->key) || !enter(walk, key))
			return false;
	}
	walk->regf->root = root;
	return true;
}

static bool check_all(struct regf *regf, struct err *err)
{
	struct walk *walk = mem_alloc(sizeof(*walk));
	bool ok;

	walk->regf = regf;
	walk->err = err;
	walk->size = get32(regf->file.data + BASE_SIZE);
	walk->marks.begins = mem_alloc(walk->size / 64 + 1);
	walk->marks.used = mem_alloc(walk->size / 64 + 1);
	ok = walk_bins(walk) && walk_keys(walk);
	free(walk->marks.begins);
	free(walk->marks.used);
	regf_list_release(&walk->keys);
	free(walk);
	return ok;
}

bool regf_open(struct bytes *file, struct regf *out, struct err *err)
{
	AUTO(regf) regf = {.file = TAKE(*file)};

	if (regf.file.size > REGF_MAX_BYTES)
		return err_set(err, ERR_FORMAT, "hive: has %zu bytes, allowed are %d",
		    regf.file.size, REGF_MAX_BYTES);
	if (regf.file.size >= BASE_BLOCK)
		regf.minor = get32(regf.file.data + BASE_MINOR);
	if (!check_base(&regf, err) || !check_all(&regf, err))
		return false;
	*out = TAKE(regf);
	return true;
}

void regf_release(struct regf *regf)
{
	bytes_release(&regf->file);
	free(regf->gap);
	*regf = (struct regf){0};
}

/*
 * A log begins with a base block too. From Windows 8.1 on (type 6) entries "HvLE" follow, each
 * with the sequence number that the hive has once it is carried over; before (types 1 and 2)
 * "DIRT" and the pages of one write, under the log's own sequence number.
 */
bool regf_log_is_pending(const struct regf *regf, struct span log)
{
	enum { BODY = 512, ENTRY_HEAD = 40, ENTRY_SIZE = 4, ENTRY_SEQUENCE = 12, TYPE_ENTRIES = 6 };
	uint32_t done = get32(regf->file.data + BASE_SECONDARY);

	if (log.size < BODY + ENTRY_HEAD || memcmp(log.data, "regf", 4) != 0 ||
	    get32(log.data + BASE_CHECKSUM) != regf_checksum(log.data))
		return false;
	if (get32(log.data + BASE_TYPE) != TYPE_ENTRIES)
		return memcmp(log.data + BODY, "DIRT", 4) == 0 &&
		       (int32_t)(get32(log.data + BASE_PRIMARY) - done) > 0;
	for (size_t at = BODY; at + ENTRY_HEAD <= log.size;) {
		const uint8_t *entry = log.data + at;
		uint32_t size = get32(entry + ENTRY_SIZE);

		if (memcmp(entry, "HvLE", 4) != 0 || size < ENTRY_HEAD || size > log.size - at)
			return false;
		if ((int32_t)(get32(entry + ENTRY_SEQUENCE) - done) >= 0)
			return true;
		at += size;
	}
	return false;
}
