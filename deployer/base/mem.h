/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Memory. Allocation failure ends the process here and nowhere else, so no
 * caller checks for NULL. Sizes that come from outside are capped before they
 * get here.
 *
 * AUTO(type) declares a struct that type_release() empties when it leaves
 * scope; it must be initialised ({0}). TAKE(x) moves a struct out of an AUTO
 * variable, leaving zeros behind:
 *
 *     AUTO(bytes) der = {0};
 *     ...
 *     out->der = TAKE(der);
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/err.h"

#define AUTO(type) __attribute__((cleanup(type##_release))) struct type
#define TAKE(x)                                                                                    \
	__extension__({                                                                            \
		__typeof__(x) taken_ = (x);                                                        \
		memset(&(x), 0, sizeof(x));                                                        \
		taken_;                                                                            \
	})
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Zeroed memory of `size` bytes; released with free(). */
void *mem_alloc(size_t size);
char *mem_strdup(const char *text);
/* Memory that a library allocated: ends the process when there was none. */
void *mem_checked(void *memory);

/* Makes room for `need` elements of `unit` bytes in `list` (which may be NULL)
 * and returns it, moved or not; `capacity` counts elements. New ones are not zeroed. */
void *mem_grow(void *list, size_t *capacity, size_t need, size_t unit);

/*
 * An arena: many small things that live equally long (the strings of a policy, the items of a host)
 * and are released together. Zero-initialised. What it gave out never moves.
 */
struct arena {
	struct arena_block *blocks;
};

void *arena_alloc(struct arena *arena, size_t size); /* zeroed, aligned for any type */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t size);
void *arena_copy(struct arena *arena, const void *data, size_t size);
char *arena_printf(struct arena *arena, const char *fmt, ...) PRINTF(2);
void arena_release(struct arena *arena);
