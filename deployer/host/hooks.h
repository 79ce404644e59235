/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Hooks that are due: programs of the distribution or its administrator that want to be told when
 * the trust store has changed, such as the one of Java's keystore, and that have not been told, or
 * have failed. A host fills the list, the engine keeps it from run to run.
 */
#include "base/mem.h"

struct hook {
	const char *name; /* in the host's folder of hooks: one component */
	const char *why;  /* that it is due: "ended with status 3: disk full" */
	/* known to the run that looked: where it is, and what makes it run; else NULL */
	const char *path, *next;
	const char **links; /* names of what came or went since it last ended well */
	size_t link_count, link_capacity;
	bool passed_on; /* of one that is gone: a hook that is there was run with its links */
};

struct hooks {
	struct hook *list; /* in the order of adding */
	size_t count, capacity;
	struct arena arena;
};

/* NULL when there is none of that name. */
struct hook *hooks_find(const struct hooks *hooks, const char *name);
/* The one of that name, added when there is none; valid until the next is added. */
struct hook *hooks_add(struct hooks *hooks, const char *name);
/* Adds the link, unless it is there. */
void hooks_add_link(struct hooks *hooks, struct hook *hook, const char *link);
void hooks_remove(struct hooks *hooks, struct hook *hook);
void hooks_release(struct hooks *hooks);
