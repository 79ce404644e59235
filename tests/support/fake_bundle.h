/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Bundles for tests of what comes behind verification: a stored cabinet made here, opened without a
 * signature and put among the candidates as if it had been verified. What signing and verifying do
 * is tested elsewhere.
 */
#include "bundle/bundle.h"

struct fake_member {
	const char *file, *store;
	struct span der;
};

/* Adds a verified bundle to `bundles`, which gets an empty keyring. */
void fake_bundle(struct bundles *bundles, const char *id, uint64_t version, int64_t created,
    int64_t expires, const struct fake_member *members, size_t count);
/* Adds a file that was refused. */
void fake_refused_bundle(struct bundles *bundles, const char *reason);
/* A stored cabinet of these files. */
struct bytes fake_cabinet(const char *const *names, const struct span *contents, size_t count);
