/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What tests of bundles are made of: keys made on the spot, keyrings over them,
 * cabinets with any manifest, and signatures with any fault. The product's own signing
 * is not used, so that what it refuses to make can still be made here. Any failure
 * aborts: a test cannot go on without it.
 */
#include "bundle/bundle.h"
#include "bundle/cabinet.h"
#include "bundle/sign.h"

enum { KIT_NOW = 1795428000 }; /* 2026-11-23T10:00:00Z */

struct kit_signer {
	const char *name;
	struct sign_key key; /* certificate and private key */
	struct bytes pem;    /* of the certificate */
};

/* `algorithm`: "P-256", "P-384", "P-521", "P-224", "ED25519", or "RSA-" and the bits. Two signers
 * of one name and serial have certificates with equal issuer and serial. */
struct kit_signer kit_signer(const char *name, const char *algorithm, unsigned serial);
/* Another certificate for the key of `other`. */
struct kit_signer kit_signer_again(
    const char *name, const struct kit_signer *other, unsigned serial);
void kit_signer_release(struct kit_signer *signer);

/* A keyring document; expires is a date, or NULL for 2030-01-01. */
void kit_keyring(struct bytes *out, unsigned version, const char *expires, unsigned threshold,
    const struct kit_signer *const *signers, size_t count);

/* A cabinet of these files as they are, stored or MSZIP. */
void kit_cabinet(struct bytes *out, const struct cabinet_file *files, size_t count, bool mszip);

/* Puts `with` in place of each `what` of the same length. */
void kit_replace(struct bytes *bytes, const char *what, const char *with);

struct kit_seal {
	const struct kit_signer *const *signers;
	size_t count;
	const char *digest;         /* "SHA256" unless said */
	bool embed;                 /* certificates in the CMS */
	bool no_attributes;         /* sign the content itself */
	bool by_key_id;             /* name the signer by its key identifier */
	bool attached;              /* content in the CMS */
	bool pss;                   /* RSA-PSS */
	const char *mgf;            /* with it: the digest of MGF1, if not that of the content */
	const int *salt;            /* with it: the salt's length, if not that of the digest */
	const struct span *instead; /* sign these bytes, not the cabinet */
};

/* Adds a DER element of up to 64 KiB. */
void kit_der(struct bytes *out, uint8_t tag, struct span content);

/* The CMS over a cabinet, and a bundle of both with its trailer. */
void kit_sign(struct span cabinet, const struct kit_seal *seal, struct bytes *cms);
void kit_join(struct span cabinet, struct span cms, struct bytes *bundle);
void kit_seal(struct span cabinet, const struct kit_seal *seal, struct bytes *bundle);

/* A manifest for these files: "policy/…" and "keyring/…" are of that kind, all others are
 * certificates for root. Created 2026-11-01, expires 2027-05-23. */
void kit_manifest(struct text *out, const char *id, unsigned long long version,
    const struct cabinet_file *files, size_t count);

/* Three signers on P-256, the keyring 2-of-3 over them, and a bundle "example.corp" of version
 * 12 with two members that the first two signed. */
struct kit_world {
	struct kit_signer signers[3];
	const struct kit_signer *all[3];
	struct bytes keyring_text;
	struct keyring keyring;
	struct bytes cabinet, bundle;
};
void kit_world(struct kit_world *out);
void kit_world_release(struct kit_world *world);
/* The cabinet of such a manifest and these files. */
void kit_contents(struct bytes *out, const char *id, unsigned long long version,
    const struct cabinet_file *files, size_t count);
/* Opens a copy of these bytes with the world's keyring. */
bool kit_open(const struct kit_world *world, struct span bytes, struct bundle *out,
    struct err *err) MUST_CHECK;
