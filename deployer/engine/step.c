/* SPDX-License-Identifier: Apache-2.0 */
/* The part of plan.h that tells steps and items by their words and ids. */
#include "engine/plan.h"

#include "policy/policy.h"

const struct item *step_item(const struct step *step)
{
	return step->want ? step->want : step->have;
}

const char *step_remedy(const struct step *step)
{
	return step->have ? step->have->seen.remedy : NULL;
}

const char *step_label(const struct step *step)
{
	if (step->want && step->want->label[0])
		return step->want->label;
	return step->have ? step->have->label : "";
}

const char *step_message(const struct step *step)
{
	return step->message ? step->message : cause_row(step->cause)->meaning;
}

const char *step_next(const struct step *step)
{
	return step->next ? step->next : cause_row(step->cause)->next;
}

enum severity step_severity(const struct step *step)
{
	if (step->severity != SEVERITY_UNSAID)
		return step->severity;
	switch (step->result) {
	case RESULT_FAIL:
	case RESULT_ERROR:
		return SEVERITY_ERROR;
	case RESULT_INFORMATIONAL:
		return step->have && step->have->seen.severity != SEVERITY_UNSAID
		           ? step->have->seen.severity
		           : cause_row(step->cause)->severity;
	default:
		return SEVERITY_INFO;
	}
}

bool step_warns(const struct step *step)
{
	return (step->result == RESULT_INFORMATIONAL || step->result == RESULT_PASS) &&
	       step_severity(step) != SEVERITY_INFO;
}

const char *item_id(const struct item *item, struct arena *arena)
{
	return arena_strdup(arena, key_id(&item->key).text);
}

/* Items are in the order of the kinds, ids in that of their names: no bisection. */
const struct step *plan_find(const struct plan *plan, const char *id)
{
	struct key key;

	if (!key_parse(id, &key))
		return NULL;
	for (size_t i = 0; i < plan->count; i++)
		if (key_equal(&step_item(&plan->steps[i])->key, &key))
			return &plan->steps[i];
	return NULL;
}

const char *item_state(const struct item *item)
{
	static const char *const words[] = {
	    [ITEM_ABSENT] = WORDS_ABSENT,
	    [ITEM_PRESENT] = WORDS_PRESENT,
	    [ITEM_PENDING] = "pending",
	    [ITEM_STALE] = "stale",
	    [ITEM_PARTIAL] = "partial",
	    [ITEM_DISABLED] = "disabled",
	    [ITEM_WITHHELD] = "withheld",
	    [ITEM_CLOSED] = "closed",
	    [ITEM_ASIDE] = "aside",
	};

	static const char *const unread[] = {
	    [READING_FAULT] = "unreadable",
	    [READING_CLOSED] = "closed",
	    [READING_NOTHING] = "empty",
	};

	if (!item)
		return words[ITEM_ABSENT];
	if (item->seen.reading != READING_WHOLE)
		return unread[item->seen.reading];
	return item->value[0] ? item->value : words[item->presence];
}

const char *item_shown(const struct item *item)
{
	return item && item->shown ? item->shown : item_state(item);
}

const char *item_record(const struct item *item, struct arena *arena)
{
	return item && item->setting ? setting_record(item->setting, arena) : item_state(item);
}

bool item_is_recorded(const struct key *key, const struct item *have, const char *record)
{
	AUTO(arena) arena = {0};

	if (have && have->setting)
		return setting_is_recorded(have->setting, record);
	return strcmp(have ? item_state(have) : kind_row(key)->without,
	           setting_show_record(record, &arena)) == 0;
}

bool item_waits(const struct item *item, bool comes)
{
	if (!comes)
		return item && item->presence == ITEM_STALE;
	return item && item->presence == ITEM_PENDING && !item->note && !item->seen.shut &&
	       !item->seen.denied;
}

/* Why the certificate waits: a run let go of its distrust, or took it out, a rehearsal would, or a
 * transaction was undone. */
static const char *say_owed(const struct ledger_entry *entry, bool comes, struct arena *arena)
{
	if (*entry->policy && !*entry->transaction)
		return comes ? "It comes back into the sources when its distrust goes"
		             : "It goes out of the sources when apply runs";
	return arena_printf(arena, "It is %s the sources since transaction %s %s",
	    comes ? "back in" : "out of", entry->transaction,
	    !*entry->policy ? "was undone"
	    : comes         ? "let go of its distrust"
	                    : "took it out");
}

bool step_is_owed(const struct plan_rules *rules, struct step *step, struct arena *arena)
{
	const struct item *have = step->have;
	const struct ledger_entry *entry = rules->owed && rules->owed->count
	                                       ? ledger_find(rules->owed, item_id(have, arena))
	                                       : NULL;
	bool comes = entry && strcmp(entry->before, WORDS_ABSENT) != 0;

	if (!entry || !item_waits(have, comes))
		return false;
	step->result = RESULT_FAIL;
	step->cause = comes ? CAUSE_REBUILD_PENDING : CAUSE_STALE_OUTPUT;
	step->by_tool = rules->owed_by_tool;
	step->action = rules->owed_stays ? ACTION_KEEP : comes ? ACTION_ADD : ACTION_REMOVE;
	step->message =
	    arena_printf(arena, "%s, and is %s force until the distribution's tool runs.",
	        say_owed(entry, comes, arena), comes ? "not in" : "in");
	step->next = have->seen.remedy   ? have->seen.remedy
	             : rules->owed_stays ? "Run that tool in the image, or apply with "
	                                   "--run-image-tools."
	                                 : "Run apply: it has the trust store rebuilt.";
	return true;
}

bool step_holds_out(
    const struct plan_rules *rules, const struct items *want, const struct item *have)
{
	const struct item *root;

	if (!have->seen.holds_out)
		return false;
	root = items_find_in(want, have, STORE_ROOT);
	return root ? root->presence == ITEM_ABSENT && root->asked.holding == HOLD_YES
	            : rules->undeclared[STORE_ROOT] == UNDECLARED_REMOVE &&
	                  rules->remove_unowned[STORE_ROOT];
}

bool step_judge_holding_out(struct step *step)
{
	if (!step->owned)
		return false;
	step->result = RESULT_INFORMATIONAL;
	step->cause = CAUSE_SUPERSEDED;
	step->action = ACTION_KEEP;
	step->message = "An earlier policy installed it. It is kept, because it keeps out a root "
	                "that the policy wants absent.";
	step->next = "";
	return true;
}
