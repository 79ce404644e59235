/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"

Test(err, is_told_from_the_inside_out)
{
	struct err err = {0};

	cr_assert_not(err_set(&err, ERR_FORMAT, "%d bytes after the end", 12));
	cr_assert_not(err_wrap(&err, "certificate"));
	cr_assert_not(err_wrap(&err, "%s:%d", "site.yaml", 14));
	cr_assert_str_eq(err.text, "site.yaml:14: certificate: 12 bytes after the end");
	cr_assert_eq(err_exit_status(err.code), 1);
}

Test(err, marks_what_was_cut)
{
	struct err err = {0};
	char long_text[2 * sizeof(err.text)];

	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = 0;
	err_set(&err, ERR_IO, "%s", long_text);
	cr_assert_eq(strlen(err.text), sizeof(err.text) - 1);
	cr_assert_str_eq(err.text + sizeof(err.text) - 4, "...");
	err_wrap(&err, "front");
	cr_assert_eq(strncmp(err.text, "front: xxx", 10), 0);
	cr_assert_str_eq(err.text + sizeof(err.text) - 4, "...");
}

Test(clock, reads_rfc3339_and_dates)
{
	static const struct {
		const char *text;
		int64_t time;
	} good[] = {
	    {"1970-01-01T00:00:00Z", 0},
	    {"2026-11-23T10:00:00Z", 1795428000},
	    {"2026-11-23T11:00:00+01:00", 1795428000},
	    {"2026-11-23T10:00:00.25Z", 1795428000},
	    {"2000-02-29", 951782400},
	    {"1601-01-01", -11644473600},
	};
	static const char *const bad[] = {"", "2026", "2026-13-01", "2026-02-29",
	    "2026-11-23T10:00:00", "2026-11-23T24:00:00Z", "2026-11-23 ", "2026-11-23T10:00:00Zx",
	    "1500-01-01", "2026-11-23T10:00:00.Z", "2026-11-23T10:00:00+24:00"};
	int64_t time;
	char text[CLOCK_TEXT];

	for (size_t i = 0; i < COUNT(good); i++) {
		cr_assert(clock_parse(good[i].text, &time), "%s", good[i].text);
		cr_assert_eq(time, good[i].time, "%s is %lld", good[i].text, (long long)time);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		cr_assert_not(clock_parse(bad[i], &time), "%s", bad[i]);
	clock_write(1795428000, text);
	cr_assert_str_eq(text, "2026-11-23T10:00:00Z");
}

Test(clock, writes_what_no_calendar_has_as_its_last_second)
{
	static const int64_t times[] = {INT64_MIN, INT64_MIN + 86399, INT64_MAX, -62167219201};
	char text[CLOCK_TEXT];

	for (size_t i = 0; i < COUNT(times); i++) {
		clock_write(times[i], text);
		cr_expect_str_eq(text, "9999-12-31T23:59:59Z");
	}
	clock_write(-62167219200, text);
	cr_expect_str_eq(text, "0000-01-01T00:00:00Z");
}

Test(digest, its_place_in_a_sorted_list_is_that_of_the_first_not_below_it)
{
	enum { COUNT_ALL = 600 };
	static uint8_t list[COUNT_ALL][SHA256_SIZE];
	uint8_t other[SHA256_SIZE] = {0};

	/* many that differ only behind their first bytes, each twice */
	for (unsigned i = 0; i < COUNT_ALL; i++) {
		list[i][0] = (uint8_t)(i / 100);
		list[i][30] = (uint8_t)(i % 100 / 2);
	}
	for (size_t i = 0; i < COUNT_ALL; i++)
		cr_assert_eq(
		    digest_place(list, COUNT_ALL, SHA256_SIZE, list[i]), i - i % 2, "%zu", i);
	other[31] = 1;
	cr_assert_eq(digest_place(list, COUNT_ALL, SHA256_SIZE, other), 2);
	cr_assert_null(digest_find(list, COUNT_ALL, SHA256_SIZE, other));
	other[0] = 200;
	cr_assert_eq(digest_place(list, COUNT_ALL, SHA256_SIZE, other), COUNT_ALL);
	cr_assert_eq(digest_place(list, 0, SHA256_SIZE, other), 0);
}

Test(clock, reads_durations)
{
	int64_t seconds;

	cr_assert(clock_parse_duration("90d", &seconds) && seconds == 90 * 86400);
	cr_assert(clock_parse_duration("8w", &seconds) && seconds == 56 * 86400);
	cr_assert_not(clock_parse_duration("0d", &seconds));
	cr_assert_not(clock_parse_duration("9999999d", &seconds));
	cr_assert_not(clock_parse_duration("5", &seconds));
	cr_assert_not(clock_parse_duration("-5d", &seconds));
	cr_assert_not(clock_parse_duration("5dd", &seconds));
}

Test(text, escapes_what_could_fool_a_terminal)
{
	cr_assert_str_eq(text_escape_string("a\x1b[2Jb").text, "a\\x1b[2Jb");
	cr_assert_str_eq(text_escape_string("Überblick").text, "Überblick");
	cr_assert_str_eq(text_escape_string("a\xe2\x80\xae"
	                                    "b")
	                     .text,
	    "a\\xe2\\x80\\xaeb");
	cr_assert_str_eq(text_escape_string("\xc0\xaf\xff").text, "\\xc0\\xaf\\xff");
	cr_assert_str_eq(text_escape_string("back\\slash").text, "back\\slash");
}

Test(text, globs_without_backtracking_blow_up)
{
	char text[2001];

	memset(text, 'a', 2000);
	text[2000] = 0;
	cr_assert(text_glob("ws-*", "ws-0017", true));
	cr_assert(text_glob("WS-00?7", "ws-0017", true));
	cr_assert_not(text_glob("ws-*", "srv-1", true));
	cr_assert_not(text_glob("*a*a*a*a*a*a*a*a*a*a*b", text, false));
	cr_assert(text_glob("*", "", false));
}

Test(text, stops_at_its_limit)
{
	AUTO(text) text = {.limit = 5};

	text_add(&text, "abc");
	text_add(&text, "def");
	text_add(&text, "g");
	cr_assert(text.full);
	cr_assert_str_eq(text_string(&text), "abc");
}

Test(bytes, reader_takes_nothing_past_the_end)
{
	static const uint8_t data[] = {1, 2, 3, 4, 5};
	struct reader reader = reader_of((struct span){data, sizeof(data)});

	cr_assert_eq(reader_u32le(&reader), 0x04030201);
	cr_assert_eq(reader_u16le(&reader), 0);
	cr_assert(reader.failed);
	cr_assert_eq(reader.offset, 4);
}

Test(bytes, writes_little_endian_what_the_reader_reads)
{
	static const uint8_t expected[] = {0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0x88,
	    0x77, 0x88, 0x77, 0x66, 0x55, 0x88};
	const uint64_t number = 0x1122334455667788;
	AUTO(bytes) bytes = {0};
	struct reader reader;

	for (size_t i = 0; i < 4; i++)
		bytes_add_little(&bytes, number, (const size_t[]){8, 2, 4, 1}[i]);
	cr_assert(span_equal(bytes_span(&bytes), (struct span){expected, sizeof(expected)}));
	reader = reader_of(bytes_span(&bytes));
	cr_assert_eq(reader_u64le(&reader), number);
	cr_assert_eq(reader_u16le(&reader), number & 0xffff);
	cr_assert_eq(reader_u32le(&reader), number & 0xffffffff);
	cr_assert_eq(reader_u8(&reader), number & 0xff);
}

Test(digest, known_answers)
{
	char hex[SHA256_HEX];

	digest_sha256_hex(span_text("abc"), hex);
	cr_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static char *scratch(void)
{
	char *path = mem_strdup("/tmp/trust-deployer-unit.XXXXXX");

	cr_assert_not_null(mkdtemp(path));
	return path;
}

static void write_state(struct root *root, const char *path, const char *content)
{
	struct err err = {0};
	AUTO(file_state)
	state = {.type = FILE_REGULAR,
	    .mode = 0640,
	    .uid = FILE_OWNER_SELF,
	    .content = bytes_copy(span_text(content))};

	cr_assert(file_set(root, path, &state, &err), "%s", err.text);
}

Test(file, state_comes_back_as_it_was)
{
	char *path = scratch();
	AUTO(root) root = {0};
	AUTO(file_state) before = {0};
	AUTO(bytes) read = {0};
	struct file_state gone = {.type = FILE_ABSENT};
	struct err err = {0};

	cr_assert(root_open(path, &root, &err), "%s", err.text);
	cr_assert(file_make_folders(&root, "/a/b", 0755, &err), "%s", err.text);
	write_state(&root, "/a/b/file", "one");
	cr_assert(file_capture(&root, "/a/b/file", 100, &before, &err), "%s", err.text);
	cr_assert_eq(before.mode, 0640);
	write_state(&root, "/a/b/file", "two");
	cr_assert(file_set(&root, "/a/b/file", &before, &err), "%s", err.text);
	cr_assert(file_read(&root, "/a/b/file", 100, &read, &err), "%s", err.text);
	cr_assert_str_eq((char *)read.data, "one");
	cr_assert(file_set(&root, "/a/b/file", &gone, &err) &&
	              file_set(&root, "/a/b", &gone, &err) && file_set(&root, "/a", &gone, &err),
	    "%s", err.text);
	cr_assert_eq(file_type(&root, "/a/b"), FILE_ABSENT);
	rmdir(path);
	free(path);
}

static void write_link(struct root *root, const char *path, const char *target)
{
	struct err err = {0};
	AUTO(file_state)
	state = {
	    .type = FILE_LINK, .uid = FILE_OWNER_SELF, .content = bytes_copy(span_text(target))};

	cr_assert(file_set(root, path, &state, &err), "%s", err.text);
}

static void assert_reads(struct root *root, const char *path, const char *content)
{
	AUTO(bytes) read = {0};
	struct err err = {0};

	cr_assert(file_read(root, path, 100, &read, &err), "%s", err.text);
	cr_assert_str_eq((char *)read.data, content, "%s", path);
	cr_assert(file_is_regular(root, path), "%s", path);
}

static void assert_lists(struct root *root, const char *path, const char *names)
{
	AUTO(folder) folder = {.fd = -1};
	AUTO(folder) unsorted = {.fd = -1};
	AUTO(text) list = {0};
	struct err err = {0};

	cr_assert(folder_open(root, path, &folder, &err), "%s", err.text);
	for (size_t i = 0; i < folder.count; i++)
		text_addf(&list, "%s ", folder.entries[i].name);
	cr_assert_str_eq(text_string(&list), names);
	cr_assert(folder_list(root, path, &unsorted, &err), "%s", err.text);
	cr_assert_eq(unsorted.count, folder.count);
	for (size_t i = 0; i < folder.count; i++) {
		size_t at = 0;

		while (at < unsorted.count &&
		       strcmp(unsorted.entries[at].name, folder.entries[i].name) != 0)
			at++;
		cr_assert(
		    at < unsorted.count && unsorted.entries[at].type == folder.entries[i].type);
	}
}

static void clear(struct root *root, const char *const *paths, size_t count)
{
	struct file_state gone = {.type = FILE_ABSENT};
	struct err err = {0};

	for (size_t i = 0; i < count; i++)
		cr_assert(file_set(root, paths[i], &gone, &err), "%s", err.text);
}

Test(file, holds_what_is_in_it_and_nothing_else)
{
	enum { SIZE = 40000 };
	char *path = scratch(), *content = mem_alloc(SIZE + 1);
	AUTO(root) root = {0};
	struct err err = {0};

	memset(content, 'x', SIZE);
	cr_assert(root_open(path, &root, &err), "%s", err.text);
	write_state(&root, "/file", content);
	cr_assert_eq(symlinkat("file", root.fd, "link"), 0);
	cr_assert(file_holds(&root, "/file", span_text(content)));
	cr_assert_not(file_holds(&root, "/link", span_text(content)));
	cr_assert_not(file_holds(&root, "/none", span_text("")));
	cr_assert_not(file_holds(&root, "/file", (struct span){(uint8_t *)content, SIZE - 1}));
	content[SIZE - 1] = 'y';
	cr_assert_not(file_holds(&root, "/file", span_text(content)));
	unlinkat(root.fd, "link", 0);
	unlinkat(root.fd, "file", 0);
	rmdir(path);
	free(content);
	free(path);
}

Test(file, what_is_imagined_is_seen_and_not_written)
{
	char *path = scratch();
	AUTO(root) real = {0};
	AUTO(root) root = {0};
	AUTO(folder) folder = {.fd = -1};
	AUTO(bytes) read = {0};
	struct file_state gone = {.type = FILE_ABSENT}, made = {.type = FILE_FOLDER, .mode = 0755};
	struct err err = {0};
	char target[100];
	unsigned mode;

	cr_assert(root_open(path, &real, &err) && root_open(path, &root, &err), "%s", err.text);
	cr_assert(file_make_folders(&real, "/a", 0755, &err), "%s", err.text);
	write_state(&real, "/a/stays", "as it is");
	write_state(&real, "/a/changes", "old");
	write_state(&real, "/a/goes", "old");
	write_link(&real, "/a/link", "changes");
	root_imagine(&root);
	write_state(&root, "/a/changes", "new");
	write_state(&root, "/a/comes", "new");
	write_link(&root, "/a/to-it", "../a/./link");
	write_link(&root, "/a/to-real", "/a/stays");
	cr_assert(file_set(&root, "/a/goes", &gone, &err), "%s", err.text);
	cr_assert(file_set(&root, "/a/new", &made, &err), "%s", err.text);
	write_state(&root, "/a/new/file", "inside");

	assert_reads(&root, "/a/stays", "as it is");
	assert_reads(&root, "/a/changes", "new");
	assert_reads(&root, "/a/comes", "new");
	assert_reads(&root, "/a/link", "new");
	assert_reads(&root, "/a/to-it", "new");
	assert_reads(&root, "/a/to-real", "as it is");
	assert_reads(&root, "/a/new/file", "inside");
	cr_assert_eq(file_type(&root, "/a/goes"), FILE_ABSENT);
	cr_assert_eq(file_type(&root, "/a/to-it"), FILE_LINK);
	cr_assert_eq(file_type(&root, "/a/new"), FILE_FOLDER);
	cr_assert_not(file_read(&root, "/a/goes", 100, &read, &err));
	cr_assert(file_mode(&root, "/a/to-it", &mode) && mode == 0640);
	assert_lists(&root, "/a", "changes comes link new stays to-it to-real ");
	assert_lists(&root, "/a/new", "file ");
	cr_assert(folder_open(&root, "/a", &folder, &err), "%s", err.text);
	cr_assert(folder_read(&folder, "comes", 100, &read, &err) && read.size == 3);
	cr_assert(folder_read_link(&folder, "to-it", target, sizeof(target)));
	cr_assert_str_eq(target, "../a/./link");
	cr_assert(folder_mode(&folder, "comes", &mode) && mode == 0640);
	cr_assert_not(folder_mode(&folder, "to-it", &mode));
	err = (struct err){0};
	cr_assert_not(file_set(&root, "/a/goes/file", &made, &err), "its folder is not there");

	assert_reads(&real, "/a/changes", "old");
	assert_reads(&real, "/a/goes", "old");
	assert_lists(&real, "/a", "changes goes link stays ");
	clear(&real, (const char *[]){"/a/changes", "/a/goes", "/a/link", "/a/stays", "/a"}, 5);
	rmdir(path);
	free(path);
}

/* A child that holds the lock of the image until the pipe is closed. */
static pid_t hold_image(const char *path, const char *lock, int until[2])
{
	AUTO(root) root = {0};
	struct err err = {0};
	char held = 0;
	int fd, told[2];
	pid_t child;

	cr_assert(pipe(told) == 0 && pipe(until) == 0);
	child = fork();
	if (child == 0) {
		close(until[1]);
		held = root_open(path, &root, &err) && file_lock_image(&root, lock, 0, &fd, &err);
		_exit(write(told[1], &held, 1) == 1 && read(until[0], &held, 1) == 0 ? 0 : 1);
	}
	cr_assert(read(told[0], &held, 1) == 1 && held);
	close(until[0]);
	return child;
}

/* Wherever the runs keep their state of it. */
Test(file, an_image_is_locked_for_one_run)
{
	char *path = scratch(), *other = scratch(), *lock = NULL;
	AUTO(root) image = {0};
	AUTO(root) another = {0};
	AUTO(text) wanted = {0};
	struct err err = {0};
	int fd, until[2];
	pid_t child;

	cr_assert_gt(asprintf(&lock, "%s.lock", path), 0);
	child = hold_image(path, lock, until);
	cr_assert(root_open(path, &image, &err) && root_open(other, &another, &err));
	cr_assert_not(file_lock_image(&image, lock, 0, &fd, &err));
	text_addf(&wanted, "%s: another run (process %d) holds the lock", path, (int)child);
	cr_assert_eq(err.code, ERR_LOCKED);
	cr_assert(strstr(err.text, text_string(&wanted)), "%s", err.text);
	err = (struct err){0};
	cr_assert(file_lock_image(&another, lock, 0, &fd, &err) && fd >= 0, "%s", err.text);
	file_unlock(fd);
	close(until[1]);
	cr_assert(file_lock_image(&image, lock, 60, &fd, &err) && fd >= 0, "%s", err.text);
	file_unlock(fd);
	waitpid(child, NULL, 0);
	unlink(lock);
	cr_assert(file_lock_image(&image, "/nowhere/lock", 0, &fd, &err) && fd == -1);
	rmdir(path);
	rmdir(other);
	free(path);
	free(other);
	free(lock);
}

static _Noreturn void rename_for_ever(const char *folder)
{
	if (chdir(folder) != 0)
		_exit(1);
	mkdir("one", 0700);
	for (;;) {
		rename("one", "two");
		rename("two", "one");
	}
}

/* The kernel does not follow ".." below a root while somebody renames something, be it elsewhere.
 */
Test(file, is_found_while_others_rename)
{
	char *path = scratch(), *elsewhere = scratch();
	pid_t movers[3];
	AUTO(root) root = {0};
	struct err err = {0};
	size_t found = 0, tries = 20000;

	cr_assert(root_open(path, &root, &err), "%s", err.text);
	cr_assert(file_make_folders(&root, "/a", 0755, &err), "%s", err.text);
	write_state(&root, "/a/file", "x");
	write_link(&root, "/a/up", "../a/../a/../a/file");
	for (size_t i = 0; i < COUNT(movers); i++) {
		movers[i] = fork();
		if (movers[i] == 0)
			rename_for_ever(elsewhere);
	}
	for (size_t i = 0; i < tries; i++)
		found += file_is_regular(&root, "/a/up");
	for (size_t i = 0; i < COUNT(movers); i++) {
		kill(movers[i], SIGKILL);
		waitpid(movers[i], NULL, 0);
	}
	cr_assert_eq(found, tries, "%zu times it was not", tries - found);
	clear(&root, (const char *[]){"/a/up", "/a/file", "/a"}, 3);
	rmdir(path);
	cr_assert_eq(chdir(elsewhere), 0);
	rmdir("one");
	rmdir("two");
	rmdir(elsewhere);
	free(path);
	free(elsewhere);
}

Test(file, an_image_cannot_point_outside_itself)
{
	char *path = scratch();
	AUTO(root) root = {0};
	AUTO(file_state) link = {.type = FILE_LINK, .content = bytes_copy(span_text("/etc"))};
	struct file_state gone = {.type = FILE_ABSENT};
	AUTO(bytes) read = {0};
	struct err err = {0};

	cr_assert(root_open(path, &root, &err), "%s", err.text);
	cr_assert(file_set(&root, "/escape", &link, &err), "%s", err.text);
	cr_assert_not(file_read(&root, "/escape/passwd", 1 << 20, &read, &err));
	cr_assert_not(file_read(&root, "/../../../../etc/passwd", 1 << 20, &read, &err));
	cr_assert(file_set(&root, "/escape", &gone, &err), "%s", err.text);
	rmdir(path);
	free(path);
}
