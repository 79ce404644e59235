/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE = 1000, INTERVAL = 100 };

static int64_t milliseconds(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct progress progress_start(bool wanted)
{
	struct progress progress = {.wanted = wanted && isatty(STDERR_FILENO)};

	if (progress.wanted)
		progress.started = milliseconds();
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
	now = milliseconds();
	if (now - progress->started < PATIENCE || now - progress->updated < INTERVAL)
		return;
	size = total ? snprintf(line, sizeof(line), "\r%s: %zu of %zu\033[K", what, done, total)
	             : snprintf(line, sizeof(line), "\r%s ...\033[K", what);
	if (size > 0 && size < (int)sizeof(line))
		(void)!write(STDERR_FILENO, line, (size_t)size);
	progress->updated = now;
	progress->shown = true;
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		(void)!write(STDERR_FILENO, "\r\033[K", 4);
	progress->shown = false;
}
