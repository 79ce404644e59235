/* SPDX-License-Identifier: Apache-2.0 */
/* The part of resolve.h that keeps what would be taken back while not everything is known. */
#include "engine/resolve.h"

/* A missing bundle keeps what is there from being taken back, also while its copy is used. */
static const struct bundle_use *find_unusable(const struct resolver *resolver)
{
	for (size_t i = 0; i < resolver->use_count; i++) {
		const struct bundle_use *use = &resolver->uses[i];
		bool reason = use->refused || use->unreachable;

		if (!use->tried)
			continue;
		if (use->bundle ? use->copy && use->needed && !reason : use->needed || reason)
			return use;
	}
	return NULL;
}

/* The rule for all of a bundle that has most likely put the certificate there. */
static const struct unknown *unknown_of(
    const struct resolver *resolver, const struct plan_rules *rules, const struct step *step)
{
	const struct ledger_entry *entry =
	    rules->ledger ? ledger_find(rules->ledger, key_id(&step->have->key).text) : NULL;
	const struct unknown *found = NULL;

	if (step->have->key.kind != ITEM_CERTIFICATE || !step->owned)
		return NULL;
	for (size_t i = 0; i < resolver->unknown_count; i++) {
		const struct unknown *unknown = &resolver->unknown[i];

		if (unknown->store != item_store(step->have))
			continue;
		if (!found || (entry && strcmp(entry->policy, unknown->policy) == 0))
			found = unknown;
	}
	return found;
}

static void keep(struct step *step, enum cause cause, const char *message)
{
	step->result = RESULT_INFORMATIONAL;
	step->cause = cause;
	step->action = ACTION_KEEP;
	step->message = message;
	/* the bundle is an item of its own, which says what to do */
	step->next = cause == CAUSE_NO_BUNDLE ? "" : NULL;
}

static bool takes_back(const struct step *step)
{
	if (step->want)
		return step->want->asked.restores && step->result == RESULT_FAIL;
	return step->result != RESULT_NOTCHECKED && step->action == ACTION_REMOVE;
}

/* What such a bundle would have named, or brought, must not go. */
static void withhold_for_bundle(struct resolver *resolver, const struct bundle_use *unusable,
    const struct plan_rules *rules, struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct step *step = &plan->steps[i];
		const struct unknown *unknown = step->want || step->result == RESULT_NOTCHECKED
		                                    ? NULL
		                                    : unknown_of(resolver, rules, step);

		if (unknown)
			keep(step, CAUSE_NO_BUNDLE,
			    arena_printf(&plan->arena,
			        "The policy names it through bundle %s, which %s. It is kept.",
			        unknown->bundle,
			        use_fault(use_of(resolver, unknown->bundle), &plan->arena)));
		else if (takes_back(step))
			keep(step, CAUSE_NO_BUNDLE,
			    arena_printf(&plan->arena,
			        "Nothing is taken back while bundle %s, which a rule needs, %s. It"
			        " is kept.",
			        unusable->id, use_fault(unusable, &plan->arena)));
	}
}

/* What a policy names that may be for this host must not go either. */
static void withhold_for_policy(const struct policy *policy, struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (takes_back(&plan->steps[i]))
			keep(&plan->steps[i], CAUSE_UNDECIDED,
			    arena_printf(&plan->arena,
			        "Nothing is taken back while it is not known whether policy %s is "
			        "for this host (%s). It is kept.",
			        text_escape_string(policy->name).text, policy->filtered));
}

void resolve_withhold(struct resolver *resolver, const struct plan_rules *rules, struct plan *plan)
{
	const struct bundle_use *unusable = find_unusable(resolver);
	const struct policies *policies = resolver->policies;

	if (unusable)
		withhold_for_bundle(resolver, unusable, rules, plan);
	for (size_t i = 0; i < policies->count; i++)
		if (policies->list[i].undecided)
			withhold_for_policy(&policies->list[i], plan);
}
