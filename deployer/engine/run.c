/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run.h"

void outcome_release(struct outcome *outcome)
{
	plan_release(&outcome->plan);
	items_release(&outcome->want);
	items_release(&outcome->have);
	items_release(&outcome->then);
	items_release(&outcome->before);
	ledger_release(&outcome->ledger);
	text_release(&outcome->notes);
	arena_release(&outcome->arena);
	*outcome = (struct outcome){0};
}

void outcome_fail(struct outcome *outcome, const struct err *err)
{
	outcome->error = arena_strdup(&outcome->arena, err->text);
	outcome->exit_status = err_exit_status(err->code);
	outcome->compliant = false;
}

void outcome_note_uncovered(struct outcome *outcome)
{
	for (size_t i = 0; i < outcome->plan.count; i++) {
		const struct step *step = &outcome->plan.steps[i];

		enum item_kind kind = step_item(step)->key.kind;

		if (kind == ITEM_POLICY || kind == ITEM_STATE)
			text_addf(&outcome->notes, "%s\n", step_message(step));
	}
}

enum verdict outcome_verdict(const struct outcome *outcome)
{
	if (outcome->error)
		return VERDICT_ERROR;
	if (outcome->nothing_applies)
		return VERDICT_NOTHING_APPLIES;
	return outcome->compliant ? VERDICT_COMPLIANT : VERDICT_NOT_COMPLIANT;
}

int outcome_exit_status(const struct outcome *outcome)
{
	if (outcome->refused)
		return EXIT_REFUSED;
	if (outcome->unreachable)
		return EXIT_FAULT;
	return outcome->compliant || outcome->nothing_applies ? EXIT_COMPLIANT : EXIT_DRIFT;
}
