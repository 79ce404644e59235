/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The consumers of a proxy on Linux, a row each. A row stands in the file that reads and writes
 * what its program reads; LINUX_TARGET_VOCABULARY of model/words.h names all of them.
 */
#include "host/host.h"
#include "host/linux/proxy/files.h"

#define PATHS(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

struct target {
	enum proxy_target id;
	const char *about;        /* what it is, for "not on this host" */
	const char *const *marks; /* a host has the target when it has one of these */
	const char *suse_mark; /* a mark on SUSE alone: elsewhere its program reads other files */
	struct proxy_places places;
	proxy_settle *settle;
	enum proxy_dialect dialect;
	const char *takes_effect; /* as in struct item */
	const char *effect;       /* what it takes until a change works, or NULL */
	/* How it is written: statements of the file of `places.files`, a part of our own, or both.
	 */
	proxy_plan_edits *edits;
	const char *part;
	bool part_private;   /* its readers run as root: nobody else may read the file when it holds
	                      * a log-in */
	const char *comment; /* in front of the first line of a part */
	proxy_write *write;
	const char *const *writes; /* all places of that, as in struct host_ops */
	/* Characters that no value may hold, because the syntax of its files cannot say them; or,
	 * where characters do not decide it, a function that says why a setting cannot stand there
	 * (NULL when it can). */
	const char *unsayable;
	const char *(*why_unsayable)(const struct proxy *want, struct arena *arena);
	/* Each may be NULL. Says why the files cannot hold a setting that could be said in them;
	 * adds to `note` what not every version of its readers takes. */
	const char *(*refuses)(const struct proxy *want, struct arena *arena, struct text *note);
	/* Says what on the host keeps the setting from counting. */
	const char *(*warns)(struct host *host, struct arena *arena);
};

#define TARGET_DECLARED(identifier, word) extern const struct target identifier##_ROW;
LINUX_TARGET_VOCABULARY(TARGET_DECLARED)

extern const struct target *const targets[];
extern const size_t target_count;

/* Its row; NULL where Linux has no such target. */
const struct target *target_of(enum proxy_target id);
bool target_is_here(struct host *host, const struct target *target);
/* Names the file in which a variable has apt read another one before its own, as a sentence without
 * its full stop; NULL when none does. elsewhere.c */
const char *proxy_apt_config(struct host *host, struct arena *arena);
/* Where the setting would stand. */
const char *target_place(const struct target *target);
/* Whether some target that the host has reads the file. */
bool target_reads(struct host *host, const char *path);

/* A part as systemd takes it: conf_files_list(). */
bool target_is_conf(const char *name);
