/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Everything that a run of the engine needs, made in memory: a fake host, policies from text,
 * bundles with certificates made on the spot, and a state folder in memory too where the system has
 * one.
 */
#include "engine/run.h"
#include "fake_bundle.h"
#include "fake_host.h"
#include "state/history.h"

enum { WORLD_NOW = 1795428000, WORLD_CERTIFICATES = 6 };

struct world {
	struct fake *fake;
	struct host host;
	struct root root;
	char folder[64];
	struct policies policies;
	struct bundles bundles;
	struct run run;
	struct bytes der[WORLD_CERTIFICATES];
	char hex[WORLD_CERTIFICATES][SHA256_HEX];
	char key[WORLD_CERTIFICATES][96]; /* "root/96bc…" */
};

void world_open(struct world *world);
void world_close(struct world *world);
/* A suite whose tests each begin with a `world` of their own. */
#define WORLD_SUITE(name)                                                                          \
	static struct world world;                                                                 \
	static void open_world(void)                                                               \
	{                                                                                          \
		world_open(&world);                                                                \
	}                                                                                          \
	static void close_world(void)                                                              \
	{                                                                                          \
		world_close(&world);                                                               \
	}                                                                                          \
	TestSuite(name, .init = open_world, .fini = close_world);
/* Forgets what the state folder holds. */
void world_forget(struct world *world);

/* The policies are these documents from now on, up to a NULL. */
void world_policies(struct world *world, ...) __attribute__((sentinel));
/* "schema_version: 1\nname: NAME\n" and a rule for each letter: certificate `letter - 'a'` is to be
 * present (lower case, out of bundle "corp") or absent (upper case). `rest` is appended. */
void world_letters(struct world *world, const char *letters, const char *rest);
void world_no_bundles(struct world *world);
/* Bundle "corp" with all certificates in store root. */
void world_bundle(struct world *world, uint64_t version, int64_t created, int64_t expires);

/* Runs that must succeed; the outcome is the caller's. */
void world_check(struct world *world, struct outcome *out);
void world_apply(struct world *world, struct outcome *out);
void world_rollback(struct world *world, const char *id, struct outcome *out);
/* An apply whose outcome nobody looks at; must end compliant. */
void world_comply(struct world *world);
/* Runs apply (or rollback) in a child that dies in the fake host's call of that number; false when
 * it ended by itself. */
bool world_die(struct world *world, size_t call, bool half, bool rollback);

/* Fails the test unless ledger and host say the same, and no transaction is open. */
void world_agrees(struct world *world);

#define WORLD_PROXY_ONE "proxy: {mode: static, http: one.example:1}\n"
#define WORLD_PROXY_TWO "proxy: {mode: static, http: two.example:2}\n"

/* Begins anew with two shipped roots (a, b) and one of an administrator (c); d and e are ours by an
 * earlier policy. The policy then is one that adds f, keeps d, drops e, and changes the proxy. */
void world_start(struct world *world);
/* Fails the test unless exactly these certificates are in force. */
void world_trusts(struct world *world, const char *letters);
/* The step about a certificate; it must be there. */
const struct step *world_step(
    const struct world *world, const struct outcome *out, size_t certificate);
/* A copy of the host, to be freed. */
struct fake *world_snapshot(const struct world *world);
