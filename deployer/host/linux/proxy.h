/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The proxy of a Linux host. There is no such thing as "the" proxy there: each
 * consumer reads files of its own in a dialect of its own, so each is a target,
 * an item "proxy/TARGET" (a row each, below proxy/):
 *
 *     environment    /etc/environment              logins, through pam_env
 *     environment_d  /etc/environment.d            what the user's service manager starts
 *     systemd        /etc/systemd/system.conf.d    system services
 *     apt            /etc/apt/apt.conf.d, apt.conf
 *     dnf            /etc/dnf/dnf.conf, else /etc/yum.conf
 *     zypper         /etc/sysconfig/proxy
 *
 * An observed value is what that consumer would use, after all files it reads
 * in the order it reads them. Where the consumer has a folder of parts, only a
 * part of our own is written; it is named so that it is read late, and it says
 * the whole setting, so that foreign parts need not be touched. Elsewhere the
 * setting's own lines are replaced in place; all other bytes of the file stay.
 *
 * Refused here: running anything, deleting foreign files. A log-in is written where
 * the setting that is put holds one: from the policy's file, or as it was there.
 */
#include "host/host.h"

/* Appends an item for each target that this host has; "direct" when nothing is set. A target
 * whose files cannot be read is an item with the value "unreadable", no setting and a note; one
 * whose consumer cannot use them has a setting with a fault, and the note says it. */
bool linux_proxy_observe(struct host *host, struct items *have, struct err *err) MUST_CHECK;

/* `want` has the policy's setting; see express of struct host_ops. */
void linux_proxy_express(struct host *host, struct item *want, struct arena *arena);

/* `want` went through linux_proxy_express. Looks at the result before it appends anything:
 * ERR_HOST names the file and line when another file would win over ours, and nothing is
 * appended then. `have` may be NULL. */
bool linux_proxy_put(struct host *host, const struct item *want, const struct item *have,
    struct changes *out, struct err *err) MUST_CHECK;

/* Takes the setting away: put with "direct". */
bool linux_proxy_drop(
    struct host *host, const struct item *have, struct changes *out, struct err *err) MUST_CHECK;

/* `others`, and behind them all places that are written for proxies, up to NULL (`places` of struct
 * host_ops); in `arena`. */
const char *const *linux_proxy_places(const char *const *others, struct arena *arena);

/* For diagnosis: files that set a proxy and that no target reads. */
void linux_proxy_remark(struct host *host, struct remarks *out);

/* For publish: what a person still has to do until what was changed works, one line each. */
void linux_proxy_notes(const struct changes *done, struct text *notes);
