/* SPDX-License-Identifier: Apache-2.0 */
/* trust-deployer.1 */
#include "cli/pages/pages.h"
#include "cli/pages/roff.h"

#include "cli/texts.h"
#include "cli/verbs.h"
#include "engine/diagnose/diagnose.h"
#include "model/cause.h"
#include "report/events.h"
#include "report/report.h"

#define PROGRAM "trust-deployer"

const struct page pages[] = {
    {PROGRAM, 1, page_manual},
    {PROGRAM "-policy", 5, page_policy},
    {PROGRAM "-keyring", 5, page_keyring},
    {PROGRAM "-recipe", 5, page_recipe},
};
const size_t page_count = COUNT(pages);

const struct page *page_find(const char *name)
{
	for (size_t i = 0; i < page_count; i++) {
		AUTO(text) with_section = {0};
		const char *page = pages[i].name;

		text_addf(&with_section, "%s.%d", page, pages[i].section);
		if (strcmp(name, page) == 0 || strcmp(name, text_string(&with_section)) == 0 ||
		    (strlen(page) > sizeof(PROGRAM) && strcmp(name, page + sizeof(PROGRAM)) == 0))
			return &pages[i];
	}
	return NULL;
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
	text_add(&help, option->help);
	page_add_words(&help, option, 0);
	text_add(&help, option->type == OPTION_LIST ? " (repeatable)." : ".");
	if (option->fallback)
		text_addf(&help, " Default: %s.", option->fallback);
	roff_term(out, text_string(&term), text_string(&help));
}

static void add_verb(struct output *out, const struct verb *verb)
{
	AUTO(text) more = {0};
	AUTO(text) formats = {0};
	bool first = true;

	output_add(out, ".SS \"");
	roff_text(out, verb->name);
	output_addf(out, "%s%s\"\n", *verb->operands ? " " : "", verb->operands);
	roff_text(out, verb->detail);
	text_add(&more, "\n\nOptions: ");
	for (size_t i = 0; i < OPTIONS; i++)
		if (verb->options & ~OPTIONS_ALWAYS & OPTION_BIT(i)) {
			text_addf(&more, "%s--%s", first ? "" : ", ", options[i].name);
			first = false;
		}
	text_add(&more, ".");
	roff_text(out, first ? "" : text_string(&more));
	report_add_kinds(&formats, verb->formats, ", ");
	if (formats.size)
		output_addf(out, "\nFormats: %s.", text_string(&formats));
	output_add(out, "\n");
}

static void add_cause(struct output *out, const struct cause_row *row)
{
	AUTO(text) text = {0};

	text_addf(&text, "%s%s%s", row->meaning, *row->next ? " " : "", row->next);
	roff_term(out, row->word, text_string(&text));
}

static void add_troubles(struct output *out)
{
	roff_section(out, "CAUSES OF TROUBLE");
	roff_paragraphs(out, text_manual_troubles);
	for (size_t i = 0; i < diagnose_cause_count(); i++)
		roff_term(out, diagnose_cause_at(i).cause, diagnose_cause_at(i).meaning);
}

static void add_event_numbers(struct output *out)
{
	AUTO(text) causes = {0};

	text_add(&causes, "items, by their cause: ");
	for (unsigned i = 0; i < EVENTS; i++) {
		const struct event_row *row = event_row((enum event)i);
		AUTO(text) id = {0};
		AUTO(text) text = {0};

		text_addf(&id, "%u", row->id);
		text_addf(&text, "%s: %s", event_level(row->level), row->meaning);
		roff_term(out, text_string(&id), text_string(&text));
	}
	for (unsigned i = 0; i < CAUSES; i++)
		text_addf(&causes, "%s%u %s", i ? ", " : "", event_of_cause((enum cause)i),
		    event_cause_word((enum cause)i));
	roff_term(out, "1000 and above", text_string(&causes));
}

static void add_events(struct output *out)
{
	AUTO(text) text = {0};

	roff_section(out, "EVENTS");
	text_addf(&text, "%s ", text_manual_events);
	for (size_t i = 0; i < EVENT_FIELDS; i++)
		text_addf(&text, "%s%s", i ? ", " : "", event_fields[i]);
	text_addf(&text,
	    "; the counts of a cause are its own, and the last has the ids of its first %d items. "
	    "A number never changes its meaning:\n",
	    EVENT_ITEMS);
	roff_text(out, text_string(&text));
	add_event_numbers(out);
}

static void add_statuses(struct output *out)
{
	roff_section(out, "EXIT STATUS");
	for (size_t i = 0; i < page_status_count; i++) {
		AUTO(text) term = {0};

		text_addf(&term, "%d", page_statuses[i].status);
		roff_term(out, text_string(&term), page_statuses[i].text);
	}
}

void page_manual(struct output *out)
{
	output_add(out, ".TH TRUST-DEPLOYER 1 " ROFF_DATE " \"trust-deployer " VERSION "\"\n");
	roff_section(out, "NAME");
	output_add(
	    out, "trust-deployer \\- bring trust store and proxy settings to what a policy says\n");
	roff_section(out, "SYNOPSIS");
	output_add(out, ".B trust-deployer\n.I VERB\n.RI [ OPTIONS ]\n.RI [ OPERANDS ]\n");
	roff_section(out, "DESCRIPTION");
	roff_paragraphs(out, text_manual_description);
	roff_section(out, "VERBS");
	for (size_t i = 0; i < verb_count; i++)
		if (!verbs[i].hidden)
			add_verb(out, &verbs[i]);
	roff_section(out, "OPTIONS");
	roff_paragraphs(out, text_manual_options);
	for (size_t i = 0; i < OPTIONS; i++)
		add_option(out, &options[i]);
	add_statuses(out);
	roff_section(out, "RESULTS");
	roff_paragraphs(out, text_manual_results);
	for (unsigned i = CAUSE_NONE + 1; i < CAUSES; i++)
		add_cause(out, cause_row((enum cause)i));
	add_troubles(out);
	roff_section(out, "REPORTS");
	roff_paragraphs(out, text_manual_reports);
	add_events(out);
	roff_section(out, "ENVIRONMENT");
	roff_term(out, "NO_COLOR", "when set and not empty: no colour");
	roff_term(out, "SOURCE_DATE_EPOCH", "dates what bundle build makes, when --now does not");
	roff_section(out, "FILES");
	for (size_t i = 0; i < page_file_count; i++)
		roff_term(out, page_files[i].term, page_files[i].text);
	roff_section(out, "SEE ALSO");
	output_add(out,
	    ".BR trust-deployer-policy (5),\n.BR trust-deployer-keyring (5),\n"
	    ".BR trust-deployer-recipe (5),\n.BR update-ca-certificates (8),\n.BR trust (1)\n");
}
