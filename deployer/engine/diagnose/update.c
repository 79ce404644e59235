/* SPDX-License-Identifier: Apache-2.0 */
/* How roots and lists are kept up to date. */
#include "engine/diagnose/probes.h"

/* Whether a switch is as we set it, which is no trouble; else says who may have. */
static void tell_owner(struct diagnosing *d, struct finding *finding, const struct item *item)
{
	const char *owner = find_owner(d, item);

	if (owner)
		finding->severity = SEVERITY_INFO;
	find_evidence(d, "value", "%s", item->seen.location);
	find_evidence(d, "set_by", "%s%s", owner ? "this program, for policy " : "",
	    owner                                         ? text_escape_string(owner).text
	    : strstr(item->seen.location, "\\Policies\\") ? "group policy, or by hand"
	                                                  : "by hand, or by a policy that is gone");
}

static struct policy *suggest_update(struct diagnosing *d, const char *name)
{
	struct policy *policy = cure_begin(d, name);

	policy->auto_update.position.line = 1;
	return policy;
}

void ask_roots_off(struct diagnosing *d)
{
	const struct item *item = find_item(d, key_update(UPDATE_ROOTS));
	struct policy *policy;

	if (!item || strcmp(item->value, switch_words[SWITCH_DISABLED]) != 0)
		return;
	tell_owner(d,
	    find(d, "The automatic update of roots is switched off by %s.", item->seen.location),
	    item);
	policy = suggest_update(d, "root-update");
	policy->auto_update.roots = SWITCH_ENABLED;
	cure_end(d, policy);
}

void ask_disallowed_off(struct diagnosing *d)
{
	const struct item *roots = find_item(d, key_update(UPDATE_ROOTS));
	const struct item *item = find_item(d, key_update(UPDATE_DISALLOWED));
	struct policy *policy;

	/* whatever else its value is, the roots' switch decides */
	if (!item || strcmp(item->value, switch_words[SWITCH_ENABLED]) == 0 || !roots ||
	    strcmp(roots->value, switch_words[SWITCH_DISABLED]) != 0)
		return;
	tell_owner(d,
	    find(d,
	        "With the update of roots that of the disallowed list is off too, because %s is "
	        "not 1.",
	        item->seen.location),
	    item);
	policy = suggest_update(d, "disallowed-update");
	policy->auto_update.disallowed = SWITCH_ENABLED;
	cure_end(d, policy);
}

void ask_redirected(struct diagnosing *d)
{
	const struct item *item = find_item(d, key_update(UPDATE_SOURCE));
	struct policy *policy;

	if (!item || strcmp(item->value, WORDS_DEFAULT) == 0)
		return;
	tell_owner(d,
	    find(d, "Roots and lists are fetched from %s. %s", text_escape_string(item->value).text,
	        find_owner(d, item)
	            ? "A policy of this program says so."
	            : "No policy of this program says so, and the setting stays when the policy "
	              "that made it is gone."),
	    item);
	find_evidence(d, "source", "%s", item->value);
	policy = suggest_update(d, "update-source");
	policy->auto_update.source = WORDS_DEFAULT;
	cure_end(d, policy);
}
