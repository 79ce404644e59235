/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A report in each format, one row a format. Writers are pure:
 * report in, bytes out; they read no clock, no environment and no file.
 * Machine formats do not depend on the locale.
 */
#include "formats/emit.h"
#include "report/model.h"

struct report_style {
	bool color;
	bool quiet;   /* the verdict, and a line for each cause */
	bool verbose; /* what is as wanted too */
};

struct report_kind {
	const char *name;
	bool output; /* for --output */
	bool file;   /* for --report */
	/* Appends the report; NULL for a kind of the contract that a later version brings. */
	void (*write)(
	    const struct report *report, const struct report_style *style, struct bytes *out);
};

extern const struct report_kind report_kinds[];
extern const size_t report_kind_count;

/* The row of that name, or NULL. */
const struct report_kind *report_find(const char *name);

/* Row functions. */
void report_text(const struct report *report, const struct report_style *style, struct bytes *out);
void report_json(const struct report *report, const struct report_style *style, struct bytes *out);
void report_jsonl(const struct report *report, const struct report_style *style, struct bytes *out);
void report_yaml(const struct report *report, const struct report_style *style, struct bytes *out);
void report_csv(const struct report *report, const struct report_style *style, struct bytes *out);

/* The host, as each verb names it: the key and its map, and the line of text. */
void report_emit_host(struct emit *emit, struct report_host host);
void report_add_host(struct bytes *out, struct report_host host);
/* The notes of a run, one line each, below an empty one. */
void report_add_notes(struct bytes *out, const char *notes);

/* The last line of a text report, "not compliant: apply would add 1, change 0, remove 0", in two
 * parts, of which the first may be coloured: what the verdict is, and what has to be said beside
 * it, such as what was not covered. Without the newline. */
const char *report_verdict(const struct report *report);
void report_verdict_rest(const struct report *report, struct bytes *out);
/* A line for each cause of what is wrong, or of what somebody has to hear of before it is:
 * "missing: certificate/root/96bc…: The policy wants it and it is not there. (and 2 more)". */
void report_causes(const struct report *report, struct bytes *out);

/* Adds text that may hold foreign parts, of any length, as text_escape makes it safe. */
void report_add_safe(struct bytes *out, const char *text);
