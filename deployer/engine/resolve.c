/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolve.h"

#include <stdlib.h>

#include "engine/proxies.h"
#include "engine/want.h"

/* The context for finding what a word of a policy means on this host. */
struct expanding {
	struct resolver *resolver;
	const struct items *have;
};

/* The rule's contents are not known. */
static void note_unknown(struct resolver *resolver, const struct demand *demand)
{
	resolver->unknown = mem_grow(resolver->unknown, &resolver->unknown_capacity,
	    resolver->unknown_count + 1, sizeof(*resolver->unknown));
	resolver->unknown[resolver->unknown_count++] =
	    (struct unknown){(enum store)demand->which, demand->policy->name, demand->name};
}

/* Every certificate that the bundle gives for the rule's store. */
static bool expand_bundle(
    struct resolver *resolver, const struct demand *demand, struct resultant *out, struct err *err)
{
	const struct manifest_entry *entries;
	struct demand one = *demand;
	struct bundle_use *use;

	if (demand->policy->undecided) {
		resultant_add(out, demand);
		return true;
	}
	use = use_of(resolver, demand->name);
	if (!use_open(resolver, use, err))
		return err_wrap(err, "%s:%u", text_escape_string(demand->policy->file).text,
		    demand->position.line);
	if (!use->bundle) {
		note_unknown(resolver, demand);
		resultant_add(out, demand);
		return true;
	}
	entries = use->bundle->manifest.contents.list;
	one.subject = SUBJECT_CERTIFICATE;
	one.name = "";
	for (size_t i = 0; i < use->bundle->manifest.contents.count; i++) {
		one.sha256 = entries[i].sha256.digest;
		if (entries[i].kind == MEMBER_CERTIFICATE && entries[i].store == demand->which)
			resultant_add(out, &one);
	}
	return true;
}

/* By default all that the host has; but each user's own setting becomes the machine's only to set
 * something there. */
static bool is_default(const struct item *have, enum proxy_mode mode)
{
	return have->key.kind == ITEM_PROXY && !have->seen.evidence &&
	       !(have->setting && have->setting->mode == PROXY_PER_USER && mode == PROXY_DIRECT);
}

static bool has_targets(const struct items *have)
{
	for (size_t i = 0; i < have->count; i++)
		if (have->list[i].key.kind == ITEM_PROXY && !have->list[i].seen.evidence)
			return true;
	return false;
}

/* A host without any target still has an item, which says that it has none. */
static enum proxy_target first_target(const struct facts *facts)
{
	return facts_os(facts, OS_WINDOWS) ? TARGET_WINHTTP : TARGET_ENVIRONMENT;
}

static void expand_proxy(
    const struct expanding *with, const struct demand *demand, struct resultant *out)
{
	const struct items *have = with->have;
	struct demand one = *demand;

	for (size_t i = 0; i < have->count; i++) {
		one.which = have->list[i].key.which;
		if (is_default(&have->list[i], demand_proxy(demand).mode))
			resultant_add(out, &one);
	}
	one.which = first_target(&with->resolver->host->facts);
	if (!has_targets(have))
		resultant_add(out, &one);
}

static bool expand(
    void *context, const struct demand *demand, struct resultant *out, struct err *err)
{
	const struct expanding *with = context;

	if (demand->subject == SUBJECT_ALL)
		return expand_bundle(with->resolver, demand, out, err);
	expand_proxy(with, demand, out);
	return true;
}

static void express(struct item *item, struct host *host, struct arena *arena)
{
	if (host->ops->kinds & (1u << item->key.kind)) {
		host->ops->express(host, item, arena);
	} else {
		item->asked.holding = HOLD_NOT_APPLICABLE;
		item->note = "this kind of host has no such setting";
	}
}

/* What happens to what no policy names. */
static void rule_undeclared(const struct resultant *resultant, struct plan_rules *rules)
{
	for (unsigned store = 0; store < STORES; store++) {
		const struct demand *winner =
		    resultant_winner(resultant, SUBJECT_UNDECLARED, store, NULL);

		if (!winner)
			continue;
		rules->undeclared[store] = demand_undeclared(winner);
		rules->remove_unowned[store] = winner->policy->undeclared.remove_unowned;
	}
}

bool resolve_want(struct resolver *resolver, const struct items *have, struct items *want,
    struct plan_rules *rules, struct err *err)
{
	struct resultant *resultant = &resolver->resultant;
	struct expanding with = {resolver, have};

	resultant_collect(resolver->policies, resultant);
	if (!uses_demand(resolver, err) || !resultant_expand(resultant, expand, &with, err))
		return false;
	resultant_settle(resultant);
	rule_undeclared(resultant, rules);
	rules->resultant = resultant;
	want_rulings(resolver, want);
	resolve_back(resultant, rules->ledger, have, want);
	items_sort(want);
	for (size_t i = 0; i < want->count; i++)
		if (want->list[i].asked.holding == HOLD_YES)
			express(&want->list[i], resolver->host, &want->arena);
	proxies_settle(want, have);
	want_distrust(resultant, want);
	rules->now = floors_now(resolver->floors, resolver->clock);
	return true;
}

void resolver_release(struct resolver *resolver)
{
	for (size_t i = 0; i < resolver->use_count; i++)
		bytes_release(&resolver->uses[i].keyring);
	lists_release(&resolver->lists);
	resultant_release(&resolver->resultant);
	free(resolver->uses);
	free(resolver->unknown);
	arena_release(&resolver->arena);
	*resolver = (struct resolver){0};
}
