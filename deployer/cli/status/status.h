/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What is in force on a host, without any policy: proxies by consumer, stores, the last runs,
 * bundles and keyring with the days that they are valid for, and what waits. Gathered by status.c;
 * for cli/status alone.
 */
#include "cli/workplace.h"
#include "state/history.h"

/* The certificates of a store, each counted once. */
struct store_count {
	size_t all;           /* in force */
	size_t shipped, ours; /* of these; what is ours is not shipped */
	size_t pending;       /* in the sources, and not in force */
	size_t stale;         /* in force, and not in the sources */
};

/* A file that was given, or the last good copy of a bundle that none of the files holds. */
struct status_bundle {
	const char *file;
	bool copy;
	bool tried;                      /* there was a keyring to judge it by */
	bool left_out;                   /* no bundle: files that were not looked at */
	const struct manifest *manifest; /* of one that can be used; else NULL */
	struct err refusal;              /* why it cannot be; ERR_IO: it cannot be read */
};

struct waiting {
	const char *what; /* a word that never changes */
	const char *message;
};

struct status {
	struct workplace workplace;
	struct outcome outcome;
	struct history history;
	struct store_count stores[STORES];
	struct status_bundle *bundles;
	size_t bundle_count, bundle_capacity;
	struct err keyring_refusal; /* why there is none; ERR_NONE when there is one */
	struct waiting *waiting;
	size_t waiting_count, waiting_capacity;
	struct arena arena;
	bool closed; /* this user may not read the state: what is ours, and what runs did, is not
	              * known */
	const char *unread; /* why the history could not be read; NULL: it was */
};

/* Who in the ledger put that item there; NULL: not this program. */
const struct ledger_entry *status_owner(struct status *status, const struct item *item);
/* Whole days until then; below 0 when it is over. */
int64_t status_days_left(const struct status *status, int64_t expires);
/* Whether a proxy setting says anything. */
bool status_is_set(const struct item *item);
/* Whether somebody has changed since what that entry of the ledger tells of. */
bool status_is_edited(
    struct status *status, const struct item *item, const struct ledger_entry *entry);
/* Why a proxy is as it is, in a few words. */
const char *status_why(struct status *status, const struct item *item);

/* "trust-deployer/status/1" */
void status_emit(struct output *output, enum notation notation, struct status *status);
/* The same for people. */
void status_tell(struct output *output, struct status *status);
