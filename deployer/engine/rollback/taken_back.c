/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/apply/merge.h"
#include "engine/rollback/giveback.h"

static bool is_none(const struct item *setting, const struct key *key)
{
	return !setting || strcmp(item_state(setting), kind_row(key)->without) == 0;
}

/* Counts as apply does: a setting that comes or goes is not one that is replaced. */
static enum action way_back(const struct item *want, const struct item *have)
{
	bool none = is_none(want, &want->key), was_none = is_none(have, &want->key);

	if (want->key.kind == ITEM_CERTIFICATE)
		return want->presence == ITEM_ABSENT ? ACTION_REMOVE : ACTION_ADD;
	return none == was_none ? ACTION_REPLACE : none ? ACTION_REMOVE : ACTION_ADD;
}

static void fail_left(struct plan *plan, struct step *step, const struct left *left)
{
	step->result = RESULT_FAIL;
	step->cause = CAUSE_CONFLICT;
	step->owned = true;
	step->message = left_message(left, &plan->arena);
	step->next = left_next(left, RUN_ROLLBACK, &plan->arena);
}

/* Rollback looks at no policy, so it does not know whether apply would add it again. A source in
 * which it is pending is what the tool goes by; without one a tool has nothing to rebuild it from.
 */
static void fail_lost(struct step *step, const struct item *now)
{
	bool sourceless = step->want->presence == ITEM_STALE;

	step->message = sourceless ? "It was in force without a source, so that the rebuild "
	                             "dropped it."
	                           : "It was in force before the transaction, and is not again.";
	if (now && now->presence == ITEM_PENDING && !sourceless) {
		step->cause = CAUSE_REBUILD_PENDING;
		step->next = "Run the distribution's own tool; the notes say why that of this run "
		             "did not do.";
	} else {
		step->cause = CAUSE_MISSING;
		step->next = "Run apply with a policy that wants it, to have it again.";
	}
}

/* The host itself distrusts it, and the rebuild has taken it out, as it was due to do. */
static bool is_distrusted(const struct items *have, const struct item *root)
{
	const struct item *distrust;

	if (item_store(root) != STORE_ROOT)
		return false;
	distrust = items_find_in(have, root, STORE_DISALLOWED);
	return distrust && distrust->presence == ITEM_PRESENT;
}

/* The ledger was to give it back, and still has it: the notes say why. */
static bool is_ours_still(const struct rollback *rollback, const struct item *want)
{
	AUTO(arena) arena = {0};

	return want->asked.restores &&
	       ledger_find(&rollback->session->out->ledger, item_id(want, &arena));
}

static void fail_given_back(struct step *step)
{
	step->result = RESULT_FAIL;
	step->cause = CAUSE_CONFLICT;
	step->message = "It could not be put back.";
	step->next = "Do what the notes say, and run rollback --all again.";
}

/* The distrust is out of the sources; trust is back when the tool has run. */
static bool waits_for_trust(const struct rollback *rollback, struct step *step)
{
	const struct ledger *owed = &rollback->session->owed.list;
	AUTO(arena) arena = {0};
	const struct item *root;

	if (owed->count == 0 || item_store(step->want) != STORE_DISALLOWED ||
	    step->want->presence != ITEM_ABSENT)
		return false;
	root = items_find_in(&rollback->session->out->have, step->want, STORE_ROOT);
	if (!root || !ledger_find(owed, item_id(root, &arena)) || root->presence != ITEM_PENDING)
		return false;
	step->result = RESULT_FAIL;
	step->cause = CAUSE_REBUILD_PENDING;
	step->message = "It is not distrusted any more, and not in force until the distribution's "
	                "tool has run.";
	step->next = root->seen.remedy;
	return true;
}

/* A rebuild brought it into force, and a rollback does not undo that while its source is there: it
 * has the tool make the store anew from the sources, or changes nothing in them. Nothing is left
 * that a further rollback of this transaction could do, so the rollback is whole. A source of
 * others is not ours to take out: their root would have come with the tool's next run anyway. */
static void judge_brought(
    const struct rollback *rollback, struct step *step, const struct item *now)
{
	struct outcome *out = rollback->session->out;
	bool ours = ledger_find(&out->ledger, item_id(now, &out->arena));
	bool rebuilt = rollback->session->run->host->rebuilt;
	const char *file = now->seen.location && *now->seen.location
	                       ? text_escape_string(now->seen.location).text
	                       : "a source of the trust store";

	step->have = now;
	step->action = ACTION_KEEP;
	step->result = RESULT_INFORMATIONAL;
	step->cause = ours ? CAUSE_NONE : CAUSE_NOT_OWNED;
	step->message = arena_printf(&out->plan.arena,
	    rebuilt ? "It waited for the distribution's tool before the transaction, and is in "
	              "force: the rollback had the trust store rebuilt, and %s%s holds it."
	            : "It waited for the distribution's tool before the transaction, and is in "
	              "force still: %s%s holds it, and a rollback does not undo a rebuild.",
	    file, ours ? "" : ", which is not ours,");
	step->next =
	    ours ? "Roll back the run that put it among the sources too, if it is not to be "
	           "in force."
	         : "Take it out of the sources, if it is not to be in force.";
}

/* The places tell whether the transaction was undone; this tells whether trust is as it was. */
static void judge_certificate(
    const struct rollback *rollback, struct step *step, const struct item *now)
{
	struct plan *plan = &rollback->session->out->plan;
	const struct items *have = &rollback->session->out->have;
	enum presence want = step->want->presence, is = now ? now->presence : ITEM_ABSENT;

	if (want == ITEM_PENDING && is == ITEM_PRESENT) {
		judge_brought(rollback, step, now);
		return;
	}
	/* what was closed before is so again, or it is in force by now */
	if (waits_for_trust(rollback, step) || is == want ||
	    (want != ITEM_ABSENT && is == ITEM_PRESENT) ||
	    (want == ITEM_STALE && is == ITEM_ABSENT && is_distrusted(have, step->want)))
		return;
	step->have = now;
	if (is_ours_still(rollback, step->want)) {
		step->owned = true;
		fail_given_back(step);
	} else if (want != ITEM_ABSENT) {
		step->result = RESULT_FAIL;
		fail_lost(step, now);
	} else if (now->presence == ITEM_STALE) {
		step->result = RESULT_FAIL;
		step->cause = CAUSE_STALE_OUTPUT;
		step->message = "It is in force still, though no source holds it any more.";
		step->next = "Run the distribution's own tool, which drops it.";
	} else {
		step->result = RESULT_INFORMATIONAL;
		step->cause = CAUSE_NOT_OWNED;
		step->action = ACTION_KEEP;
		step->message =
		    arena_printf(&plan->arena, "Our copy went; %s, which is not ours, has it too.",
		        item_file(now) && *item_file(now) ? text_escape_string(item_file(now)).text
		                                          : "something else");
		step->next = "Remove it where it came from, if it is to go.";
	}
}

/* Another file may say today what was said by a file that was left alone: it reads that file, or
 * somebody has written it since. */
static void judge_setting(struct rollback *rollback, struct step *step, const struct item *now)
{
	struct outcome *out = rollback->session->out;
	const char *where = now && now->seen.location && *now->seen.location
	                        ? text_escape_string(now->seen.location).text
	                        : "another file";

	if (!now || strcmp(item_state(now), item_state(step->want)) == 0)
		return;
	if (step->want->asked.restores && !is_ours_still(rollback, step->want)) {
		step->message =
		    arena_printf(&out->plan.arena, "What was ours is gone; %s is not ours.", where);
		return;
	}
	step->have = now;
	if (!step->want->asked.restores && rollback->undo.foreign == 0) {
		step->result = RESULT_INFORMATIONAL;
		step->cause = CAUSE_NOT_OWNED;
		step->action = ACTION_KEEP;
		step->message = arena_printf(&out->plan.arena,
		    "What was ours went; %s, which is not ours, decides it.", where);
		step->next = "Change it there, if it is to be otherwise.";
		return;
	}
	if (step->want->asked.restores) {
		fail_given_back(step);
		return;
	}
	step->result = RESULT_FAIL;
	step->cause = CAUSE_CONFLICT;
	step->message = arena_printf(
	    &out->plan.arena, "It is not as it was before the transaction: %s decides it.", where);
	step->next = "Mend that file by hand, if it is to be as it was.";
}

/* The part of the item that was left alone, because somebody has edited it. */
static const struct left *find_edited(const struct rollback *rollback, const struct item *want)
{
	struct session *session = rollback->session;
	struct outcome *out = session->out;
	const struct left *edited =
	    rollback->undo.left
	        ? left_of_entry(
	              session, ledger_find(&out->ledger, item_id(want, &out->arena)), &out->arena)
	        : NULL;

	return edited && left_find(rollback->undo.left, edited->place) ? edited : NULL;
}

static void judge_step(struct rollback *rollback, struct step *step)
{
	struct outcome *out = rollback->session->out;
	const struct item *now = items_find(&out->have, &step->want->key);
	const struct left *left = now ? left_find(rollback->undo.left, now->seen.location) : NULL;

	/* the rest of a setting may show nothing, such as bypassed hosts without a proxy; and the
	 * rest of distrust shows as none */
	if (!left || strcmp(item_state(now), item_state(step->want)) == 0)
		left = find_edited(rollback, step->want);
	if (left) {
		step->have = now;
		fail_left(&out->plan, step, left);
	} else if (step->want->key.kind == ITEM_CERTIFICATE) {
		judge_certificate(rollback, step, now);
	} else {
		judge_setting(rollback, step, now);
	}
}

/* Nothing was to be done for it: an earlier rollback, in part, has taken it back, or a later
 * transaction that was undone too. */
static bool is_back_already(const struct step *step)
{
	const struct item *want = step->want;

	if (want->key.kind == ITEM_CERTIFICATE)
		return want->presence == (step->have ? step->have->presence : ITEM_ABSENT);
	return strcmp(item_state(want),
	           step->have ? item_state(step->have) : kind_row(&want->key)->without) == 0;
}

/* What nobody asked for, and came or went along with others: a root whose distrust is gone. */
static void add_turned(struct rollback *rollback)
{
	struct outcome *out = rollback->session->out;
	struct plan *plan = &out->plan;
	AUTO(plan) turned = {0};

	merge_turned(plan, NULL, &out->before, &out->have, &turned);
	for (size_t i = 0; i < turned.count; i++) {
		plan->steps =
		    mem_grow(plan->steps, &plan->capacity, plan->count + 1, sizeof(*plan->steps));
		plan->steps[plan->count++] = turned.steps[i];
		out->changed++;
	}
}

void taken_back(struct rollback *rollback)
{
	struct outcome *out = rollback->session->out;
	struct plan *plan = &out->plan;

	items_sort(&out->want);
	for (size_t i = 0; i < out->want.count; i++) {
		struct item *want = &out->want.list[i];

		if (i + 1 < out->want.count && key_equal(&want->key, &(want + 1)->key)) {
			/* the ledger has no names for people */
			if (want[1].asked.restores)
				want[1].label = want->label;
			continue;
		}
		plan->steps =
		    mem_grow(plan->steps, &plan->capacity, plan->count + 1, sizeof(*plan->steps));
		plan->steps[plan->count] = (struct step){
		    .want = want,
		    .have = items_find(&out->before, &want->key),
		    .action = way_back(want, items_find(&out->before, &want->key)),
		    .result = RESULT_FIXED,
		    .message = "as it was before the transaction",
		};
		if ((rollback->again || rollback->several) &&
		    is_back_already(&plan->steps[plan->count]))
			plan->steps[plan->count].result = RESULT_PASS;
		judge_step(rollback, &plan->steps[plan->count]);
		out->changed += plan->steps[plan->count++].result == RESULT_FIXED;
	}
	/* who could not look when it began does not know what came */
	if (rollback->looked && !rollback->session->unseen &&
	    !(rollback->session->run->host->ops->kinds & 1u << ITEM_CTL))
		add_turned(rollback);
}
