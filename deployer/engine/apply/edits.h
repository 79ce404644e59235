/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What certificates share with others, given back: lines of ca-certificates.conf, a certificate
 * that stood in a bundle alone, a link. The host cannot tell what stood there before us, so the
 * ledger keeps it, as it keeps the texts of settings (texts.h); of a file that all certificates
 * share it keeps the lines of this one alone (struct change_edit). What others have changed since
 * stays.
 *
 * What stood in a bundle alone while the item was ours already is no part of it: somebody has taken
 * away the source that we put there.
 *
 * Trust and distrust of one certificate are two items over the same lines: the entry of the one
 * that comes takes over what that of the other knows, so that what stood before both is what comes
 * back.
 */
#include "engine/apply/carry.h"

/* What `entry`, which `step` makes, is to keep: from its own changes, from `known`, its entry so
 * far, and from `opposite` (either may be NULL). Strings are in `arena`. */
void edits_note(const struct carrier *carrier, size_t step, const struct ledger_entry *known,
    const struct ledger_entry *opposite, struct ledger_entry *entry, struct arena *arena);

/* Appends the changes that give back what `entry` keeps, over what `out` has for the same places.
 * `*whole`: then all of it is back; else somebody has changed it since, or it is damaged, which a
 * note says. */
bool edits_restore(struct session *session, const struct ledger_entry *entry, struct changes *out,
    bool *whole, struct err *err) MUST_CHECK;

/* Tells the host's drop what stood there before us, as `entry` keeps it. */
void edits_say(const struct ledger_entry *entry, struct asked *out);
