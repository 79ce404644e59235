/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What differs between two texts, line by line, by their longest common part. Pure.
 */
#include "base/bytes.h"

/* The lines of a text, which they point into. */
struct lines {
	struct span *list; /* without their newlines */
	size_t count, capacity;
	bool ended;         /* the last one has a newline */
	struct span *under; /* of each the heading of its section; NULL: lines_find_headings() */
};

/* `removed` lines of before, from `from`, became `added` lines of after, from `to`. */
struct hunk {
	size_t from, removed, to, added;
};

struct hunks {
	struct hunk *list;
	size_t count, capacity;
};

/* Appends the lines of `text` to `out`, which the caller releases. */
void lines_split(struct span text, struct lines *out);
void lines_release(struct lines *lines);
/* Fills `under`, in `arena`: for each line the "[heading]" above it, empty where there is none. It
 * stays NULL when no line is a heading: a file that had none with us has no sections for those who
 * read it. */
void lines_find_headings(struct lines *lines, struct arena *arena);
/* The heading above the line; empty when there is none. */
struct span lines_heading(const struct lines *lines, size_t line);

/* Appends a hunk, unless it has no lines. */
void hunks_add(struct hunks *hunks, struct hunk hunk);
/* Appends the hunks in the order of their lines. Where too many lines differ to compare each with
 * each, they are one hunk. The caller releases `out`. */
void hunks_find(const struct lines *before, const struct lines *after, struct hunks *out);
void hunks_release(struct hunks *hunks);
