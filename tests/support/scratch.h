/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A folder that is the current one while a Criterion test runs (each has a process
 * of its own), and is deleted with all that is in it afterwards.
 *
 *     AUTO(scratch) scratch = {0};
 *     scratch_enter(&scratch);
 */
#include "base/bytes.h"

struct scratch {
	char path[64];
};

void scratch_enter(struct scratch *out);
void scratch_release(struct scratch *scratch);
/* Writes a file of mode 0600. */
void scratch_put(const char *path, struct span content);
