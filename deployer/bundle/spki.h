/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The public key of a signer, from its SubjectPublicKeyInfo (RFC 5280 4.1,
 * RFC 3279, RFC 5480, RFC 8410). Read by the strict TLV walk, so that a keyring's rule about
 * strength costs no decoding, and given to OpenSSL by its numbers: d2i_X509 and d2i_PUBKEY go
 * through the decoders of the providers and take ten times as long.
 */
#include "base/text.h"

enum spki_kind { SPKI_RSA, SPKI_EC, SPKI_ED25519 };

struct spki {
	enum spki_kind kind;
	const char *curve;             /* OpenSSL's name of it; EC only */
	struct span point;             /* EC only */
	struct span modulus, exponent; /* big-endian; RSA only */
};

/* ERR_POLICY unless it is RSA of 2048 to 16384 bits, ECDSA on P-256, P-384 or P-521, or Ed25519.
 * The spans point into `span`. */
bool spki_parse(struct span span, struct spki *out, struct err *err) MUST_CHECK;

/* The key of an RSA or EC signer for OpenSSL, for the caller to free; NULL when it has none or
 * refuses it (a point that is not on the curve). */
struct evp_pkey_st *spki_key(const struct spki *spki);
