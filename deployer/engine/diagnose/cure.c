/* SPDX-License-Identifier: Apache-2.0 */
/* Policies that findings suggest: made as structs, written from the table that reads policies, and
 * read again before anybody sees them. */
#include "engine/diagnose/probes.h"
#include "formats/document.h"

/* The rows of the language, for its defaults. */
static const struct fields *rows_of(const char *name)
{
	for (size_t i = 0; i < policy_fields.count; i++)
		if (strcmp(policy_fields.list[i].name, name) == 0)
			return policy_fields.list[i].of;
	return NULL;
}

struct policy *cure_begin(struct diagnosing *d, const char *name)
{
	struct policy *policy = arena_alloc(&d->out->arena, sizeof(*policy));

	fields_clear(&policy_fields, policy);
	policy->schema_version = 1;
	policy->name = name;
	return policy;
}

struct ctl_rule *cure_ctl(struct diagnosing *d, struct policy *policy, enum ctl_list list)
{
	struct ctl_rule *rule = arena_alloc(&d->out->arena, sizeof(*rule));

	fields_clear(rows_of("ctl"), rule);
	rule->list = (int)list;
	rule->bundle = "example.corp.ctl";
	policy->ctl = (struct list){rule, 1};
	return rule;
}

struct certificate_rule *cure_certificate(
    struct diagnosing *d, struct policy *policy, enum store store, const char *bundle)
{
	struct certificate_rule *rule = arena_alloc(&d->out->arena, sizeof(*rule));

	fields_clear(rows_of("certificates"), rule);
	rule->store = (int)store;
	rule->state = bundle ? STATE_PRESENT : STATE_ABSENT;
	rule->bundle = bundle;
	policy->certificates = (struct list){rule, 1};
	return rule;
}

/* Why the host cannot hold what is wanted of a proxy there, as apply would say it; or NULL. */
static const char *obstacle_of(
    struct diagnosing *d, const struct item *want, struct changes *changes)
{
	struct host *host = d->session->run->host;
	const struct item *have = items_find(d->have, &want->key);
	struct err err = {0};

	if (want->asked.holding == HOLD_CONFLICT || want->asked.holding == HOLD_NOT_EXPRESSIBLE)
		return want->note;
	if (want->asked.holding != HOLD_YES || host->ops->put(host, want, have, changes, &err))
		return NULL;
	/* what this user may not read says nothing about the host */
	return err.code == ERR_HOST ? arena_strdup(&d->out->arena, err.text) : NULL;
}

/* Whether apply could make every proxy as the policy wants it; what is in its way is evidence. A
 * policy that leaves one of them as it is ends no finding. */
static bool can_be_applied(struct diagnosing *d, const struct policies *policies)
{
	AUTO(resolver)
	resolver = {.policies = policies,
	    .host = d->session->run->host,
	    .floors = &d->session->floors,
	    .clock = d->now};
	struct plan_rules rules = {.ledger = d->ledger};
	AUTO(changes) changes = {.step = CHANGE_NO_STEP};
	AUTO(items) want = {0};
	struct err err = {0};

	if (!resolve_want(&resolver, d->have, &want, &rules, &err))
		return false;
	for (size_t i = 0; i < want.count; i++) {
		const char *obstacle = want.list[i].key.kind == ITEM_PROXY
		                           ? obstacle_of(d, &want.list[i], &changes)
		                           : NULL;

		if (!obstacle)
			continue;
		find_evidence(
		    d, "in_the_way", "%s: %s", key_text(&want.list[i].key).text, obstacle);
		return false;
	}
	return true;
}

void cure_end(struct diagnosing *d, struct policy *policy)
{
	AUTO(policies) read = {0};
	AUTO(bytes) text = {0};
	struct err refused = {0};

	document_write(&policy_fields, policy, &text);
	if (policy_parse(bytes_span(&text), policy->name, &read, &refused) &&
	    policies_check(&read, &refused) &&
	    (!read.list[0].has_proxy || can_be_applied(d, &read)))
		d->out->list[d->out->count - 1].policy =
		    arena_strdup(&d->out->arena, (const char *)text.data);
}
