/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A transaction that was rolled back in part is undone again. The rollback may have undone older
 * ones with it, in part too: what these have put back is neither ours nor edited by somebody.
 */
#include "engine/session.h"
#include "state/history.h"

/* Appends what stood at the place before older transactions that were rolled back in part; nothing
 * when `transaction` was not. One that cannot be read tells nothing. */
void again_read(struct session *session, const struct transaction *transaction, const char *place,
    struct bytes *out);

/* The index in `names->done` of the oldest transaction that the last rollback of the newest one
 * undid with it, when that was one in part: to roll back again is to go on with all of these. The
 * index of the newest otherwise. There is at least one. */
bool again_from(struct session *session, const struct journal_names *names, size_t *out,
    struct err *err) MUST_CHECK;
