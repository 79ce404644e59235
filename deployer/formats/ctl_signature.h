/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Who signed a trust list, and whether that leads to an anchor. Four facts that
 * are never one, because the founding incident was a good signature whose chain could not be
 * built:
 *
 *     ctl_check_signature   the signature is good, by the bytes alone; no dates, no trust
 *     ctl_chain             with what is embedded; with what a host has; with what a policy adds:
 *                           three questions, by what the caller passes as `more` and `anchors`
 *
 * An expired signer is a normal state of the world (Microsoft's certificates live a year and lists
 * carry no timestamp since 2010): ask at `now` and at the list's thisUpdate, and report both.
 *
 * Source: formats.md a.7, a.9 and h.3. PKCS#7 (RFC 2315), as CMS cannot hold such a content; the
 * digest is over the CTL's content octets, that of the nested signature over the whole element.
 */
#include "formats/ctl.h"
#include "model/chain.h"

#define CTL_SIGNER_USAGE "1.3.6.1.4.1.311.10.3.9" /* root list signer: also of the other lists */

enum ctl_verdict { CTL_SIGNATURE_ABSENT, CTL_SIGNATURE_GOOD, CTL_SIGNATURE_BAD };

struct ctl_signature {
	enum ctl_verdict signature, nested;
	/* its certificate among ctl->certificates; empty when it is not there */
	struct span signer;
	bool signer_usage; /* the signer may sign such lists */
	char reason[128];  /* why it is bad, or "" */
};

/* Never fails: what cannot be verified is bad, with the reason. */
void ctl_check_signature(const struct ctl *ctl, struct ctl_signature *out);
const char *ctl_verdict_word(enum ctl_verdict verdict);

/* The certificates that are embedded in the list. */
void ctl_pool(const struct ctl *ctl, struct chain_pool *out);
/* Builds the chain of the signer from `untrusted`, to which the embedded certificates belong, to
 * `anchors`: as of the list's thisUpdate, and now. SHA-1 and MD5 are taken from lists that are from
 * before 2020 alone, when Microsoft changed to SHA-256. CHAIN_NOT_CHECKED when there is no signer,
 * or no pool of anchors; with an empty one it tells the first issuer that is missing. */
struct ctl_stores {
	struct chain_pool *untrusted[CHAIN_POOLS], *anchors[CHAIN_POOLS]; /* up to NULL */
};
struct ctl_chain {
	struct chain_outcome at_this_update, at_now;
};
void ctl_chain(const struct ctl *ctl, const struct ctl_signature *signature,
    const struct ctl_stores *stores, int64_t now, struct ctl_chain *out);

/* The name of the Microsoft root with that SHA-256 that may anchor a trust list, or NULL. Only
 * these count among a host's roots: any other root could sign a list of its own. */
const char *ctl_pinned_root(const uint8_t sha256[SHA256_SIZE]);
