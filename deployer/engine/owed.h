/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the distribution's tool owes: certificates that were given back in the sources, and that are
 * not in force, or still are, because the tool has not run since. An image waits for it, and so
 * does a host whose tool has failed. The state folder keeps them ("owed", in the form of the
 * ledger: `before` is what each was, and is to be again), and the next apply or rollback that may
 * run the tool does so. `policy` is that of a run that let go of the distrust, and empty where a
 * transaction was undone. It is not for the ledger to say: that one is put back with a transaction,
 * and says what is ours.
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
/* Notes the certificate, and the root that its distrust was about, if they wait by what is seen
 * `now`. `before` is its state before the transaction. True when one does. */
bool owed_note(struct owed *owed, const struct owed_since *since, const char *id,
    const char *before, const struct items *now);
/* The same of all items of a transaction that was undone, and of what the host has taken out of the
 * sources by that (host->waiting). */
bool owed_note_all(struct owed *owed, const struct transaction *transaction,
    const struct items *waiting, const struct items *now);
bool owed_store(const struct owed *owed, struct err *err) MUST_CHECK;
/* Whether the certificate is one that goes: its being in force now is left of a run of ours that
 * was undone, and is not how it was before us. */
bool owed_goes(const struct owed *owed, const struct item *item);
/* Forgets what does not wait any more. A root that `ledger` distrusts is in force again when that
 * is undone, and waits then. */
bool owed_settle(struct owed *owed, const struct items *now, const struct ledger *ledger,
    struct err *err) MUST_CHECK;
void owed_release(struct owed *owed);
