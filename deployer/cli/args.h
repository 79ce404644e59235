/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The command line: the table of options and its strict reader. Help, manual
 * pages and completion are printed from the same table. Nothing is guessed: no
 * abbreviations, no option before the verb, no option twice that holds one value,
 * none that the verb does not take. `--` ends the options.
 *
 * An option is a row here and a bit in the verbs (cli/verbs.h) that take it.
 */
#include "base/mem.h"
#include "cli/options.h"
#include "cli/places.h"

struct verb;

struct strings {
	const char **list;
	size_t count, capacity;
};

struct args {
	const struct verb *verb; /* NULL when only --help or --version was asked for */
	const char *word;        /* the group behind --help: "bundle"; or NULL */
	struct strings operands;
	struct strings policies, bundles, reports, signers, keys;
	const char *keyring, *root, *state, *discard, *floors, *output, *out, *passphrase_file,
	    *downloads, *as, *roots, *intermediates;
	int64_t now;
	unsigned lock_wait;
	bool trust_filesystem, all, run_image_tools, dry_run, detailed_exitcode, quiet, verbose,
	    no_color, no_progress, help, version;
	bool given[OPTIONS];
	struct places places; /* what holds without the option */
};

/* The value of -o where it is not given: text for people. */
#define OUTPUT_DEFAULT "text"

/* Rows by enum option_id. */
extern const struct option options[OPTIONS];

/* Strings stay those of `argv`. ERR_USAGE says what is wrong and where to read more; `out` has the
 * verb and its reports then, as far as they can be told. With --help or --version nothing else is
 * demanded. */
bool args_parse(int argc, char **argv, struct args *out, struct err *err) MUST_CHECK;
void args_release(struct args *args);
