/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What was done on this host, for `history`, `explain` and `rollback`: the
 * transactions that can still be undone (state/journal) and one line for each
 * older one (state/history). Reading it writes nothing and takes no lock.
 *
 *     history_load → history_find, history_of_item → history_release
 */
#include "base/file.h"
#include "base/text.h"
#include "model/words.h"

enum history_outcome {
	HISTORY_DONE,
	HISTORY_ROLLED_BACK, /* by `rollback` */
	HISTORY_UNDONE,      /* by itself: it was killed, or could not be published */
	HISTORY_IN_PART,     /* by `rollback`, but for what somebody else had changed */
	HISTORY_INCOMPLETE,  /* killed; the next apply or rollback undoes it */
	HISTORY_OUTCOMES,
};

/* One item that a transaction changed or tried to change. */
struct history_item {
	const char *id;
	const char *policy;
	const char *before, *after; /* canonical values; "absent" and "present" for certificates */
	enum action action;
	bool failed;       /* it stayed as it was */
	bool along;        /* nobody asked for it: what was done for others brought it about */
	const char *label; /* what people call it; "" when that is not known */
};

struct history_entry {
	const char *id;
	int64_t time;
	const char *mode; /* RUN_APPLY … (model/words.h) */
	const char **policies;
	size_t policy_count;
	size_t changed[ACTIONS]; /* items by action; those that failed are not counted */
	size_t failed;
	enum history_outcome outcome;
	const char *undoes; /* of a rollback: the ids it took back, with blanks between; of a
	                       discard: the id; "" else */
	bool undoable;      /* its undo data is still there */
	/* empty when only the line is left */
	struct history_item *items;
	size_t item_count;
};

struct history {
	struct history_entry *list; /* oldest first */
	size_t count, capacity;
	/* Why something is not in the list, a line each: a journal that is refused, or a damaged
	 * line. One of them hides no other. */
	struct text faults;
	struct arena arena;
};

/* "done", "rolled back", "undone", "rolled back in part", "incomplete" */
const char *history_outcome_name(enum history_outcome outcome);

/* `state` is the state folder, a path of `root`; `places` what the host's backend writes (struct
 * host_ops), or NULL: any. Nothing there is an empty history; ERR_IO when this user may not read
 * it. What is damaged or refused is in `out->faults`. */
bool history_load(struct root *root, const char *state, const char *const *places,
    struct history *out, struct err *err) MUST_CHECK;
const struct history_entry *history_find(const struct history *history, const char *id);
/* The newest entry below `from` (history->count to begin with) that names the item, and the
 * item's part in it; history->count when there is none. */
size_t history_of_item(const struct history *history, size_t from, const char *item_id,
    const struct history_item **item);
void history_release(struct history *history);
