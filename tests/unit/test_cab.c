/* SPDX-License-Identifier: Apache-2.0 */
/* Cabinets as others write them, and damaged ones. What names may be is in
 * test_bundle_attacks.c. */
#include <criterion/criterion.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"
#include "formats/cab.h"

/* Laid out by hand after [MS-CAB]: one stored folder, two files "a.txt" and "d\b.t", one block.
 */
static const uint8_t small[] = {'M', 'S', 'C', 'F', 0, 0, 0, 0, /* signature, reserved */
    103, 0, 0, 0, 0, 0, 0, 0,                                   /* size of the cabinet, reserved */
    44, 0, 0, 0, 0, 0, 0, 0,                                    /* first file, reserved */
    3, 1, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, /* version, folders, files, flags, set, number */
    88, 0, 0, 0, 1, 0, 0, 0,            /* CFFOLDER: data, blocks, stored */
    3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'a', '.', 't', 'x', 't', 0,  /* CFFILE */
    4, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'd', '\\', 'b', '.', 't', 0, /* CFFILE */
    0, 0, 0, 0, 7, 0, 7, 0, 'o', 'n', 'e', 'f', 'o', 'u', 'r'};                  /* CFDATA */

enum {
	AT_SIZE = 8,
	AT_FLAGS = 30,
	AT_FILES = 28,
	AT_FOLDER_TYPE = 42,
	AT_FIRST = 44,
	AT_SECOND = 66,
	AT_BLOCK = 88,
};

static struct bytes small_cabinet(void)
{
	return bytes_copy((struct span){small, sizeof(small)});
}

Test(cab, reads_what_the_specification_draws)
{
	AUTO(bytes) file = small_cabinet();
	AUTO(bytes) content = {0};
	AUTO(cab) cab = {0};
	struct err err = {0};

	cr_assert(cab_open(bytes_span(&file), &cab, &err), "%s", err.text);
	cr_assert_eq(cab.count, 2);
	cr_assert_str_eq(cab.members[1].name, "d/b.t");
	cr_assert(cab_read(&cab, &cab.members[0], 3, &content, &err), "%s", err.text);
	cr_assert_str_eq((char *)content.data, "one");
	cr_assert(cab_read(&cab, &cab.members[1], 4, &content, &err), "%s", err.text);
	cr_assert_str_eq((char *)content.data, "four");
	/* back again, by the folder that is kept */
	cr_assert(cab_read(&cab, &cab.members[0], 3, &content, &err), "%s", err.text);
	cr_assert_str_eq((char *)content.data, "one");
	cr_assert(cab_read(&cab, &cab.members[1], 4, &content, &err), "%s", err.text);
	cr_assert_str_eq((char *)content.data, "four");
	cr_assert_not(cab_read(&cab, &cab.members[1], 3, &content, &err));
	cr_assert(strstr(err.text, "allowed are 3"), "%s", err.text);
	cr_assert_str_eq((char *)content.data, "four", "untouched on failure");
	cr_assert_eq(cab_find(&cab, "d/b.t"), &cab.members[1]);
	cr_assert_null(cab_find(&cab, "D/b.t"), "names are exact");
	cr_assert_null(cab_find(&cab, "nothing"));
}

Test(cab, refuses_what_is_damaged)
{
	static const struct {
		const char *name;
		size_t at;
		uint8_t value;
		const char *expected;
	} cases[] = {
	    {"magic", 0, 'X', "MSCF"},
	    {"size", AT_SIZE, 5, "declares 5 bytes"},
	    {"previous-cabinet", AT_FLAGS, 1, ""},
	    {"next-cabinet", AT_FLAGS, 2, ""},
	    {"no-files", AT_FILES, 0, "malformed"},
	    {"more-files-than-there-are", AT_FILES, 200, ""},
	    {"folder-index", AT_SECOND + 8, 7, "malformed"},
	    {"gap", AT_SECOND + 4, 4, "the member before it ends at 3"},
	    {"overlap", AT_SECOND + 4, 2, "the member before it ends at 3"},
	    {"first-not-at-zero", AT_FIRST + 4, 1, "the member before it ends at 0"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(bytes) file = small_cabinet();
		AUTO(cab) cab = {0};
		struct err err = {0};

		file.data[cases[i].at] = cases[i].value;
		cr_assert_not(cab_open(bytes_span(&file), &cab, &err), "%s", cases[i].name);
		cr_assert_eq(err.code, ERR_FORMAT);
		cr_assert(strstr(err.text, cases[i].expected), "%s: %s", cases[i].name, err.text);
		cr_assert_null(cab.state);
	}
}

/* What only unpacking shows. */
Test(cab, refuses_what_unpacks_wrongly)
{
	static const struct {
		const char *name;
		size_t at;
		uint8_t value;
	} cases[] = {
	    {"checksum", AT_BLOCK, 1},
	    {"block-too-short", AT_BLOCK + 4, 3},
	    {"block-too-long", AT_BLOCK + 4, 200},
	    {"member-longer-than-its-folder", AT_SECOND, 200},
	    {"unknown-compression", AT_FOLDER_TYPE, 9},
	    {"mszip-without-its-mark", AT_FOLDER_TYPE, 1},
	    {"data-outside", 36, 250},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(bytes) file = small_cabinet();
		AUTO(bytes) content = {0};
		AUTO(cab) cab = {0};
		struct err err = {0};
		bool ok;

		file.data[cases[i].at] = cases[i].value;
		ok = cab_open(bytes_span(&file), &cab, &err);
		for (size_t j = 0; ok && j < cab.count; j++)
			ok = cab_read(&cab, &cab.members[j], 1000, &content, &err);
		cr_assert_not(ok, "%s", cases[i].name);
		cr_assert_eq(err.code, ERR_FORMAT, "%s: %s", cases[i].name, err.text);
	}
}

Test(cab, refuses_every_truncation)
{
	AUTO(bytes) file = small_cabinet();

	for (size_t size = 0; size < file.size; size++) {
		AUTO(cab) cab = {0};
		struct err err = {0};

		cr_assert_not(cab_open((struct span){file.data, size}, &cab, &err), "%zu", size);
		cr_assert_eq(err.code, ERR_FORMAT);
	}
}

static void read_cabinet(const char *path, size_t *count)
{
	AUTO(root) none = root_none();
	AUTO(bytes) file = {0};
	AUTO(bytes) content = {0};
	AUTO(cab) cab = {0};
	struct err err = {0};

	cr_assert(file_read(&none, path, CAB_MAX_BYTES, &file, &err), "%s", err.text);
	cr_assert(cab_open(bytes_span(&file), &cab, &err), "%s: %s", path, err.text);
	for (size_t i = 0; i < cab.count; i++) {
		cr_assert(cab_read(&cab, &cab.members[i], CAB_MAX_UNPACKED, &content, &err),
		    "%s: %s", path, err.text);
		cr_assert_eq(content.size, cab.members[i].size);
	}
	++*count;
}

/* Microsoft's own, where they are there. */
Test(cab, reads_every_published_ctl_cabinet)
{
	const char *data = getenv("TRUST_DEPLOYER_DATA");
	char *roots[] = {mem_strdup(data ? data : "../shared/data"), NULL};
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	size_t count = 0;

	for (FTSENT *entry; tree && (entry = fts_read(tree));)
		if (entry->fts_info == FTS_F && text_glob("*.cab", entry->fts_name, true))
			read_cabinet(entry->fts_path, &count);
	if (tree)
		fts_close(tree);
	free(roots[0]);
	if (count == 0)
		cr_skip_test("skipped: no data folder");
	fprintf(stderr, "cab: read %zu cabinets\n", count);
}
