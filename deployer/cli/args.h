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
#include <stdint.h>

#include "base/mem.h"
#include "cli/places.h"

struct verb;

enum option_id {
	OPTION_POLICY,
	OPTION_BUNDLE,
	OPTION_KEYRING,
	OPTION_ROOT,
	OPTION_STATE,
	OPTION_FLOORS,
	OPTION_TRUST_FILESYSTEM,
	OPTION_NOW,
	OPTION_OUTPUT,
	OPTION_REPORT,
	OPTION_DRY_RUN,
	OPTION_DETAILED_EXITCODE,
	OPTION_LOCK_WAIT,
	OPTION_ALL,
	OPTION_DISCARD,
	OPTION_RUN_IMAGE_TOOLS,
	OPTION_OUT,
	OPTION_SIGNER,
	OPTION_KEY,
	OPTION_PASSPHRASE_FILE,
	OPTION_DOWNLOADS,
	OPTION_AS,
	OPTION_ROOTS,
	OPTION_INTERMEDIATES,
	OPTION_QUIET,
	OPTION_VERBOSE,
	OPTION_NO_COLOR,
	OPTION_NO_PROGRESS,
	OPTION_HELP,
	OPTION_VERSION,
	OPTIONS,
};

enum option_type {
	OPTION_FLAG,    /* bool; may be repeated */
	OPTION_VALUE,   /* const char *; once */
	OPTION_LIST,    /* struct strings; repeatable */
	OPTION_TIME,    /* int64_t, RFC 3339; once */
	OPTION_SECONDS, /* unsigned; once */
	OPTION_WORD,    /* const char *; once; one of `words` that the verb has */
};

/* What completion offers for a value. */
enum option_hint { HINT_NONE, HINT_FILE, HINT_FOLDER, HINT_SHOW_TYPE, HINT_REPORT };

struct option {
	const char *name;
	char letter;            /* or 0 */
	const char *aliases[2]; /* other long names */
	enum option_type type;
	enum option_hint hint;
	size_t offset; /* in struct args */
	const char *metavar;
	const char *help;     /* one line, no full stop */
	const char *fallback; /* the default, for people; or NULL */
};

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
	struct places places; /* what holds where an option is not given */
};

/* Rows by enum option_id. */
extern const struct option options[OPTIONS];

/* What `-o` may say, as bits of a verb's `formats`. */
enum format_bit {
	FORMAT_TEXT = 1,
	FORMAT_JSON = 2,
	FORMAT_JSONL = 4,
	FORMAT_YAML = 8,
	FORMAT_CSV = 16,
	FORMAT_TREE = FORMAT_TEXT | FORMAT_JSON | FORMAT_JSONL | FORMAT_YAML,
	FORMAT_ALL = FORMAT_TREE | FORMAT_CSV,
};
struct format_name {
	const char *name;
	unsigned bit;
};
extern const struct format_name format_names[];
enum { FORMAT_NAMES = 5 };

/* Strings stay those of `argv`. ERR_USAGE says what is wrong and where to read more; `out` has the
 * verb and its reports then, as far as they can be told. With --help or --version nothing else is
 * demanded. */
bool args_parse(int argc, char **argv, struct args *out, struct err *err) MUST_CHECK;
void args_release(struct args *args);
