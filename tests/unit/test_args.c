/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "cli/args.h"
#include "cli/pages/pages.h"
#include "cli/verbs.h"

enum { ARGUMENTS = 12 };

/* Splits at blanks and parses; the line must outlive `args`. */
static bool parse(char *line, struct args *args, struct err *err)
{
	static char program[] = "trust-deployer";
	char *argv[ARGUMENTS] = {program};
	int argc = 1;

	for (char *word = line; *word && argc < ARGUMENTS; argc++) {
		size_t size = strcspn(word, " ");

		argv[argc] = word;
		word += size;
		if (*word)
			*word++ = 0;
	}
	return args_parse(argc, argv, args, err);
}

#define PARSE(text)                                                                                \
	char line[] = text;                                                                        \
	AUTO(args) args = {0};                                                                     \
	struct err err = {0};                                                                      \
	bool parsed = parse(line, &args, &err)

Test(args, a_verb_and_its_operand)
{
	PARSE("completion bash");

	cr_assert(parsed, "%s", err.text);
	cr_assert_str_eq(args.verb->name, "completion");
	cr_assert_eq(args.operands.count, 1);
	cr_assert_str_eq(args.operands.list[0], "bash");
}

Test(args, two_dashes_end_the_options)
{
	PARSE("completion -- --help");

	cr_assert(parsed, "%s", err.text);
	cr_assert_not(args.help);
	cr_assert_str_eq(args.operands.list[0], "--help");
}

Test(args, help_and_version_need_nothing_else)
{
	static const char *const lines[] = {"--help", "-h", "--version", "-V", "completion --help",
	    "completion --version", "completion a b c d --help"};

	for (size_t i = 0; i < COUNT(lines); i++) {
		char line[64];
		AUTO(args) args = {0};
		struct err err = {0};

		snprintf(line, sizeof(line), "%s", lines[i]);
		cr_assert(parse(line, &args, &err), "%s: %s", lines[i], err.text);
		cr_assert(args.help || args.version, "%s", lines[i]);
	}
}

Test(args, each_wrong_line_is_a_usage_error_that_says_why)
{
	static const struct {
		const char *line, *text;
	} cases[] = {
	    {"", "no verb given"},
	    {"chekc", "'chekc' is no verb"},
	    {"chekc --help", "'chekc' is no verb"},
	    {"rsop", "'rsop' comes with a later version"},
	    {"report render x", "'report render' comes with a later version"},
	    {"keyring make", "'keyring make' comes with a later version"},
	    {"keyring rotate x", "'keyring rotate' comes with a later version"},
	    {"bundle resign x", "'bundle resign' comes with a later version"},
	    {"bundle diff a b", "'bundle diff' comes with a later version"},
	    {"policy test x", "'policy test' comes with a later version"},
	    {"report diff a b", "'report diff' comes with a later version"},
	    {"import x", "'import' comes with a later version"},
	    {"confirm", "'confirm' comes with a later version"},
	    {"completion --online bash", "option --online comes with a later version"},
	    {"completion --confirm-within=1h bash",
	        "option --confirm-within=1h comes with a later version"},
	    {"--output json completion", "options stand behind the verb"},
	    {"-x", "unknown option -x"},
	    {"completion", "completion needs SHELL"},
	    {"completion bash zsh", "'zsh' is one operand too many"},
	    {"completion --bash", "completion takes no option --bash"},
	    {"completion --hel", "completion takes no option --hel"},
	    {"completion --policy x bash", "completion takes no option --policy"},
	    {"completion -p x bash", "completion takes no option -p"},
	    {"completion --facts x bash", "option --facts comes with a later version"},
	    {"completion bash \033[2J", "\\x1b[2J"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char line[64];
		AUTO(args) args = {0};
		struct err err = {0};

		snprintf(line, sizeof(line), "%s", cases[i].line);
		cr_assert_not(parse(line, &args, &err), "%s", cases[i].line);
		cr_assert_eq(err.code, ERR_USAGE);
		cr_assert(strstr(err.text, cases[i].text), "%s: %s", cases[i].line, err.text);
		cr_assert(strstr(err.text, "--help"), "%s", err.text);
	}
}

Test(args, names_and_letters_of_options_are_unique)
{
	for (size_t i = 0; i < OPTIONS; i++)
		for (size_t k = i + 1; k < OPTIONS; k++) {
			cr_assert_str_neq(options[i].name, options[k].name);
			cr_assert(!options[i].letter || options[i].letter != options[k].letter,
			    "--%s and --%s", options[i].name, options[k].name);
		}
}

Test(pages, completion_knows_three_shells)
{
	static const char *const shells[] = {"bash", "zsh", "fish"};
	struct err err = {0};

	for (size_t i = 0; i < COUNT(shells); i++) {
		struct output output = {0};

		cr_assert(page_completion(shells[i], &output, &err));
		cr_assert(strstr((char *)output.bytes.data, "trust-deployer"));
		output_release(&output);
	}
	struct output none = {0};
	cr_assert_not(page_completion("tcsh", &none, &err));
	cr_assert_eq(none.bytes.size, 0);
	cr_assert(strstr(err.text, "none of bash, zsh, fish"), "%s", err.text);
}

Test(pages, every_verb_has_help_and_a_place_in_the_manual)
{
	struct output manual = {0};

	page_manual(&manual);
	for (size_t i = 0; i < verb_count; i++) {
		struct args args = {.verb = &verbs[i]};
		struct output help = {0};
		char heading[64];

		page_help(&args, &help);
		cr_assert(strstr((char *)help.bytes.data, verbs[i].name));
		output_release(&help);
		snprintf(heading, sizeof(heading), ".SS \"%s", verbs[i].name);
		cr_assert_eq(strstr((char *)manual.bytes.data, heading) == NULL, verbs[i].hidden,
		    "%s", verbs[i].name);
	}
	output_release(&manual);
}
