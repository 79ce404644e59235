/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/apply/left.h"

#include "base/text.h"

const char *left_what(const struct left *left, struct arena *arena)
{
	if (!left->line)
		return arena_printf(
		    arena, "%s was changed by somebody else", text_escape_string(left->place).text);
	return arena_printf(arena, "%s:%zu, a line of ours, was edited by somebody else",
	    text_escape_string(left->place).text, left->line);
}

/* "FILE", "FILE:3, OTHER:5", "FILE: !a line", "FILE; a remark", "all_proxy in FILE:1" */
static bool is_told(const char *location, const char *place)
{
	const char *at = strstr(location, place);

	return at && (at == location || at[-1] == ' ') &&
	       (!at[strlen(place)] || strchr(":;,", at[strlen(place)]));
}

/* An entry of a store in the registry is seen at its key, and what was left is a value of it. */
static bool is_value_of(const char *key, const char *place)
{
	size_t size = strlen(key);

	return *place != '/' && strncmp(place, key, size) == 0 && place[size] == '\\';
}

const struct left *left_find(const struct left *list, const char *location)
{
	for (const struct left *left = list; left && location && *location; left = left->next)
		if (is_told(location, left->place) || is_value_of(location, left->place))
			return left;
	return NULL;
}
