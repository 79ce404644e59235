/* SPDX-License-Identifier: Apache-2.0 */
/* The part of merge.h that tells whether trust was lost. */
#include "engine/apply/merge.h"

/* Whether what was seen so is trusted by some programs at least. Not a stale one: a rebuild from
 * the sources may drop that. */
static bool was_in_force(const struct item *item)
{
	return item->presence == ITEM_PRESENT || item->presence == ITEM_CLOSED ||
	       item->presence == ITEM_PARTIAL;
}

/* What was trusted by some programs alone may be so still. */
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

/* Distrust that has gone because this run was to trust that very certificate. */
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
