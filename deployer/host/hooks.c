/* SPDX-License-Identifier: Apache-2.0 */
#include "host/hooks.h"

#include <stdlib.h>
#include <string.h>

struct hook *hooks_find(const struct hooks *hooks, const char *name)
{
	for (size_t i = 0; i < hooks->count; i++)
		if (strcmp(hooks->list[i].name, name) == 0)
			return &hooks->list[i];
	return NULL;
}

struct hook *hooks_add(struct hooks *hooks, const char *name)
{
	struct hook *hook = hooks_find(hooks, name);

	if (hook)
		return hook;
	hooks->list =
	    mem_grow(hooks->list, &hooks->capacity, hooks->count + 1, sizeof(*hooks->list));
	hook = &hooks->list[hooks->count++];
	*hook = (struct hook){.name = arena_strdup(&hooks->arena, name), .why = ""};
	return hook;
}

void hooks_add_link(struct hooks *hooks, struct hook *hook, const char *link)
{
	for (size_t i = 0; i < hook->link_count; i++)
		if (strcmp(hook->links[i], link) == 0)
			return;
	hook->links =
	    mem_grow(hook->links, &hook->link_capacity, hook->link_count + 1, sizeof(*hook->links));
	hook->links[hook->link_count++] = arena_strdup(&hooks->arena, link);
}

void hooks_remove(struct hooks *hooks, struct hook *hook)
{
	size_t at = (size_t)(hook - hooks->list);

	free(hook->links);
	memmove(hook, hook + 1, (hooks->count - at - 1) * sizeof(*hook));
	hooks->count--;
}

void hooks_release(struct hooks *hooks)
{
	for (size_t i = 0; i < hooks->count; i++)
		free(hooks->list[i].links);
	free(hooks->list);
	arena_release(&hooks->arena);
	*hooks = (struct hooks){0};
}
