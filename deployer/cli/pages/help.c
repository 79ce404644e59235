/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pages/pages.h"

#include "cli/texts.h"
#include "cli/verbs.h"
#include "report/report.h"

const struct page_status page_statuses[] = {
    {EXIT_COMPLIANT, "compliant, or done"},
    {EXIT_FAULT, "operational error: a file, the network, the host, a malformed input"},
    {EXIT_DRIFT,
        "drift: at least one item is not as wanted (check; apply after its work); diagnose found a "
        "cause"},
    {EXIT_INVALID, "bad usage, or an invalid policy, keyring or recipe"},
    {EXIT_REFUSED,
        "a signature, threshold, digest, version floor or freshness rule refused the input"},
    {EXIT_ROLLED_BACK,
        "the changes could not be published or verified as a whole; all of them were rolled back"},
    {EXIT_LOCKED, "another run holds the lock"},
    {EXIT_CHANGED,
        "apply --detailed-exitcode: something was changed, and the host is compliant now"},
};
const size_t page_status_count = COUNT(page_statuses);

const struct page_row page_files[] = {
    {PLACE_POLICIES "/*.yaml, *.yml", "policies of this host, read in name order"},
    {PLACE_KEYRING, "whose signatures on bundles count, and how many of them"},
    {PLACE_BUNDLES "/*.cab", "signed bundles"},
    {PLACE_STATE, "what we own (ledger), what undoes a transaction (journal), a line for each "
                  "older one and each rotation of the keyring (history), version floors (floors), "
                  "the last good copy of each bundle (copies); below the root"},
    {PLACE_LOCK, "one run that writes at a time; of an image it lies in the state folder"},
};
const size_t page_file_count = COUNT(page_files);

enum { WIDTH = 80, COLUMN = 30 };

/* Adds `text` from column `column` on, broken at blanks; later lines are indented to it. */
static void add_wrapped(struct output *out, const char *text, size_t column)
{
	size_t at = column;

	while (*text) {
		size_t word = strcspn(text, " \n");

		if (at > column && at + 1 + word > WIDTH) {
			output_addf(out, "\n%*s", (int)column, "");
			at = column;
		} else if (at > column) {
			output_add(out, " ");
			at++;
		}
		output_addf(out, "%.*s", (int)word, text);
		at += word;
		text += word;
		while (*text == ' ')
			text++;
		if (*text == '\n') {
			output_addf(out, "\n%*s", text[1] == '\n' ? 0 : (int)column, "");
			at = column;
			text++;
		}
	}
	output_add(out, "\n");
}

static void add_row(struct output *out, const char *term, const char *text)
{
	size_t size = strlen(term);

	output_addf(out, "  %s", term);
	if (size + 4 > COLUMN)
		output_addf(out, "\n%*s", COLUMN, "");
	else
		output_addf(out, "%*s", (int)(COLUMN - 2 - size), "");
	add_wrapped(out, text, COLUMN);
}

void page_add_words(struct text *out, const struct option *option, unsigned formats)
{
	unsigned uses = option->type == OPTION_WORD   ? formats
	                : option->hint == HINT_REPORT ? REPORT_FILES
	                                              : 0;

	if (uses)
		text_add(out, uses == REPORT_FILES ? " " : ": ");
	report_add_kinds(out, uses, ", ");
}

static void add_option(struct output *out, const struct option *option, unsigned formats)
{
	AUTO(text) term = {0};
	AUTO(text) help = {0};

	if (option->letter)
		text_addf(&term, "-%c, ", option->letter);
	text_addf(&term, "--%s", option->name);
	if (option->metavar)
		text_addf(&term, " %s", option->metavar);
	text_add(&help, option->help);
	page_add_words(&help, option, formats);
	for (size_t i = 0; i < COUNT(option->aliases) && option->aliases[i]; i++)
		text_addf(&help, "%s--%s", i ? ", " : " (also ", option->aliases[i]);
	if (option->aliases[0])
		text_add(&help, ")");
	if (option->type == OPTION_LIST)
		text_add(&help, "; repeatable");
	if (option->fallback)
		text_addf(&help, " [%s]", option->fallback);
	add_row(out, text_string(&term), text_string(&help));
}

static void add_verb_line(struct output *out, const struct verb *verb)
{
	AUTO(text) term = {0};

	text_addf(&term, "%s%s%s", verb->name, *verb->operands ? " " : "", verb->operands);
	add_row(out, text_string(&term), verb->summary);
}

static void help_of_verb(const struct verb *verb, struct output *out)
{
	output_addf(out, "usage: trust-deployer %s%s%s%s\n\n", verb->name,
	    verb->options & ~OPTIONS_ALWAYS ? " [OPTIONS]" : "", *verb->operands ? " " : "",
	    verb->operands);
	add_wrapped(out, verb->detail, 0);
	output_add(out, "\noptions:\n");
	for (size_t i = 0; i < OPTIONS; i++)
		if ((verb->options | OPTIONS_ALWAYS) & OPTION_BIT(i))
			add_option(out, &options[i], verb->formats);
}

static void help_of_program(const char *group, struct output *out)
{
	output_addf(out, "usage: trust-deployer %s%sVERB [OPTIONS] [OPERANDS]\n\n",
	    group ? group : "", group ? " " : "");
	if (!group)
		add_wrapped(out, text_manual_in_short, 0);
	output_add(out, group ? "verbs:\n" : "\nverbs:\n");
	for (size_t i = 0; i < verb_count; i++) {
		size_t size = group ? strlen(group) : 0;

		if (!verbs[i].hidden && (!group || (strncmp(verbs[i].name, group, size) == 0 &&
		                                       verbs[i].name[size] == ' ')))
			add_verb_line(out, &verbs[i]);
	}
	output_add(out, "\n'trust-deployer VERB --help' tells more about one verb.\n");
	if (group)
		return;
	output_add(out, "\nexit status:\n");
	for (size_t i = 0; i < page_status_count; i++) {
		AUTO(text) term = {0};

		text_addf(&term, "%d", page_statuses[i].status);
		add_row(out, text_string(&term), page_statuses[i].text);
	}
}

void page_help(const struct args *args, struct output *out)
{
	if (args->verb)
		help_of_verb(args->verb, out);
	else
		help_of_program(args->word, out);
}
