/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Files of settings, put back byte for byte. A setting says what a file means, not how it was
 * written: quotes, order and names in one case alone are lost on the way. So the ledger keeps the
 * text of each file that was edited for an item, as it was without us and as we left it, and what
 * differs between the two is taken out when the item goes (unedit.h). What others have edited since
 * stays.
 */
#include "engine/apply/carry.h"
#include "engine/apply/left.h"

/* What `entry`, which `step` makes, is to keep: of the places that were changed for it, and of
 * those that the entry of before (or NULL) knows. Strings are in `arena`. */
void texts_note(const struct carrier *carrier, size_t step, const struct ledger_entry *known,
    struct ledger_entry *entry, struct arena *arena);

/* Appends the changes that take out what is ours. `*whole` tells that nothing of it is left then.
 * What somebody has edited of it stays, and is told by `*left`, in `arena`; else NULL. With neither
 * no text is known, as of older ledgers, and the setting has to be put. */
bool texts_restore(struct session *session, const struct ledger_entry *entry, struct changes *out,
    bool *whole, const struct left **left, struct arena *arena, struct err *err) MUST_CHECK;
