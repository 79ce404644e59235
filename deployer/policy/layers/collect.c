/* SPDX-License-Identifier: Apache-2.0 */
/* The part of layers.h that finds what policies say. */
#include "policy/layers/layers.h"

void resultant_add(struct resultant *resultant, const struct demand *demand)
{
	resultant->list = mem_grow(
	    resultant->list, &resultant->capacity, resultant->count + 1, sizeof(*resultant->list));
	resultant->list[resultant->count] = *demand;
	if (!demand->name)
		resultant->list[resultant->count].name = "";
	resultant->count++;
}

static void add_lists(struct resultant *out, const struct policy *policy)
{
	const struct bundle_rule *bundles = policy->bundles.list;
	const struct waiver_rule *waivers = policy->waivers.list;
	const struct ctl_rule *ctl = policy->ctl.list;

	for (size_t i = 0; i < policy->bundles.count; i++)
		resultant_add(out, &(struct demand){.subject = SUBJECT_BUNDLE,
		                       .name = bundles[i].id,
		                       .rule = &bundles[i],
		                       .policy = policy,
		                       .position = bundles[i].position});
	for (size_t i = 0; i < policy->waivers.count; i++)
		resultant_add(out, &(struct demand){.subject = SUBJECT_WAIVER,
		                       .name = waivers[i].item,
		                       .rule = &waivers[i],
		                       .policy = policy,
		                       .position = waivers[i].position});
	for (size_t i = 0; i < policy->ctl.count; i++)
		resultant_add(out, &(struct demand){.subject = SUBJECT_CTL,
		                       .which = (unsigned)ctl[i].list,
		                       .rule = &ctl[i],
		                       .policy = policy,
		                       .position = ctl[i].position});
}

static void add_certificates(struct resultant *out, const struct policy *policy)
{
	const struct certificate_rule *list = policy->certificates.list;

	for (size_t i = 0; i < policy->certificates.count; i++) {
		const struct certificate_rule *rule = &list[i];

		resultant_add(
		    out, &(struct demand){.subject = rule->all ? SUBJECT_ALL : SUBJECT_CERTIFICATE,
		             .which = (unsigned)rule->store,
		             .name = rule->all ? rule->bundle : NULL,
		             .sha256 = rule->all ? NULL : rule->sha256.digest,
		             .rule = rule,
		             .policy = policy,
		             .position = rule->position});
	}
}

static void add_proxy(struct resultant *out, const struct policy *policy)
{
	const struct texts *targets = &policy->proxy.targets;
	struct demand demand = {.subject = SUBJECT_PROXY,
	    .which = TARGETS,
	    .rule = &policy->proxy,
	    .policy = policy,
	    .position = policy->proxy.position};

	if (policy->has_proxy && targets->count == 0)
		resultant_add(out, &demand);
	for (unsigned i = 0; policy->has_proxy && i < TARGETS; i++) {
		bool named = false;

		for (size_t j = 0; j < targets->count; j++)
			named = named || strcmp(targets->list[j], target_words[i]) == 0;
		demand.which = i;
		if (named)
			resultant_add(out, &demand);
	}
}

/* What is not said is no demand. */
static void add_switches(struct resultant *out, const struct policy *policy)
{
	struct demand demand = {.subject = SUBJECT_AUTO_UPDATE,
	    .rule = &policy->auto_update,
	    .policy = policy,
	    .position = policy->auto_update.position};

	for (; demand.which < UPDATE_SWITCHES; demand.which++)
		if (demand_update(&demand))
			resultant_add(out, &demand);
}

static void add_undeclared(struct resultant *out, const struct policy *policy)
{
	struct demand demand = {.subject = SUBJECT_UNDECLARED,
	    .rule = &policy->undeclared,
	    .policy = policy,
	    .position = policy->undeclared.position};

	for (; demand.which <= STORES; demand.which++)
		if (demand_undeclared(&demand) != UNDECLARED_UNSAID)
			resultant_add(out, &demand);
}

void resultant_collect(const struct policies *policies, struct resultant *out)
{
	resultant_release(out);
	for (size_t i = 0; policies && i < policies->count; i++) {
		const struct policy *policy = &policies->list[i];

		if (policy->filtered && !policy->undecided)
			continue;
		add_lists(out, policy);
		add_certificates(out, policy);
		add_proxy(out, policy);
		add_switches(out, policy);
		add_undeclared(out, policy);
	}
}

bool resultant_expand(
    struct resultant *resultant, expand_function *expand, void *context, struct err *err)
{
	AUTO(resultant) words = TAKE(*resultant);

	for (size_t i = 0; i < words.count; i++) {
		const struct demand *demand = &words.list[i];
		bool many = demand->subject == SUBJECT_ALL ||
		            (demand->subject == SUBJECT_PROXY && demand->which == TARGETS);

		if (!many)
			resultant_add(resultant, demand);
		else if (!expand(context, demand, resultant, err))
			return false;
	}
	return true;
}

const struct demand *resultant_next(
    const struct resultant *resultant, enum subject subject, const struct demand *after)
{
	const struct demand *end = resultant->list + resultant->count;

	for (after = after ? after + 1 : resultant->list; after < end; after++)
		if (after->subject == subject && !after->policy->undecided)
			return after;
	return NULL;
}

bool resultant_has(const struct resultant *resultant, enum subject subject)
{
	return resultant_next(resultant, subject, NULL) != NULL;
}
