/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What is printed from the tables of verbs, options, causes and policy fields: help, manual pages
 * and shell completion. Whatever a table can tell comes from there; the constant texts belong to no
 * row.
 */
#include "cli/args.h"
#include "cli/terminal/output.h"

/* Exit statuses and files of the program, for help and manual page. */
struct page_status {
	enum exit_status status;
	const char *text;
};
struct page_row {
	const char *term, *text;
};
extern const struct page_status page_statuses[];
extern const struct page_row page_files[];
extern const size_t page_status_count, page_file_count;

/* Appends the words that a value may be, where a table has them: ": text, json" of the formats in
 * `formats` for --output, " csv, json" of the kinds of report file for --report. */
void page_add_words(struct text *out, const struct option *option, unsigned formats);

/* Help for args->verb, for the group args->word, or for the program. */
void page_help(const struct args *args, struct output *out);

/* The manual pages. */
struct page {
	const char *name; /* "trust-deployer-policy" */
	int section;
	void (*print)(struct output *out);
};
extern const struct page pages[];
extern const size_t page_count;
/* By its name, "NAME.SECTION", or what of the name stands behind "trust-deployer-"; NULL when
 * there is none. */
const struct page *page_find(const char *name);

/* Row functions. */
void page_manual(struct output *out);
void page_policy(struct output *out);
void page_keyring(struct output *out);
void page_recipe(struct output *out);

/* ERR_USAGE when there is no script for `shell`. */
bool page_completion(const char *shell, struct output *out, struct err *err) MUST_CHECK;
/* What the scripts ask the verb `complete` for. */
enum page_question { QUESTION_ITEMS, QUESTION_TRANSACTIONS };
extern const char *const page_questions[];
