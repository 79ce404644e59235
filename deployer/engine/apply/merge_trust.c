/* SPDX-License-Identifier: Apache-2.0 */
/* The part of merge.h that tells whether trust was lost, and what came and went by what was done
 * for others. */
#include "engine/apply/merge.h"

/* Whether what was seen so is trusted by some programs at least. Not a stale one: a rebuild from
 * the sources may drop that. */
static bool was_in_force(const struct item *item)
{
	return item->presence == ITEM_PRESENT || item->presence == ITEM_CLOSED ||
	       item->presence == ITEM_PARTIAL;
}

/* What only some programs trusted may stay so. */
static bool is_in_force(const struct items *list, const struct item *wanted)
{
	bool partly = wanted->presence == ITEM_PARTIAL;

	const struct item *end = list->list + list->count;
	const struct item *item = items_find(list, &wanted->key);

	for (; item && item < end && key_equal(&item->key, &wanted->key); item++)
		if (item->presence == ITEM_PRESENT || item->presence == ITEM_CLOSED ||
		    (partly && (item->presence == ITEM_PARTIAL || item->presence == ITEM_STALE)))
			return true;
	return false;
}

size_t merge_find_step(const struct plan *plan, const struct key *key)
{
	size_t low = 0, high = plan->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = key_compare(&step_item(&plan->steps[middle])->key, key);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return plan->count;
}

const struct step *merge_step(const struct plan *plan, const struct key *key)
{
	size_t at = merge_find_step(plan, key);

	return at < plan->count ? &plan->steps[at] : NULL;
}

static bool is_taken_away(const struct plan *plan, const bool *acted, const struct item *item)
{
	size_t at = merge_find_step(plan, &item->key);

	return at < plan->count && acted[at] && plan->steps[at].action == ACTION_REMOVE;
}

bool merge_is_distrusted(const struct plan *plan, const bool *acted, const struct item *item)
{
	struct key distrust = key_in_store(&item->key, STORE_DISALLOWED);
	size_t at = merge_find_step(plan, &distrust);

	if (item_store(item) == STORE_DISALLOWED)
		return false;
	return at < plan->count && acted[at] && plan->steps[at].want &&
	       plan->steps[at].result != RESULT_ERROR &&
	       plan->steps[at].want->presence == ITEM_PRESENT;
}

/* Whether distrust has gone because this run was to trust that very certificate. */
static bool is_trusted_again(const struct plan *plan, const bool *acted, const struct item *item)
{
	struct key trust = key_in_store(&item->key, STORE_ROOT);
	size_t at = merge_find_step(plan, &trust);

	if (item_store(item) != STORE_DISALLOWED)
		return false;
	return at < plan->count && acted[at] && plan->steps[at].want &&
	       plan->steps[at].want->presence == ITEM_PRESENT;
}

bool merge_check_trust(const struct items *before, const struct items *now, const struct plan *plan,
    const bool *acted, struct err *err)
{
	for (size_t i = 0; i < before->count; i++) {
		const struct item *item = &before->list[i];

		if (item->key.kind != ITEM_CERTIFICATE || !was_in_force(item) ||
		    is_in_force(now, item) || is_taken_away(plan, acted, item) ||
		    merge_is_distrusted(plan, acted, item) || is_trusted_again(plan, acted, item))
			continue;
		return err_set(err, ERR_PUBLISH,
		    "%s was in force and is not any more, and nothing asked for that",
		    key_id(&item->key).text);
	}
	return true;
}

bool merge_is_rebuilt(const struct plan *plan, const bool *acted, const struct items *now)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct item *have = plan->steps[i].have;

		if (acted[i] && have && have->key.kind == ITEM_CERTIFICATE && !was_in_force(have) &&
		    is_in_force(now, have))
			return true;
	}
	return false;
}

/* In force for some program, whatever the sources say. */
static bool counts(const struct item *item)
{
	return item->presence == ITEM_PRESENT || item->presence == ITEM_STALE ||
	       item->presence == ITEM_PARTIAL || item->presence == ITEM_CLOSED;
}

/* Passes all that was seen of one key; the one that is in force, or NULL. */
static const struct item *pass(const struct item **at, const struct item *end)
{
	const struct item *first = *at, *found = NULL;

	for (; *at < end && key_equal(&first->key, &(*at)->key); (*at)++)
		if (!found && counts(*at))
			found = *at;
	return found;
}

static bool is_seen_in_force(const struct items *list, const struct key *key)
{
	const struct item *at = items_find(list, key);

	return at && pass(&at, list->list + list->count);
}

static enum action turn(bool before, bool now)
{
	return before == now ? ACTION_KEEP : now ? ACTION_ADD : ACTION_REMOVE;
}

/* What nobody wants, and what this run puts right or takes away by what it does for others. */
static enum action unasked(const struct step *step, const struct item *seen)
{
	if (step->want || step->result != RESULT_INFORMATIONAL)
		return ACTION_KEEP;
	if (step->cause == CAUSE_REBUILD_PENDING && seen && seen->presence == ITEM_PRESENT)
		return ACTION_ADD;
	if (step->cause == CAUSE_UNREADABLE && seen && seen->presence == ITEM_PRESENT)
		return step->have->presence == ITEM_PENDING ? ACTION_ADD : ACTION_REPLACE;
	return step->have->key.kind == ITEM_CERTIFICATE && !seen ? ACTION_REMOVE : ACTION_KEEP;
}

static bool is_failing(const struct step *step)
{
	return step && (step->result == RESULT_FAIL || step->result == RESULT_ERROR);
}

bool merge_is_forbidden(const struct step *merged)
{
	return !merged->want && merged->result == RESULT_FAIL && merged->action == ACTION_ADD &&
	       !merged->by_tool && merged->have->key.kind == ITEM_CERTIFICATE;
}

/* What came into force, and `undeclared: fail` does not allow: told and counted like what else
 * comes along, and a fail all the same. */
static bool is_forbidden(const struct step *later, enum action turned)
{
	return turned == ACTION_ADD && later && !later->want && later->result == RESULT_FAIL &&
	       later->action == ACTION_KEEP;
}

enum action merge_along(const struct step *step, const struct step *later,
    const struct items *before, const struct items *now)
{
	const struct key *key = &step_item(step)->key;
	enum action turned = key->kind == ITEM_CERTIFICATE
	                         ? turn(is_seen_in_force(before, key), is_seen_in_force(now, key))
	                         : ACTION_KEEP;

	if (turned == ACTION_KEEP)
		return later ? ACTION_KEEP : unasked(step, merge_seen(now, step_item(step)));
	/* what was to go, and went because it was distrusted, so that nothing tells of it now */
	if (step->result == RESULT_FAIL)
		return (later || !step->want) && !is_failing(later) ? turned : ACTION_KEEP;
	return (step->result == RESULT_INFORMATIONAL || step->result == RESULT_NOTAPPLICABLE) &&
	               (!is_failing(later) || is_forbidden(later, turned))
	           ? turned
	           : ACTION_KEEP;
}

static bool is_distrusted(const struct items *list, const struct item *root)
{
	struct key distrust = key_in_store(&root->key, STORE_DISALLOWED);

	return item_store(root) == STORE_ROOT && is_seen_in_force(list, &distrust);
}

static const char *say_along(const struct item *item, enum action action, enum cause cause,
    const struct items *before, const struct items *now)
{
	if (action == ACTION_REPLACE)
		return "Every user may read it now.";
	if (action == ACTION_ADD && is_distrusted(before, item) && !is_distrusted(now, item))
		return "It is trusted again: it is not distrusted any more.";
	if (action == ACTION_ADD)
		return cause == CAUSE_REBUILD_PENDING
		           ? "The trust store was rebuilt from its sources: it is in force now."
		           : "It is in force now, by what was done for others.";
	if (is_distrusted(now, item) && !is_distrusted(before, item))
		return "It is not trusted any more: it is distrusted now.";
	return cause == CAUSE_STALE_OUTPUT
	           ? "The trust store was rebuilt from its sources, which do not hold it: it is "
	             "not in force any more."
	           : "It is not there any more, by what was done for others.";
}

void merge_settle_along(struct step *step, const struct step *later, enum action action,
    const struct items *before, const struct items *now)
{
	const struct item *seen = merge_seen(now, step_item(step));

	/* why it cannot be held was said, and by which line */
	if (step->result != RESULT_NOTAPPLICABLE)
		step->message = say_along(step_item(step), action, step->cause, before, now);
	step->action = action;
	step->result = is_forbidden(later, action) ? RESULT_FAIL : RESULT_FIXED;
	/* a rule of its store applies to it all the same */
	step->cause = action == ACTION_ADD && later ? later->cause : CAUSE_NONE;
	step->next = step->result == RESULT_FAIL ? later->next : NULL;
	step->owned = step->owned && later && later->owned;
	if (seen)
		step->have = seen;
}

static void add_turned(const struct item *item, enum action action, const struct step *later,
    const struct items *before, const struct items *now, struct plan *out)
{
	struct step *step;

	out->steps = mem_grow(out->steps, &out->capacity, out->count + 1, sizeof(*out->steps));
	step = &out->steps[out->count++];
	*step = (struct step){.have = item, .result = RESULT_INFORMATIONAL};
	merge_settle_along(step, later, action, before, now);
}

void merge_turned(const struct plan *plan, const struct plan *later, const struct items *before,
    const struct items *now, struct plan *out)
{
	const struct item *b = before->list, *b_end = b + before->count;
	const struct item *n = now->list, *n_end = n + now->count;

	while (b < b_end || n < n_end) {
		int order = b == b_end ? 1 : n == n_end ? -1 : key_compare(&b->key, &n->key);
		const struct item *first = order <= 0 ? b : n;
		const struct item *was = order <= 0 ? pass(&b, b_end) : NULL;
		const struct item *is = order >= 0 ? pass(&n, n_end) : NULL;
		enum action action = turn(was != NULL, is != NULL);
		const struct step *told = later ? merge_step(later, &first->key) : NULL;

		if (first->key.kind != ITEM_CERTIFICATE || action == ACTION_KEEP ||
		    merge_step(plan, &first->key) ||
		    (is_failing(told) && !is_forbidden(told, action)))
			continue;
		add_turned(was ? was : is, action, told, before, now, out);
	}
}
