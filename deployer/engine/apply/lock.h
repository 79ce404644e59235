/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * One writer at a time: a file in the folder that the host names (/run), or, of an image, in the
 * state folder.
 */
#include "engine/run.h"

/* ERR_LOCKED when another run holds it for longer than run->lock_wait. `verb` is who wants it, for
 * messages. The caller gives it to file_unlock. err->read_only tells that nothing can be written
 * where the lock lies. */
bool lock_take(struct run *run, const char *verb, int *fd, struct err *err) MUST_CHECK;
/* For a rehearsal: whether the lock could be taken, and the state folder written to, by a user who
 * may; else why not, as with file_can_set(). */
bool lock_foresee(const struct run *run, struct err *err) MUST_CHECK;
/* Whether there can be a lock at all, and no link, pipe or folder lies where it is to be. */
bool lock_judge(const struct run *run, struct err *err) MUST_CHECK;
