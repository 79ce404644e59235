/* SPDX-License-Identifier: Apache-2.0 */
/* The part of resolve.h that wants back what stood there before us. */
#include "engine/resolve.h"
#include "engine/want.h"

static void set_origin(struct item *item, const struct demand *undeclared)
{
	item->asked.policy = undeclared->policy->name;
	item->asked.origin = (struct origin){undeclared->policy->file, undeclared->position.line};
}

/* Gives the item the ledger's value to be set again. False when it cannot be: version 0.1 hid
 * log-ins from its ledger. A setting that its consumer could not use, such as a log-in that is cut
 * off, is no value that could be put, but its files come back from their texts. */
static bool set_before(struct item *item, const struct ledger_entry *entry, struct arena *arena)
{
	struct proxy setting;

	item->asked.recorded = arena_strdup(arena, entry->before);
	if (item->key.kind == ITEM_PROXY && setting_read(entry->before, arena, &setting)) {
		item_set_setting(item, &setting, arena);
		return true;
	}
	if (item->key.kind == ITEM_PROXY && entry->text_count == 0)
		return false;
	item->value = arena_strdup(arena, setting_show_record(entry->before, arena));
	return true;
}

struct item *resolve_before(const struct ledger_entry *entry, struct items *want)
{
	struct item *item;
	struct key key;

	if (!key_parse(entry->id, &key) || !kind_row(&key)->restorable)
		return NULL;
	item = items_add(want, key);
	if (!set_before(item, entry, &want->arena)) {
		want->count--;
		return NULL;
	}
	item->presence = ITEM_PRESENT;
	item->label = "as it was before";
	item->asked.restores = true;
	return item;
}

/* A proxy that cannot be put back, because its file was no text and its value was partly unusable.
 * It is told until somebody has set it. */
static struct item *want_unsayable(
    const struct ledger_entry *entry, const struct items *have, struct items *want)
{
	struct item *item;
	struct key key;

	if (!key_parse(entry->id, &key) || key.kind != ITEM_PROXY)
		return NULL;
	item = items_add(want, key);
	item->value = arena_strdup(&want->arena, setting_show_record(entry->before, &want->arena));
	item->presence = ITEM_PRESENT;
	item->label = "as it was before";
	item->asked.restores = true;
	item->asked.recorded = arena_strdup(&want->arena, entry->before);
	if (item_is_recorded(&key, items_find(have, &key), entry->before))
		return item;
	item->asked.holding = HOLD_CONFLICT;
	item->note = arena_printf(&want->arena,
	    "The ledger does not hold what stood there before us (%s) in a form that could be set "
	    "again.",
	    item->value);
	item->asked.next = "Take it back with `rollback`, set it by hand, or name it in a policy.";
	return item;
}

static bool is_named(const struct resultant *resultant, const struct ledger_entry *entry)
{
	struct key key;

	return key_parse(entry->id, &key) && want_is_named(resultant, &key);
}

/* What we have set and no policy names any more, as it was before. */
static void want_back(struct items *want, const struct resultant *resultant,
    const struct ledger *ledger, const struct items *have)
{
	const struct demand *winner = resultant_winner(resultant, SUBJECT_UNDECLARED, STORES, NULL);
	bool restore = winner && demand_undeclared(winner) == SETTINGS_RESTORE;

	for (size_t i = 0; restore && i < ledger->count; i++) {
		struct item *item;

		if (is_named(resultant, &ledger->list[i]))
			continue;
		item = resolve_before(&ledger->list[i], want);
		if (!item)
			item = want_unsayable(&ledger->list[i], have, want);
		if (item)
			set_origin(item, winner);
	}
}

static bool is_of_store(const struct ledger_entry *entry, enum store store)
{
	struct key key;

	return key_parse(entry->id, &key) && key_is_certificate(&key, store);
}

bool resolve_is_hidden(const struct ledger_entry *entry, const struct item *have)
{
	return entry->text_count > 0 && (!have || have->presence == ITEM_ABSENT) &&
	       (is_of_store(entry, STORE_DISALLOWED) ||
	           (is_of_store(entry, STORE_ROOT) && ledger_has_lines_alone(entry)));
}

/* Certificates of ours in `store` where the host shows nothing of what we changed for them:
 * distrust, and a line that selects something missing. */
static void want_lines_back(struct items *want, const struct resultant *resultant, enum store store,
    const struct ledger *ledger, const struct items *have)
{
	const struct demand *winner = resultant_winner(resultant, SUBJECT_UNDECLARED, store, NULL);
	bool release = winner && demand_undeclared(winner) == UNDECLARED_REMOVE;

	for (size_t i = 0; release && i < ledger->count; i++) {
		const struct ledger_entry *entry = &ledger->list[i];
		struct item *item;
		struct key key;

		if (!key_parse(entry->id, &key) || !key_is_certificate(&key, store) ||
		    want_is_named(resultant, &key) ||
		    !resolve_is_hidden(entry, items_find(have, &key)))
			continue;
		item = items_add(want, key);
		item->presence = ITEM_ABSENT;
		item->asked.restores = true;
		set_origin(item, winner);
	}
}

void resolve_back(const struct resultant *resultant, const struct ledger *ledger,
    const struct items *have, struct items *want)
{
	want_back(want, resultant, ledger, have);
	for (unsigned store = 0; store < STORES; store++)
		want_lines_back(want, resultant, (enum store)store, ledger, have);
}
