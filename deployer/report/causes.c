/* SPDX-License-Identifier: Apache-2.0 */
/* What -q says beside the verdict: a line for each cause of what is wrong, or will be. */
#include <stdio.h>

#include "report/report.h"

static bool is_wrong(const struct step *step)
{
	return step->result == RESULT_FAIL || step->result == RESULT_ERROR;
}

/* Whether somebody has to hear of it who asked for nothing but the verdict: also that who may sign
 * has changed, that what we put there stays although no policy names it any more, and what nobody
 * can say of a policy. */
static bool is_told(const struct step *step)
{
	return is_wrong(step) || step_warns(step) || step->cause == CAUSE_ROTATED ||
	       step->cause == CAUSE_UNDECIDED ||
	       (step->cause == CAUSE_SUPERSEDED && step->action == ACTION_KEEP);
}

static void add(struct bytes *out, const char *text)
{
	bytes_add(out, text, strlen(text));
}

static void add_line(struct bytes *out, const struct step *step, size_t more)
{
	const struct item *item = step_item(step);
	const char *word = cause_row(step->cause)->word;
	char rest[48];

	add(out, *word ? word : result_words[step->result]);
	add(out, ": ");
	report_add_safe(out, key_id(&item->key).text);
	add(out, ": ");
	report_add_safe(out, report_message(step));
	if (more) {
		snprintf(rest, sizeof(rest), " (and %zu more)", more);
		add(out, rest);
	}
	if (step->result != RESULT_FIXED && *report_next(step)) {
		add(out, "; next: ");
		report_add_safe(out, report_next(step));
	}
	add(out, "\n");
}

void report_causes(const struct outcome *outcome, struct bytes *out)
{
	size_t counts[CAUSES] = {0};

	for (size_t i = 0; i < outcome->plan.count; i++)
		if (is_told(&outcome->plan.steps[i]))
			counts[outcome->plan.steps[i].cause]++;
	/* what is wrong comes first, and one item stands for all that have its cause */
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < outcome->plan.count; i++) {
			const struct step *step = &outcome->plan.steps[i];

			if (counts[step->cause] == 0 ||
			    !(pass == 0 ? is_wrong(step) : is_told(step)))
				continue;
			add_line(out, step, counts[step->cause] - 1);
			counts[step->cause] = 0;
		}
}
