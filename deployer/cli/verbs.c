/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs.h"

#define BIT(name)     OPTION_BIT(OPTION_##name)
#define OPTIONS_PLAIN (BIT(QUIET) | BIT(VERBOSE) | BIT(NO_COLOR) | BIT(NO_PROGRESS))
#define OPTIONS_INPUTS                                                                             \
	(BIT(POLICY) | BIT(BUNDLE) | BIT(KEYRING) | BIT(ROOT) | BIT(STATE) | BIT(NOW))
#define OPTIONS_REPORT (BIT(OUTPUT) | BIT(REPORT) | OPTIONS_PLAIN)

const struct verb verbs[] = {
    {"completion", "SHELL", 1, 1, OPTIONS_ALWAYS, 0, "print completion for bash, zsh or fish",
        "Prints a completion script on standard output. The package installs them; for a shell of "
        "your own:\n\n"
        "bash: source <(trust-deployer completion bash)\n\n"
        "zsh: trust-deployer completion zsh > ~/.zfunc/_trust-deployer, with ~/.zfunc in fpath\n\n"
        "fish: trust-deployer completion fish > ~/.config/fish/completions/trust-deployer.fish",
        false, verb_completion},
    {"man", "PAGE", 1, 1, OPTIONS_ALWAYS, 0, "print a manual page",
        "Prints trust-deployer.1 or trust-deployer-policy.5 from the tables of the program.", true,
        verb_man},
};
const size_t verb_count = COUNT(verbs);

/* Verbs of the contract that come with a later version. */
static const char *const later_verbs[] = {"rsop", "diagnose", "fetch", "mirror", "policy export",
    "export gpo", "report render", "report merge"};

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
