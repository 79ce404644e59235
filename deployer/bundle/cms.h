/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Checks a detached CMS SignedData (RFC 5652) against the keyring's pinned
 * certificates. There is no chain, no trust store and no purpose: a signature
 * counts when it was made by a key of the keyring over exactly these bytes.
 *
 * - The signer is looked up in the keyring by what its SignerInfo names. Certificates and
 *   CRLs inside the CMS are not looked at; they are not refused either, because `openssl cms`
 *   and signing services put them there by default.
 * - Each SignerInfo is judged by itself: one that is foreign or broken counts nothing and
 *   spoils nothing.
 * - SHA-256, -384 or -512; RSA (PKCS #1 v1.5 or PSS) of 2048 bits or more, ECDSA on P-256, P-384
 *   or P-521. Ed25519 (RFC 8419) is none: the CMS of OpenSSL 3 can neither make nor check it, and
 *   what `openssl cms` cannot check is not accepted here. A keyring may hold such a key, for the
 *   day when it can; the reason says so.
 * - Signed attributes are required (a signature without them could be read as one over
 *   attributes); contentType is id-data, messageDigest is that of the content.
 * - The dates of a signer's certificate are not judged: it is pinned, and the keyring has a
 *   date of its own. The signing time is the signer's claim and is not looked at.
 */
#include "bundle/keyring.h"
#include "bundle/manifest.h"

enum { CMS_MAX_BYTES = 1024 * 1024, CMS_MAX_SIGNERS = 64, CMS_DIGESTS = 3 };

/* The signed bytes, and their digests: each computed once, when first asked for. */
struct cms_content {
	struct span bytes;
	bool known[CMS_DIGESTS]; /* SHA-256, SHA-384, SHA-512 */
	uint8_t digest[CMS_DIGESTS][64];
};

/* One SignerInfo of the signature, whether it counts or not. */
struct bundle_signer {
	const char *name;        /* of the keyring, or "" when the key is not pinned */
	const char *subject;     /* as the SignerInfo names it: "issuer, serial HEX"; escaped */
	const struct signer *by; /* of the keyring; NULL when the key is not pinned */
	uint8_t spki_sha256[SHA256_SIZE]; /* zeros when not pinned */
	bool good;
	const char *reason; /* why not good; "" else */
};

/* Judges every SignerInfo. `keyring` may be NULL: none is good then. The list and its strings
 * go into `arena`. ERR_TRUST when `signature` is no detached DER SignedData over data. */
bool cms_verify(struct span signature, struct cms_content *content, const struct keyring *keyring,
    struct arena *arena, struct bundle_signer **signers, size_t *count, struct err *err) MUST_CHECK;

/* Marks the signatures as not good whose signers may not sign a bundle with this manifest. */
void cms_restrict(struct bundle_signer *signers, size_t count, const struct manifest *manifest);

/* ERR_TRUST, naming who has to sign it too, and each signature that does not count and why, unless
 * good ones by `threshold` distinct public keys are there. Who may sign is known by `manifest`;
 * while it is NULL, only those are named who may sign everything. */
bool cms_threshold(const struct bundle_signer *signers, size_t count, const struct keyring *keyring,
    const struct manifest *manifest, struct err *err) MUST_CHECK;
