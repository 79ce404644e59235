/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policies_check: every setting of every policy becomes an entry of one list, which is sorted
 * so that settings of the same thing are neighbours. Two policies may make the same demand.
 */
#include <stdio.h>
#include <stdlib.h>

#include "model/setting.h"
#include "policy/policy.h"

enum setting_kind {
	SETTING_NAME,        /* the policy's name: unique wherever it is linked */
	SETTING_BUNDLE,      /* demands add up: once in a policy */
	SETTING_WAIVER,      /* the longest holds: once in a policy */
	SETTING_CERTIFICATE, /* sub: store */
	SETTING_TRUST,       /* sub: 0; present in root and in disallowed exclude each other */
	SETTING_ALL,         /* sub: store */
	SETTING_UNDECLARED,  /* sub: store, or STORES for the settings */
	SETTING_PROXY,       /* sub: target */
	SETTING_CTL,         /* sub: list */
	SETTING_AUTO_UPDATE, /* sub: which */
};

struct setting {
	enum setting_kind kind;
	unsigned sub;
	const char *name;      /* of what is told apart by name, or "" */
	const uint8_t *digest; /* of a certificate, or NULL */
	int value;             /* of what is one number */
	const char *text;      /* of what is one text, or NULL */
	/* of what is a struct of the language, or NULL; the keys in `except` demand nothing */
	const struct fields *fields;
	const void *rule;
	const char *const *except;
	const struct policy *policy;
	struct position position;
};

struct settings {
	struct setting *list;
	size_t count, capacity;
};

static void settings_release(struct settings *settings)
{
	free(settings->list);
	*settings = (struct settings){0};
}

static void add(struct settings *settings, struct setting setting)
{
	settings->list = mem_grow(
	    settings->list, &settings->capacity, settings->count + 1, sizeof(*settings->list));
	if (!setting.name)
		setting.name = "";
	settings->list[settings->count++] = setting;
}

/* --- collecting --- */

static const struct fields *fields_of(const char *key)
{
	for (size_t i = 0; i < policy_fields.count; i++)
		if (strcmp(policy_fields.list[i].name, key) == 0)
			return policy_fields.list[i].of;
	return NULL;
}

static void add_certificates(struct settings *out, const struct policy *policy)
{
	/* what it is called, and where its bytes come from, which its digest tells already */
	static const char *const except[] = {"label", "bundle", NULL};
	const struct fields *fields = fields_of("certificates");
	const struct certificate_rule *list = policy->certificates.list;

	for (size_t i = 0; i < policy->certificates.count; i++) {
		const struct certificate_rule *rule = &list[i];
		struct setting setting = {.policy = policy,
		    .position = rule->position,
		    .fields = fields,
		    .rule = rule,
		    .except = except};

		setting.sub = (unsigned)rule->store;
		setting.kind = rule->all ? SETTING_ALL : SETTING_CERTIFICATE;
		setting.name = rule->all ? rule->bundle : NULL;
		setting.digest = rule->all ? NULL : rule->sha256.digest;
		add(out, setting);
		if (rule->all || rule->state != 0 ||
		    (rule->store != STORE_ROOT && rule->store != STORE_DISALLOWED))
			continue;
		setting.kind = SETTING_TRUST;
		setting.fields = NULL;
		setting.sub = 0;
		setting.value = rule->store;
		add(out, setting);
	}
}

static void add_proxy(struct settings *out, const struct policy *policy)
{
	const struct texts *targets = &policy->proxy.targets;

	for (unsigned i = 0; policy->has_proxy && target_words[i]; i++) {
		bool named = targets->count == 0;

		for (size_t j = 0; j < targets->count; j++)
			named = named || strcmp(targets->list[j], target_words[i]) == 0;
		if (named)
			add(out, (struct setting){.kind = SETTING_PROXY,
			             .sub = i,
			             .fields = fields_of("proxy"),
			             .rule = &policy->proxy,
			             .policy = policy,
			             .position = policy->proxy.position});
	}
}

static void add_switches(struct settings *out, const struct policy *policy)
{
	const struct auto_update_rule *rule = &policy->auto_update;
	const int values[] = {rule->roots, rule->disallowed, rule->source != NULL};

	for (unsigned i = 0; i < COUNT(values); i++)
		if (values[i])
			add(out, (struct setting){.kind = SETTING_AUTO_UPDATE,
			             .sub = i,
			             .value = values[i],
			             .text = i == 2 ? rule->source : NULL,
			             .policy = policy,
			             .position = rule->position});
}

static void add_lists(struct settings *out, const struct policy *policy)
{
	const struct bundle_rule *bundles = policy->bundles.list;
	const struct waiver_rule *waivers = policy->waivers.list;
	const struct ctl_rule *ctl = policy->ctl.list;

	for (size_t i = 0; i < policy->bundles.count; i++)
		add(out, (struct setting){.kind = SETTING_BUNDLE,
		             .name = bundles[i].id,
		             .policy = policy,
		             .position = bundles[i].position});
	for (size_t i = 0; i < policy->waivers.count; i++)
		add(out, (struct setting){.kind = SETTING_WAIVER,
		             .name = waivers[i].item,
		             .policy = policy,
		             .position = waivers[i].position});
	for (size_t i = 0; i < policy->ctl.count; i++)
		add(out, (struct setting){.kind = SETTING_CTL,
		             .sub = (unsigned)ctl[i].list,
		             .fields = fields_of("ctl"),
		             .rule = &ctl[i],
		             .policy = policy,
		             .position = ctl[i].position});
}

/* What is not said contradicts nothing. */
static void add_undeclared(struct settings *out, const struct policy *policy)
{
	const struct undeclared_rule *rule = &policy->undeclared;

	for (unsigned i = 0; i <= STORES; i++) {
		int value = i < STORES ? rule->store[i] : rule->settings;

		if (value == 0)
			continue;
		/* whose certificates are removed is a part of it */
		if (i < STORES && value == UNDECLARED_REMOVE && rule->remove_unowned)
			value = -value;
		add(out, (struct setting){.kind = SETTING_UNDECLARED,
		             .sub = i,
		             .value = value,
		             .policy = policy,
		             .position = rule->position});
	}
}

static void add_policy(struct settings *out, const struct policy *policy)
{
	add(out,
	    (struct setting){
	        .kind = SETTING_NAME, .name = policy->name, .policy = policy, .position = {1, 1}});
	if (policy->filtered)
		return;
	add_lists(out, policy);
	add_certificates(out, policy);
	add_proxy(out, policy);
	add_switches(out, policy);
	add_undeclared(out, policy);
}

/* --- comparing --- */

static int order_of(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* The same thing; certificates differ in their digest first, which is the quick answer. */
static int compare_things(const struct setting *a, const struct setting *b)
{
	int order = order_of(a->kind, b->kind);

	if (order == 0 && a->digest)
		order = memcmp(a->digest, b->digest, SHA256_SIZE);
	if (order == 0)
		order = order_of(a->sub, b->sub);
	if (order == 0)
		order = strcmp(a->name, b->name);
	return order;
}

static int compare_settings(const void *left, const void *right)
{
	const struct setting *a = left, *b = right;
	int order = compare_things(a, b);

	/* policies lie in one array, in the order they were given */
	if (order == 0 && a->policy != b->policy)
		order = a->policy < b->policy ? -1 : 1;
	if (order == 0)
		order = order_of(a->position.line, b->position.line);
	return order ? order : order_of(a->position.column, b->position.column);
}

static bool share_a_system(const struct when_rule *a, const struct when_rule *b)
{
	if (a->os.count == 0 || b->os.count == 0)
		return true;
	for (size_t i = 0; i < a->os.count; i++)
		for (size_t j = 0; j < b->os.count; j++)
			if (a->os.list[i] == b->os.list[j])
				return true;
	return false;
}

/* Whether both hold on one host. Where no host is known, two filters by name may
 * exclude each other, and get the benefit of the doubt. */
static bool may_meet(
    const struct policies *policies, const struct policy *a, const struct policy *b)
{
	bool narrow_a = a->when.hostname.count > 0;
	bool narrow_b = b->when.hostname.count > 0;

	if (a == b || policies->filtered)
		return true;
	return share_a_system(&a->when, &b->when) && !(narrow_a && narrow_b);
}

static struct proxy proxy_of(const struct proxy_rule *rule)
{
	return (struct proxy){.mode = (enum proxy_mode)rule->mode,
	    .server =
	        {[PROXY_HTTP] = {.place = rule->http}, [PROXY_HTTPS] = {.place = rule->https}},
	    .pac_url = rule->pac_url,
	    .bypass = rule->bypass.list,
	    .bypass_count = rule->bypass.count};
}

/* As a consumer would compare them: what two people write in two ways is one setting. */
static bool agree_on_proxy(const struct setting *a, const struct setting *b)
{
	static const char *const except[] = {"targets", "http", "https", "bypass", NULL};
	struct proxy left = proxy_of(a->rule), right = proxy_of(b->rule);

	return fields_same(a->fields, a->rule, b->rule, except) && setting_equal(&left, &right);
}

/* Whether both make the same demand. */
static bool agree(const struct setting *a, const struct setting *b)
{
	if (a->kind == SETTING_PROXY)
		return agree_on_proxy(a, b);
	if (a->fields)
		return fields_same(a->fields, a->rule, b->rule, a->except);
	return a->value == b->value && (!a->text || strcmp(a->text, b->text) == 0);
}

static bool collide(
    const struct policies *policies, const struct setting *a, const struct setting *b)
{
	switch (a->kind) {
	case SETTING_NAME:
		return true;
	case SETTING_BUNDLE:
	case SETTING_WAIVER:
		return a->policy == b->policy;
	case SETTING_TRUST:
		return a->value != b->value && may_meet(policies, a->policy, b->policy);
	default:
		return a->policy == b->policy ||
		       (!agree(a, b) && may_meet(policies, a->policy, b->policy));
	}
}

/* --- telling --- */

enum { THING_TEXT = 320 };

static void describe(const struct setting *setting, char out[THING_TEXT])
{
	const char *store = store_words[setting->sub < STORES ? setting->sub : 0];
	struct escaped name = text_escape_string(setting->name);
	char hex[SHA256_HEX] = "";

	if (setting->digest)
		hex_write((struct span){setting->digest, SHA256_SIZE}, hex);
	switch (setting->kind) {
	case SETTING_NAME:
		snprintf(out, THING_TEXT, "the policy name \"%s\"", name.text);
		break;
	case SETTING_BUNDLE:
		snprintf(out, THING_TEXT, "bundle %s", name.text);
		break;
	case SETTING_WAIVER:
		snprintf(out, THING_TEXT, "the waiver of %s", name.text);
		break;
	case SETTING_CERTIFICATE:
		snprintf(out, THING_TEXT, "certificate/%s/%s", store, hex);
		break;
	case SETTING_TRUST:
		snprintf(out, THING_TEXT, "certificate %s", hex);
		break;
	case SETTING_ALL:
		snprintf(out, THING_TEXT, "all of bundle %s in %s", name.text, store);
		break;
	case SETTING_UNDECLARED:
		snprintf(
		    out, THING_TEXT, "undeclared.%s", setting->sub < STORES ? store : "settings");
		break;
	case SETTING_PROXY:
		snprintf(out, THING_TEXT, "proxy/%s", target_words[setting->sub]);
		break;
	case SETTING_CTL:
		snprintf(out, THING_TEXT, "ctl/%s", list_words[setting->sub]);
		break;
	case SETTING_AUTO_UPDATE:
		snprintf(out, THING_TEXT, "auto_update/%s", update_words[setting->sub]);
		break;
	}
}

/* Two that name no target contradict each other on every host, whatever its consumers are. */
static bool is_any_target(const struct setting *first, const struct setting *again)
{
	return again->kind == SETTING_PROXY && first->policy->proxy.targets.count == 0 &&
	       again->policy->proxy.targets.count == 0;
}

static bool refuse(const struct setting *first, const struct setting *again, struct err *err)
{
	struct escaped file = text_escape_string(again->policy->file);
	struct escaped before = text_escape_string(first->policy->file);
	char thing[THING_TEXT];
	const char *fault = "declared twice";

	describe(again, thing);
	if (is_any_target(first, again))
		snprintf(thing, THING_TEXT, "the proxy");
	if (again->kind == SETTING_TRUST)
		fault = "both trusted and disallowed";
	else if (first->policy != again->policy && again->kind != SETTING_NAME)
		fault = "wanted in two ways that contradict each other";
	return err_set(err, ERR_POLICY, "%s:%u:%u: %s is %s; see also %s:%u", file.text,
	    again->position.line, again->position.column, thing, fault, before.text,
	    first->position.line);
}

/* The settings of one thing: few, unless they stand in one policy, where the first two of them
 * collide already. */
static bool check_group(
    const struct policies *policies, const struct setting *list, size_t count, struct err *err)
{
	for (size_t i = 1; i < count; i++)
		for (size_t j = 0; j < i; j++)
			if (collide(policies, &list[j], &list[i]))
				return refuse(&list[j], &list[i], err);
	return true;
}

bool policies_check(const struct policies *policies, struct err *err)
{
	AUTO(settings) settings = {0};
	size_t end;

	for (size_t i = 0; i < policies->count; i++)
		add_policy(&settings, &policies->list[i]);
	if (settings.count)
		qsort(settings.list, settings.count, sizeof(*settings.list), compare_settings);
	for (size_t start = 0; start < settings.count; start = end) {
		end = start + 1;
		while (end < settings.count &&
		       compare_things(&settings.list[start], &settings.list[end]) == 0)
			end++;
		if (!check_group(policies, settings.list + start, end - start, err))
			return false;
	}
	return true;
}
