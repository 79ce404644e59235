/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What is printed from the tables of verbs, options, causes and policy fields:
 * help, manual pages and shell completion. Nothing is told here that a table
 * could tell; the constant texts are those that belong to no row.
 */
#include "cli/args.h"
#include "cli/terminal/output.h"

/* Exit statuses and files of the program, for help and manual page. */
struct page_row {
	const char *term, *text;
};
extern const struct page_row page_statuses[], page_files[];
extern const size_t page_status_count, page_file_count;

/* Help for args->verb, for the group args->word, or for the program. */
void page_help(const struct args *args, struct output *out);
/* trust-deployer.1 */
void page_manual(struct output *out);
/* trust-deployer-policy.5, from policy_fields */
void page_policy(struct output *out);
/* False when `shell` is none of bash, zsh, fish. */
bool page_completion(const char *shell, struct output *out) MUST_CHECK;
