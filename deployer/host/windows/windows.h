/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A Windows host over its registry (registry.h). windows.c is the backend that host_open finds; it
 * joins trust, proxies, lists and updates, which each say what is there; what is to be there is
 * encoded (host/windows/encode) and staged (stage.h).
 */
#include "host/windows/stage.h"

/* Opens `host`, whose root is open, as Windows over the registry that `open_registry` opens, and
 * fills its facts; `root` is "" for the live system. */
bool windows_open(struct host *host, const char *root, registry_opener *open_registry,
    struct err *err) MUST_CHECK;
/* Fills the host's facts from its registry; see facts.c. */
bool windows_read_facts(struct host *host, const char *root, struct err *err) MUST_CHECK;

/* The stores of certificates; see trust.c. The meaning is that of struct host_ops. */
bool windows_trust_observe(
    struct host *host, const struct observing *how, struct items *have, struct err *err) MUST_CHECK;
/* Appends what makes a certificate count that is switched off where it stands. */
bool windows_trust_enable(
    struct host *host, const struct item *have, struct changes *out, struct err *err) MUST_CHECK;
bool windows_trust_drop(
    struct host *host, const struct item *have, struct changes *out, struct err *err) MUST_CHECK;

/* Proxies; see proxy.c. */
bool windows_proxy_observe(
    struct host *host, const struct observing *how, struct items *have, struct err *err) MUST_CHECK;

/* Microsoft's trust lists; see lists.c. */
bool windows_lists_observe(
    struct host *host, const struct observing *how, struct items *have, struct err *err) MUST_CHECK;
bool windows_lists_put(
    struct host *host, const struct item *want, struct changes *out, struct err *err) MUST_CHECK;

/* How Windows updates its roots; see update.c. */
bool windows_update_observe(struct host *host, struct items *have, struct err *err) MUST_CHECK;
