/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * `rollback --all`: when the transactions that are kept are undone, what the ledger still owns goes
 * back too, from what the ledger says: certificates of ours go, settings become what stood there
 * before us. It is carried out as apply would do it, looking before it removes, in a transaction of
 * its own that cannot be undone.
 */
#include "engine/rollback/undo.h"

/* `out->ledger` and `out->have` are loaded. Appends what was to be as it was to `wants`. An item
 * that cannot go back stays as it is, and in the ledger; what somebody has edited of it is added to
 * what was `left`. */
bool give_back(
    struct session *session, struct items *wants, struct undo *left, struct err *err) MUST_CHECK;

/* Appends what was given back in the sources before, and waits for the distribution's tool. */
void give_back_owed(const struct session *session, struct items *wants);

/* Carries out the plan of the outcome, and commits it as a transaction of a rollback (apply.c). */
bool act_for_rollback(struct session *session, struct err *err) MUST_CHECK;

/* A run of rollback. */
struct rollback {
	struct session *session;
	struct undo undo;
	struct text undone; /* ids, with blanks between */
	bool again;         /* one of them was rolled back in part before */
	bool several;       /* more than one was rolled back */
	bool looked;        /* what was there when it began is known: `before` of the outcome */
};

/* What a rollback tells of each item (taken_back.c). Makes the plan of the outcome from its `want`,
 * the states that the items were to have again, and from `have`, the host as it is. Counts what
 * changed. */
void taken_back(struct rollback *rollback);
