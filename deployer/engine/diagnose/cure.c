/* SPDX-License-Identifier: Apache-2.0 */
/* Policies that findings suggest: made as structs, written from the table that reads policies, and
 * read again before anybody sees them. */
#include "engine/diagnose/probes.h"
#include "formats/document.h"

/* The rows of the language, to know what holds where nothing is said. */
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

struct ctl_rule *cure_ctl(struct diagnosing *d, struct policy *policy, const char *list)
{
	struct ctl_rule *rule = arena_alloc(&d->out->arena, sizeof(*rule));

	fields_clear(rows_of("ctl"), rule);
	for (int i = CTL_AUTHROOT; i < CTL_UNKNOWN; i++)
		if (strcmp(ctl_list_word((enum ctl_list)i), list) == 0)
			rule->list = i;
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
	rule->state = bundle ? 0 : 1;
	rule->bundle = bundle;
	policy->certificates = (struct list){rule, 1};
	return rule;
}

void cure_end(struct diagnosing *d, struct policy *policy)
{
	AUTO(policies) read = {0};
	AUTO(bytes) text = {0};
	struct err refused = {0};

	document_write(&policy_fields, policy, &text);
	if (policy_parse(bytes_span(&text), policy->name, &read, &refused) &&
	    policies_check(&read, &refused))
		d->out->list[d->out->count - 1].policy =
		    arena_strdup(&d->out->arena, (const char *)text.data);
}
