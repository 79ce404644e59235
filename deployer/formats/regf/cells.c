/* SPDX-License-Identifier: Apache-2.0 */
/* Cells in use and free ones; see cells.h. */
#include "formats/regf/cells.h"

enum { CELL_UNIT = 8 };

static uint8_t *head_at(const struct regf *regf, uint32_t at)
{
	return regf->file.data + BASE_BLOCK + at;
}

void regf_note_gap(struct regf *regf, uint32_t at, uint32_t size)
{
	regf->gap =
	    mem_grow(regf->gap, &regf->gap_capacity, regf->gap_count + 1, sizeof(*regf->gap));
	regf->gap[regf->gap_count++] = (struct regf_free){at, size};
}

/* Joins the free cell with those beside it: a cell never reaches over the end of its bin. */
void regf_free(struct regf *regf, uint32_t at)
{
	uint32_t size = cell_size(regf, at) + CELL_HEAD;

	for (size_t i = 0; i < regf->gap_count;) {
		struct regf_free gap = regf->gap[i];
		bool before = gap.at + gap.size == at;
		bool behind = at + size == gap.at;

		/* what follows the end of a bin is a bin's head, never a gap */
		if (!before && !behind) {
			i++;
			continue;
		}
		at = before ? gap.at : at;
		size += gap.size;
		regf->gap[i] = regf->gap[--regf->gap_count];
		i = 0;
	}
	memset(head_at(regf, at), 0, size);
	set32(head_at(regf, at), size);
	regf_note_gap(regf, at, size);
}

/* Adds a bin behind the last, free from end to end. */
static bool add_bin(struct regf *regf, uint32_t need)
{
	uint32_t at = get32(regf->file.data + BASE_SIZE);
	uint32_t size = (need + BIN_HEAD + BIN - 1) / BIN * BIN;
	size_t whole = (size_t)BASE_BLOCK + at + size;
	uint8_t *bin;

	if (whole > REGF_MAX_BYTES)
		return false;
	/* what stood behind the last bin was never part of the hive */
	bytes_reserve(&regf->file, whole);
	regf->file.size = whole;
	regf->file.data[whole] = 0;
	bin = head_at(regf, at);
	memset(bin, 0, size);
	memcpy(bin, "hbin", 4);
	set32(bin + 4, at);
	set32(bin + 8, size);
	set32(bin + BIN_HEAD, size - BIN_HEAD);
	regf_note_gap(regf, at + BIN_HEAD, size - BIN_HEAD);
	set32(regf->file.data + BASE_SIZE, at + size);
	return true;
}

static uint32_t take_gap(struct regf *regf, size_t i, uint32_t need)
{
	struct regf_free *gap = &regf->gap[i];
	uint32_t at = gap->at, left = gap->size - need;

	if (left > 0) {
		*gap = (struct regf_free){at + need, left};
		set32(head_at(regf, gap->at), left);
	} else {
		*gap = regf->gap[--regf->gap_count];
	}
	memset(head_at(regf, at), 0, need);
	set32(head_at(regf, at), 0u - need);
	return at;
}

uint32_t regf_alloc(struct regf *regf, uint32_t size)
{
	uint32_t need = (size + CELL_HEAD + CELL_UNIT - 1) / CELL_UNIT * CELL_UNIT;

	for (size_t i = 0; i < regf->gap_count; i++)
		if (regf->gap[i].size >= need)
			return take_gap(regf, i, need);
	if (!add_bin(regf, need))
		return REGF_NONE;
	return take_gap(regf, regf->gap_count - 1, need);
}

bool regf_no_room(struct err *err)
{
	return err_set(err, ERR_HOST, "the hive would become larger than %d bytes", REGF_MAX_BYTES);
}

void regf_stamp(struct regf *regf, uint32_t key, uint64_t filetime)
{
	set64(cell_at(regf, key) + NK_TIME, filetime);
	regf->edited = true;
}

void regf_grow_field(struct regf *regf, uint32_t key, size_t field, uint32_t value)
{
	uint8_t *at = cell_at(regf, key) + field;

	/* the upper half of the longest subkey's name is flags */
	if (field == NK_LONGEST_SUBKEY ? get16(at) < value : get32(at) < value)
		field == NK_LONGEST_SUBKEY ? set16(at, value) : set32(at, value);
}

bool regf_check_name(const char *name, struct err *err)
{
	size_t size = strlen(name);

	for (const char *c = name; *c; c++)
		if (*c < ' ' || *c > '~' || *c == '\\')
			return err_set(err, ERR_HOST,
			    "the name %s has characters that this program does not write",
			    text_escape_string(name).text);
	if (size > REGF_NAME_MAX)
		return err_set(
		    err, ERR_HOST, "a name of %zu characters, allowed are %d", size, REGF_NAME_MAX);
	return true;
}
