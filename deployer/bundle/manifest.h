/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * manifest.yaml, the first member of a bundle's cabinet: id, version, dates,
 * and for each other member its kind, size and SHA-256 (interface.md section 7).
 */
#include "formats/fields.h"
#include "model/words.h"

#define MANIFEST_NAME "manifest.yaml"

#define MEMBER_VOCABULARY(FIRST, NEXT)                                                             \
	FIRST(MEMBER_CERTIFICATE, "certificate")                                                   \
	NEXT(MEMBER_CTL, "ctl")                                                                    \
	NEXT(MEMBER_POLICY, "policy")                                                              \
	NEXT(MEMBER_KEYRING, "keyring")

enum member_kind { WORDS_ENUM(MEMBER_VOCABULARY) MEMBER_KINDS };

struct manifest_entry {
	const char *file;
	int kind;  /* enum member_kind */
	int store; /* enum store; certificates only, else -1 */
	int list;  /* enum ctl_list; ctl only, else -1 */
	struct fingerprint sha256;
	uint64_t size;
	struct position position;
};

struct manifest {
	uint64_t schema_version;
	const char *id;
	uint64_t version;
	int64_t created, expires;
	struct list contents;    /* of struct manifest_entry */
	char digest[SHA256_HEX]; /* of manifest_digest */
	struct arena arena;
};

extern const struct fields manifest_fields;

bool manifest_parse(
    struct span span, const char *file, struct manifest *out, struct err *err) MUST_CHECK;
/* The entry whose bytes have this SHA-256, or NULL. */
const struct manifest_entry *manifest_find(
    const struct manifest *manifest, const uint8_t sha256[SHA256_SIZE]);
/* The document, as manifest_parse reads it. */
void manifest_write(const struct manifest *manifest, struct text *out);
/* Sets the digest, as manifest_parse does: the SHA-256 of what a host gets from it, which is kind,
 * store or list, and digest of each member, whatever their order and file names. Equal for a bundle
 * that was signed again, whose dates were renewed, or whose recipe was put into another order. */
void manifest_digest(struct manifest *manifest);
void manifest_release(struct manifest *manifest);

/* What recipes share with manifests: the words and the rules. */
extern const char *const member_words[];
bool manifest_check_kind(int kind, int store, int list, struct err *err) MUST_CHECK;
