/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The keyring: which keys may sign, and how many of them must (interface.md
 * section 7). A signer is its pinned certificate; what counts is its public
 * key, by what it is and not by how it is encoded (bundle/spki). Refused at load: a key that is
 * there twice, a weak one, and a threshold of 0 or above the number of signers that can sign.
 */
#include "base/file.h"
#include "formats/emit.h"
#include "formats/fields.h"

enum { KEYRING_MAX_SIGNERS = 64, KEYRING_MAX_BYTES = 1024 * 1024 };

struct signer {
	const char *name;
	struct span certificate;          /* DER, in the keyring's arena */
	struct span issuer, serial, spki; /* of it, whole elements */
	uint8_t spki_sha256[SHA256_SIZE]; /* for people */
	uint8_t key[SHA256_SIZE];         /* spki_identity: what is compared */
	bool cannot_sign;     /* Ed25519, which CMS cannot use: its signature never counts */
	struct texts ids;     /* globs of the bundles that it may sign; none: all */
	struct choices kinds; /* of members (enum member_kind); none: all */
};

struct keyring {
	uint64_t version;
	int64_t expires;
	uint64_t threshold;
	struct signer *signers;
	size_t count;
	bool waiting; /* it is in force, and keyring_install() has not come yet */
	struct arena arena;
};

extern const struct fields keyring_fields;

/* Reads the keyring file, which ordinary users must not be able to write: the next version beside
 * it, when a rotation that was killed has left that. */
bool keyring_load(
    const char *path, enum file_trust trust, struct keyring *out, struct err *err) MUST_CHECK;
/*
 * A rotation has two steps; between them the caller makes the host refuse the older version. After
 * the first step the new keyring lies in PATH.next and is in force; after the second it is PATH. So
 * whenever a run is killed the host accepts one of the two, and never goes back to the older one.
 */
bool keyring_prepare(const char *path, struct span content, struct err *err) MUST_CHECK;
bool keyring_install(const char *path, struct err *err) MUST_CHECK;
/* ERR_POLICY with the place. Expiry is judged by the caller of bundle_open. */
bool keyring_parse(
    struct span span, const char *file, struct keyring *out, struct err *err) MUST_CHECK;
/* Whether both accept the same: expiry, threshold, and each key with what it may sign. */
bool keyring_equal(const struct keyring *a, const struct keyring *b) MUST_CHECK;
/* What the signer may sign, as the pair `may` of an open map; nothing when that is everything. */
void keyring_emit_may(struct emit *e, const struct signer *signer);
void keyring_release(struct keyring *keyring);
