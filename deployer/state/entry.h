/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What was done on this host, a transaction at a time: what the journal, the lines of the history
 * and who reads both (history.h) speak of.
 */
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
	bool waits;        /* written, and not as asked yet: the distribution's tool has not run */
	const char *label; /* what people call it; "" when not known */
};

struct history_entry {
	const char *id;
	int64_t time;
	const char *mode; /* RUN_APPLY … (model/words.h) */
	const char **policies;
	size_t policy_count;
	size_t changed[ACTIONS]; /* items by action, as the run's report counts what is fixed: not
	                            those that failed or wait */
	size_t failed;
	enum history_outcome outcome;
	const char *undoes; /* of a rollback: the ids it took back, with blanks between; of a
	                       discard: the id; "" else */
	bool undoable;      /* its undo data is still there */
	size_t line;        /* of the history's file, from 1; 0: it was read from the journal */
	/* where only the line is left, the first ones, or none where an earlier version wrote it */
	struct history_item *items;
	size_t item_count;
};

struct history {
	struct history_entry *list; /* oldest first */
	size_t count, capacity;
	/* Why something is not in the list, a line each: a journal that is refused, or a damaged
	 * line. One of them hides no other. */
	struct text faults;
	/* the mark of another state, which tells of what is not in the list; or NULL */
	const char *elsewhere;
	struct arena arena;
};

/* "done", "rolled back", "undone", "rolled back in part", "incomplete" */
const char *history_outcome_name(enum history_outcome outcome);
/* The numbers of an entry, from its items. */
void history_count(struct history_entry *entry, const struct history_item *items, size_t count);
void history_release(struct history *history);
