/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/terminal/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int descriptor(enum terminal_stream stream)
{
	return stream == TERMINAL_OUTPUT ? STDOUT_FILENO : STDERR_FILENO;
}

void terminal_prepare(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		/* Read-only, so that writing to a closed standard output still fails. */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
			_exit(1);
}

bool terminal_is_obedient(enum terminal_stream stream)
{
	const char *term = getenv("TERM");

	return term && strcmp(term, "dumb") != 0 && isatty(descriptor(stream));
}

bool terminal_wants_color(enum terminal_stream stream)
{
	const char *no_color = getenv("NO_COLOR");

	return !(no_color && *no_color) && terminal_is_obedient(stream);
}

bool terminal_write(enum terminal_stream stream, struct span text, struct err *err)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};

	/* Set here and not at the start, so that programs we run do not inherit it. */
	sigaction(SIGPIPE, &ignore, NULL);
	while (text.size > 0) {
		ssize_t wrote = write(descriptor(stream), text.data, text.size);

		if (wrote < 0 && errno == EINTR)
			continue;
		/* the reader wanted no more: "| head" */
		if (wrote < 0 && errno == EPIPE)
			return true;
		if (wrote < 0)
			return err_errno(
			    err, stream == TERMINAL_OUTPUT ? "standard output" : "standard error");
		text.data += wrote;
		text.size -= (size_t)wrote;
	}
	return true;
}

void terminal_say(enum terminal_stream stream, const char *text)
{
	(void)!write(descriptor(stream), text, strlen(text));
}

int64_t terminal_milliseconds(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
