/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What an undoing left alone, because somebody else has changed it.
 */
#include "base/mem.h"

struct left {
	const char *place, *transaction; /* in the arena of the outcome */
	size_t line;                     /* that alone was left; 0: all of it was */
	const struct left *next;
};

/* "FILE was changed by somebody else", or a line of it. */
const char *left_what(const struct left *left, struct arena *arena);

/* What was left alone where an item was seen, at `location`, on a line or in a value of it; or
 * NULL.
 */
const struct left *left_find(const struct left *list, const char *location);
