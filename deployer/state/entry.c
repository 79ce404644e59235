/* SPDX-License-Identifier: Apache-2.0 */
#include "state/entry.h"

#include <stdlib.h>

const char *history_outcome_name(enum history_outcome outcome)
{
	static const char *const names[HISTORY_OUTCOMES] = {
	    [HISTORY_DONE] = "done",
	    [HISTORY_ROLLED_BACK] = "rolled back",
	    [HISTORY_UNDONE] = "undone",
	    [HISTORY_IN_PART] = "rolled back in part",
	    [HISTORY_INCOMPLETE] = "incomplete",
	};

	return names[outcome];
}

void history_count(struct history_entry *entry, const struct history_item *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (items[i].failed)
			entry->failed++;
		else if (!items[i].waits)
			entry->changed[items[i].action]++;
}

void history_release(struct history *history)
{
	free(history->list);
	text_release(&history->faults);
	arena_release(&history->arena);
	*history = (struct history){0};
}
