/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of an undoing: what follows from the sources fits them again, the distribution's tools
 * are told, and nothing that they made of it takes away what was put back.
 */
#include <stdlib.h>

#include "base/digest.h"
#include "engine/rollback/undo.h"
#include "engine/plan.h"

/* The root that the entry's distrust keeps out of force; false when the entry is about something
 * else. */
static bool root_of(const struct ledger_entry *entry, struct key *out)
{
	struct key distrust;

	if (!key_parse(entry->id, &distrust) || !key_is_certificate(&distrust, STORE_DISALLOWED))
		return false;
	*out = key_in_store(&distrust, STORE_ROOT);
	return true;
}

static bool is_in_force(const struct item *item)
{
	return item && item->presence != ITEM_ABSENT && item->presence != ITEM_PENDING &&
	       item->presence != ITEM_WITHHELD && item->presence != ITEM_ASIDE;
}

/* Whether somebody else keeps out a root by now that was taken out of force. */
static void add_theirs(struct undone *undone)
{
	AUTO(items) have = {0};
	struct err ignored = {0};

	if (undone->theirs->count == 0 || !session_observe(undone->session, &have, &ignored))
		return;
	for (size_t i = 0; i < undone->theirs->count; i++) {
		const struct item *item = &undone->theirs->list[i];
		struct key root = key_in_store(&item->key, STORE_ROOT);

		if (key_is_certificate(&item->key, STORE_DISALLOWED) &&
		    !is_in_force(items_find(&have, &root)))
			items_add(&undone->distrusted, root);
	}
}

static bool is_theirs(const struct undone *undone, const struct item *root)
{
	struct key distrust = key_in_store(&root->key, STORE_DISALLOWED);

	return items_find(undone->theirs, &distrust);
}

void undone_look(struct undone *undone, const struct ledger *ledger)
{
	AUTO(items) have = {0};
	struct err ignored = {0};
	bool looked = false;

	undone->ledger = ledger;
	add_theirs(undone);
	for (size_t i = 0; i < ledger->count; i++) {
		const struct ledger_entry *entry = &ledger->list[i];
		struct key root;

		if (!root_of(entry, &root) ||
		    strcmp(entry->transaction, undone->transaction->id) != 0 ||
		    !ledger_has_lines_alone(entry))
			continue;
		/* who cannot look does not know what to take out */
		if (!looked && !session_observe(undone->session, &have, &ignored))
			return;
		looked = true;
		if (!is_in_force(items_find(&have, &root)))
			items_add(&undone->distrusted, root);
	}
}

/* Whether somebody has edited what keeps the root out of force: then its item says so. */
static bool is_distrust_edited(const struct undone *undone, const struct item *root)
{
	AUTO(arena) arena = {0};
	struct key distrust = key_in_store(&root->key, STORE_DISALLOWED);

	return left_of_entry(
	    undone->session, ledger_find(undone->ledger, key_id(&distrust).text), &arena);
}

/* The links among the outputs of the transaction that are as it left them, and what they were
 * before it. */
static void list_links(const struct undone *undone, struct changes *out)
{
	struct host *host = undone->session->run->host;

	for (size_t i = undone->transaction->count; i-- > 0;) {
		const struct journal_record *record = &undone->transaction->records[i];
		struct change *known = changes_find(out, record->place);
		AUTO(file_state) now = {0};
		AUTO(file_state) then = file_state_copy(&record->before);
		struct err ignored = {0};
		uint8_t sha256[SHA256_SIZE];

		if (record->kind != JOURNAL_OUTPUTS || record->after.type != FILE_LINK)
			continue;
		if (known) {
			file_state_release(&known->after);
			known->after = TAKE(then);
			continue;
		}
		if (!host->ops->capture(host, record->place, &now, &ignored))
			continue;
		digest_sha256(bytes_span(&now.content), sha256);
		if (record_is_after(record, &now, sha256))
			changes_add(out, record->place, &now, &then);
	}
}

void undone_keep_others(struct undone *undone, struct changes *settled)
{
	struct host *host = undone->session->run->host;
	AUTO(changes) outputs = {.step = CHANGE_NO_STEP};
	struct err err = {0};
	bool ok;

	if (!host->ops->keep_others)
		return;
	list_links(undone, &outputs);
	ok = host->ops->keep_others(host, &outputs, settled, &err);
	for (size_t i = 0; i < settled->count && ok; i++)
		ok = host->ops->set(host, settled->list[i].place, &settled->list[i].after, &err);
	if (!ok)
		session_note(undone->session,
		    "what others have added behind outputs of ours could not be moved: %s",
		    err.text);
}

/* Has the host take out of its outputs the roots that undoing has put back into them, and that no
 * source holds any more: their distribution has withdrawn them while we distrusted them, or
 * somebody has edited the line that names them. */
static bool take_withdrawn_out(
    struct undone *undone, struct changes *out, bool *any, struct err *err)
{
	struct session *session = undone->session;
	struct host *host = session->run->host;
	AUTO(items) have = {0};

	if (undone->distrusted.count == 0)
		return true;
	if (!session_observe(session, &have, err))
		return false;
	for (size_t i = 0; i < undone->distrusted.count; i++) {
		const struct item *root = &undone->distrusted.list[i];
		const struct item *item = items_find(&have, &root->key);

		if (!item || item->presence != ITEM_STALE ||
		    (item->seen.deselected && !is_theirs(undone, root)))
			continue;
		if (!host->ops->drop(host, item, out, err))
			return false;
		*any = true;
		if (is_theirs(undone, root) || is_distrust_edited(undone, root))
			continue;
		session_note(session,
		    "%s (%s) is not trusted again: its distribution has withdrawn it since "
		    "transaction %s",
		    key_id(&item->key).text, item->label, undone->transaction->id);
	}
	return true;
}

/* Whether the transaction made outputs: one that set a proxy has none to make anew. */
static bool has_outputs(const struct transaction *transaction)
{
	for (size_t i = 0; i < transaction->count; i++)
		if (transaction->records[i].kind == JOURNAL_OUTPUTS)
			return true;
	return false;
}

/* Where a place was left alone, or a source has gone, the outputs of before do not fit the sources
 * of now. */
static bool derive_again(struct undone *undone, struct err *err)
{
	struct host *host = undone->session->run->host;
	AUTO(changes) outputs = {.step = CHANGE_NO_STEP};
	AUTO(changes) gone = {.step = CHANGE_NO_STEP};
	bool withdrawn = false;

	if (!has_outputs(undone->transaction))
		return true;
	if (!take_withdrawn_out(undone, &outputs, &withdrawn, err))
		return false;
	undone->derive |= withdrawn;
	if (!undone->derive)
		return true;
	left_list_gone(host, undone->transaction, &gone);
	if (!host->ops->derive(host, &gone, &outputs, err))
		return false;
	for (size_t i = 0; i < outputs.count; i++)
		if (!host->ops->set(host, outputs.list[i].place, &outputs.list[i].after, err))
			return false;
	return true;
}

/* Tells the distribution's tools what is different now. Files that went have lost their content,
 * which the journal does not have, so their certificates are named too: nobody shall take ours for
 * a stranger's. */
static bool publish_again(struct undone *undone, struct err *err)
{
	struct host *host = undone->session->run->host;
	const struct transaction *transaction = undone->transaction;
	struct changes done = {.step = CHANGE_NO_STEP,
	    .rebuild = undone->session->owed.list.count > 0 && owed_may_be_done(host)};
	bool ok;

	done.list = mem_alloc((transaction->count + 1) * sizeof(*done.list));
	for (size_t i = transaction->count; i-- > 0;) {
		const struct journal_record *record = &transaction->records[i];

		if (record->kind != JOURNAL_STATE)
			done.list[done.count++] = (struct change){
			    .place = record->place,
			    .before = undone->replaced[i].type == FILE_REGULAR ? undone->replaced[i]
			                                                       : record->after,
			    .after = record->before,
			};
	}
	ok = (done.count == 0 && !done.rebuild) ||
	     (host->ops->publish(host, &done, undone->said, err) &&
	         due_read(&undone->session->due, err) &&
	         due_tell(&undone->session->due, &done, false, err) &&
	         due_keep(&undone->session->due, err));
	free(done.list); /* its states are the transaction's, or `replaced` */
	return ok;
}

/* Handles outputs as they were put back. Where the distribution's own tool makes them, it makes
 * them of sources that may differ from those of before. */
static void capture_outputs(const struct undone *undone, struct changes *out)
{
	struct host *host = undone->session->run->host;

	for (size_t i = 0; i < undone->transaction->count; i++) {
		const struct journal_record *record = &undone->transaction->records[i];
		AUTO(file_state) state = {0};
		struct err ignored = {0};

		if (record->kind != JOURNAL_OUTPUTS || !changes_is_file(record->place) ||
		    changes_peek(out, record->place) || (undone->derive && host->ops->tool_makes) ||
		    !host->ops->capture(host, record->place, &state, &ignored) ||
		    (state.type != FILE_REGULAR && state.type != FILE_LINK))
			continue;
		changes_add(out, record->place, &state, &state);
	}
}

/* A hook or tool that runs after the undoing may do again what was undone. */
static void put_back_again(const struct undone *undone, const struct changes *outputs)
{
	struct session *session = undone->session;
	struct host *host = session->run->host;

	for (size_t i = 0; i < outputs->count; i++) {
		const struct change *output = &outputs->list[i];
		struct escaped place = text_escape_string(output->place);
		AUTO(file_state) state = {0};
		struct err err = {0};

		if (host->ops->capture(host, output->place, &state, &err) &&
		    state.type == output->before.type &&
		    span_equal(bytes_span(&state.content), bytes_span(&output->before.content)))
			continue;
		err = (struct err){0};
		if (host->ops->set(host, output->place, &output->before, &err))
			session_note(session,
			    "%s was changed by a hook or tool of the distribution, which ran when "
			    "the change was undone: it was put back once more, as it was before",
			    place.text);
		else
			session_note(session,
			    "%s was changed by a hook or tool of the distribution, and cannot be "
			    "put back: %s",
			    place.text, err.text);
	}
}

/* The roots that the transaction put there, and those that go anyway. A run that was killed between
 * the sources and the tool has taken out the source before, and with it what says which root was
 * ours. */
static void list_going(const struct undone *undone, struct items *out)
{
	const struct transaction *transaction = undone->transaction;
	const struct items *before = undone->session->run->host->going;
	struct key key;

	for (size_t i = 0; before && i < before->count; i++)
		items_add(out, before->list[i].key);
	for (size_t i = 0; i < transaction->item_count; i++) {
		const struct history_item *item = &transaction->items[i];

		if (!item->failed && !item->along && item->action == ACTION_ADD &&
		    strcmp(item->before, WORDS_ABSENT) == 0 && key_parse(item->id, &key) &&
		    key_is_certificate(&key, STORE_ROOT))
			items_add(out, key);
	}
	items_sort(out);
}

void undone_settle(struct undone *undone)
{
	struct host *host = undone->session->run->host;
	const struct items *going_before = host->going;
	AUTO(changes) outputs = {.step = CHANGE_NO_STEP};
	AUTO(items) going = {0};
	struct err err = {0};

	list_going(undone, &going);
	host->going = &going;

	if (!derive_again(undone, &err)) {
		session_note(undone->session, "the outputs could not be made anew: %s", err.text);
		undone->waits = true;
	}
	capture_outputs(undone, &outputs);
	err = (struct err){0};
	if (!publish_again(undone, &err))
		session_note(
		    undone->session, "the change back could not be published: %s", err.text);
	undone->waits |= host->waits;
	put_back_again(undone, &outputs);
	host->going = going_before;
}

static bool is_rebuilt(const struct items *now)
{
	for (size_t i = 0; i < now->count; i++)
		if (item_waits(&now->list[i], true) || item_waits(&now->list[i], false))
			return false;
	return true;
}

/* Who cannot look does not know what waits. */
bool undone_note_owed(struct session *session, const struct transaction *transaction,
    const struct text *said, bool *waits, struct err *err)
{
	AUTO(items) now = {0};
	struct err unseen = {0};
	bool seen;

	if (!owed_load(&session->owed, session->run->state_root, session->run->state,
	        session->run->host, err))
		return false;
	seen = session_observe(session, &now, &unseen);
	*waits =
	    seen && owed_note_all(&session->owed, transaction, &session->run->host->waiting, &now);
	/* where nothing was ever rebuilt since the change, nothing need be rebuilt now */
	if (!seen || owed_may_be_done(session->run->host) || !is_rebuilt(&now))
		text_add(&session->out->notes, text_string(said));
	return !*waits || owed_store(&session->owed, err);
}
