/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/conclude.h"

#include "base/clock.h"
#include "engine/inputs/inputs.h"

static void note_clock(struct session *session)
{
	int64_t now = floors_now(&session->floors, session->run->now);
	char clock[CLOCK_TEXT], signed_time[CLOCK_TEXT];

	if (now - session->run->now <= FLOORS_TOLERANCE)
		return;
	clock_write(session->run->now, clock);
	clock_write(now, signed_time);
	session->out->clock = arena_printf(&session->out->arena,
	    "the clock says %s, but signed data was made at %s: dates are judged as of the latter;"
	    " set the clock",
	    clock, signed_time);
	session_note(session, "%s", session->out->clock);
}

static bool nothing_applies(const struct outcome *out)
{
	for (size_t i = 0; i < out->policy_count; i++)
		if (!out->policies[i].filtered)
			return false;
	return out->policy_count > 0;
}

/* `undeclared` of a policy that is not for this host says nothing here. */
static void advise_policy_first(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (!plan->steps[i].want && plan->steps[i].cause == CAUSE_SUPERSEDED)
			plan->steps[i].next =
			    "Give this host a policy that names it or, where it is to go, one that "
			    "says so with `undeclared`; `rollback --all` takes all that is ours.";
}

/* Apply changes nothing and runs no hook while a bundle is refused: no step may say that it helps,
 * and nothing counts as a change to come. */
static void advise_bundle_first(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct step *step = &plan->steps[i];

		if (step->result == RESULT_FIXED ||
		    (step->action == ACTION_KEEP && step->cause != CAUSE_HOOK_DUE))
			continue;
		step->action = ACTION_KEEP;
		step->next = "See to the bundle that is refused: apply changes nothing before.";
	}
}

void outcome_conclude(struct session *session)
{
	struct outcome *out = session->out;

	inputs_judge(session);
	out->changed += due_judge(&session->due, strcmp(out->mode, RUN_CHECK) == 0, &out->plan,
	    &session->rules, &out->arena);
	inputs_list(session);
	note_clock(session);
	if (out->refused)
		advise_bundle_first(&out->plan);
	memset(out->summary, 0, sizeof(out->summary));
	for (size_t i = 0; i < out->plan.count; i++) {
		const struct step *step = &out->plan.steps[i];

		out->summary[step->result]++;
		out->waived += step->waived && step->result == RESULT_NOTCHECKED;
		out->undecided +=
		    step->cause == CAUSE_UNDECIDED && step->result == RESULT_NOTCHECKED;
		out->kept += step->owned && !step->want && step->action == ACTION_KEEP;
	}
	out->nothing_applies = nothing_applies(out);
	if (out->nothing_applies)
		advise_policy_first(&out->plan);
	out->compliant = !out->nothing_applies && out->summary[RESULT_FAIL] == 0 &&
	                 out->summary[RESULT_ERROR] == 0;
	for (size_t i = 0; i < session->resolver.use_count; i++)
		out->unreachable |=
		    session->resolver.uses[i].unreachable && !session->resolver.uses[i].bundle;
}
