/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything known about one item: what is wanted and by whom, what is there and
 * where, whether it is ours, what was done to it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "cli/search.h"
#include "cli/workplace.h"
#include "formats/pem.h"
#include "model/cert.h"
#include "report/report.h"
#include "state/history.h"

enum { FOLLOWED_MAX = 16 * 1024 * 1024 };

struct explained {
	char *id;
	const struct step *step;           /* or NULL */
	const struct ledger_entry *ledger; /* or NULL */
	struct workplace workplace;
	struct outcome outcome;
	struct history history;
	struct arena arena;
	/* what there is of the item: as seen on the host, or as an input of the run */
	const struct item **have;
	size_t have_count;
	struct items inputs; /* the bundles that can be used, and the keyring */
	bool closed; /* this user may not read the state, so whether it is ours is not known */
};

static void explained_release(struct explained *explained)
{
	outcome_release(&explained->outcome);
	workplace_release(&explained->workplace);
	history_release(&explained->history);
	items_release(&explained->inputs);
	free(explained->have);
	arena_release(&explained->arena);
}

/* --- what can be asked for --- */

static void list_bundle(struct explained *explained, const struct bundle_candidate *candidate)
{
	struct items *inputs = &explained->inputs;
	const struct manifest *manifest = &candidate->bundle.manifest;
	struct item *item;
	char date[CLOCK_TEXT];

	if (!candidate->tried || candidate->refusal.code != ERR_NONE)
		return;
	clock_write(manifest->expires, date);
	item = items_add(inputs, key_bundle(manifest->id));
	item->presence = ITEM_PRESENT;
	item->value =
	    arena_printf(&inputs->arena, "version %llu", (unsigned long long)manifest->version);
	item->seen.location = candidate->path;
	item->note = arena_printf(&inputs->arena, "expires %.10s", date);
}

/* No look at the host shows inputs of a run, and a report tells of them only when something is
 * wrong. */
static void list_inputs(struct explained *explained)
{
	struct bundles *bundles = &explained->workplace.bundles;
	const struct keyring *keyring = &bundles->keyring;
	struct items *inputs = &explained->inputs;
	struct err unread = {0};
	struct item *item;
	char date[CLOCK_TEXT];

	if (!bundles_verify(bundles, &unread) && bundles->count)
		text_addf(&explained->outcome.notes, "%s\n", unread.text);
	for (size_t i = 0; i < bundles->count; i++)
		list_bundle(explained, &bundles->list[i]);
	if (!bundles->keyring_loaded)
		return;
	clock_write(keyring->expires, date);
	item = items_add(inputs, key_keyring());
	item->presence = ITEM_PRESENT;
	item->value =
	    arena_printf(&inputs->arena, "version %llu", (unsigned long long)keyring->version);
	item->seen.location = bundles->keyring_path;
	item->note = arena_printf(&inputs->arena, "%llu of %zu signers, expires %.10s",
	    (unsigned long long)keyring->threshold, keyring->count, date);
}

static void offer_items(struct search *search, const struct items *items, struct arena *arena)
{
	for (size_t i = 0; i < items->count; i++) {
		const struct item *item = &items->list[i];

		search_offer(search, &(struct search_item){item_id(item, arena), item->label,
		                         item->seen.evidence ? "" : item->seen.location});
	}
}

static void list_have(struct explained *explained, const struct items *items)
{
	for (size_t i = 0; i < items->count; i++)
		if (strcmp(explained->id, key_id(&items->list[i].key).text) == 0)
			explained->have[explained->have_count++] = &items->list[i];
}

/* Without a policy every item would be one that no policy names. The advice for those would take
 * away what the policies of this host want. What a run brings with it, a hook that is due, is
 * judged by no policy. */
static const struct step *judgement(const struct explained *explained)
{
	const struct step *step = plan_find(&explained->outcome.plan, explained->id);
	bool judged = step && (step->want || explained->workplace.policies.count ||
	                          step_item(step)->key.kind >= ITEM_HOST_KINDS);

	return judged ? step : NULL;
}

/* How many certificates a file holds; the digest of the first. */
static size_t read_certificates(struct span file, char sha256[SHA256_HEX])
{
	AUTO(bytes) der = {0};
	struct span rest = pem_of_file(file);
	struct err ignored = {0};
	struct cert_seen seen;
	bool trusted = false;
	size_t count = 0;

	while (pem_next_certificate(&rest, &der, &trusted, &ignored) && der.size > 0)
		if (cert_see(bytes_span(&der), trusted, &seen, &ignored) && count++ == 0)
			hex_write((struct span){seen.sha256, SHA256_SIZE}, sha256);
	if (count == 0 && cert_see(file, false, &seen, &ignored)) {
		hex_write((struct span){seen.sha256, SHA256_SIZE}, sha256);
		count = 1;
	}
	return count;
}

/* Where no item stands at a path, it may still lead to a certificate: a link in OpenSSL's folder.
 * False: it leads to none, and `err` stays as it was. */
static bool follow_path(struct explained *explained, const char *wanted, struct search *search,
    const char **id, struct err *err)
{
	AUTO(bytes) file = {0};
	char sha256[SHA256_HEX];
	struct err unread = {0};
	size_t count;

	if (*wanted != '/' ||
	    !file_read(&explained->workplace.host.root, wanted, FOLLOWED_MAX, &file, &unread))
		return false;
	count = read_certificates(bytes_span(&file), sha256);
	if (count > 1)
		return err_set(err, ERR_HOST,
		    "%s holds %zu certificates; name one of them by its digest or its label",
		    text_escape_string(wanted).text, count);
	if (count == 0)
		return false;
	search->wanted = sha256;
	return search_settle(search, id, err) ||
	       err_wrap(err, "the certificate in %s", text_escape_string(wanted).text);
}

static bool find(struct explained *explained, const char *wanted, struct err *err)
{
	AUTO(search) search = {.wanted = wanted};
	struct arena *arena = &explained->arena;
	const struct plan *plan = &explained->outcome.plan;
	const struct items *have = &explained->outcome.have, *inputs = &explained->inputs;
	const struct ledger *ledger = &explained->outcome.ledger;
	struct err unknown = {0};
	const char *id;

	for (size_t i = 0; i < plan->count; i++)
		search_offer(
		    &search, &(struct search_item){item_id(step_item(&plan->steps[i]), arena),
		                 step_label(&plan->steps[i]), NULL});
	offer_items(&search, have, arena);
	offer_items(&search, inputs, arena);
	for (size_t i = 0; i < ledger->count; i++)
		search_offer(&search, &(struct search_item){ledger->list[i].id, NULL, NULL});
	if (!search_settle(&search, &id, &unknown) &&
	    !follow_path(explained, wanted, &search, &id, &unknown)) {
		*err = unknown;
		return false;
	}
	explained->id = arena_strdup(arena, id);
	explained->step = judgement(explained);
	explained->ledger = ledger_find(ledger, explained->id);
	explained->have = mem_alloc((have->count + inputs->count + 1) * sizeof(*explained->have));
	list_have(explained, have);
	list_have(explained, inputs);
	/* the last good copy of a bundle is in no list */
	if (explained->have_count == 0 && explained->step && explained->step->have)
		explained->have[explained->have_count++] = explained->step->have;
	return true;
}

static bool gather(const struct args *args, struct explained *out, struct err *err)
{
	struct run *run = &out->workplace.run;
	struct err unread = {0};

	if (!workplace_open(args, WORKPLACE_POLICIES_IF_ANY, &out->workplace, err))
		return false;
	run->how.lists = true;
	if (!run_check(run, &out->outcome, err))
		return false;
	list_inputs(out);
	if (!find(out, args->operands.list[0], err)) {
		if (out->workplace.unpoliced.code != ERR_NONE)
			*err = out->workplace.unpoliced;
		return false;
	}
	text_add(&out->outcome.notes, text_string(&out->workplace.notes));
	out->closed = out->outcome.closed || folder_is_closed(run->state_root, run->state);
	/* what this user may not read is a note of the outcome already */
	if (!out->closed && !history_load(run->state_root, run->state, run->host->ops->places,
	                        &out->history, &unread))
		text_addf(&out->outcome.notes, "history: %s\n", unread.text);
	text_add(&out->outcome.notes, text_string(&out->history.faults));
	outcome_note_uncovered(&out->outcome);
	return true;
}

static void emit_want(struct emit *e, const struct item *want)
{
	emit_key(e, "want");
	if (!want) {
		emit_null(e);
		return;
	}
	emit_map(e);
	emit_pair(e, "state", item_state(want));
	emit_pair(e, "policy", want->asked.policy);
	emit_pair(e, "file", want->asked.origin.file);
	emit_key(e, "line");
	emit_unsigned(e, want->asked.origin.line);
	emit_pair(e, "bundle", want->asked.bundle);
	emit_pair(e, "note", want->note);
	emit_end(e);
}

/* Where we distrust a certificate, the system ships the certificate and the distrust is ours. */
static bool is_shipped(const struct explained *explained, const struct item *item)
{
	return item->seen.system && !(explained->ledger && item->key.kind == ITEM_CERTIFICATE &&
	                                item_store(item) == STORE_DISALLOWED);
}

static void emit_have(struct emit *e, const struct explained *explained)
{
	emit_key(e, "have");
	emit_list(e);
	for (size_t i = 0; i < explained->have_count; i++) {
		const struct item *item = explained->have[i];

		emit_map(e);
		emit_pair(e, "state", item_shown(item));
		emit_pair(e, "location", item->seen.location);
		emit_key(e, "system");
		emit_bool(e, is_shipped(explained, item));
		emit_pair(e, "note", item->note);
		emit_end(e);
	}
	emit_end(e);
}

static void emit_judgement(struct emit *e, const struct step *step)
{
	emit_pair(e, "result", step ? result_words[step->result] : NULL);
	emit_pair(e, "action", step ? action_words[step->action] : NULL);
	emit_pair(e, "cause", step ? cause_row(step->cause)->word : NULL);
	emit_pair(e, "message", step ? step_message(step) : NULL);
	emit_pair(e, "next", step ? step_next(step) : NULL);
	emit_key(e, "waived");
	emit_bool(e, step && step->waived);
}

static void emit_ledger(struct emit *e, const struct ledger_entry *ledger)
{
	AUTO(arena) arena = {0};

	emit_key(e, "ledger");
	if (!ledger) {
		emit_null(e);
		return;
	}
	emit_map(e);
	emit_pair(e, "policy", ledger->policy);
	emit_pair(e, "transaction", ledger->transaction);
	emit_pair(e, "before", setting_show_record(ledger->before, &arena));
	emit_pair(e, "after", ledger->after);
	emit_end(e);
}

static void emit_history(struct emit *e, const struct explained *explained)
{
	const struct history *history = &explained->history;
	const struct history_item *item;
	size_t at = history->count;

	emit_key(e, "history");
	emit_list(e);
	while ((at = history_of_item(history, at, explained->id, &item)) < history->count) {
		emit_map(e);
		emit_pair(e, "transaction", history->list[at].id);
		emit_key(e, "time");
		emit_time(e, history->list[at].time);
		emit_pair(e, "mode", history->list[at].mode);
		emit_pair(e, "outcome", history_outcome_name(history->list[at].outcome));
		emit_pair(e, "action", action_words[item->action]);
		emit_pair(e, "before", item->before);
		emit_pair(e, "after", item->after);
		emit_key(e, "failed");
		emit_bool(e, item->failed);
		emit_end(e);
	}
	emit_end(e);
}

static const struct item *subject(const struct explained *explained)
{
	if (explained->step)
		return step_item(explained->step);
	return explained->have_count ? explained->have[0] : NULL;
}

static const char *label_of(const struct explained *explained)
{
	const struct item *item = subject(explained);

	if (explained->step)
		return step_label(explained->step);
	return item ? item->label : "";
}

static void emit_explained(
    struct output *output, enum notation notation, const struct explained *explained)
{
	struct emit emit = emit_into(&output->bytes, notation), *e = &emit;

	emit_map(e);
	emit_pair(e, "schema", "trust-deployer/explanation/1");
	emit_pair(e, "id", explained->id);
	emit_pair(e, "label", label_of(explained));
	emit_judgement(e, explained->step);
	emit_want(e, explained->step ? explained->step->want : NULL);
	emit_have(e, explained);
	emit_ledger(e, explained->ledger);
	emit_key(e, "ledger_known");
	emit_bool(e, !explained->closed);
	emit_history(e, explained);
	emit_end(e);
}

static void tell_line(struct output *output, const char *head, const char *text)
{
	output_addf(output, "%-9s ", head);
	report_add_safe(&output->bytes, text);
	output_add(output, "\n");
}

/* ", by policy corp, corp.yaml:7, out of bundle example.roots"; empty for what the run itself
 * wants */
static void add_origin(struct text *line, const struct item *want)
{
	if (want->asked.policy && *want->asked.policy)
		text_addf(line, ", by policy %s", want->asked.policy);
	if (want->asked.origin.file && *want->asked.origin.file)
		text_addf(line, ", %s:%u", want->asked.origin.file, want->asked.origin.line);
	if (want->asked.bundle)
		text_addf(line, ", out of bundle %s", want->asked.bundle);
}

static void tell_want(struct output *output, const struct explained *explained)
{
	const struct step *step = explained->step;
	const struct item *want = step ? step->want : NULL;
	const struct item *item = subject(explained);
	bool input = item && item->key.kind >= ITEM_HOST_KINDS;
	AUTO(text) line = {0};

	/* policies do not speak of inputs, unless something is wrong with them */
	if (!want && input)
		return;
	if (!want) {
		tell_line(output, "want",
		    explained->workplace.policies.count ? "no policy names it"
		    : explained->workplace.unpoliced.code != ERR_NONE
		        ? "not known: the policies cannot be used"
		        : "not known: there is no policy here; --policy FILE or --policy bundle:ID"
		          " names one");
		return;
	}
	text_add(&line, item_state(want));
	add_origin(&line, want);
	tell_line(output, "want", text_string(&line));
	if (want->note && (!step->message || strcmp(step->message, want->note) != 0))
		tell_line(output, "", want->note);
}

static void tell_have(struct output *output, const struct explained *explained)
{
	for (size_t i = 0; i < explained->have_count; i++) {
		const struct item *item = explained->have[i];
		AUTO(text) line = {0};

		text_add(&line, item_shown(item));
		if (item->seen.location && *item->seen.location)
			text_addf(&line, ", %s", item->seen.location);
		if (is_shipped(explained, item))
			text_add(&line, " (shipped by the system)");
		if (item->note)
			text_addf(&line, ": %s", item->note);
		tell_line(output, i ? "" : "have", text_string(&line));
	}
	if (explained->have_count == 0)
		tell_line(output, "have", WORDS_ABSENT);
}

static void tell_judgement(struct output *output, const struct step *step)
{
	AUTO(text) line = {0};

	if (!step)
		return;
	text_addf(&line, "%s%s%s", result_words[step->result],
	    *cause_row(step->cause)->word ? ", " : "", cause_row(step->cause)->word);
	if (*step_message(step))
		text_addf(&line, ": %s", step_message(step));
	tell_line(output, "result", text_string(&line));
	if (*step_next(step) && step->result != RESULT_PASS)
		tell_line(output, "next", step_next(step));
}

static void tell_ledger(struct output *output, const struct explained *explained)
{
	AUTO(arena) arena = {0};
	const struct ledger_entry *ledger = explained->ledger;
	const char *none =
	    explained->closed ? "not known: this user may not read the state folder" : "not ours";
	const struct item *item = subject(explained);
	AUTO(text) line = {0};

	/* the ledger tells of what the host holds */
	if (!ledger && item && item->key.kind >= ITEM_HOST_KINDS)
		return;
	if (ledger)
		text_addf(&line, "put there by policy %s in transaction %s; before: %s",
		    ledger->policy, ledger->transaction,
		    setting_show_record(ledger->before, &arena));
	tell_line(output, "ledger", ledger ? text_string(&line) : none);
}

static void tell_history(struct output *output, const struct explained *explained)
{
	const struct history *history = &explained->history;
	const struct history_item *item;
	size_t at = history->count;
	bool any = false;

	while ((at = history_of_item(history, at, explained->id, &item)) < history->count) {
		AUTO(text) line = {0};
		char time[CLOCK_TEXT];

		clock_write(history->list[at].time, time);
		text_addf(&line, "%s %s %s: %s -> %s, %s%s", history->list[at].id, time,
		    history->list[at].mode, item->before, item->after,
		    history_outcome_name(history->list[at].outcome),
		    item->failed ? ", failed" : "");
		tell_line(output, any ? "" : "history", text_string(&line));
		any = true;
	}
}

bool verb_explain(struct cli *cli, struct err *err)
{
	struct output *output = &cli->output;
	AUTO(explained) explained = {0};
	enum notation notation;

	if (!gather(&cli->args, &explained, err))
		return false;
	if (input_notation(&cli->args, &notation)) {
		emit_explained(output, notation, &explained);
		return workplace_confess(&explained.workplace, err);
	}
	tell_line(output, "item", explained.id);
	if (*label_of(&explained))
		tell_line(output, "label", label_of(&explained));
	tell_judgement(output, explained.step);
	tell_want(output, &explained);
	tell_have(output, &explained);
	tell_ledger(output, &explained);
	tell_history(output, &explained);
	report_add_notes(&output->bytes, text_string(&explained.outcome.notes));
	return workplace_confess(&explained.workplace, err);
}
