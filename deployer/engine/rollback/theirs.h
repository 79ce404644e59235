/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What somebody has set himself after we had let go of it, in the same place and words. The ledger
 * does not own it, so undoing the run that once put it there leaves it alone.
 */
#include "engine/apply/unedit.h"
#include "engine/session.h"
#include "state/journal.h"

/* Before the transaction, which is done, is undone: appends its items that `ledger`, that of
 * now, does not own, and that stand in a source of the transaction all the same. ITEM_PRESENT where
 * the transaction had put them there, ITEM_ABSENT where it had let go of them. Who cannot look
 * finds none. */
void theirs_look(struct session *session, const struct transaction *transaction,
    const struct ledger *ledger, struct items *out);
/* One of them that stands in the place, with the presence; or NULL. */
const struct item *theirs_at(const struct items *theirs, const char *place, enum presence presence);
/* Appends to `out` what becomes of `now`, the content of the place: takes out what entries of
 * `ledger` keep of the transaction there, except for what was edited: `left`. The rest stays. */
void theirs_keep(const struct transaction *transaction, const struct ledger *ledger,
    const char *place, struct span now, struct bytes *out, struct unedit_left *left);
/* Whether an earlier rollback, in part, has taken out what was ours in the file, so that what is
 * there is somebody else's: the journal has not what was ours, and `ledger` owns nothing there any
 * more. */
bool theirs_alone(const struct transaction *transaction, const struct ledger *ledger,
    const struct journal_record *record);
/* Takes them out of the ledger, where undoing has put back that they are ours. */
bool theirs_disown(struct session *session, const struct items *theirs, struct err *err) MUST_CHECK;
