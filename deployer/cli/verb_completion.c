/* SPDX-License-Identifier: Apache-2.0 */
/* Prints from the tables, and answers what completion asks while somebody types. */
#include "cli/pages/pages.h"
#include "cli/workplace.h"
#include "state/history.h"

bool verb_completion(struct cli *cli, struct err *err)
{
	return page_completion(cli->args.operands.list[0], &cli->output, err);
}

bool verb_man(struct cli *cli, struct err *err)
{
	const char *name = cli->args.operands.count ? cli->args.operands.list[0] : pages[0].name;
	const struct page *page = page_find(name);
	AUTO(text) known = {0};

	if (page) {
		page->print(&cli->output);
		return true;
	}
	for (size_t i = 0; i < page_count; i++)
		text_addf(&known, "%s%s", i ? ", " : "", pages[i].name);
	return err_set(err, ERR_USAGE, "man: '%s' is none of %s", text_escape_string(name).text,
	    text_string(&known));
}

/* Alone: "help VERB" is read as "VERB --help" (cli/args.c). */
bool verb_help(struct cli *cli, struct err *err)
{
	(void)err;
	page_help(&(struct args){0}, &cli->output);
	return true;
}

bool verb_version(struct cli *cli, struct err *err)
{
	(void)err;
	output_add(&cli->output, "trust-deployer " VERSION "\n");
	return true;
}

/* --root and --state of a command line that is still being typed. bash takes "--root=DIR" apart at
 * the sign. */
static void take_places(const struct strings *words, struct args *args)
{
	for (size_t i = 1; i < words->count; i++) {
		const char *word = words->list[i];
		bool state = strcmp(word, "--state") == 0;
		const char **place = state ? &args->state : &args->root;
		size_t at = i + 1;

		if (!state && strcmp(word, "--root") != 0 && strcmp(word, "-r") != 0)
			continue;
		at += at < words->count && strcmp(words->list[at], "=") == 0;
		if (at < words->count && *words->list[at])
			*place = words->list[at];
	}
}

static bool offer_items(struct args *args, struct output *output, struct err *err)
{
	AUTO(workplace) workplace = {0};
	AUTO(outcome) outcome = {0};
	AUTO(arena) arena = {0};

	args->no_progress = true;
	if (!workplace_open(args, WORKPLACE_NO_POLICIES, &workplace, err) ||
	    !run_check(&workplace.run, &outcome, err))
		return false;
	for (size_t i = 0; i < outcome.have.count; i++)
		output_addf(output, "%s\n", item_id(&outcome.have.list[i], &arena));
	for (size_t i = 0; i < outcome.ledger.count; i++)
		output_addf(output, "%s\n", outcome.ledger.list[i].id);
	return true;
}

static bool offer_transactions(const struct args *args, struct output *output, struct err *err)
{
	AUTO(history) history = {0};

	if (!input_history(args, &history, err))
		return false;
	for (size_t i = 0; i < history.count; i++)
		if (history.list[i].undoable)
			output_addf(output, "%s\n", history.list[i].id);
	return true;
}

bool verb_complete(struct cli *cli, struct err *err)
{
	const char *what = cli->args.operands.list[0];

	take_places(&cli->args.operands, &cli->args);
	switch (words_find(page_questions, what)) {
	case QUESTION_ITEMS:
		return offer_items(&cli->args, &cli->output, err);
	case QUESTION_TRANSACTIONS:
		return offer_transactions(&cli->args, &cli->output, err);
	default:
		return err_set(err, ERR_USAGE, "complete: '%s' is none of %s, %s",
		    text_escape_string(what).text, page_questions[QUESTION_ITEMS],
		    page_questions[QUESTION_TRANSACTIONS]);
	}
}
