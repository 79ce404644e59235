/* SPDX-License-Identifier: Apache-2.0 */
/* The part of layers.h that says which demand counts. */
#include <stdlib.h>

#include "policy/layers/layers.h"

static int compare(const void *a, const void *b)
{
	return demand_compare(*(const struct demand *const *)a, *(const struct demand *const *)b);
}

static int64_t expires(const struct demand *demand)
{
	return ((const struct waiver_rule *)demand->rule)->expires;
}

/* `next` comes behind `best` in the order of the policies. */
static const struct demand *stronger(const struct demand *best, const struct demand *next)
{
	bool shorter = best && next->subject == SUBJECT_WAIVER && expires(next) < expires(best);

	return shorter ? best : next;
}

/* What may not be for this host counts against every other demand of its level or below. */
static struct ruling rule(const struct demand *const *list, size_t count)
{
	struct ruling ruling = {.list = list, .count = count};

	for (size_t i = 0; i < count; i++)
		if (list[i]->policy->undecided)
			ruling.undecided = list[i];
		else
			ruling.winner = stronger(ruling.winner, list[i]);
	if (ruling.winner && ruling.undecided &&
	    (ruling.winner->policy->level > ruling.undecided->policy->level ||
	        demand_wants_same(ruling.winner, ruling.undecided)))
		ruling.undecided = NULL;
	return ruling;
}

const struct demand *ruling_choice(const struct ruling *ruling)
{
	return ruling->undecided ? ruling->undecided : ruling->winner;
}

/* 0 is `present` in the language. */
static bool wants_in(const struct demand *demand, enum store store)
{
	return (demand->subject == SUBJECT_CERTIFICATE || demand->subject == SUBJECT_ALL) &&
	       demand->which == store &&
	       ((const struct certificate_rule *)demand->rule)->state == STATE_PRESENT;
}

void resultant_settle(struct resultant *resultant)
{
	const struct demand **sorted = mem_alloc((resultant->count + 1) * sizeof(*sorted));
	size_t count = 0;

	for (size_t i = 0; i < resultant->count; i++)
		sorted[i] = &resultant->list[i];
	qsort(sorted, resultant->count, sizeof(*sorted), compare);
	free(resultant->sorted);
	free(resultant->rulings);
	resultant->sorted = sorted;
	resultant->rulings = mem_alloc((resultant->count + 1) * sizeof(*resultant->rulings));
	for (size_t i = 0, end; i < resultant->count; i = end) {
		for (end = i + 1; end < resultant->count; end++)
			if (demand_compare_things(sorted[i], sorted[end]) != 0)
				break;
		resultant->rulings[count++] = rule(&sorted[i], end - i);
	}
	resultant->ruling_count = count;
	resultant->distrusts = false;
	for (size_t i = 0; i < count; i++)
		resultant->distrusts |=
		    wants_in(ruling_choice(&resultant->rulings[i]), STORE_DISALLOWED);
}

static int compare_ruling(const void *like, const void *ruling)
{
	return demand_compare_things(like, ((const struct ruling *)ruling)->list[0]);
}

const struct ruling *resultant_find(const struct resultant *resultant, const struct demand *like)
{
	return resultant->ruling_count ? bsearch(like, resultant->rulings, resultant->ruling_count,
	                                     sizeof(*resultant->rulings), compare_ruling)
	                               : NULL;
}

const struct demand *resultant_winner(
    const struct resultant *resultant, enum subject subject, unsigned which, const char *name)
{
	const struct demand like = {.subject = subject, .which = which, .name = name ? name : ""};
	const struct ruling *found = resultant_find(resultant, &like);

	return found ? found->winner : NULL;
}

const struct demand *resultant_distrust(
    const struct resultant *resultant, const struct ruling *ruling)
{
	struct demand like = *ruling_choice(ruling);
	const struct demand *choice;

	if (!resultant->distrusts || !wants_in(&like, STORE_ROOT))
		return NULL;
	like.which = STORE_DISALLOWED;
	ruling = resultant_find(resultant, &like);
	choice = ruling ? ruling_choice(ruling) : NULL;
	return choice && wants_in(choice, STORE_DISALLOWED) ? choice : NULL;
}

void resultant_release(struct resultant *resultant)
{
	free(resultant->list);
	free(resultant->sorted);
	free(resultant->rulings);
	*resultant = (struct resultant){0};
}
