/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * How a family of distributions keeps its trust store: each is one of the tables below, and a file
 * or a folder in layouts/. A layout holds `root` and `disallowed` certificates only: an
 * intermediate in the anchor folder of a Linux distribution becomes a trust anchor.
 */
#include "host/host.h"

/* Each function means what it means in struct host_ops; `state` is what open returned. */
struct trust_layout {
	const char *name;
	/* The distributions that have it: IDs of os-release(5), with blanks around each. */
	const char *ids;
	const char *tool;    /* of the distribution, which rebuilds the store; NULL: none */
	const char *bundle;  /* the file that most programs read; NULL: none that we rebuild */
	const char *sources; /* the folder that the administrator's certificates go into */
	/* The folders of distrusted certificates, the one with today's name first; NULL: there are
	 * none. */
	const char *blocklists[2];
	/* Whether the system at `root` has what this layout needs. */
	bool (*present)(struct root *root);
	void *(*open)(const struct trust_layout *layout);
	bool (*observe)(void *state, struct host *host, const struct observing *how,
	    struct items *have, struct err *err);
	/* `want` is of store root or disallowed. */
	bool (*express)(void *state, struct host *host, struct item *want, struct err *err);
	bool (*put)(void *state, struct host *host, const struct item *want,
	    const struct item *have, struct changes *out, struct err *err);
	bool (*drop)(void *state, struct host *host, const struct item *have, struct changes *out,
	    struct err *err);
	/* As in struct host_ops; NULL: this layout needs none. */
	bool (*publish)(void *state, struct host *host, const struct changes *done,
	    struct text *notes, struct err *err);
	bool (*tell)(void *state, struct host *host, const struct changes *done, bool rehearsal,
	    struct err *err);
	bool (*derive)(void *state, struct host *host, const struct changes *leaving,
	    struct changes *out, struct err *err);
	bool (*foretell)(void *state, struct host *host, const struct changes *done,
	    struct changes *out, struct err *err);
	bool (*remark)(void *state, struct host *host, struct remarks *out, struct err *err);
	bool (*withdrawn)(void *state, struct host *host, const char *place, struct span before,
	    struct span after, struct span now);
	bool (*keep_others)(void *state, struct host *host, const struct changes *undone,
	    struct changes *out, struct err *err);
	void (*close)(void *state);
	const void *paths; /* what distinguishes one layout from another of its kind */
};

extern const struct trust_layout alpine_layout, debian_layout, none_layout;
extern const struct trust_layout fedora_layout, suse_layout, arch_layout;

/* The layout of the system at `root`, by what os-release and the distribution's own tool say: a
 * folder of another layout, which any role or container file may have made, decides only where
 * neither says anything. none_layout where no trust store is kept. */
const struct trust_layout *layout_choose(struct root *root);
/* The next layout behind `after` (NULL: the first) other than `chosen` whose folder for the
 * administrator's certificates holds something, which this host does not read; NULL: none. */
const struct trust_layout *layout_next_stray(
    struct root *root, const struct trust_layout *chosen, const struct trust_layout *after);

/* The next layout behind `after` (NULL: the first) whose folder for the administrator's
 * certificates neither `chosen` nor an earlier layout has; NULL: none. */
const struct trust_layout *layout_next_other(
    const struct trust_layout *chosen, const struct trust_layout *after);
