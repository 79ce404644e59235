/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Paths of a mounted Windows volume. The names that Windows looks up without regard to case
 * are found so here too; only files that are regular count, because ntfs-3g shows other things
 * as pipes and sockets, which would make a reader wait.
 */
#include "base/file.h"

/* True when a Windows volume is there, whatever the case of its folders. */
bool volume_is_windows(struct root *root);
/* The path as it is spelt below the root, in `arena`: each part as given where there is such an
 * entry, else the first one that differs in case alone (ASCII). NULL when there is none. */
const char *volume_find(struct root *root, const char *path, struct arena *arena);
/* Of a path that is not found: whether it may be there all the same, in a folder that this user may
 * not look into. */
bool volume_is_closed(struct root *root, const char *path);
