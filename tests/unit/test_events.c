/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/events.h"
#include "report/fill.h"

enum {
	FIELD_ID,
	FIELD_CAUSE,
	FIELD_MODE,
	FIELD_TRANSACTION,
	FIELD_PASS,
	FIELD_FAIL,
	FIELD_FIXED,
	FIELD_ERROR,
	FIELD_ITEMS
};

/* An outcome with one step a result that is given, all of one item but for their keys. */
struct made {
	struct outcome outcome;
	struct facts facts;
	struct item items[16];
	struct step steps[16];
	char keys[16][16];
};

static void make(struct made *made, const char *mode)
{
	memset(made, 0, sizeof(*made));
	made->outcome = (struct outcome){
	    .mode = mode, .facts = &made->facts, .transaction = "", .plan.steps = made->steps};
}

static struct step *add(struct made *made, enum result result, enum cause cause)
{
	size_t at = made->outcome.plan.count++;

	snprintf(made->keys[at], sizeof(made->keys[at]), "%zu", at);
	made->items[at] = (struct item){
	    .key = key_certificates_of(STORE_ROOT, made->keys[at]), .label = "", .value = ""};
	made->steps[at] = (struct step){.want = &made->items[at], .result = result, .cause = cause};
	made->outcome.summary[result]++;
	return &made->steps[at];
}

static void expect_field(const struct log_record *record, unsigned field, const char *value)
{
	cr_assert_str_eq(record->fields[field].value, value, "%s: wanted '%s', got '%s'",
	    record->fields[field].name, value, record->fields[field].value);
}

static void make_events(struct outcome *outcome, struct events *out)
{
	AUTO(report) report = {0};

	if (!outcome->error)
		outcome->exit_status = outcome_exit_status(outcome);
	report_fill(outcome, &report);
	events_make(&report, out);
}

/* The one record of a run that has no items to tell of. */
static void expect_summary(
    struct made *made, unsigned id, enum log_level level, const char *message)
{
	AUTO(events) events = {0};
	char number[8];

	make_events(&made->outcome, &events);
	cr_assert_eq(events.count, 1);
	cr_assert_eq(events.list[0].id, id, "%u for %u", events.list[0].id, id);
	cr_assert_eq(events.list[0].level, level);
	cr_assert_str_eq(events.list[0].message, message);
	snprintf(number, sizeof(number), "%u", id);
	expect_field(&events.list[0], FIELD_ID, number);
	expect_field(&events.list[0], FIELD_CAUSE, "");
	expect_field(&events.list[0], FIELD_MODE, made->outcome.mode);
}

Test(events, every_cause_and_outcome_has_an_id_of_its_own)
{
	bool seen[2000] = {0};

	for (unsigned i = 0; i < CAUSES; i++) {
		unsigned id = event_of_cause((enum cause)i);

		cr_assert(id >= 1000 && id < 2000 && !seen[id], "cause %u has id %u", i, id);
		seen[id] = true;
		cr_assert(cause_row((enum cause)i)->word);
		cr_assert_eq(*cause_row((enum cause)i)->word == 0, i == CAUSE_NONE);
		cr_assert(*cause_row((enum cause)i)->meaning);
	}
	for (unsigned i = 0; i < EVENTS; i++) {
		const struct event_row *row = event_row((enum event)i);

		cr_assert(row->id >= 100 && row->id < 200 && !seen[row->id]);
		seen[row->id] = true;
		cr_assert(*row->meaning && *event_level(row->level));
	}
}

/* Monitoring knows them by heart. */
Test(events, ids_are_never_given_anew)
{
	static const unsigned rows[] = {100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 199};
	static const struct {
		const char *word;
		unsigned id;
	} causes[] = {{"", 1000}, {"missing", 1001}, {"rebuild_pending", 1002},
	    {"stale_output", 1003}, {"different", 1004}, {"unwanted", 1005}, {"undeclared", 1006},
	    {"not_owned", 1007}, {"superseded", 1008}, {"no_bundle", 1009}, {"not_in_bundle", 1010},
	    {"refused_expired", 1011}, {"refused_not_ca", 1012}, {"malformed", 1013},
	    {"cannot_hold", 1014}, {"not_expressible", 1015}, {"waived", 1016},
	    {"write_failed", 1017}, {"conflict", 1018}, {"outdated", 1019}, {"bad_signature", 1020},
	    {"chain_incomplete", 1021}, {"signer_expired", 1022}, {"other_issue", 1023},
	    {"refused_list", 1024}, {"clock", 1025}, {"refused", 1027}, {"unreachable", 1028},
	    {"expiring", 1029}, {"expired", 1030}, {"stale", 1031}, {"rotated", 1032}};

	for (size_t i = 0; i < COUNT(rows); i++)
		cr_assert_eq(event_row((enum event)i)->id, rows[i]);
	for (size_t i = 0; i < COUNT(causes); i++)
		for (unsigned at = 0; at < CAUSES; at++)
			if (strcmp(cause_row((enum cause)at)->word, causes[i].word) == 0)
				cr_assert_eq(event_of_cause((enum cause)at), causes[i].id);
}

Test(events, a_run_is_told_by_what_came_of_it)
{
	struct outcome_bundle bundle = {.id = "example.roots", .reason = "no signature"};
	struct made made;

	make(&made, "apply");
	made.outcome.compliant = true;
	made.outcome.summary[RESULT_PASS] = 462;
	expect_summary(
	    &made, 100, LOG_LEVEL_INFORMATION, "apply: compliant; nothing was changed: 462 pass");
	made.outcome.changed = 2;
	made.outcome.transaction = "20261124T032110Z-0001";
	expect_summary(&made, 101, LOG_LEVEL_INFORMATION,
	    "apply: changed, and compliant now: 462 pass; transaction 20261124T032110Z-0001");
	made.outcome.compliant = false;
	made.outcome.bundles = &bundle;
	made.outcome.bundle_count = 1;
	expect_summary(&made, 102, LOG_LEVEL_WARNING,
	    "apply: not compliant; items are not as wanted: example.roots: no signature: 462 pass; "
	    "transaction 20261124T032110Z-0001");
	made.outcome.refused = true;
	made.outcome.transaction = "";
	made.outcome.summary[RESULT_PASS] = 0;
	expect_summary(&made, 103, LOG_LEVEL_ERROR,
	    "apply: input was refused; nothing was changed: example.roots: no signature");
	make(&made, "rollback");
	expect_summary(&made, 106, LOG_LEVEL_WARNING,
	    "rollback: rolled back in part; what somebody else changed since was left alone");
	made.outcome.compliant = true;
	expect_summary(&made, 105, LOG_LEVEL_INFORMATION, "rollback: rolled back");
}

/* Of a run that `err` ended before it looked. */
static void expect_failure(
    const char *mode, const struct err *err, unsigned id, enum log_level level, const char *message)
{
	struct made made;

	make(&made, mode);
	outcome_fail(&made.outcome, err);
	expect_summary(&made, id, level, message);
	arena_release(&made.outcome.arena);
}

Test(events, a_run_that_failed_is_told_by_its_error)
{
	struct err err;

	err_set(&err, ERR_LOCKED, "another run holds the lock");
	expect_failure("rollback", &err, 107, LOG_LEVEL_WARNING,
	    "rollback: another run was at work; nothing was changed: another run holds the lock");
	err_set(&err, ERR_IO, "the disk is full");
	expect_failure(
	    "rollback", &err, 199, LOG_LEVEL_ERROR, "rollback: the run failed: the disk is full");
	err_set(&err, ERR_TRUST, "the keyring has expired");
	expect_failure("apply", &err, 103, LOG_LEVEL_ERROR,
	    "apply: input was refused; nothing was changed: the keyring has expired");
	err_set(&err, ERR_PUBLISH, "all changes were rolled back: a hook\nfailed");
	expect_failure("apply", &err, 104, LOG_LEVEL_ERROR,
	    "apply: the changes could not be published as a whole; they were rolled back, unless "
	    "the message says why not: all changes were rolled back: a hook failed");
}

Test(events, items_are_told_by_cause_and_never_one_by_one)
{
	AUTO(events) events = {0};
	struct made made;

	make(&made, "apply");
	made.outcome.transaction = "20261124T032110Z-0001";
	for (unsigned i = 0; i < 12; i++)
		add(&made, i == 11 ? RESULT_FIXED : RESULT_FAIL,
		    i == 11 ? CAUSE_NONE : CAUSE_MISSING);
	add(&made, RESULT_ERROR, CAUSE_WRITE_FAILED)->message = "No space left\x1b[2J";
	add(&made, RESULT_PASS, CAUSE_NOT_EXPRESSIBLE);
	add(&made, RESULT_NOTCHECKED, CAUSE_WAIVED);
	make_events(&made.outcome, &events);
	cr_assert_eq(events.count, 4);

	cr_assert_eq(events.list[0].id, 102);
	expect_field(&events.list[0], FIELD_FAIL, "11");
	expect_field(&events.list[0], FIELD_ITEMS, "");

	cr_assert_eq(events.list[1].id, 1000);
	cr_assert_eq(events.list[1].level, LOG_LEVEL_INFORMATION);
	cr_assert_str_eq(events.list[1].message, "apply: fixed: certificate/root/bundle:11");
	expect_field(&events.list[1], FIELD_CAUSE, "");

	cr_assert_eq(events.list[2].id, 1001);
	cr_assert_eq(events.list[2].level, LOG_LEVEL_WARNING);
	cr_assert_str_eq(events.list[2].message,
	    "apply: missing: certificate/root/bundle:0: The policy wants it and it is not there. "
	    "(and 10 more)");
	expect_field(&events.list[2], FIELD_CAUSE, "missing");
	expect_field(&events.list[2], FIELD_FAIL, "11");
	expect_field(&events.list[2], FIELD_ITEMS,
	    "certificate/root/bundle:0\ncertificate/root/bundle:1\ncertificate/root/"
	    "bundle:2\ncertificate/root/bundle:3\n"
	    "certificate/root/bundle:4\ncertificate/root/bundle:5\ncertificate/root/"
	    "bundle:6\ncertificate/root/bundle:7\n"
	    "certificate/root/bundle:8\ncertificate/root/bundle:9");

	cr_assert_eq(events.list[3].id, 1017);
	cr_assert_eq(events.list[3].level, LOG_LEVEL_ERROR);
	cr_assert_str_eq(events.list[3].message,
	    "apply: write_failed: certificate/root/bundle:12: No space left\\x1b[2J");
	expect_field(&events.list[3], FIELD_ERROR, "1");
	expect_field(&events.list[3], FIELD_TRANSACTION, "20261124T032110Z-0001");
}

Test(events, a_value_is_cut_between_characters)
{
	char value[LOG_VALUE_MAX + 8];

	memset(value, 'x', sizeof(value));
	value[sizeof(value) - 1] = 0;
	cr_assert_eq(log_value_size("caf\xc3\xa9"), 5);
	cr_assert_eq(log_value_size(value), LOG_VALUE_MAX);
	memcpy(value + LOG_VALUE_MAX - 1, "\xc3\xa9", 2);
	cr_assert_eq(log_value_size(value), LOG_VALUE_MAX - 1);
}

/* Most machines that run this have no journal, or one that is none of the test's business: that
 * nothing is to be written must be as good as anything. */
Test(events, nothing_to_write_is_written)
{
	log_records_write(NULL, 0);
}
