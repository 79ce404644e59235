/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Takes a transaction back, place by place in reverse order: one that a killed run left open, one
 * that could not be published, or one that `rollback` names. Each place that is as the
 * transaction made it gets what stood there before; one that somebody else changed since
 * is left alone and said. Undoing what is undone already does nothing, so being killed
 * in the middle does no harm: the transaction is open then, and the next run goes on.
 *
 * In reverse the places pass through the states that they came by, so trust is whole at every
 * instant here too.
 */
#include "engine/history.h"
#include "engine/session.h"

struct undo {
	size_t restored; /* places set back */
	size_t foreign;  /* places left alone */
};

/* Undoes the open transaction `id`, writes its line of history with `how`, and forgets it. `out` is
 * added to. On failure the transaction stays open. */
bool undo_transaction(struct session *session, const char *id, enum history_outcome how,
    struct undo *out, struct err *err) MUST_CHECK;

/* Undoes whatever is open, newest first. `count` is how many there were. */
bool undo_unfinished(
    struct session *session, size_t *count, struct undo *out, struct err *err) MUST_CHECK;
