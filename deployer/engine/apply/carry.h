/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Carries out batches of changes: each is durable in the journal before its first place is set, and
 * kept until the run ends. A change that fails fails the steps that asked for it, and what
 * was done for those steps alone is taken back at once; the others go on.
 */
#include "engine/session.h"
#include "state/journal.h"

enum { CARRY_BATCHES = 6 };

struct carrier {
	struct session *session;
	struct journal journal;
	struct changes batches[CARRY_BATCHES];
	size_t count;
	size_t done;    /* places set, of all batches */
	bool rehearsal; /* the host is imagined: no journal, and none of its programs runs */
	bool owed;      /* something waits for the distribution's tool: session->owed has it */
	bool *acted;    /* for each step of the plan: the host was asked for something */
};

/* The next batch, to be filled by ask_put(), ask_drop() and the host's derive. */
struct changes *carrier_next(struct carrier *carrier);
/* The step could not be prepared: records why. */
void carrier_fail(struct carrier *carrier, size_t step, const struct err *why);
/* Carries out the last batch. False when the journal could not be written, or when a change failed
 * that no step asked for, so that the outputs are not whole: undo all then. In a rehearsal such a
 * change gives ERR_PUBLISH. */
bool carrier_carry(
    struct carrier *carrier, enum journal_frame kind, const char *what, struct err *err) MUST_CHECK;
/* All places of the batches from `first` on, for publish; free(view.list) when done. */
struct changes carrier_view(const struct carrier *carrier, size_t first);
/* An earlier run changed the sources and did not make the outputs. */
bool carrier_is_rebuild_due(const struct carrier *carrier);
/* Whether something is to be done to the trust store: a run that only sets a proxy leaves it alone,
 * and so does a run whose items are all refused. */
bool carrier_concerns_trust(const struct carrier *carrier);
void carrier_release(struct carrier *carrier);
