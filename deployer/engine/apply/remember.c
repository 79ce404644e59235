/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/apply/remember.h"

#include <stdlib.h>

#include "engine/apply/edits.h"
#include "engine/apply/merge.h"
#include "engine/apply/texts.h"
#include "engine/conclude.h"
#include "state/lines.h"

enum { LEDGER_MAX_BYTES = 64 * 1024 * 1024 };

static const char *newer(const char *a, const char *b)
{
	return !a || strcmp(a, b) < 0 ? b : a;
}

static const char *newest_of(const struct journal_names *names, const struct history *lines)
{
	const char *newest = names->done_count ? names->done[names->done_count - 1] : NULL;

	if (names->open_count)
		newest = newer(newest, names->open[names->open_count - 1]);
	for (size_t i = 0; i < lines->count; i++)
		if (journal_is_id(lines->list[i].id))
			newest = newer(newest, lines->list[i].id);
	return newest;
}

bool remember_next_id(
    struct session *session, const char *mode, struct journal *out, struct err *err)
{
	struct run *run = session->run;
	struct outcome *outcome = session->out;
	AUTO(journal_names) names = {0};
	AUTO(history) lines = {0};
	const char **policies =
	    arena_alloc(&outcome->arena, (outcome->policy_count + 1) * sizeof(*policies));
	size_t count = 0;

	for (size_t i = 0; i < outcome->policy_count; i++)
		if (!outcome->policies[i].filtered)
			policies[count++] = outcome->policies[i].name;
	if (!journal_names(run->state_root, run->state, &names, err) ||
	    !lines_load(run->state_root, session->history_path, &lines, err))
		return false;
	journal_begin(out, run->state_root, run->state, run->now, newest_of(&names, &lines), mode,
	    policies, count);
	return true;
}

bool remember_begin(struct carrier *carrier, const char *mode, struct err *err)
{
	if (!remember_next_id(carrier->session, mode, &carrier->journal, err))
		return false;
	carrier->journal.places = carrier->session->run->host->ops->places;
	return true;
}

void remember_nothing(struct carrier *carrier)
{
	struct journal *journal = &carrier->journal;
	struct err err = {0};
	char path[JOURNAL_PATH];

	journal_free_room(journal->root, journal->state, journal->id);
	/* an empty transaction that stays does no harm either: the next run forgets it */
	if (journal->begun && journal_path(journal->state, journal->id, JOURNAL_OPEN, path, &err) &&
	    !file_remove(journal->root, path, &err))
		session_note(carrier->session, "%s", err.text);
	journal->begun = false;
}

/* For what was added or set: what was asked for. For what was to go: what is left of it. */
static const char *state_after(const struct step *step, const struct items *now)
{
	if (step->want && step->want->value[0])
		return step->want->value;
	if (step->action != ACTION_REMOVE)
		return WORDS_PRESENT;
	return item_state(items_find(now, &step_item(step)->key));
}

/* What ours replaced, when it first came. */
static const char *state_before(
    const struct ledger *ledger, const struct step *step, const char *id, struct arena *arena)
{
	const struct ledger_entry *known = ledger_find(ledger, id);

	if (known)
		return known->before;
	/* what is in force without a source cannot be put back; nor can what counts nowhere */
	if (step->have &&
	    (step->have->presence == ITEM_STALE || step->have->presence == ITEM_ASIDE))
		return WORDS_ABSENT;
	return item_record(step->have, arena);
}

/* Whether we put the item there. To mend outputs, or to enable what somebody else installed, makes
 * nothing ours. */
static bool makes_ours(const struct step *step)
{
	return step->want && step->cause != CAUSE_REBUILD_PENDING &&
	       step->cause != CAUSE_UNREADABLE && step->cause != CAUSE_RESTRICTED &&
	       (step->action != ACTION_REMOVE || step->want->key.kind != ITEM_CERTIFICATE);
}

/* In force although no source holds it: the rebuild failed. */
static bool is_stale(const struct items *now, const struct item *item)
{
	const struct item *found = items_find(now, &item->key);

	return found && found->presence == ITEM_STALE;
}

/* The id of the item that says the opposite of a certificate, when that is not there any more:
 * distrust of a root, trust in a distrusted one. Else NULL. */
static const char *opposite_of(
    const struct item *item, const struct items *now, struct arena *arena)
{
	enum store store = item_store(item);
	struct key other;

	if (store != STORE_ROOT && store != STORE_DISALLOWED)
		return NULL;
	other = key_in_store(&item->key, store == STORE_ROOT ? STORE_DISALLOWED : STORE_ROOT);
	return items_find(now, &other) ? NULL : arena_strdup(arena, key_id(&other).text);
}

static void note_certificate(struct carrier *carrier, const struct step *step,
    struct ledger_entry *entry, const struct items *now)
{
	struct outcome *out = carrier->session->out;
	const char *opposite = opposite_of(step->want, now, &out->arena);

	edits_note(carrier, (size_t)(step - out->plan.steps), ledger_find(&out->ledger, entry->id),
	    opposite ? ledger_find(&out->ledger, opposite) : NULL, entry, &out->arena);
	if (opposite)
		ledger_remove(&out->ledger, opposite);
}

static void note_ours(
    struct carrier *carrier, const struct step *step, const char *id, const struct items *now)
{
	struct outcome *out = carrier->session->out;
	struct ledger_entry entry = {
	    .id = id,
	    .policy = step->want->asked.policy,
	    .transaction = carrier->journal.id,
	    .before = state_before(&out->ledger, step, id, &out->arena),
	    .after = state_after(step, now),
	};

	if (step->want->key.kind == ITEM_PROXY)
		texts_note(carrier, (size_t)(step - out->plan.steps), ledger_find(&out->ledger, id),
		    &entry, &out->arena);
	else if (step->want->key.kind == ITEM_CERTIFICATE)
		note_certificate(carrier, step, &entry, now);
	ledger_set(&out->ledger, &entry);
}

static void note_step(
    struct carrier *carrier, const struct step *step, const char *id, const struct items *now)
{
	struct ledger *ledger = &carrier->session->out->ledger;

	if (step->given_back ||
	    (step->want && step->want->asked.restores && !is_stale(now, step_item(step))))
		ledger_remove(ledger, id);
	else if (step->untouched && !ledger_find(ledger, id))
		return; /* what another target's file set goes with that file */
	else if (makes_ours(step))
		note_ours(carrier, step, id, now);
	else if (step->action == ACTION_REMOVE && !is_stale(now, step_item(step)))
		ledger_remove(ledger, id);
}

static const char *policy_of(const struct carrier *carrier, const struct step *step, const char *id)
{
	const struct ledger_entry *known = ledger_find(&carrier->session->out->ledger, id);

	return step->want ? step->want->asked.policy : known ? known->policy : "";
}

/* The state to which undoing the transaction brings it back. */
static const char *before_of(const struct session *session, const struct step *step)
{
	bool brings = step->want && step->want->presence != ITEM_ABSENT;

	return brings && owed_goes(&session->owed, step->have) ? WORDS_ABSENT
	                                                       : item_state(step->have);
}

static struct history_item along_item(
    struct session *session, const struct step *step, const struct item *was, enum action action)
{
	return (struct history_item){
	    .id = item_id(step_item(step), &session->out->arena),
	    .label = step_label(step),
	    .policy = "",
	    .before = item_state(was),
	    .after = action == ACTION_ADD ? WORDS_PRESENT : WORDS_ABSENT,
	    .action = action,
	    .along = true,
	};
}

/* What comes and goes along with others is a change of this host like any other. */
static size_t note_outcome(
    struct carrier *carrier, const struct items *now, struct history_item *items, size_t count)
{
	struct session *session = carrier->session;
	const struct items *before = &session->out->have;
	const struct plan *plan = &session->out->plan;
	AUTO(plan) later = {0};
	AUTO(plan) turned = {0};
	size_t acted = 0;

	/* a host with trust lists has stores that nothing is rebuilt for */
	if (session->run->host->ops->kinds & 1u << ITEM_CTL)
		return count;
	plan_make(&session->out->want, now, &session->rules, &later);
	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		const struct step *now_is = merge_step(&later, &step_item(step)->key);
		enum action action;

		if (carrier->acted[i]) {
			items[acted].waits =
			    !items[acted].failed && !merge_is_fixed(step, now_is, before, now);
			acted++;
			continue;
		}
		action = merge_along(step, now_is, before, now);
		if (action != ACTION_KEEP)
			items[count++] = along_item(session, step, step->have, action);
	}
	merge_turned(plan, &later, before, now, &turned);
	for (size_t i = 0; i < turned.count; i++) {
		const struct step *step = &turned.steps[i];

		items[count++] = along_item(
		    session, step, step->action == ACTION_ADD ? NULL : step->have, step->action);
	}
	return count;
}

/* Whether this run took the root out of the sources, and the tool has yet to follow. */
static bool is_going(const struct host *host, const struct key *root)
{
	for (size_t i = 0; i < host->waiting.count; i++)
		if (host->waiting.list[i].presence == ITEM_ABSENT &&
		    key_equal(&host->waiting.list[i].key, root))
			return true;
	return false;
}

/* Distrust that went: the root that it was about waits. So does a root that went. */
static void note_owed(struct carrier *carrier, const struct step *step,
    const struct history_item *item, const struct items *now)
{
	struct session *session = carrier->session;
	const struct host *host = session->run->host;
	const struct key *key = &step_item(step)->key;
	const struct owed_since since = {
	    carrier->rehearsal ? "" : carrier->journal.id,
	    *item->policy ? item->policy : "undeclared",
	};

	if (!host->waits || step->action != ACTION_REMOVE)
		return;
	if (key_is_certificate(key, STORE_DISALLOWED))
		carrier->owed |=
		    owed_note(&session->owed, &since, item->id, item_state(step->have), now);
	else if (key_is_certificate(key, STORE_ROOT) && is_going(host, key))
		carrier->owed |= owed_note(&session->owed, &since, item->id, WORDS_ABSENT, now);
}

static void note_items(struct carrier *carrier, const struct items *now)
{
	struct outcome *out = carrier->session->out;
	struct history_item *items =
	    mem_alloc((out->plan.count + out->have.count + now->count + 1) * sizeof(*items));
	size_t count = 0;

	for (size_t i = 0; i < out->plan.count; i++) {
		const struct step *step = &out->plan.steps[i];
		const char *id;

		if (!carrier->acted[i])
			continue;
		id = item_id(step_item(step), &out->arena);
		items[count++] = (struct history_item){
		    .id = id,
		    .label = step_label(step),
		    .policy = policy_of(carrier, step, id),
		    .before = before_of(carrier->session, step),
		    .after = state_after(step, now),
		    .action = step->action,
		    .failed = step->result == RESULT_ERROR || step->left,
		    .along = step->by_tool,
		};
		if (items[count - 1].failed)
			continue;
		note_step(carrier, step, id, now);
		note_owed(carrier, step, &items[count - 1], now);
	}
	count = note_outcome(carrier, now, items, count);
	journal_items(&carrier->journal, items, count);
	free(items);
}

void remember_rehearsed(struct carrier *carrier, const struct items *now)
{
	note_items(carrier, now);
}

/* The ledger as it is on disk and as it is to be; `*differs` tells whether it has to be written. */
static bool compare_ledger(struct session *session, struct file_state *before,
    struct file_state *after, bool *differs, struct err *err)
{
	*after = (struct file_state){
	    .type = FILE_REGULAR, .mode = 0600, .uid = FILE_OWNER_SELF, .gid = FILE_OWNER_SELF};
	ledger_write(&session->out->ledger, &after->content);
	if (!file_capture(
	        session->run->state_root, session->ledger_path, LEDGER_MAX_BYTES, before, err))
		return false;
	*differs = !file_state_equal(before, after) &&
	           (before->type != FILE_ABSENT || after->content.size > 0);
	return true;
}

/* The ledger's old bytes go into the journal, so that undoing restores it with the host. */
static bool write_ledger(
    struct carrier *carrier, struct file_state *before, struct file_state *after, struct err *err)
{
	struct session *session = carrier->session;
	AUTO(changes) changes = {.step = CHANGE_NO_STEP};

	changes_add(&changes, session->ledger_path, before, after);
	return journal_note(&carrier->journal, JOURNAL_STATE, &changes, err) &&
	       file_store(session->run->state_root, session->ledger_path,
	           bytes_span(&changes.list[0].after.content), err);
}

bool remember_as_line(
    struct session *session, const char *id, enum history_outcome partly, struct err *err)
{
	struct run *run = session->run;
	AUTO(transaction) old = {0};
	char path[JOURNAL_PATH];

	return journal_path(run->state, id, JOURNAL_DONE, path, err) &&
	       transaction_load(run->state_root, run->state, id, false, &old, err) &&
	       lines_append(run->state_root, session->history_path, &old,
	           old.partly ? partly : HISTORY_DONE, err) &&
	       file_remove(run->state_root, path, err);
}

static bool prune(struct session *session, struct err *err)
{
	struct run *run = session->run;
	AUTO(journal_names) names = {0};

	if (!journal_names(run->state_root, run->state, &names, err))
		return false;
	for (size_t i = 0; i + JOURNAL_KEPT < names.done_count; i++)
		if (!remember_as_line(session, names.done[i], HISTORY_IN_PART, err))
			return false;
	return true;
}

bool remember(struct carrier *carrier, const struct items *now, struct err *err)
{
	struct session *session = carrier->session;
	struct host *host = session->run->host;
	AUTO(file_state) before = {0};
	AUTO(file_state) after = {0};
	struct err why = {0};
	bool differs;

	note_items(carrier, now);
	if (!due_keep(&session->due, err) ||
	    !compare_ledger(session, &before, &after, &differs, err))
		return false;
	if (carrier->done == 0 && !differs &&
	    !merge_is_rebuilt(&session->out->plan, carrier->acted, now)) {
		remember_nothing(carrier);
		return true;
	}
	if ((differs && !write_ledger(carrier, &before, &after, err)) ||
	    (carrier->owed && !owed_store(&session->owed, err)) || !host->ops->sync(host, err) ||
	    !journal_commit(&carrier->journal, err))
		return false;
	session->out->transaction = arena_strdup(&session->out->arena, carrier->journal.id);
	if (!prune(session, &why))
		session_note(session, "an old transaction could not be forgotten: %s", why.text);
	return true;
}

/* Whether this run has each item of the transaction as wanted again. */
static bool is_set_again(const struct session *session, const struct transaction *transaction)
{
	const struct plan *plan = &session->out->plan;
	size_t items = 0, again = 0;

	for (size_t i = 0; i < transaction->item_count; i++) {
		const struct history_item *item = &transaction->items[i];
		struct key key;

		if (item->failed || item->along || !key_parse(item->id, &key))
			continue;
		items++;
		for (size_t j = 0; j < plan->count; j++)
			if (plan->steps[j].want && key_equal(&plan->steps[j].want->key, &key) &&
			    (plan->steps[j].result == RESULT_PASS ||
			        plan->steps[j].result == RESULT_FIXED)) {
				again++;
				break;
			}
	}
	return items > 0 && again == items;
}

static bool settle_partly(struct session *session, struct err *err)
{
	struct run *run = session->run;
	AUTO(journal_names) names = {0};

	if (!journal_names(run->state_root, run->state, &names, err))
		return false;
	for (size_t i = 0; i < names.done_count; i++) {
		AUTO(transaction) old = {0};

		if (!transaction_load(run->state_root, run->state, names.done[i], false, &old, err))
			return false;
		if (!old.partly || !is_set_again(session, &old))
			continue;
		if (!remember_as_line(session, names.done[i], HISTORY_ROLLED_BACK, err))
			return false;
		session_note(session,
		    "the rollback in part of transaction %s is over: this run has set its items "
		    "again",
		    names.done[i]);
	}
	return true;
}

void remember_settle(struct session *session)
{
	struct err err = {0};

	if (!settle_partly(session, &err))
		session_note(
		    session, "an earlier rollback in part could not be ended: %s", err.text);
}

bool remember_discard(struct session *session, const char *id, struct err *err)
{
	struct run *run = session->run;
	struct outcome *out = session->out;
	struct history_entry entry = {.time = run->now, .outcome = HISTORY_DONE, .undoes = id};
	AUTO(journal_names) names = {0};
	AUTO(journal) journal = {0};
	char path[JOURNAL_PATH];
	bool known = false;

	if (!journal_names(run->state_root, run->state, &names, err))
		return false;
	for (size_t i = 0; i < names.open_count; i++)
		known |= strcmp(names.open[i], id) == 0;
	for (size_t i = 0; i < names.done_count; i++)
		known |= strcmp(names.done[i], id) == 0;
	if (!known)
		return err_set(err, ERR_USAGE,
		    "there is no journal of a transaction %s in %s/journal",
		    text_escape_string(id).text, text_escape_string(run->state).text);
	if (!remember_next_id(session, RUN_DISCARD, &journal, err) ||
	    !journal_discard(run->state_root, run->state, id, path, err))
		return false;
	entry.id = journal.id;
	if (!lines_append_discard(run->state_root, session->history_path, &entry, err) ||
	    !session_load(session, false, err) || !session_observe(session, &out->have, err))
		return false;
	out->transaction = arena_strdup(&out->arena, journal.id);
	out->set_aside = true;
	session_note(session,
	    "transaction %s was set aside as %s; nothing of it was carried out, and what it did "
	    "before stays",
	    text_escape_string(id).text, text_escape_string(path).text);
	outcome_conclude(session);
	return true;
}
