/* SPDX-License-Identifier: Apache-2.0 */
/* Manual pages in man(7), the macros that groff and mandoc both read. */
#include "cli/pages/pages.h"

#include "cli/verbs.h"

#define MANUAL_DATE "2026-11-24"

enum { WIDTH = 78 };

static void add_character(struct output *out, char character)
{
	static const struct {
		char character;
		const char *roff;
	} special[] = {{'\\', "\\e"}, {'-', "\\-"}, {'~', "\\(ti"}, {'^', "\\(ha"}, {'"', "\\(dq"}};

	for (size_t i = 0; i < COUNT(special); i++)
		if (special[i].character == character) {
			output_add(out, special[i].roff);
			return;
		}
	bytes_add(&out->bytes, &character, 1);
}

/* Text as roff reads it: broken at blanks, with no escape, request or hyphen of its own. */
static void add_text(struct output *out, const char *text)
{
	size_t line = out->bytes.size;

	while (*text) {
		size_t word = strcspn(text, " \n");

		if (out->bytes.size == line && (*text == '.' || *text == '\''))
			output_add(out, "\\&");
		for (size_t i = 0; i < word; i++)
			add_character(out, text[i]);
		text += word;
		if (text[0] == '\n' && text[1] == '\n') {
			output_add(out, "\n.PP\n");
			text += 2;
			line = out->bytes.size;
		} else if (*text) {
			bool wrap = *text == '\n' ||
			            out->bytes.size - line + 2 * strcspn(text + 1, " \n") > WIDTH;

			output_add(out, wrap ? "\n" : " ");
			line = wrap ? out->bytes.size : line;
			text++;
		}
	}
}

static void add_section(struct output *out, const char *title)
{
	output_addf(out, ".SH %s\n", title);
}

/* A term in bold and its text below. */
static void add_term(struct output *out, const char *term, const char *text)
{
	output_add(out, ".TP\n.B \"");
	add_text(out, term);
	output_add(out, "\"\n");
	add_text(out, text);
	output_add(out, "\n");
}

static void add_option(struct output *out, const struct option *option)
{
	AUTO(text) term = {0};
	AUTO(text) help = {0};

	if (option->letter)
		text_addf(&term, "-%c, ", option->letter);
	text_addf(&term, "--%s", option->name);
	for (size_t i = 0; i < COUNT(option->aliases) && option->aliases[i]; i++)
		text_addf(&term, ", --%s", option->aliases[i]);
	if (option->metavar)
		text_addf(&term, " %s", option->metavar);
	text_addf(&help, "%s%s.", option->help, option->type == OPTION_LIST ? " (repeatable)" : "");
	if (option->fallback)
		text_addf(&help, " Default: %s.", option->fallback);
	add_term(out, text_string(&term), text_string(&help));
}

static void add_verb(struct output *out, const struct verb *verb)
{
	AUTO(text) more = {0};
	bool first = true;

	output_add(out, ".SS \"");
	add_text(out, verb->name);
	output_addf(out, "%s%s\"\n", *verb->operands ? " " : "", verb->operands);
	add_text(out, verb->detail);
	text_add(&more, "\n\nOptions: ");
	for (size_t i = 0; i < OPTIONS; i++)
		if (verb->options & ~OPTIONS_ALWAYS & OPTION_BIT(i)) {
			text_addf(&more, "%s--%s", first ? "" : ", ", options[i].name);
			first = false;
		}
	text_add(&more, ".");
	add_text(out, first ? "" : text_string(&more));
	for (size_t i = 0, shown = 0; i < FORMAT_NAMES; i++)
		if (verb->formats & format_names[i].bit)
			output_addf(
			    out, "%s%s", shown++ ? ", " : "\nFormats: ", format_names[i].name);
	output_add(out, verb->formats ? ".\n" : "\n");
}

void page_manual(struct output *out)
{
	output_add(out, ".TH TRUST-DEPLOYER 1 " MANUAL_DATE " \"trust-deployer " VERSION "\"\n");
	add_section(out, "NAME");
	output_add(
	    out, "trust-deployer \\- bring trust store and proxy settings to what a policy says\n");
	add_section(out, "SYNOPSIS");
	output_add(out, ".B trust-deployer\n.I VERB\n.RI [ OPTIONS ]\n.RI [ OPERANDS ]\n");
	add_section(out, "DESCRIPTION");
	add_text(out,
	    "Policies say which certificates a host shall trust or distrust and which proxy its "
	    "programs "
	    "shall use. Certificates come from bundles that are signed and need no network. check "
	    "compares the host with the policies and changes nothing; apply makes the host match, "
	    "looks "
	    "again, and changes nothing at all when there is nothing to do; rollback undoes it.\n");
	add_section(out, "VERBS");
	for (size_t i = 0; i < verb_count; i++)
		if (!verbs[i].hidden)
			add_verb(out, &verbs[i]);
	add_section(out, "OPTIONS");
	add_text(
	    out, "A value follows its option or stands behind \"=\". \"--\" ends the options.\n");
	for (size_t i = 0; i < OPTIONS; i++)
		add_option(out, &options[i]);
	add_section(out, "EXIT STATUS");
	for (size_t i = 0; i < page_status_count; i++)
		add_term(out, page_statuses[i].term, page_statuses[i].text);
	add_section(out, "FILES");
	for (size_t i = 0; i < page_file_count; i++)
		add_term(out, page_files[i].term, page_files[i].text);
	add_section(out, "SEE ALSO");
	output_add(out,
	    ".BR trust-deployer-policy (5),\n.BR update-ca-certificates (8),\n.BR trust (1)\n");
}
