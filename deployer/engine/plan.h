/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The plan: wanted items against observed ones, as steps. A pure function; it
 * reads no host and cannot fail. The steps then collect outcomes and are the
 * report. A dry run stops here.
 */
#include "model/cause.h"
#include "model/item.h"
#include "state/ledger.h"

struct left;
struct resultant; /* policy/layers/layers.h */

struct step {
	const struct item *want; /* NULL: nobody wants it */
	/* NULL: it is not there; else the one most in force, first of those with its key */
	const struct item *have;
	enum action action; /* what would put it right; KEEP when nothing can or need be done */
	enum result result;
	enum cause cause;
	const char *message;    /* one sentence for this item, or NULL: the cause's */
	const char *next;       /* what to do, or NULL: the cause's */
	enum severity severity; /* SEVERITY_UNSAID: that of the result or cause counts */
	bool waived;            /* never carried out, whatever `action` says */
	bool owned;             /* the ledger says that we put it there */
	bool untouched;         /* a proxy: nothing had to be changed for it alone */
	bool by_tool;           /* it waits, and the rebuild does it: nothing else is to be done */
	bool given_back;        /* all that was ours is taken out of its files, and what that
	                         * replaced is back; what is there then is others' */
	bool overwrites; /* and nobody owns what is there now: it is to be put all the same */
	/* the part of what was to be given back that stays, because somebody has edited it */
	const struct left *left;
};

struct plan {
	struct step *steps;
	size_t count, capacity;
	struct arena arena;
};

/* What the plan needs to know besides the two lists. */
struct plan_rules {
	int undeclared[STORES];            /* enum undeclared of policy.h */
	bool remove_unowned[STORES];       /* with remove: although the ledger does not own it */
	const struct resultant *resultant; /* tells what is waived; NULL: nothing */
	const struct ledger *ledger;
	const struct ledger *owed; /* what waits for the distribution's tool (owed.h) */
	bool owed_stays;           /* this run may not have it run */
	bool owed_by_tool;         /* the host has such a tool, and only it can do that */
	int64_t now;
	bool looks; /* the run changes nothing: what this user may not read is not checked */
};

/* Bytes that the names of the trusted roots take in a TLS server's request for a certificate:
 * those that the host has, and those that the plan adds. Schannel sends
 * PLAN_ISSUERS_MAX and cuts the rest (Microsoft KB 2464556 and KB 933430). */
enum { PLAN_ISSUERS_MAX = 16 * 1024 };
size_t plan_issuers_there(const struct items *have);
size_t plan_issuers_added(const struct plan *plan);

/* The item a step is about: the wanted one, else the observed one. */
const struct item *step_item(const struct step *step);
/* What cures it where no apply does, as the host says; or NULL. */
const char *step_remedy(const struct step *step);
/* What people call it: the policy's label, else what was observed; "" when neither has one. */
const char *step_label(const struct step *step);
/* One sentence, and what to do, or "": the step's own, else the cause's. */
const char *step_message(const struct step *step);
const char *step_next(const struct step *step);
/* "certificate/root/96bcec…", in `arena`. */
const char *item_id(const struct item *item, struct arena *arena);
/* How grave the step is: its own severity, else error for what fails, the cause's default for what
 * is informational, info for the rest. */
enum severity step_severity(const struct step *step);
/* Whether nothing is wrong yet, and somebody has to hear of it all the same. */
bool step_warns(const struct step *step);
/* In a plan: the step about the item of that id, or NULL. */
const struct step *plan_find(const struct plan *plan, const char *id);
/* "present", "absent", "pending", "stale", or the setting as people see it: what a report and the
 * ledger call the state of an item; NULL is "absent". */
const char *item_state(const struct item *item);
/* Whether it waits for the distribution's tool, which brings it into force (`comes`), or takes it
 * out. NULL: no. */
bool item_waits(const struct item *item, bool comes);
/* Judges what is there, nobody names, and the tool owes by the rules; false: it is none of that. */
bool step_is_owed(const struct plan_rules *rules, struct step *step, struct arena *arena);
/* Whether `have` is distrust without which a root would come into force that the policies want
 * absent. That declares the distrust: how else is a root to go that the distribution ships. */
bool step_holds_out(
    const struct plan_rules *rules, const struct items *want, const struct item *have);
/* Judges it. False: there is nothing to say about it. */
bool step_judge_holding_out(struct step *step);
/* The same, with what the state leaves out; for people only. */
const char *item_shown(const struct item *item);
/* The same as the ledger keeps it for what stood before us: of a proxy the text that setting_read()
 * reads back, log-ins included. In `arena`, or borrowed. */
const char *item_record(const struct item *item, struct arena *arena);
/* Whether what is seen of the item `key`, NULL for nothing, is as it was recorded. */
bool item_is_recorded(const struct key *key, const struct item *have, const char *record);

/* Both lists are sorted; what is borrowed must outlive the plan. */
void plan_make(const struct items *want, const struct items *have, const struct plan_rules *rules,
    struct plan *out);
/* Appends a step that does not come from the two lists, such as one about a bundle; waivers count
 * for it too. Valid until the next is added. */
struct step *plan_add(struct plan *plan, const struct plan_rules *rules, const struct step *step);
/* The steps again; their texts are borrowed. */
void plan_copy(const struct plan *plan, struct plan *out);
void plan_release(struct plan *plan);
