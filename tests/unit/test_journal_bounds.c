/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/digest.h"
#include "state/journal.h"

/* Each of many places looks like the head of a frame that ends with the file. */
Test(journal_bounds, what_looks_like_many_frames_is_refused_at_once)
{
	enum { HEADS = 40000, HEAD = 4 + 4 + 8 + SHA256_SIZE };
	static const char id[] = "20261123T100000Z-0001", *const made[] = {"/journal", ""};
	static const uint8_t digest[SHA256_SIZE];
	const struct file_state gone = {.type = FILE_ABSENT};
	char folder[] = "/tmp/trust-deployer-bounds.XXXXXX", path[JOURNAL_PATH];
	AUTO(root) root = root_none();
	AUTO(transaction) read = {0};
	AUTO(bytes) file = {0};
	struct err err = {0};
	clock_t start;

	cr_assert_not_null(mkdtemp(folder));
	cr_assert(root_open(folder, &root, &err), "%s", err.text);
	cr_assert(file_make_folders(&root, "/state/journal", 0700, &err), "%s", err.text);
	cr_assert(journal_path("/state", id, JOURNAL_OPEN, path, &err));
	for (size_t i = HEADS; i-- > 0;) {
		bytes_add(&file, "TDJ1", 4);
		bytes_add_little(&file, JOURNAL_SOURCES, 4);
		bytes_add_little(&file, i * HEAD, 8);
		bytes_add(&file, digest, sizeof(digest));
	}
	cr_assert(file_store(&root, path, bytes_span(&file), &err), "%s", err.text);
	start = clock();
	cr_expect_not(transaction_load(&root, "/state", id, true, &read, &err));
	cr_expect_eq(err.code, ERR_FORMAT);
	cr_expect_lt((clock() - start) / CLOCKS_PER_SEC, 2);

	cr_expect(file_set(&root, path, &gone, &err), "%s", err.text);
	for (size_t i = 0; i < COUNT(made); i++) {
		snprintf(path, sizeof(path), "/state%s", made[i]);
		cr_expect(file_set(&root, path, &gone, &err), "%s", err.text);
	}
	rmdir(folder);
}
