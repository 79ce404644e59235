/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The last good copies: of each bundle that a policy names and that this host has used, the file as
 * it was when it was used last, in the folder `copies` of the state. A run that cannot reach a
 * source, or finds something there that a rule refuses, goes on with the copy (bundles_find), which
 * is judged anew each time: keyring, version floor, dates. So a laptop off the site keeps to what
 * it knew an hour ago.
 */
#include "engine/session.h"

enum { COPY_MAX_BYTES = 64 * 1024 * 1024 };

/* The folder, as a path of the state's root; in `arena`. */
const char *copies_folder(const char *state, struct arena *arena);
/* Keeps the bundles that this run took from their sources, and forgets those that no policy names
 * any more. Writes nothing where nothing changed. A copy that cannot be written is a note. */
void copies_keep(struct session *session);
