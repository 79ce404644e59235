/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void mark_cut(struct err *err, int wanted)
{
	if (wanted >= (int)sizeof(err->text))
		memcpy(err->text + sizeof(err->text) - 4, "...", 4);
}

bool err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	va_list args;

	err->code = code;
	err->denied = false;
	err->rule = 0;
	va_start(args, fmt);
	mark_cut(err, vsnprintf(err->text, sizeof(err->text), fmt, args));
	va_end(args);
	return false;
}

bool err_wrap(struct err *err, const char *fmt, ...)
{
	char inner[sizeof(err->text)];
	va_list args;
	int used;

	memcpy(inner, err->text, sizeof(inner));
	va_start(args, fmt);
	used = vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	if (used < 0 || used >= (int)sizeof(err->text)) {
		mark_cut(err, used);
		return false;
	}
	used += snprintf(err->text + used, sizeof(err->text) - (size_t)used, ": %s", inner);
	mark_cut(err, used);
	return false;
}

bool err_errno(struct err *err, const char *fmt, ...)
{
	int number = errno;
	va_list args;
	char text[sizeof(err->text)];

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	err_set(err, ERR_IO, "%.300s: %s", text, strerror(number));
	err->denied = number == EACCES || number == EPERM;
	err->read_only = number == EROFS;
	return false;
}

bool err_require(struct err *err, const char *what)
{
	if (err->code == ERR_NONE)
		err_set(err, ERR_HOST,
		    "internal error: %s ended without saying why; please report it with the command"
		    " line",
		    what);
	return false;
}

int err_exit_status(enum err_code code)
{
	static const int status[] = {
	    [ERR_NONE] = EXIT_COMPLIANT,
	    [ERR_USAGE] = EXIT_INVALID,
	    [ERR_POLICY] = EXIT_INVALID,
	    [ERR_TRUST] = EXIT_REFUSED,
	    [ERR_FORMAT] = EXIT_FAULT,
	    [ERR_HOST] = EXIT_FAULT,
	    [ERR_IO] = EXIT_FAULT,
	    [ERR_PUBLISH] = EXIT_ROLLED_BACK,
	    [ERR_LOCKED] = EXIT_LOCKED,
	};

	return status[code];
}
