/* SPDX-License-Identifier: Apache-2.0 */
/* Edits of the keys of a checked hive; see regf.h. */
#include <stdlib.h>

#include "formats/regf/cells.h"

/* Entries of one list of subkeys: with them it fills a bin of 4096 bytes and no more (as in the
 * hives that Windows writes: 4 + 8 * 507 + 4 bytes). */
enum { LEAF_MAX = 507 };

static uint8_t fold_ascii(uint8_t c)
{
	return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

/* Compares the stored name of a key with an ASCII name, both in upper case, as the lists are
 * sorted. */
static int compare_name(const struct regf *regf, uint32_t key, const char *name)
{
	const uint8_t *nk = cell_at(regf, key), *stored = nk + NK_NAME;
	size_t unit = get16(nk + NK_FLAGS) & NK_ASCII ? 1 : 2;
	size_t count = get16(nk + NK_NAME_SIZE) / unit;

	for (size_t i = 0; i < count && name[i]; i++) {
		unsigned point = unit == 1 ? stored[i] : get16(stored + 2 * i);
		int order = (int)(point < 0x80 ? fold_ascii((uint8_t)point) : point) -
		            (int)fold_ascii((uint8_t)name[i]);

		if (order != 0)
			return order;
	}
	return count > strlen(name) ? 1 : count < strlen(name) ? -1 : 0;
}

/* The hint behind a list's entry: a hash of the name in lh, its beginning in lf. */
static uint32_t hint_of(const struct regf *regf, uint32_t key)
{
	const uint8_t *nk = cell_at(regf, key), *stored = nk + NK_NAME;
	size_t unit = get16(nk + NK_FLAGS) & NK_ASCII ? 1 : 2;
	size_t count = get16(nk + NK_NAME_SIZE) / unit;
	uint32_t hash = 0;
	uint8_t first[4] = {0};

	for (size_t i = 0; i < count; i++) {
		unsigned point = unit == 1 ? stored[i] : get16(stored + 2 * i);

		hash = hash * 37 + (point < 0x80 ? fold_ascii((uint8_t)point) : point);
		if (i < sizeof(first))
			first[i] = point < 0x100 ? (uint8_t)point : 0;
	}
	return regf->minor >= 5 ? hash : get32(first);
}

/* Keeps the hint of an entry that was there before: the Windows that wrote it knows how it folds
 * case outside ASCII. */
struct entry {
	uint32_t key, hint;
};

struct entries {
	struct entry *list;
	size_t count;
};

static size_t read_leaf(const struct regf *regf, const uint8_t *leaf, struct entry *out)
{
	bool kept = cell_is(leaf, regf->minor >= 5 ? "lh" : "lf");
	uint32_t count = get16(leaf + LIST_COUNT), step = list_step(leaf);

	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *entry = leaf + LIST_ENTRIES + (size_t)i * step;

		out[i].key = get32(entry);
		out[i].hint = kept ? get32(entry + 4) : hint_of(regf, out[i].key);
	}
	return count;
}

/* With room for one more. */
static struct entries read_entries(const struct regf *regf, uint32_t parent)
{
	const uint8_t *nk = cell_at(regf, parent), *list;
	size_t count = get32(nk + NK_SUBKEYS);
	struct entries entries = {.list = mem_alloc((count + 1) * sizeof(*entries.list))};

	if (count == 0)
		return entries;
	list = cell_at(regf, get32(nk + NK_SUBKEY_LIST));
	if (!cell_is(list, "ri")) {
		entries.count = read_leaf(regf, list, entries.list);
		return entries;
	}
	for (uint32_t i = 0; i < get16(list + LIST_COUNT); i++) {
		uint32_t leaf = get32(list + LIST_ENTRIES + (size_t)4 * i);

		entries.count += read_leaf(regf, cell_at(regf, leaf), entries.list + entries.count);
	}
	return entries;
}

static void free_lists(struct regf *regf, uint32_t parent)
{
	const uint8_t *nk = cell_at(regf, parent);
	uint32_t at = get32(nk + NK_SUBKEY_LIST);

	if (get32(nk + NK_SUBKEYS) == 0)
		return;
	for (uint32_t i = 0;
	     cell_is(cell_at(regf, at), "ri") && i < get16(cell_at(regf, at) + LIST_COUNT); i++)
		regf_free(regf, get32(cell_at(regf, at) + LIST_ENTRIES + (size_t)4 * i));
	regf_free(regf, at);
}

static void fill_leaf(struct regf *regf, uint32_t at, const struct entry *list, size_t count)
{
	uint8_t *leaf = cell_at(regf, at);

	memcpy(leaf, regf->minor >= 5 ? "lh" : "lf", 2);
	set16(leaf + LIST_COUNT, count);
	for (size_t i = 0; i < count; i++) {
		set32(leaf + LIST_ENTRIES + 8 * i, list[i].key);
		set32(leaf + LIST_ENTRIES + 8 * i + 4, list[i].hint);
	}
}

/* Lists that grow an entry at a time get room ahead of it. */
static uint32_t with_slack(uint32_t size)
{
	return size + size / 4 + 16;
}

/* Where it is a single list with room enough it is written in place. */
static bool fits_in_place(const struct regf *regf, uint32_t parent, size_t count)
{
	const uint8_t *nk = cell_at(regf, parent);
	uint32_t at = get32(nk + NK_SUBKEY_LIST);

	return get32(nk + NK_SUBKEYS) > 0 && count > 0 && count <= LEAF_MAX &&
	       !cell_is(cell_at(regf, at), "ri") && cell_size(regf, at) >= LIST_ENTRIES + 8 * count;
}

static uint32_t make_leaf(struct regf *regf, const struct entry *list, size_t count)
{
	uint32_t need = LIST_ENTRIES + 8 * (uint32_t)count;
	uint32_t at = regf_alloc(regf, count < LEAF_MAX / 2 ? with_slack(need) : need);

	if (at != REGF_NONE)
		fill_leaf(regf, at, list, count);
	return at;
}

/* The new lists; REGF_NONE when there is no room. Several are of equal length, so that each can
 * grow. */
static uint32_t make_lists(struct regf *regf, const struct entries *entries)
{
	size_t leaves = (entries->count + LEAF_MAX - 1) / LEAF_MAX, done = 0;
	uint32_t at;

	if (leaves <= 1)
		return make_leaf(regf, entries->list, entries->count);
	at = regf_alloc(regf, LIST_ENTRIES + 4 * (uint32_t)leaves);
	if (at == REGF_NONE)
		return at;
	memcpy(cell_at(regf, at), "ri", 2);
	for (size_t i = 0; i < leaves; i++) {
		size_t part = (entries->count - done) / (leaves - i);
		uint32_t leaf = make_leaf(regf, entries->list + done, part);

		if (leaf == REGF_NONE)
			return REGF_NONE;
		set32(cell_at(regf, at) + LIST_ENTRIES + 4 * i, leaf);
		set16(cell_at(regf, at) + LIST_COUNT, i + 1);
		done += part;
	}
	return at;
}

/* Makes these the subkeys. */
static bool write_entries(
    struct regf *regf, uint32_t parent, const struct entries *entries, struct err *err)
{
	uint32_t at = REGF_NONE;

	if (fits_in_place(regf, parent, entries->count)) {
		at = get32(cell_at(regf, parent) + NK_SUBKEY_LIST);
		memset(cell_at(regf, at), 0, cell_size(regf, at));
		fill_leaf(regf, at, entries->list, entries->count);
	} else if (entries->count > 0) {
		at = make_lists(regf, entries);
		if (at == REGF_NONE)
			return regf_no_room(err);
		free_lists(regf, parent);
	} else {
		free_lists(regf, parent);
	}
	set32(cell_at(regf, parent) + NK_SUBKEY_LIST, at);
	set32(cell_at(regf, parent) + NK_SUBKEYS, (uint32_t)entries->count);
	return true;
}

static uint32_t make_key(struct regf *regf, uint32_t parent, const char *name, uint64_t filetime)
{
	size_t size = strlen(name);
	uint32_t at = regf_alloc(regf, NK_NAME + (uint32_t)size), security;
	uint8_t *nk, *sk;

	if (at == REGF_NONE)
		return at;
	security = get32(cell_at(regf, parent) + NK_SECURITY);
	nk = cell_at(regf, at);
	memcpy(nk, "nk", 2);
	set16(nk + NK_FLAGS, NK_ASCII);
	set64(nk + NK_TIME, filetime);
	set32(nk + NK_PARENT, parent);
	set32(nk + NK_SUBKEY_LIST, REGF_NONE);
	set32(nk + NK_VOLATILE_LIST, REGF_NONE);
	set32(nk + NK_VALUE_LIST, REGF_NONE);
	set32(nk + NK_SECURITY, security);
	set32(nk + NK_CLASS, REGF_NONE);
	set16(nk + NK_NAME_SIZE, size);
	memcpy(nk + NK_NAME, name, size);
	sk = cell_at(regf, security);
	set32(sk + SK_USERS, get32(sk + SK_USERS) + 1);
	return at;
}

bool regf_add_key(struct regf *regf, uint32_t parent, const char *name, uint64_t filetime,
    uint32_t *out, struct err *err)
{
	struct entries entries;
	size_t at = 0;
	uint32_t key;
	bool ok;

	if (!regf_check_name(name, err))
		return false;
	key = make_key(regf, parent, name, filetime);
	if (key == REGF_NONE)
		return regf_no_room(err);
	entries = read_entries(regf, parent);
	while (at < entries.count && compare_name(regf, entries.list[at].key, name) < 0)
		at++;
	memmove(
	    &entries.list[at + 1], &entries.list[at], (entries.count - at) * sizeof(*entries.list));
	entries.list[at] = (struct entry){key, hint_of(regf, key)};
	entries.count++;
	ok = write_entries(regf, parent, &entries, err);
	free(entries.list);
	if (!ok)
		return false;
	regf_grow_field(regf, parent, NK_LONGEST_SUBKEY, 2 * (uint32_t)strlen(name));
	regf_stamp(regf, parent, filetime);
	*out = key;
	return true;
}

/* A security record that nobody uses any more stays: to take it out of its ring one would have to
 * trust a count and two neighbours that nothing else depends on. */
static void leave_security(struct regf *regf, uint32_t at)
{
	uint8_t *sk = cell_at(regf, at);
	uint32_t users = get32(sk + SK_USERS);

	if (users > 1)
		set32(sk + SK_USERS, users - 1);
}

bool regf_delete_key(struct regf *regf, uint32_t key, uint64_t filetime, struct err *err)
{
	const uint8_t *nk = cell_at(regf, key);
	uint32_t parent = get32(nk + NK_PARENT), security = get32(nk + NK_SECURITY);
	uint32_t class_at = get16(nk + NK_CLASS_SIZE) ? get32(nk + NK_CLASS) : REGF_NONE;
	struct entries entries;
	size_t left = 0;
	bool ok;

	if (key == regf->root || get32(nk + NK_SUBKEYS) || get32(nk + NK_VALUES))
		return err_set(err, ERR_HOST, "the key is not empty");
	entries = read_entries(regf, parent);
	for (size_t i = 0; i < entries.count; i++)
		if (entries.list[i].key != key)
			entries.list[left++] = entries.list[i];
	entries.count = left;
	ok = write_entries(regf, parent, &entries, err);
	free(entries.list);
	if (!ok)
		return false;
	leave_security(regf, security);
	if (class_at != REGF_NONE)
		regf_free(regf, class_at);
	regf_free(regf, key);
	regf_stamp(regf, parent, filetime);
	return true;
}
