/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "state/history.h"
#include "state/ledger.h"

static struct root root;
static char folder[64];

static void open_root(void)
{
	struct err err = {0};

	snprintf(folder, sizeof(folder), "/tmp/trust-deployer-ledger.XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	cr_assert(root_open(folder, &root, &err), "%s", err.text);
}

static void close_root(void)
{
	struct err err = {0};

	cr_expect(file_remove(&root, "/ledger", &err), "%s", err.text);
	root_release(&root);
	rmdir(folder);
}

TestSuite(ledger, .init = open_root, .fini = close_root);

static void store(const char *content)
{
	struct err err = {0};

	cr_assert(file_store(&root, "/ledger", span_text(content), &err), "%s", err.text);
}

static void set(struct ledger *ledger, const char *id, const char *after)
{
	ledger_set(ledger, &(struct ledger_entry){.id = id,
	                       .policy = "corp",
	                       .transaction = "20261123T100000Z-0001",
	                       .before = "absent",
	                       .after = after});
}

Test(ledger, comes_back_as_it_was_written)
{
	AUTO(ledger) ledger = {0};
	AUTO(ledger) read = {0};
	AUTO(bytes) bytes = {0};
	struct err err = {0};

	set(&ledger, "proxy/apt", "static http=\"p\":1\tbypass=ü\n");
	set(&ledger, "certificate/root/aa", "present");
	set(&ledger, "certificate/root/ab", "present");
	set(&ledger, "certificate/root/aa", "again");
	ledger_remove(&ledger, "certificate/root/ab");
	ledger_remove(&ledger, "certificate/root/zz");
	ledger_write(&ledger, &bytes);
	store((const char *)bytes.data);
	cr_assert(ledger_load(&root, "/ledger", &read, &err), "%s", err.text);
	cr_assert_eq(read.count, 2);
	cr_assert_str_eq(read.list[0].id, "certificate/root/aa");
	cr_assert_str_eq(read.list[0].after, "again");
	cr_assert_str_eq(ledger_find(&read, "proxy/apt")->after, "static http=\"p\":1\tbypass=ü\n");
	cr_assert_null(ledger_find(&read, "certificate/root/ab"));
}

Test(ledger, damaged_one_says_what_to_do)
{
	static const char *const places[] = {"/etc/environment", NULL};
	static const char *const damaged[] = {"xx\n",
	    "{\"id\":\"proxy/apt\",\"policy\":\"p\",\"transaction\":\"t\",\"before\":\"direct\","
	    "\"after\":\"auto\",\"texts\":[{\"place\":\"/etc/passwd\",\"after\":\"\"}]}\n"};

	for (size_t i = 0; i < COUNT(damaged); i++) {
		AUTO(ledger) ledger = {0};
		struct err err = {0};

		store(damaged[i]);
		cr_expect_not(ledger_load_known(&root, "/ledger", places, &ledger, &err));
		cr_expect_eq(err.code, ERR_FORMAT);
		cr_expect(strstr(err.text, "/ledger: "), "%s", err.text);
		cr_expect(strstr(err.text, "restore that file from a copy"), "%s", err.text);
	}
}

Test(ledger, texts_of_edited_files_come_back)
{
	static const struct ledger_text texts[] = {
	    {.place = "/etc/a", .before = "no_proxy=\"x\"\n\xff", .after = "a\tb"},
	    {.place = "/etc/made", .after = "c\n"}, {.place = "/etc/folder"},
	    {.place = "/etc/a.pem", .before = "/usr/a.crt", .after = "", .link = true}};
	AUTO(ledger) ledger = {0};
	AUTO(ledger) read = {0};
	AUTO(bytes) bytes = {0};
	const struct ledger_entry *entry;
	struct err err = {0};

	set(&ledger, "certificate/root/aa", "present");
	ledger_set(&ledger, &(struct ledger_entry){.id = "proxy/apt",
	                        .policy = "corp",
	                        .transaction = "t",
	                        .before = "direct",
	                        .after = "x",
	                        .texts = texts,
	                        .text_count = COUNT(texts)});
	ledger_write(&ledger, &bytes);
	cr_assert(file_store(&root, "/ledger", bytes_span(&bytes), &err), "%s", err.text);
	cr_assert(ledger_load(&root, "/ledger", &read, &err), "%s", err.text);
	cr_assert_eq(ledger_find(&read, "certificate/root/aa")->text_count, 0);
	entry = ledger_find(&read, "proxy/apt");
	cr_assert_eq(entry->text_count, COUNT(texts));
	for (size_t i = 0; i < COUNT(texts); i++) {
		cr_assert_str_eq(entry->texts[i].place, texts[i].place);
		cr_assert_eq(!entry->texts[i].before, !texts[i].before);
		cr_assert_eq(!entry->texts[i].after, !texts[i].after);
		cr_assert_eq(entry->texts[i].link, texts[i].link);
		if (texts[i].before)
			cr_assert_str_eq(entry->texts[i].before, texts[i].before);
		if (texts[i].after)
			cr_assert_str_eq(entry->texts[i].after, texts[i].after);
	}
}

Test(ledger, knows_what_stood_without_a_source_from_what_did_not_stand_there)
{
	static const struct {
		struct ledger_text text;
		bool absence, lines;
	} cases[] = {
	    {{.place = "/etc/conf", .before = "a\n", .after = "!a\n"}, false, true},
	    {{.place = "/etc/conf", .before = "", .after = "!a\n"}, false, true},
	    {{.place = "/b", .before = "-----BEGIN CERTIFICATE-----\n", .after = ""}, false, false},
	    {{.place = "/l", .before = "/a", .after = "", .link = true}, false, false},
	    {{.place = "/made", .after = "a\n"}, false, false},
	    {{.place = "/folder"}, false, false},
	    {{.place = "/b", .before = "", .after = ""}, true, true},
	    {{.place = "/l", .before = "", .after = "", .link = true}, true, true},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ledger_entry entry = {.texts = &cases[i].text, .text_count = 1};

		cr_expect_eq(ledger_text_is_absence(&cases[i].text), cases[i].absence, "%zu", i);
		cr_expect_eq(ledger_has_lines_alone(&entry), cases[i].lines, "%zu", i);
	}
}

Test(ledger, missing_is_empty)
{
	AUTO(ledger) ledger = {0};
	struct err err = {0};

	cr_assert(ledger_load(&root, "/ledger", &ledger, &err), "%s", err.text);
	cr_assert_eq(ledger.count, 0);
	store("");
	cr_assert(ledger_load(&root, "/ledger", &ledger, &err), "%s", err.text);
}

Test(ledger, damage_is_told_with_its_line)
{
	static const char good[] = "{\"id\":\"a\",\"policy\":\"p\",\"transaction\":\"t\","
	                           "\"before\":\"absent\",\"after\":\"present\"}\n";
	static const struct {
		const char *tail, *says;
	} cases[] = {
	    {"{\"id\":\"b\"", "line 2 is cut off"},
	    {"{\"id\":\"b\"}\n", "line 2: is damaged: policy"},
	    {"nonsense\n", "line 2: is damaged: no JSON object"},
	    {"{\"id\":1,\"policy\":\"p\"}\n", "line 2: is damaged: id"},
	    {good, "line 2: names an item a second time"},
	    {"{\"texts\":[{\"place\":\"/x\"}],\"texts\":[]}\n", "line 2: has texts a second time"},
	    {"{\"texts\":[{\"place\":\"/..\"}]}\n",
	        "line 2: the place \"/..\" has \".\" or \"..\""},
	    {"{\"texts\":[{\"place\":\"HKLM\"}]}\n", "line 2: the place \"HKLM\" is no path"},
	    {"{\"texts\":[{\"place\":\"/x\"},{\"place\":\"\"}]}\n", "line 2: the place \"\""},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(ledger) ledger = {0};
		AUTO(text) content = {0};
		struct err err = {0};

		text_addf(&content, "%s%s", good, cases[i].tail);
		store(text_string(&content));
		cr_assert_not(ledger_load(&root, "/ledger", &ledger, &err));
		cr_assert_eq(err.code, ERR_FORMAT);
		cr_assert(strstr(err.text, cases[i].says), "%s", err.text);
	}
}

Test(ledger, of_a_place_that_is_never_written_is_refused)
{
	static const char *const places[] = {"/etc/certs/", "/etc/environment", NULL};
	static const struct {
		const char *text;
		bool ok;
	} cases[] = {
	    {"{\"place\":\"/etc/environment\",\"after\":\"x\"}", true},
	    {"{\"place\":\"/etc/certs/x\",\"before\":\"a\",\"after\":\"\",\"link\":true}", true},
	    {"{\"place\":\"/etc/certs\"}", true},
	    {"{\"place\":\"/etc\"}", true},
	    {"{\"place\":\"/etc/certs\",\"before\":\"/root\",\"after\":\"\",\"link\":true}", false},
	    {"{\"place\":\"/etc/passwd\",\"before\":\"x\",\"after\":\"\"}", false},
	    {"{\"place\":\"/etc/x\"}", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(ledger) ledger = {0};
		AUTO(text) content = {0};
		struct err err = {0};

		text_addf(&content,
		    "{\"id\":\"proxy/apt\",\"policy\":\"p\",\"transaction\":\"t\","
		    "\"before\":\"direct\",\"after\":\"auto\",\"texts\":[%s]}\n",
		    cases[i].text);
		store(text_string(&content));
		cr_assert(ledger_load(&root, "/ledger", &ledger, &err), "%s", err.text);
		cr_expect_eq(ledger_judge(&ledger, places, &err), cases[i].ok, "%s", cases[i].text);
		cr_expect(cases[i].ok || strstr(err.text, "no place that this program writes to"));
		cr_expect(ledger_judge(&ledger, NULL, &err));
	}
}

Test(ledger, thousand_entries_stay_sorted_and_cheap)
{
	AUTO(ledger) ledger = {0};
	AUTO(ledger) read = {0};
	AUTO(bytes) bytes = {0};
	struct timespec start, end;
	struct err err = {0};
	char id[96];

	for (unsigned i = 0; i < 1000; i++) {
		snprintf(id, sizeof(id), "certificate/root/%08x%056u", i * 2654435761u, i);
		set(&ledger, id, "present");
	}
	ledger_write(&ledger, &bytes);
	store((const char *)bytes.data);
	clock_gettime(CLOCK_MONOTONIC, &start);
	cr_assert(ledger_load(&root, "/ledger", &read, &err), "%s", err.text);
	clock_gettime(CLOCK_MONOTONIC, &end);
	cr_log_info("1000 entries: %.2f ms", (double)(end.tv_sec - start.tv_sec) * 1e3 +
	                                         (double)(end.tv_nsec - start.tv_nsec) / 1e6);
	cr_assert_eq(read.count, 1000);
	for (size_t i = 1; i < read.count; i++)
		cr_assert_lt(strcmp(read.list[i - 1].id, read.list[i].id), 0);
}

/* It is the folder that is given. */
TestSuite(history, .init = open_root, .fini = close_root);

Test(history, of_nothing_is_empty_and_of_damage_is_told)
{
	AUTO(history) history = {0};
	struct err err = {0};

	cr_assert(history_load(&root, "", NULL, &history, &err), "%s", err.text);
	cr_assert_eq(history.count, 0);
	cr_assert_eq(history.faults.size, 0);
	cr_assert(file_store(&root, "/history", span_text("{}\n"), &err));
	cr_assert(history_load(&root, "", NULL, &history, &err), "%s", err.text);
	cr_assert(strstr(text_string(&history.faults), "line 1"));
	cr_assert(file_remove(&root, "/history", &err), "%s", err.text);
}

Test(ledger, lines_in_falling_order_are_read_at_once_and_sorted)
{
	enum { LINES = 60000 };
	static const char line[] = "{\"id\":\"%06d\",\"policy\":\"p\",\"transaction\":\"t\","
	                           "\"before\":\"absent\",\"after\":\"present\"}\n";
	AUTO(ledger) ledger = {0};
	AUTO(text) content = {0};
	struct err err = {0};
	clock_t start;

	for (int i = LINES; i-- > 0;)
		text_addf(&content, line, i);
	store(text_string(&content));
	start = clock();
	cr_assert(ledger_load(&root, "/ledger", &ledger, &err), "%s", err.text);
	cr_expect_lt((clock() - start) / CLOCKS_PER_SEC, 2);
	cr_assert_eq(ledger.count, LINES);
	for (size_t i = 1; i < ledger.count; i++)
		cr_assert_lt(strcmp(ledger.list[i - 1].id, ledger.list[i].id), 0);
	cr_expect_not_null(ledger_find(&ledger, "000000"));

	/* the second of two lines is told, wherever it stands */
	text_addf(&content, line, 7);
	store(text_string(&content));
	cr_assert_not(ledger_load(&root, "/ledger", &ledger, &err));
	cr_expect(strstr(err.text, "line 60001: names an item a second time"), "%s", err.text);
}
