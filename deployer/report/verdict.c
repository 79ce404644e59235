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

static bool is_mode(const struct report *report, const char *mode)
{
	return strcmp(report->mode, mode) == 0;
}

const char *report_verdict(const struct report *report)
{
	bool undo = is_mode(report, RUN_ROLLBACK);

	if (report->set_aside && !report->error)
		return "set aside";
	switch (report->verdict) {
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
static void add_uncovered(struct bytes *out, const struct report *report)
{
	size_t held = report->summary[RESULT_NOTAPPLICABLE];
	size_t unchecked = report->summary[RESULT_NOTCHECKED];

	if (held)
		addf(out, ", but %zu item%s cannot be held here", held, plural(held));
	if (held && unchecked)
		addf(out, " and %zu %s not checked", unchecked, unchecked == 1 ? "was" : "were");
	else if (unchecked)
		addf(out, ", but %zu item%s %s not checked", unchecked, plural(unchecked),
		    unchecked == 1 ? "was" : "were");
}

/* What apply would do, counted by the marks of the items, including what it would do along with
 * others. */
static void add_intent(struct bytes *out, const struct report *report)
{
	size_t actions[ACTIONS] = {0};
	size_t stuck = 0;

	for (size_t i = 0; i < report->items.count; i++) {
		const struct report_item *item = &report->items.list[i];

		if ((item->result == RESULT_INFORMATIONAL ||
		        item->result == RESULT_NOTAPPLICABLE) &&
		    item->action != ACTION_KEEP)
			actions[item->action]++;
		if (item->result != RESULT_FAIL && item->result != RESULT_ERROR)
			continue;
		/* the host refuses it, so apply will not do it */
		if (item->action == ACTION_KEEP || item->result == RESULT_ERROR)
			stuck++;
		else
			actions[item->action]++;
	}
	addf(out, ": apply would add %zu, change %zu, remove %zu", actions[ACTION_ADD],
	    actions[ACTION_REPLACE], actions[ACTION_REMOVE]);
	if (stuck)
		addf(out, "; %zu need%s a person", stuck, stuck == 1 ? "s" : "");
}

/* No policy applies, so all of them were filtered. */
static void add_filters(struct bytes *out, const struct report_policies *policies)
{
	size_t undecided = 0;

	for (size_t i = 0; i < policies->count; i++)
		undecided += policies->list[i].undecided;
	if (policies->count == 1)
		addf(out, undecided ? ": it is not known whether the policy is for this host"
		                    : ": the policy is not for this host");
	else if (undecided)
		addf(out,
		    ": of %zu of the %zu policies it is not known whether they are for this host",
		    undecided, policies->count);
	else
		addf(out, ": none of the %zu policies is for this host", policies->count);
}

/* What we put there, no policy names any more, and stays. */
static size_t count_kept(const struct report *report)
{
	size_t kept = 0;

	for (size_t i = 0; i < report->items.count; i++) {
		const struct report_item *item = &report->items.list[i];

		kept += item->owned && !*item->want && item->action == ACTION_KEEP;
	}
	return kept;
}

static void add_reason(struct bytes *out, const struct report *report)
{
	size_t open = report->summary[RESULT_FAIL] + report->summary[RESULT_ERROR];
	size_t kept = count_kept(report);

	switch (report->verdict) {
	case VERDICT_COMPLIANT:
		if (!is_mode(report, RUN_ROLLBACK))
			add_uncovered(out, report);
		break;
	case VERDICT_NOTHING_APPLIES:
		add_filters(out, &report->filtered);
		if (kept)
			addf(out, "; %zu item%s that we put there stay%s", kept, plural(kept),
			    kept == 1 ? "s" : "");
		break;
	case VERDICT_ERROR:
		bytes_add(out, ": ", 2);
		report_add_safe(out, report->error);
		break;
	default:
		if (is_mode(report, RUN_CHECK))
			add_intent(out, report);
		else if (open)
			addf(out, ": %zu item%s not as %s", open, open == 1 ? " is" : "s are",
			    is_mode(report, RUN_ROLLBACK) ? "before" : "wanted");
	}
}

void report_verdict_rest(const struct report *report, struct bytes *out)
{
	add_reason(out, report);
	if (!is_mode(report, RUN_CHECK) && *report->transaction)
		addf(out, "; transaction %s", report->transaction);
	else if (is_mode(report, RUN_APPLY) && !report->error)
		addf(out, report->changed ? "; hooks were run again" : "; nothing was changed");
}
