/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/plan.h"

#include <stdlib.h>

#include "base/clock.h"
#include "engine/lists/lists.h"
#include "policy/layers/layers.h"

struct planner {
	const struct plan_rules *rules;
	const struct items *want;
	bool waives; /* any item */
	struct plan *plan;
};

static bool any_waiver(const struct plan_rules *rules)
{
	return rules->resultant && resultant_has(rules->resultant, SUBJECT_WAIVER);
}

static const struct waiver_rule *waiver_of(const struct planner *planner, const struct item *item)
{
	const struct demand *winner = planner->waives
	                                  ? resultant_winner(planner->rules->resultant,
	                                        SUBJECT_WAIVER, 0, key_id(&item->key).text)
	                                  : NULL;

	return winner ? winner->rule : NULL;
}

static bool is_owned(const struct planner *planner, const struct item *item)
{
	const struct ledger *ledger = planner->rules->ledger;

	return ledger && ledger_find(ledger, key_id(&item->key).text);
}

static void decide(struct step *step, enum result result, enum cause cause, enum action action)
{
	step->result = result;
	step->cause = cause;
	step->action = action;
}

/* Why the item does not count, in words; or NULL. */
static const char *reason_of(const struct item *have)
{
	if (have->presence == ITEM_PENDING && have->seen.shut)
		return have->seen.shut;
	if (have->seen.deselected)
		return "The host's own sources distrust it, and have not been made into the trust "
		       "store yet: until then it is trusted.";
	return have->seen.limits ? have->seen.limits : have->note;
}

/* This user may not read what would tell, so it is not known whether it is right or wrong. */
static bool is_unseen(struct step *step)
{
	if (!step->have || !step->have->seen.denied)
		return false;
	decide(step, RESULT_NOTCHECKED, CAUSE_UNREADABLE, ACTION_KEEP);
	step->message = step->have->note;
	step->next = "Run this as root.";
	return true;
}

static void judge_present(struct step *step)
{
	enum presence presence = step->have ? step->have->presence : ITEM_ABSENT;

	if (presence == ITEM_PRESENT)
		decide(step, RESULT_PASS, step->want->note ? CAUSE_NOT_EXPRESSIBLE : CAUSE_NONE,
		    ACTION_KEEP);
	else if (presence == ITEM_DISABLED)
		decide(step, RESULT_FAIL, CAUSE_RESTRICTED, ACTION_REPLACE);
	else if (presence == ITEM_WITHHELD)
		decide(step, RESULT_FAIL, CAUSE_NEVER_EXTRACTED, ACTION_KEEP);
	else if (presence == ITEM_CLOSED)
		decide(step, RESULT_FAIL, CAUSE_UNREADABLE,
		    step->have->seen.mendable ? ACTION_REPLACE : ACTION_KEEP);
	else if (presence == ITEM_PENDING && step->have->seen.shut)
		decide(step, RESULT_FAIL, CAUSE_UNREADABLE, ACTION_KEEP);
	else if (presence == ITEM_PARTIAL || (step->have && step->have->seen.in_part))
		decide(step, RESULT_FAIL, CAUSE_PARTLY_TRUSTED, ACTION_ADD);
	else if (step->have && step->have->note)
		decide(step, RESULT_FAIL, CAUSE_MALFORMED, ACTION_ADD);
	else if (presence == ITEM_PENDING)
		decide(step, RESULT_FAIL, CAUSE_REBUILD_PENDING, ACTION_ADD);
	else if (presence == ITEM_STALE)
		decide(step, RESULT_FAIL, CAUSE_STALE_OUTPUT, ACTION_ADD);
	else
		decide(step, RESULT_FAIL, CAUSE_MISSING, ACTION_ADD);
	if (step->have && step->have->seen.exposed) {
		step->cause = CAUSE_PRIVATE_KEY;
		step->result = RESULT_FAIL;
	}
	if (step->have)
		step->message = reason_of(step->have);
	if (step->cause == CAUSE_NONE && step->have->seen.limits) {
		step->cause = CAUSE_RESTRICTED;
		step->next = "Enable its purposes in certlm.msc, if they are to be trusted.";
	}
	if (step->cause == CAUSE_UNREADABLE && step->action == ACTION_REPLACE)
		step->next = "Run apply to let every user read it.";
	if (step->cause == CAUSE_NOT_EXPRESSIBLE)
		step->message = step->want->note;
}

static void judge_absent(struct step *step)
{
	const struct item *have = step->have;

	if (step->want->asked.restores && step->owned) {
		decide(step, RESULT_FAIL, CAUSE_SUPERSEDED, ACTION_REMOVE);
		step->next = "Run apply to give back what it took the place of.";
	} else if (!have || have->presence == ITEM_ABSENT ||
	           (have->presence == ITEM_ASIDE && !step->owned)) {
		decide(step, RESULT_PASS, CAUSE_NONE, ACTION_KEEP);
	} else if (step->owned || step->want->asked.remove_unowned || have->seen.deselected) {
		decide(step, RESULT_FAIL, CAUSE_UNWANTED, ACTION_REMOVE);
	} else {
		decide(step, RESULT_FAIL, CAUSE_NOT_OWNED, ACTION_KEEP);
	}
	if (step->result == RESULT_FAIL && have &&
	    (have->seen.deselected || have->seen.remedy || have->presence == ITEM_ASIDE))
		step->message = reason_of(have);
}

static bool is_direct(const struct item *item)
{
	static const struct proxy direct = {.mode = PROXY_DIRECT};

	return !item || (item->setting && setting_equal(item->setting, &direct));
}

static bool is_as_wanted(const struct item *want, const struct item *have)
{
	if (want->setting && have)
		return have->setting && setting_equal(want->setting, have->setting);
	if (want->setting)
		return is_direct(want);
	return item_is_recorded(
	    &want->key, have, want->asked.recorded ? want->asked.recorded : want->value);
}

static void judge_setting(struct step *step)
{
	const char *note = step->have ? step->have->note : NULL;

	if (is_as_wanted(step->want, step->have) && step->want->asked.restores && step->owned) {
		/* somebody has put it back: it is not ours any more once apply says so */
		decide(step, RESULT_FAIL, CAUSE_SUPERSEDED, ACTION_REPLACE);
		step->next = "Run apply to let go of it.";
	} else if (is_as_wanted(step->want, step->have))
		decide(step, RESULT_PASS, step->want->note ? CAUSE_NOT_EXPRESSIBLE : CAUSE_NONE,
		    ACTION_KEEP);
	else if (note)
		decide(step, RESULT_FAIL, CAUSE_MALFORMED, ACTION_REPLACE);
	else if (is_direct(step->have))
		decide(step, RESULT_FAIL, CAUSE_MISSING, ACTION_ADD);
	else if (is_direct(step->want))
		decide(step, RESULT_FAIL, CAUSE_UNWANTED, ACTION_REMOVE);
	else
		decide(step, RESULT_FAIL, CAUSE_DIFFERENT, ACTION_REPLACE);
	step->message = step->cause == CAUSE_NOT_EXPRESSIBLE ? step->want->note : note;
}

/* Judges an item that is not compared with what is there, by its holding. */
static void judge_unheld(struct step *step)
{
	static const struct {
		enum result result;
		enum cause cause;
	} rows[] = {
	    [HOLD_NOT_APPLICABLE] = {RESULT_NOTAPPLICABLE, CAUSE_CANNOT_HOLD},
	    [HOLD_ALREADY] = {RESULT_PASS, CAUSE_NONE},
	    [HOLD_NOT_EXPRESSIBLE] = {RESULT_FAIL, CAUSE_NOT_EXPRESSIBLE},
	    [HOLD_IN_VAIN] = {RESULT_FAIL, CAUSE_NEVER_EXTRACTED},
	    [HOLD_CONFLICT] = {RESULT_FAIL, CAUSE_CONFLICT},
	    [HOLD_UNKNOWN] = {RESULT_FAIL, CAUSE_NO_BUNDLE},
	    [HOLD_UNDECIDED] = {RESULT_NOTCHECKED, CAUSE_UNDECIDED},
	};
	const struct item *want = step->want;

	decide(
	    step, rows[want->asked.holding].result, rows[want->asked.holding].cause, ACTION_KEEP);
	step->message = want->note;
	step->next = want->asked.next;
	if (want->asked.holding == HOLD_ALREADY && want->asked.warning)
		step->severity = SEVERITY_WARNING;
	if (want->asked.holding == HOLD_NOT_EXPRESSIBLE && !want->asked.next)
		step->next = "Say in the policy what the target can hold, or take it out of"
		             " `targets`.";
}

/* `first`..`end`: everything that was seen of the item. */
static void judge_wanted(
    struct planner *planner, struct step *step, const struct item *first, const struct item *end)
{
	if (step->want->asked.holding != HOLD_YES) {
		judge_unheld(step);
		return;
	}
	step->next = step_remedy(step);
	switch (kind_row(&step->want->key)->comparison) {
	case COMPARE_LIST:
		list_judge(step, first, end, planner->rules->now, &planner->plan->arena);
		break;
	case COMPARE_PRESENCE:
		if (is_unseen(step))
			break;
		if (step->want->presence == ITEM_ABSENT && !step->want->asked.restores &&
		    step->have && step->have->presence == ITEM_STALE &&
		    step_is_owed(planner->rules, step, &planner->plan->arena))
			break;
		if (step->want->presence == ITEM_ABSENT)
			judge_absent(step);
		else
			judge_present(step);
		break;
	default:
		if (!planner->rules->looks || !is_unseen(step))
			judge_setting(step);
	}
}

/* A waived item is not judged and never carried out; an expired waiver is only mentioned. */
static void heed_waiver(struct planner *planner, struct step *step)
{
	const struct waiver_rule *waiver =
	    step->result == RESULT_FAIL ? waiver_of(planner, step_item(step)) : NULL;
	struct arena *arena = &planner->plan->arena;
	char date[CLOCK_TEXT];

	if (!waiver)
		return;
	clock_write(waiver->expires, date);
	if (planner->rules->now < waiver->expires) {
		step->waived = true;
		decide(step, RESULT_NOTCHECKED, CAUSE_WAIVED, step->action);
		step->message = arena_printf(arena, "waived until %s%s%s: %s", date,
		    waiver->owner ? " by " : "",
		    waiver->owner ? text_escape_string(waiver->owner).text : "",
		    text_escape_string(waiver->reason).text);
		return;
	}
	step->message = arena_printf(arena, "%s Its waiver (%s) has not counted since %s.",
	    step->message ? step->message : cause_row(step->cause)->meaning,
	    text_escape_string(waiver->owner ? waiver->owner : waiver->reason).text, date);
}

static struct step *add_step(struct planner *planner)
{
	struct plan *plan = planner->plan;

	plan->steps = mem_grow(plan->steps, &plan->capacity, plan->count + 1, sizeof(*plan->steps));
	plan->steps[plan->count] = (struct step){0};
	return &plan->steps[plan->count++];
}

static enum cause undeclared_cause(const struct step *step)
{
	if (step->have->presence == ITEM_DISABLED)
		return CAUSE_RESTRICTED;
	/* for a proxy it tells of the log-in */
	if (step->have->seen.exposed && step->have->key.kind == ITEM_CERTIFICATE)
		return CAUSE_PRIVATE_KEY;
	if (step->have->note)
		return step->have->presence == ITEM_PARTIAL ? CAUSE_PARTLY_TRUSTED
		                                            : CAUSE_MALFORMED;
	if (step->owned)
		return CAUSE_SUPERSEDED;
	switch (step->have->presence) {
	case ITEM_STALE:
		return CAUSE_STALE_OUTPUT;
	case ITEM_PENDING:
		return step->have->seen.shut ? CAUSE_UNREADABLE : CAUSE_REBUILD_PENDING;
	case ITEM_WITHHELD:
	case ITEM_ASIDE:
		return CAUSE_NEVER_EXTRACTED;
	case ITEM_CLOSED:
		return CAUSE_UNREADABLE;
	default:
		return CAUSE_UNDECLARED;
	}
}

/* Whether `undeclared: remove` may take it away. */
static bool is_removable(const struct plan_rules *rules, const struct step *step)
{
	enum store store = item_store(step->have);

	/* ours goes, whatever is wrong with it; others' only when we understand it */
	return rules->undeclared[store] == UNDECLARED_REMOVE &&
	       (step->owned ||
	           (rules->remove_unowned[store] && (!step->have->note || step->have->seen.barred ||
	                                                step->have->presence == ITEM_PARTIAL)));
}

/* Nobody has added what the distribution ships, so only remove_unowned reaches it. */
static bool is_shipped(const struct plan_rules *rules, const struct step *step)
{
	return step->have->seen.system && !step->owned &&
	       !rules->remove_unowned[item_store(step->have)];
}

/* What to do where nobody wants the item. Apply does only what `action` says, so apply is not
 * mentioned otherwise: the rows of causes speak of what a policy wants. */
static const char *next_of(const struct step *step)
{
	if (step->action == ACTION_REMOVE)
		return "Run apply to remove it.";
	switch (step->cause) {
	case CAUSE_SUPERSEDED:
		return step->have->key.kind == ITEM_CERTIFICATE
		           ? NULL
		           : "Say `undeclared: {settings: restore}` to put back what was there, or "
		             "name it in a policy.";
	case CAUSE_NOT_OWNED:
		return "Declare it in a policy, remove it where it came from, or set "
		       "`remove_unowned` beside `remove` in `undeclared`.";
	case CAUSE_REBUILD_PENDING:
		if (step->have->seen.limits)
			return "Do what the message says, and run the distribution's own tool.";
		return "Run the distribution's own tool to bring it into force, or take it out of "
		       "the sources. Apply does that for what a policy names.";
	case CAUSE_STALE_OUTPUT:
		if (step->have->seen.deselected)
			return "Run the distribution's own tool, which takes it out, or distrust "
			       "it in a policy.";
		return "Declare it in a policy, or put it into the folder of local certificates, "
		       "if it is to stay; else run the distribution's own tool.";
	case CAUSE_PARTLY_TRUSTED:
		return "Declare it in a policy, if all programs are to trust it.";
	case CAUSE_RESTRICTED:
		return "Enable its purposes in certlm.msc, or declare it in a policy, if it is to "
		       "be trusted.";
	default:
		return NULL;
	}
}

/* The tool would bring it back, and a policy distrusts it by now: the distrust tells of it. */
static bool is_to_stay_out(const struct planner *planner, const struct step *step)
{
	const struct item *distrust = items_find_in(planner->want, step->have, STORE_DISALLOWED);

	return step->cause == CAUSE_REBUILD_PENDING && item_store(step->have) == STORE_ROOT &&
	       distrust && distrust->presence == ITEM_PRESENT;
}

/* Judges what is there and nobody names. False: there is nothing to say about it. */
static bool judge_undeclared(const struct planner *planner, struct step *step)
{
	const struct plan_rules *rules = planner->rules;
	bool holds_out, certificate = step->have->key.kind == ITEM_CERTIFICATE;
	enum cause cause = undeclared_cause(step);
	int rule = certificate ? rules->undeclared[item_store(step->have)] : UNDECLARED_KEEP;

	/* what lies aside is in force nowhere: it is told when it is ours, or is distrust */
	if (!step->owned && (!certificate || (step->have->presence == ITEM_ASIDE &&
	                                         item_store(step->have) != STORE_DISALLOWED)))
		return false;
	if (cause == CAUSE_UNDECLARED && rule == UNDECLARED_REMOVE && !is_removable(rules, step) &&
	    !is_shipped(rules, step))
		cause = CAUSE_NOT_OWNED;
	if (is_unseen(step))
		return true;
	if (step_is_owed(rules, step, &planner->plan->arena))
		return !is_to_stay_out(planner, step);
	holds_out = step_holds_out(rules, planner->want, step->have);
	if (holds_out && cause != CAUSE_REBUILD_PENDING && cause != CAUSE_MALFORMED)
		return step_judge_holding_out(step);
	if (cause == CAUSE_UNDECLARED && rule <= UNDECLARED_KEEP)
		return false;
	/* its distrust, which waits for the same rebuild, is an item too */
	if (step->have->seen.deselected && rule <= UNDECLARED_KEEP)
		return false;
	if (certificate && !holds_out && is_removable(rules, step))
		decide(step, RESULT_FAIL, cause, ACTION_REMOVE);
	else if (rule == UNDECLARED_FAIL && cause != CAUSE_MALFORMED && !is_shipped(rules, step) &&
	         step->have->presence != ITEM_PENDING)
		decide(step, RESULT_FAIL, cause, ACTION_KEEP);
	else
		decide(step, RESULT_INFORMATIONAL, cause, ACTION_KEEP);
	step->message =
	    step->have->seen.unattributed ? step->have->seen.unattributed : reason_of(step->have);
	step->next = step->have->seen.remedy ? step->have->seen.remedy : next_of(step);
	return true;
}

/* The same item may be seen in several places: what counts is the one most in force. */
static const struct item *most_in_force(const struct item *first, const struct item *end)
{
	static const int rank[] = {[ITEM_ABSENT] = 0,
	    [ITEM_ASIDE] = 1,
	    [ITEM_STALE] = 2,
	    [ITEM_DISABLED] = 3,
	    [ITEM_WITHHELD] = 4,
	    [ITEM_PENDING] = 5,
	    [ITEM_PARTIAL] = 6,
	    [ITEM_CLOSED] = 7,
	    [ITEM_PRESENT] = 8};
	const struct item *best = NULL;

	for (const struct item *item = first; item < end; item++)
		if (!item->seen.evidence && (!best || rank[item->presence] > rank[best->presence]))
			best = item;
	return best;
}

static void plan_wanted(struct planner *planner, const struct item *want, const struct item *first,
    const struct item *end)
{
	struct step *step = add_step(planner);

	step->want = want;
	step->have = most_in_force(first, end);
	step->owned = is_owned(planner, want);
	judge_wanted(planner, step, first, end);
	heed_waiver(planner, step);
}

struct step *plan_add(struct plan *plan, const struct plan_rules *rules, const struct step *step)
{
	struct planner planner = {.rules = rules, .plan = plan, .waives = any_waiver(rules)};
	struct step *added = add_step(&planner);

	*added = *step;
	heed_waiver(&planner, added);
	return added;
}

static void plan_undeclared(struct planner *planner, const struct item *have)
{
	struct step *step = add_step(planner);

	step->have = have;
	step->owned = is_owned(planner, have);
	if (judge_undeclared(planner, step))
		heed_waiver(planner, step);
	else
		planner->plan->count--;
}

void plan_make(const struct items *want, const struct items *have, const struct plan_rules *rules,
    struct plan *out)
{
	struct planner planner = {
	    .rules = rules, .want = want, .plan = out, .waives = any_waiver(rules)};
	const struct item *w = want->list, *w_end = w + want->count;
	const struct item *h = have->list, *h_end = h + have->count;

	*out = (struct plan){0};
	while (w < w_end || h < h_end) {
		const struct item *group = h, *best;
		int order = w == w_end ? 1 : h == h_end ? -1 : key_compare(&w->key, &h->key);

		if (order < 0) {
			plan_wanted(&planner, w++, h, h);
			continue;
		}
		while (h < h_end && key_equal(&group->key, &h->key))
			h++;
		best = most_in_force(group, h);
		if (order == 0)
			plan_wanted(&planner, w++, group, h);
		else if (best)
			plan_undeclared(&planner, best);
	}
}

void plan_copy(const struct plan *plan, struct plan *out)
{
	*out = (struct plan){0};
	out->steps = mem_grow(NULL, &out->capacity, plan->count + 1, sizeof(*out->steps));
	if (plan->count)
		memcpy(out->steps, plan->steps, plan->count * sizeof(*out->steps));
	out->count = plan->count;
}

void plan_release(struct plan *plan)
{
	free(plan->steps);
	arena_release(&plan->arena);
	*plan = (struct plan){0};
}
