/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Trust lists (the kind ctl): what is known of each one that a host has or a bundle offers, and
 * whether that is what a policy asks for.
 *
 *     resolve_want → lists_examine → plan_make (calls list_judge) … → lists_release
 *
 * Four facts are never one (formats.md 0 and a.9): the signature is good; the signer's chain builds
 * from what is embedded; from this host's own stores and caches, without the network; with what the
 * policies would add. Each chain is asked for at the list's own time and now, because an expired
 * signer on an intact list is a normal state of the world.
 *
 * A list is anchored by Microsoft's pinned roots, and by what a policy names as `anchor`: any other
 * root of a host could sign a list of its own.
 */
#include "model/cause.h"
#include "formats/ctl_signature.h"
#include "model/item.h"
#include "policy/policy.h"

struct resolver;
struct step;

struct list_facts {
	const struct ctl *ctl; /* as the host keeps it: `ctl` of the item */
	struct ctl_signature signature;
	struct ctl_chain embedded, host, policy;
	bool foreign; /* its signer hangs on a root that may not anchor trust lists */
};

/* What a policy's rule asks of a list, with what its bundle offers. */
struct list_demand {
	const struct ctl_rule *rule;
	const struct list_facts *offered; /* NULL: nothing */
	bool offered_as_cabinet;
	enum cause refusal; /* why it is not offered; CAUSE_NONE when the rule names no bundle */
	const char *refused;
};

struct lists; /* resolver.h */
void lists_release(struct lists *lists);

/* Fills `list` of observed trust lists and `demand` of wanted ones. Without a wanted list it does
 * nothing, unless `all` says that what is there matters by itself. Fails only for what ends the
 * run. */
bool lists_examine(struct resolver *resolver, struct items *want, struct items *have, int64_t now,
    bool all, struct err *err) MUST_CHECK;

/* Where a host keeps no such lists: says of each wanted root whose bundle also brings Microsoft's
 * list what that takes from it by dates or usages. Bundles that no rule has opened are not opened
 * for it. */
void lists_note_limits(struct resolver *resolver, struct items *want, int64_t now);

/* Judges what is there of a wanted list: first..end are the places where it was seen, the one in
 * force first. A pure function. */
void list_judge(struct step *step, const struct item *first, const struct item *end, int64_t now,
    struct arena *arena);

/* Signed by somebody who may, as far as can be told here. */
bool list_is_trustworthy(const struct list_facts *facts);
/* ok, or ok but for the dates: the list is what Microsoft issued. */
bool list_chain_intact(const struct ctl_chain *chain);
