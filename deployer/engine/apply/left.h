/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What an undoing left alone, because somebody else has changed it.
 */
#include "engine/apply/unedit.h"
#include "engine/session.h"
#include "state/journal.h"

struct left {
	const char *place, *transaction; /* only that line was left; 0: all of it */
	size_t line;                     /* of a kind that comes back only when it is written
	                                  * again */
	bool in_place;                   /* of a kind that comes back only when it is written
	                                  * again */
	const char *gone, *was; /* a line of ours that is gone, and what stood there; or NULL */
	const struct left *next;
};

/* What was left of the place, by what unedit_partly() says. In `arena`. */
struct left *left_make(const char *place, const char *transaction, const struct unedit_left *edited,
    struct arena *arena);

/* "FILE was changed by somebody else", or a line of it. */
const char *left_what(const struct left *left, struct arena *arena);

/* What was left alone where an item was seen: at `location`, on a line or in a value of it; or
 * NULL. */
const char *left_message(const struct left *left, struct arena *arena);
const char *left_next(const struct left *left, const char *verb, struct arena *arena);

/* What was left alone where an item was seen: at `location`, on a line or in a value of it; or
 * NULL. */
const struct left *left_find(const struct left *list, const char *location);

/* A source as the first of several undoings found it. */
const struct left *left_of_entry(
    struct session *session, const struct ledger_entry *entry, struct arena *arena);

/* A source as the first of several undoings found it. */
struct left_place {
	const char *place;
	bool intact; /* each line of ours was as we left it */
	const struct left_place *next;
};

/* Notes how a place was found, unless it is known already. */
void left_found(
    const struct left_place **list, const char *place, bool intact, struct arena *arena);

/* Whether nobody had edited our lines there when the undoings began: what they left alone is then
 * something that we had overwritten once. */
bool left_found_intact(const struct left_place *list, const char *place);

/* Appends the sources of the transaction that its undoing took away, and those that are neither as
 * they were before it nor as it left them. What they held is not kept in the outputs. */
void left_list_gone(struct host *host, const struct transaction *transaction, struct changes *out);

/* Keeps what `old` says of items that are not as they were before us because a place was left
 * alone: they are still ours. The ledger is that of before the transaction now. */
bool left_keep(struct session *session, const struct ledger *old, const struct left *list,
    struct err *err) MUST_CHECK;
