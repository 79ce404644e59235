/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The public key of a signer, from its SubjectPublicKeyInfo (RFC 5280 4.1,
 * RFC 4055, RFC 5480, RFC 8410). Read by the strict TLV walk, so that a keyring's rule about
 * strength costs no decoding, and given to OpenSSL by its numbers: d2i_X509 and d2i_PUBKEY go
 * through the decoders of the providers and take ten times as long.
 *
 * A key has one encoding here: parameters NULL for RSA and none for Ed25519, points uncompressed,
 * INTEGERs without needless zeros. OpenSSL takes others too, and one key in two of them would
 * count as two signers.
 */
#include "base/digest.h"
#include "base/text.h"

enum spki_kind { SPKI_RSA, SPKI_EC, SPKI_ED25519 };

struct spki {
	enum spki_kind kind;
	const char *curve;             /* OpenSSL's name of it; EC only */
	struct span point;             /* uncompressed; Ed25519: the key */
	struct span modulus, exponent; /* big-endian; RSA only */
};

/* ERR_POLICY unless it is RSA of 2048 to 16384 bits with an odd exponent of 65537 or more (FIPS
 * 186-5 5.1), ECDSA on P-256, P-384 or P-521, or Ed25519. The spans point into `span`. */
bool spki_parse(struct span span, struct spki *out, struct err *err) MUST_CHECK;

/* What tells one signer's key from another's: equal for keys that one private key serves, which are
 * also those of one RSA modulus with two exponents, and of an EC point and its negative. */
void spki_identity(const struct spki *spki, uint8_t out[SHA256_SIZE]);

/* The key of an RSA or EC signer for OpenSSL, for the caller to free; NULL when it has none or
 * refuses it (a point that is not on the curve). */
struct evp_pkey_st *spki_key(const struct spki *spki);
