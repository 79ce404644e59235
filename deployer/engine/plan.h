/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The plan: wanted items against observed ones, as steps. A pure function; it
 * reads no host and cannot fail. The steps then collect outcomes and are the
 * report. A dry run stops here.
 */
#include "engine/cause.h"
#include "engine/ledger.h"
#include "model/item.h"

enum action { ACTION_KEEP, ACTION_ADD, ACTION_REPLACE, ACTION_REMOVE };

enum result { /* XCCDF's words */
	RESULT_PASS,
	RESULT_FAIL,
	RESULT_FIXED,
	RESULT_ERROR,
	RESULT_NOTAPPLICABLE,
	RESULT_NOTCHECKED,
	RESULT_INFORMATIONAL,
	RESULTS,
};

struct step {
	const struct item *want; /* NULL: nobody wants it */
	const struct item *have; /* NULL: it is not there */
	enum action action; /* what would make it right; KEEP when nothing can or need be done */
	enum result result;
	enum cause cause;
	const char *message; /* one sentence for this item, or NULL: the cause's */
	const char *next;    /* what to do, or NULL: the cause's */
	bool waived, owned;
};

struct plan {
	struct step *steps;
	size_t count, capacity;
	struct arena arena;
};

/* What the plan needs to know besides the two lists. */
struct plan_rules {
	int undeclared[STORES]; /* enum undeclared of policy.h: 0 keep, 1 report, 2 remove */
	bool remove_unowned;
	const struct plan_waiver {
		const char *item; /* id */
		const char *reason, *owner;
		int64_t expires;
	} * waivers;
	size_t waiver_count;
	const struct ledger *ledger;
	int64_t now;
};

const char *action_name(enum action action);
const char *result_name(enum result result);
/* The id and label of the item a step is about. */
const struct item *step_item(const struct step *step);

/* Both lists are sorted; what is borrowed must outlive the plan. */
void plan_make(const struct items *want, const struct items *have, const struct plan_rules *rules,
    struct plan *out);
void plan_release(struct plan *plan);
