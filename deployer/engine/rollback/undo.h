/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Takes a transaction back, place by place in reverse order: one that a killed run left open, one
 * that could not be published, or one that `rollback` names. Each place that is as the
 * transaction made it gets what stood there before. From a file that somebody else has edited since
 * our lines are taken out and theirs stay; a line of ours that was edited, and a file of ours that
 * is another, is left alone and said: its items stay ours, and the transaction stays, in part, so
 * that it can be rolled back again. Undoing what is undone already does nothing, so being killed in
 * the middle does no harm: the transaction is open then, and the next run goes on.
 *
 * In reverse the places pass through the states that they came by, so trust is whole at every
 * instant here too.
 */
#include "engine/apply/left.h"
#include "engine/session.h"
#include "state/history.h"

struct undo {
	size_t restored; /* places set back */
	size_t foreign;  /* places left alone, or a line of them: */
	const struct left *left;
	size_t owed; /* transactions whose outputs wait for the distribution's tool */
	/* of `rollback --all`: what is left alone is told by the caller, when all is done */
	bool quiet;
	const struct left_place *found;
};

/* Judges all transactions that are done, so that a false one is found before any is carried out.
 * ERR_FORMAT with what to do. */
bool undo_judge(
    struct session *session, const struct journal_names *names, struct err *err) MUST_CHECK;

/* Judges all transactions before a run changes anything: ERR_FORMAT when one is false. */
bool undo_judge_done(struct session *session, struct err *err) MUST_CHECK;
/* For a rehearsal: whether a journal, done or open, would have a run refused. ERR_FORMAT with what
 * to do; what this user may not read is no fault. */
bool undo_foresee(struct session *session, struct err *err) MUST_CHECK;

/* Undoes the open transaction `id`, writes its line of history with `how`, and forgets it; where
 * something was left alone it is done again, in part. `out` is added to. On failure the transaction
 * stays open. */
bool undo_transaction(struct session *session, const char *id, enum history_outcome how,
    struct undo *out, struct err *err) MUST_CHECK;

/* Undoes whatever is open, newest first. `count` is how many there were. */
bool undo_unfinished(
    struct session *session, size_t *count, struct undo *out, struct err *err) MUST_CHECK;

/* What is left to do when the places of a transaction are back: in undo_outputs.c. */
struct undone {
	struct session *session;
	const struct transaction *transaction;
	const struct file_state *replaced; /* by record: what was there until it was put back */
	const struct ledger *ledger;       /* as it was before anything is undone */
	const struct items *theirs;        /* theirs_look() */
	bool derive; /* the outputs that were put back do not fit what was left alone */
	struct items distrusted;
	struct text *said; /* by the host, of publishing it */
	bool waits;        /* the outputs may not follow from the sources */
};

/* Before anything is undone: adds to `distrusted` the roots that the transaction took out of force,
 * and that had a source then. `ledger` is that of now. */
void undone_look(struct undone *undone, const struct ledger *ledger);
/* Before anything is undone: has the host keep in force what others have put behind outputs of the
 * transaction. Appends the places that this has settled to `settled`. What fails is a note. */
void undone_keep_others(struct undone *undone, struct changes *settled);
/* Makes the outputs follow from the sources as they are, tells the distribution's tools, and puts
 * back once more what these change of what came back. A root whose source has gone since does not
 * come back into force. What fails is a note. */
void undone_settle(struct undone *undone);
/* When outputs may wait for the distribution's tool: remembers what of the transaction does
 * (owed.h), and whether anything does. What the host `said` becomes a note, unless it is about a
 * rebuild that nothing needs. */
bool undone_note_owed(struct session *session, const struct transaction *transaction,
    const struct text *said, bool *waits, struct err *err) MUST_CHECK;
