/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What may stand at the places of the state folder. Somebody may have put a link, a pipe or a
 * folder where this program keeps a file: then apply cannot remember what it does, so that check
 * has to say so too.
 */
#include "state/belongs.h"

/* Whether each place is free or has what belongs there, and the folder is there or can be made as
 * far as links and files on its way go. ERR_IO with the place, and with what to do. What this user
 * may not look at is no fault. */
bool stands_check(struct root *root, const char *state, struct err *err) MUST_CHECK;
/* Whether a run may go by the state at all: ERR_POLICY where somebody else could have written it or
 * its journals, or where it is that of another image; and stands_check. */
bool stands_judge(const struct belonging *belonging, struct err *err) MUST_CHECK;
/* stands_check of one file, such as a lock. */
bool stands_file(struct root *root, const char *path, struct err *err) MUST_CHECK;
