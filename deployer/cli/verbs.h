/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The table of verbs: a row tells a verb's name, what it takes and which function does it.
 * Dispatch, help, manual pages and completion read it.
 */
#include "base/text.h"
#include "cli/options.h"

struct cli;

/* What completion offers for operands. */
enum operand_hint {
	OPERAND_NONE,
	OPERAND_FILE,
	OPERAND_ITEM,        /* ids */
	OPERAND_TRANSACTION, /* ids of the history */
	OPERAND_PAGE,        /* manual pages */
	OPERAND_SHELL,
	OPERAND_VERB,
};

struct verb {
	const char *name;     /* "check", "bundle build" */
	const char *operands; /* "[ID]", "FILE DIR", "PATH..."; "" for none */
	int least, most;      /* number of operands; most < 0: any */
	uint64_t options;     /* 1 << enum option_id */
	unsigned formats;     /* enum report_use: what -o may name */
	const char *summary;  /* one line, no full stop */
	const char *detail;   /* paragraphs for help and the manual page */
	enum operand_hint hint;
	bool hidden; /* not for people: completion calls it */
	bool (*run)(struct cli *cli, struct err *err);
};

extern const struct verb verbs[];
extern const size_t verb_count;

/* The verb named by the first one or two words; `*words` tells how many it took. NULL when there
 * is none. */
const struct verb *verb_find(int argc, char **argv, int *words);
/* True when `word` is the first word of verbs of two words: "bundle". */
bool verb_is_group(const char *word);
/* Adds the verb, or the first word of verbs of two, that these words resemble; false when there is
 * none. */
bool verb_nearest(const char *words, struct text *out);
/* The verb that these words name, where the contract has it and this version does not; or NULL. */
const char *verb_later(int argc, char **argv);

/* For check, apply and rollback: writes the reports of a command line that is refused with
 * `err`. */
void report_refusal(struct cli *cli, const struct err *err);
bool verb_apply(struct cli *cli, struct err *err);
bool verb_bundle_build(struct cli *cli, struct err *err);
bool verb_bundle_sign(struct cli *cli, struct err *err);
bool verb_bundle_verify(struct cli *cli, struct err *err);
bool verb_bundle_list(struct cli *cli, struct err *err);
bool verb_bundle_extract(struct cli *cli, struct err *err);
bool verb_check(struct cli *cli, struct err *err);
bool verb_complete(struct cli *cli, struct err *err);
bool verb_completion(struct cli *cli, struct err *err);
bool verb_diagnose(struct cli *cli, struct err *err);
bool verb_explain(struct cli *cli, struct err *err);
bool verb_help(struct cli *cli, struct err *err);
bool verb_history(struct cli *cli, struct err *err);
bool verb_man(struct cli *cli, struct err *err);
bool verb_policy_schema(struct cli *cli, struct err *err);
bool verb_policy_validate(struct cli *cli, struct err *err);
bool verb_rollback(struct cli *cli, struct err *err);
bool verb_show(struct cli *cli, struct err *err);
bool verb_status(struct cli *cli, struct err *err);
bool verb_version(struct cli *cli, struct err *err);
