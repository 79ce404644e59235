/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/terminal/output.h"

#include <stdio.h>

#include "cli/terminal/terminal.h"

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
	AUTO(bytes) bytes = TAKE(output->bytes);

	return terminal_write(TERMINAL_OUTPUT, bytes_span(&bytes), err);
}

void output_release(struct output *output)
{
	bytes_release(&output->bytes);
}
