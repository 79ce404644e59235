/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Whether a chain can be built from a certificate to an anchor, from exactly the certificates that
 * the caller gives and without the network. OpenSSL builds and checks it. The outcome says, in the
 * words of interface.md section 8, what came of it and, where an issuer is missing, which one and
 * where to get it.
 */
#include "model/cert.h"

enum chain_result {
	CHAIN_NOT_CHECKED,
	CHAIN_OK,
	CHAIN_MISSING_ISSUER,
	CHAIN_EXPIRED,
	CHAIN_NOT_YET_VALID,
	CHAIN_INVALID_CA,
	CHAIN_UNTRUSTED_ROOT, /* it ends at no anchor, or a link of it is refused */
};

/* Certificates that chains are built from: each is read when the first of them asks for it, and
 * once. */
struct chain_pool {
	struct chain_certificate *list;
	size_t count, capacity;
};
/* Adds a certificate in DER, which is borrowed. */
void chain_pool_add(struct chain_pool *pool, struct span der);
void chain_pool_release(struct chain_pool *pool);

enum { CHAIN_POOLS = 4 };

/* What OpenSSL cannot read among `untrusted` and `anchors` is left out; each ends with NULL. */
struct chain {
	struct span leaf; /* in DER; borrowed */
	struct chain_pool *untrusted[CHAIN_POOLS], *anchors[CHAIN_POOLS];
	/* OpenSSL's: 2 wants 112 bits of every key and digest below the anchor, 0 takes SHA-1 and
	 * MD5 too. */
	int security_level;
};

enum { CHAIN_URL = 256 };

struct chain_outcome {
	enum chain_result result;
	char reason[96];              /* OpenSSL's words; "" when ok */
	char subject[CERT_NAME_TEXT]; /* of the certificate that was at fault */
	char issuer[CERT_NAME_TEXT];  /* of that certificate: the one that is missing, if so */
	char issuer_url[CHAIN_URL]; /* where its AIA says the issuer is (RFC 5280 4.2.2.1), or "" */
};

/* Builds the chain as of each of `count` times, by which dates are judged. Never fails: what cannot
 * be read is CHAIN_UNTRUSTED_ROOT with the reason. */
void chain_build(
    const struct chain *chain, const int64_t *at, size_t count, struct chain_outcome *out);
const char *chain_result_word(enum chain_result result);
