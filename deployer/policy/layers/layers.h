/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Which of several policies counts: the one place that precedence is decided in. A pure function of
 * policies and of what the caller knows; it reads no host and no bundle.
 *
 * What a policy says of one thing (that a certificate is to be in a store, what a proxy is to be,
 * until when an item is waived) is a demand. The resultant set has the demands of all policies that
 * are for this host, or may be, thing by thing, the weakest first, and says which of them wins. The
 * others are there with their places, so that a report can name the losers.
 *
 *     resultant_collect → (resultant_expand) → resultant_settle → resultant_find … →
 *     resultant_release
 *
 * The stronger of two demands is:
 * 1. that of the policy of the higher `level` (struct policy); today all stand at one;
 * 2. that of the policy which was given later;
 * 3. in one policy, that which names the thing itself and not all of a bundle.
 * Two demands of one level that differ are a conflict, which policies_check refuses (conflicts.c):
 * so 2. decides only whose name is told, or between what `all` names in two policies.
 *
 * A waiver that lasts longer is the stronger one, and rules for one bundle add up: who wants those
 * asks for each of them (resultant_next).
 */
#include "policy/policy.h"

/* What demands are about. */
enum subject {
	SUBJECT_BUNDLE,      /* `name`: its id; rule: struct bundle_rule */
	SUBJECT_WAIVER,      /* `name`: the id of the item; struct waiver_rule */
	SUBJECT_CERTIFICATE, /* `which`: enum store, `sha256`; struct certificate_rule */
	SUBJECT_ALL,         /* `which`: enum store, `name`: the id of the bundle; the same */
	SUBJECT_UNDECLARED,  /* `which`: enum store, STORES: settings; struct undeclared_rule */
	SUBJECT_PROXY, /* `which`: enum proxy_target, TARGETS: all there are; struct proxy_rule */
	SUBJECT_CTL,   /* `which`: enum ctl_list; struct ctl_rule */
	SUBJECT_AUTO_UPDATE, /* `which`: enum update_switch; struct auto_update_rule */
	SUBJECTS,
};

/* What one policy says of one thing; borrows from the policy and, where it was expanded, from
 * whoever did that. */
struct demand {
	enum subject subject;
	unsigned which;
	const char *name;      /* "" where there is none */
	const uint8_t *sha256; /* of SUBJECT_CERTIFICATE */
	const void *rule;
	const struct policy *policy;
	struct position position;
};

/* What all policies say of one thing. */
struct ruling {
	/* the weakest first; of waivers, which go by their length, in the order of the policies */
	const struct demand *const *list;
	size_t count;
	/* the strongest of the policies that are for this host; NULL: no such policy says anything
	 */
	const struct demand *winner;
	/* of a policy of which nobody knows whether it is for this host, and that would change what
	 * the winner says: then nobody knows what is wanted; else NULL */
	const struct demand *undecided;
};

struct resultant {
	struct demand *list; /* in the order of the policies and of the rules in each */
	size_t count, capacity;
	const struct demand **sorted;
	struct ruling *rulings; /* sorted by their things */
	size_t ruling_count;
	bool distrusts; /* a certificate is to be distrusted, or all of a bundle */
};

/* Empties `out` and fills it with what the policies say; `policies` may be NULL. A rule for all of
 * a bundle, or for all proxies that there are, is one demand. */
void resultant_collect(const struct policies *policies, struct resultant *out);

/* Appends what `demand`, which names many things by one word, comes to; or `demand` itself. */
typedef bool expand_function(
    void *context, const struct demand *demand, struct resultant *out, struct err *err);
/* Puts what `expand` makes of each such demand (SUBJECT_ALL, and SUBJECT_PROXY of TARGETS) in its
 * place. Fails when `expand` does. */
bool resultant_expand(struct resultant *resultant, expand_function *expand, void *context,
    struct err *err) MUST_CHECK;
/* For an expand_function. */
void resultant_add(struct resultant *resultant, const struct demand *demand);

/* Finds the rulings; once all is added. */
void resultant_settle(struct resultant *resultant);
/* The ruling on the thing that `like` is about (subject, which, name, sha256); NULL: no policy says
 * anything of it. */
const struct ruling *resultant_find(const struct resultant *resultant, const struct demand *like);
/* The winner there, or NULL. */
const struct demand *resultant_winner(
    const struct resultant *resultant, enum subject subject, unsigned which, const char *name);
/* What counts of a ruling: the winner, or the demand that makes it undecided. */
const struct demand *ruling_choice(const struct ruling *ruling);
/* The distrust that is stronger than the trust of that ruling (on a certificate, or on all of a
 * bundle, as a root), wherever the two were said; or NULL. `all: true` of a bundle beside one
 * certificate of it that is disallowed is how a policy says "all but this". */
const struct demand *resultant_distrust(
    const struct resultant *resultant, const struct ruling *ruling);

/* In the order of the policies the next demand behind `after` (NULL: the first) that is about
 * `subject`, of policies that are for this host alone; or NULL. Needs no settling. */
const struct demand *resultant_next(
    const struct resultant *resultant, enum subject subject, const struct demand *after);
/* Whether there is one. */
bool resultant_has(const struct resultant *resultant, enum subject subject);

void resultant_release(struct resultant *resultant);

/* Negative: `a` is about a thing in front of that of `b`; 0: both are about the same. */
int demand_compare_things(const struct demand *a, const struct demand *b);
/* The same and, of one thing, in the order of their strength. */
int demand_compare(const struct demand *a, const struct demand *b);
/* Whether both demand the same to the letter; what a thing is called, and where its bytes come
 * from, is no demand. */
bool demand_agrees(const struct demand *a, const struct demand *b);
/* Whether the host is to be the same by both, whatever else they say. */
bool demand_wants_same(const struct demand *a, const struct demand *b);
/* What SUBJECT_UNDECLARED says of its store (enum undeclared), or of settings; and which
 * certificates `remove` is about. */
int demand_undeclared(const struct demand *demand);
/* The value that SUBJECT_AUTO_UPDATE asks for. */
const char *demand_update(const struct demand *demand);
/* The setting that SUBJECT_PROXY asks for, without what it says of log-ins. Borrowed. */
struct proxy demand_proxy(const struct demand *demand);
