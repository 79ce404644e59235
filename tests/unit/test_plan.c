/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "engine/plan.h"
#include "policy/layers/layers.h"

enum { NOW = 1795428000 };

struct table {
	struct items want, have;
	struct ledger ledger;
	struct plan_rules rules;
	struct plan plan;
};

static void table_release(struct table *table)
{
	items_release(&table->want);
	items_release(&table->have);
	ledger_release(&table->ledger);
	plan_release(&table->plan);
}

static struct key key_of(enum store store, unsigned number)
{
	const uint8_t sha256[SHA256_SIZE] = {
	    [SHA256_SIZE - 2] = (uint8_t)(number >> 8), [SHA256_SIZE - 1] = (uint8_t)number};

	return key_certificate(store, sha256);
}

static const char *id_of(struct key key, struct arena *arena)
{
	return arena_strdup(arena, key_id(&key).text);
}

static struct item *want(struct table *table, struct key key, enum presence presence)
{
	struct item *item = items_add(&table->want, key);

	item->presence = presence;
	item->asked.policy = "corp";
	item->asked.origin = (struct origin){"corp.yaml", (unsigned)table->want.count};
	return item;
}

static struct item *have(struct table *table, struct key key, enum presence presence)
{
	struct item *item = items_add(&table->have, key);

	item->presence = presence;
	return item;
}

static void own(struct table *table, const char *id)
{
	ledger_set(&table->ledger, &(struct ledger_entry){.id = id,
	                               .policy = "corp",
	                               .transaction = "t",
	                               .before = "absent",
	                               .after = "present"});
}

static void own_key(struct table *table, struct key key)
{
	AUTO(arena) arena = {0};

	own(table, id_of(key, &arena));
}

static const struct plan *make(struct table *table)
{
	items_sort(&table->want);
	items_sort(&table->have);
	table->rules.ledger = &table->ledger;
	table->rules.now = NOW;
	plan_make(&table->want, &table->have, &table->rules, &table->plan);
	return &table->plan;
}

static void expect(
    const struct step *step, enum result result, enum cause cause, enum action action)
{
	cr_assert_eq(step->result, result, "%s is %s", key_id(&step_item(step)->key).text,
	    result_words[step->result]);
	cr_assert_eq(step->cause, cause, "%s: %s", key_id(&step_item(step)->key).text,
	    cause_row(step->cause)->word);
	cr_assert_eq(step->action, action, "%s: %s", key_id(&step_item(step)->key).text,
	    action_words[step->action]);
}

Test(plan, presence_against_presence)
{
	static const struct {
		enum presence want, have;
		bool owned;
		enum result result;
		enum cause cause;
		enum action action;
	} cases[] = {
	    {ITEM_PRESENT, ITEM_PRESENT, false, RESULT_PASS, CAUSE_NONE, ACTION_KEEP},
	    {ITEM_PRESENT, ITEM_ABSENT, false, RESULT_FAIL, CAUSE_MISSING, ACTION_ADD},
	    {ITEM_PRESENT, ITEM_PENDING, false, RESULT_FAIL, CAUSE_REBUILD_PENDING, ACTION_ADD},
	    {ITEM_PRESENT, ITEM_STALE, false, RESULT_FAIL, CAUSE_STALE_OUTPUT, ACTION_ADD},
	    {ITEM_PRESENT, ITEM_WITHHELD, false, RESULT_FAIL, CAUSE_NEVER_EXTRACTED, ACTION_KEEP},
	    /* who may open it says the host: here nobody */
	    {ITEM_PRESENT, ITEM_CLOSED, false, RESULT_FAIL, CAUSE_UNREADABLE, ACTION_KEEP},
	    {ITEM_ABSENT, ITEM_CLOSED, false, RESULT_FAIL, CAUSE_NOT_OWNED, ACTION_KEEP},
	    {ITEM_ABSENT, ITEM_CLOSED, true, RESULT_FAIL, CAUSE_UNWANTED, ACTION_REMOVE},
	    {ITEM_ABSENT, ITEM_ABSENT, false, RESULT_PASS, CAUSE_NONE, ACTION_KEEP},
	    {ITEM_ABSENT, ITEM_PRESENT, false, RESULT_FAIL, CAUSE_NOT_OWNED, ACTION_KEEP},
	    {ITEM_ABSENT, ITEM_PRESENT, true, RESULT_FAIL, CAUSE_UNWANTED, ACTION_REMOVE},
	    {ITEM_ABSENT, ITEM_PENDING, true, RESULT_FAIL, CAUSE_UNWANTED, ACTION_REMOVE},
	    {ITEM_ABSENT, ITEM_PENDING, false, RESULT_FAIL, CAUSE_NOT_OWNED, ACTION_KEEP},
	    {ITEM_PRESENT, ITEM_PARTIAL, false, RESULT_FAIL, CAUSE_PARTLY_TRUSTED, ACTION_ADD},
	    {ITEM_ABSENT, ITEM_PARTIAL, false, RESULT_FAIL, CAUSE_NOT_OWNED, ACTION_KEEP},
	    /* in force and in no source: what we did not put there stays */
	    {ITEM_ABSENT, ITEM_STALE, false, RESULT_FAIL, CAUSE_NOT_OWNED, ACTION_KEEP},
	    {ITEM_ABSENT, ITEM_STALE, true, RESULT_FAIL, CAUSE_UNWANTED, ACTION_REMOVE},
	    /* in a folder that nothing reads: no trust, and ours to take away */
	    {ITEM_PRESENT, ITEM_ASIDE, true, RESULT_FAIL, CAUSE_MISSING, ACTION_ADD},
	    {ITEM_ABSENT, ITEM_ASIDE, true, RESULT_FAIL, CAUSE_UNWANTED, ACTION_REMOVE},
	    {ITEM_ABSENT, ITEM_ASIDE, false, RESULT_PASS, CAUSE_NONE, ACTION_KEEP},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		__attribute__((cleanup(table_release))) struct table table = {0};
		struct key key = key_of(STORE_ROOT, 1);

		want(&table, key, cases[i].want);
		if (cases[i].have != ITEM_ABSENT)
			have(&table, key, cases[i].have);
		if (cases[i].owned)
			own_key(&table, key);
		cr_assert_eq(make(&table)->count, 1);
		expect(&table.plan.steps[0], cases[i].result, cases[i].cause, cases[i].action);
		cr_assert_eq(table.plan.steps[0].owned, cases[i].owned);
	}
}

Test(plan, unowned_is_removed_only_where_the_rule_says_so)
{
	__attribute__((cleanup(table_release))) struct table table = {0};

	want(&table, key_of(STORE_ROOT, 1), ITEM_ABSENT)->asked.remove_unowned = true;
	have(&table, key_of(STORE_ROOT, 1), ITEM_PRESENT);
	expect(&make(&table)->steps[0], RESULT_FAIL, CAUSE_UNWANTED, ACTION_REMOVE);
}

Test(plan, undeclared_keep_report_remove)
{
	static const struct {
		int rule;
		bool unowned, owned;
		enum presence have;
		int result; /* -1: no step */
		enum cause cause;
		enum action action;
	} cases[] = {
	    {UNDECLARED_KEEP, false, false, ITEM_PRESENT, -1, 0, 0},
	    {UNDECLARED_KEEP, false, true, ITEM_PRESENT, RESULT_INFORMATIONAL, CAUSE_SUPERSEDED,
	        ACTION_KEEP},
	    {UNDECLARED_KEEP, false, false, ITEM_PENDING, RESULT_INFORMATIONAL,
	        CAUSE_REBUILD_PENDING, ACTION_KEEP},
	    {UNDECLARED_KEEP, false, false, ITEM_STALE, RESULT_INFORMATIONAL, CAUSE_STALE_OUTPUT,
	        ACTION_KEEP},
	    {UNDECLARED_KEEP, false, false, ITEM_WITHHELD, RESULT_INFORMATIONAL,
	        CAUSE_NEVER_EXTRACTED, ACTION_KEEP},
	    {UNDECLARED_KEEP, false, false, ITEM_CLOSED, RESULT_INFORMATIONAL, CAUSE_UNREADABLE,
	        ACTION_KEEP},
	    {UNDECLARED_KEEP, false, true, ITEM_CLOSED, RESULT_INFORMATIONAL, CAUSE_SUPERSEDED,
	        ACTION_KEEP},
	    {UNDECLARED_REPORT, false, false, ITEM_PRESENT, RESULT_INFORMATIONAL, CAUSE_UNDECLARED,
	        ACTION_KEEP},
	    {UNDECLARED_REPORT, true, true, ITEM_PRESENT, RESULT_INFORMATIONAL, CAUSE_SUPERSEDED,
	        ACTION_KEEP},
	    {UNDECLARED_REMOVE, false, true, ITEM_PRESENT, RESULT_FAIL, CAUSE_SUPERSEDED,
	        ACTION_REMOVE},
	    {UNDECLARED_REMOVE, false, false, ITEM_PRESENT, RESULT_INFORMATIONAL, CAUSE_NOT_OWNED,
	        ACTION_KEEP},
	    {UNDECLARED_REMOVE, true, false, ITEM_PRESENT, RESULT_FAIL, CAUSE_UNDECLARED,
	        ACTION_REMOVE},
	    {UNDECLARED_REMOVE, false, false, ITEM_STALE, RESULT_INFORMATIONAL, CAUSE_STALE_OUTPUT,
	        ACTION_KEEP},
	    {UNDECLARED_REMOVE, true, false, ITEM_STALE, RESULT_FAIL, CAUSE_STALE_OUTPUT,
	        ACTION_REMOVE},
	    {UNDECLARED_REMOVE, false, true, ITEM_STALE, RESULT_FAIL, CAUSE_SUPERSEDED,
	        ACTION_REMOVE},
	    {UNDECLARED_REPORT, false, false, ITEM_PARTIAL, RESULT_INFORMATIONAL, CAUSE_UNDECLARED,
	        ACTION_KEEP},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		__attribute__((cleanup(table_release))) struct table table = {0};
		struct key key = key_of(STORE_ROOT, 7);

		table.rules.undeclared[STORE_ROOT] = cases[i].rule;
		table.rules.remove_unowned[STORE_ROOT] = cases[i].unowned;
		have(&table, key, cases[i].have);
		if (cases[i].owned)
			own_key(&table, key);
		make(&table);
		cr_assert_eq(table.plan.count, cases[i].result >= 0, "case %zu", i);
		if (table.plan.count)
			expect(&table.plan.steps[0], (enum result)cases[i].result, cases[i].cause,
			    cases[i].action);
	}
}

/* --- what is said to do works when it is done -------------------------------------------- */

struct remedy {
	int rule;
	bool remove_unowned, owned, wanted, note, system;
	enum presence want, have;
	bool rule_removes_unowned;
};

static const struct step *plan_remedy(struct table *table, const struct remedy *state)
{
	struct key key = key_of(STORE_ROOT, 7);
	struct item *item;

	*table = (struct table){0};
	table->rules.undeclared[STORE_ROOT] = state->rule;
	table->rules.remove_unowned[STORE_ROOT] = state->remove_unowned;
	item = have(table, key, state->have);
	item->seen.system = state->system;
	item->note = state->note ? "/etc/x.crt: it cannot be read" : NULL;
	item->seen.limits = state->have == ITEM_DISABLED ? "it is switched off" : NULL;
	if (state->wanted)
		want(table, key, state->want)->asked.remove_unowned = state->rule_removes_unowned;
	if (state->owned)
		own_key(table, key);
	make(table);
	return table->plan.count ? &table->plan.steps[0] : NULL;
}

static const char *advice(const struct step *step)
{
	return step->next ? step->next : cause_row(step->cause)->next;
}

/* Whether apply would do something in that state, or there is nothing left to say. */
static bool is_mended(const struct remedy *state)
{
	__attribute__((cleanup(table_release))) struct table table = {0};
	const struct step *step = plan_remedy(&table, state);

	return !step || step->result == RESULT_PASS || step->action != ACTION_KEEP;
}

/* Each thing that a sentence says to do, as what it makes of the state. */
static void check_advice(const struct remedy *state, const struct step *step, const char *next)
{
	struct remedy after = *state;
	bool shipped = state->system && !state->owned;

	cr_assert(*next, "%s: no advice", cause_row(step->cause)->word);
	if (strstr(next, "Run apply"))
		cr_assert_neq(step->action, ACTION_KEEP, "apply does nothing: %s", next);
	else
		cr_assert(step->action == ACTION_KEEP || step->cause == CAUSE_MALFORMED,
		    "apply mends it, and it is not said: %s", next);
	if (strstr(next, "Set `undeclared` of this store to remove")) {
		after.rule = UNDECLARED_REMOVE;
		cr_assert(is_mended(&after), "%s", next);
	}
	if (strstr(next, "set remove_unowned in the rule")) {
		cr_assert(state->wanted, "there is no rule: %s", next);
		after.rule_removes_unowned = true;
		cr_assert(is_mended(&after), "%s", next);
	}
	after = *state;
	if (strstr(next, "Declare it") || strstr(next, "declare it")) {
		cr_assert_not(state->wanted, "it is declared: %s", next);
		after.wanted = true;
		after.want = ITEM_PRESENT;
		cr_assert(is_mended(&after), "%s", next);
	}
	after = *state;
	if (strstr(next, "set `remove_unowned` beside")) {
		after.remove_unowned = true;
		cr_assert(is_mended(&after), "%s", next);
	}
	after = *state;
	if (strstr(next, "let `undeclared` of this store say keep")) {
		after.rule = UNDECLARED_KEEP;
		cr_assert(is_mended(&after), "%s (shipped: %d)", next, shipped);
	}
}

/* Every combination of a policy's word, of what is there, and of whose it is. */
enum { PRESENCES = ITEM_CLOSED - ITEM_PRESENT + 1, RULES = 4, FLAGS = 1 << 7 };

static struct remedy remedy_of(unsigned number)
{
	unsigned bits = number % FLAGS, rest = number / FLAGS;

	return (struct remedy){
	    .remove_unowned = bits & 1,
	    .owned = bits & 2,
	    .wanted = bits & 4,
	    .want = bits & 8 ? ITEM_PRESENT : ITEM_ABSENT,
	    .note = bits & 16,
	    .system = bits & 32,
	    .rule_removes_unowned = bits & 64,
	    .have = (enum presence)(ITEM_PRESENT + rest % PRESENCES),
	    .rule = (int)(rest / PRESENCES),
	};
}

Test(plan, every_remedy_works_when_it_is_done)
{
	size_t told = 0;

	for (unsigned i = 0; i < FLAGS * PRESENCES * RULES; i++) {
		__attribute__((cleanup(table_release))) struct table table = {0};
		struct remedy state = remedy_of(i);
		const struct step *step = plan_remedy(&table, &state);

		if (!step || step->result == RESULT_PASS)
			continue;
		told++;
		check_advice(&state, step, advice(step));
	}
	cr_assert_gt(told, 1000);
}

/* In force nowhere: only that it is ours matters. */
Test(plan, what_lies_aside_is_told_and_goes_when_it_is_ours)
{
	static const int rules[] = {
	    UNDECLARED_KEEP, UNDECLARED_REPORT, UNDECLARED_FAIL, UNDECLARED_REMOVE};

	for (size_t i = 0; i < COUNT(rules); i++)
		for (int owned = 0; owned < 2; owned++) {
			__attribute__((cleanup(table_release))) struct table table = {0};
			struct key key = key_of(STORE_ROOT, 7);

			table.rules.undeclared[STORE_ROOT] = rules[i];
			table.rules.remove_unowned[STORE_ROOT] = true;
			have(&table, key, ITEM_ASIDE)->seen.limits = "It lies in /folder.";
			if (owned)
				own_key(&table, key);
			cr_assert_eq(make(&table)->count, owned, "rule %d", rules[i]);
			if (!owned)
				continue;
			cr_assert_eq(table.plan.steps[0].cause, CAUSE_SUPERSEDED);
			cr_assert_eq(table.plan.steps[0].action,
			    rules[i] == UNDECLARED_REMOVE ? ACTION_REMOVE : ACTION_KEEP);
			cr_assert_str_eq(table.plan.steps[0].message, "It lies in /folder.");
		}
}

Test(plan, one_store_does_not_speak_for_another)
{
	__attribute__((cleanup(table_release))) struct table table = {0};

	table.rules.undeclared[STORE_ROOT] = UNDECLARED_REMOVE;
	table.rules.remove_unowned[STORE_ROOT] = true;
	have(&table, key_of(STORE_DISALLOWED, 1), ITEM_PRESENT);
	cr_assert_eq(make(&table)->count, 0);
}

Test(plan, waived_is_neither_judged_nor_to_be_done)
{
	__attribute__((cleanup(table_release))) struct table table = {0};
	AUTO(arena) arena = {0};
	AUTO(resultant) resultant = {0};
	static const struct policy policy;
	struct waiver_rule waivers[] = {
	    {.item = "proxy/apt", .reason = "r", .owner = "o", .expires = NOW + 1},
	    {.reason = "being\nreplaced", .owner = "pki@corp", .expires = NOW + 1},
	    {.reason = "old", .owner = "o", .expires = NOW - 5},
	    {.reason = "too late", .owner = "late", .expires = NOW},
	};

	waivers[1].item = waivers[2].item = id_of(key_of(STORE_ROOT, 1), &arena);
	waivers[3].item = id_of(key_of(STORE_ROOT, 2), &arena);
	for (size_t i = 0; i < COUNT(waivers); i++)
		resultant_add(&resultant, &(struct demand){.subject = SUBJECT_WAIVER,
		                              .name = waivers[i].item,
		                              .rule = &waivers[i],
		                              .policy = &policy});
	resultant_settle(&resultant);
	table.rules.resultant = &resultant;
	want(&table, key_of(STORE_ROOT, 1), ITEM_PRESENT);
	want(&table, key_of(STORE_ROOT, 2), ITEM_PRESENT);
	make(&table);
	expect(&table.plan.steps[0], RESULT_NOTCHECKED, CAUSE_WAIVED, ACTION_ADD);
	cr_assert(table.plan.steps[0].waived);
	cr_assert(strstr(table.plan.steps[0].message, "being replaced"), "%s",
	    table.plan.steps[0].message);
	expect(&table.plan.steps[1], RESULT_FAIL, CAUSE_MISSING, ACTION_ADD);
	cr_assert_not(table.plan.steps[1].waived);
	cr_assert(strstr(table.plan.steps[1].message, "has not counted since 2026-11-23T10:00:00Z"),
	    "%s", table.plan.steps[1].message);
}

Test(plan, what_the_host_cannot_hold)
{
	__attribute__((cleanup(table_release))) struct table table = {0};
	struct item *item = want(&table, key_of(STORE_INTERMEDIATE, 1), ITEM_PRESENT);

	item->asked.holding = HOLD_NOT_APPLICABLE;
	item->note = "no such store";
	make(&table);
	expect(&table.plan.steps[0], RESULT_NOTAPPLICABLE, CAUSE_CANNOT_HOLD, ACTION_KEEP);
	cr_assert_str_eq(table.plan.steps[0].message, "no such store");
}

static void set(struct item *item, const char *value, struct arena *arena)
{
	struct proxy setting;

	cr_assert(setting_read(value, arena, &setting), "%s", value);
	item_set_setting(item, &setting, arena);
}

Test(plan, settings_are_compared_as_settings)
{
	static const struct {
		const char *want, *have, *note;
		enum result result;
		enum cause cause;
		enum action action;
	} cases[] = {
	    {"direct", NULL, NULL, RESULT_PASS, CAUSE_NONE, ACTION_KEEP},
	    {"direct", "direct", NULL, RESULT_PASS, CAUSE_NONE, ACTION_KEEP},
	    {"static http=p:1", "direct", NULL, RESULT_FAIL, CAUSE_MISSING, ACTION_ADD},
	    {"static http=p:1", NULL, NULL, RESULT_FAIL, CAUSE_MISSING, ACTION_ADD},
	    {"static http=p:1", "static http=p:2", NULL, RESULT_FAIL, CAUSE_DIFFERENT,
	        ACTION_REPLACE},
	    {"direct", "static http=p:2", NULL, RESULT_FAIL, CAUSE_UNWANTED, ACTION_REMOVE},
	    {"auto", "auto", "in part", RESULT_PASS, CAUSE_NOT_EXPRESSIBLE, ACTION_KEEP},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		__attribute__((cleanup(table_release))) struct table table = {0};
		struct item *item = items_add(&table.want, key_proxy(TARGET_APT));

		item->presence = ITEM_PRESENT;
		set(item, cases[i].want, &table.want.arena);
		item->note = cases[i].note;
		if (cases[i].have) {
			item = items_add(&table.have, key_proxy(TARGET_APT));
			item->presence = ITEM_PRESENT;
			set(item, cases[i].have, &table.have.arena);
		}
		expect(&make(&table)->steps[0], cases[i].result, cases[i].cause, cases[i].action);
	}
}

Test(plan, several_sources_count_as_the_one_in_force)
{
	__attribute__((cleanup(table_release))) struct table table = {0};

	want(&table, key_of(STORE_ROOT, 1), ITEM_PRESENT);
	have(&table, key_of(STORE_ROOT, 1), ITEM_STALE);
	have(&table, key_of(STORE_ROOT, 1), ITEM_PRESENT);
	have(&table, key_of(STORE_ROOT, 1), ITEM_PENDING);
	have(&table, key_of(STORE_ROOT, 2), ITEM_PRESENT);
	cr_assert_eq(make(&table)->count, 1);
	expect(&table.plan.steps[0], RESULT_PASS, CAUSE_NONE, ACTION_KEEP);
}

Test(plan, finds_steps_by_id)
{
	__attribute__((cleanup(table_release))) struct table table = {0};
	AUTO(arena) arena = {0};

	for (unsigned i = 0; i < 20; i++)
		want(&table, key_of(STORE_ROOT, i * 7), ITEM_PRESENT);
	set(items_add(&table.want, key_proxy(TARGET_APT)), "direct", &table.want.arena);
	make(&table);
	for (size_t i = 0; i < table.plan.count; i++) {
		const char *id = item_id(table.plan.steps[i].want, &arena);

		cr_assert_eq(plan_find(&table.plan, id), &table.plan.steps[i]);
	}
	cr_assert_null(plan_find(&table.plan, "certificate/root/"));
	cr_assert_null(plan_find(&table.plan, "proxy/apt/x"));
}

Test(cause, every_row_is_filled)
{
	for (unsigned i = 1; i < CAUSES; i++) {
		const struct cause_row *row = cause_row((enum cause)i);

		cr_assert(row->word && row->word[0] && row->meaning[0] && row->next, "%u", i);
		for (unsigned j = 0; j < i; j++)
			cr_assert_str_neq(cause_row((enum cause)j)->word, row->word);
	}
}
