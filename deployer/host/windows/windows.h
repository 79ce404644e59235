/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A Windows host over its registry (registry.h). windows.c is the backend that host_open finds; it
 * joins trust, proxies and places, and knows neither stores nor settings.
 *
 * A place of the registry, as the engine's journal names it (changes.h):
 *
 *     HKLM\SOFTWARE\...\KEY\          a key: FILE_FOLDER
 *     HKLM\SOFTWARE\...\KEY\NAME      a value: FILE_REGULAR, its type as mode, its data as content
 *
 * What set() makes of them is seen at once by observe(). It is that of a volume when sync() returns
 * true: each hive is replaced once a run, as a whole. On the Windows that runs it is everybody's at
 * once, and durable when sync() returns.
 */
#include "host/host.h"
#include "host/windows/registry.h"

struct windows {
	struct registry registry;
};

static inline struct registry *windows_registry(struct host *host)
{
	return &((struct windows *)host->data)->registry;
}

/* True when a Windows volume is there, whatever the case of its folders. */
bool windows_present(struct root *root);
/* Opens `host`, whose root is open, as Windows over the registry that `open_registry` opens, and
 * fills its facts; `root` is "" for the live system. */
bool windows_open(struct host *host, const char *root, registry_opener *open_registry,
    struct err *err) MUST_CHECK;
/* Fills the host's facts from its registry; see facts.c. */
bool windows_read_facts(struct host *host, const char *root, struct err *err) MUST_CHECK;

/* Appends what makes the value `name` of the key at `path` be `after` (taken over; of type
 * REGISTRY_ABSENT: gone), and the keys that it needs. */
bool windows_stage(struct host *host, struct changes *out, const char *path, const char *name,
    struct registry_value *after, struct err *err) MUST_CHECK;
/* Appends that the key at `path` goes, where `out` leaves it empty. */
bool windows_stage_prune(
    struct host *host, struct changes *out, const char *path, struct err *err) MUST_CHECK;

/* The stores of certificates; see trust.c. The meaning is that of struct host_ops. */
bool windows_trust_observe(
    struct host *host, const struct observing *how, struct items *have, struct err *err) MUST_CHECK;
bool windows_trust_put(struct host *host, const struct item *want, const struct item *have,
    struct changes *out, struct err *err) MUST_CHECK;
bool windows_trust_drop(
    struct host *host, const struct item *have, struct changes *out, struct err *err) MUST_CHECK;

/* The machine's proxies; see proxy.c. */
bool windows_proxy_observe(
    struct host *host, const struct observing *how, struct items *have, struct err *err) MUST_CHECK;
void windows_proxy_express(struct host *host, struct item *want, struct arena *arena);
bool windows_proxy_put(
    struct host *host, const struct item *want, struct changes *out, struct err *err) MUST_CHECK;

/* Microsoft's trust lists; see lists.c. */
bool windows_lists_observe(
    struct host *host, const struct observing *how, struct items *have, struct err *err) MUST_CHECK;
void windows_lists_express(struct host *host, struct item *want);
bool windows_lists_put(
    struct host *host, const struct item *want, struct changes *out, struct err *err) MUST_CHECK;

/* How Windows updates its roots; see update.c. */
bool windows_update_observe(struct host *host, struct items *have, struct err *err) MUST_CHECK;
bool windows_update_put(
    struct host *host, const struct item *want, struct changes *out, struct err *err) MUST_CHECK;
