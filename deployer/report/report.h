/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A report in each format, one row a format. Writers are pure:
 * report in, bytes out; they read no clock, no environment and no file.
 * Machine formats do not depend on the locale.
 */
#include "base/text.h"
#include "formats/emit.h"
#include "report/model.h"

struct report_style {
	bool color;
	bool quiet;   /* the verdict, and a line for each cause */
	bool verbose; /* what is as wanted too */
};

/* Where a format may go. */
enum report_use {
	REPORT_TREE = 1,   /* what -o of every verb has that prints more than lines */
	REPORT_OUTPUT = 2, /* -o of check, apply and rollback */
	REPORT_FILES = 4,  /* --report */
};

/*
 * The formats, a line each:
 *
 *     KIND(FILE, NAME, USES)  has the function report_NAME in formats/FILE.c
 *     LATER(NAME)             is a kind of the contract that a later version brings, for --report
 *
 * To add one, write its file and its line: the build, -o, --report, help, manual and completion
 * take it from here.
 */
#define REPORT_KINDS(KIND, LATER)                                                                  \
	KIND(text, text, REPORT_TREE | REPORT_OUTPUT | REPORT_FILES)                               \
	KIND(json, json, REPORT_TREE | REPORT_OUTPUT | REPORT_FILES)                               \
	KIND(json, jsonl, REPORT_TREE | REPORT_OUTPUT | REPORT_FILES)                              \
	KIND(json, yaml, REPORT_TREE | REPORT_OUTPUT)                                              \
	KIND(csv, csv, REPORT_OUTPUT | REPORT_FILES)                                               \
	LATER(junit)                                                                               \
	LATER(sarif)                                                                               \
	LATER(xccdf)                                                                               \
	LATER(oscal)                                                                               \
	LATER(html)                                                                                \
	LATER(prom)

/* Appends the report. */
typedef void report_writer(
    const struct report *report, const struct report_style *style, struct bytes *out);

struct report_kind {
	const char *name;
	unsigned uses;        /* enum report_use */
	report_writer *write; /* NULL: a later version brings it */
};

#define REPORT_WRITER(file, name, uses) report_writer report_##name;
#define REPORT_NO_WRITER(name)
REPORT_KINDS(REPORT_WRITER, REPORT_NO_WRITER)

extern const struct report_kind report_kinds[];
extern const size_t report_kind_count;

/* The row of that name, or NULL. */
const struct report_kind *report_find(const char *name);
/* Adds the names of those that may go there: "text, json, jsonl". */
void report_add_kinds(struct text *out, unsigned use, const char *between);

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
