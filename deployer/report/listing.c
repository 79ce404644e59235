/* SPDX-License-Identifier: Apache-2.0 */
#include "report/listing.h"

#include <stdlib.h>
#include <strings.h>

#include "report/report.h"

/* Where a result stands: what needs somebody comes first. */
static int rank(enum result result)
{
	static const int ranks[RESULTS] = {
	    [RESULT_ERROR] = 0,
	    [RESULT_FAIL] = 1,
	    [RESULT_FIXED] = 2,
	    [RESULT_NOTCHECKED] = 3,
	    [RESULT_INFORMATIONAL] = 4,
	    [RESULT_NOTAPPLICABLE] = 5,
	    [RESULT_PASS] = 6,
	};

	return ranks[result];
}

static int compare_labels(const void *a, const void *b)
{
	return strcasecmp(step_label(((const struct listed *)a)->step),
	    step_label(((const struct listed *)b)->step));
}

static int compare_reasons(const struct step *a, const struct step *b)
{
	int order = rank(a->result) - rank(b->result);

	order = order ? order : (int)a->cause - (int)b->cause;
	order = order ? order : strcmp(report_message(a), report_message(b));
	return order ? order : strcmp(report_next(a), report_next(b));
}

static int compare(const void *a, const void *b)
{
	const struct step *one = ((const struct listed *)a)->step;
	const struct step *two = ((const struct listed *)b)->step;
	int order = compare_reasons(one, two);

	order = order ? order : (int)step_item(one)->key.kind - (int)step_item(two)->key.kind;
	order = order ? order : strcasecmp(step_label(one), step_label(two));
	return order ? order : key_compare(&step_item(one)->key, &step_item(two)->key);
}

/* In a list by labels. */
static void mark_labels(struct listing *listing)
{
	for (size_t i = 1; i < listing->count; i++) {
		struct listed *a = &listing->list[i - 1], *b = &listing->list[i];

		if (*step_label(a->step) && compare_labels(a, b) == 0 &&
		    step_item(a->step)->key.kind == ITEM_CERTIFICATE &&
		    step_item(b->step)->key.kind == ITEM_CERTIFICATE &&
		    memcmp(step_item(a->step)->key.sha256, step_item(b->step)->key.sha256,
		        SHA256_SIZE) != 0)
			a->same_label = b->same_label = true;
	}
}

static bool is_shipped(const struct step *step)
{
	return step->result == RESULT_INFORMATIONAL && step->cause == CAUSE_UNDECLARED &&
	       step->have && step->have->seen.system;
}

/* What such a proxy leaves out was told when it was set, and is nobody's to mend. */
static bool is_partly(const struct step *step)
{
	return step->result == RESULT_PASS && step->cause == CAUSE_NOT_EXPRESSIBLE &&
	       step_item(step)->key.kind == ITEM_PROXY;
}

void listing_make(const struct outcome *outcome, bool all, struct listing *out)
{
	*out = (struct listing){.list = mem_alloc((outcome->plan.count + 1) * sizeof(*out->list))};
	for (size_t i = 0; i < outcome->plan.count; i++) {
		const struct step *step = &outcome->plan.steps[i];

		/* what is right as far as it can be has a cause too, and people want to know */
		if (!all && step->result == RESULT_PASS && step->cause == CAUSE_NONE &&
		    !step_warns(step))
			continue;
		if (!all && is_partly(step))
			continue;
		if (!all && is_shipped(step))
			out->shipped++;
		else
			out->list[out->count++].step = step;
	}
	qsort(out->list, out->count, sizeof(*out->list), compare_labels);
	mark_labels(out);
	qsort(out->list, out->count, sizeof(*out->list), compare);
	for (size_t i = 0; !all && i < outcome->plan.count; i++)
		if (is_partly(&outcome->plan.steps[i]))
			out->list[out->count + out->partly++].step = &outcome->plan.steps[i];
}

void listing_release(struct listing *listing)
{
	free(listing->list);
	*listing = (struct listing){0};
}
