/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Facts of a Linux host: os-release(5), its name, and what the running kernel tells. */
#include "host/host.h"

/* What os-release(5) says, in the arena; "" where it says nothing or cannot be read. */
struct os_release {
	const char *file; /* the one that was read; NULL: none could be */
	const char *id, *id_like, *version_id;
};
struct os_release linux_os_release(struct root *root, struct arena *arena);

/* Fills facts from os-release, the host's name and, where the system runs, uname. */
void linux_read_facts(struct host *host, const char *root);
