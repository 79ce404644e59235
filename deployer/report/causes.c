/* SPDX-License-Identifier: Apache-2.0 */
/* What -q says beside the verdict: a line for each cause of what is wrong, or will be. */
#include <stdio.h>

#include "report/report.h"

/* Whether somebody has to hear of it who asked for nothing but the verdict: also what the verdict
 * does not cover, that who may sign has changed, and that what we put there stays although no
 * policy names it any more. */
static bool is_told(const struct report_item *item)
{
	return report_is_wrong(item) || report_warns(item) || item->cause == CAUSE_ROTATED ||
	       (item->result == RESULT_NOTCHECKED && !item->waived) ||
	       (item->cause == CAUSE_SUPERSEDED && item->action == ACTION_KEEP);
}

static void add(struct bytes *out, const char *text)
{
	bytes_add(out, text, strlen(text));
}

static void add_line(struct bytes *out, const struct report_item *item, size_t more)
{
	const char *word = cause_row(item->cause)->word;
	char rest[48];

	add(out, *word ? word : result_words[item->result]);
	add(out, ": ");
	report_add_safe(out, key_id(&item->key).text);
	add(out, ": ");
	report_add_safe(out, item->message);
	if (more) {
		snprintf(rest, sizeof(rest), " (and %zu more)", more);
		add(out, rest);
	}
	if (item->result != RESULT_FIXED && *item->next) {
		add(out, "; next: ");
		report_add_safe(out, item->next);
	}
	add(out, "\n");
}

void report_causes(const struct report *report, struct bytes *out)
{
	size_t counts[CAUSES] = {0};

	for (size_t i = 0; i < report->items.count; i++)
		if (is_told(&report->items.list[i]))
			counts[report->items.list[i].cause]++;
	/* what is wrong comes first, and one item stands for all that have its cause */
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < report->items.count; i++) {
			const struct report_item *item = &report->items.list[i];

			if (counts[item->cause] == 0 ||
			    !(pass == 0 ? report_is_wrong(item) : is_told(item)))
				continue;
			add_line(out, item, counts[item->cause] - 1);
			counts[item->cause] = 0;
		}
}
