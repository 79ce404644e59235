/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the probes of a diagnosis share. For engine/diagnose alone.
 */
#include "engine/diagnose/finding.h"
#include "engine/session.h"

struct probe;

/* A diagnosis on its way. */
struct diagnosing {
	struct session *session;
	const struct items *have, *want;
	const struct remarks *remarks; /* of the host */
	const struct ledger *ledger;
	int64_t now;
	const struct probe *row; /* whose turn it is */
	struct diagnosis *out;
};

struct probe {
	const char *cause;
	enum severity severity;
	const char *meaning, *remedy;
	void (*ask)(struct diagnosing *d);
};

/* Adds a finding of the current row; valid until the next one is added. */
struct finding *find(struct diagnosing *d, const char *fmt, ...) PRINTF(2);
void find_evidence(struct diagnosing *d, const char *name, const char *fmt, ...) PRINTF(3);
/* What to do about the finding that was added last, where its row does not say it. */
void find_remedy(struct diagnosing *d, const char *fmt, ...) PRINTF(2);
/*
 * The policy that would cure the finding that was added last, in three steps:
 *
 *     policy = cure_begin(d, "ctl");  cure_ctl(d, policy, CTL_AUTHROOT);  cure_end(d, policy);
 *
 * cure_end writes it, and reads it again as any policy is read; one that would be refused, or a
 * proxy that apply could not set here, is not shown.
 */
struct policy *cure_begin(struct diagnosing *d, const char *name);
struct ctl_rule *cure_ctl(struct diagnosing *d, struct policy *policy, enum ctl_list list);
struct certificate_rule *cure_certificate(
    struct diagnosing *d, struct policy *policy, enum store store, const char *bundle);
void cure_end(struct diagnosing *d, struct policy *policy);

/* The observed setting, or NULL. */
const struct item *find_item(const struct diagnosing *d, struct key key);
/* Who in the ledger put that item there; NULL: not this program. */
const char *find_owner(const struct diagnosing *d, const struct item *item);
/* The list of that kind that is in force, else the newest that a service has cached; NULL. */
const struct item *find_list(const struct diagnosing *d, enum ctl_list list);

/* Of what this user may not look into. */
bool find_is_closed(const struct item *item);

/* remarks.c */
void ask_remarks(struct diagnosing *d);
/* inputs.c */
void ask_compliance(struct diagnosing *d); /* behind all others that find causes */
void ask_bundle_refused(struct diagnosing *d);
void ask_bundle_missing(struct diagnosing *d);
void ask_bundle_unreachable(struct diagnosing *d);
void ask_bundle_expiring(struct diagnosing *d);
void ask_keyring_expired(struct diagnosing *d);
void ask_keyring_expiring(struct diagnosing *d);
void ask_certificate_expiring(struct diagnosing *d);
void ask_policies_passed(struct diagnosing *d);
void ask_other_state(struct diagnosing *d);
/* lists.c */
void ask_chain(struct diagnosing *d);
void ask_anchor(struct diagnosing *d);
void ask_signature(struct diagnosing *d);
void ask_damaged_list(struct diagnosing *d);
void ask_expired(struct diagnosing *d);
void ask_stale(struct diagnosing *d);
void ask_caches_disagree(struct diagnosing *d);
void ask_cache_older(struct diagnosing *d);
void ask_cache_empty(struct diagnosing *d);
void ask_in_force(struct diagnosing *d);
/* update.c */
void ask_roots_off(struct diagnosing *d);
void ask_disallowed_off(struct diagnosing *d);
void ask_redirected(struct diagnosing *d);
/* proxies.c */
void ask_machine_direct(struct diagnosing *d);
void ask_winhttp_differs(struct diagnosing *d);
void ask_autodetect(struct diagnosing *d);
void ask_credentials(struct diagnosing *d);
void ask_damaged_proxy(struct diagnosing *d);
void ask_one_consumer(struct diagnosing *d);
/* stores.c */
void ask_unread_store(struct diagnosing *d);
void ask_damaged_store(struct diagnosing *d);
void ask_needed_disallowed(struct diagnosing *d);
void ask_private_keys(struct diagnosing *d);
void ask_refused_output(struct diagnosing *d);
void ask_key_names(struct diagnosing *d);
void ask_pending(struct diagnosing *d);
void ask_leftover(struct diagnosing *d);
void ask_withheld(struct diagnosing *d);
void ask_unreadable(struct diagnosing *d);
void ask_too_many_issuers(struct diagnosing *d);
void ask_not_listed(struct diagnosing *d);
void ask_not_fetched(struct diagnosing *d);
void ask_limited(struct diagnosing *d);
void ask_restricted(struct diagnosing *d);
