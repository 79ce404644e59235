/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Progress for a person who waits: one line on standard error, rewritten in place, only on a
 * terminal and only when something takes longer than a second.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	bool wanted, shown;
	int64_t started, updated; /* milliseconds of a clock that never jumps */
};

struct progress progress_start(bool wanted);
/* The engine's callback; `context` is a struct progress. */
void progress_tell(void *context, const char *what, size_t done, size_t total);
/* Takes the line away. */
void progress_end(struct progress *progress);
