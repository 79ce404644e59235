/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/terminal/progress.h"

#include <stdio.h>

#include "cli/terminal/terminal.h"

enum { PATIENCE = 1000, INTERVAL = 100 };

struct progress progress_start(bool wanted)
{
	struct progress progress = {.wanted = wanted && terminal_is_obedient(TERMINAL_ERROR)};

	if (progress.wanted)
		progress.started = terminal_milliseconds();
	return progress;
}

void progress_tell(void *context, const char *what, size_t done, size_t total)
{
	struct progress *progress = context;
	int64_t now;
	char line[120];
	int size;

	if (!progress->wanted)
		return;
	now = terminal_milliseconds();
	if (now - progress->started < PATIENCE || now - progress->updated < INTERVAL)
		return;
	size = total ? snprintf(line, sizeof(line), "\r%s: %zu of %zu\033[K", what, done, total)
	             : snprintf(line, sizeof(line), "\r%s ...\033[K", what);
	if (size > 0 && size < (int)sizeof(line))
		terminal_say(TERMINAL_ERROR, line);
	progress->updated = now;
	progress->shown = true;
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		terminal_say(TERMINAL_ERROR, "\r\033[K");
	progress->shown = false;
}
