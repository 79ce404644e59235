/* SPDX-License-Identifier: Apache-2.0 */
/* The part of lists.h that judges. */
#include "base/clock.h"
#include "engine/lists/lists.h"
#include "engine/plan.h"

enum { DAY = 24 * 3600 };

/* A step on its way to its result. */
struct judge {
	struct step *step;
	const struct list_demand *demand;
	const struct list_facts *there; /* the list in force; NULL: none that could be read */
	int64_t now;
	struct arena *arena;
};

/* Whether the bundle's list may take the place of what is there. A list that is not to be trusted
 * always gives way, because its number means nothing. */
static bool may_replace(const struct judge *judge)
{
	return judge->demand->offered &&
	       (!judge->there || !list_is_trustworthy(judge->there) ||
	           ctl_replaces(judge->demand->offered->ctl, judge->there->ctl,
	               (enum ctl_replace)judge->step->want->asked.replace));
}

static void fail(const struct judge *judge, enum cause cause, const char *message)
{
	struct step *step = judge->step;
	bool there = step->have && step->have->presence == ITEM_PRESENT;

	step->result = RESULT_FAIL;
	step->cause = cause;
	step->message = message;
	step->action = may_replace(judge) ? there ? ACTION_REPLACE : ACTION_ADD : ACTION_KEEP;
}

static void pass(const struct judge *judge, enum cause cause, const char *message)
{
	judge->step->result = RESULT_PASS;
	judge->step->cause = cause;
	judge->step->message = message;
	judge->step->action = ACTION_KEEP;
}

static bool judge_signature(const struct judge *judge)
{
	const struct ctl_signature *signature = &judge->there->signature;

	if (signature->signature != CTL_SIGNATURE_GOOD)
		fail(judge, CAUSE_BAD_SIGNATURE,
		    arena_printf(judge->arena, "the signature of the list in %s is %s%s%s",
		        judge->step->have->label, ctl_verdict_word(signature->signature),
		        signature->reason[0] ? ": " : "", signature->reason));
	else if (!signature->signer_usage)
		fail(judge, CAUSE_BAD_SIGNATURE, "its signer may not sign trust lists");
	else if (judge->there->foreign)
		fail(judge, CAUSE_BAD_SIGNATURE,
		    arena_printf(judge->arena,
		        "the chain of its signer ends at \"%s\", which may not anchor trust lists",
		        judge->there->policy.at_now.issuer));
	else
		return true;
	return false;
}

static bool judge_age(const struct judge *judge)
{
	const struct ctl_rule *rule = judge->demand->rule;
	const struct ctl *ctl = judge->there->ctl;
	char sequence[CTL_SEQUENCE_TEXT], date[CLOCK_TEXT];
	uint8_t least[CTL_MAX_SEQUENCE];
	size_t size = rule->min_sequence ? strlen(rule->min_sequence) / 2 : 0;

	ctl_sequence_text(ctl->sequence, sequence);
	clock_write(ctl->this_update, date);
	if (size > 0 && size <= sizeof(least) && hex_parse(rule->min_sequence, least, size) &&
	    ctl_sequence_compare(ctl->sequence, (struct span){least, size}) < 0)
		fail(judge, CAUSE_OUTDATED,
		    arena_printf(judge->arena, "sequence number %s; the policy wants %s or newer",
		        sequence, rule->min_sequence));
	else if (rule->max_age && judge->now - ctl->this_update > rule->max_age)
		fail(judge, CAUSE_OUTDATED,
		    arena_printf(judge->arena,
		        "it is of %s, %lld days old; the policy wants %lld at"
		        " most",
		        date, (long long)((judge->now - ctl->this_update) / DAY),
		        (long long)(rule->max_age / DAY)));
	else
		return true;
	return false;
}

/* Every place that counts holds what the bundle offers, or something that may not give way. */
static bool judge_offer(struct judge *judge, const struct item *first, const struct item *end)
{
	const struct list_facts *offered = judge->demand->offered;

	for (const struct item *item = first; offered && item < end; item++) {
		judge->there = item->seen.list;
		if (item->seen.evidence || (item->seen.list && !may_replace(judge)))
			continue;
		fail(judge, item->seen.list ? CAUSE_OUTDATED : CAUSE_MISSING,
		    item->seen.list ? arena_printf(judge->arena, "%s holds %s list than the bundle",
		                          item->label,
		                          ctl_sequence_compare(item->seen.list->ctl->sequence,
		                              offered->ctl->sequence) < 0
		                              ? "an older"
		                              : "another issue of the")
		    : item->note
		        ? item->note
		        : arena_printf(judge->arena, "there is none in %s", item->seen.location));
		return false;
	}
	judge->there = judge->step->have ? judge->step->have->seen.list : NULL;
	return true;
}

static bool judge_chain(const struct judge *judge)
{
	const struct ctl_chain *host = &judge->there->host;
	const struct chain_outcome *now = &host->at_now;
	bool cured = list_chain_intact(&judge->there->policy);

	if (judge->demand->rule->signer_chain != 1 || now->result == CHAIN_OK)
		return true;
	if (host->at_this_update.result == CHAIN_OK) {
		pass(judge, CAUSE_SIGNER_EXPIRED,
		    arena_printf(judge->arena, "%s: %s; the list itself is intact", now->subject,
		        now->reason));
		return false;
	}
	fail(judge, CAUSE_CHAIN_INCOMPLETE,
	    arena_printf(judge->arena, "%s: %s%s%s%s%s", now->subject,
	        now->result == CHAIN_MISSING_ISSUER ? "its issuer " : now->reason,
	        now->result == CHAIN_MISSING_ISSUER ? now->issuer : "",
	        now->result == CHAIN_MISSING_ISSUER ? " is not on this host" : "",
	        now->issuer_url[0] ? ", and would be fetched from " : "", now->issuer_url));
	judge->step->next =
	    cured ? "Run apply: the policy adds the certificates that are missing." : NULL;
	return false;
}

/* Why the bundle offers nothing matters only where something would have to come from it. But a list
 * that is not Microsoft's must never be published. */
static void explain_refusal(const struct judge *judge)
{
	const struct list_demand *demand = judge->demand;
	struct step *step = judge->step;

	if (demand->refusal == CAUSE_REFUSED_LIST && step->result == RESULT_PASS)
		fail(judge, CAUSE_REFUSED_LIST, "the list that is there is as wanted");
	if (demand->refusal == CAUSE_NONE || step->result != RESULT_FAIL)
		return;
	step->message = arena_printf(judge->arena, "%s; %s",
	    step->message ? step->message : cause_row(step->cause)->meaning, demand->refused);
	if (step->cause == CAUSE_MISSING)
		step->cause = demand->refusal;
}

/* Writing nothing is no failure, but the reader should know that the bundle has another list. */
static const char *remark(const struct judge *judge)
{
	const struct list_facts *offered = judge->demand->offered;
	int order;

	if (!offered || span_equal(offered->ctl->file, judge->there->ctl->file))
		return NULL;
	order = ctl_sequence_compare(offered->ctl->sequence, judge->there->ctl->sequence);
	return order == 0 ? "the bundle holds another issue of the same list; the rule's"
	                    " `replace: reissued` would take it"
	                  : "the bundle's list is older than this one";
}

/* A rule that writes nothing judges the list in force, which may be in a service's cache. */
static const struct item *cached_list(const struct item *first, const struct item *end)
{
	for (const struct item *item = first; item < end; item++)
		if (item->seen.evidence && !item->seen.personal && item->seen.list)
			return item;
	return NULL;
}

void list_judge(struct step *step, const struct item *first, const struct item *end, int64_t now,
    struct arena *arena)
{
	struct judge judge = {.step = step,
	    .demand = step->want->asked.demand,
	    .there = step->have ? step->have->seen.list : NULL,
	    .now = now,
	    .arena = arena};
	const char *other;

	if (!judge.demand->rule->bundle && !judge.there && !(step->have && step->have->note) &&
	    cached_list(first, end)) {
		step->have = cached_list(first, end);
		judge.there = step->have->seen.list;
	}
	if (!judge.there && step->have && step->have->note) {
		fail(&judge, CAUSE_MALFORMED, step->have->note);
	} else if (!judge.there) {
		fail(&judge, CAUSE_MISSING, NULL);
		if (!judge.demand->rule->bundle)
			step->next = "Name a bundle that brings the list in the rule.";
	} else if (judge_signature(&judge) && judge_offer(&judge, first, end) &&
	           judge_age(&judge) && judge_chain(&judge)) {
		other = remark(&judge);
		pass(&judge, other ? CAUSE_OTHER_ISSUE : CAUSE_NONE, other);
	}
	explain_refusal(&judge);
}
