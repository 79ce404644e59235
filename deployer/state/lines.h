/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * state/history: one JSON line for each transaction whose undo data is gone, and for each
 * rollback. The other part of history.h is read from the journal.
 */
#include "state/journal.h"

/* Makes the line of `transaction` durable at the end of the file `path`. */
bool lines_append(struct root *root, const char *path, const struct transaction *transaction,
    enum history_outcome outcome, struct err *err) MUST_CHECK;
/* The line of a rollback, which has no transaction of its own: `entry` has its id, time, counts,
 * outcome and what it undid. */
bool lines_append_rollback(struct root *root, const char *path, const struct history_entry *entry,
    struct err *err) MUST_CHECK;
/* The same of a transaction that was set aside: what `entry` names as undone. */
bool lines_append_discard(struct root *root, const char *path, const struct history_entry *entry,
    struct err *err) MUST_CHECK;
/* The line of a keyring that took the place of the one before it. */
bool lines_append_rotation(
    struct root *root, const char *path, const char *id, int64_t time, struct err *err) MUST_CHECK;
/* Appends what the file says; a missing file says nothing, a last line that is cut off is not
 * there. */
bool lines_load(
    struct root *root, const char *path, struct history *out, struct err *err) MUST_CHECK;
