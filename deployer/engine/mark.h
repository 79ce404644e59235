/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Marks an image and the state that is kept for it elsewhere, for as long as that state tells of
 * something that was done to the image (state/belongs.h). In all other runs each of these does
 * nothing.
 */
#include "engine/session.h"

/* Before anything is changed. */
bool mark_image(const struct run *run, struct err *err) MUST_CHECK;
/* For a rehearsal: whether that could be done, as with file_can_set(). */
bool mark_foresee(const struct run *run, struct err *err) MUST_CHECK;
/* Before all is taken back: ERR_POLICY, with what to do, when the state knows of nothing and the
 * system has the mark of another state. The owed list must be loaded. */
bool mark_knows(const struct session *session, struct err *err) MUST_CHECK;
/* Whether this system has something that another state tells of, and this one does not know: one
 * sentence, in the outcome's arena, and where it is; `*next` is what to do where that is not the
 * usual thing, or NULL. NULL when there is nothing, or this user may not see the state. The host
 * must have been looked at. */
const char *mark_unknown(struct session *session, const char **place, const char **next);
/* At the end of a run, under the lock: takes the marks away where the state owns nothing and can
 * take nothing back. What fails is a note. */
void mark_settle(struct session *session);
