/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/digest.h"
#include "state/journal.h"

enum { NOW = 1795428000 };

static struct root root;
static char folder[64];

static void open_root(void)
{
	struct err err = {0};

	snprintf(folder, sizeof(folder), "/tmp/trust-deployer-journal.XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	cr_assert(root_open(folder, &root, &err), "%s", err.text);
}

static void remove_all(const char *path)
{
	AUTO(folder) list = {.fd = -1};
	struct err err = {0};
	const struct file_state gone = {.type = FILE_ABSENT};

	if (!folder_open(&root, path, &list, &err))
		return;
	for (size_t i = 0; i < list.count; i++) {
		AUTO(arena) arena = {0};
		const char *whole = arena_printf(&arena, "%s/%s", path, list.entries[i].name);

		if (list.entries[i].type == FILE_FOLDER)
			remove_all(whole);
		else
			cr_expect(file_set(&root, whole, &gone, &err), "%s", err.text);
	}
	if (path[0])
		cr_expect(file_set(&root, path, &gone, &err), "%s", err.text);
}

static void close_root(void)
{
	remove_all("/state");
	root_release(&root);
	rmdir(folder);
}

TestSuite(journal, .init = open_root, .fini = close_root);

static void add(struct changes *changes, const char *place, const char *before, const char *after)
{
	AUTO(file_state) old = {0};
	AUTO(file_state) new = {0};

	if (before)
		old = (struct file_state){.type = FILE_REGULAR,
		    .mode = 0640,
		    .uid = 3,
		    .gid = 4,
		    .content = bytes_copy(span_text(before))};
	if (after)
		new = (struct file_state){
		    .type = FILE_REGULAR, .mode = 0644, .content = bytes_copy(span_text(after))};
	changes_add(changes, place, &old, &new);
}

/* A transaction of two batches, committed or not. */
static void write_one(struct journal *journal, const char *newest, bool commit)
{
	static const char *const policies[] = {"corp", "site"};
	static const struct history_item items[] = {
	    {.id = "certificate/root/aa",
	        .policy = "corp",
	        .before = "absent",
	        .after = "present",
	        .action = ACTION_ADD},
	    {.id = "proxy/apt",
	        .policy = "site",
	        .before = "direct",
	        .after = "auto",
	        .action = ACTION_ADD,
	        .failed = true},
	};
	AUTO(changes) first = {.step = CHANGE_NO_STEP};
	AUTO(changes) second = {.step = CHANGE_NO_STEP};
	struct err err = {0};

	add(&first, "/etc/one", NULL, "new");
	add(&first, "/etc/two", "old", NULL);
	add(&second, "/out/bundle", "a\n", "a\nb\n");
	journal_begin(journal, &root, "/state", NOW, newest, "apply", policies, COUNT(policies));
	cr_assert(journal_note(journal, JOURNAL_SOURCES, &first, &err), "%s", err.text);
	journal_items(journal, items, COUNT(items));
	cr_assert(journal_note(journal, JOURNAL_OUTPUTS, &second, &err), "%s", err.text);
	if (commit)
		cr_assert(journal_commit(journal, &err), "%s", err.text);
}

/* Two places, of which the second one was a file with attributes. */
static void write_attributes(struct journal *journal)
{
	AUTO(changes) changes = {.step = CHANGE_NO_STEP};
	struct err err = {0};

	add(&changes, "/etc/new", NULL, "new");
	add(&changes, "/etc/listed", "old", NULL);
	changes.list[1].before.attributed = true;
	changes.list[1].before.attributes = bytes_copy(span_text("a list"));
	journal_begin(journal, &root, "/state", NOW, NULL, "apply", NULL, 0);
	cr_assert(journal_note(journal, JOURNAL_SOURCES, &changes, &err), "%s", err.text);
}

Test(journal, attributes_come_back_with_the_file_that_had_them)
{
	AUTO(journal) journal = {0};
	AUTO(transaction) read = {0};
	struct err err = {0};

	write_attributes(&journal);
	cr_assert(transaction_load(&root, "/state", journal.id, true, &read, &err), "%s", err.text);
	cr_assert_eq(read.count, 2);
	cr_expect(!read.records[0].before.attributed);
	cr_expect(read.records[1].before.attributed);
	cr_expect(span_equal(bytes_span(&read.records[1].before.attributes), span_text("a list")));
}

Test(journal, attributes_of_a_place_that_the_transaction_does_not_have_are_refused)
{
	AUTO(journal) journal = {0};
	AUTO(transaction) read = {0};
	struct err err = {0};
	AUTO(changes) none = {.step = CHANGE_NO_STEP};

	write_attributes(&journal);
	/* the second batch counts from where the program believes that the first one ended */
	journal.records = 7;
	add(&none, "/etc/other", "old", NULL);
	none.list[0].before.attributed = true;
	cr_assert(journal_note(&journal, JOURNAL_SOURCES, &none, &err), "%s", err.text);
	cr_expect(!transaction_load(&root, "/state", journal.id, true, &read, &err));
	cr_expect_eq(err.code, ERR_FORMAT);
}

Test(journal, comes_back_as_it_was_written)
{
	AUTO(journal) journal = {0};
	AUTO(transaction) read = {0};
	struct err err = {0};
	uint8_t sha256[SHA256_SIZE];

	write_one(&journal, NULL, true);
	cr_assert_str_eq(journal.id, "20261123T100000Z-0001");
	cr_assert(
	    transaction_load(&root, "/state", journal.id, false, &read, &err), "%s", err.text);
	cr_assert_eq(read.time, NOW);
	cr_assert_str_eq(read.mode, "apply");
	cr_assert_eq(read.policy_count, 2);
	cr_assert_str_eq(read.policies[1], "site");
	cr_assert_eq(read.count, 3);
	cr_assert_eq(read.records[0].before.type, FILE_ABSENT);
	cr_assert_str_eq(read.records[1].place, "/etc/two");
	cr_assert_eq(read.records[1].before.mode, 0640);
	cr_assert_eq(read.records[1].before.uid, 3);
	cr_assert_str_eq((const char *)read.records[1].before.content.data, "old");
	cr_assert_eq(read.records[1].after.type, FILE_ABSENT);
	cr_assert_eq(read.records[2].kind, JOURNAL_OUTPUTS);
	digest_sha256(span_text("a\nb\n"), sha256);
	cr_assert_arr_eq(read.records[2].after_sha256, sha256, SHA256_SIZE);
	cr_assert_eq(read.item_count, 2);
	cr_assert_str_eq(read.items[1].after, "auto");
	cr_assert(read.items[1].failed);
}

Test(journal, names_tell_what_is_open_and_sort_whatever_the_clock_does)
{
	AUTO(journal) first = {0};
	AUTO(journal) second = {0};
	AUTO(journal) third = {0};
	AUTO(journal_names) names = {0};
	struct err err = {0};

	write_one(&first, NULL, true);
	write_one(&second, first.id, false);
	cr_assert_str_eq(second.id, "20261123T100000Z-0002");
	write_one(&third, "20270101T000000Z-0007", false);
	cr_assert_str_eq(third.id, "20270101T000000Z-0008");
	cr_assert(journal_names(&root, "/state", &names, &err), "%s", err.text);
	cr_assert_eq(names.done_count, 1);
	cr_assert_eq(names.open_count, 2);
	cr_assert_str_eq(names.open[0], second.id);
	cr_assert(journal_reopen(&root, "/state", first.id, &err), "%s", err.text);
	journal_names_release(&names);
	cr_assert(journal_names(&root, "/state", &names, &err), "%s", err.text);
	cr_assert_eq(names.done_count, 0);
	cr_assert_eq(names.open_count, 3);
}

/* Without waiting for the disk. */
static void overwrite(const char *path, struct span content)
{
	AUTO(file_state)
	state = {.type = FILE_REGULAR,
	    .mode = 0600,
	    .uid = FILE_OWNER_SELF,
	    .content = bytes_copy(content)};
	struct err err = {0};

	cr_assert(file_set(&root, path, &state, &err), "%s", err.text);
}

/* One transaction, and its file's bytes. */
static void write_and_read(
    struct journal *journal, bool commit, char path[JOURNAL_PATH], struct bytes *file)
{
	enum journal_state state = commit ? JOURNAL_DONE : JOURNAL_OPEN;
	struct err err = {0};

	write_one(journal, NULL, commit);
	cr_assert(journal_path("/state", journal->id, state, path, &err));
	cr_assert(file_read(&root, path, 1 << 20, file, &err), "%s", err.text);
}

/* However much of the file survived a power cut: whole batches are read, or none. */
Test(journal, cut_anywhere_it_is_read_to_the_last_whole_frame)
{
	AUTO(journal) journal = {0};
	AUTO(bytes) file = {0};
	struct err err = {0};
	char path[JOURNAL_PATH];
	size_t last = 0;

	write_and_read(&journal, false, path, &file);
	for (size_t size = 0; size <= file.size; size++) {
		AUTO(transaction) read = {0};

		overwrite(path, (struct span){file.data, size});
		cr_assert(transaction_load(&root, "/state", journal.id, true, &read, &err), "%s",
		    err.text);
		cr_assert(read.count == 0 || read.count == 2 || read.count == 3);
		cr_assert_geq(read.count, last);
		last = read.count;
	}
	cr_assert_eq(last, 3);
}

/* What is done was whole once: else a rollback would call undone what it passed over. */
static void refuse_cuts(const char *id)
{
	AUTO(bytes) file = {0};
	struct err err = {0};
	char path[JOURNAL_PATH];

	cr_assert(journal_path("/state", id, JOURNAL_DONE, path, &err));
	cr_assert(file_read(&root, path, 1 << 20, &file, &err), "%s", err.text);
	for (size_t size = 0; size < file.size; size++) {
		AUTO(transaction) read = {0};

		overwrite(path, (struct span){file.data, size});
		cr_assert_not(
		    transaction_load(&root, "/state", id, false, &read, &err), "to %zu", size);
		cr_assert_eq(err.code, ERR_FORMAT);
	}
}

Test(journal, one_that_is_done_and_cut_anywhere_is_refused)
{
	AUTO(journal) journal = {0};

	write_one(&journal, NULL, true);
	refuse_cuts(journal.id);
}

Test(journal, one_that_is_done_and_misses_a_frame_or_has_one_twice_is_refused)
{
	AUTO(journal) journal = {0};
	AUTO(bytes) file = {0};
	struct err err = {0};
	char path[JOURNAL_PATH];

	write_and_read(&journal, true, path, &file);
	for (size_t at = 0, size; at < file.size; at += size) {
		struct reader reader = reader_of((struct span){file.data + at + 8, 8});

		size = 16 + SHA256_SIZE + (size_t)reader_u64le(&reader);
		for (int twice = 0; twice <= 1; twice++) {
			size_t rest = twice ? at : at + size;
			AUTO(bytes)
			bent = bytes_copy((struct span){file.data, twice ? at + size : at});
			AUTO(transaction) read = {0};

			bytes_add(&bent, file.data + rest, file.size - rest);
			overwrite(path, bytes_span(&bent));
			cr_expect_not(
			    transaction_load(&root, "/state", journal.id, false, &read, &err),
			    "frame at %zu, %d", at, twice);
		}
	}
}

/* Rolled back in part it is done once more, and has its end again. */
Test(journal, one_that_is_done_again_in_part_ends_as_one_that_is_done)
{
	AUTO(journal) journal = {0};
	AUTO(transaction) read = {0};
	AUTO(transaction) again = {0};
	struct err err = {0};

	write_one(&journal, NULL, true);
	for (int times = 0; times < 2; times++) {
		cr_assert(journal_reopen(&root, "/state", journal.id, &err), "%s", err.text);
		transaction_release(&read);
		cr_assert(transaction_load(&root, "/state", journal.id, true, &read, &err), "%s",
		    err.text);
		cr_assert(journal_close_partly(&root, "/state", &read, &err), "%s", err.text);
	}
	cr_assert(
	    transaction_load(&root, "/state", journal.id, false, &again, &err), "%s", err.text);
	cr_expect(again.partly);
	cr_expect_eq(again.count, 3);
	refuse_cuts(journal.id);
}

Test(journal, damage_in_front_of_a_whole_frame_is_refused)
{
	AUTO(journal) journal = {0};
	AUTO(bytes) file = {0};
	struct err err = {0};
	char path[JOURNAL_PATH];

	write_and_read(&journal, false, path, &file);
	for (size_t at = 0; at < 100; at++) {
		AUTO(transaction) read = {0};

		file.data[at] ^= 0x10;
		overwrite(path, bytes_span(&file));
		cr_assert_not(transaction_load(&root, "/state", journal.id, true, &read, &err),
		    "byte %zu", at);
		cr_assert_eq(err.code, ERR_FORMAT);
		file.data[at] ^= 0x10;
	}
}

Test(journal, a_flipped_bit_ends_the_reading)
{
	AUTO(journal) journal = {0};
	AUTO(bytes) file = {0};
	struct err err = {0};
	char path[JOURNAL_PATH];

	write_and_read(&journal, false, path, &file);
	for (size_t at = 0; at < file.size; at++) {
		AUTO(transaction) read = {0};

		file.data[at] ^= 0x10;
		overwrite(path, bytes_span(&file));
		/* a kind that nobody knows is refused, all else is cut off */
		if (transaction_load(&root, "/state", journal.id, true, &read, &err))
			cr_assert_lt(read.count + read.item_count, 5);
		file.data[at] ^= 0x10;
	}
}

Test(journal, refuses_what_it_could_not_read_again_before_it_writes_anything)
{
	AUTO(journal) journal = {0};
	AUTO(journal_names) names = {0};
	AUTO(changes) changes = {.step = CHANGE_NO_STEP};
	struct err err = {0};

	add(&changes, "/etc/large", NULL, "x");
	bytes_reserve(&changes.list[0].after.content, JOURNAL_PLACE_MAX + 1);
	changes.list[0].after.content.size = JOURNAL_PLACE_MAX + 1;
	journal_begin(&journal, &root, "/state", NOW, NULL, "apply", NULL, 0);
	cr_assert(!journal_note(&journal, JOURNAL_SOURCES, &changes, &err));
	cr_expect_eq(err.code, ERR_HOST);
	cr_expect_str_eq(err.text, "/etc/large: 67108865 bytes are more than can be read again "
	                           "(67108864), so nothing is written there");
	/* and one that has been at it for long */
	changes.list[0].after.content.size = 1;
	journal.size = JOURNAL_FILE_MAX;
	cr_assert(!journal_note(&journal, JOURNAL_SOURCES, &changes, &err));
	cr_expect_eq(err.code, ERR_HOST);
	cr_assert(journal_names(&root, "/state", &names, &err), "%s", err.text);
	cr_expect_eq(names.open_count + names.done_count, 0);
}

Test(journal, of_a_place_that_is_never_written_is_refused_whole)
{
	static const char *const places[] = {"/etc/", NULL};
	AUTO(journal) journal = {0};
	AUTO(transaction) read = {0};
	struct err err = {0};

	write_one(&journal, NULL, false);
	cr_assert(transaction_load(&root, "/state", journal.id, true, &read, &err), "%s", err.text);
	cr_expect(transaction_judge(&read, NULL, &err));
	cr_assert_not(transaction_judge(&read, places, &err));
	cr_expect_eq(err.code, ERR_FORMAT);
	cr_expect(strstr(err.text, "/out/bundle"), "%s", err.text);
	cr_expect(strstr(err.text, ".open"), "%s", err.text);
	cr_expect(strstr(err.text, "--discard"), "%s", err.text);
}

Test(journal, what_it_would_refuse_is_not_written)
{
	static const char *const places[] = {"/etc/", NULL};
	AUTO(journal) journal = {0};
	AUTO(changes) changes = {.step = CHANGE_NO_STEP};
	struct err err = {0};

	add(&changes, "/out/bundle", NULL, "x");
	journal_begin(&journal, &root, "/state", NOW, NULL, "apply", NULL, 0);
	journal.places = places;
	cr_assert_not(journal_note(&journal, JOURNAL_OUTPUTS, &changes, &err));
	cr_expect(strstr(err.text, "/out/bundle"), "%s", err.text);
	cr_expect(!journal.begun);
}

Test(journal, a_frame_that_may_come_once_is_refused_the_second_time)
{
	AUTO(journal) journal = {0};
	AUTO(changes) changes = {.step = CHANGE_NO_STEP};
	AUTO(transaction) read = {0};
	AUTO(bytes) file = {0};
	struct err err = {0};
	char path[JOURNAL_PATH];

	write_and_read(&journal, false, path, &file);
	cr_assert(file_append(&root, path, bytes_span(&file), &err), "%s", err.text);
	cr_assert_not(transaction_load(&root, "/state", journal.id, true, &read, &err));
	cr_expect_eq(err.code, ERR_FORMAT);
	cr_expect(strstr(err.text, "twice"), "%s", err.text);

	/* a list of items that is shorter than the first */
	overwrite(path, bytes_span(&file));
	journal_items(&journal, NULL, 0);
	add(&changes, "/etc/three", NULL, "x");
	cr_assert(journal_note(&journal, JOURNAL_SOURCES, &changes, &err), "%s", err.text);
	cr_assert_not(transaction_load(&root, "/state", journal.id, true, &read, &err));
	cr_expect(strstr(err.text, "twice"), "%s", err.text);
}

Test(journal, set_aside_is_neither_open_nor_done)
{
	AUTO(journal) journal = {0};
	AUTO(journal_names) names = {0};
	struct err err = {0};
	char path[JOURNAL_PATH];

	write_one(&journal, NULL, false);
	cr_assert(journal_discard(&root, "/state", journal.id, path, &err), "%s", err.text);
	cr_expect_eq(file_type(&root, path), FILE_REGULAR);
	cr_assert(journal_names(&root, "/state", &names, &err), "%s", err.text);
	cr_expect_eq(names.open_count + names.done_count, 0);
}

Test(journal, what_has_another_name_is_none)
{
	static const char *const good[] = {
	    "20261123T100000Z-0001", "99991231T235959Z-9999", "20261123T100000Z-12345"};
	static const char *const bad[] = {"", "evil", "20261123T100000Z", "20261123T100000Z-001",
	    "20261123T100000Z-0001.bak", "20261123T100000Z-0001x", "../../../etc/cron.d/x-0001",
	    "20261123T100000Z-00000000000000000000001", "a/../../../etc/x-0001"};
	AUTO(journal_names) names = {0};
	struct err err = {0};

	for (size_t i = 0; i < COUNT(good); i++)
		cr_expect(journal_is_id(good[i]), "%s", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		cr_expect_not(journal_is_id(bad[i]), "%s", bad[i]);
	cr_assert(journal_make_folder(&root, "/state", &err), "%s", err.text);
	cr_assert(file_append(&root, "/state/journal/evil.open", span_text("x"), &err));
	cr_assert(
	    file_append(&root, "/state/journal/20261123T100000Z-0001.bak", span_text("x"), &err));
	cr_assert(journal_names(&root, "/state", &names, &err), "%s", err.text);
	cr_expect_eq(names.open_count + names.done_count, 0);
}

Test(journal, no_id_of_a_state_chooses_a_path)
{
	AUTO(journal) journal = {0};

	journal_begin(&journal, &root, "/state", NOW, "a/../../../etc/x-0001", "apply", NULL, 0);
	cr_expect(journal_is_id(journal.id), "%s", journal.id);
}
