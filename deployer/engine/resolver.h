/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What a run remembers between its policies and its wanted items: bundles, trust lists, and the
 * resultant set. Only data, shared by the files of resolve.h and by lists/.
 */
#include "bundle/bundle.h"
#include "host/host.h"
#include "policy/layers/layers.h"
#include "state/floors.h"

struct list_facts; /* lists/lists.h */

struct bundle_use {
	const char *id;
	struct bundle_demand demand; /* the strictest of all rules */
	bool tried;
	bool unread; /* not needed so far, and the keyring cannot be used */
	bool needed; /* a rule names the bundle itself, or wants of it what is not there */
	struct bundle *bundle; /* NULL: cannot be used */
	bool gives_policy;     /* one of the run's policies came out of it */
	bool copy;             /* it is the last good copy: no source gives it now */
	bool refused;          /* by a trust rule, not just missing; with a copy: the source */
	bool unreachable;      /* a source cannot be read */
	bool clock;            /* valid by the clock, expired by the newest signed time */
	const char *reason;    /* why it cannot be used, or why its source cannot */
	const char *brief;     /* the same in few words */
	enum refusal rule;     /* the rule that refused it; 0: none with a remedy of its own */
	int64_t warn_before;   /* seconds; 0: the default */
	struct bytes keyring;  /* the next one, when the bundle brings it */
	bool other_keyring;    /* it has one of the host's own version that says something else */
};

/* A rule for all of a bundle that cannot be used. */
struct unknown {
	enum store store;
	const char *policy, *bundle;
};

struct lists {
	struct list_facts **list;
	size_t count, capacity;
};

struct resolver {
	const struct policies *policies;
	struct bundles *bundles; /* or NULL: none given */
	struct host *host;
	struct floors *floors; /* as loaded; learns the newest signed time */
	int64_t clock;

	/* The resultant set: as the policies say it until resolve_want, then for this host. */
	struct resultant resultant;
	struct bundle_use *uses;
	size_t use_count, use_capacity;
	struct lists lists;
	bool refused; /* a bundle was refused by a trust rule */
	struct unknown *unknown;
	size_t unknown_count, unknown_capacity;
	struct arena arena;
};

void resolver_release(struct resolver *resolver);
