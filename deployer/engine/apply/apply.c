/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "engine/apply/ask.h"
#include "engine/apply/lock.h"
#include "engine/apply/merge.h"
#include "engine/apply/rehearse.h"
#include "engine/apply/remember.h"
#include "engine/conclude.h"
#include "engine/inputs/copies.h"
#include "engine/mark.h"
#include "engine/rollback/giveback.h"
#include "engine/rollback/undo.h"

static bool is_to_be_done(const struct step *step)
{
	return step->result == RESULT_FAIL && step->action != ACTION_KEEP && !step->waived;
}

/* Certificates go by drop; a setting that is to be direct is put like any other value. */
static bool is_drop(const struct step *step)
{
	return step->action == ACTION_REMOVE && step_item(step)->key.kind == ITEM_CERTIFICATE &&
	       !step->by_tool;
}

static size_t count_to_be_done(const struct plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++)
		count += is_to_be_done(&plan->steps[i]);
	return count;
}

/* Asks the host what has to change for all puts, or for all drops. */
static void prepare(struct carrier *carrier, bool drops)
{
	struct plan *plan = &carrier->session->out->plan;
	struct changes *out = carrier_next(carrier);

	for (size_t i = 0; i < plan->count; i++) {
		struct step *step = &plan->steps[i];
		struct err why = {0};

		if (!is_to_be_done(step) || is_drop(step) != drops)
			continue;
		out->step = i;
		carrier->acted[i] = true;
		if ((drops ? ask_drop(carrier, step, out, &why)
		           : ask_put(carrier, step, out, &why)) ||
		    (carrier->rehearsal && why.code != ERR_HOST))
			continue;
		carrier_fail(carrier, i, &why);
	}
	out->step = CHANGE_NO_STEP;
}

/* `lets_go`: something was taken away before, and nothing was added. */
static bool make_outputs(struct carrier *carrier, bool lets_go, struct err *err)
{
	static const struct changes none = {.step = CHANGE_NO_STEP};
	struct host *host = carrier->session->run->host;
	bool ok;

	if (!carrier_concerns_trust(carrier))
		return true;
	host->lets_go = lets_go;
	ok = host->ops->derive(host, &none, carrier_next(carrier), err);
	host->lets_go = false;
	return ok && carrier_carry(carrier, JOURNAL_OUTPUTS, "rebuilding the trust store", err);
}

/* Makes the outputs follow the sources and tells the distribution's tools. `first` is the batch
 * that changed the sources. */
static bool publish(struct carrier *carrier, size_t first, struct err *err)
{
	struct host *host = carrier->session->run->host;
	struct changes view;
	bool ok;

	if (!make_outputs(carrier, first > 0, err))
		return false;
	view = carrier_view(carrier, first);
	view.rebuild = carrier_is_rebuild_due(carrier);
	if (carrier->rehearsal) {
		ok = host->ops->foretell(host, &view, carrier_next(carrier), err) &&
		     carrier_carry(carrier, JOURNAL_OUTPUTS, "", err);
	} else {
		session_progress(carrier->session, "publishing", 0, 1);
		ok = host->ops->publish(host, &view, &carrier->session->out->notes, err);
	}
	ok = ok && due_tell(&carrier->session->due, &view, carrier->rehearsal, err);
	free(view.list);
	return ok;
}

/* Looks again, and refuses to go on when trust was lost. */
static bool look_again(struct carrier *carrier, struct items *now, struct err *err)
{
	struct outcome *out = carrier->session->out;

	items_release(now);
	return session_look(carrier->session, now, err) &&
	       merge_check_trust(&out->have, now, &out->plan, carrier->acted, err);
}

static bool has_drops(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (is_to_be_done(&plan->steps[i]) && is_drop(&plan->steps[i]))
			return true;
	return false;
}

/* Nothing goes while what was added is not in force: the new may be to replace the old. */
static void keep_drops(struct carrier *carrier, const struct step *unseen)
{
	struct plan *plan = &carrier->session->out->plan;
	struct err why = {0};

	err_set(&why, ERR_IO, "kept, because %s was added and is not in force",
	    key_id(&unseen->want->key).text);
	for (size_t i = 0; i < plan->count; i++)
		if (is_to_be_done(&plan->steps[i]) && is_drop(&plan->steps[i]))
			carrier_fail(carrier, i, &why);
}

/* Adds, publishes, looks, and only then removes. */
static bool carry_out(struct carrier *carrier, struct items *now, struct err *err)
{
	struct plan *plan = &carrier->session->out->plan;
	const struct step *unseen;
	size_t first;

	prepare(carrier, false);
	if (!carrier_carry(carrier, JOURNAL_SOURCES, "adding", err) || !publish(carrier, 0, err) ||
	    !look_again(carrier, now, err))
		return false;
	unseen = merge_find_unseen(plan, carrier->acted, now);
	if (unseen)
		keep_drops(carrier, unseen);
	if (!has_drops(plan))
		return true;
	first = carrier->count;
	prepare(carrier, true);
	return carrier_carry(carrier, JOURNAL_SOURCES, "removing", err) &&
	       publish(carrier, first, err) && look_again(carrier, now, err);
}

/* What this run could not mend, another run cannot mend either. */
static void advise_otherwise(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (is_to_be_done(&plan->steps[i]) && !step_remedy(&plan->steps[i]) &&
		    !merge_is_forbidden(&plan->steps[i]))
			plan->steps[i].next =
			    plan->steps[i].cause == CAUSE_REBUILD_PENDING
			        ? "Apply had the trust store rebuilt, and it has not helped: see "
			          "what the distribution's own tool says when it is run by hand."
			        : "Apply did this, and it has not helped: mend what the message or "
			          "a note names, and run apply again.";
}

/* Judges what is there `now`, and brings the results into the plan that was carried out. */
static bool judge_again(struct carrier *carrier, const struct items *before, struct items *now,
    struct plan *plan, struct err *err)
{
	struct session *session = carrier->session;
	struct items *want = &session->out->want;
	AUTO(plan) later = {0};

	if (!lists_examine(&session->resolver, want, now, session->rules.now, false, err))
		return false;
	resolve_ask_again(session->run->host, want);
	plan_make(want, now, &session->rules, &later);
	resolve_withhold(&session->resolver, &session->rules, &later);
	/* a host with trust lists has stores that do not depend on each other */
	if (session->run->host->ops->kinds & 1u << ITEM_CTL)
		before = now;
	merge_plans(plan, carrier->acted, &later, before, now);
	return true;
}

static bool conclude(struct carrier *carrier, struct items *now, struct err *err)
{
	struct outcome *out = carrier->session->out;

	out->before = TAKE(out->have);
	out->have = TAKE(*now);
	if (!judge_again(carrier, &out->before, &out->have, &out->plan, err))
		return false;
	advise_otherwise(&out->plan);
	for (size_t i = 0; i < out->plan.count; i++)
		out->changed += out->plan.steps[i].result == RESULT_FIXED;
	return true;
}

/* Of a host that cannot be imagined, only what it refuses is known. */
static void rehearse_puts(struct carrier *carrier)
{
	prepare(carrier, false);
	prepare(carrier, true);
}

/* What would end apply as a whole ends it for every item. What this user may not read says nothing
 * about the host. */
static void foresee_failure(struct carrier *carrier, struct err *why)
{
	const struct plan *plan = &carrier->session->out->plan;

	if (why->code != ERR_PUBLISH)
		return;
	err_wrap(why, "all changes would be rolled back");
	for (size_t i = 0; i < plan->count; i++)
		if (carrier->acted[i])
			carrier_fail(carrier, i, why);
}

static bool rehearse(struct carrier *carrier, struct err *err)
{
	struct session *session = carrier->session;
	struct outcome *out = session->out;
	struct ledger ledger = out->ledger;
	AUTO(plan) merged = {0};
	bool ok;

	session->run->host->ops->imagine(session->run->host);
	if (!carry_out(carrier, &out->then, err))
		return false;
	plan_copy(&out->plan, &merged);
	/* the ledger as it would be tells whose the items are */
	ledger_copy(&ledger, &out->ledger);
	remember_rehearsed(carrier, &out->then);
	ok = judge_again(carrier, &out->have, &out->then, &merged, err);
	ledger_release(&out->ledger);
	out->ledger = ledger;
	if (ok)
		merge_foreseen(&out->plan, carrier->acted, &merged);
	return ok;
}

/* Before anything is changed apply takes its lock, and notes in its journal what it is to do. */
static void foresee_no_start(struct carrier *carrier, const struct err *why)
{
	const struct plan *plan = &carrier->session->out->plan;

	for (size_t i = 0; i < plan->count; i++)
		if (is_to_be_done(&plan->steps[i]))
			carrier_fail(carrier, i, why);
}

/* Nothing else is to be done. */
static void rehearse_hooks(struct session *session)
{
	static const struct changes none = {.step = CHANGE_NO_STEP};
	struct err why = {0};

	if (due_any(&session->due) && !due_tell(&session->due, &none, true, &why))
		session_note(session, "%s", why.text);
}

bool apply_may_begin(const struct run *run, struct err *err)
{
	return lock_judge(run, err);
}

void apply_rehearse(struct session *session)
{
	struct carrier carrier = {.session = session, .rehearsal = true};
	struct plan *plan = &session->out->plan;
	struct err why = {0};

	if (session->out->refused)
		return;
	if (count_to_be_done(plan) == 0) {
		rehearse_hooks(session);
		return;
	}
	carrier.acted = mem_alloc((plan->count + 1) * sizeof(*carrier.acted));
	if (!session->run->host->ops->imagine)
		rehearse_puts(&carrier);
	else if (!lock_foresee(session->run, &why) || !undo_foresee(session, &why))
		foresee_no_start(&carrier, &why);
	else if (!rehearse(&carrier, &why))
		foresee_failure(&carrier, &why);
	carrier_release(&carrier);
}

/* Whether all that was in force when the run began is in force again. A hook or tool may have seen
 * to the contrary: who reads that all was rolled back must not believe that all is well. An item
 * that passed and is lost is not called a pass any more. */
static bool is_trust_back(const struct carrier *carrier, struct err *err)
{
	struct session *session = carrier->session;
	struct outcome *out = session->out;
	AUTO(arena) arena = {0};
	const bool *asked = arena_alloc(&arena, (out->plan.count + 1) * sizeof(*asked));
	AUTO(plan) later = {0};

	items_release(&out->then);
	if (!session_look(session, &out->then, err))
		return false;
	if (merge_check_trust(&out->have, &out->then, &out->plan, asked, err))
		return true;
	plan_make(&out->want, &out->then, &session->rules, &later);
	merge_lost(&out->plan, &later, &out->then);
	return false;
}

/* What the run ends with when its changes are undone. */
static void say_undone(const struct carrier *carrier, struct err *why)
{
	const char *made = carrier->session->run->host->ops->made;
	struct err lost = {0};

	why->code = ERR_PUBLISH;
	if (is_trust_back(carrier, &lost))
		err_wrap(why, "all changes were rolled back");
	else
		err_set(why, ERR_PUBLISH,
		    "the changes were undone, and trust is not as it was (%s): mend the hook or "
		    "tool that breaks %s, and run the distribution's own tool",
		    lost.text, made ? made : "the trust store");
}

/* The run failed as a whole: everything that it did is undone, by the journal. */
static bool give_up(struct carrier *carrier, struct err *err)
{
	struct session *session = carrier->session;
	struct plan *plan = &session->out->plan;
	struct undo undo = {0};
	struct err why = *err, undoing = {0};

	if (carrier->done == 0) {
		remember_nothing(carrier);
	} else if (undo_transaction(
	               session, carrier->journal.id, HISTORY_UNDONE, &undo, &undoing)) {
		say_undone(carrier, &why);
	} else {
		err_set(&why, ERR_PUBLISH, "%s", err->text);
		err_wrap(
		    &why, "the changes could not be rolled back (%s); run rollback", undoing.text);
	}
	for (size_t i = 0; i < plan->count; i++)
		if (carrier->acted[i])
			carrier_fail(carrier, i, &why);
	*err = why;
	return false;
}

/* True when the run went through; items may have failed all the same. */
static bool transact(struct carrier *carrier, struct items *now, struct err *err)
{
	return carry_out(carrier, now, err) && remember(carrier, now, err);
}

/* Carries out the plan; with `looked` the outcome becomes what is there then. */
static bool act(struct session *session, const char *mode, bool looked, struct err *err)
{
	struct carrier carrier = {.session = session};
	AUTO(items) now = {0};
	bool ok;

	carrier.acted = mem_alloc((session->out->plan.count + 1) * sizeof(*carrier.acted));
	ok = remember_begin(&carrier, mode, err) &&
	     (transact(&carrier, &now, err) || give_up(&carrier, err));
	ok = ok && (!looked || conclude(&carrier, &now, err));
	carrier_release(&carrier);
	return ok;
}

bool act_for_rollback(struct session *session, struct err *err)
{
	return act(session, RUN_ROLLBACK, false, err);
}

/* Nothing is to be done but to run hooks that earlier runs left. */
static bool run_hooks(struct session *session, struct err *err)
{
	static const struct changes none = {.step = CHANGE_NO_STEP};

	session_progress(session, "running hooks", 0, 1);
	return due_tell(&session->due, &none, false, err) && due_keep(&session->due, err);
}

static bool apply(struct session *session, struct err *err)
{
	struct outcome *out = session->out;
	struct undo undo = {0};
	size_t unfinished;
	bool ok = true;

	if (!undo_unfinished(session, &unfinished, &undo, err) ||
	    !session_load(session, false, err) || !session_judge(session, err))
		return false;
	if (out->refused)
		session_note(session, "a bundle was refused, so nothing was changed");
	else if (count_to_be_done(&out->plan))
		ok = undo_judge_done(session, err) && act(session, RUN_APPLY, true, err);
	else if (due_any(&session->due))
		ok = run_hooks(session, err);
	ok = ok && owed_settle(&session->owed, &out->have, &out->ledger, err);
	if (ok && !out->refused)
		remember_settle(session);
	if (ok && !session->resolver.refused) {
		ok = remember_bundles(session, err);
		copies_keep(session);
	}
	if (ok || err->code == ERR_PUBLISH)
		outcome_conclude(session);
	return ok;
}

/* Where nothing can be written, nobody else writes either. With nothing to do that is no fault;
 * otherwise `why` tells of it. */
static bool apply_without_lock(struct session *session, const struct err *why, struct err *err)
{
	struct outcome *out = session->out;
	AUTO(journal_names) names = {0};
	size_t count;

	if (!journal_names(session->run->state_root, session->run->state, &names, err) ||
	    !session_load(session, false, err) || !session_judge(session, err))
		return false;
	count = out->refused ? 0 : count_to_be_done(&out->plan) + names.open_count;
	if (count)
		return err_set(err, ERR_IO,
		    "%s; %zu change%s would have to be written there: mount it writable, and run"
		    " again",
		    why->text, count, count == 1 ? "" : "s");
	outcome_conclude(session);
	return true;
}

static bool lock_and_apply(struct session *session, struct err *err)
{
	struct err why = {0};
	struct lock lock;
	bool ok = lock_take(session->run, RUN_APPLY, &lock, &why);

	if (ok) {
		ok = apply(session, err);
		mark_settle(session);
	} else if (why.read_only) {
		ok = apply_without_lock(session, &why, err);
	} else {
		*err = why;
	}
	lock_release(&lock);
	return ok;
}

bool run_apply(struct run *run, struct outcome *out, struct err *err)
{
	struct session session;
	bool ok = session_open(&session, run, out, RUN_APPLY, err) && lock_and_apply(&session, err);

	if (!ok)
		err_require(err, RUN_APPLY);
	if (!ok && err->code != ERR_PUBLISH)
		outcome_release(out);
	session_release(&session);
	return ok;
}
