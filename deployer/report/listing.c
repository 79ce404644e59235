/* SPDX-License-Identifier: Apache-2.0 */
#include "report/listing.h"

#include <stdlib.h>
#include <strings.h>

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
	return strcasecmp(
	    ((const struct listed *)a)->item->label, ((const struct listed *)b)->item->label);
}

static int compare_reasons(const struct report_item *a, const struct report_item *b)
{
	int order = rank(a->result) - rank(b->result);

	order = order ? order : (int)a->cause - (int)b->cause;
	order = order ? order : strcmp(a->message, b->message);
	return order ? order : strcmp(a->next, b->next);
}

static int compare(const void *a, const void *b)
{
	const struct report_item *one = ((const struct listed *)a)->item;
	const struct report_item *two = ((const struct listed *)b)->item;
	int order = compare_reasons(one, two);

	order = order ? order : (int)one->key.kind - (int)two->key.kind;
	order = order ? order : strcasecmp(one->label, two->label);
	return order ? order : key_compare(&one->key, &two->key);
}

/* In a list by labels. */
static void mark_labels(struct listing *listing)
{
	for (size_t i = 1; i < listing->count; i++) {
		struct listed *a = &listing->list[i - 1], *b = &listing->list[i];

		if (*a->item->label && compare_labels(a, b) == 0 &&
		    a->item->key.kind == ITEM_CERTIFICATE &&
		    b->item->key.kind == ITEM_CERTIFICATE &&
		    memcmp(a->item->key.sha256, b->item->key.sha256, SHA256_SIZE) != 0)
			a->same_label = b->same_label = true;
	}
}

static bool is_shipped(const struct report_item *item)
{
	return item->result == RESULT_INFORMATIONAL && item->cause == CAUSE_UNDECLARED &&
	       item->action == ACTION_KEEP && item->system;
}

/* What such a proxy leaves out was told when it was set, and nobody can mend it. */
static bool is_partly(const struct report_item *item)
{
	return item->result == RESULT_PASS && item->cause == CAUSE_NOT_EXPRESSIBLE &&
	       item->key.kind == ITEM_PROXY;
}

void listing_make(const struct report *report, bool all, struct listing *out)
{
	*out = (struct listing){.list = mem_alloc((report->items.count + 1) * sizeof(*out->list))};
	for (size_t i = 0; i < report->items.count; i++) {
		const struct report_item *item = &report->items.list[i];

		/* what is right as far as it can be has a cause too, and people want to know */
		if (!all && item->result == RESULT_PASS && item->cause == CAUSE_NONE &&
		    !report_warns(item))
			continue;
		if (!all && is_partly(item))
			continue;
		if (!all && is_shipped(item))
			out->shipped++;
		else
			out->list[out->count++].item = item;
	}
	qsort(out->list, out->count, sizeof(*out->list), compare_labels);
	mark_labels(out);
	qsort(out->list, out->count, sizeof(*out->list), compare);
	for (size_t i = 0; !all && i < report->items.count; i++)
		if (is_partly(&report->items.list[i]))
			out->list[out->count + out->partly++].item = &report->items.list[i];
}

void listing_release(struct listing *listing)
{
	free(listing->list);
	*listing = (struct listing){0};
}
