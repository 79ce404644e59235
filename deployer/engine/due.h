/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Hooks that are due, through a run: what earlier runs left is read from the state, the host is
 * told of changes, and what has not ended well is kept before the transaction is closed. A run that
 * is killed before undoes its transaction with the next one, and tells the hooks of that.
 */
#include "engine/session.h"

/* Once a run; ERR_FORMAT when the record is damaged. */
bool due_read(struct session *session, struct err *err) MUST_CHECK;
/* Has the host run its hooks, those too that are due from before. In a rehearsal none is run. */
bool due_tell(struct session *session, const struct changes *done, bool rehearsal,
    struct err *err) MUST_CHECK;
bool due_any(const struct session *session);
bool due_keep(struct session *session, struct err *err) MUST_CHECK;
/* Appends a step for each hook that is due, or was until this run. */
void due_judge(struct session *session);
