/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/winners.h"

static bool same_demand(const struct item *a, const struct item *b)
{
	enum comparison comparison = kind_row(&a->key)->comparison;

	if (comparison == COMPARE_PRESENCE)
		return a->presence == b->presence;
	if (a->asked.restores || b->asked.restores || comparison == COMPARE_LIST)
		return false;
	return a->setting && b->setting ? setting_equal(a->setting, b->setting)
	                                : strcmp(a->value, b->value) == 0;
}

/* Of first..end, in the order of the policies, the last. This is the one place that precedence is
 * decided in. */
static const struct item *winner_of(const struct item *first, const struct item *end)
{
	const struct item *winner = NULL, *undecided = NULL;

	for (const struct item *item = first; item < end; item++)
		if (item->asked.holding == HOLD_UNDECIDED)
			undecided = item;
		else
			winner = item;
	if (!winner || (undecided && !same_demand(winner, undecided)))
		return undecided;
	return winner;
}

/* What the winner leaves open and another rule that wants the same says: its name, and where its
 * bytes come from. */
static void lend(struct item *winner, const struct item *first, const struct item *end)
{
	for (const struct item *item = first; item < end; item++) {
		if (item->key.kind != ITEM_CERTIFICATE || item->presence != winner->presence)
			continue;
		if (!winner->asked.bundle && item->asked.holding != HOLD_UNDECIDED)
			winner->asked.bundle = item->asked.bundle;
		if (!*winner->label)
			winner->label = item->label;
	}
}

void winners_keep(struct items *want)
{
	struct item winner;
	size_t kept = 0;

	for (size_t i = 0, next; i < want->count; i = next) {
		for (next = i + 1; next < want->count; next++)
			if (!key_equal(&want->list[i].key, &want->list[next].key))
				break;
		winner = *winner_of(&want->list[i], &want->list[next]);
		lend(&winner, &want->list[i], &want->list[next]);
		want->list[kept++] = winner;
	}
	want->count = kept;
}

static void express(struct item *item, struct host *host, struct arena *arena)
{
	if (host->ops->kinds & (1u << item->key.kind)) {
		host->ops->express(host, item, arena);
	} else {
		item->asked.holding = HOLD_NOT_APPLICABLE;
		item->note = "this kind of host has no such setting";
	}
}

void winners_express(struct items *want, struct host *host)
{
	for (size_t i = 0; i < want->count; i++) {
		struct item *item = &want->list[i];

		if (item->asked.holding == HOLD_YES)
			express(item, host, &want->arena);
	}
}

static void distrust(struct item *root, const struct item *rule, struct arena *arena)
{
	struct escaped file = text_escape_string(rule->asked.origin.file);

	if (rule->asked.holding == HOLD_UNDECIDED) {
		root->asked.holding = HOLD_UNDECIDED;
		root->note = arena_printf(arena,
		    "%s:%u distrusts it, and it is not known whether that policy is for this host: "
		    "it is left as it is.",
		    file.text, rule->asked.origin.line);
		return;
	}
	root->asked.holding = HOLD_NOT_APPLICABLE;
	root->note = arena_printf(
	    arena, "%s:%u distrusts it, which is stronger", file.text, rule->asked.origin.line);
}

/* Whether any certificate is to be distrusted; most policies have none. */
static bool has_distrust(const struct items *want)
{
	for (size_t i = 0; i < want->count; i++)
		if (item_store(&want->list[i]) == STORE_DISALLOWED)
			return true;
	return false;
}

void winners_distrust(struct items *want)
{
	bool any = has_distrust(want);

	for (size_t i = 0; any && i < want->count; i++) {
		struct item *root = &want->list[i];
		const struct item *rule;

		if (item_store(root) != STORE_ROOT || root->presence != ITEM_PRESENT)
			continue;
		rule = items_find_in(want, root, STORE_DISALLOWED);
		if (rule && rule->presence == ITEM_PRESENT)
			distrust(root, rule, &want->arena);
	}
}
