/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a Registry.pol with the program's own writer, for other readers to judge.
 *
 *     genpol FILE          every type and special name that the format knows
 *     genpol FILE LIKE     what was read out of LIKE
 */
#include <stdio.h>

#include "base/file.h"
#include "base/utf16.h"
#include "formats/windows/regpol.h"

static const struct {
	const char *key, *value;
	uint32_t type;
	struct span data;
} rows[] = {
    {"Software\\Policies\\A", "Text", 1, {(const uint8_t *)"a\0;\0]\0\0", 8}},
    {"Software\\Policies\\A", "**del.Old", 1, {(const uint8_t *)" \0\0", 4}},
    {"Software\\Policies\\A", "**delvals.", 1, {(const uint8_t *)" \0\0", 4}},
    {"Software\\Policies\\B", "Number", 4, {(const uint8_t *)"\7\0\0", 4}},
    {"Software\\Policies\\B", "Bytes", 3, {(const uint8_t *)"]\0;\0[\0\0\1", 8}},
    {"Software\\Policies\\\xc3\xbc", "", 0, {NULL, 0}},
};

static void make(struct bytes *out)
{
	struct regpol_entry entries[COUNT(rows)];
	struct bytes texts[2 * COUNT(rows)] = {0};
	struct regpol regpol = {entries, COUNT(rows)};

	for (size_t i = 0; i < COUNT(rows); i++) {
		utf16_from_text(&texts[2 * i], rows[i].key);
		utf16_from_text(&texts[2 * i + 1], rows[i].value);
		entries[i] = (struct regpol_entry){bytes_span(&texts[2 * i]),
		    bytes_span(&texts[2 * i + 1]), rows[i].type, rows[i].data};
	}
	regpol_write(&regpol, out);
	for (size_t i = 0; i < COUNT(texts); i++)
		bytes_release(&texts[i]);
}

static bool copy(const char *like, struct bytes *out, struct err *err)
{
	AUTO(root) none = root_none();
	AUTO(regpol) regpol = {0};
	AUTO(bytes) file = {0};

	if (!file_read(&none, like, REGPOL_MAX_BYTES, &file, err) ||
	    !regpol_parse(bytes_span(&file), &regpol, err))
		return false;
	regpol_write(&regpol, out);
	return true;
}

int main(int argc, char **argv)
{
	AUTO(bytes) out = {0};
	struct err err = {0};

	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: genpol FILE [LIKE]\n");
		return 3;
	}
	if (argc == 2)
		make(&out);
	if ((argc == 3 && !copy(argv[2], &out, &err)) ||
	    !file_replace(argv[1], bytes_span(&out), 0644, &err)) {
		fprintf(stderr, "genpol: %s\n", err.text);
		return 1;
	}
	return 0;
}
