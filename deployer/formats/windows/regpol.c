/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/windows/regpol.h"

#include <stdlib.h>

static const uint8_t header[] = {'P', 'R', 'e', 'g', 1, 0, 0, 0};

bool regpol_looks(struct span file)
{
	return file.size >= sizeof(header) && memcmp(file.data, header, sizeof(header)) == 0;
}

static bool take_mark(struct reader *reader, char mark)
{
	return reader_u16le(reader) == (uint16_t)mark && !reader->failed;
}

/* Up to its NUL, which is taken too. */
static bool take_name(struct reader *reader, struct span *out)
{
	const uint8_t *start = reader->rest.data;
	size_t size = 0;

	while (reader->rest.size >= 2) {
		if (reader_u16le(reader) == 0) {
			*out = (struct span){start, size};
			return true;
		}
		size += 2;
	}
	return false;
}

/* Takes a record, or says what is wrong with it. */
static const char *take_entry(struct reader *reader, struct regpol_entry *out)
{
	uint32_t size;

	if (!take_mark(reader, '['))
		return "no '[' where a record begins";
	if (!take_name(reader, &out->key) || !take_mark(reader, ';'))
		return "a key without its end";
	if (!take_name(reader, &out->value) || !take_mark(reader, ';'))
		return "a value's name without its end";
	out->type = reader_u32le(reader);
	if (!take_mark(reader, ';'))
		return "no ';' behind the type";
	size = reader_u32le(reader);
	if (!take_mark(reader, ';'))
		return "no ';' behind the size";
	out->data = reader_take(reader, size);
	if (reader->failed)
		return "data that are longer than the file";
	return take_mark(reader, ']') ? NULL : "no ']' behind the data";
}

bool regpol_parse(struct span file, struct regpol *out, struct err *err)
{
	AUTO(regpol) regpol = {0};
	struct reader reader = reader_of(file);
	size_t capacity = 0;

	if (file.size > REGPOL_MAX_BYTES || !regpol_looks(file))
		return err_set(err, ERR_FORMAT, "Registry.pol: at byte 0: %s",
		    file.size > REGPOL_MAX_BYTES ? "larger than any policy"
		                                 : "does not begin with PReg and version 1");
	(void)reader_take(&reader, sizeof(header));
	while (reader.rest.size > 0) {
		size_t offset = reader.offset;
		const char *fault = "more records than a policy may have";

		if (regpol.count < REGPOL_MAX_ENTRIES) {
			regpol.entries = mem_grow(
			    regpol.entries, &capacity, regpol.count + 1, sizeof(*regpol.entries));
			fault = take_entry(&reader, &regpol.entries[regpol.count]);
		}
		if (fault)
			return err_set(
			    err, ERR_FORMAT, "Registry.pol: record at byte %zu: %s", offset, fault);
		regpol.count++;
	}
	*out = TAKE(regpol);
	return true;
}

void regpol_release(struct regpol *regpol)
{
	free(regpol->entries);
	*regpol = (struct regpol){0};
}

static void add_name(struct bytes *out, struct span name)
{
	bytes_add(out, name.data, name.size);
	bytes_add_little(out, 0, 2);
	bytes_add_little(out, ';', 2);
}

void regpol_write(const struct regpol *regpol, struct bytes *out)
{
	bytes_add(out, header, sizeof(header));
	for (size_t i = 0; i < regpol->count; i++) {
		const struct regpol_entry *entry = &regpol->entries[i];

		bytes_add_little(out, '[', 2);
		add_name(out, entry->key);
		add_name(out, entry->value);
		bytes_add_little(out, entry->type, 4);
		bytes_add_little(out, ';', 2);
		bytes_add_little(out, entry->data.size, 4);
		bytes_add_little(out, ';', 2);
		bytes_add(out, entry->data.data, entry->data.size);
		bytes_add_little(out, ']', 2);
	}
}
