/* SPDX-License-Identifier: Apache-2.0 */
/* The part of layers.h that reads and compares single demands. */
#include "model/setting.h"
#include "policy/layers/layers.h"

/* What the language says of the rules of a subject. */
static const struct row {
	const char *key;           /* of a policy; its fields are compared. NULL: by a value */
	const char *const *except; /* keys that demand nothing, or are compared otherwise */
} rows[SUBJECTS] = {
    /* what it is called, and where its bytes come from, which its digest tells already */
    [SUBJECT_CERTIFICATE] = {"certificates", (const char *const[]){"label", "bundle", NULL}},
    [SUBJECT_ALL] = {"certificates", (const char *const[]){"label", "bundle", NULL}},
    [SUBJECT_PROXY] = {KIND_PROXY,
        (const char *const[]){"targets", "http", "https", "bypass", NULL}},
    [SUBJECT_CTL] = {KIND_CTL, NULL},
};

static const struct fields *fields_of(const char *key)
{
	for (size_t i = 0; i < policy_fields.count; i++)
		if (strcmp(policy_fields.list[i].name, key) == 0)
			return policy_fields.list[i].of;
	return NULL;
}

int demand_undeclared(const struct demand *demand)
{
	const struct undeclared_rule *rule = demand->rule;

	return demand->which < STORES ? rule->store[demand->which] : rule->settings;
}

const char *demand_update(const struct demand *demand)
{
	const struct auto_update_rule *rule = demand->rule;
	int value = demand->which == UPDATE_ROOTS ? rule->roots : rule->disallowed;

	if (demand->which == UPDATE_SOURCE)
		return rule->source;
	return value == SWITCH_UNSET ? NULL : switch_words[value];
}

struct proxy demand_proxy(const struct demand *demand)
{
	const struct proxy_rule *rule = demand->rule;

	return (struct proxy){.mode = (enum proxy_mode)rule->mode,
	    .server =
	        {[PROXY_HTTP] = {.place = rule->http}, [PROXY_HTTPS] = {.place = rule->https}},
	    .pac_url = rule->pac_url,
	    .bypass = rule->bypass.list,
	    .bypass_count = rule->bypass.count};
}

static int order_of(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Certificates differ in their digest first, which is the quick answer. */
int demand_compare_things(const struct demand *a, const struct demand *b)
{
	int order = order_of(a->subject, b->subject);

	if (order == 0 && a->sha256)
		order = memcmp(a->sha256, b->sha256, SHA256_SIZE);
	if (order == 0)
		order = order_of(a->which, b->which);
	return order ? order : strcmp(a->name, b->name);
}

static bool is_of_all(const struct demand *demand)
{
	return demand->subject == SUBJECT_CERTIFICATE &&
	       ((const struct certificate_rule *)demand->rule)->all;
}

/* The rules of precedence, see the head of layers.h. Policies lie in one array, in the order that
 * they were given in. */
static int compare_strength(const struct demand *a, const struct demand *b)
{
	int order = order_of(a->policy->level, b->policy->level);

	if (order == 0 && a->policy != b->policy)
		order = a->policy < b->policy ? -1 : 1;
	if (order == 0)
		order = order_of(!is_of_all(a), !is_of_all(b));
	if (order == 0)
		order = order_of(a->position.line, b->position.line);
	return order ? order : order_of(a->position.column, b->position.column);
}

int demand_compare(const struct demand *a, const struct demand *b)
{
	int order = demand_compare_things(a, b);

	return order ? order : compare_strength(a, b);
}

/* As a consumer would compare them: what two people write in two ways is one setting. */
static bool wants_same_proxy(const struct demand *a, const struct demand *b)
{
	struct proxy left = demand_proxy(a), right = demand_proxy(b);

	return setting_equal(&left, &right);
}

/* Whose certificates are removed is a part of `remove`. */
static bool agrees_on_undeclared(const struct demand *a, const struct demand *b)
{
	const struct undeclared_rule *left = a->rule, *right = b->rule;
	int value = demand_undeclared(a);

	return value == demand_undeclared(b) && (a->which == STORES || value != UNDECLARED_REMOVE ||
	                                            left->remove_unowned == right->remove_unowned);
}

bool demand_agrees(const struct demand *a, const struct demand *b)
{
	const struct row *row = &rows[a->subject];

	if (a->subject == SUBJECT_UNDECLARED)
		return agrees_on_undeclared(a, b);
	if (a->subject == SUBJECT_AUTO_UPDATE)
		return strcmp(demand_update(a), demand_update(b)) == 0;
	if (!row->key)
		return true;
	return fields_same(fields_of(row->key), a->rule, b->rule, row->except) &&
	       (a->subject != SUBJECT_PROXY || wants_same_proxy(a, b));
}

bool demand_wants_same(const struct demand *a, const struct demand *b)
{
	const struct certificate_rule *left = a->rule, *right = b->rule;

	switch (a->subject) {
	case SUBJECT_CERTIFICATE:
	case SUBJECT_ALL:
		return left->state == right->state;
	case SUBJECT_PROXY:
		return wants_same_proxy(a, b);
	case SUBJECT_CTL:
		return false;
	default:
		return demand_agrees(a, b);
	}
}
