/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/want.h"

#include "engine/lists/lists.h"
#include "engine/uses.h"

struct key want_key(const struct demand *demand)
{
	switch (demand->subject) {
	case SUBJECT_CERTIFICATE:
		return key_certificate((enum store)demand->which, demand->sha256);
	case SUBJECT_ALL:
		return key_certificates_of((enum store)demand->which, demand->name);
	case SUBJECT_PROXY:
		return key_proxy((enum proxy_target)demand->which);
	case SUBJECT_CTL:
		return key_list((enum ctl_list)demand->which);
	default:
		return key_update((enum update_switch)demand->which);
	}
}

bool want_is_named(const struct resultant *resultant, const struct key *key)
{
	static const enum subject subjects[ITEM_HOST_KINDS] = {[ITEM_PROXY] = SUBJECT_PROXY,
	    [ITEM_CERTIFICATE] = SUBJECT_CERTIFICATE,
	    [ITEM_CTL] = SUBJECT_CTL,
	    [ITEM_AUTO_UPDATE] = SUBJECT_AUTO_UPDATE};
	struct demand like = {.which = key->which, .name = ""};

	if (key->kind >= ITEM_HOST_KINDS || key->name)
		return false;
	like.subject = subjects[key->kind];
	like.sha256 = key->kind == ITEM_CERTIFICATE ? key->sha256 : NULL;
	return resultant_find(resultant, &like) != NULL;
}

static void fill_certificate(
    struct resolver *resolver, const struct demand *demand, struct item *item, struct arena *arena)
{
	const struct certificate_rule *rule = demand->rule;

	(void)resolver, (void)arena;
	item->presence = rule->state == STATE_PRESENT ? ITEM_PRESENT : ITEM_ABSENT;
	item->label = rule->label ? rule->label : "";
	item->asked.bundle = rule->bundle;
	item->asked.rule = rule;
	item->asked.remove_unowned = rule->remove_unowned;
}

/* One item stands for all that the rule names: the bundle, which cannot be used. */
static void fill_all(
    struct resolver *resolver, const struct demand *demand, struct item *item, struct arena *arena)
{
	const struct certificate_rule *rule = demand->rule;
	const struct bundle_use *use;

	item->presence = rule->state == STATE_PRESENT ? ITEM_PRESENT : ITEM_ABSENT;
	item->label = arena_printf(arena, "all of bundle %s", rule->bundle);
	item->asked.bundle = rule->bundle;
	/* do not fail because of a bundle that only a policy for other hosts needs */
	if (demand->policy->undecided)
		return;
	use = use_of(resolver, rule->bundle);
	item->asked.holding = HOLD_UNKNOWN;
	item->note = use_missing(use, arena);
	item->asked.next = use_remedy(use);
}

static void read_credentials(const struct proxy_rule *rule, struct proxy *out)
{
	const char *word = rule->credentials;

	if (!word)
		return;
	out->login = strcmp(word, WORDS_KEEP) == 0   ? LOGIN_KEEP
	             : strcmp(word, WORDS_NONE) == 0 ? LOGIN_NONE
	                                             : LOGIN_FILE;
	if (out->login == LOGIN_FILE)
		out->login_file = word + strlen(WORDS_FILE);
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

static void fill_proxy(
    struct resolver *resolver, const struct demand *demand, struct item *item, struct arena *arena)
{
	struct proxy setting = demand_proxy(demand);

	(void)resolver;
	for (unsigned i = 0; i < PROXY_SCHEMES; i++)
		setting.server[i].place = lower_scheme(setting.server[i].place, arena);
	read_credentials(demand->rule, &setting);
	item_set_setting(item, &setting, arena);
	item->label = "proxy";
	item->asked.named = demand->policy->proxy.targets.count > 0;
}

static void fill_list(
    struct resolver *resolver, const struct demand *demand, struct item *item, struct arena *arena)
{
	const struct ctl_rule *rule = demand->rule;
	struct list_demand *asked = arena_alloc(arena, sizeof(*asked));

	(void)resolver;
	asked->rule = rule;
	item->value = WORDS_PRESENT;
	item->label = "trust list";
	item->asked.bundle = rule->bundle;
	item->asked.demand = asked;
	item->asked.replace = (unsigned)rule->replace;
}

static void fill_switch(
    struct resolver *resolver, const struct demand *demand, struct item *item, struct arena *arena)
{
	(void)resolver, (void)arena;
	item->value = demand_update(demand);
}

/* How an item says what a demand asks for; NULL: it is about no item. */
static void (*const fill[SUBJECTS])(struct resolver *resolver, const struct demand *demand,
    struct item *item, struct arena *arena) = {
    [SUBJECT_CERTIFICATE] = fill_certificate,
    [SUBJECT_ALL] = fill_all,
    [SUBJECT_PROXY] = fill_proxy,
    [SUBJECT_CTL] = fill_list,
    [SUBJECT_AUTO_UPDATE] = fill_switch,
};

/* Fills in what the winner leaves open and another rule with the same demand says: a label, and
 * where the bytes come from. */
static void lend(struct item *item, const struct ruling *ruling, const struct demand *choice)
{
	for (size_t i = 0; i < ruling->count; i++) {
		const struct demand *demand = ruling->list[i];
		const struct certificate_rule *rule = demand->rule;

		if (!demand_wants_same(choice, demand))
			continue;
		if (!item->asked.bundle && !demand->policy->undecided)
			item->asked.bundle = rule->bundle;
		if (!*item->label && rule->label)
			item->label = rule->label;
	}
}

static void want_ruling(struct resolver *resolver, const struct ruling *ruling, struct items *want)
{
	const struct demand *choice = ruling_choice(ruling);
	const struct policy *policy = choice->policy;
	struct item *item = items_add(want, want_key(choice));

	item->asked.policy = policy->name;
	item->asked.origin = (struct origin){policy->file, choice->position.line};
	item->presence = ITEM_PRESENT;
	fill[choice->subject](resolver, choice, item, &want->arena);
	if (choice->subject == SUBJECT_CERTIFICATE)
		lend(item, ruling, choice);
	if (!policy->undecided)
		return;
	item->asked.holding = HOLD_UNDECIDED;
	item->note = arena_printf(&want->arena,
	    "It is not known whether policy %s is for this host (%s): it is left as it is.",
	    text_escape_string(policy->name).text, policy->filtered);
}

void want_rulings(struct resolver *resolver, struct items *want)
{
	const struct resultant *resultant = &resolver->resultant;

	for (size_t i = 0; i < resultant->ruling_count; i++)
		if (fill[resultant->rulings[i].list[0]->subject])
			want_ruling(resolver, &resultant->rulings[i], want);
}

static void distrust(struct item *root, const struct demand *rule, struct arena *arena)
{
	const char *file = arena_strdup(arena, text_escape_string(rule->policy->file).text);

	root->asked.holding = rule->policy->undecided ? HOLD_UNDECIDED : HOLD_NOT_APPLICABLE;
	root->note = arena_printf(arena,
	    rule->policy->undecided
	        ? "%s:%u distrusts it, and it is not known whether that policy is for this host: "
	          "it is left as it is."
	        : "%s:%u distrusts it, which is stronger",
	    file, rule->position.line);
}

void want_distrust(const struct resultant *resultant, struct items *want)
{
	for (size_t i = 0; resultant->distrusts && i < resultant->ruling_count; i++) {
		const struct ruling *ruling = &resultant->rulings[i];
		const struct demand *stronger = resultant_distrust(resultant, ruling);
		struct key key;

		if (!stronger)
			continue;
		key = want_key(ruling_choice(ruling));
		distrust(&want->list[items_find(want, &key) - want->list], stronger, &want->arena);
	}
}
