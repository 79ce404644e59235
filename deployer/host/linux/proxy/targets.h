/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The consumers of a proxy on Linux, a row each: the files that they read, in which dialect, and
 * how these are written.
 */
#include "host/host.h"
#include "host/linux/proxy/files.h"

struct target {
	enum proxy_target id;
	const char *about;        /* what it is, for "not on this host" */
	const char *const *marks; /* a host has the target when it has one of these */
	struct proxy_places places;
	proxy_settle *settle;
	enum proxy_dialect dialect;
	const char *takes_effect; /* as in struct item */
	const char *effect;       /* what it takes until a change works, or NULL */
	const char *suse_mark; /* a mark on SUSE alone: elsewhere its program reads other files */
	/* How it is written: statements of the file of `places.files`, a part of our own, or both.
	 */
	proxy_plan_edits *edits;
	const char *part;
	bool part_private;   /* its readers run as root: with a log-in nobody else may read it */
	const char *comment; /* in front of HEADER there */
	proxy_write *write;
	/* What no value may hold, because the syntax of its files cannot say it; not dnf's. */
	const char *unsayable;
};

extern const struct target targets[];
extern const size_t target_count;

/* Its row; NULL where Linux has no such target. */
const struct target *target_of(enum proxy_target id);
bool target_is_here(struct host *host, const struct target *target);
/* Which file a variable has apt read before its own, as a sentence without its full stop; NULL when
 * none does. elsewhere.c */
const char *proxy_apt_config(struct host *host, struct arena *arena);
/* Where the setting would stand. */
const char *target_place(const struct target *target);
