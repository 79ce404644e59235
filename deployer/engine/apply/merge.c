/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/apply/merge.h"

#include <stdlib.h>

#include "engine/apply/left.h"
#include "policy/policy.h"

/* Sorts items that lie aside behind what the trust store shows of the same certificate. */
static bool is_to_be_seen(const struct items *now, const struct item *wanted)
{
	const struct item *found = items_find(now, &wanted->key);

	return found && found->presence != ITEM_ASIDE;
}

const struct step *merge_find_unseen(
    const struct plan *plan, const bool *acted, const struct items *now)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];

		if (acted[i] && step->want && step->result != RESULT_ERROR &&
		    step->action == ACTION_ADD && step->want->key.kind == ITEM_CERTIFICATE &&
		    !is_to_be_seen(now, step->want))
			return step;
	}
	return NULL;
}

const struct item *merge_seen(const struct items *list, const struct item *wanted)
{
	const struct item *end = list->list + list->count;
	const struct item *first = items_find(list, &wanted->key);

	for (const struct item *item = first; item && item < end; item++) {
		if (!key_equal(&item->key, &wanted->key))
			break;
		if (item->presence == ITEM_PRESENT)
			return item;
	}
	return first;
}

static bool is_right(const struct step *later)
{
	return !later || later->result == RESULT_PASS || later->result == RESULT_INFORMATIONAL;
}

static bool is_drop(const struct step *step)
{
	return step->action == ACTION_REMOVE && step_item(step)->key.kind == ITEM_CERTIFICATE;
}

/* Whether a certificate that was to go is still there, whoever has it. */
static bool is_left(const struct step *step, const struct item *seen)
{
	return is_drop(step) && seen && seen->presence != ITEM_ABSENT && !seen->seen.evidence;
}

static void take_over(struct plan *plan, struct step *step, const struct step *later)
{
	enum action action = step->action;

	*step = *later;
	/* what would still make it right, as the first look knew it */
	if (later->result == RESULT_FAIL && action != ACTION_KEEP)
		step->action = action;
	step->message = later->message ? arena_strdup(&plan->arena, later->message) : NULL;
	step->next = later->next ? arena_strdup(&plan->arena, later->next) : NULL;
}

static const char *say_left(struct plan *plan, const struct item *seen)
{
	const char *file = item_file(seen);

	return arena_printf(&plan->arena,
	    "Our copy went; %s, which is not ours, still has it, so it stays %s%s.",
	    file && *file ? text_escape_string(file).text : "something else",
	    item_store(seen) == STORE_DISALLOWED ? "distrusted" : "trusted",
	    seen->presence == ITEM_PARTIAL ? " by some programs" : "");
}

/* Our copy went, and apply may do no more: `seen` is another one. */
static void settle_left(
    struct plan *plan, struct step *step, const struct step *later, const struct item *seen)
{
	bool ours = step->owned;

	if (later) {
		take_over(plan, step, later);
	} else {
		step->have = seen;
		step->result = RESULT_INFORMATIONAL;
		step->action = ACTION_KEEP;
	}
	if (!ours || (seen->presence != ITEM_PRESENT && seen->presence != ITEM_PARTIAL))
		return;
	step->owned = false;
	step->action = ACTION_KEEP;
	step->cause = CAUSE_NOT_OWNED;
	if (!step->want)
		step->next = "Remove it where it came from, if it is to go.";
	step->message = say_left(plan, seen);
}

/* What is not as we left it, we may neither take away nor overwrite. */
static void settle_edited(struct plan *plan, struct step *step, const struct item *seen)
{
	step->have = seen;
	step->result = RESULT_FAIL;
	step->action = ACTION_KEEP;
	step->cause = CAUSE_CONFLICT;
	step->owned = true;
	step->message = left_message(step->left, &plan->arena);
	step->next = left_next(step->left, RUN_APPLY, &plan->arena);
}

/* All that was ours is out of the files. Where that does not make the setting what it was before,
 * others have changed it, and it is theirs. */
static void settle_given_back(struct plan *plan, struct step *step, const struct item *seen)
{
	step->result = RESULT_FIXED;
	step->cause = CAUSE_NONE;
	step->message = NULL;
	step->next = NULL;
	step->owned = false;
	if (!seen || strcmp(item_state(seen), item_state(step->want)) == 0)
		return;
	step->message = arena_printf(&plan->arena,
	    "What was ours is gone. It is not as it was before us, because %s says otherwise, which"
	    " is not ours.",
	    seen->seen.location && *seen->seen.location
	        ? text_escape_string(seen->seen.location).text
	        : "something else");
}

/* For a certificate: what was ours is gone, and what stood there before us is back. Where that has
 * the certificate too, the item is as it was, and not ours. */
static void settle_trust_given_back(struct plan *plan, struct step *step, const struct item *seen)
{
	bool ours = step->given_back;

	step->owned = false;
	step->cause = CAUSE_NONE;
	step->next = NULL;
	if (ours && !is_left(step, seen)) {
		step->result = RESULT_FIXED;
		step->message = NULL;
		return;
	}
	step->result =
	    step->want && !step->want->asked.restores ? RESULT_FAIL : RESULT_INFORMATIONAL;
	step->action = ACTION_KEEP;
	step->cause = CAUSE_NOT_OWNED;
	if (!ours) {
		step->message = "What it took the place of was changed since, and is left as it is:"
		                " the notes say where.";
		step->next = "";
		return;
	}
	step->have = seen;
	step->next = "Remove it where it came from, if it is to go.";
	step->message = say_left(plan, seen);
}

/* Nothing on the host showed the item: the ledger alone knew what to give back. */
static bool is_from_ledger(const struct step *step)
{
	return step->want && step->want->asked.restores && step->want->key.kind == ITEM_CERTIFICATE;
}

static const char *where_of(const struct item *item, struct arena *arena)
{
	return item && item->seen.location && *item->seen.location
	           ? arena_strdup(arena, text_escape_string(item->seen.location).text)
	           : "the trust store";
}

/* The root that the item is about, as it stands there: the item itself, or what is to be
 * distrusted. */
static const char *where_is_root(
    const struct items *now, const struct item *item, struct arena *arena)
{
	return where_of(items_find_in(now, item, STORE_ROOT), arena);
}

/* Nothing was to be done about it, and it is not as wanted any more. */
static void lose(
    struct plan *plan, struct step *step, const struct step *later, const struct items *now)
{
	const struct item *item = step_item(step);

	take_over(plan, step, later);
	step->action = ACTION_KEEP;
	if (item->key.kind != ITEM_CERTIFICATE)
		return;
	step->message = arena_printf(&plan->arena,
	    "It was as wanted when this run began, and is not any more: a hook or tool of the "
	    "distribution, which ran meanwhile, has changed that (%s).",
	    where_is_root(now, item, &plan->arena));
	step->next = "Mend that hook or tool, or what it reads, and run apply again.";
}

void merge_lost(struct plan *plan, const struct plan *later, const struct items *now)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct step *step = &plan->steps[i];
		size_t at = merge_find_step(later, &step_item(step)->key);

		if (step->result == RESULT_PASS && at < later->count &&
		    later->steps[at].result == RESULT_FAIL)
			lose(plan, step, &later->steps[at], now);
	}
}

/* A source holds what is to be absent and is not ours to remove; no rebuild had made it into the
 * trust store before this run. */
static bool is_brought_along(const struct step *step, const struct item *then)
{
	return step->result == RESULT_FAIL && step->cause == CAUSE_NOT_OWNED && step->have &&
	       then && step->have->presence == ITEM_PENDING && then->presence == ITEM_PRESENT;
}

/* Nobody names it, and a rule of its store applies to it before and after. */
static bool is_pending_of_others(const struct step *step, const struct item *then)
{
	return !step->want && step->cause == CAUSE_REBUILD_PENDING && then &&
	       then->presence == ITEM_PRESENT;
}

/* Why no file of its own was written. */
static const char *why_untouched(struct plan *plan, const struct item *seen)
{
	return seen && seen->seen.location && *seen->seen.location
	           ? arena_printf(&plan->arena, "Nothing was written for it: %s says it already.",
	                 text_escape_string(seen->seen.location).text)
	           : NULL;
}

static void settle_step(struct plan *plan, struct step *step, bool acted, const struct step *later,
    const struct items *before, const struct items *now)
{
	const struct item *seen = merge_seen(now, step_item(step));
	enum action along = acted ? ACTION_KEEP : merge_along(step, later, before, now);

	if (step->result == RESULT_ERROR) {
		step->owned = later && later->owned;
	} else if (along != ACTION_KEEP) {
		merge_settle_along(step, later, along, before, now);
	} else if (acted && step->left) {
		settle_edited(plan, step, seen);
	} else if (acted && (is_from_ledger(step) || (step->given_back && is_drop(step)))) {
		settle_trust_given_back(plan, step, seen);
	} else if (acted && step->given_back) {
		settle_given_back(plan, step, seen);
	} else if (acted && step->result == RESULT_FAIL && is_left(step, seen)) {
		settle_left(plan, step, later, seen);
	} else if (step->result == RESULT_FAIL && is_right(later) && (acted || later)) {
		step->result = RESULT_FIXED;
		step->cause = CAUSE_NONE;
		step->message = step->untouched ? why_untouched(plan, seen) : NULL;
		step->owned = later && later->owned;
	} else if (!acted && later && step->result == RESULT_PASS && later->result == RESULT_FAIL) {
		lose(plan, step, later, now);
	} else if (acted || (later && step->result != RESULT_FAIL)) {
		take_over(plan, step, later);
	} else if (later && is_brought_along(step, seen)) {
		take_over(plan, step, later);
		step->message = arena_printf(&plan->arena,
		    "The trust store was rebuilt for other items, which brought it into force: %s, "
		    "which is not ours, holds it.",
		    where_of(seen, &plan->arena));
	}
	/* else it failed before anything was done, and the first look gave the best reason */
}

bool merge_is_fixed(const struct step *step, const struct step *later, const struct items *before,
    const struct items *now)
{
	AUTO(plan) words = {0};
	struct step settled = *step;

	settle_step(&words, &settled, true, later, before, now);
	return settled.result == RESULT_FIXED;
}

static int compare_steps(const void *a, const void *b)
{
	return key_compare(&step_item(a)->key, &step_item(b)->key);
}

/* Adds, behind the steps of the plan, items that are told of now and were not when the run
 * began. */
static void add_new(struct plan *plan, const struct step *step, const struct plan *turned)
{
	if (turned && merge_step(turned, &step_item(step)->key))
		return;
	plan->steps = mem_grow(plan->steps, &plan->capacity, plan->count + 1, sizeof(*plan->steps));
	plan->steps[plan->count] = (struct step){0};
	take_over(plan, &plan->steps[plan->count++], step);
}

void merge_plans(struct plan *plan, const bool *acted, const struct plan *later,
    const struct items *before, const struct items *now)
{
	size_t count = plan->count, at = 0;
	AUTO(plan) turned = {0};

	merge_turned(plan, later, before, now, &turned);
	for (size_t i = 0; i < count; i++) {
		const struct item *item = step_item(&plan->steps[i]);
		const struct step *found = NULL;

		for (; at < later->count; at++) {
			int order = key_compare(&step_item(&later->steps[at])->key, &item->key);

			if (order == 0)
				found = &later->steps[at];
			if (order >= 0)
				break;
			add_new(plan, &later->steps[at], &turned);
		}
		at += found != NULL;
		settle_step(plan, &plan->steps[i], acted[i], found, before, now);
	}
	for (; at < later->count; at++)
		add_new(plan, &later->steps[at], &turned);
	for (size_t i = 0; i < turned.count; i++)
		add_new(plan, &turned.steps[i], NULL);
	if (plan->count > count)
		qsort(plan->steps, plan->count, sizeof(*plan->steps), compare_steps);
}

/* What comes into force as others need the rebuild, and has to answer to a rule of its store. */
#define COMES_ALONG                                                                                \
	"Apply brings it into force, since it rebuilds the trust store for other items: take it "  \
	"out of the sources before, if it is to stay out."

/* A step about something that is not there yet, or that nobody mentions. */
static void foresee_new(struct step *step, const struct step *then, bool distrusted)
{
	if (merge_is_forbidden(then)) {
		step->message = "Apply brings it into force, by what it does for others.";
		return;
	}
	step->action = ACTION_KEEP;
	if (then->result != RESULT_FIXED)
		return;
	step->result = RESULT_INFORMATIONAL;
	step->cause = CAUSE_NONE;
	step->next = NULL;
	step->action = then->action;
	step->message = distrusted ? "Apply takes it out of force: the policy distrusts it."
	                : then->action == ACTION_REMOVE
	                    ? "Apply takes it out of force, by what it does for others."
	                    : "Apply brings it into force, by what it does for others.";
}

/* Items that nobody asks for, and that apply changes all the same. */
static void promise_unasked(struct step *step, const struct step *then, bool distrusted)
{
	if (distrusted && step->result == RESULT_INFORMATIONAL && step->cause == CAUSE_UNDECLARED)
		foresee_new(step, then, distrusted);
	else if (distrusted)
		step->next = "Run apply: the policy distrusts it.";
	else if (then->action == ACTION_REMOVE)
		step->next =
		    "Run apply: it rebuilds the trust store, whose sources do not hold it.";
	else if (then->action == ACTION_REPLACE)
		step->next = "Run apply: it lets every user read it.";
	else if (then->cause == CAUSE_UNDECLARED)
		step->next = COMES_ALONG;
	else
		step->next = "Run apply: it rebuilds the trust store, which puts it into force.";
}

/* Apply does nothing for this item alone, but it changes along with others. */
static void promise(
    const struct plan *plan, const bool *acted, struct step *step, const struct step *then)
{
	bool distrusted = merge_is_distrusted(plan, acted, step_item(step));

	step->action = then->action == ACTION_KEEP ? ACTION_ADD : then->action;
	if (!step->want)
		promise_unasked(step, then, distrusted);
	else if (step->cause == CAUSE_NOT_OWNED && distrusted)
		step->next = "Run apply: the policy distrusts it too, which takes it out of force.";
}

/* The rule of its store is broken as soon as apply runs for others. */
static void promise_forbidden(struct step *step, const struct step *then)
{
	step->message = step_message(step);
	step->next = COMES_ALONG;
	step->result = then->result;
	step->cause = then->cause;
	step->severity = then->severity;
	step->action = then->action;
}

static void foresee(struct plan *plan, const bool *acted, size_t at, const struct step *then)
{
	struct step *step = &plan->steps[at];
	bool tried = acted[at];

	if (step->result == RESULT_ERROR || then->result == RESULT_ERROR)
		return;
	if (then->result == RESULT_FIXED) {
		if (step->action == ACTION_KEEP)
			promise(plan, acted, step, then);
		return;
	}
	if (is_brought_along(step, then->have)) {
		step->message = arena_printf(&plan->arena,
		    "%s, which is not ours, holds it; it is not in force yet, and will be as soon "
		    "as apply rebuilds the trust store for other items.",
		    where_of(then->have, &plan->arena));
		return;
	}
	if (is_pending_of_others(step, then->have))
		step->next = COMES_ALONG;
	if (merge_is_forbidden(then)) {
		promise_forbidden(step, then);
		return;
	}
	if (!tried && step->result == then->result)
		return;
	step->result = then->result;
	step->cause = then->cause;
	step->severity = then->severity;
	step->action = ACTION_KEEP;
	step->message = then->message ? arena_strdup(&plan->arena, then->message) : NULL;
	step->next = then->next ? arena_strdup(&plan->arena, then->next) : NULL;
	if (tried && then->action != ACTION_KEEP && !step_remedy(then))
		step->next = "Apply would do this, and it would not help: mend what is named here,"
		             " and run apply then.";
}

void merge_foreseen(struct plan *plan, const bool *acted, const struct plan *merged)
{
	size_t count = plan->count, known = 0;

	for (size_t i = 0; i < merged->count && known < count; i++)
		if (key_equal(
		        &step_item(&plan->steps[known])->key, &step_item(&merged->steps[i])->key))
			foresee(plan, acted, known++, &merged->steps[i]);
	for (size_t i = 0, at = 0; i < merged->count; i++) {
		const struct step *then = &merged->steps[i];
		struct plan had = {.count = count};
		bool distrusted;

		if (at < count &&
		    key_equal(&step_item(&plan->steps[at])->key, &step_item(then)->key)) {
			at++;
			continue;
		}
		/* asked first, since another step may move the list */
		had.steps = plan->steps;
		distrusted = merge_is_distrusted(&had, acted, step_item(then));
		add_new(plan, then, NULL);
		foresee_new(&plan->steps[plan->count - 1], then, distrusted);
	}
	if (plan->count > count)
		qsort(plan->steps, plan->count, sizeof(*plan->steps), compare_steps);
}
