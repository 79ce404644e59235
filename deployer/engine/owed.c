/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/owed.h"

#include "engine/plan.h"

bool owed_may_be_done(const struct host *host)
{
	return !host->root.confined || host->run_tools;
}

bool owed_load(
    struct owed *owed, struct root *root, const char *state, struct host *host, struct err *err)
{
	struct err why = {0};
	struct key key;

	owed_release(owed);
	owed->root = root;
	owed->state = state;
	owed->path = arena_printf(&owed->going.arena, "%s/owed", state);
	if (!ledger_load(root, owed->path, &owed->list, &why)) {
		*err = why;
		return why.code == ERR_FORMAT &&
		       err_set(err, ERR_FORMAT,
		           "%s; it says what the distribution's tool has yet to do: remove that "
		           "file, and have the tool run",
		           why.text);
	}
	for (size_t i = 0; i < owed->list.count; i++)
		if (strcmp(owed->list.list[i].before, WORDS_ABSENT) == 0 &&
		    key_parse(owed->list.list[i].id, &key))
			items_add(&owed->going, key);
	items_sort(&owed->going);
	host->going = &owed->going;
	return true;
}

static void set(struct owed *owed, const struct owed_since *since, const char *id,
    const char *before, const struct item *now)
{
	ledger_set(
	    &owed->list, &(struct ledger_entry){
	                     .id = id,
	                     .policy = arena_strdup(&owed->list.arena, since->policy),
	                     .transaction = arena_strdup(&owed->list.arena, since->transaction),
	                     .before = before,
	                     .after = item_state(now),
	                 });
}

bool owed_note(struct owed *owed, const struct owed_since *since, const char *id,
    const char *before, const struct items *now)
{
	struct arena *arena = &owed->list.arena;
	const struct item *seen;
	struct key key;
	bool waits;

	if (!key_parse(id, &key) || key.kind != ITEM_CERTIFICATE)
		return false;
	seen = items_find(now, &key);
	/* one that was in force without a source is so again, and nobody's to take out */
	waits =
	    seen && strcmp(before, item_state(seen)) != 0 &&
	    (item_waits(seen, true) || (item_waits(seen, false) && strcmp(before, WORDS_PRESENT)));
	if (waits)
		set(owed, since, arena_strdup(arena, id),
		    seen->presence == ITEM_STALE ? WORDS_ABSENT : WORDS_PRESENT, seen);
	if (!key_is_certificate(&key, STORE_DISALLOWED))
		return waits;
	key = key_in_store(&key, STORE_ROOT);
	seen = items_find(now, &key);
	if (!item_waits(seen, true))
		return waits;
	set(owed, since, arena_strdup(arena, key_id(&key).text), WORDS_PRESENT, seen);
	return true;
}

bool owed_note_all(struct owed *owed, const struct transaction *transaction,
    const struct items *waiting, const struct items *now)
{
	const struct owed_since since = {.transaction = transaction->id, .policy = ""};
	bool waits = false;

	for (size_t i = 0; i < transaction->item_count; i++) {
		const struct history_item *item = &transaction->items[i];

		if (!item->failed)
			waits |= owed_note(owed, &since, item->id, item->before, now);
	}
	for (size_t i = 0; i < waiting->count; i++) {
		const struct item *item = &waiting->list[i];

		waits |= owed_note(
		    owed, &since, item_id(item, &owed->list.arena), item_state(item), now);
	}
	return waits;
}

bool owed_store(const struct owed *owed, struct err *err)
{
	AUTO(bytes) content = {0};

	if (owed->list.count == 0)
		return file_remove(owed->root, owed->path, err);
	ledger_write(&owed->list, &content);
	return journal_make_folder(owed->root, owed->state, err) &&
	       file_store(owed->root, owed->path, bytes_span(&content), err);
}

bool owed_goes(const struct owed *owed, const struct item *item)
{
	return item && item->presence == ITEM_STALE && items_find(&owed->going, &item->key);
}

static bool is_distrusted(const struct ledger *ledger, const struct key *root)
{
	struct key distrust;

	if (!key_is_certificate(root, STORE_ROOT))
		return false;
	distrust = key_in_store(root, STORE_DISALLOWED);
	return ledger_find(ledger, key_id(&distrust).text);
}

bool owed_settle(
    struct owed *owed, const struct items *now, const struct ledger *ledger, struct err *err)
{
	size_t count = owed->list.count;

	for (size_t i = count; i-- > 0;) {
		const struct ledger_entry *entry = &owed->list.list[i];
		struct key key;

		if (!key_parse(entry->id, &key) ||
		    (!item_waits(items_find(now, &key), strcmp(entry->before, WORDS_ABSENT) != 0) &&
		        !is_distrusted(ledger, &key)))
			ledger_remove(&owed->list, entry->id);
	}
	return owed->list.count == count || owed_store(owed, err);
}

void owed_release(struct owed *owed)
{
	ledger_release(&owed->list);
	items_release(&owed->going);
	*owed = (struct owed){0};
}
