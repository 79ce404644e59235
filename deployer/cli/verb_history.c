/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "cli/inputs.h"
#include "model/item.h"
#include "report/report.h"
#include "state/history.h"

static void emit_items(struct emit *e, const struct history_entry *entry)
{
	emit_key(e, "items");
	emit_list(e);
	for (size_t i = 0; i < entry->item_count; i++) {
		const struct history_item *item = &entry->items[i];

		emit_map(e);
		emit_pair(e, "id", item->id);
		emit_pair(e, "label", item->label);
		emit_pair(e, "action", action_words[item->action]);
		emit_pair(e, "before", item->before);
		emit_pair(e, "after", item->after);
		emit_pair(e, "policy", item->policy);
		emit_key(e, "failed");
		emit_bool(e, item->failed);
		emit_key(e, "along");
		emit_bool(e, item->along);
		emit_key(e, "waits");
		emit_bool(e, item->waits);
		emit_end(e);
	}
	emit_end(e);
}

static void emit_entry(struct emit *e, const struct history_entry *entry)
{
	emit_map(e);
	input_emit_run(e, entry);
	emit_key(e, "undoable");
	emit_bool(e, entry->undoable);
	emit_pair(e, "undoes", entry->undoes);
	emit_key(e, "policies");
	emit_list(e);
	for (size_t i = 0; i < entry->policy_count; i++)
		emit_text(e, entry->policies[i]);
	emit_end(e);
	emit_key(e, "changed");
	emit_map(e);
	for (unsigned i = ACTION_ADD; i < ACTIONS; i++) {
		emit_key(e, action_words[i]);
		emit_unsigned(e, entry->changed[i]);
	}
	emit_end(e);
	emit_key(e, "failed");
	emit_unsigned(e, entry->failed);
	emit_items(e, entry);
	emit_end(e);
}

static void emit_history(
    struct output *output, enum notation notation, const struct history *history, const char *notes)
{
	struct emit emit = emit_into(&output->bytes, notation);

	emit_map(&emit);
	emit_pair(&emit, "schema", "trust-deployer/history/1");
	emit_key(&emit, "transactions");
	emit_list(&emit);
	for (size_t i = 0; i < history->count; i++)
		emit_entry(&emit, &history->list[i]);
	emit_end(&emit);
	emit_pair(&emit, "notes", notes);
	emit_end(&emit);
}

static void tell_items(struct output *output, const struct history_entry *entry)
{
	static const char marks[ACTIONS] = {' ', '+', '~', '-'};

	for (size_t i = 0; i < entry->item_count; i++) {
		const struct history_item *item = &entry->items[i];

		output_addf(
		    output, "    %c %s", marks[item->action], text_escape_string(item->id).text);
		if (*item->label && strcmp(item->label, kind_name(ITEM_PROXY)) != 0)
			output_addf(output, "  %s", text_escape_string(item->label).text);
		if (item->action == ACTION_REPLACE)
			output_addf(output, ": %s -> %s", text_escape_string(item->before).text,
			    text_escape_string(item->after).text);
		output_add(output, item->failed  ? " (failed)\n"
		                   : item->waits ? " (not in force by this run)\n"
		                   : item->along ? " (by what was done for others)\n"
		                                 : "\n");
	}
}

/* Of a long list the line of an older transaction has the first ones alone. */
static void tell_more(struct output *output, const struct history_entry *entry)
{
	size_t count = entry->failed;

	for (unsigned i = ACTION_ADD; i < ACTIONS; i++)
		count += entry->changed[i];
	if (entry->item_count > 0 && entry->item_count < count)
		output_addf(
		    output, "      and %zu more, which are not kept\n", count - entry->item_count);
}

static void tell_entry(struct output *output, const struct history_entry *entry, bool items)
{
	char time[CLOCK_TEXT];

	clock_write(entry->time, time);
	output_addf(output, "%s  %s  %-8s  +%zu ~%zu -%zu", text_escape_string(entry->id).text,
	    time, text_escape_string(entry->mode).text, entry->changed[ACTION_ADD],
	    entry->changed[ACTION_REPLACE], entry->changed[ACTION_REMOVE]);
	if (entry->failed)
		output_addf(output, "  %zu failed", entry->failed);
	output_addf(output, "  %s", history_outcome_name(entry->outcome));
	if (*entry->undoes)
		output_addf(output, "  %s %s",
		    strcmp(entry->mode, RUN_DISCARD) == 0 ? "set aside" : "undid",
		    text_escape_string(entry->undoes).text);
	for (size_t i = 0; i < entry->policy_count; i++)
		output_addf(
		    output, "%s%s", i ? ", " : "  ", text_escape_string(entry->policies[i]).text);
	output_add(output, "\n");
	if (!items)
		return;
	tell_items(output, entry);
	tell_more(output, entry);
}

/* Tells behind the list what is missing in it. */
static bool is_whole(struct cli *cli, const struct history *history, struct err *err)
{
	const char *faults = text_string(&history->faults);
	size_t size = strcspn(faults, "\n");

	if (!*faults)
		return true;
	text_add(&cli->more, faults + size + 1);
	return err_set(err, ERR_FORMAT, "%.*s", (int)size, faults);
}

/* A state that was named has done something, and can take nothing of it back any more. */
static bool is_used_up(const struct args *args, const struct history *history)
{
	for (size_t i = 0; i < history->count; i++)
		if (history->list[i].undoable)
			return false;
	return args->state && history->count > 0;
}

bool verb_history(struct cli *cli, struct err *err)
{
	const struct args *args = &cli->args;
	AUTO(history) history = {0};
	AUTO(text) notes = {0};
	enum notation notation;

	if (!input_history(args, &history, err))
		return false;
	if (history.elsewhere)
		text_addf(&notes,
		    is_used_up(args, &history)
		        ? "%s is a mark that this state lacks: it was used up by a copy of this "
		          "image, or the mark is that of another one\n"
		        : "%s is the mark of another state, which tells of what else was done "
		          "here: name it with --state\n",
		    history.elsewhere);
	if (input_notation(args, &notation)) {
		emit_history(&cli->output, notation, &history, text_string(&notes));
		return is_whole(cli, &history, err);
	}
	for (size_t i = 0; i < history.count; i++)
		tell_entry(&cli->output, &history.list[i], !args->quiet && args->verbose);
	if (history.count + history.faults.size + notes.size == 0 && !args->quiet)
		output_add(&cli->output, "nothing has been changed on this host yet\n");
	report_add_notes(&cli->output.bytes, text_string(&notes));
	return is_whole(cli, &history, err);
}
