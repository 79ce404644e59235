/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The first block of an arena is small, since most arenas hold little; each further one is twice
 * as large as the one before, up to a limit. */
enum { ARENA_FIRST = 4 * 1024, ARENA_LARGEST = 64 * 1024, ARENA_ALIGN = 16 };

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	_Alignas(ARENA_ALIGN) char data[];
};

void *mem_checked(void *memory)
{
	if (!memory) {
		fputs("trust-deployer: out of memory\n", stderr);
		abort();
	}
	return memory;
}

void *mem_alloc(size_t size)
{
	return mem_checked(calloc(1, size ? size : 1));
}

char *mem_strdup(const char *text)
{
	return mem_checked(strdup(text));
}

void *mem_grow(void *list, size_t *capacity, size_t need, size_t unit)
{
	size_t target = *capacity ? *capacity : 8;

	if (need <= *capacity)
		return list;
	while (target < need)
		target *= 2;
	if (target > SIZE_MAX / unit)
		mem_checked(NULL);
	*capacity = target;
	return mem_checked(realloc(list, target * unit));
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;
	void *start;

	size = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	if (!block || block->size - block->used < size) {
		size_t data = block ? 2 * block->size : ARENA_FIRST;

		if (data > ARENA_LARGEST)
			data = ARENA_LARGEST;
		if (data < size)
			data = size;
		block = mem_alloc(sizeof(*block) + data);
		block->size = data;
		block->next = arena->blocks;
		arena->blocks = block;
	}
	start = block->data + block->used;
	block->used += size;
	return start;
}

void *arena_copy(struct arena *arena, const void *data, size_t size)
{
	void *copy = arena_alloc(arena, size);

	return size ? memcpy(copy, data, size) : copy;
}

char *arena_strndup(struct arena *arena, const char *text, size_t size)
{
	char *copy = arena_alloc(arena, size + 1);

	if (size)
		memcpy(copy, text, size);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	char small[512];
	char *text;
	va_list args;
	int size;

	va_start(args, fmt);
	size = vsnprintf(small, sizeof(small), fmt, args);
	va_end(args);
	if (size < (int)sizeof(small))
		return arena_copy(arena, small, (size_t)size + 1);
	text = arena_alloc(arena, (size_t)size + 1);
	va_start(args, fmt);
	vsnprintf(text, (size_t)size + 1, fmt, args);
	va_end(args);
	return text;
}

void arena_release(struct arena *arena)
{
	while (arena->blocks) {
		struct arena_block *block = arena->blocks;

		arena->blocks = block->next;
		free(block);
	}
}
