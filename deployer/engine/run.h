/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * One run, from opened inputs to an outcome: resolve, observe, plan, and for
 * apply also carry out, look again and remember. cli/ opens the inputs; this
 * joins them. What a report shows is in `struct outcome` and nothing else.
 */
#include "bundle/bundle.h"
#include "engine/plan.h"
#include "host/host.h"
#include "policy/policy.h"

struct run {
	int64_t now;
	struct policies *policies;
	struct bundles *bundles;
	struct host *host;
	struct root *state_root; /* what `state` is a path of: the host's root, or root_none() */
	const char *state;       /* the state folder */
	bool state_judged;       /* judged with the lock held, so nobody else has written to it
	                          * since */
	/* with an image: the floors of the host, which count too; or NULL */
	const char *host_floors;
	enum file_trust trust; /* who may be able to write the state and policies */
	struct observing how;  /* what to look at on the host; `now` is the run's */
	bool all;              /* of rollback: everything that the ledger owns */
	const char *discard;   /* of rollback: the transaction that is set aside; or NULL */
	unsigned lock_wait;    /* seconds to wait for another run */
	/* Told what is going on, for progress on a terminal; may be NULL. */
	void (*progress)(void *context, const char *what, size_t done, size_t total);
	void *progress_context;
};

struct outcome_policy {
	const char *name, *file, *link, *sha256, *filtered; /* filtered NULL: applied */
	bool undecided; /* filtered, and it may be for this host all the same */
};

struct outcome_bundle {
	const char *id;
	uint64_t version;
	int64_t expires;
	const char *sha256;
	const char **signers; /* SHA-256 of the public keys that counted, hex */
	size_t signer_count;
	bool pass;
	const char *fault;  /* in a word or two what became of it: "refused"; "" when pass */
	const char *reason; /* "" when pass */
};

struct outcome {
	const char *mode; /* RUN_CHECK, RUN_APPLY … */
	int64_t time;
	const struct facts *facts;
	struct outcome_policy *policies;
	size_t policy_count;
	struct outcome_bundle *bundles;
	size_t bundle_count;
	struct plan plan;
	size_t summary[RESULTS];
	size_t waived, undecided; /* parts of what was not checked */
	bool compliant;
	bool closed;    /* this user may not read the state, so it is not known what is ours */
	bool set_aside; /* of rollback: a transaction was, and none was taken back */
	bool nothing_applies;
	size_t kept; /* items that we put there and that no policy names any more, and that stay */
	const char *error;       /* what ended the run, or NULL */
	int exit_status;         /* set by who knows how the run ended */
	const char *transaction; /* id when something was changed, else "" */
	const char *clock;       /* the note that the clock runs behind, or NULL */
	struct text notes; /* lines for the person: hooks that failed, a clock that runs behind */
	bool refused;      /* a bundle was refused by a trust rule; apply changed nothing then */
	bool unreachable;  /* a bundle cannot be reached, and there is no last good copy */
	size_t changed;    /* items that this run changed */
	/* what the plan borrows from */
	struct items want;
	struct items have;   /* as the host is now */
	struct items then;   /* as check foresees it after apply, for what apply would bring; else
	                      * empty */
	struct items before; /* as apply found it, for the steps that it carried out; else empty */
	struct ledger ledger;
	struct arena arena;
};

/* Never writes, and needs no privilege for what is world-readable: a state folder that it may not
 * read is a note. */
bool run_check(struct run *run, struct outcome *out, struct err *err) MUST_CHECK;
/* Takes the lock, repairs what a killed run left, makes the host match, looks again.
 * An item that fails is in the outcome; ERR_PUBLISH means that all was rolled back;
 * `out` is filled then too. A bundle that a trust rule refused leaves the host as it is: true,
 * with out->refused. Where nothing is to be done nothing is opened for writing but the lock. */
bool run_apply(struct run *run, struct outcome *out, struct err *err) MUST_CHECK;
/* Undoes the last transaction (one that a killed run left open, if there is one), or every one back
 * to and including `id`. Needs no policies. Places that somebody else changed since are
 * left alone: notes say which, and the outcome is not compliant. The steps are what was taken
 * back. With run->all every transaction that is kept,
 * and then what the ledger still owns. ERR_USAGE when there is no such transaction, ERR_HOST when
 * its undo data is gone. With run->discard that one alone, whose journal may be damaged or false,
 * is set aside: nothing of it is carried out, and history says so. */
bool run_rollback(struct run *run, const char *id, struct outcome *out, struct err *err) MUST_CHECK;
void outcome_release(struct outcome *outcome);

/* Of an outcome that a run came to: 4 when a bundle was refused, 1 when one cannot be reached, 2
 * for drift, else 0, in this order (interface.md section 2). */
int outcome_exit_status(const struct outcome *outcome);
/* Makes it the outcome, with its exit status, of a run that `err` ended. */
void outcome_fail(struct outcome *outcome, const struct err *err);
/* For a verb that does not show all items: makes notes of the items that tell what was not looked
 * at. */
void outcome_note_uncovered(struct outcome *outcome);
enum verdict outcome_verdict(const struct outcome *outcome);
