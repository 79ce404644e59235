/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolve.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/proxies.h"
#include "engine/uses.h"
#include "engine/winners.h"

static void set_origin(struct item *item, const struct policy *policy, const struct position *at)
{
	item->asked.policy = policy->name;
	item->asked.origin = (struct origin){policy->file, at->line};
}

static void want_certificate(struct items *want, const struct policy *policy,
    const struct certificate_rule *rule, const uint8_t sha256[SHA256_SIZE])
{
	struct item *item = items_add_certificate(want, (enum store)rule->store, sha256);

	set_origin(item, policy, &rule->position);
	item->presence = rule->state == 0 ? ITEM_PRESENT : ITEM_ABSENT;
	item->label = rule->label ? rule->label : "";
	item->asked.bundle = rule->bundle;
	item->asked.allow_expired = rule->allow_expired;
	item->asked.allow_non_ca = rule->allow_non_ca;
	item->asked.remove_unowned = rule->remove_unowned;
}

/* One item that stands for all that the rule names. */
static struct item *want_whole(
    struct items *want, const struct policy *policy, const struct certificate_rule *rule)
{
	struct item *item =
	    items_add(want, key_certificates_of((enum store)rule->store, rule->bundle));

	set_origin(item, policy, &rule->position);
	item->presence = rule->state == 0 ? ITEM_PRESENT : ITEM_ABSENT;
	item->label = arena_printf(&want->arena, "all of bundle %s", rule->bundle);
	item->asked.bundle = rule->bundle;
	return item;
}

/* What the rule names is not known. */
static void want_unknown(struct resolver *resolver, struct items *want, const struct policy *policy,
    const struct certificate_rule *rule, const struct bundle_use *use)
{
	struct item *item = want_whole(want, policy, rule);

	item->asked.holding = HOLD_UNKNOWN;
	item->note = use_missing(use, &want->arena);
	item->asked.next = use_remedy(use);
	resolver->unknown = mem_grow(resolver->unknown, &resolver->unknown_capacity,
	    resolver->unknown_count + 1, sizeof(*resolver->unknown));
	resolver->unknown[resolver->unknown_count++] =
	    (struct unknown){(enum store)rule->store, policy->name, use->id};
}

/* Every certificate that the bundle gives for the rule's store. */
static bool want_all(struct resolver *resolver, struct items *want, const struct policy *policy,
    const struct certificate_rule *rule, struct err *err)
{
	struct bundle_use *use;
	const struct manifest_entry *entries;

	/* a bundle that a policy for other hosts needs is not to be missed here */
	if (policy->undecided) {
		want_whole(want, policy, rule);
		return true;
	}
	use = use_of(resolver, rule->bundle);
	if (!use_open(resolver, use, err))
		return err_wrap(
		    err, "%s:%u", text_escape_string(policy->file).text, rule->position.line);
	if (!use->bundle) {
		want_unknown(resolver, want, policy, rule, use);
		return true;
	}
	entries = use->bundle->manifest.contents.list;
	for (size_t i = 0; i < use->bundle->manifest.contents.count; i++)
		if (entries[i].kind == MEMBER_CERTIFICATE && entries[i].store == rule->store)
			want_certificate(want, policy, rule, entries[i].sha256.digest);
	return true;
}

/* What a rule names by itself comes behind what `all` names, so it wins within one policy. */
static bool want_certificates(
    struct resolver *resolver, struct items *want, const struct policy *policy, struct err *err)
{
	const struct certificate_rule *list = policy->certificates.list;

	for (size_t i = 0; i < policy->certificates.count; i++)
		if (list[i].all && !want_all(resolver, want, policy, &list[i], err))
			return false;
	for (size_t i = 0; i < policy->certificates.count; i++)
		if (!list[i].all)
			want_certificate(want, policy, &list[i], list[i].sha256.digest);
	return true;
}

static void want_target(struct items *want, const struct policy *policy, enum proxy_target target,
    const struct proxy *setting)
{
	struct item *item = items_add(want, key_proxy(target));

	set_origin(item, policy, &policy->proxy.position);
	item->presence = ITEM_PRESENT;
	item_set_setting(item, setting, &want->arena);
	item->label = "proxy";
	item->asked.named = policy->proxy.targets.count > 0;
}

static void read_credentials(const struct proxy_rule *rule, struct proxy *out)
{
	const char *word = rule->credentials;

	if (!word)
		return;
	out->login = strcmp(word, "keep") == 0   ? LOGIN_KEEP
	             : strcmp(word, "none") == 0 ? LOGIN_NONE
	                                         : LOGIN_FILE;
	if (out->login == LOGIN_FILE)
		out->login_file = word + strlen("file:");
}

/* By default all that the host has; what is each user's own is made the machine's only to say
 * something there. */
static bool is_default(const struct item *have, const struct proxy *setting)
{
	return have->key.kind == ITEM_PROXY && !have->seen.evidence &&
	       !(have->setting && have->setting->mode == PROXY_PER_USER &&
	           setting->mode == PROXY_DIRECT);
}

/* A server with its scheme in lower case: apt knows no other. */
static const char *lower_scheme(const char *server, struct arena *arena)
{
	char *copy = server && strstr(server, "://") ? arena_strdup(arena, server) : NULL;

	for (char *at = copy; at && *at != ':'; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	return copy ? copy : server;
}

static bool has_targets(const struct items *have)
{
	for (size_t i = 0; i < have->count; i++)
		if (have->list[i].key.kind == ITEM_PROXY && !have->list[i].seen.evidence)
			return true;
	return false;
}

/* A host without any target has an item all the same, which says that it has none. */
static enum proxy_target first_target(const struct facts *facts)
{
	return facts_say(facts, FACT_OS, "windows") ? TARGET_WINHTTP : TARGET_ENVIRONMENT;
}

static void want_proxy(struct items *want, const struct policy *policy, const struct items *have,
    const struct facts *facts)
{
	size_t first = want->count;
	const struct proxy_rule *rule = &policy->proxy;
	struct proxy setting = {
	    .mode = (enum proxy_mode)rule->mode,
	    .server = {[PROXY_HTTP] = {.place = lower_scheme(rule->http, &want->arena)},
	        [PROXY_HTTPS] = {.place = lower_scheme(rule->https, &want->arena)}},
	    .pac_url = rule->pac_url,
	    .bypass = rule->bypass.list,
	    .bypass_count = rule->bypass.count,
	};

	read_credentials(rule, &setting);
	for (size_t i = 0; i < rule->targets.count; i++)
		want_target(want, policy,
		    (enum proxy_target)words_find(target_words, rule->targets.list[i]), &setting);
	for (size_t i = 0; rule->targets.count == 0 && i < have->count; i++)
		if (is_default(&have->list[i], &setting))
			want_target(
			    want, policy, (enum proxy_target)have->list[i].key.which, &setting);
	if (want->count == first && !has_targets(have))
		want_target(want, policy, first_target(facts), &setting);
}

static void want_switch(struct items *want, const struct policy *policy, enum update_switch which,
    const char *value, const struct position *position)
{
	struct item *item = items_add(want, key_update(which));

	set_origin(item, policy, position);
	item->presence = ITEM_PRESENT;
	item->value = value;
}

static void want_list(struct items *want, const struct policy *policy, const struct ctl_rule *rule)
{
	struct list_demand *demand = arena_alloc(&want->arena, sizeof(*demand));
	struct item *item = items_add(want, key_list((enum ctl_list)rule->list));

	demand->rule = rule;
	set_origin(item, policy, &rule->position);
	item->presence = ITEM_PRESENT;
	item->value = "present";
	item->label = "trust list";
	item->asked.bundle = rule->bundle;
	item->asked.demand = demand;
	item->asked.replace = (unsigned)rule->replace;
}

static void want_lists(struct items *want, const struct policy *policy)
{
	const struct ctl_rule *lists = policy->ctl.list;
	const struct auto_update_rule *update = &policy->auto_update;

	for (size_t i = 0; i < policy->ctl.count; i++)
		want_list(want, policy, &lists[i]);
	if (!policy->has_auto_update)
		return;
	if (update->roots)
		want_switch(
		    want, policy, UPDATE_ROOTS, switch_words[update->roots], &update->position);
	if (update->disallowed)
		want_switch(want, policy, UPDATE_DISALLOWED, switch_words[update->disallowed],
		    &update->position);
	if (update->source)
		want_switch(want, policy, UPDATE_SOURCE, update->source, &update->position);
}

/* Later policies win, store by store. */
static void collect_undeclared(struct plan_rules *rules, const struct policy *policy)
{
	for (unsigned store = 0; store < STORES; store++)
		if (policy->undeclared.store[store] != UNDECLARED_UNSAID) {
			rules->undeclared[store] = policy->undeclared.store[store];
			rules->remove_unowned[store] = policy->undeclared.remove_unowned;
		}
}

static void collect_waivers(
    struct resolver *resolver, struct plan_rules *rules, struct plan_waiver *waivers)
{
	const struct policies *policies = resolver->policies;

	rules->waivers = waivers;
	for (size_t i = 0; i < policies->count; i++) {
		const struct policy *policy = &policies->list[i];
		const struct waiver_rule *list = policy->waivers.list;

		for (size_t j = 0; !policy->filtered && j < policy->waivers.count; j++)
			waivers[rules->waiver_count++] = (struct plan_waiver){
			    .item = list[j].item,
			    .reason = list[j].reason,
			    .owner = list[j].owner,
			    .expires = list[j].expires,
			};
	}
}

static size_t count_waivers(const struct policies *policies)
{
	size_t count = 0;

	for (size_t i = 0; i < policies->count; i++)
		count += policies->list[i].waivers.count;
	return count;
}

/* What the policy wants, from `first` on, may not be wanted at all. */
static void leave_undecided(struct items *want, size_t first, const struct policy *policy)
{
	const char *note = arena_printf(&want->arena,
	    "It is not known whether policy %s is for this host (%s): it is left as it is.",
	    text_escape_string(policy->name).text, policy->filtered);

	for (size_t i = first; i < want->count; i++) {
		want->list[i].asked.holding = HOLD_UNDECIDED;
		want->list[i].note = note;
	}
}

static bool want_policy(struct resolver *resolver, const struct policy *policy,
    const struct items *have, struct items *want, struct plan_rules *rules, struct err *err)
{
	size_t first = want->count;

	if (!want_certificates(resolver, want, policy, err))
		return false;
	if (policy->has_proxy)
		want_proxy(want, policy, have, &resolver->host->facts);
	want_lists(want, policy);
	if (!policy->undecided)
		collect_undeclared(rules, policy);
	if (policy->undecided)
		leave_undecided(want, first, policy);
	return true;
}

bool resolve_want(struct resolver *resolver, const struct items *have, struct items *want,
    struct plan_rules *rules, struct err *err)
{
	const struct policies *policies = resolver->policies;
	struct plan_waiver *waivers =
	    arena_alloc(&resolver->arena, (count_waivers(policies) + 1) * sizeof(*rules->waivers));

	if (!uses_demand(resolver, err))
		return false;
	resolve_back(policies, rules->ledger, have, want);
	for (size_t i = 0; i < policies->count; i++)
		if ((!policies->list[i].filtered || policies->list[i].undecided) &&
		    !want_policy(resolver, &policies->list[i], have, want, rules, err))
			return false;
	collect_waivers(resolver, rules, waivers);
	items_sort(want);
	winners_keep(want);
	winners_express(want, resolver->host);
	proxies_settle(want, have);
	winners_distrust(want);
	rules->now = floors_now(resolver->floors, resolver->clock);
	return true;
}

void resolver_release(struct resolver *resolver)
{
	for (size_t i = 0; i < resolver->use_count; i++)
		bytes_release(&resolver->uses[i].keyring);
	lists_release(&resolver->lists);
	free(resolver->uses);
	free(resolver->unknown);
	arena_release(&resolver->arena);
	*resolver = (struct resolver){0};
}
