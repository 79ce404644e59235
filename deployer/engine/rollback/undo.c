/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/rollback/undo.h"

#include <stdlib.h>

#include "base/digest.h"
#include "engine/rollback/again.h"
#include "engine/rollback/back.h"
#include "engine/rollback/theirs.h"
#include "engine/apply/unedit.h"
#include "state/journal.h"
#include "state/lines.h"

struct undoing {
	struct session *session;
	const struct transaction *transaction;
	const struct ledger *ledger;            /* as it was before anything is undone */
	const struct journal_record **by_place; /* sorted by place, then in their order */
	bool *noted;                            /* for each record in by_place: it was called
	                                         * foreign already */
	bool waits;                             /* as in struct undone */
	struct text *said;                      /* as in struct undone */
	struct file_state *replaced; /* for each record: what was there until it was put back */
	bool derive;            /* the outputs that were put back do not fit what was left alone */
	struct changes settled; /* places that are others' by now: undone_keep_others() */
	struct items theirs;    /* theirs_look() */
	struct undo *out;
	struct err failure; /* the first */
};

static int compare_records(const void *a, const void *b)
{
	const struct journal_record *left = *(const struct journal_record *const *)a;
	const struct journal_record *right = *(const struct journal_record *const *)b;
	int order = strcmp(left->place, right->place);

	return order ? order : (left > right) - (left < right);
}

/* The first record with the same place. */
static size_t first_of_place(const struct undoing *undoing, const char *place)
{
	size_t low = 0, high = undoing->transaction->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(undoing->by_place[middle]->place, place) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

enum known { KNOWN_NOT, KNOWN_DONE, KNOWN_MADE_BETWEEN };

/* Whether the place is in a state that some batch of the transaction found or made. Then it is
 * ours: undone so far already, or the turn of another record of it. But a state that a later batch
 * found, and this one did not make, is somebody's: a tool that this run called has made it in
 * between. */
static enum known find_known(const struct undoing *undoing, const struct journal_record *record,
    size_t first, const struct file_state *state, const uint8_t sha256[SHA256_SIZE])
{
	enum known known = KNOWN_NOT;

	for (size_t i = first; i < undoing->transaction->count; i++) {
		const struct journal_record *other = undoing->by_place[i];

		if (strcmp(other->place, record->place) != 0)
			break;
		if (record_is_after(other, state, sha256) ||
		    (other < record && record_is_before(other, state)))
			return KNOWN_DONE;
		if (record_is_before(other, state))
			known = KNOWN_MADE_BETWEEN;
	}
	return known;
}

/* After a power cut a file may have its name already and its bytes not yet: it is empty
 * or all zeros then. */
static bool is_half_done(const struct journal_record *record, const struct file_state *state)
{
	if (!changes_is_file(record->place) || record->after.type != FILE_REGULAR ||
	    state->type != FILE_REGULAR)
		return false;
	for (size_t i = 0; i < state->content.size; i++)
		if (state->content.data[i] != 0)
			return false;
	return true;
}

static void leave_edited(struct undoing *undoing, const struct journal_record *record, size_t first,
    const struct unedit_left *edited)
{
	struct arena *arena = &undoing->session->out->arena;
	struct left *left;

	/* they have put there again what the transaction had let go of */
	if (undoing->noted[first] || theirs_at(&undoing->theirs, record->place, ITEM_ABSENT))
		return;
	left = left_make(record->place, undoing->transaction->id, edited, arena);
	left->next = undoing->out->left;
	undoing->out->left = left;
	undoing->noted[first] = true;
	undoing->out->foreign++;
	undoing->derive = true;
	if (!undoing->out->quiet)
		session_note(undoing->session, "%s since transaction %s and is left as it is",
		    left_what(left, arena), left->transaction);
}

static void leave_alone(struct undoing *undoing, const struct journal_record *record, size_t first)
{
	leave_edited(undoing, record, first, &(struct unedit_left){.any = true});
}

static void keep_used(struct undoing *undoing, const struct journal_record *record, size_t first)
{
	if (undoing->noted[first])
		return;
	undoing->noted[first] = true;
	session_note(undoing->session, "%s is kept: others have put something into it since",
	    text_escape_string(record->place).text);
}

/* Our lines named something that has been taken off the host, and the lines went with it: nothing
 * is left to undo. */
static bool is_withdrawn(
    struct host *host, const struct journal_record *record, const struct file_state *state)
{
	return host->ops->withdrawn &&
	       host->ops->withdrawn(host, record->place, bytes_span(&record->before.content),
	           bytes_span(&record->after.content), bytes_span(&state->content));
}

/* What the transaction made of the file. For a file that it made, the journal has only the digest,
 * and the ledger has the text when it is one of a setting. */
static bool find_ours(
    const struct undoing *undoing, const struct journal_record *record, struct span *out)
{
	const struct ledger *ledger = undoing->ledger;
	uint8_t sha256[SHA256_SIZE];

	*out = bytes_span(&record->after.content);
	for (size_t i = 0; !record->has_content && i < ledger->count; i++)
		for (size_t j = 0; j < ledger->list[i].text_count; j++) {
			const struct ledger_text *text = &ledger->list[i].texts[j];

			if (!text->after || text->link || strcmp(text->place, record->place) != 0)
				continue;
			*out = span_text(text->after);
			digest_sha256(*out, sha256);
			if (memcmp(sha256, record->after_sha256, SHA256_SIZE) == 0)
				return true;
		}
	return record->has_content;
}

/* Whether a later transaction of ours, which has been undone just now, had overwritten what
 * somebody made of this place: nobody has touched it since. */
static bool is_taken_over(const struct undoing *undoing, const struct journal_record *record)
{
	return record->kind == JOURNAL_SOURCES &&
	       left_found_intact(undoing->out->found, record->place);
}

/* Somebody else has edited the file: takes our lines out of it, but for those of ours that are
 * edited. True with `*done` false when they cannot be told from theirs. */
static bool take_lines_out(struct undoing *undoing, const struct journal_record *record,
    const struct file_state *state, size_t first, bool by_tool, bool *done, struct err *err)
{
	struct host *host = undoing->session->run->host;
	struct unedit_known known = {.taken_over = is_taken_over(undoing, record)};
	struct unedit_left left = {0};
	const bool was = record->before.type == FILE_REGULAR;
	struct span ours;
	AUTO(bytes) older = {0};
	AUTO(file_state)
	back = {.type = FILE_REGULAR,
	    .mode = was && state->mode == record->after.mode ? record->before.mode : state->mode,
	    .uid = state->uid,
	    .gid = state->gid};

	again_read(undoing->session, undoing->transaction, record->place, &older);
	known.back = bytes_span(&older);
	*done = state->type == FILE_REGULAR && find_ours(undoing, record, &ours) &&
	        unedit_knowing(bytes_span(&record->before.content), ours,
	            bytes_span(&state->content), known, &back.content, &left);
	if (!*done)
		return true;
	undoing->derive = true;
	if (left.any && !is_withdrawn(host, record, state))
		leave_edited(undoing, record, first, &left);
	if (span_equal(bytes_span(&back.content), bytes_span(&state->content)))
		return true;
	if (record->before.type == FILE_ABSENT && back.content.size == 0)
		back.type = FILE_ABSENT;
	undoing->out->restored++;
	if (!by_tool && !span_equal(bytes_span(&back.content), bytes_span(&record->before.content)))
		session_note(undoing->session,
		    "%s was changed by somebody else since transaction %s: our lines were taken"
		    " out, theirs stay",
		    text_escape_string(record->place).text, undoing->transaction->id);
	return host->ops->set(host, record->place, &back, err);
}

/* The place is in a state that no batch of the transaction found or made. */
static bool undo_foreign(struct undoing *undoing, const struct journal_record *record,
    const struct file_state *state, size_t first, bool by_tool, struct err *err)
{
	bool done = false;

	/* outputs are made anew from the sources in the end */
	if (record->kind == JOURNAL_OUTPUTS && changes_is_file(record->place)) {
		undoing->derive = true;
		return true;
	}
	if (!take_lines_out(undoing, record, state, first, by_tool, &done, err))
		return false;
	if (!done && !theirs_alone(undoing->transaction, undoing->ledger, record))
		leave_alone(undoing, record, first);
	return true;
}

/* What cannot be looked at (larger than anything of ours, or no file any more) is somebody else's
 * by now: it is left alone, and does not keep the rest from coming back. Where this user may not
 * look, nothing is known of the place. */
static bool undo_unseen(
    struct undoing *undoing, const struct journal_record *record, size_t first, struct err *err)
{
	if (err->denied)
		return false;
	session_note(undoing->session, "%s", err->text);
	leave_alone(undoing, record, first);
	*err = (struct err){0};
	return true;
}

/* Something that the transaction put there is somebody else's by now. */
static bool undo_ours_alone(struct undoing *undoing, const struct journal_record *record,
    const struct file_state *state, size_t first, struct err *err)
{
	struct host *host = undoing->session->run->host;
	AUTO(file_state) back = file_state_copy(state);
	struct unedit_left left = {0};

	bytes_release(&back.content);
	theirs_keep(undoing->transaction, undoing->ledger, record->place,
	    bytes_span(&state->content), &back.content, &left);
	if (left.any)
		leave_edited(undoing, record, first, &left);
	undoing->derive = true;
	if (span_equal(bytes_span(&back.content), bytes_span(&state->content)))
		return true;
	undoing->out->restored++;
	return host->ops->set(host, record->place, &back, err);
}

static bool undo_one_place(
    struct undoing *undoing, const struct journal_record *record, struct err *err)
{
	struct host *host = undoing->session->run->host;
	size_t first = first_of_place(undoing, record->place);
	AUTO(file_state) state = {0};
	uint8_t sha256[SHA256_SIZE];
	enum known known;
	bool by_tool;

	if (!host->ops->capture(host, record->place, &state, err))
		return undo_unseen(undoing, record, first, err);
	digest_sha256(bytes_span(&state.content), sha256);
	if (record_is_back(record, &state))
		return true;
	if (state.type == FILE_REGULAR && theirs_at(&undoing->theirs, record->place, ITEM_PRESENT))
		return undo_ours_alone(undoing, record, &state, first, err);
	if (!record_is_after(record, &state, sha256) && !is_half_done(record, &state)) {
		known = find_known(undoing, record, first, &state, sha256);
		if (known == KNOWN_DONE)
			return true;
		by_tool = known == KNOWN_MADE_BETWEEN ||
		          (host->ops->made && strcmp(record->place, host->ops->made) == 0);
		return undo_foreign(undoing, record, &state, first, by_tool, err);
	}
	if (back_leads_to_folder(host, record)) {
		session_note(undoing->session,
		    "%s was a link to a folder, which no run of this program takes away: it is not "
		    "put back",
		    text_escape_string(record->place).text);
		leave_alone(undoing, record, first);
		return true;
	}
	if (!back_put(undoing->session, record, &state, err)) {
		if (back_has_no_folder(host, record)) {
			*err = (struct err){0};
			return true;
		}
		/* a folder or key that we made and somebody else uses by now, as crypt32 uses every
		 * store that it opens: it holds nothing of ours any more */
		if (err->denied || state.type != FILE_FOLDER || record->before.type != FILE_ABSENT)
			return false;
		keep_used(undoing, record, first);
		return true;
	}
	undoing->replaced[record - undoing->transaction->records] = TAKE(state);
	undoing->out->restored++;
	return true;
}

static bool undo_place(
    struct undoing *undoing, const struct journal_record *record, struct err *err)
{
	size_t foreign = undoing->out->foreign;
	bool ok =
	    changes_peek(&undoing->settled, record->place) || undo_one_place(undoing, record, err);

	if (record->kind == JOURNAL_SOURCES)
		left_found(&undoing->out->found, record->place,
		    ok && undoing->out->foreign == foreign, &undoing->session->out->arena);
	return ok;
}

static void undo_records(struct undoing *undoing)
{
	struct session *session = undoing->session;
	const struct transaction *transaction = undoing->transaction;

	for (size_t i = transaction->count; i-- > 0;) {
		const struct journal_record *record = &transaction->records[i];
		struct err err = {0};
		/* the ledger, whatever the journal calls it */
		bool ok = record->kind == JOURNAL_STATE
		              ? ledger_undo(session->run->state_root, session->ledger_path,
		                    transaction, record, &err) &&
		                    theirs_disown(session, &undoing->theirs, &err)
		              : undo_place(undoing, record, &err);

		session_progress(
		    undoing->session, "undoing", transaction->count - i, transaction->count);
		if (!ok && undoing->failure.code == ERR_NONE)
			undoing->failure = err;
	}
}

static bool undo_all(struct undoing *undoing, struct err *err)
{
	struct host *host = undoing->session->run->host;
	const struct transaction *transaction = undoing->transaction;
	struct undone undone = {.session = undoing->session,
	    .transaction = transaction,
	    .said = undoing->said,
	    .theirs = &undoing->theirs};

	journal_free_room(
	    undoing->session->run->state_root, undoing->session->run->state, transaction->id);
	undoing->by_place = mem_alloc((transaction->count + 1) * sizeof(*undoing->by_place));
	undoing->noted = mem_alloc(transaction->count + 1);
	undoing->replaced = mem_alloc((transaction->count + 1) * sizeof(*undoing->replaced));
	for (size_t i = 0; i < transaction->count; i++)
		undoing->by_place[i] = &transaction->records[i];
	qsort(undoing->by_place, transaction->count, sizeof(*undoing->by_place), compare_records);
	undone.replaced = undoing->replaced;
	undone_look(&undone, undoing->ledger);
	undone_keep_others(&undone, &undoing->settled);
	undo_records(undoing);
	back_remove_temporaries(undoing->session, undoing->by_place, transaction->count);
	undone.derive = undoing->derive;
	if (undoing->failure.code == ERR_NONE)
		undone_settle(&undone);
	undoing->waits = undone.waits;
	items_release(&undone.distrusted);
	items_release(&undoing->theirs);
	changes_release(&undoing->settled);
	free(undoing->by_place);
	free(undoing->noted);
	for (size_t i = 0; i < transaction->count; i++)
		file_state_release(&undoing->replaced[i]);
	free(undoing->replaced);
	if (undoing->failure.code != ERR_NONE) {
		*err = undoing->failure;
		return false;
	}
	return transaction->count == 0 || host->ops->sync(host, err);
}

static bool forget(struct session *session, const struct transaction *transaction,
    enum history_outcome how, struct err *err)
{
	struct run *run = session->run;
	char path[JOURNAL_PATH];

	return journal_path(run->state, transaction->id, JOURNAL_OPEN, path, err) &&
	       lines_append(run->state_root, session->history_path, transaction, how, err) &&
	       file_remove(run->state_root, path, err);
}

static bool undo_loaded(struct session *session, const struct transaction *transaction,
    enum history_outcome how, struct undo *out, struct err *err)
{
	struct run *run = session->run;
	AUTO(ledger) old = {0};
	AUTO(text) said = {0};
	struct undoing undoing = {.session = session,
	    .transaction = transaction,
	    .said = &said,
	    .ledger = &old,
	    .settled.step = CHANGE_NO_STEP,
	    .out = out};
	size_t foreign = out->foreign;
	struct err damaged = {0};
	bool waits = false;

	/* a damaged ledger comes back as before the transaction; nothing is known of it now */
	if (!ledger_load(run->state_root, session->ledger_path, &old, &damaged))
		old = (struct ledger){0};
	/* where a killed run was undoing, the ledger may be back already, and no place yet */
	else if (how == HISTORY_ROLLED_BACK &&
	         file_type(run->state_root, session->ledger_path) != FILE_ABSENT)
		theirs_look(session, transaction, &old, &undoing.theirs);
	if (!undo_all(&undoing, err))
		return false;
	/* what an earlier one of several left stays ours, too */
	if (out->left && !left_keep(session, &old, out->left, err))
		return false;
	if (!undoing.waits)
		text_add(&session->out->notes, text_string(&said));
	else if (!undone_note_owed(session, transaction, &said, &waits, err))
		return false;
	waits = waits && how == HISTORY_ROLLED_BACK;
	out->owed += waits;
	if ((out->foreign == foreign && !waits) || transaction->item_count == 0)
		return forget(session, transaction, how, err);
	return journal_close_partly(run->state_root, run->state, transaction, err);
}

/* What stands in the way can usually be taken out of it; where it cannot, this need not stop all
 * runs. */
static bool say_way_out(const char *id, struct err *err)
{
	struct err why = *err;

	if (why.code == ERR_IO && !why.denied && !why.read_only)
		err_set(err, why.code,
		    "%s; mend that and run rollback again, or have all that it did stay with "
		    "`rollback --discard %s`",
		    why.text, text_escape_string(id).text);
	return false;
}

bool undo_transaction(struct session *session, const char *id, enum history_outcome how,
    struct undo *out, struct err *err)
{
	AUTO(transaction) transaction = {0};
	struct run *run = session->run;

	return (transaction_load(run->state_root, run->state, id, true, &transaction, err) &&
	           transaction_judge(&transaction, run->host->ops->places, err) &&
	           (undo_loaded(session, &transaction, how, out, err) || say_way_out(id, err))) ||
	       err_wrap(err, "undoing transaction %s", text_escape_string(id).text);
}

bool undo_unfinished(struct session *session, size_t *count, struct undo *out, struct err *err)
{
	AUTO(journal_names) names = {0};

	if (!journal_names(session->run->state_root, session->run->state, &names, err))
		return false;
	if (names.open_count && !undo_judge(session, &names, err))
		return false;
	for (size_t i = names.open_count; i-- > 0;) {
		if (!undo_transaction(session, names.open[i], HISTORY_UNDONE, out, err))
			return false;
		session_note(
		    session, "transaction %s was not finished and has been undone", names.open[i]);
	}
	*count = names.open_count;
	return true;
}
