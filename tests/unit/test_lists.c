/* SPDX-License-Identifier: Apache-2.0 */
/* The judgement of trust lists: facts in, step out. Where the facts come from is in the scenarios
 * windows-lists and incident. */
#include <criterion/criterion.h>

#include "engine/lists/lists.h"
#include "engine/plan.h"
#include "formats/ctl.h"
#include "made_ctl.h"

static struct made_pki pki;
static struct ctls ctls;

/* A list of that number, trusted in every respect. */
static void facts_of(struct bytes *file, struct list_facts *out, const struct made_ctl *made)
{
	static const struct ctl_chain ok = {{.result = CHAIN_OK}, {.result = CHAIN_OK}};
	struct err err = {0};

	made_ctl(file, &pki, made);
	*out = (struct list_facts){.embedded = ok, .host = ok, .policy = ok};
	out->ctl = ctls_read(&ctls, bytes_span(file), &err);
	cr_assert(out->ctl, "%s", err.text);
	ctl_check_signature(out->ctl, &out->signature);
	cr_assert_eq(out->signature.signature, CTL_SIGNATURE_GOOD);
}

/* What is there, what is offered, and what is asked. */
struct table {
	struct bytes there_file, offered_file;
	struct list_facts there, offered;
	struct ctl_rule rule;
	struct list_demand demand;
	struct item want, have[2];
	struct step step;
	struct arena arena;
};

static void set_up(struct table *t)
{
	made_pki(&pki);
	*t = (struct table){.want = {.key = key_list(CTL_AUTHROOT), .presence = ITEM_PRESENT}};
	facts_of(&t->there_file, &t->there, &(struct made_ctl){.entries = 3, .sequence = 5});
	facts_of(&t->offered_file, &t->offered, &(struct made_ctl){.entries = 3, .sequence = 6});
	t->demand.rule = &t->rule;
	t->want.asked.demand = &t->demand;
	t->have[0] = (struct item){.key = key_list(CTL_AUTHROOT),
	    .presence = ITEM_PRESENT,
	    .label = "registry",
	    .seen.location = "HKLM\\X",
	    .seen.list = &t->there};
	t->have[1] = t->have[0];
	t->have[1].label = "URL cache of SYSTEM";
	t->have[1].seen.evidence = true;
}

static void tear_down(struct table *t)
{
	ctls_release(&ctls);
	bytes_release(&t->there_file);
	bytes_release(&t->offered_file);
	arena_release(&t->arena);
	made_pki_release(&pki);
}

static void judge(
    struct table *t, size_t places, enum result result, enum cause cause, enum action action)
{
	t->step = (struct step){.want = &t->want};
	for (size_t i = 0; i < places && !t->step.have; i++)
		if (!t->have[i].seen.evidence)
			t->step.have = &t->have[i];
	list_judge(
	    &t->step, t->have, t->have + places, t->there.ctl->this_update + 86400 * 30, &t->arena);
	cr_assert_eq(t->step.result, result, "%s", result_words[t->step.result]);
	cr_assert_eq(t->step.cause, cause, "%s", cause_row(t->step.cause)->word);
	cr_assert_eq(t->step.action, action, "%s", action_words[t->step.action]);
}

#define TABLE(t)                                                                                   \
	__attribute__((cleanup(tear_down))) struct table t;                                        \
	set_up(&t)

Test(lists, what_is_asked_is_judged_and_nothing_else)
{
	TABLE(t);

	judge(&t, 1, RESULT_PASS, CAUSE_NONE, ACTION_KEEP);
	judge(&t, 0, RESULT_FAIL, CAUSE_MISSING, ACTION_KEEP);
	t.rule.max_age = 86400 * 29;
	judge(&t, 1, RESULT_FAIL, CAUSE_OUTDATED, ACTION_KEEP);
	t.rule.max_age = 86400 * 30;
	judge(&t, 1, RESULT_PASS, CAUSE_NONE, ACTION_KEEP);
	t.rule.min_sequence = "FFFFFFFFFFFFFFFFFF";
	judge(&t, 1, RESULT_FAIL, CAUSE_OUTDATED, ACTION_KEEP);
}

Test(lists, only_a_newer_one_is_written)
{
	TABLE(t);

	t.rule.bundle = "corp";
	t.demand.offered = &t.offered;
	judge(&t, 0, RESULT_FAIL, CAUSE_MISSING, ACTION_ADD);
	judge(&t, 1, RESULT_FAIL, CAUSE_OUTDATED, ACTION_REPLACE);
	t.have[0].seen.list = &t.offered;
	judge(&t, 1, RESULT_PASS, CAUSE_NONE, ACTION_KEEP);
	t.demand.offered = &t.there;
	judge(&t, 1, RESULT_PASS, CAUSE_OTHER_ISSUE, ACTION_KEEP);
	t.want.asked.replace = CTL_REPLACE_REISSUED;
	judge(&t, 1, RESULT_PASS, CAUSE_OTHER_ISSUE, ACTION_KEEP);
	t.want.asked.replace = CTL_REPLACE_ANY;
	judge(&t, 1, RESULT_FAIL, CAUSE_OUTDATED, ACTION_REPLACE);
}

Test(lists, every_place_that_counts_must_hold_it)
{
	TABLE(t);

	t.rule.bundle = "corp";
	t.demand.offered = &t.offered;
	t.have[0].seen.list = &t.offered;
	judge(&t, 2, RESULT_PASS, CAUSE_NONE, ACTION_KEEP);
	t.have[1].seen.evidence = false;
	judge(&t, 2, RESULT_FAIL, CAUSE_OUTDATED, ACTION_REPLACE);
	t.have[1].seen.list = NULL;
	judge(&t, 2, RESULT_FAIL, CAUSE_MISSING, ACTION_REPLACE);
}

Test(lists, what_is_not_trustworthy_gives_way_to_an_older_one)
{
	TABLE(t);

	t.rule.bundle = "corp";
	t.demand.offered = &t.there;
	t.have[0].seen.list = &t.offered;
	t.offered.foreign = true;
	judge(&t, 1, RESULT_FAIL, CAUSE_BAD_SIGNATURE, ACTION_REPLACE);
	t.offered.foreign = false;
	t.offered.signature.signature = CTL_SIGNATURE_BAD;
	judge(&t, 1, RESULT_FAIL, CAUSE_BAD_SIGNATURE, ACTION_REPLACE);
	t.offered.signature.signature = CTL_SIGNATURE_GOOD;
	t.offered.signature.signer_usage = false;
	judge(&t, 1, RESULT_FAIL, CAUSE_BAD_SIGNATURE, ACTION_REPLACE);
	t.demand.offered = NULL;
	judge(&t, 1, RESULT_FAIL, CAUSE_BAD_SIGNATURE, ACTION_KEEP);
}

/* formats.md a.7: an expired signer on an intact list is its own level. */
Test(lists, a_chain_is_asked_for_only_offline)
{
	TABLE(t);

	t.there.host.at_now.result = CHAIN_MISSING_ISSUER;
	t.there.host.at_this_update.result = CHAIN_MISSING_ISSUER;
	judge(&t, 1, RESULT_PASS, CAUSE_NONE, ACTION_KEEP);
	t.rule.signer_chain = 2;
	judge(&t, 1, RESULT_PASS, CAUSE_NONE, ACTION_KEEP);
	t.rule.signer_chain = 1;
	judge(&t, 1, RESULT_FAIL, CAUSE_CHAIN_INCOMPLETE, ACTION_KEEP);
	cr_assert(t.step.next && strstr(t.step.next, "the policy adds"));
	t.there.host.at_now.result = CHAIN_EXPIRED;
	t.there.host.at_this_update.result = CHAIN_OK;
	judge(&t, 1, RESULT_PASS, CAUSE_SIGNER_EXPIRED, ACTION_KEEP);
}

Test(lists, a_rule_that_writes_nothing_looks_into_the_caches_too)
{
	TABLE(t);

	t.have[0].seen.list = NULL;
	t.have[0].presence = ITEM_ABSENT;
	judge(&t, 2, RESULT_PASS, CAUSE_NONE, ACTION_KEEP);
	t.have[1].seen.personal = true;
	judge(&t, 2, RESULT_FAIL, CAUSE_MISSING, ACTION_KEEP);
	t.have[1].seen.personal = false;
	t.rule.bundle = "corp";
	t.demand.offered = &t.offered;
	judge(&t, 2, RESULT_FAIL, CAUSE_MISSING, ACTION_ADD);
}

Test(lists, a_bundle_that_brings_a_bad_list_is_a_failure_in_any_case)
{
	TABLE(t);

	t.rule.bundle = "corp";
	t.demand.refusal = CAUSE_REFUSED_LIST;
	t.demand.refused = "a.stl: its signature is bad";
	judge(&t, 1, RESULT_FAIL, CAUSE_REFUSED_LIST, ACTION_KEEP);
	judge(&t, 0, RESULT_FAIL, CAUSE_REFUSED_LIST, ACTION_KEEP);
	t.demand.refusal = CAUSE_NO_BUNDLE;
	judge(&t, 1, RESULT_PASS, CAUSE_NONE, ACTION_KEEP);
	judge(&t, 0, RESULT_FAIL, CAUSE_NO_BUNDLE, ACTION_KEEP);
}
