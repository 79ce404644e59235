/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policies_check: the rulings on all policies are looked through for two demands of which none is
 * the stronger. Two policies may make the same demand.
 */
#include <stdio.h>
#include <stdlib.h>

#include "policy/layers/layers.h"

/* --- comparing --- */

static bool share_a_system(const struct when_rule *a, const struct when_rule *b)
{
	if (a->os.count == 0 || b->os.count == 0)
		return true;
	for (size_t i = 0; i < a->os.count; i++)
		for (size_t j = 0; j < b->os.count; j++)
			if (a->os.list[i] == b->os.list[j])
				return true;
	return false;
}

/* Whether both hold on one host. Where no host is known, two filters by name may
 * exclude each other, and get the benefit of the doubt. */
static bool may_meet(
    const struct policies *policies, const struct policy *a, const struct policy *b)
{
	bool narrow_a = a->when.hostname.count > 0;
	bool narrow_b = b->when.hostname.count > 0;

	if (a == b || policies->filtered)
		return true;
	return share_a_system(&a->when, &b->when) && !(narrow_a && narrow_b);
}

/* Which of several policies' demands would have to give way is not to be guessed. */
static bool is_contradicted(
    const struct policies *policies, const struct demand *a, const struct demand *b)
{
	return a->policy->level == b->policy->level && may_meet(policies, a->policy, b->policy);
}

static bool collide(const struct policies *policies, const struct demand *a, const struct demand *b)
{
	if (a->policy->undecided || b->policy->undecided)
		return false;
	return a->policy == b->policy || (!demand_agrees(a, b) && is_contradicted(policies, a, b));
}

/* --- telling --- */

enum { THING_TEXT = 320 };

static void describe(const struct demand *demand, char out[THING_TEXT])
{
	unsigned which = demand->which;
	const char *store = store_words[which < STORES ? which : 0];
	struct escaped name = text_escape_string(demand->name);
	char hex[SHA256_HEX] = "";

	if (demand->sha256)
		hex_write((struct span){demand->sha256, SHA256_SIZE}, hex);
	switch (demand->subject) {
	case SUBJECT_BUNDLE:
		snprintf(out, THING_TEXT, "bundle %s", name.text);
		break;
	case SUBJECT_WAIVER:
		snprintf(out, THING_TEXT, "the waiver of %s", name.text);
		break;
	case SUBJECT_CERTIFICATE:
		snprintf(out, THING_TEXT, "certificate/%s/%s", store, hex);
		break;
	case SUBJECT_ALL:
		snprintf(out, THING_TEXT, "all of bundle %s in %s", name.text, store);
		break;
	case SUBJECT_UNDECLARED:
		snprintf(out, THING_TEXT, "undeclared.%s", which < STORES ? store : "settings");
		break;
	case SUBJECT_PROXY:
		snprintf(out, THING_TEXT, KIND_PROXY "/%s", target_words[which]);
		break;
	case SUBJECT_CTL:
		snprintf(out, THING_TEXT, KIND_CTL "/%s", list_words[which]);
		break;
	default:
		snprintf(out, THING_TEXT, KIND_AUTO_UPDATE "/%s", update_words[which]);
	}
}

/* Two that name no target contradict each other on every host, whatever its consumers are. */
static bool is_any_target(const struct demand *first, const struct demand *again)
{
	return again->subject == SUBJECT_PROXY && first->policy->proxy.targets.count == 0 &&
	       again->policy->proxy.targets.count == 0;
}

static bool refuse(const struct policy *policy, const struct position *at, const char *thing,
    const char *fault, const struct policy *first, const struct position *before, struct err *err)
{
	return err_set(err, ERR_POLICY, "%s:%u:%u: %s is %s; see also %s:%u",
	    text_escape_string(policy->file).text, at->line, at->column, thing, fault,
	    text_escape_string(first->file).text, before->line);
}

static bool refuse_demand(const struct demand *first, const struct demand *again, struct err *err)
{
	const char *fault = first->policy == again->policy
	                        ? "declared twice"
	                        : "wanted in two ways that contradict each other";
	char thing[THING_TEXT] = "the proxy";

	if (!is_any_target(first, again))
		describe(again, thing);
	return refuse(
	    again->policy, &again->position, thing, fault, first->policy, &first->position, err);
}

static bool refuse_trust(const struct demand *first, const struct demand *again, struct err *err)
{
	char thing[THING_TEXT], hex[SHA256_HEX];

	hex_write((struct span){again->sha256, SHA256_SIZE}, hex);
	snprintf(thing, sizeof(thing), "certificate %s", hex);
	return refuse(again->policy, &again->position, thing, "both trusted and disallowed",
	    first->policy, &first->position, err);
}

/* --- looking --- */

/* Demands on one thing: few, unless they stand in one policy, where the first two of them collide
 * already. */
static bool check_ruling(
    const struct policies *policies, const struct ruling *ruling, struct err *err)
{
	for (size_t i = 1; i < ruling->count; i++)
		for (size_t j = 0; j < i; j++)
			if (collide(policies, ruling->list[j], ruling->list[i]))
				return refuse_demand(ruling->list[j], ruling->list[i], err);
	return true;
}

static bool check_subjects(const struct policies *policies, const struct resultant *resultant,
    enum subject first, enum subject last, struct err *err)
{
	for (size_t i = 0; i < resultant->ruling_count; i++) {
		const struct ruling *ruling = &resultant->rulings[i];
		enum subject subject = ruling->list[0]->subject;

		if (subject >= first && subject <= last && !check_ruling(policies, ruling, err))
			return false;
	}
	return true;
}

static bool is_present(const struct demand *demand)
{
	return ((const struct certificate_rule *)demand->rule)->state == STATE_PRESENT &&
	       !demand->policy->undecided;
}

/* Which of two demands was given first. */
static bool is_earlier(const struct demand *a, const struct demand *b)
{
	if (a->policy != b->policy)
		return a->policy < b->policy;
	if (a->position.line != b->position.line)
		return a->position.line < b->position.line;
	return a->position.column < b->position.column;
}

/* Of all pairs of trust and distrust the one whose later half comes first. */
static bool check_pair(const struct policies *policies, const struct ruling *trust,
    const struct ruling *distrust, struct err *err)
{
	const struct demand *first = NULL, *again = NULL;

	for (size_t i = 0; i < trust->count * distrust->count; i++) {
		const struct demand *a = trust->list[i / distrust->count];
		const struct demand *b = distrust->list[i % distrust->count];
		bool ordered = is_earlier(a, b);
		const struct demand *early = ordered ? a : b, *late = ordered ? b : a;

		if (!is_present(a) || !is_present(b) || !is_contradicted(policies, a, b))
			continue;
		if (!again || is_earlier(late, again) ||
		    (late == again && is_earlier(early, first))) {
			first = early;
			again = late;
		}
	}
	return !again || refuse_trust(first, again, err);
}

/* Present among the roots and among what is disallowed exclude each other. */
static bool check_trust(
    const struct policies *policies, const struct resultant *resultant, struct err *err)
{
	for (size_t i = 0; i < resultant->ruling_count; i++) {
		struct demand like = *resultant->rulings[i].list[0];
		const struct ruling *distrust;

		if (like.subject != SUBJECT_CERTIFICATE || like.which != STORE_ROOT)
			continue;
		like.which = STORE_DISALLOWED;
		distrust = resultant_find(resultant, &like);
		if (distrust && !check_pair(policies, &resultant->rulings[i], distrust, err))
			return false;
	}
	return true;
}

static int compare_names(const void *a, const void *b)
{
	const struct policy *left = *(const struct policy *const *)a;
	const struct policy *right = *(const struct policy *const *)b;
	int order = strcmp(left->name, right->name);

	return order ? order : left < right ? -1 : left > right;
}

/* A name is unique among all policies, whatever host they are for. */
static bool check_names(const struct policies *policies, struct err *err)
{
	const struct policy **sorted = mem_alloc((policies->count + 1) * sizeof(*sorted));
	const struct position top = {1, 1};
	char thing[THING_TEXT];
	bool good = true;

	for (size_t i = 0; i < policies->count; i++)
		sorted[i] = &policies->list[i];
	qsort(sorted, policies->count, sizeof(*sorted), compare_names);
	for (size_t i = 1; good && i < policies->count; i++) {
		if (strcmp(sorted[i - 1]->name, sorted[i]->name) != 0)
			continue;
		snprintf(thing, sizeof(thing), "the policy name \"%s\"",
		    text_escape_string(sorted[i]->name).text);
		good = refuse(sorted[i], &top, thing, "declared twice", sorted[i - 1], &top, err);
	}
	free(sorted);
	return good;
}

/* Of a host that is not known each policy is taken at its word. */
static bool expand_words(
    void *context, const struct demand *demand, struct resultant *out, struct err *err)
{
	struct demand one = *demand;

	(void)context, (void)err;
	if (demand->subject == SUBJECT_ALL)
		resultant_add(out, demand);
	for (one.which = 0; demand->subject == SUBJECT_PROXY && one.which < TARGETS; one.which++)
		resultant_add(out, &one);
	return true;
}

bool policies_check(const struct policies *policies, struct err *err)
{
	AUTO(resultant) resultant = {0};

	if (!check_names(policies, err))
		return false;
	resultant_collect(policies, &resultant);
	if (!resultant_expand(&resultant, expand_words, NULL, err))
		return false;
	resultant_settle(&resultant);
	return check_subjects(policies, &resultant, SUBJECT_BUNDLE, SUBJECT_CERTIFICATE, err) &&
	       check_trust(policies, &resultant, err) &&
	       check_subjects(policies, &resultant, SUBJECT_ALL, SUBJECT_AUTO_UPDATE, err);
}
