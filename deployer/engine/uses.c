/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/uses.h"

#include "engine/plan.h"

#define BUNDLE_PREFIX "bundle:"

struct bundle_use *use_of(struct resolver *resolver, const char *id)
{
	struct bundle_use *use;

	for (size_t i = 0; i < resolver->use_count; i++)
		if (strcmp(resolver->uses[i].id, id) == 0)
			return &resolver->uses[i];
	resolver->uses = mem_grow(resolver->uses, &resolver->use_capacity, resolver->use_count + 1,
	    sizeof(*resolver->uses));
	use = &resolver->uses[resolver->use_count++];
	*use = (struct bundle_use){.id = id, .reason = ""};
	return use;
}

void use_refuse(struct resolver *resolver, struct bundle_use *use, const struct err *why)
{
	use->bundle = NULL;
	use->refused = true;
	use->reason = arena_strdup(&resolver->arena, why->text);
	resolver->refused = true;
}

/* By the clock it would do: what refuses it is the time that other signed data tell. */
static bool is_clock_to_blame(
    const struct resolver *resolver, const struct bundle_use *use, const struct bundle *bundle)
{
	struct err ignored = {0};

	return floors_judge(resolver->floors, bundle, &use->demand, resolver->clock, &ignored);
}

static void judge(struct resolver *resolver, struct bundle_use *use)
{
	struct bundle *bundle = use->bundle;
	struct err why = {0};
	int64_t now = floors_now(resolver->floors, resolver->clock);

	if (floors_judge(resolver->floors, bundle, &use->demand, now, &why))
		return;
	use->clock = now > resolver->clock && is_clock_to_blame(resolver, use, bundle);
	use_refuse(resolver, use, &why);
}

/* Nobody gave a file that could be the bundle, or one of those given was refused. */
static bool was_refused(const struct bundles *bundles)
{
	for (size_t i = 0; i < bundles->count; i++)
		if (bundles->list[i].tried && bundles->list[i].refusal.code == ERR_TRUST)
			return true;
	return false;
}

bool use_open(struct resolver *resolver, struct bundle_use *use, struct err *err)
{
	struct err why = {0};

	if (use->tried)
		return true;
	use->tried = true;
	/* without any file to judge, no keyring is asked for */
	if (!resolver->bundles || resolver->bundles->count == 0) {
		use->reason = "no bundle was given";
		return true;
	}
	resolver->bundles->now = floors_now(resolver->floors, resolver->clock);
	if (!bundles_find(resolver->bundles, use->id, &use->bundle, &why)) {
		use->bundle = NULL;
		if (why.code != ERR_TRUST) {
			*err = why;
			return err_wrap(err, "bundle %s", text_escape_string(use->id).text);
		}
		if (was_refused(resolver->bundles))
			use_refuse(resolver, use, &why);
		use->reason = arena_strdup(&resolver->arena, why.text);
		return true;
	}
	judge(resolver, use);
	if (!use->bundle)
		return true;
	floors_see_time(resolver->floors, use->bundle);
	if (!bundle_next_keyring(use->bundle, &resolver->bundles->keyring,
	        floors_now(resolver->floors, resolver->clock), &use->keyring, &why))
		use_refuse(resolver, use, &why);
	return true;
}

void resolve_settle(struct resolver *resolver)
{
	for (size_t i = 0; i < resolver->use_count; i++)
		if (resolver->uses[i].bundle)
			judge(resolver, &resolver->uses[i]);
}

static void demand(struct resolver *resolver, const struct bundle_rule *rule)
{
	struct bundle_demand *demand = &use_of(resolver, rule->id)->demand;

	if (rule->min_version > demand->min_version)
		demand->min_version = rule->min_version;
	if (rule->max_age && (!demand->max_age || rule->max_age < demand->max_age))
		demand->max_age = rule->max_age;
}

/* "bundle:ID/member" is where a policy out of a bundle says that it is from. */
static bool open_source(struct resolver *resolver, const struct policy *policy, struct err *err)
{
	size_t prefix = strlen(BUNDLE_PREFIX);
	const char *slash;

	if (strncmp(policy->file, BUNDLE_PREFIX, prefix) != 0)
		return true;
	slash = strchr(policy->file + prefix, '/');
	if (!slash)
		return true;
	return use_open(resolver,
	    use_of(resolver, arena_strndup(&resolver->arena, policy->file + prefix,
	                         (size_t)(slash - policy->file) - prefix)),
	    err);
}

static bool open_named(struct resolver *resolver, const struct policy *policy, struct err *err)
{
	const struct bundle_rule *rules = policy->bundles.list;

	for (size_t i = 0; i < policy->bundles.count; i++)
		if (!use_open(resolver, use_of(resolver, rules[i].id), err))
			return false;
	return true;
}

bool uses_demand(struct resolver *resolver, struct err *err)
{
	const struct policies *policies = resolver->policies;

	for (size_t i = 0; i < policies->count; i++) {
		const struct bundle_rule *rules = policies->list[i].bundles.list;

		for (size_t j = 0;
		     !policies->list[i].filtered && j < policies->list[i].bundles.count; j++)
			demand(resolver, &rules[j]);
	}
	for (size_t i = 0; i < policies->count; i++)
		if (!open_source(resolver, &policies->list[i], err) ||
		    (!policies->list[i].filtered && !open_named(resolver, &policies->list[i], err)))
			return false;
	return true;
}
