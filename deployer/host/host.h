/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A host, live or as an image, behind one table of functions. A backend
 * observes and says what would have to change; it changes nothing by itself
 * but through set() and publish(), which the engine calls when the journal
 * holds what is needed to undo them.
 *
 * Order of calls in a run that writes:
 *
 *     observe … express … put (per step) → changes, carried out by set
 *     derive → changes, carried out by set      the outputs, from the sources as they now are
 *     publish, tell                             the distribution's own tools, and its hooks
 *     observe                                   the engine looks again
 *     drop (per step) → changes, set; derive, publish and tell again where something is left to do
 *
 * A dry run calls the same over a host that is imagined, and foretell in place of publish; where
 * the host has no such function: observe, express, put and drop alone.
 */
#include "formats/ctl.h"
#include "host/changes.h"
#include "host/hooks.h"
#include "host/remarks.h"
#include "model/facts.h"

struct host;

/* What an observation shows beside what every run needs. */
struct observing {
	bool lists;    /* trust lists, and the bytes of certificates */
	bool thorough; /* what serves diagnosis alone: what users have set, what OpenSSL says */
	int64_t now;   /* as of when dates are judged; 0: no date has come */
};

/* What the names of files that we add begin with. */
#define HOST_OWN_PREFIX "trust-deployer-"

/* What a run of a host is for. Advice names the verb that goes on with it: an apply would put back
 * what a rollback has taken out. */
enum host_serves { HOST_FOR_APPLY, HOST_FOR_ROLLBACK, HOST_FOR_ROLLBACK_ALL };

struct host_ops {
	const char *name; /* of the layout: "debian", "p11-kit" … */
	unsigned kinds;   /* 1u << ITEM_…: what this host can hold */
	/* Where the lock of a run that writes lies, when the host runs and has that folder; in all
	 * other cases, and with NULL, it lies in the state folder. */
	const char *lock_folder;
	/* The file that the distribution's own tool makes of the sources, or NULL. Differences in
	 * it are never somebody's edit. */
	const char *made;
	bool tool_makes; /* that tool makes it in publish; else derive does */

	/* All places that it ever writes, up to NULL. No journal makes it write elsewhere. A file
	 * or value; with "*" for its last name, each name in that folder; ending with its
	 * separator, all that is below that folder or key. Behind "~" the case of letters does not
	 * matter: on a Windows volume paths are written as they are found there. */
	const char *const *places;

	/* Appends every item of one kind to `have`, complete or not at all. One that cannot
	 * be read (a damaged certificate file) is an item with a note, not a failure. `how` says
	 * what is to be shown beside what every run needs. */
	bool (*observe)(struct host *host, enum item_kind kind, const struct observing *how,
	    struct items *have, struct err *err);

	/* Says how this host would hold `want`: sets value to the canonical form that an
	 * observed item would show, or holding and note when it cannot be held; note alone
	 * when it can be held in part (a bypass entry that the dialect cannot say). */
	void (*express)(struct host *host, struct item *want, struct arena *arena);

	/* Appends what must change so that `want` holds; `have` is what is there, or NULL. */
	bool (*put)(struct host *host, const struct item *want, const struct item *have,
	    struct changes *out, struct err *err);
	/* Appends what must change so that `have` is gone; what is not ours stays, and has it
	 * still, unless `have->remove_unowned`. */
	bool (*drop)(
	    struct host *host, const struct item *have, struct changes *out, struct err *err);

	/* Appends the outputs that follow from the sources as they are on disk now, leaving out
	 * those that `leaving` (changes not yet carried out) is about to take away. The order
	 * of the list keeps trust whole at every instant. */
	bool (*derive)(
	    struct host *host, const struct changes *leaving, struct changes *out, struct err *err);

	/* Runs what must run after the outputs changed. `done` lists what this run changed; with
	 * `rebuild` an earlier run left something to make. ERR_PUBLISH when trust may not be as
	 * wanted. */
	bool (*publish)(
	    struct host *host, const struct changes *done, struct text *notes, struct err *err);

	/* Has the hooks that want to be told of changed outputs run: of `done`, and what
	 * `host->due` has from before. What does not end well, or is not run, is in `host->due`
	 * then. What is gone is in `host->gone`, and the hooks that are there get its links: it
	 * may have another name now. With `rehearsal` none is run, and what could be is taken for
	 * done. NULL: there are no hooks. */
	bool (*tell)(
	    struct host *host, const struct changes *done, bool rehearsal, struct err *err);

	/* For a rehearsal: from now on set() writes into memory only, and all of these functions
	 * answer as if it had written. NULL: this host cannot be imagined. */
	void (*imagine)(struct host *host);
	/* Where the host can be imagined: file_can_set(), also for places that are not its own. */
	bool (*can_set)(struct root *root, const char *path, struct err *err);
	/* In place of publish where the host is imagined: appends what the distribution's own tool
	 * is to make of the sources. `done` as with publish. */
	bool (*foretell)(
	    struct host *host, const struct changes *done, struct changes *out, struct err *err);

	/* What stands at a place, and making it so; set replaces in one step. */
	bool (*capture)(
	    struct host *host, const char *place, struct file_state *out, struct err *err);
	bool (*set)(
	    struct host *host, const char *place, const struct file_state *state, struct err *err);
	/* Of a place whose lines were `before`, which we made `after`, and that others have made
	 * `now`: whether each line of ours that is not there any more named something that was
	 * taken off the host since, such as a root that its distribution has withdrawn. NULL:
	 * never.
	 */
	bool (*withdrawn)(struct host *host, const char *place, struct span before,
	    struct span after, struct span now);
	/* Before a transaction is undone: `undone` has the links among its outputs that are as it
	 * left them, with what they are to be. Appends what keeps in force what others have put
	 * behind them since, such as the next link of a hash; each place there is done with. NULL:
	 * nothing depends on what stands beside it. */
	bool (*keep_others)(
	    struct host *host, const struct changes *undone, struct changes *out, struct err *err);
	/* Makes all that set() did durable. */
	bool (*sync)(struct host *host, struct err *err);

	/* Appends what diagnosis tells beside the items; after observe. NULL: nothing. */
	bool (*remark)(struct host *host, struct remarks *out, struct err *err);

	/* What the services of this host have in their caches for that address, without asking the
	 * network; empty when nothing. NULL for hosts without such caches. */
	bool (*cached)(struct host *host, const char *url, struct bytes *out, struct err *err);

	void (*close)(struct host *host);
};

struct host {
	const struct host_ops *ops;
	struct root root;
	struct facts facts;
	const char *state_folder; /* where its ledger, journal and floors are, below its root */
	const char *unchangeable; /* why this run cannot change it, or NULL */
	enum host_serves serves;
	bool run_tools; /* of an image: its rebuild tools and hooks may run, confined to it */
	/* publish could not have the tool make what follows from the sources, and so these roots
	 * are not in force yet (ITEM_PRESENT), or still are (ITEM_ABSENT) */
	bool waits;
	struct items waiting;
	bool rebuilt;      /* publish had the tool make it anew from the sources, in this run */
	struct hooks due;  /* of its hooks those that have to be run yet */
	struct hooks gone; /* hooks that were due, and are gone */
	/* Certificates of the bundle without a source that go with the next rebuild, or NULL: no
	 * rebuild keeps those. */
	const struct items *going;
	/* the trust lists that were read of it, and of bundles for it: each is read once */
	struct ctls ctls;
	/* derive follows what was taken away, and nothing was added: so what sources of others
	 * hold, and no rebuild has brought into force yet, goes on waiting. The distribution's own
	 * tool cannot make that difference. */
	bool lets_go;
	void *data; /* of the backend */
};

/* Opens the system at `root` ("/" is this host), finds out what it is and its facts.
 * ERR_HOST when no backend knows it. */
bool host_open(const char *root, struct host *out, struct err *err) MUST_CHECK;
/* The same for a system that is not open; it searches for its folders, which an open one knows. */
const char *host_state_folder(struct root *root);
void host_close(struct host *host);
