/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void output_add(struct output *output, const char *text)
{
	bytes_add(&output->bytes, text, strlen(text));
}

void output_addf(struct output *output, const char *fmt, ...)
{
	struct bytes *bytes = &output->bytes;
	va_list args;
	int size;

	va_start(args, fmt);
	size = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (size < 0)
		return;
	bytes_reserve(bytes, bytes->size + (size_t)size);
	va_start(args, fmt);
	vsnprintf((char *)bytes->data + bytes->size, (size_t)size + 1, fmt, args);
	va_end(args);
	bytes->size += (size_t)size;
}

bool output_flush(struct output *output, struct err *err)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	AUTO(bytes) bytes = TAKE(output->bytes);
	size_t done = 0;

	/* A reader that has gone is an error, not a death. Set here and not at the start, so that
	 * programs we run do not inherit it. */
	sigaction(SIGPIPE, &ignore, NULL);

	while (done < bytes.size) {
		ssize_t wrote = write(STDOUT_FILENO, bytes.data + done, bytes.size - done);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return err_errno(err, "standard output");
		done += (size_t)wrote;
	}
	return true;
}

void output_release(struct output *output)
{
	bytes_release(&output->bytes);
}

void output_prepare(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		/* Read-only, so that writing to a closed standard output still fails. */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
			_exit(1);
}

bool output_wants_color(int fd)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if ((no_color && *no_color) || !term || strcmp(term, "dumb") == 0)
		return false;
	return isatty(fd);
}
