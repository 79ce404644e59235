/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/events.h"
#include "report/keys.h"
#include "report/read.h"
#include "report/report.h"

static const struct report_style plain;

/* An item with each cause, and over them every result, action and severity. */
static void add_items(struct report *report)
{
	report->items.list = arena_alloc(&report->arena, CAUSES * sizeof(*report->items.list));
	for (unsigned i = 0; i < CAUSES; i++) {
		const struct cause_row *row = cause_row((enum cause)i);
		struct report_item *item = &report->items.list[report->items.count++];

		*item = (struct report_item){
		    .key = key_hook(arena_printf(&report->arena, "h%u", i)),
		    .label = i % 2 ? "Corp \"Root\" \xc3\xa9\x01\x1b[2J\n" : "",
		    .result = (enum result)(i % RESULTS),
		    .action = (enum action)(i % ACTIONS),
		    .want = i % 3 ? "present" : "",
		    .have = "=cmd|' /C calc'!A0, \"x\"",
		    .cause = (enum cause)i,
		    .severity = (enum severity)(SEVERITY_ERROR + i % (SEVERITIES - 1)),
		    .message = i % 5 ? row->meaning : "Something of its own.",
		    .not_after = i % 2 ? 2251756800 : 0,
		    .takes_effect = i % RESULTS == RESULT_FIXED ? "at once" : NULL,
		    .file = i % 4 ? "policy.d/10:5-corp.yaml" : "",
		    .line = i % 4 == 1 ? 14 : 0,
		    .policy = i % 4 ? "corp" : "",
		    .waived = i % 7 == 0,
		    .owned = i % 2 == 0,
		    .location = "/etc/ssl/certs",
		};
		item->next = report_is_done(item) ? row->next : "Do something of its own.";
		report->summary[item->result]++;
	}
}

/* Every member that JSON has keys for says something. */
static void make_report(struct report *out)
{
	static const char *signers[] = {"cc", "dd"};
	static struct report_policy applied = {"corp", "10.yaml", "domain", "aa", "", 0, false};
	static struct report_policy filtered = {
	    "lab", "20.yaml", "", "", "when.hostname", 1, false};
	static struct report_bundle bundles[] = {
	    {"example.roots", UINT64_MAX, 1800000000, "dd", {signers, 2}, RESULT_PASS, "", ""},
	    {"example.gone", 0, 0, "", {0}, RESULT_FAIL, "missing", "no such file"}};

	*out = (struct report){
	    .version = "9.8.7",
	    .mode = "apply",
	    .time = 1795428000,
	    .host = {"", "linux", "debian", NULL, "x86_64", "/image"},
	    .applied = {&applied, 1},
	    .filtered = {&filtered, 1},
	    .bundles = {bundles, COUNT(bundles)},
	    .verdict = VERDICT_NOT_COMPLIANT,
	    .exit_status = 2,
	    .notes = "a hook failed\nthe clock runs behind\n",
	    .waived = 3,
	    .undecided = 1,
	    .transaction = "20261123T100000Z-0001",
	    .changed = true,
	};
	add_items(out);
}

static void expect_same(const struct report *a, const struct report *b)
{
	static const struct report_style styles[] = {
	    {0}, {.quiet = true}, {.verbose = true}, {.color = true}};

	for (size_t i = 0; i < report_kind_count * COUNT(styles); i++) {
		const struct report_kind *kind = &report_kinds[i / COUNT(styles)];
		AUTO(bytes) one = {0};
		AUTO(bytes) two = {0};

		if (!kind->write)
			continue;
		kind->write(a, &styles[i % COUNT(styles)], &one);
		kind->write(b, &styles[i % COUNT(styles)], &two);
		cr_assert_str_eq((char *)one.data, (char *)two.data, "%s", kind->name);
	}
}

static void expect_same_records(const struct report *a, const struct report *b)
{
	AUTO(events) one = {0};
	AUTO(events) two = {0};

	events_make(a, &one);
	events_make(b, &two);
	cr_assert_eq(one.count, two.count);
	for (size_t i = 0; i < one.count; i++) {
		cr_assert_eq(one.list[i].id, two.list[i].id);
		cr_assert_eq(one.list[i].level, two.list[i].level);
		cr_assert_str_eq(one.list[i].message, two.list[i].message);
		for (size_t k = 0; k < one.list[i].field_count; k++)
			cr_assert_str_eq(one.list[i].fields[k].value, two.list[i].fields[k].value);
	}
}

static void expect_read(const struct report *report)
{
	AUTO(report) again = {0};
	AUTO(bytes) json = {0};
	struct err err = {0};

	report_json(report, &plain, &json);
	cr_assert(report_read(bytes_span(&json), &again, &err), "%s", err.text);
	expect_same(report, &again);
	expect_same_records(report, &again);
}

Test(read, what_was_read_is_printed_as_what_was_run)
{
	AUTO(report) report = {0};

	make_report(&report);
	expect_read(&report);
	/* compliant, after a change that is no transaction */
	report.transaction = "";
	report.verdict = VERDICT_COMPLIANT;
	report.compliant = true;
	report.exit_status = 0;
	report.items.list[0].result = RESULT_FIXED;
	report.items.list[0].next = "";
	report.items.count = 1;
	memset(report.summary, 0, sizeof(report.summary));
	report.summary[RESULT_FIXED] = 1;
	expect_read(&report);
	/* and without any */
	report.items.count = 0;
	memset(report.summary, 0, sizeof(report.summary));
	report.changed = false;
	expect_read(&report);
	/* ended by an error, of which "" is one */
	report.verdict = VERDICT_ERROR;
	report.compliant = false;
	for (uint64_t status = 0; status < 10; status++) {
		report.exit_status = status;
		report.error = status % 2 ? "" : "another run holds the lock";
		expect_read(&report);
	}
}

/* A bundle that failed is told in a word, which the item about it tells too. */
Test(read, the_fault_of_a_bundle_is_that_of_its_item)
{
	static const struct {
		enum cause cause;
		const char *fault;
	} cases[] = {{CAUSE_REFUSED, "refused"}, {CAUSE_CLOCK, "refused"},
	    {CAUSE_UNREACHABLE, "cannot be reached"}, {CAUSE_NO_BUNDLE, "missing"}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(report) report = {0};

		make_report(&report);
		report.items.list[1].key = key_bundle("example.gone");
		report.items.list[1].cause = cases[i].cause;
		report.bundles.list[1].fault = cases[i].fault;
		expect_read(&report);
	}
}

static struct bytes json_of_least(void)
{
	static const struct report least = {.version = "0",
	    .mode = "check",
	    .time = 1795428000,
	    .host.root = "",
	    .verdict = VERDICT_NOTHING_APPLIES,
	    .notes = "",
	    .transaction = ""};
	struct bytes json = {0};

	report_jsonl(&least, &plain, &json);
	return json;
}

/* The least report, with `from` replaced. */
static bool read_with(const char *from, const char *to, struct err *err)
{
	AUTO(bytes) json = json_of_least();
	AUTO(bytes) other = {0};
	AUTO(report) report = {0};
	const char *found = strstr((char *)json.data, from);

	cr_assert(found, "%s is not in %s", from, (char *)json.data);
	bytes_add(&other, json.data, (size_t)(found - (char *)json.data));
	bytes_add(&other, to, strlen(to));
	bytes_add(&other, found + strlen(from), strlen(found + strlen(from)));
	return report_read(bytes_span(&other), &report, err);
}

static void expect_refused(const char *from, const char *to, const char *message)
{
	struct err err = {0};

	cr_assert_not(read_with(from, to, &err), "%s for %s was taken", to, from);
	cr_assert_eq(err.code, ERR_FORMAT);
	cr_assert(strstr(err.text, message), "wanted '%s', got '%s'", message, err.text);
}

Test(read, what_is_no_report_is_refused_with_its_place)
{
	struct err err = {0};

	cr_assert(read_with("{", "{", &err), "%s", err.text);
	expect_refused("report/1", "report/2", "schema: 'trust-deployer/report/2' is not");
	expect_refused("\"check\"", "\"check\",\"mode\":\"apply\"", "'mode' stands twice");
	expect_refused("\"check\"", "\"a\\u0000b\"", "a NUL");
	expect_refused("\"check\"", "\"a\xff\"", "no UTF-8");
	expect_refused("\"check\"", "\"a\xc3\"", "no UTF-8");
	expect_refused("\"check\"", "\"a\x01\"", "control character");
	expect_refused("\"check\"", "\x01\"check\"", "control character");
	expect_refused("\"check\"", "\"\\ud83d\"", "no JSON");
	expect_refused("\"check\"", "null", "mode: it is no text");
	expect_refused("\"mode\"", "\"other\"", "the key 'mode' is missing");
	expect_refused("T", " ", "time: it is no time");
	expect_refused("Z\"", "+00:00\"", "time: it is no time as");
	expect_refused("nothing_applies", "later", "verdict: this version knows no word 'later'");
	expect_refused("nothing_applies", "compliant", "'compliant' is false");
	expect_refused("\"exit_status\":0", "\"exit_status\":0.5", "exit_status: it is no whole");
	expect_refused("\"exit_status\":0", "\"exit_status\":-1", "exit_status: it is no whole");
	expect_refused("\"exit_status\":0", "\"exit_status\":1e0", "exit_status: it is no whole");
	expect_refused("\"exit_status\":0", "\"exit_status\":18446744073709551616", "no whole");
	expect_refused("\"exit_status\":0", "\"exit_status\":256", "larger than 255");
	expect_refused("\"pass\":0", "\"pass\":1", "counts 1 as 'pass', and its results are 0");
	expect_refused("\"results\":[]", "\"results\":{}", "results: it is no list");
	expect_refused("\"results\":[]", "\"results\":[{}]", "results: element 0: the key 'id'");
	expect_refused("\"results\":[]}\n", "\"results\":[]", "no JSON, or is cut off");
	expect_refused("\"results\":[]}", "\"results\":[]}]", "something follows");
}

/* More than the program itself writes: a later version, another writer of JSON. */
Test(read, what_another_writer_of_json_does_is_taken)
{
	static const char *const mode[] = {"\"\\u0063heck\"", "\"check\" , \"later\" : [ 1e5, {} ]",
	    "\n\t\"check\"\r\n", "\"\\ud83d\\ude00\\/\""};

	for (size_t i = 0; i < COUNT(mode); i++) {
		struct err err = {0};

		cr_assert(read_with("\"check\"", mode[i], &err), "%s: %s", mode[i], err.text);
	}
}

static void repeat(struct bytes *out, const char *text, size_t times)
{
	for (size_t i = 0; i < times; i++)
		bytes_add(out, text, strlen(text));
}

Test(read, depth_keys_and_values_are_bounded)
{
	AUTO(bytes) deep = {0};
	AUTO(bytes) wide = {0};
	AUTO(bytes) many = {0};

	bytes_add(&wide, "{", 1);
	for (unsigned i = 0; i < REPORT_MAX_KEYS; i++) {
		char key[16];

		snprintf(key, sizeof(key), "\"%u\":0,", i);
		repeat(&wide, key, 1);
	}
	expect_refused("{", (char *)wide.data, "a map has more than 64 keys");
	repeat(&many, "{\"more\":[0", 1);
	repeat(&many, ",0", REPORT_MAX_VALUES);
	repeat(&many, "],", 1);
	expect_refused("{", (char *)many.data, "too many values");
	repeat(&deep, "{\"more\":", 1);
	repeat(&deep, "[", REPORT_MAX_DEPTH);
	repeat(&deep, "]", REPORT_MAX_DEPTH);
	repeat(&deep, ",", 1);
	expect_refused("{", (char *)deep.data, "it goes too deep");
}

Test(read, a_report_has_a_largest_size)
{
	AUTO(report) report = {0};
	struct bytes large = {0};
	struct err err = {0};

	bytes_reserve(&large, REPORT_MAX_BYTES + 1);
	memset(large.data, ' ', REPORT_MAX_BYTES + 1);
	large.size = REPORT_MAX_BYTES + 1;
	cr_assert_not(report_read(bytes_span(&large), &report, &err));
	cr_assert(strstr(err.text, "larger than"), "%s", err.text);
	bytes_release(&large);
}

/* Every key of the tables stands once, so that none is written that nobody reads. */
Test(read, a_key_that_is_missing_is_missed)
{
	AUTO(report) report = {0};
	AUTO(bytes) json = {0};
	size_t keys = 0;

	make_report(&report);
	report_jsonl(&report, &plain, &json);
	for (char *at = (char *)json.data; (at = strstr(at, "\":")); at++) {
		AUTO(report) again = {0};
		struct err err = {0};

		at[-1] ^= 1;
		cr_assert_not(
		    report_read(bytes_span(&json), &again, &err), "key %zu: %.20s", keys, at);
		at[-1] ^= 1;
		keys++;
	}
	cr_assert_gt(keys, 700);
}
