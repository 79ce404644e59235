/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the distribution's tool owes: certificates that were given back in the sources and are not
 * in force, or are still in force, because the tool has not run since. An image waits for it, and
 * so does a host whose tool has failed. The state folder keeps them ("owed", in the form of the
 * ledger: `before` is the state of each that is to come back), and the next apply or rollback that
 * may run the tool does so. `policy` names a run that let go of the distrust; it is empty where a
 * transaction was undone. The ledger cannot keep this: it is put back with a transaction, and says
 * what is ours.
 */
#include "host/host.h"
#include "state/journal.h"
#include "state/ledger.h"

struct owed {
	struct ledger list;
	struct items going; /* those that go, for the host */
	struct root *root;
	const char *state, *path; /* in `going` */
};

/* What made a certificate wait. */
struct owed_since {
	const char
	    *transaction;   /* that let go of its distrust, or was undone; empty: a rehearsal */
	const char *policy; /* empty: it was undone */
};

/* Reads it, and tells the host which of it goes; `owed` is empty, or was loaded before. */
bool owed_load(struct owed *owed, struct root *root, const char *state, struct host *host,
    struct err *err) MUST_CHECK;
/* Whether a run over this host may have the tool do it. */
bool owed_may_be_done(const struct host *host);
/* Notes the certificate, and the root that its distrust is about, if they wait as far as is seen
 * `now`. `before` is its state before the transaction. True when one of them waits. */
bool owed_note(struct owed *owed, const struct owed_since *since, const char *id,
    const char *before, const struct items *now);
/* The same for all items of a transaction that was undone, and for what the host has taken out of
 * the sources with it (host->waiting). */
bool owed_note_all(struct owed *owed, const struct transaction *transaction,
    const struct items *waiting, const struct items *now);
bool owed_store(const struct owed *owed, struct err *err) MUST_CHECK;
/* Whether the certificate is one that goes: then it is in force now because of a run of ours that
 * was undone, and was not so before us. */
bool owed_goes(const struct owed *owed, const struct item *item);
/* Forgets what no longer waits. A root that `ledger` distrusts comes back into force when that is
 * undone, and waits then. */
bool owed_settle(struct owed *owed, const struct items *now, const struct ledger *ledger,
    struct err *err) MUST_CHECK;
void owed_release(struct owed *owed);
