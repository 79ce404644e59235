/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * One writer at a time: a file in the folder that the host names (/run), or, of an image, in the
 * state folder. Two runs may keep their state of one image at two places: so a file in the /run of
 * this system holds them apart too, always behind that of the state.
 */
#include "engine/run.h"

struct lock {
	int state, image; /* -1: not taken */
};

/* ERR_LOCKED when another run holds it for longer than run->lock_wait. `verb` is who wants it, for
 * messages. The caller gives it to lock_release, also when it is not taken. err->read_only tells
 * that nothing can be written where the lock lies. */
bool lock_take(struct run *run, const char *verb, struct lock *lock, struct err *err) MUST_CHECK;
void lock_release(struct lock *lock);
/* For a rehearsal: whether the lock could be taken, and the state folder written to, by a user who
 * may; else why not, as with file_can_set(). */
bool lock_foresee(const struct run *run, struct err *err) MUST_CHECK;
/* Whether a lock can be made there, and no link, pipe or folder is in its place. */
bool lock_judge(const struct run *run, struct err *err) MUST_CHECK;
