/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What a host tells of itself besides its items: a folder that its own tool does not read, a file
 * that only root can read. For diagnosis, which has a row for each cause; no item is judged by it.
 */
#include "base/text.h"

struct remark {
	const char *cause;   /* the word of a row of engine/diagnose/diagnose.c */
	const char *place;   /* the path that it is about */
	const char *message; /* one sentence */
};

struct remarks {
	struct remark *list;
	size_t count, capacity;
	struct arena arena;
};

/* Appends one; `place` and the text are copied. */
void remarks_add(
    struct remarks *remarks, const char *cause, const char *place, const char *fmt, ...) PRINTF(4);
void remarks_release(struct remarks *remarks);
