/* SPDX-License-Identifier: Apache-2.0 */
#include "host/remarks.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { REMARK_MAX = 2048 };

void remarks_add(
    struct remarks *remarks, const char *cause, const char *place, const char *fmt, ...)
{
	char text[REMARK_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	remarks->list =
	    mem_grow(remarks->list, &remarks->capacity, remarks->count + 1, sizeof(*remarks->list));
	remarks->list[remarks->count++] = (struct remark){.cause = cause,
	    .place = arena_strdup(&remarks->arena, place),
	    .message = arena_strdup(&remarks->arena, text)};
}

void remarks_release(struct remarks *remarks)
{
	free(remarks->list);
	arena_release(&remarks->arena);
	*remarks = (struct remarks){0};
}
