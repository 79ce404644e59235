/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Standard output, gathered in memory and written at the end in as few calls as
 * there are, so that no failure of it goes unseen: a full disk is an error of the
 * run, never a silent success. A reader that has gone (`| head`) chose to.
 */
#include "base/text.h"

struct output {
	struct bytes bytes;
	bool color; /* people look at it, and want it */
};

void output_add(struct output *output, const char *text);
void output_addf(struct output *output, const char *fmt, ...) PRINTF(2);
/* Writes and empties. ERR_IO when not every byte was taken. To be called last: from here on no
 * signal tells of a reader that has gone. */
bool output_flush(struct output *output, struct err *err) MUST_CHECK;
void output_release(struct output *output);
