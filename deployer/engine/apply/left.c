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

const struct left *left_find(const struct left *list, const char *location)
{
	for (const struct left *left = list; left; left = left->next) {
		const char *at = location ? strstr(location, left->place) : NULL;

		/* "FILE", "FILE:3, OTHER:5", "FILE: !a line", "FILE; a remark", "all_proxy in
		 * FILE:1" */
		if (at && (at == location || at[-1] == ' ') &&
		    (!at[strlen(left->place)] || strchr(":;,", at[strlen(left->place)])))
			return left;
	}
	return NULL;
}
