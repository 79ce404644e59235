/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What apply leaves in the state folder: the ledger and the commit of its transaction, floors, the
 * next keyring, and a journal of bounded length.
 */
#include "engine/apply/carry.h"

/* Names the transaction. Writes nothing. */
bool remember_begin(struct carrier *carrier, const char *mode, struct err *err) MUST_CHECK;
/* Writes the ledger as a part of the transaction, makes all durable, and commits. `now` is what the
 * last look saw. A transaction that changed nothing, nor the ledger, is forgotten. */
bool remember(struct carrier *carrier, const struct items *now, struct err *err) MUST_CHECK;
/* Makes the ledger in memory what remember() would write. */
void remember_rehearsed(struct carrier *carrier, const struct items *now);
/* Leaves a line of history of a transaction that is done, and forgets what would undo it. `partly`
 * is how one ended that was rolled back in part. */
bool remember_as_line(struct session *session, const char *id, enum history_outcome partly,
    struct err *err) MUST_CHECK;
/* Ends each rollback in part whose items the run, which is judged by now, has as wanted again:
 * going on with it would take away what is wanted. Taking that run back is what takes them away.
 * What fails is a note. */
void remember_settle(struct session *session);
/* Forgets a transaction of which nothing was carried out. */
void remember_nothing(struct carrier *carrier);
/* Moves the floors up for the bundles that were used, and takes the next keyring that one of them
 * brought. Writes nothing where nothing is new. */
bool remember_bundles(struct session *session, struct err *err) MUST_CHECK;
/* An id for something that happens after all that is remembered. */
bool remember_next_id(
    struct session *session, const char *mode, struct journal *out, struct err *err) MUST_CHECK;

/* Sets the journal of a transaction aside, as `rollback --discard ID` does: it is kept under
 * another name, and a line of history tells of it. Nothing of it is read, since it may be false or
 * damaged, and nothing is carried out. ERR_USAGE when there is none. Needs the lock. */
bool remember_discard(struct session *session, const char *id, struct err *err) MUST_CHECK;
