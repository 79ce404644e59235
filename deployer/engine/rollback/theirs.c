/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/rollback/theirs.h"

#include "base/digest.h"
#include "engine/apply/left.h"
#include "state/history.h"

/* The source in the transaction where the item is seen; or NULL. */
static const char *source_of(const struct transaction *transaction, const struct item *item)
{
	for (size_t i = 0; i < transaction->count; i++) {
		const struct journal_record *record = &transaction->records[i];
		const struct left place = {.place = record->place};

		if (record->kind == JOURNAL_SOURCES && changes_is_file(record->place) &&
		    left_find(&place, item->seen.location))
			return record->place;
	}
	return NULL;
}

/* Whether what stands there now is what the transaction put there (ITEM_PRESENT), or what it let go
 * of (ITEM_ABSENT); ITEM_PENDING when it is something else. */
static enum presence what_was_done(
    const struct history_item *was, const struct key *key, const struct item *now)
{
	struct item then = {.key = *key, .presence = ITEM_PRESENT, .value = was->after};

	/* something that is not set was set by nobody */
	if (strcmp(item_state(now), kind_row(key)->without) == 0)
		return ITEM_PENDING;
	if (key->kind == ITEM_CERTIFICATE)
		return was->action == ACTION_ADD      ? ITEM_PRESENT
		       : was->action == ACTION_REMOVE ? ITEM_ABSENT
		                                      : ITEM_PENDING;
	if (strcmp(item_state(&then), item_state(now)) == 0)
		return ITEM_PRESENT;
	then.value = was->before;
	return strcmp(item_state(&then), item_state(now)) == 0 ? ITEM_ABSENT : ITEM_PENDING;
}

/* Whether the ledger is as the transaction left it. */
static bool is_of(const struct transaction *transaction, const struct ledger *ledger)
{
	AUTO(bytes) content = {0};
	uint8_t sha256[SHA256_SIZE];

	ledger_write(ledger, &content);
	digest_sha256(bytes_span(&content), sha256);
	for (size_t i = transaction->count; i-- > 0;)
		if (transaction->records[i].kind == JOURNAL_STATE)
			return memcmp(transaction->records[i].after_sha256, sha256, SHA256_SIZE) ==
			       0;
	return false;
}

/* Of a long list the history keeps the first items alone; and what a run did that was set aside is
 * not known. */
static bool may_let_go(const struct history_entry *entry, const char *id)
{
	size_t count = entry->changed[ACTION_ADD] + entry->changed[ACTION_REPLACE] +
	               entry->changed[ACTION_REMOVE];

	for (size_t i = 0; i < entry->item_count; i++)
		if (strcmp(entry->items[i].id, id) == 0)
			/* a setting that goes may become what it was */
			return entry->items[i].action == ACTION_REMOVE ||
			       strncmp(id, KIND_CERTIFICATE, strlen(KIND_CERTIFICATE)) != 0;
	return (entry->changed[ACTION_REMOVE] > 0 && entry->item_count < count) ||
	       strcmp(entry->mode, RUN_DISCARD) == 0;
}

/* Whether a later run has let go of the item. A ledger that lacks it for no such reason has lost
 * it, and the journal alone tells whose it is. */
static bool was_let_go(struct session *session, const struct transaction *transaction,
    const struct ledger *ledger, struct history *history, const char *id)
{
	const struct run *run = session->run;
	struct err unread = {0};

	/* it let go of the item itself, and what stands as it left that nobody has set since */
	if (is_of(transaction, ledger))
		return false;
	if (history->count == 0 &&
	    !history_load(run->state_root, run->state, run->host->ops->places, history, &unread))
		return true;
	for (size_t i = history->count; i-- > 0;)
		if (strcmp(history->list[i].id, transaction->id) > 0 &&
		    may_let_go(&history->list[i], id))
			return true;
	return false;
}

void theirs_look(struct session *session, const struct transaction *transaction,
    const struct ledger *ledger, struct items *out)
{
	AUTO(items) have = {0};
	AUTO(history) history = {0};
	struct err ignored = {0};
	bool looked = false;

	for (size_t i = 0; i < transaction->item_count; i++) {
		const struct history_item *was = &transaction->items[i];
		const struct item *now;
		const char *place;
		enum presence done;
		struct item *item;
		struct key key;

		if (was->failed || was->along || ledger_find(ledger, was->id) ||
		    !key_parse(was->id, &key))
			continue;
		if (!looked && !session_observe(session, &have, &ignored))
			return;
		looked = true;
		now = items_find(&have, &key);
		place = now ? source_of(transaction, now) : NULL;
		done = place ? what_was_done(was, &key, now) : ITEM_PENDING;
		if (done == ITEM_PENDING ||
		    (done == ITEM_PRESENT &&
		        !was_let_go(session, transaction, ledger, &history, was->id)))
			continue;
		item = items_add(out, key);
		item->presence = done;
		item->seen.location = arena_strdup(&out->arena, place);
	}
	items_sort(out);
}

const struct item *theirs_at(const struct items *theirs, const char *place, enum presence presence)
{
	for (size_t i = 0; i < theirs->count; i++)
		if (theirs->list[i].presence == presence &&
		    strcmp(theirs->list[i].seen.location, place) == 0)
			return &theirs->list[i];
	return NULL;
}

void theirs_keep(const struct transaction *transaction, const struct ledger *ledger,
    const char *place, struct span now, struct bytes *out, struct unedit_left *left)
{
	bytes_add(out, now.data, now.size);
	for (size_t i = 0; i < ledger->count; i++) {
		const struct ledger_entry *entry = &ledger->list[i];

		for (size_t j = 0; j < entry->text_count; j++) {
			const struct ledger_text *text = &entry->texts[j];
			AUTO(bytes) back = {0};

			if (strcmp(entry->transaction, transaction->id) != 0 || !text->before ||
			    !text->after || text->link || strcmp(text->place, place) != 0 ||
			    !unedit_partly(span_text(text->before), span_text(text->after),
			        bytes_span(out), &back, left))
				continue;
			bytes_release(out);
			*out = TAKE(back);
		}
	}
}

bool theirs_alone(const struct transaction *transaction, const struct ledger *ledger,
    const struct journal_record *record)
{
	if (!transaction->partly || record->has_content || record->after.type != FILE_REGULAR)
		return false;
	for (size_t i = 0; i < ledger->count; i++) {
		const struct ledger_entry *entry = &ledger->list[i];

		/* without texts it may be of any file */
		if (entry->text_count == 0 && strcmp(entry->transaction, transaction->id) == 0)
			return false;
		for (size_t j = 0; j < entry->text_count; j++)
			if (strcmp(entry->texts[j].place, record->place) == 0)
				return false;
	}
	return true;
}

bool theirs_disown(struct session *session, const struct items *theirs, struct err *err)
{
	struct root *root = session->run->state_root;
	AUTO(ledger) ledger = {0};
	AUTO(bytes) content = {0};
	bool any = false;

	if (theirs->count == 0)
		return true;
	if (!ledger_load(root, session->ledger_path, &ledger, err))
		return false;
	for (size_t i = 0; i < theirs->count; i++) {
		struct key_text id = key_id(&theirs->list[i].key);

		any |= ledger_find(&ledger, id.text) != NULL;
		ledger_remove(&ledger, id.text);
	}
	ledger_write(&ledger, &content);
	return !any || file_store(root, session->ledger_path, bytes_span(&content), err);
}
