/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Standard output and error, and the person before them. Text is UTF-8 with plain newlines
 * on every system; a console of Windows is written to in its own way, a file or pipe gets the
 * bytes.
 */
#include "base/text.h"

enum terminal_stream { TERMINAL_OUTPUT, TERMINAL_ERROR };

/* Opens those of the three standard streams that are closed, so that no file of ours becomes one of
 * them. */
void terminal_prepare(void);
/* Whether it is a terminal that takes escape sequences (ECMA-48); on Windows switches them on. */
bool terminal_is_obedient(enum terminal_stream stream);
/* Whether it takes them, and the person wants colour (NO_COLOR). */
bool terminal_wants_color(enum terminal_stream stream);
/* Writes all of it, or ERR_IO; a reader that has gone is an error and does not end the program. */
bool terminal_write(enum terminal_stream stream, struct span text, struct err *err) MUST_CHECK;
/* For messages: where this fails there is no way left to tell it. */
void terminal_say(enum terminal_stream stream, const char *text);
/* Milliseconds of a clock that never jumps. */
int64_t terminal_milliseconds(void);
