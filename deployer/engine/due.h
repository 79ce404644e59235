/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Hooks that are due, through a run: what earlier runs left is read from the state, the host is
 * told of changes, and what has not ended well is kept before the transaction is closed. A run that
 * is killed before undoes its transaction with the next one, and tells the hooks of that.
 */
#include "engine/plan.h"
#include "host/host.h"

struct due {
	struct host *host;
	struct root *root; /* which the state folder is a path of */
	const char *state;
	struct hooks before; /* those that earlier runs left */
	bool read;
};

/* Once a run; ERR_FORMAT when the record is damaged. */
bool due_read(struct due *due, struct err *err) MUST_CHECK;
/* Has the host run its hooks, those too that are due from before. In a rehearsal none is run. */
bool due_tell(
    struct due *due, const struct changes *done, bool rehearsal, struct err *err) MUST_CHECK;
bool due_any(const struct due *due);
bool due_keep(struct due *due, struct err *err) MUST_CHECK;
/* Appends a step for each hook that is due, or was due until this run. With `looks` the run changes
 * nothing. Strings are in `arena`. Returns how many were run again. */
size_t due_judge(const struct due *due, bool looks, struct plan *plan,
    const struct plan_rules *rules, struct arena *arena);
void due_release(struct due *due);
