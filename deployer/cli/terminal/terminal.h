/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Standard output and error, and the person before them. Text is UTF-8 with plain newlines
 * on every system; a console of Windows is written to in its own way, a file or pipe gets the
 * bytes.
 */
#include "base/text.h"

enum terminal_stream { TERMINAL_OUTPUT, TERMINAL_ERROR };

/* Sees to it that the three standard streams are open, so that no file of ours becomes one of
 * them. */
void terminal_prepare(void);
/* Whether it is a terminal that takes escape sequences (ECMA-48); sees to it that it does. */
bool terminal_is_obedient(enum terminal_stream stream);
/* Whether it does, and the person wants colour (NO_COLOR). */
bool terminal_wants_color(enum terminal_stream stream);
/* All of it, or ERR_IO; a reader that has gone is an error and no death. */
bool terminal_write(enum terminal_stream stream, struct span text, struct err *err) MUST_CHECK;
/* Where it fails there is nobody left to tell: for messages. */
void terminal_say(enum terminal_stream stream, const char *text);
/* Milliseconds of a clock that never jumps. */
int64_t terminal_milliseconds(void);
