/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What an option is. The table of them (cli/args.h) says where their values go; a verb's row
 * (cli/verbs.h) says which of them it takes. Neither needs to know the other.
 */
#include <stddef.h>
#include <stdint.h>

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

/* A verb's row has one bit for each option that it takes; every verb has these. */
#define OPTION_BIT(id) ((uint64_t)1 << (id))
#define OPTIONS_ALWAYS (OPTION_BIT(OPTION_HELP) | OPTION_BIT(OPTION_VERSION))
