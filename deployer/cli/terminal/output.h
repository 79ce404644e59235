/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Standard output, gathered in memory and written at the end in as few calls as possible, so that
 * every failure is seen: a full disk is an error of the run, never a silent success. A reader that
 * has gone (`| head`) wanted no more, and is no error.
 */
#include "base/text.h"

struct output {
	struct bytes bytes;
	bool color; /* people look at it, and want colour */
};

void output_add(struct output *output, const char *text);
void output_addf(struct output *output, const char *fmt, ...) PRINTF(2);
/* Writes and empties. ERR_IO when some bytes could not be written. To be called last: after it no
 * signal tells of a reader that has gone. */
bool output_flush(struct output *output, struct err *err) MUST_CHECK;
void output_release(struct output *output);
