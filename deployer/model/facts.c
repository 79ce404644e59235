/* SPDX-License-Identifier: Apache-2.0 */
#include "model/facts.h"

#include <stdlib.h>

static struct fact *find(const struct facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->count; i++)
		if (strcmp(facts->list[i].name, name) == 0)
			return &facts->list[i];
	return NULL;
}

void facts_set(struct facts *facts, const char *name, const char *value, const char *source)
{
	struct fact *fact = find(facts, name);

	if (!fact) {
		facts->list =
		    mem_grow(facts->list, &facts->capacity, facts->count + 1, sizeof(*facts->list));
		fact = &facts->list[facts->count++];
		fact->name = arena_strdup(&facts->arena, name);
	}
	fact->value = value ? arena_strdup(&facts->arena, value) : NULL;
	fact->source = arena_strdup(&facts->arena, source);
}

const char *facts_value(const struct facts *facts, const char *name)
{
	const struct fact *fact = find(facts, name);

	return fact ? fact->value : NULL;
}

bool facts_say(const struct facts *facts, const char *name, const char *value)
{
	const char *known = facts_value(facts, name);

	return known && strcmp(known, value) == 0;
}

bool facts_os(const struct facts *facts, enum os os)
{
	return facts_say(facts, FACT_OS, os_words[os]);
}

void facts_release(struct facts *facts)
{
	free(facts->list);
	arena_release(&facts->arena);
	*facts = (struct facts){0};
}
