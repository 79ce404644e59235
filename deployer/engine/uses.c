/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/uses.h"

#include "base/clock.h"
#include "model/cause.h"

struct bundle_use *use_of(struct resolver *resolver, const char *id)
{
	struct bundle_use *use;

	for (size_t i = 0; i < resolver->use_count; i++)
		if (strcmp(resolver->uses[i].id, id) == 0)
			return &resolver->uses[i];
	resolver->uses = mem_grow(resolver->uses, &resolver->use_capacity, resolver->use_count + 1,
	    sizeof(*resolver->uses));
	use = &resolver->uses[resolver->use_count++];
	*use = (struct bundle_use){.id = id, .reason = "", .brief = ""};
	return use;
}

void use_refuse(struct resolver *resolver, struct bundle_use *use, const struct err *why)
{
	use->bundle = NULL;
	use->copy = false;
	use->refused = true;
	use->reason = use->brief = arena_strdup(&resolver->arena, why->text);
	use->rule = why->rule;
	resolver->refused = true;
}

/* By the clock it is good; it is refused because of a later time that other signed data tell. */
static bool is_clock_to_blame(
    const struct resolver *resolver, const struct bundle_use *use, const struct bundle *bundle)
{
	struct err ignored = {0};

	return floors_judge(resolver->floors, bundle, &resolver->bundles->keyring, &use->demand,
	    resolver->clock, &ignored);
}

static const char *in_few_words(
    struct resolver *resolver, const struct bundle_use *use, const struct err *why)
{
	char date[CLOCK_TEXT];

	if (why->rule != REFUSAL_EXPIRED)
		return arena_strdup(&resolver->arena, why->text);
	clock_write(use->bundle->manifest.expires, date);
	return arena_printf(&resolver->arena, "expired %.10s", date);
}

static void fall_back(struct resolver *resolver, struct bundle_use *use, const struct err *why);

/* A copy that the rules of today refuse does not count; nobody sent it. A policy out of it is not
 * carried out then. */
static void judge(struct resolver *resolver, struct bundle_use *use)
{
	struct bundle *bundle = use->bundle;
	int64_t now = floors_now(resolver->floors, resolver->clock);
	const char *brief;
	struct err why = {0};

	if (floors_judge(
	        resolver->floors, bundle, &resolver->bundles->keyring, &use->demand, now, &why))
		return;
	if (use->copy) {
		use->reason = arena_printf(&resolver->arena,
		    "%s; version %llu, the last good copy, cannot be used: %s", use->reason,
		    (unsigned long long)bundle->manifest.version, why.text);
		use->bundle = NULL;
		use->copy = false;
		resolver->refused |= use->gives_policy;
		return;
	}
	use->clock = now > resolver->clock && is_clock_to_blame(resolver, use, bundle);
	brief = in_few_words(resolver, use, &why);
	fall_back(resolver, use, &why);
	use->brief = brief;
}

/* What the source gives is refused: the last good copy takes its place, where there is one. */
static void fall_back(struct resolver *resolver, struct bundle_use *use, const struct err *why)
{
	use_refuse(resolver, use, why);
	use->bundle = bundles_copy(resolver->bundles, use->id);
	use->copy = use->bundle != NULL;
	if (use->bundle)
		judge(resolver, use);
}

/* The copy brought its keyring when it was new. */
static void find_keyring(struct resolver *resolver, struct bundle_use *use)
{
	const struct keyring *current = &resolver->bundles->keyring;
	struct err why = {0};

	if (!bundle_next_keyring(use->bundle, current,
	        floors_now(resolver->floors, resolver->clock), &use->keyring, &why)) {
		if (use->copy)
			use_refuse(resolver, use, &why);
		else
			fall_back(resolver, use, &why);
		return;
	}
	use->other_keyring = bundle_has_other_keyring(use->bundle, current);
}

static void take_answer(
    struct resolver *resolver, struct bundle_use *use, const struct bundle_answer *answer)
{
	use->bundle = answer->bundle;
	use->copy = answer->copy;
	use->refused = answer->refused;
	use->unreachable = answer->unreachable;
	resolver->refused |= answer->refused;
	if (answer->why.code == ERR_NONE)
		return;
	use->reason = arena_strdup(&resolver->arena, answer->why.text);
	use->brief = arena_strdup(&resolver->arena, answer->brief);
	use->rule = answer->why.rule;
}

bool use_look(struct resolver *resolver, struct bundle_use *use, struct err *err)
{
	struct bundle_answer answer;

	if (use->tried)
		return true;
	use->tried = true;
	if (!resolver->bundles) {
		use->reason = use->brief = "no bundle was given";
		return true;
	}
	resolver->bundles->now = floors_now(resolver->floors, resolver->clock);
	if (!bundles_find(resolver->bundles, use->id, &answer, err))
		return err_wrap(err, "bundle %s", text_escape_string(use->id).text);
	take_answer(resolver, use, &answer);
	if (use->bundle)
		judge(resolver, use);
	if (!use->bundle)
		return true;
	floors_see_time(resolver->floors, use->bundle);
	find_keyring(resolver, use);
	return true;
}

bool use_open(struct resolver *resolver, struct bundle_use *use, struct err *err)
{
	use->needed = true;
	if (use->unread)
		use->tried = use->unread = false;
	return use_look(resolver, use, err);
}

void uses_settle(struct resolver *resolver)
{
	for (size_t i = 0; i < resolver->use_count; i++)
		if (resolver->uses[i].bundle)
			judge(resolver, &resolver->uses[i]);
}

static void add_demand(struct resolver *resolver, const struct bundle_rule *rule)
{
	struct bundle_use *use = use_of(resolver, rule->id);
	struct bundle_demand *demand = &use->demand;

	if (rule->min_version > demand->min_version)
		demand->min_version = rule->min_version;
	if (rule->max_age && (!demand->max_age || rule->max_age < demand->max_age))
		demand->max_age = rule->max_age;
	if (rule->warn_before > use->warn_before)
		use->warn_before = rule->warn_before;
}

/* The origin of a policy out of a bundle is "bundle:ID/member". */
static bool open_source(struct resolver *resolver, const struct policy *policy, struct err *err)
{
	size_t prefix = strlen(WORDS_BUNDLE);
	struct bundle_use *use;
	const char *slash;

	if (strncmp(policy->file, WORDS_BUNDLE, prefix) != 0)
		return true;
	slash = strchr(policy->file + prefix, '/');
	if (!slash)
		return true;
	use = use_of(resolver, arena_strndup(&resolver->arena, policy->file + prefix,
	                           (size_t)(slash - policy->file) - prefix));
	use->gives_policy = true;
	return use_open(resolver, use, err);
}

static bool open_named(struct resolver *resolver, const struct policy *policy, struct err *err)
{
	const struct bundle_rule *rules = policy->bundles.list;

	for (size_t i = 0; i < policy->bundles.count; i++)
		if (!use_open(resolver, use_of(resolver, rules[i].id), err))
			return false;
	return true;
}

/* What the bundle gives may be in place already, but its expiry matters all the same. An unusable
 * keyring ends the run only when something is needed out of the bundle. */
static void look_at_sources(struct resolver *resolver)
{
	for (size_t i = 0; i < resolver->resultant.count; i++) {
		const struct demand *demand = &resolver->resultant.list[i];
		const struct certificate_rule *rule = demand->rule;
		struct bundle_use *use;
		struct err why = {0};

		if ((demand->subject != SUBJECT_CERTIFICATE && demand->subject != SUBJECT_ALL) ||
		    demand->policy->undecided || !rule->bundle || rule->state != STATE_PRESENT)
			continue;
		use = use_of(resolver, rule->bundle);
		if (use_look(resolver, use, &why))
			continue;
		use->unread = true;
		use->reason = use->brief = arena_strdup(&resolver->arena, why.text);
	}
}

bool uses_demand(struct resolver *resolver, struct err *err)
{
	const struct policies *policies = resolver->policies;
	const struct resultant *resultant = &resolver->resultant;

	for (const struct demand *rule = resultant_next(resultant, SUBJECT_BUNDLE, NULL); rule;
	     rule = resultant_next(resultant, SUBJECT_BUNDLE, rule))
		add_demand(resolver, rule->rule);
	for (size_t i = 0; i < policies->count; i++)
		if (!open_source(resolver, &policies->list[i], err) ||
		    (!policies->list[i].filtered && !open_named(resolver, &policies->list[i], err)))
			return false;
	look_at_sources(resolver);
	return true;
}

/* --- what to say of one that cannot be used --- */

const char *use_fault(const struct bundle_use *use, struct arena *arena)
{
	if (use->refused)
		return arena_printf(arena, "is refused (%s)", use->brief);
	if (use->unreachable)
		return arena_printf(arena, "cannot be reached (%s)", use->brief);
	return "is not there";
}

const char *use_missing(const struct bundle_use *use, struct arena *arena)
{
	/* the bundle is an item of its own then, which says why */
	if (use->refused || use->unreachable)
		return arena_printf(arena, "Bundle %s, which holds it, %s.", use->id,
		    use->refused ? "is refused" : "cannot be reached");
	return arena_strdup(arena, use->reason);
}

static const char *refusal_remedy(enum refusal rule)
{
	static const char *const remedies[] = {
	    [REFUSAL_KEYRING_EXPIRED] =
	        "Renew the keyring: one with a later date of expiry, on every host.",
	    [REFUSAL_EXPIRED] = "Publish a bundle with a later date of expiry.",
	    [REFUSAL_USED_ALREADY] = "Publish it with a higher version than this host has used.",
	    [REFUSAL_OTHER_CONTENTS] =
	        "Raise the version in the recipe, build and sign it again, and publish that one "
	        "alone.",
	    [REFUSAL_KEYRING_OLDER] =
	        "Put the keyring back that this host used last, or a later one; every bundle is "
	        "refused until then.",
	    [REFUSAL_MIN_VERSION] =
	        "Publish that version or a higher one, or lower min_version in the policy.",
	    [REFUSAL_MAX_AGE] = "Publish a newer version, or raise max_age in the policy.",
	    [REFUSAL_FAST_FORWARD] = "Publish it with a version that follows the one in use.",
	    [REFUSAL_NO_BUNDLE] = "Put the signed bundle there again, whole.",
	};

	return (size_t)rule < COUNT(remedies) && remedies[rule] ? remedies[rule]
	                                                        : cause_row(CAUSE_REFUSED)->next;
}

const char *use_remedy(const struct bundle_use *use)
{
	if (use->clock)
		return "Set the clock.";
	if (use->refused)
		return refusal_remedy(use->rule);
	if (use->unreachable)
		return cause_row(CAUSE_UNREACHABLE)->next;
	return use->copy ? cause_row(CAUSE_NO_BUNDLE)->next : NULL;
}
