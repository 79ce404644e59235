/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Signs bundles: adds one SignerInfo over the cabinet's bytes and keeps those that
 * are there. The digest signed is always computed from the cabinet here, never
 * copied from another signer's attributes. No certificate is embedded.
 *
 *     sign_key_open → sign_add (any number of bundles) → sign_key_release
 *
 * The private key is a PEM file, or a URI ("pkcs11:…", "file:…") that an OpenSSL provider
 * opens as a store; for "pkcs11:" the pkcs11 engine is asked when no provider can.
 */
#include "base/bytes.h"

enum { SIGN_MAX_KEY_FILE = 256 * 1024, SIGN_MAX_PASSPHRASE = 1024 };

struct sign_key {
	struct x509_st *certificate;
	struct evp_pkey_st *key;
	struct engine_st *engine; /* that holds the key; or NULL */
};

/* `certificate` is a PEM or DER file, `key` a PEM file or a URI. `passphrase_file` (or NULL)
 * gives the passphrase or PIN as its first line; without it a terminal is asked, and
 * without a terminal the sentence says so. ERR_USAGE when certificate and key do not belong
 * together or the key is too weak, ERR_IO when they cannot be read. */
bool sign_key_open(const char *certificate, const char *key, const char *passphrase_file,
    struct sign_key *out, struct err *err) MUST_CHECK;
void sign_key_release(struct sign_key *key);

/* Adds a signature to a bundle, or to a cabinet that has none yet; `bundle` is replaced. What
 * is signed must be a whole bundle: manifest, members, sizes and digests are checked first.
 * ERR_USAGE when this certificate has signed it already. */
bool sign_add(struct bytes *bundle, const struct sign_key *key, struct err *err) MUST_CHECK;
