/* SPDX-License-Identifier: Apache-2.0 */
/* The sentence that a text report ends with: the verdict, and what it does not cover. */
#include <stdarg.h>
#include <stdio.h>

#include "report/report.h"

static void addf(struct bytes *out, const char *fmt, ...) PRINTF(2);
static void addf(struct bytes *out, const char *fmt, ...)
{
	char text[200];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	bytes_add(out, text, strlen(text));
}

static bool is_mode(const struct outcome *outcome, const char *mode)
{
	return strcmp(outcome->mode, mode) == 0;
}

const char *report_verdict(const struct outcome *outcome)
{
	bool undo = is_mode(outcome, "rollback");

	if (outcome->set_aside && !outcome->error)
		return "set aside";
	switch (outcome_verdict(outcome)) {
	case VERDICT_COMPLIANT:
		return undo ? "rolled back" : "compliant";
	case VERDICT_NOTHING_APPLIES:
		return "nothing applies";
	case VERDICT_ERROR:
		return "error";
	default:
		return undo ? "rolled back in part" : "not compliant";
	}
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

/* ", but 2 items cannot be held here and 1 was not checked" */
static void add_uncovered(struct bytes *out, const struct outcome *outcome)
{
	size_t held = outcome->summary[RESULT_NOTAPPLICABLE];
	size_t unchecked = outcome->summary[RESULT_NOTCHECKED];

	if (held)
		addf(out, ", but %zu item%s cannot be held here", held, plural(held));
	if (held && unchecked)
		addf(out, " and %zu %s not checked", unchecked, unchecked == 1 ? "was" : "were");
	else if (unchecked)
		addf(out, ", but %zu item%s %s not checked", unchecked, plural(unchecked),
		    unchecked == 1 ? "was" : "were");
}

/* What apply would do, counted by what the marks say: also what it would bring about by what it
 * does for others. */
static void add_intent(struct bytes *out, const struct outcome *outcome)
{
	size_t actions[ACTIONS] = {0};
	size_t stuck = 0;

	for (size_t i = 0; i < outcome->plan.count; i++) {
		const struct step *step = &outcome->plan.steps[i];

		if (step->result == RESULT_INFORMATIONAL && step->action != ACTION_KEEP)
			actions[step->action]++;
		if (step->result != RESULT_FAIL && step->result != RESULT_ERROR)
			continue;
		/* the host refuses it, so apply does not do it either */
		if (step->action == ACTION_KEEP || step->result == RESULT_ERROR)
			stuck++;
		else
			actions[step->action]++;
	}
	addf(out, ": apply would add %zu, change %zu, remove %zu", actions[ACTION_ADD],
	    actions[ACTION_REPLACE], actions[ACTION_REMOVE]);
	if (stuck)
		addf(out, "; %zu need%s a person", stuck, stuck == 1 ? "s" : "");
}

static void add_filters(struct bytes *out, const struct outcome *outcome)
{
	size_t undecided = 0;

	for (size_t i = 0; i < outcome->policy_count; i++)
		undecided += outcome->policies[i].undecided;
	if (outcome->policy_count == 1)
		addf(out, undecided ? ": it is not known whether the policy is for this host"
		                    : ": the policy is not for this host");
	else if (undecided)
		addf(out,
		    ": of %zu of the %zu policies it is not known whether they are for this host",
		    undecided, outcome->policy_count);
	else
		addf(out, ": none of the %zu policies is for this host", outcome->policy_count);
}

static void add_reason(struct bytes *out, const struct outcome *outcome)
{
	size_t open = outcome->summary[RESULT_FAIL] + outcome->summary[RESULT_ERROR];

	switch (outcome_verdict(outcome)) {
	case VERDICT_COMPLIANT:
		if (!is_mode(outcome, "rollback"))
			add_uncovered(out, outcome);
		break;
	case VERDICT_NOTHING_APPLIES:
		add_filters(out, outcome);
		if (outcome->kept)
			addf(out, "; %zu item%s that we put there stay%s", outcome->kept,
			    plural(outcome->kept), outcome->kept == 1 ? "s" : "");
		break;
	case VERDICT_ERROR:
		bytes_add(out, ": ", 2);
		report_add_safe(out, outcome->error);
		break;
	default:
		if (is_mode(outcome, "check"))
			add_intent(out, outcome);
		else if (open)
			addf(out, ": %zu item%s not as %s", open, open == 1 ? " is" : "s are",
			    is_mode(outcome, "rollback") ? "before" : "wanted");
	}
}

void report_verdict_rest(const struct outcome *outcome, struct bytes *out)
{
	add_reason(out, outcome);
	if (!is_mode(outcome, "check") && outcome->transaction && *outcome->transaction)
		addf(out, "; transaction %s", outcome->transaction);
	else if (is_mode(outcome, "apply") && !outcome->error)
		addf(out, outcome->changed ? "; hooks were run again" : "; nothing was changed");
}
