/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completion for bash, zsh and fish. Each script holds the tables as data: verbs
 * (of one or two words), options per verb, and what a value or an operand may be. What is
 * known on the host alone (items, transactions) is asked of the hidden verb `complete`.
 */
#include "cli/pages/pages.h"

#include "cli/show/shows.h"
#include "cli/texts.h"
#include "cli/verbs.h"
#include "report/report.h"

const char *const page_questions[] = {
    [QUESTION_ITEMS] = "items", [QUESTION_TRANSACTIONS] = "transactions", NULL};

static void add_shells(struct output *out, const char *between);

static bool takes(const struct verb *verb, size_t option)
{
	return (verb->options | OPTIONS_ALWAYS) & OPTION_BIT(option);
}

static void add_formats(struct output *out, unsigned formats)
{
	AUTO(text) names = {0};

	report_add_kinds(&names, formats, " ");
	output_add(out, text_string(&names));
}

/* The second words behind `group`, or with NULL the first words, each once. */
static void add_words(struct output *out, const char *group)
{
	const char *last = "";
	size_t last_size = 0, shown = 0;

	for (size_t i = 0; i < verb_count; i++) {
		const char *name = verbs[i].name;
		size_t size = strcspn(name, " ");

		if (verbs[i].hidden)
			continue;
		if (group) {
			size_t skip = strlen(group);

			if (strncmp(name, group, skip) == 0 && name[skip] == ' ')
				output_addf(out, "%s%s", shown++ ? " " : "", name + skip + 1);
			continue;
		}
		if (size != last_size || memcmp(last, name, size) != 0)
			output_addf(out, "%s%.*s", shown++ ? " " : "", (int)size, name);
		last = name;
		last_size = size;
	}
}

static void add_kinds(struct output *out, const char *end)
{
	for (size_t i = 0, shown = 0; i < report_kind_count; i++)
		if (report_kinds[i].uses & REPORT_FILES && report_kinds[i].write)
			output_addf(out, "%s%s%s", shown++ ? " " : "", report_kinds[i].name, end);
}

static void add_show_types(struct output *out)
{
	for (size_t i = 0; i < show_type_count; i++)
		output_addf(out, "%s%s", i ? " " : "", show_types[i].name);
}

/* The words that an operand may be, where the tables know them; false where they do not. */
static bool add_operands(struct output *out, enum operand_hint hint)
{
	switch (hint) {
	case OPERAND_PAGE:
		for (size_t i = 0; i < page_count; i++)
			output_addf(out, "%s%s", i ? " " : "", pages[i].name);
		return true;
	case OPERAND_SHELL:
		add_shells(out, " ");
		return true;
	case OPERAND_VERB:
		add_words(out, NULL);
		return true;
	default:
		return false;
	}
}

/* The question for `complete`, or NULL. */
static const char *asked(enum operand_hint hint)
{
	return hint == OPERAND_ITEM          ? page_questions[QUESTION_ITEMS]
	       : hint == OPERAND_TRANSACTION ? page_questions[QUESTION_TRANSACTIONS]
	                                     : NULL;
}

/* Calls `each` once for every first word of verbs of two words. */
static void for_groups(struct output *out, void (*each)(struct output *, const char *))
{
	char last[32] = "";

	for (size_t i = 0; i < verb_count; i++) {
		size_t size = strcspn(verbs[i].name, " ");

		if (verbs[i].hidden || !verbs[i].name[size] || size >= sizeof(last) ||
		    (strlen(last) == size && memcmp(last, verbs[i].name, size) == 0))
			continue;
		memcpy(last, verbs[i].name, size);
		last[size] = 0;
		each(out, last);
	}
}

/* --- bash --- */

static void bash_group(struct output *out, const char *group)
{
	output_addf(out, "\t%s) words=\"", group);
	add_words(out, group);
	output_add(out, "\" ;;\n");
}

static void bash_value(struct output *out, enum option_hint hint)
{
	switch (hint) {
	case HINT_FILE:
		output_add(out, "_td_files; ");
		break;
	case HINT_FOLDER:
		output_add(out, "_td_files -d; ");
		break;
	case HINT_SHOW_TYPE:
		output_add(out, "_td_words \"");
		add_show_types(out);
		output_add(out, "\"; ");
		break;
	case HINT_REPORT:
		output_add(out, "compopt -o nospace 2>/dev/null; _td_words \"");
		add_kinds(out, ":");
		output_add(out, "\"; ");
		break;
	case HINT_NONE:
		break;
	}
}

static void bash_values(struct output *out)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		const struct option *option = &options[i];

		if (option->type == OPTION_FLAG || option->type == OPTION_WORD)
			continue;
		output_addf(out, "\t--%s", option->name);
		if (option->letter)
			output_addf(out, "|-%c", option->letter);
		output_add(out, ") ");
		bash_value(out, option->hint);
		output_add(out, "return ;;\n");
	}
}

static void bash_operands(struct output *out, enum operand_hint hint)
{
	output_add(out, "\n\t\trest=\"");
	if (hint == OPERAND_FILE || asked(hint))
		output_addf(out, "@%s", asked(hint) ? asked(hint) : "");
	else
		add_operands(out, hint);
	output_add(out, "\" ;;\n");
}

static void bash_completion(struct output *out)
{
	output_add(out, text_completion_bash_begin);
	output_add(out, "\t\tCOMPREPLY=($(compgen -W \"");
	add_words(out, NULL);
	output_add(out, " --help --version\" -- \"$cur\"))\n\t\treturn\n\tfi\n\tcase $verb in\n");
	for_groups(out, bash_group);
	output_add(out, text_completion_bash_second_word);
	for (size_t i = 0; i < verb_count; i++) {
		if (verbs[i].hidden)
			continue;
		output_addf(out, "\t\"%s\")\n\t\topts=\"", verbs[i].name);
		for (size_t k = 0, shown = 0; k < OPTIONS; k++)
			if (takes(&verbs[i], k))
				output_addf(out, "%s--%s", shown++ ? " " : "", options[k].name);
		output_add(out, "\"\n\t\tformats=\"");
		add_formats(out, verbs[i].formats);
		output_add(out, "\"");
		bash_operands(out, verbs[i].hint);
	}
	output_add(out,
	    "\tesac\n\tcase $prev in\n"
	    "\t-o|--output) COMPREPLY=($(compgen -W \"$formats\" -- \"$cur\")); return ;;\n");
	bash_values(out);
	output_add(out, text_completion_bash_end);
}

/* --- zsh --- */

/* Within single quotes and an _arguments or _describe specification. */
static void add_zsh_text(struct output *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			output_add(out, "'\\'");
		else if (strchr("[]:\\", *text))
			output_add(out, "\\");
		bytes_add(&out->bytes, text, 1);
	}
}

static void zsh_option(struct output *out, const struct option *option, unsigned formats)
{
	bool many = option->type == OPTION_LIST;

	if (option->letter && many)
		output_addf(out, "\t\t\t'*'{-%c,--%s}'[", option->letter, option->name);
	else if (option->letter)
		output_addf(out, "\t\t\t'(-%c --%s)'{-%c,--%s}'[", option->letter, option->name,
		    option->letter, option->name);
	else
		output_addf(out, "\t\t\t'%s--%s[", many ? "*" : "", option->name);
	add_zsh_text(out, option->help);
	output_add(out, "]");
	if (option->type != OPTION_FLAG) {
		output_add(out, ":");
		add_zsh_text(out, option->metavar);
		output_add(out, ":");
	}
	if (option->type == OPTION_WORD) {
		output_add(out, "(");
		add_formats(out, formats);
		output_add(out, ")");
	} else if (option->hint == HINT_SHOW_TYPE) {
		output_add(out, "(");
		add_show_types(out);
		output_add(out, ")");
	} else if (option->hint == HINT_REPORT) {
		output_add(out, "{compset -P \"*\\:\" && _files || compadd -S \"\" -- ");
		add_kinds(out, "\\:");
		output_add(out, "}");
	} else if (option->hint != HINT_NONE) {
		output_add(out, option->hint == HINT_FOLDER ? "_files -/" : "_files");
	}
	output_add(out, "' \\\n");
}

static void zsh_operands(struct output *out, const struct verb *verb)
{
	AUTO(output) words = {0};

	if (asked(verb->hint))
		output_addf(out,
		    "\t\t\t'*:%s:{compadd -- ${(f)\"$(_call_program %s trust-deployer complete %s "
		    "-- $words)\"}}' ;;\n",
		    asked(verb->hint), asked(verb->hint), asked(verb->hint));
	else if (add_operands(&words, verb->hint))
		output_addf(out, "\t\t\t'*:operand:(%s)' ;;\n", (const char *)words.bytes.data);
	else
		output_addf(
		    out, "\t\t\t%s ;;\n", verb->hint == OPERAND_FILE ? "'*:file:_files'" : "");
}

static void zsh_verb_lines(struct output *out, const char *group)
{
	size_t skip = group ? strlen(group) : 0;

	for (size_t i = 0; i < verb_count; i++) {
		const char *name = verbs[i].name;

		if (verbs[i].hidden ||
		    (group && (strncmp(name, group, skip) != 0 || name[skip] != ' ')) ||
		    (!group && strchr(name, ' ')))
			continue;
		output_addf(out, "\t\t'%s:", group ? name + skip + 1 : name);
		add_zsh_text(out, verbs[i].summary);
		output_add(out, "'\n");
	}
}

static void zsh_group(struct output *out, const char *group)
{
	output_addf(out, "\t%s) second=(\n", group);
	zsh_verb_lines(out, group);
	output_add(out, "\t\t) ;;\n");
}

static void zsh_group_line(struct output *out, const char *group)
{
	output_addf(out, "\t\t'%s:", group);
	add_words(out, group);
	output_add(out, "'\n");
}

static void zsh_completion(struct output *out)
{
	output_add(out, text_completion_zsh_begin);
	zsh_verb_lines(out, NULL);
	for_groups(out, zsh_group_line);
	output_add(out,
	    "\t)\n\tif (( CURRENT == 2 )); then\n\t\t_describe verb first\n\t\treturn\n\tfi\n"
	    "\tcase $verb in\n");
	for_groups(out, zsh_group);
	output_add(out, text_completion_zsh_second_word);
	for (size_t i = 0; i < verb_count; i++) {
		if (verbs[i].hidden)
			continue;
		output_addf(out, "\t'%s')\n\t\t_arguments -S \\\n", verbs[i].name);
		for (size_t k = 0; k < OPTIONS; k++)
			if (takes(&verbs[i], k))
				zsh_option(out, &options[k], verbs[i].formats);
		zsh_operands(out, &verbs[i]);
	}
	output_add(out, "\tesac\n}\n_trust_deployer \"$@\"\n");
}

/* --- fish --- */

static void add_fish_text(struct output *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			output_add(out, "\\");
		bytes_add(&out->bytes, text, 1);
	}
}

static void add_fish_condition(struct output *out, const char *name)
{
	size_t first = strcspn(name, " ");

	output_addf(out, "complete -c trust-deployer -n '__fish_seen_subcommand_from %.*s",
	    (int)first, name);
	if (name[first])
		output_addf(out, "; and __fish_seen_subcommand_from %s", name + first + 1);
	output_add(out, "'");
}

static void fish_option(struct output *out, const struct verb *verb, const struct option *option)
{
	add_fish_condition(out, verb->name);
	output_addf(out, " -l %s", option->name);
	if (option->letter)
		output_addf(out, " -s %c", option->letter);
	if (option->type == OPTION_WORD) {
		output_add(out, " -x -a '");
		add_formats(out, verb->formats);
		output_add(out, "'");
	} else if (option->hint == HINT_SHOW_TYPE || option->hint == HINT_REPORT) {
		output_add(out, " -x -a '");
		if (option->hint == HINT_REPORT)
			add_kinds(out, ":");
		else
			add_show_types(out);
		output_add(out, "'");
	} else if (option->type != OPTION_FLAG) {
		output_add(out, option->hint == HINT_FOLDER
		                    ? " -x -a '(__fish_complete_directories)'"
		                : option->hint == HINT_FILE ? " -r -F"
		                                            : " -x");
	}
	output_add(out, " -d '");
	add_fish_text(out, option->help);
	output_add(out, "'\n");
}

static void fish_verb(struct output *out, const struct verb *verb)
{
	size_t first = strcspn(verb->name, " ");

	if (verb->name[first])
		output_addf(out,
		    "complete -c trust-deployer -f -n '__fish_seen_subcommand_from %.*s; and test "
		    "(count (commandline -opc)) -eq 2' -a %s -d '",
		    (int)first, verb->name, verb->name + first + 1);
	else
		output_addf(out,
		    "complete -c trust-deployer -f -n __fish_use_subcommand -a %s -d '",
		    verb->name);
	add_fish_text(out, verb->summary);
	output_add(out, "'\n");
}

static void fish_group(struct output *out, const char *group)
{
	output_addf(
	    out, "complete -c trust-deployer -f -n __fish_use_subcommand -a %s -d '", group);
	add_words(out, group);
	output_add(out, "'\n");
}

static void fish_operands(struct output *out, const struct verb *verb)
{
	AUTO(output) words = {0};

	if (verb->hint == OPERAND_FILE)
		return;
	add_fish_condition(out, verb->name);
	output_add(out, " -f");
	if (asked(verb->hint))
		output_addf(out,
		    " -a '(trust-deployer complete %s -- (commandline -opc) 2>/dev/null)'",
		    asked(verb->hint));
	else if (add_operands(&words, verb->hint))
		output_addf(out, " -a '%s'", (const char *)words.bytes.data);
	output_add(out, "\n");
}

static void fish_completion(struct output *out)
{
	output_add(out,
	    "# fish completion for trust-deployer, printed by: trust-deployer completion fish\n");
	for_groups(out, fish_group);
	for (size_t i = 0; i < verb_count; i++) {
		if (verbs[i].hidden)
			continue;
		fish_verb(out, &verbs[i]);
		fish_operands(out, &verbs[i]);
		for (size_t k = 0; k < OPTIONS; k++)
			if (takes(&verbs[i], k))
				fish_option(out, &verbs[i], &options[k]);
	}
}

static const struct shell {
	const char *name;
	void (*print)(struct output *out);
} shells[] = {{"bash", bash_completion}, {"zsh", zsh_completion}, {"fish", fish_completion}};

static void add_shells(struct output *out, const char *between)
{
	for (size_t i = 0; i < COUNT(shells); i++)
		output_addf(out, "%s%s", i ? between : "", shells[i].name);
}

bool page_completion(const char *shell, struct output *out, struct err *err)
{
	AUTO(output) known = {0};

	for (size_t i = 0; i < COUNT(shells); i++)
		if (strcmp(shell, shells[i].name) == 0) {
			shells[i].print(out);
			return true;
		}
	add_shells(&known, ", ");
	return err_set(err, ERR_USAGE, "completion: '%s' is none of %s",
	    text_escape_string(shell).text, (const char *)known.bytes.data);
}
