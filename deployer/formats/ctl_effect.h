/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What trust lists mean for a certificate: which ones the list `disallowed` forbids,
 * and what an entry of `authroot` leaves of a root's trust.
 *
 * Source: formats.md a.4 and a.5; what the words of Microsoft's page on deprecating roots
 * have to do with the attributes is inferred there.
 */
#include "formats/ctl.h"
#include "model/cert.h"

/* Whether the list names the certificate, by the MD5 of its public key or by the hash of its signed
 * part. Such a list has no thumbprints. */
bool ctl_disallows(const struct ctl *disallowed, const struct cert *cert);

/* What an entry takes away from a root; several may hold at once. */
enum ctl_limit {
	CTL_LIMIT_DISABLED = 1,   /* 104: nothing signed after the date; or at all */
	CTL_LIMIT_USAGES = 2,     /* 122: some usages are gone */
	CTL_LIMIT_NOT_BEFORE = 4, /* 126: nothing issued after the date; 127: for some usages */
};
/* Bits of enum ctl_limit that hold at `now`. An empty date, likely "whatever the date", holds. */
unsigned ctl_limits(const struct ctl_entry *entry, int64_t now);
