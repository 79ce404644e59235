/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Takes our change back out of a text that somebody else has changed since, line by line, as `patch
 * -R` would: our lines go, those that they took the place of come back, all others stay. Pure.
 *
 *     before   what stood there          PATH=/bin
 *     after    what we made of it        PATH=/bin | http_proxy=ours
 *     now      what it is today          PATH=/bin | http_proxy=ours | EDITOR=vim
 *     out                                PATH=/bin | EDITOR=vim
 *
 * It refuses to guess: where a part of what we put there is not there as we put it, unedit takes
 * nothing out. The heading of a section stays as long as something of others stands under it. What
 * has been taken out already stays out, so doing it twice does no harm.
 */
#include "base/bytes.h"

/* What of ours is still there, because somebody has edited it. */
struct unedit_left {
	bool any;
	size_t line;   /* the line of the new text, from 1, that was ours and is edited; 0: not
	                * known */
	bool in_place; /* that line is of a kind that comes back only when it is written again */
	/* A line without a name that is not there any more, and what it took the place of; empty
	 * when none is known. They point into the texts. */
	struct span gone, was;
};

/* Appends `now` without our change to `out`. False, with `out` as it was, when that cannot be done.
 */
bool unedit(struct span before, struct span after, struct span now, struct bytes *out);

/* The same, but lines of ours that nobody touched go also where others of ours were edited. The
 * edited lines stay, and what they replaced does not come back. */
bool unedit_partly(struct span before, struct span after, struct span now, struct bytes *out,
    struct unedit_left *left);

/* What is known of later changes to the text. */
struct unedit_known {
	/* The edited lines have become ours: a line with the subject of one of ours that is missing
	 * goes in its place, and what ours replaced comes back. */
	bool taken_over;
	/* Texts of before older changes of ours, which an undoing in part took back together with
	 * this one: a line of these that stands there is what it has put back, and stays. */
	struct span back;
};

/* As unedit_partly(). */
bool unedit_knowing(struct span before, struct span after, struct span now,
    struct unedit_known known, struct bytes *out, struct unedit_left *left);
