/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * From policies to what is wanted of this host: one item a setting, the winner where several
 * policies name it, said the way the host would show it; and from bundles to the
 * bytes of the certificates that are missing.
 *
 *     resolve_want → (lists_examine) → (plan_make) → resolve_contents → uses_settle →
 * resolver_release
 *
 * Bundles are opened late: one is needed when a policy's `bundles:` names it, when `all: true` asks
 * what it gives, when a policy came out of it, or when a certificate that is not there must be
 * added. So a host that is as explicit fingerprints want it never sets OpenSSL up.
 *
 * What a bundle that cannot be used means:
 * - No file given holds its id: the items that need it fail (no_bundle), the others go on.
 * - A file was refused by a trust rule (signature, threshold, digest, floor, expiry, age): the same
 * in the report, but `refused` is set: the run ends with exit status 4 and apply leaves the host as
 * it is (interface.md section 7), because refused input is the mark of an attack or of a mistake in
 * publishing, not of one bad item.
 * - A file cannot be read: an operational error, exit status 1.
 * In the last two cases the last good copy takes its place, when it passes the rules of today.
 * - `all: true` of a bundle that cannot be used: what it would have named is unknown, which is the
 *   item certificate/STORE/bundle:ID.
 * - Nothing is taken back in such a run, whatever `undeclared` says (resolve_withhold): nobody
 * knows what the bundle would have named.
 */
#include "engine/lists/lists.h"
#include "engine/plan.h"
#include "engine/uses.h"

/* Fills `want` (sorted, one an item) and `rules` for the plan; `have` is sorted. Fails only for
 * what ends the run: an unusable keyring. */
bool resolve_want(struct resolver *resolver, const struct items *have, struct items *want,
    struct plan_rules *rules, struct err *err) MUST_CHECK;
/* Names what is to be distrusted: where it has no label it gets that of the root on the host, so
 * that people see whom a digest distrusts. Both lists are sorted. */
void resolve_names(struct items *want, const struct items *have);
/* Appends what is to be as it was before us, where a policy says so: settings, and certificates of
 * which nothing on the host shows what we changed for them. (resolve_back.c has this and the next
 * two.) */
void resolve_back(const struct resultant *resultant, const struct ledger *ledger,
    const struct items *have, struct items *want);
/* Appends the setting of a ledger's entry as it was before us, to be nobody's then. NULL, and
 * nothing is appended, when the entry is about something else or does not tell enough to set it
 * again. */
struct item *resolve_before(const struct ledger_entry *entry, struct items *want);
/* Whether the entry is a certificate of which the host shows nothing (`have` is what was seen, or
 * NULL), and which tells what it replaced: distrust, or a line that selects a root whose file is
 * missing. Only the ledger knows that there is something to give back. */
bool resolve_is_hidden(const struct ledger_entry *entry, const struct item *have);
/* Finds the bytes of the certificates that the plan adds; a step whose bytes cannot be had or are
 * refused is no longer to be carried out and says why. `want` is the list that was planned. */
bool resolve_contents(
    struct resolver *resolver, struct items *want, struct plan *plan, struct err *err) MUST_CHECK;
/* Asks the host once more about what it held already at the first look; behind an observation. */
void resolve_ask_again(struct host *host, struct items *want);
/* Where a bundle that a rule needs cannot be used, or it is not known whether a policy is for this
 * host: each step that would take back what no policy names keeps it instead, and says why. Called
 * behind each plan_make. */
void resolve_withhold(struct resolver *resolver, const struct plan_rules *rules, struct plan *plan);
