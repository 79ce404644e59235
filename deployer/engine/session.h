/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What check, apply and rollback share: the memory of one run between its inputs (struct run)
 * and its outcome. For engine/ alone.
 */
#include "engine/due.h"
#include "engine/owed.h"
#include "engine/resolve.h"
#include "engine/run.h"
#include "state/belongs.h"

enum { SESSION_PATH = 4096 };

struct session {
	struct run *run;
	struct outcome *out;
	struct floors floors, host_floors;
	struct owed owed;      /* what waits for the distribution's tool */
	int64_t newest_loaded; /* the newest signed time in the floors, before this run learnt
	                        * more */
	struct resolver resolver;
	struct plan_rules rules;
	bool keyring_taken; /* the next one is in its place */
	enum { TRUST_UNDECIDED, TRUST_NEEDED, TRUST_UNNEEDED } trust; /* by this run */
	struct observing how;                                         /* of each look at the host */
	const char *closed; /* why this user may not read what earlier runs remembered; or NULL */
	const char *unseen; /* why the trust store could not be looked at, or NULL */
	struct due due;
	char ledger_path[SESSION_PATH];
	char floors_path[SESSION_PATH];
	char history_path[SESSION_PATH];
};

bool session_open(struct session *session, struct run *run, struct outcome *out, const char *mode,
    struct err *err) MUST_CHECK;
void session_release(struct session *session);

/* Whether a run may go by its state: ERR_POLICY where others could have written it, or where it is
 * that of another image; ERR_IO where something else stands at one of its places. */
bool session_judge_state(const struct run *run, struct err *err) MUST_CHECK;
/* Which system the state of the run belongs to. */
struct belonging session_belonging(const struct run *run);
/* Reads ledger and floors. With `lenient` what this user may not read is a note. */
bool session_load(struct session *session, bool lenient, struct err *err) MUST_CHECK;
/* Looks at the host, anew each time. */
bool session_observe(struct session *session, struct items *have, struct err *err) MUST_CHECK;
/* The same; where the trust store cannot be looked at, a run that asks nothing of it goes on: a
 * proxy needs none, and a diagnosis must tell of it. `session->unseen` says why then, and a
 * note. */
bool session_look(struct session *session, struct items *have, struct err *err) MUST_CHECK;
/* Everything that check does: observe, resolve, plan, and the bytes of what is missing. */
bool session_judge(struct session *session, struct err *err) MUST_CHECK;

/* Whether a next keyring may take the place of the present one: not in work on an image, which
 * leaves this host's keyring alone. */
bool session_may_rotate(const struct session *session);
void session_progress(struct session *session, const char *what, size_t done, size_t total);
/* A line for the person. */
void session_note(struct session *session, const char *fmt, ...) PRINTF(2);
