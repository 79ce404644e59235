/* SPDX-License-Identifier: Apache-2.0 */
#include "state/history.h"

#include <stdio.h>
#include <stdlib.h>

#include "state/lines.h"

static void copy_items(
    struct arena *arena, const struct transaction *transaction, struct history_entry *entry)
{
	entry->items = arena_copy(
	    arena, transaction->items, transaction->item_count * sizeof(*transaction->items));
	entry->item_count = transaction->item_count;
	for (size_t i = 0; i < entry->item_count; i++) {
		struct history_item *item = &entry->items[i];

		item->id = arena_strdup(arena, item->id);
		item->policy = arena_strdup(arena, item->policy);
		item->before = arena_strdup(arena, item->before);
		item->after = arena_strdup(arena, item->after);
		item->label = arena_strdup(arena, item->label);
	}
}

static bool add_transaction(struct root *root, const char *state, const char *id, bool open,
    const char *const *places, struct history *out, struct err *err)
{
	AUTO(transaction) transaction = {0};
	struct history_entry *entry;

	if (!transaction_load(root, state, id, open, &transaction, err) ||
	    !transaction_judge(&transaction, places, err))
		return false;
	out->list = mem_grow(out->list, &out->capacity, out->count + 1, sizeof(*out->list));
	entry = &out->list[out->count++];
	*entry = (struct history_entry){
	    .id = arena_strdup(&out->arena, id),
	    .time = transaction.time,
	    .mode = arena_strdup(&out->arena, transaction.mode),
	    .policy_count = transaction.policy_count,
	    .policies = arena_copy(&out->arena, transaction.policies,
	        transaction.policy_count * sizeof(*transaction.policies)),
	    .outcome = open                 ? HISTORY_INCOMPLETE
	               : transaction.partly ? HISTORY_IN_PART
	                                    : HISTORY_DONE,
	    .undoes = "",
	    .undoable = true,
	};
	for (size_t i = 0; i < entry->policy_count; i++)
		entry->policies[i] = arena_strdup(&out->arena, entry->policies[i]);
	history_count(entry, transaction.items, transaction.item_count);
	copy_items(&out->arena, &transaction, entry);
	return true;
}

static int compare_entries(const void *a, const void *b)
{
	const struct history_entry *left = a, *right = b;
	int order = strcmp(left->id, right->id);

	/* of a line and its journal, left by a run that was killed between the two, the journal; of
	 * two lines the one that was written when more was known */
	if (order == 0)
		order = right->undoable - left->undoable;
	return order ? order : (right->line > left->line) - (right->line < left->line);
}

static void drop_duplicates(struct history *history)
{
	size_t kept = 0;

	for (size_t i = 0; i < history->count; i++)
		if (kept == 0 || strcmp(history->list[kept - 1].id, history->list[i].id) != 0)
			history->list[kept++] = history->list[i];
	history->count = kept;
}

/* True where one part of it has a fault, which is told there. What others may have written is not
 * told of at all. */
static bool is_told(struct history *history, const struct err *why, struct err *err)
{
	if (why->denied || why->code == ERR_POLICY) {
		*err = *why;
		return false;
	}
	text_addf(&history->faults, "%s\n", why->text);
	return true;
}

static bool add_transactions(struct root *root, const char *state, const char *const *places,
    struct history *out, struct err *err)
{
	AUTO(journal_names) names = {0};

	if (!journal_names(root, state, &names, err))
		return false;
	for (size_t i = 0; i < names.done_count + names.open_count; i++) {
		bool open = i >= names.done_count;
		const char *id = open ? names.open[i - names.done_count] : names.done[i];
		struct err why = {0};

		if (!add_transaction(root, state, id, open, places, out, &why) &&
		    !is_told(out, &why, err))
			return false;
	}
	return true;
}

bool history_load(struct root *root, const char *state, const char *const *places,
    struct history *out, struct err *err)
{
	AUTO(history) history = {0};
	AUTO(folder) folder = {.fd = -1};
	char path[JOURNAL_PATH];
	struct err why = {0};

	/* a folder that is closed to us is not an empty history */
	if (!folder_open(root, state, &folder, err))
		return false;
	snprintf(path, sizeof(path), "%s/history", state);
	if ((!lines_load(root, path, &history, &why) && !is_told(&history, &why, err)) ||
	    !add_transactions(root, state, places, &history, err))
		return false;
	if (history.count) {
		qsort(history.list, history.count, sizeof(*history.list), compare_entries);
		drop_duplicates(&history);
	}
	*out = TAKE(history);
	return true;
}

const struct history_entry *history_find(const struct history *history, const char *id)
{
	for (size_t i = 0; i < history->count; i++)
		if (strcmp(history->list[i].id, id) == 0)
			return &history->list[i];
	return NULL;
}

size_t history_of_item(const struct history *history, size_t from, const char *item_id,
    const struct history_item **item)
{
	while (from-- > 0) {
		const struct history_entry *entry = &history->list[from];

		for (size_t i = 0; i < entry->item_count; i++)
			if (strcmp(entry->items[i].id, item_id) == 0) {
				*item = &entry->items[i];
				return from;
			}
	}
	return history->count;
}
