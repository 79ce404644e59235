/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs.h"

#include "base/nearest.h"
#include "cli/texts.h"
#include "model/words.h"
#include "report/report.h"

#define BIT(name)     OPTION_BIT(OPTION_##name)
#define OPTIONS_PLAIN (BIT(QUIET) | BIT(VERBOSE) | BIT(NO_COLOR) | BIT(NO_PROGRESS))
#define OPTIONS_INPUTS                                                                             \
	(BIT(POLICY) | BIT(BUNDLE) | BIT(KEYRING) | BIT(ROOT) | BIT(STATE) | BIT(FLOORS) |         \
	    BIT(TRUST_FILESYSTEM) | BIT(NOW))
#define OPTIONS_REPORT (BIT(OUTPUT) | BIT(REPORT) | OPTIONS_PLAIN)
#define OPTIONS_SIGN   (BIT(OUT) | BIT(SIGNER) | BIT(KEY) | BIT(PASSPHRASE_FILE) | BIT(QUIET))
#define OPTIONS_VERIFY (BIT(KEYRING) | BIT(STATE) | BIT(TRUST_FILESYSTEM) | BIT(NOW) | BIT(QUIET))

const struct verb verbs[] = {
    {RUN_CHECK, "", 0, 0, OPTIONS_INPUTS | OPTIONS_REPORT | BIT(RUN_IMAGE_TOOLS), REPORT_OUTPUT,
        "compare the host with the policy and report", text_verb_check, OPERAND_NONE, false,
        verb_check},
    {RUN_APPLY, "", 0, 0,
        OPTIONS_INPUTS | OPTIONS_REPORT | BIT(DRY_RUN) | BIT(DETAILED_EXITCODE) | BIT(LOCK_WAIT) |
            BIT(RUN_IMAGE_TOOLS),
        REPORT_OUTPUT, "make the host match the policy", text_verb_apply, OPERAND_NONE, false,
        verb_apply},
    {RUN_ROLLBACK, "[ID]", 0, 1,
        BIT(ROOT) | BIT(STATE) | BIT(TRUST_FILESYSTEM) | BIT(NOW) | BIT(ALL) | BIT(DISCARD) |
            BIT(LOCK_WAIT) | BIT(RUN_IMAGE_TOOLS) | OPTIONS_REPORT,
        REPORT_OUTPUT, "undo the last transaction, or every one back to ID", text_verb_rollback,
        OPERAND_TRANSACTION, false, verb_rollback},
    {"explain", "ITEM", 1, 1, OPTIONS_INPUTS | BIT(OUTPUT) | OPTIONS_PLAIN, REPORT_TREE,
        "tell everything known about one item", text_verb_explain, OPERAND_ITEM, false,
        verb_explain},
    {RUN_DIAGNOSE, "", 0, 0, OPTIONS_INPUTS | BIT(OUTPUT) | OPTIONS_PLAIN, REPORT_TREE,
        "find why trust or its update fails on this host", text_verb_diagnose, OPERAND_NONE, false,
        verb_diagnose},
    {"status", "", 0, 0,
        BIT(BUNDLE) | BIT(KEYRING) | BIT(ROOT) | BIT(STATE) | BIT(TRUST_FILESYSTEM) | BIT(NOW) |
            BIT(OUTPUT) | OPTIONS_PLAIN,
        REPORT_TREE, "tell what is in force here, without a policy", text_verb_status, OPERAND_NONE,
        false, verb_status},
    {"history", "", 0, 0, BIT(ROOT) | BIT(STATE) | BIT(OUTPUT) | BIT(QUIET) | BIT(VERBOSE),
        REPORT_TREE, "list transactions: id, time, what changed, outcome", text_verb_history,
        OPERAND_NONE, false, verb_history},
    {"bundle build", "RECIPE", 1, 1, OPTIONS_SIGN | BIT(NOW) | BIT(DOWNLOADS), 0,
        "make a bundle, optionally signing it", text_verb_bundle_build, OPERAND_FILE, false,
        verb_bundle_build},
    {"bundle sign", "FILE", 1, 1, OPTIONS_SIGN, 0, "add a signature to a bundle",
        text_verb_bundle_sign, OPERAND_FILE, false, verb_bundle_sign},
    {"bundle verify", "FILE", 1, 1, OPTIONS_VERIFY | BIT(VERBOSE) | BIT(OUTPUT), REPORT_TREE,
        "check a bundle against a keyring", text_verb_bundle_verify, OPERAND_FILE, false,
        verb_bundle_verify},
    {"bundle list", "FILE", 1, 1, OPTIONS_VERIFY | BIT(OUTPUT), REPORT_TREE,
        "list the members of a verified bundle", text_verb_bundle_list, OPERAND_FILE, false,
        verb_bundle_list},
    {"bundle extract", "FILE DIR", 2, 2, OPTIONS_VERIFY, 0, "unpack a verified bundle",
        text_verb_bundle_extract, OPERAND_FILE, false, verb_bundle_extract},
    {"policy validate", "PATH...", 1, -1, BIT(QUIET), 0, "check policy files",
        text_verb_policy_validate, OPERAND_FILE, false, verb_policy_validate},
    {"policy schema", "", 0, 0, 0, 0, "print the JSON Schema of the policy language",
        text_verb_policy_schema, OPERAND_NONE, false, verb_policy_schema},
    {"show", "FILE", 1, 1, BIT(AS) | BIT(ROOTS) | BIT(INTERMEDIATES) | BIT(NOW) | BIT(OUTPUT),
        REPORT_TREE, "decode a file of a known format", text_verb_show, OPERAND_FILE, false,
        verb_show},
    {"completion", "SHELL", 1, 1, OPTIONS_ALWAYS, 0, "print completion for bash, zsh or fish",
        text_verb_completion, OPERAND_SHELL, false, verb_completion},
    {"man", "[PAGE]", 0, 1, OPTIONS_ALWAYS, 0, "print a manual page", text_verb_man, OPERAND_PAGE,
        false, verb_man},
    {"help", "[VERB]", 0, 2, OPTIONS_ALWAYS, 0, "print help, also of one verb", text_verb_help,
        OPERAND_VERB, false, verb_help},
    {"version", "", 0, 0, OPTIONS_ALWAYS, 0, "print the version", text_verb_version, OPERAND_NONE,
        false, verb_version},
    {"complete", "WHAT [WORD...]", 1, -1, OPTIONS_ALWAYS, 0, "print what completion offers",
        text_verb_complete, OPERAND_NONE, true, verb_complete},
};
const size_t verb_count = COUNT(verbs);

/* Verbs of the contract that come with a later version. */
static const char *const later_verbs[] = {"rsop", "fetch", "mirror", "policy export", "policy test",
    "export gpo", "report render", "report merge", "report diff", "import", "keyring make",
    "keyring show", "keyring add", "keyring remove", "keyring rotate", "bundle resign",
    "bundle diff", "confirm"};

/* How many words of `name` the arguments start with in full; 0 when it is another verb. */
static int words_of(const char *name, int argc, char **argv)
{
	size_t first = strcspn(name, " ");

	if (argc < 1 || strlen(argv[0]) != first || memcmp(argv[0], name, first) != 0)
		return 0;
	if (!name[first])
		return 1;
	return argc > 1 && strcmp(argv[1], name + first + 1) == 0 ? 2 : 0;
}

const struct verb *verb_find(int argc, char **argv, int *words)
{
	for (size_t i = 0; i < verb_count; i++) {
		*words = words_of(verbs[i].name, argc, argv);
		if (*words)
			return &verbs[i];
	}
	return NULL;
}

static bool is_first_of(const char *name, const char *word)
{
	size_t size = strlen(word);

	return strncmp(name, word, size) == 0 && name[size] == ' ';
}

bool verb_is_group(const char *word)
{
	for (size_t i = 0; i < verb_count; i++)
		if (is_first_of(verbs[i].name, word))
			return true;
	return false;
}

bool verb_nearest(const char *words, struct text *out)
{
	const char *names[2 * COUNT(verbs) + 1] = {0};
	char groups[COUNT(verbs)][32];
	const char *nearest;
	size_t count = 0;

	for (size_t i = 0; i < verb_count; i++) {
		size_t first = strcspn(verbs[i].name, " ");

		if (verbs[i].hidden)
			continue;
		names[count++] = verbs[i].name;
		if (!verbs[i].name[first] || first >= sizeof(groups[i]))
			continue;
		memcpy(groups[i], verbs[i].name, first);
		groups[i][first] = 0;
		names[count++] = groups[i];
	}
	nearest = nearest_word(words, names);
	text_add(out, nearest ? nearest : "");
	return nearest != NULL;
}

const char *verb_later(int argc, char **argv)
{
	for (size_t i = 0; i < COUNT(later_verbs); i++)
		if (words_of(later_verbs[i], argc, argv))
			return later_verbs[i];
	for (size_t i = 0; i < COUNT(later_verbs) && argc > 0 && !verb_is_group(argv[0]); i++)
		if (is_first_of(later_verbs[i], argv[0]))
			return argv[0];
	return NULL;
}
