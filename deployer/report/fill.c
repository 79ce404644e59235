/* SPDX-License-Identifier: Apache-2.0 */
#include "report/fill.h"

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

struct report_host report_host(const struct facts *facts)
{
	return (struct report_host){
	    .name = facts_value(facts, FACT_HOSTNAME),
	    .os = facts_value(facts, FACT_OS),
	    .distribution = facts_value(facts, FACT_DISTRIBUTION),
	    .release = facts_value(facts, FACT_RELEASE),
	    .architecture = facts_value(facts, FACT_ARCHITECTURE),
	    .root = or_empty(facts->root),
	};
}

static void fill_policies(const struct outcome *outcome, struct report *out)
{
	struct report_policy *room =
	    arena_alloc(&out->arena, 2 * (outcome->policy_count + 1) * sizeof(*room));

	out->applied.list = room;
	out->filtered.list = room + outcome->policy_count;
	for (size_t i = 0; i < outcome->policy_count; i++) {
		const struct outcome_policy *policy = &outcome->policies[i];
		struct report_policies *to = policy->filtered ? &out->filtered : &out->applied;

		to->list[to->count++] = (struct report_policy){
		    .name = or_empty(policy->name),
		    .file = or_empty(policy->file),
		    .link = or_empty(policy->link),
		    .sha256 = or_empty(policy->sha256),
		    .reason = or_empty(policy->filtered),
		    .place = i,
		    .undecided = policy->undecided,
		};
	}
}

static void fill_bundles(const struct outcome *outcome, struct report *out)
{
	struct report_bundles *bundles = &out->bundles;

	bundles->list =
	    arena_alloc(&out->arena, (outcome->bundle_count + 1) * sizeof(*bundles->list));
	for (size_t i = 0; i < outcome->bundle_count; i++) {
		const struct outcome_bundle *bundle = &outcome->bundles[i];

		bundles->list[bundles->count++] = (struct report_bundle){
		    .id = or_empty(bundle->id),
		    .version = bundle->version,
		    .expires = bundle->expires,
		    .sha256 = or_empty(bundle->sha256),
		    .signers = {bundle->signers, bundle->signer_count},
		    .result = bundle->pass ? RESULT_PASS : RESULT_FAIL,
		    .fault = or_empty(bundle->fault),
		    .reason = or_empty(bundle->reason),
		};
	}
}

static const char *state_wanted(const struct step *step)
{
	if (step->want)
		return item_state(step->want);
	/* nobody wants it; the action tells whether it has to go */
	return step->action == ACTION_REMOVE ? WORDS_ABSENT : "";
}

/* OpenSSL and p11-kit read the trust store when a process asks for it first and not again, so a
 * service that runs goes on with what it has read; CryptoAPI watches its stores. */
static const char *takes_effect(const struct outcome *outcome, const struct step *step)
{
	const struct item *item = step_item(step);
	bool asked = item->key.kind == ITEM_CERTIFICATE || item->key.kind == ITEM_PROXY;

	if (step->result != RESULT_FIXED)
		return NULL;
	if (item->takes_effect)
		return item->takes_effect;
	if (step->have && step->have->takes_effect)
		return step->have->takes_effect;
	return asked && facts_os(outcome->facts, OS_LINUX) ? "new processes" : "at once";
}

static void fill_wanted(const struct item *want, struct report_item *out)
{
	out->file = or_empty(want->asked.origin.file);
	out->line = want->asked.origin.line;
	out->policy = or_empty(want->asked.policy);
	out->note = want->note;
	out->warning = want->asked.warning;
	out->content = want->content;
}

static void fill_observed(const struct item *have, struct report_item *out)
{
	out->not_after = have->seen.not_after;
	out->system = have->seen.system;
	if (out->content.size == 0)
		out->content = have->content;
}

static struct report_item item_of(const struct outcome *outcome, const struct step *step)
{
	const struct item *seen = step->have ? step->have : step->want;
	struct report_item out = {
	    .key = step_item(step)->key,
	    .label = step_label(step),
	    .result = step->result,
	    .action = step->action,
	    .want = state_wanted(step),
	    .have = item_shown(step->have),
	    .cause = step->cause,
	    .severity = step_severity(step),
	    .message = step_message(step),
	    .next = step_next(step),
	    .takes_effect = takes_effect(outcome, step),
	    .file = "",
	    .policy = "",
	    .waived = step->waived,
	    .owned = step->owned,
	    .location = or_empty(seen->seen.location),
	};

	if (step->want)
		fill_wanted(step->want, &out);
	if (step->have)
		fill_observed(step->have, &out);
	return out;
}

void report_fill(const struct outcome *outcome, struct report *out)
{
	*out = (struct report){
	    .version = VERSION,
	    .mode = outcome->mode,
	    .time = outcome->time,
	    .host = report_host(outcome->facts),
	    .verdict = outcome_verdict(outcome),
	    .compliant = outcome->compliant,
	    .exit_status = (uint64_t)outcome->exit_status,
	    .error = outcome->error,
	    .notes = text_string(&outcome->notes),
	    .waived = outcome->waived,
	    .undecided = outcome->undecided,
	    .transaction = or_empty(outcome->transaction),
	    .changed = outcome->changed > 0,
	    .set_aside = outcome->set_aside,
	    .clock = outcome->clock,
	};
	memcpy(out->summary, outcome->summary, sizeof(out->summary));
	fill_policies(outcome, out);
	fill_bundles(outcome, out);
	out->items.list =
	    arena_alloc(&out->arena, (outcome->plan.count + 1) * sizeof(*out->items.list));
	for (size_t i = 0; i < outcome->plan.count; i++)
		out->items.list[out->items.count++] = item_of(outcome, &outcome->plan.steps[i]);
}
