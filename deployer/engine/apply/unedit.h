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

/* What of ours is there still, because somebody has edited it. */
struct unedit_left {
	bool any;
	size_t line;   /* of the new text, from 1, that was ours and is edited; 0: not known */
	bool in_place; /* of a line that comes back when it is written again, and not before */
	/* A line without a name that is not there any more, and what it took the place of; empty
	 * when none is known. They point into the texts. */
	struct span gone, was;
};

/* Appends `now` without our change to `out`. False, with `out` as it was, when that cannot be done.
 */
bool unedit(struct span before, struct span after, struct span now, struct bytes *out);

/* The same, but what nobody touched goes also beside lines of ours that were edited: these stay,
 * and what they took the place of does not come back. */
bool unedit_partly(struct span before, struct span after, struct span now, struct bytes *out,
    struct unedit_left *left);

/* What is known of what became of the text since. */
struct unedit_known {
	/* We have taken over what was edited: a line that is about the same as one of ours that is
	 * not there goes in its place, and what that took the place of comes back. */
	bool taken_over;
	/* Texts of before older changes of ours, which an undoing in part took back together with
	 * this one: a line of these that stands there is what it has put back, and stays. */
	struct span back;
};

/* As unedit_partly(). */
bool unedit_knowing(struct span before, struct span after, struct span now,
    struct unedit_known known, struct bytes *out, struct unedit_left *left);
