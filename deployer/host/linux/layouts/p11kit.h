/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The layouts that p11-kit reads (Fedora and RHEL, SUSE, Arch): a folder of
 * sources, in which the subfolder is the verdict, shipped ones below /usr with
 * the same shape, and a tool of the distribution that extracts bundles from
 * them. We write sources and run that tool; we never write what it extracts.
 *
 *     SOURCE/anchors/      each certificate is a trust anchor
 *     SOURCE/blocklist/    each certificate is distrusted; older: blacklist/
 *     SOURCE/              the file itself says: .p11-kit, TRUSTED CERTIFICATE
 *
 * Distrust is stronger than trust. In force is what the extracted bundle for TLS
 * servers holds: a shipped certificate that is not in it is one for other
 * purposes and is no item here; one that the administrator added and that is
 * not in it waits for the tool. Learnt from trust(1), p11-kit's
 * doc/internal/persist-format and the scripts of the distributions.
 */
#include "host/linux/linux.h"

struct p11kit_paths {
	const char *source, *shipped, *bundle;
	const char *tool[3];
};

enum verdict { VERDICT_NONE, VERDICT_TRUSTED, VERDICT_DISTRUSTED };

/* One certificate of one file. */
struct p11kit_anchor {
	uint8_t sha256[SHA256_SIZE];
	enum verdict verdict;
	const char *path, *label;
	const char *fault; /* or NULL */
	struct span der;   /* in the arena */
	bool shipped;
	bool alone; /* the only certificate of its file */
};

struct p11kit_sources {
	struct p11kit_anchor *list; /* sorted by digest, then in the order of reading */
	size_t count, capacity;
	bool incomplete; /* something shipped could not be read, so who knows what it trusts */
	struct arena arena;
};

bool p11kit_read(struct host *host, const struct p11kit_paths *paths, struct p11kit_sources *out,
    struct err *err) MUST_CHECK;
void p11kit_release(struct p11kit_sources *sources);
/* The first anchor of that digest and how many there are. */
const struct p11kit_anchor *p11kit_find(
    const struct p11kit_sources *sources, const uint8_t sha256[SHA256_SIZE], size_t *count);
