/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Whose a state folder is that lies outside of its image (--state). Its ledger and journals tell of
 * one image: believed of another one, they would call ours what its owner put there, and take it
 * away. So both are marked when the first change is noted, with a random id:
 *
 *     STATE/image                                a JSON object: id, root, made
 *     IMAGE/var/lib/trust-deployer/states/ID     an empty file
 *
 * A copy of the image has the mark as well, and is served like the image. State inside of an image
 * needs no mark: it is copied, and thrown away, with the image. When a state owns nothing any more
 * and can take nothing back, both marks go, and it may serve any image. A copy, or the image that
 * it is a copy of, keeps its mark then: it tells that something was done there that no state which
 * lacks the mark can take back.
 *
 * State of an earlier version has no mark. It is believed, and gets one with the next change.
 *
 *     belongs_check … belongs_mark, before the first change … belongs_release, at the end of a run
 */
#include "base/file.h"

struct belonging {
	struct root *state_root; /* what `state` is a path of */
	const char *state;       /* the state folder */
	struct root *root;       /* the system that the run works on */
	const char *folder;      /* where a system has its own state, a path of `root` */
};

/* Whether the state may tell of this system: it has no mark, or the one that is there too.
 * ERR_POLICY, with what to do, when it is that of another one. */
bool belongs_check(const struct belonging *belonging, struct err *err) MUST_CHECK;
/* Marks both, where that is not done yet. The state folder must be there. */
bool belongs_mark(const struct belonging *belonging, struct err *err) MUST_CHECK;
/* The path in the system, in `arena`, of the mark of another state; NULL where there is none. */
bool belongs_to_another(const struct belonging *belonging, struct arena *arena, const char **mark,
    struct err *err) MUST_CHECK;
/* Takes both marks away, and the folders that were made for the one in the system. Needs the lock
 * of the state. `*first`, in `arena`, is where the image was that was marked first, when that is
 * another place: this one was moved, or is a copy. Else it is NULL. */
bool belongs_release(const struct belonging *belonging, struct arena *arena, const char **first,
    struct err *err) MUST_CHECK;
