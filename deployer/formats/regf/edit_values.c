/* SPDX-License-Identifier: Apache-2.0 */
/* Edits of the values of a checked hive, and its sealing; see regf.h. */
#include "formats/regf/cells.h"

static void free_data(struct regf *regf, uint32_t value)
{
	const uint8_t *vk = cell_at(regf, value);
	uint32_t size = get32(vk + VK_SIZE), data = get32(vk + VK_DATA);

	if (size & VK_INLINE || size == 0)
		return;
	if (is_big(regf, size)) {
		uint32_t list = get32(cell_at(regf, data) + DB_LIST);

		for (uint32_t i = 0; i < get16(cell_at(regf, data) + LIST_COUNT); i++)
			regf_free(regf, get32(cell_at(regf, list) + (size_t)4 * i));
		regf_free(regf, list);
	}
	regf_free(regf, data);
}

static uint32_t make_cell(struct regf *regf, struct span data)
{
	uint32_t at = regf_alloc(regf, (uint32_t)data.size);

	if (at != REGF_NONE)
		memcpy(cell_at(regf, at), data.data, data.size);
	return at;
}

static uint32_t make_big(struct regf *regf, struct span data)
{
	uint32_t count = (uint32_t)((data.size + REGF_SEGMENT - 1) / REGF_SEGMENT);
	uint32_t db = regf_alloc(regf, DB_CELL), list = regf_alloc(regf, 4 * count);

	if (db == REGF_NONE || list == REGF_NONE)
		return REGF_NONE;
	for (uint32_t i = 0; i < count; i++) {
		size_t from = (size_t)i * REGF_SEGMENT, part = data.size - from;
		uint32_t at;

		part = part < REGF_SEGMENT ? part : REGF_SEGMENT;
		/* 4 bytes stand behind the data of every segment, the last one included: libregf
		 * and hivex both take the length of a segment to be that of its cell without them
		 */
		at = regf_alloc(regf, (uint32_t)part + 4);
		if (at == REGF_NONE)
			return REGF_NONE;
		memcpy(cell_at(regf, at), data.data + from, part);
		set32(cell_at(regf, list) + (size_t)4 * i, at);
	}
	memcpy(cell_at(regf, db), "db", 2);
	set16(cell_at(regf, db) + LIST_COUNT, count);
	set32(cell_at(regf, db) + DB_LIST, list);
	return db;
}

/* Writes the data somewhere: what then stands in the value's fields. */
static bool make_data(
    struct regf *regf, struct span data, uint32_t *size, uint32_t *at, struct err *err)
{
	uint8_t small[4] = {0};

	*size = (uint32_t)data.size;
	if (data.size <= sizeof(small)) {
		if (data.size)
			memcpy(small, data.data, data.size);
		*size |= VK_INLINE;
		*at = get32(small);
		return true;
	}
	*at = is_big(regf, *size) ? make_big(regf, data) : make_cell(regf, data);
	return *at != REGF_NONE || regf_no_room(err);
}

static bool add_to_list(struct regf *regf, uint32_t key, uint32_t value, struct err *err)
{
	const uint8_t *nk = cell_at(regf, key);
	uint32_t count = get32(nk + NK_VALUES), list = get32(nk + NK_VALUE_LIST);

	if (count == 0 || cell_size(regf, list) < 4 * (count + 1)) {
		uint32_t larger = regf_alloc(regf, 4 * (count + 1) + count);

		if (larger == REGF_NONE)
			return regf_no_room(err);
		if (count > 0) {
			memcpy(cell_at(regf, larger), cell_at(regf, list), (size_t)4 * count);
			regf_free(regf, list);
		}
		list = larger;
	}
	set32(cell_at(regf, list) + (size_t)4 * count, value);
	set32(cell_at(regf, key) + NK_VALUE_LIST, list);
	set32(cell_at(regf, key) + NK_VALUES, count + 1);
	return true;
}

static uint32_t make_value(struct regf *regf, const char *name)
{
	size_t size = strlen(name);
	uint32_t at = regf_alloc(regf, VK_NAME + (uint32_t)size);
	uint8_t *vk;

	if (at == REGF_NONE)
		return at;
	vk = cell_at(regf, at);
	memcpy(vk, "vk", 2);
	set16(vk + VK_NAME_SIZE, size);
	set16(vk + VK_FLAGS, size ? VK_ASCII : 0);
	memcpy(vk + VK_NAME, name, size);
	return at;
}

static bool check_size(const struct regf *regf, size_t size, struct err *err)
{
	size_t max = regf->minor > 3 ? REGF_DB_MAX : REGF_VALUE_MAX;

	return size <= max ||
	       err_set(err, ERR_HOST, "a value of %zu bytes, a hive of version 1.%u holds %zu",
	           size, regf->minor, max);
}

bool regf_set_value(struct regf *regf, uint32_t key, const char *name, uint32_t type,
    struct span data, uint64_t filetime, struct err *err)
{
	struct regf_value value;
	bool there = regf_find_value(regf, key, name, &value);
	uint32_t size, at;
	uint8_t *vk;

	if (!check_size(regf, data.size, err) || (!there && !regf_check_name(name, err)) ||
	    !make_data(regf, data, &size, &at, err))
		return false;
	if (there) {
		free_data(regf, value.at);
	} else {
		value.at = make_value(regf, name);
		if (value.at == REGF_NONE || !add_to_list(regf, key, value.at, err))
			return regf_no_room(err);
	}
	vk = cell_at(regf, value.at);
	set32(vk + VK_SIZE, size);
	set32(vk + VK_DATA, at);
	set32(vk + VK_TYPE, type);
	regf_grow_field(regf, key, NK_LONGEST_VALUE, 2 * (uint32_t)strlen(name));
	regf_grow_field(regf, key, NK_LARGEST_DATA, (uint32_t)data.size);
	regf_stamp(regf, key, filetime);
	return true;
}

void regf_delete_value(struct regf *regf, uint32_t key, const char *name, uint64_t filetime)
{
	uint32_t count = get32(cell_at(regf, key) + NK_VALUES);
	uint32_t list = get32(cell_at(regf, key) + NK_VALUE_LIST), left = 0;
	struct regf_value value;

	if (!regf_find_value(regf, key, name, &value))
		return;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = get32(cell_at(regf, list) + (size_t)4 * i);

		if (at != value.at)
			set32(cell_at(regf, list) + (size_t)4 * left++, at);
	}
	set32(cell_at(regf, key) + NK_VALUES, left);
	if (left == 0) {
		regf_free(regf, list);
		set32(cell_at(regf, key) + NK_VALUE_LIST, REGF_NONE);
	}
	free_data(regf, value.at);
	regf_free(regf, value.at);
	regf_stamp(regf, key, filetime);
}

void regf_seal(struct regf *regf, uint64_t filetime)
{
	uint8_t *base = regf->file.data;
	uint32_t sequence = get32(base + BASE_PRIMARY) + 1;

	set32(base + BASE_PRIMARY, sequence);
	set32(base + BASE_SECONDARY, sequence);
	set64(base + BASE_TIME, filetime);
	set32(base + BASE_CHECKSUM, regf_checksum(base));
	regf->edited = false;
}
