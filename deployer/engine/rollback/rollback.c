/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/apply/lock.h"
#include "engine/apply/remember.h"
#include "engine/conclude.h"
#include "engine/mark.h"
#include "engine/rollback/again.h"
#include "engine/rollback/giveback.h"
#include "engine/rollback/undo.h"
#include "state/lines.h"

/* The presence that a word of item_state stands for, of a certificate; ITEM_PRESENT for any other
 * word. */
static enum presence presence_of(const char *word)
{
	struct item item = {.value = ""};

	for (item.presence = ITEM_ABSENT; item.presence <= ITEM_ASIDE; item.presence++)
		if (strcmp(item_state(&item), word) == 0)
			return item.presence;
	return ITEM_PRESENT;
}

/* What each item was before the transaction is what is wanted now. The list grows from the newest
 * transaction to the oldest, so the last entry for an item counts. */
static void want_back(struct items *want, const struct transaction *transaction)
{
	for (size_t i = 0; i < transaction->item_count; i++) {
		const struct history_item *from = &transaction->items[i];
		struct item *item;
		struct key key;

		/* what came along with others goes or stays with them */
		if (from->failed || from->along || !key_parse(from->id, &key))
			continue;
		item = items_add(want, key);
		item->asked.policy = arena_strdup(&want->arena, from->policy);
		item->label = arena_strdup(&want->arena, from->label);
		item->asked.origin.file = "";
		if (key.kind == ITEM_CERTIFICATE)
			item->presence = presence_of(from->before);
		else {
			item->presence = ITEM_PRESENT;
			item->value = arena_strdup(&want->arena, from->before);
		}
	}
}

static bool roll_back_one(struct rollback *rollback, const char *id, struct err *err)
{
	struct session *session = rollback->session;
	struct run *run = session->run;
	size_t foreign = rollback->undo.foreign, owed = rollback->undo.owed;
	AUTO(transaction) transaction = {0};

	if (!transaction_load(run->state_root, run->state, id, false, &transaction, err) ||
	    !journal_reopen(run->state_root, run->state, id, err) ||
	    !undo_transaction(session, id, HISTORY_ROLLED_BACK, &rollback->undo, err))
		return false;
	want_back(&session->out->want, &transaction);
	rollback->again |= transaction.partly;
	rollback->several |= rollback->undone.size > 0;
	text_addf(&rollback->undone, "%s%s", rollback->undone.size ? " " : "", id);
	if (run->all && rollback->undo.foreign != foreign)
		return true; /* the ledger may give back what was left: settle_left() */
	session_note(session, "transaction %s was rolled back%s", id,
	    rollback->undo.foreign == foreign && rollback->undo.owed == owed
	        ? ""
	        : " in part, and can be rolled back again");
	return true;
}

static bool is_rotation(const struct history_entry *entry)
{
	return strcmp(entry->mode, RUN_KEYRING) == 0;
}

/* The keyring stays as it is. Who takes back the last run without naming it, when that one rotated
 * the keyring, would get an earlier one taken back without a word. `from` is the oldest transaction
 * that goes, or NULL. */
static bool heed_rotation(struct session *session, const char *from, bool is_named, struct err *err)
{
	const struct history_entry *newest = NULL, *rotation = NULL;
	AUTO(history) lines = {0};

	if (!lines_load(session->run->state_root, session->history_path, &lines, err))
		return false;
	/* a line may be written long after what it tells of */
	for (size_t i = 0; i < lines.count; i++) {
		const struct history_entry *entry = &lines.list[i];

		if (from && strcmp(entry->id, from) < 0)
			continue;
		if (!newest || strcmp(entry->id, newest->id) > 0)
			newest = entry;
		if (is_rotation(entry) && (!rotation || strcmp(entry->id, rotation->id) > 0))
			rotation = entry;
	}
	if (!rotation)
		return true;
	if (rotation == newest && !is_named)
		return err_set(err, ERR_HOST,
		    "what was done last, %s, is a rotation of the keyring, which rollback does not "
		    "take back; `rollback %s` takes back the run before it",
		    rotation->id, from);
	session_note(session,
	    "the keyring stays as it is: rollback does not take back its rotation, %s",
	    rotation->id);
	return true;
}

static bool no_such_transaction(struct session *session, const char *id, struct err *err)
{
	AUTO(history) lines = {0};
	const struct history_entry *entry;

	if (!lines_load(session->run->state_root, session->history_path, &lines, err))
		return false;
	entry = history_find(&lines, id);
	if (!entry)
		return err_set(err, ERR_USAGE, "there is no transaction %s; `history` lists them",
		    text_escape_string(id).text);
	if (is_rotation(entry))
		return err_set(err, ERR_HOST,
		    "transaction %s is a rotation of the keyring, which rollback does not take "
		    "back",
		    id);
	if (*entry->undoes)
		return err_set(err, ERR_HOST,
		    "transaction %s is a %s, which rollback does not take back; apply puts there "
		    "again what the policies want",
		    id, entry->mode);
	if (entry->outcome == HISTORY_DONE || entry->outcome == HISTORY_IN_PART)
		return err_set(err, ERR_HOST,
		    "transaction %s can no longer be rolled back: what is needed for that is kept"
		    " for the last %d",
		    id, JOURNAL_KEPT);
	return err_set(err, ERR_HOST, "transaction %s has been undone already", id);
}

/* Newest first, back to and including `id`; the newest alone when it is NULL, or what a rollback in
 * part undid with it. */
static bool roll_back(struct rollback *rollback, const char *id, struct err *err)
{
	struct session *session = rollback->session;
	const bool all = session->run->all;
	AUTO(journal_names) names = {0};
	size_t from;

	if (!journal_names(session->run->state_root, session->run->state, &names, err))
		return false;
	if (names.done_count == 0 && !id && !all)
		return err_set(err, ERR_USAGE, "there is no transaction to roll back%s",
		    file_type(session->run->state_root, session->owed.path) == FILE_ABSENT
		        ? ""
		        : "; `rollback --all` has done what waits for the distribution's tool");
	for (from = all ? 0 : names.done_count; id && !all && from-- > 0;)
		if (strcmp(names.done[from], id) == 0)
			break;
	if (from == (size_t)-1)
		return no_such_transaction(session, id, err);
	if (!id && !all && !again_from(session, &names, &from, err))
		return false;
	if (!heed_rotation(session, all ? NULL : names.done[from], all || id, err) ||
	    !undo_judge(session, &names, err))
		return false;
	for (size_t i = names.done_count; i-- > from;)
		if (!roll_back_one(rollback, names.done[i], err))
			return false;
	return true;
}

/* Whether `id` was left open by a killed run: undoing that is all that was asked for. */
static bool is_unfinished(struct session *session, const char *id, bool *out, struct err *err)
{
	AUTO(journal_names) names = {0};

	if (!journal_names(session->run->state_root, session->run->state, &names, err))
		return false;
	*out = !id && names.open_count > 0;
	for (size_t i = 0; id && i < names.open_count; i++)
		*out = *out || strcmp(names.open[i], id) == 0;
	return true;
}

static void count_items(struct session *session, struct history_entry *entry)
{
	struct outcome *out = session->out;
	const struct plan *plan = &out->plan;

	entry->items = arena_alloc(&out->arena, (plan->count + 1) * sizeof(*entry->items));
	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		const struct key *key = &step_item(step)->key;
		const struct item *now = items_find(&out->have, key);

		if (step->result != RESULT_FIXED && step->result != RESULT_FAIL)
			continue;
		entry->items[entry->item_count++] = (struct history_item){
		    .id = item_id(step_item(step), &out->arena),
		    .label = step_label(step),
		    .policy = step->want ? step->want->asked.policy : "",
		    .before = step->have ? item_state(step->have) : kind_row(key)->without,
		    .after = now ? item_state(now) : kind_row(key)->without,
		    .action = step->action,
		    .failed = step->result == RESULT_FAIL,
		    .along = !step->want,
		};
	}
	history_count(entry, entry->items, entry->item_count);
}

/* The line of history tells what became of the items, so it is written last, in the place of one
 * that the giving back has written. A run that is killed before that leaves the transactions
 * undone, and no line. */
static bool write_line(struct rollback *rollback, struct err *err)
{
	struct session *session = rollback->session;
	struct outcome *out = session->out;
	struct history_entry entry = {
	    .time = session->run->now,
	    .outcome = rollback->undo.foreign ? HISTORY_IN_PART : HISTORY_DONE,
	    .undoes = text_string(&rollback->undone),
	};
	AUTO(journal) journal = {0};

	if (rollback->undone.size == 0)
		return true;
	count_items(session, &entry);
	if (entry.failed)
		entry.outcome = HISTORY_IN_PART;
	/* what the ledger gave back was a transaction, and is a part of this rollback */
	if (!out->transaction || !*out->transaction) {
		if (!remember_next_id(session, RUN_ROLLBACK, &journal, err))
			return false;
		out->transaction = arena_strdup(&out->arena, journal.id);
	}
	entry.id = out->transaction;
	return lines_append_rollback(session->run->state_root, session->history_path, &entry, err);
}

static bool give_back_rest(struct rollback *rollback, struct err *err)
{
	struct session *session = rollback->session;
	struct outcome *out = session->out;

	if (!give_back(session, &out->want, &rollback->undo, err))
		return false;
	items_release(&out->have);
	return session_look(session, &out->have, err);
}

static bool is_all_back(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->steps[i].result == RESULT_FAIL)
			return false;
	return true;
}

/* Each place once. */
static void note_left(struct session *session, const struct undo *undo)
{
	for (const struct left *left = undo->left; left; left = left->next)
		if (left_find(undo->left, left->place) == left)
			session_note(session, "%s since transaction %s and is left as it is",
			    left_what(left, &session->out->arena), left->transaction);
}

/* The ledger may have given back what undoing left alone in a file. When each item is as it was,
 * nothing of ours is left, and no transaction is left to be rolled back again. */
static bool settle_left(struct rollback *rollback, struct err *err)
{
	struct session *session = rollback->session;
	bool back = is_all_back(&session->out->plan);
	AUTO(journal_names) names = {0};

	if (!session->run->all || rollback->undo.foreign == 0)
		return true;
	if (!journal_names(session->run->state_root, session->run->state, &names, err))
		return false;
	for (size_t i = names.done_count; i-- > 0;) {
		session_note(session, "transaction %s was rolled back%s", names.done[i],
		    back ? "" : " in part, and can be rolled back again");
		if (back && !remember_as_line(session, names.done[i], HISTORY_ROLLED_BACK, err))
			return false;
	}
	if (back)
		rollback->undo.foreign = 0;
	else
		note_left(session, &rollback->undo);
	return true;
}

static bool rollback_all(struct rollback *rollback, const char *id, struct err *err)
{
	struct session *session = rollback->session;
	struct outcome *out = session->out;
	struct err unseen = {0};
	bool unfinished;
	size_t count;

	/* only for the report: what can be undone is undone, whatever can be seen */
	rollback->looked = session_look(session, &out->before, &unseen);
	if (!rollback->looked)
		session_note(session, "%s", unseen.text);
	if (!owed_load(&session->owed, session->run->state_root, session->run->state,
	        session->run->host, err) ||
	    !mark_knows(session, err) || !is_unfinished(session, id, &unfinished, err) ||
	    !undo_unfinished(session, &count, &rollback->undo, err) ||
	    ((!unfinished || session->run->all) && !roll_back(rollback, id, err)) ||
	    !session_load(session, false, err) || !session_look(session, &out->have, err) ||
	    (session->run->all && !give_back_rest(rollback, err)))
		return false;
	if (!session->run->all)
		give_back_owed(session, &out->want);
	taken_back(rollback);
	if (!settle_left(rollback, err) ||
	    !owed_settle(&session->owed, &out->have, &out->ledger, err) ||
	    !write_line(rollback, err))
		return false;
	outcome_conclude(session);
	/* what somebody else changed is not as it was before */
	out->compliant = out->compliant && rollback->undo.foreign == 0;
	return true;
}

bool run_rollback(struct run *run, const char *id, struct outcome *out, struct err *err)
{
	struct session session;
	struct rollback rollback = {.session = &session, .undo.quiet = run->all};
	struct lock lock = {-1, -1};
	bool ok = session_open(&session, run, out, RUN_ROLLBACK, err) &&
	          lock_take(run, RUN_ROLLBACK, &lock, err);

	run->host->serves = run->all ? HOST_FOR_ROLLBACK_ALL : HOST_FOR_ROLLBACK;
	if (ok) {
		ok = run->discard ? remember_discard(&session, run->discard, err)
		                  : rollback_all(&rollback, id, err);
		mark_settle(&session);
	}
	lock_release(&lock);
	text_release(&rollback.undone);
	if (!ok)
		outcome_release(out);
	session_release(&session);
	return ok;
}
