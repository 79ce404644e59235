/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What OpenSSL trusts by folders of hash links that we do not make: those of a distribution's tool
 * (`trust extract --format=pem-directory-hash`), and what somebody has put there by hand. Read as
 * X509_LOOKUP_hash_dir does (by_dir.c and by_file.c of OpenSSL 3.0): for a subject's hash
 * HHHHHHHH.0, .1 and so on, until one is missing or cannot be read; and, what that does not come
 * to, as OpenSSL's loader of files does (loader.h).
 */
#include <stddef.h>

#include "host/linux/certificates.h"
#include "host/linux/layout.h"

enum { HASH_FOLDERS = 3 };

/* Where programs look by default, besides the folder that a tool makes: the folder of OpenSSL on
 * Debian, SUSE, Arch and Alpine, and Fedora's. Often one is a link to the other. */
#define HASH_FOLDER_USUAL  "/etc/ssl/certs"
#define HASH_FOLDER_FEDORA "/etc/pki/tls/certs"

struct hash_link {
	const char *folder, *name; /* "9f2c11aa.0" */
	const char *target;        /* where it leads; NULL: it is a file itself */
	uint32_t hash;
	unsigned number;     /* HASH_NUMBER_NONE: only the loader of files reads such a name */
	bool beyond;         /* only the loader of files reaches it */
	size_t certificates; /* how many certificates it holds, of any hash */
	bool made;           /* it lies in the folder that the tool makes, or leads into it */
	bool gone;           /* hash_folders_cut() took it out */
};

/* One certificate that one link shows. */
struct hash_shown {
	uint8_t sha256[SHA256_SIZE];
	size_t link, order; /* in which OpenSSL reads them */
	const char *label;
	int64_t not_after;
	bool rejects; /* OpenSSL's trust settings in it reject it for TLS servers */
	bool beyond;  /* only the loader of files finds it by that link, */
	bool raw;     /* because its file is in DER */
	/* The certificate has another hash than the link. OpenSSL trusts it once it has looked for
	 * the hash of the link, and whoever has its key can issue a certificate with such a name.
	 * So it counts as trusted where nobody is to trust it; it is neither kept nor hidden. */
	bool beside;
	struct span der;
};

_Static_assert(offsetof(struct hash_shown, sha256) == 0, "digest_find() needs it");

struct hash_folders {
	struct hash_link *links; /* those of one folder and hash follow each other */
	size_t link_count, link_capacity;
	/* sorted by digest, those found by number first, those beside last, then in the order of
	 * reading */
	struct hash_shown *shown;
	size_t shown_count, shown_capacity;
	const char *denied; /* a link that this user may not read, or NULL */
	struct arena arena;
};

/* Reads the folders of `paths` (up to NULL, at most HASH_FOLDERS), each that is there once,
 * whatever links lead to it. `made`: the first is the one that a tool makes. */
bool hash_folders_read(struct host *host, const char *const *paths, bool made,
    struct hash_folders *out, struct err *err) MUST_CHECK;
void hash_folders_release(struct hash_folders *folders);

/* The first of `count` entries that show the certificate, or NULL. */
const struct hash_shown *hash_folders_first(
    const struct hash_folders *folders, const uint8_t sha256[SHA256_SIZE], size_t *count);

/* The first entry that shows the certificate and by which it is trusted, or NULL; with `foreign`
 * one that no tool makes. */
const struct hash_shown *hash_folders_find(
    const struct hash_folders *folders, const uint8_t sha256[SHA256_SIZE], bool foreign);

/* The file in which the certificate stands, for people; in `arena`. */
const char *hash_folders_file(
    const struct hash_folders *folders, const struct hash_shown *shown, struct arena *arena);

/* Which programs trust by that link, for people: "that read the folder /etc/ssl/certs". */
const char *hash_folders_readers(
    const struct hash_folders *folders, const struct hash_shown *shown, struct arena *arena);

enum hash_cut { HASH_CUT_ALL, HASH_CUT_FOREIGN, HASH_CUT_MADE };

/* Appends the changes that take the certificate out of the folders: of all of them, of what no tool
 * makes, or of what one makes. The links behind one that goes get its number, one after the other,
 * so that OpenSSL finds them at every instant; of the tool's folder its file goes too. ERR_HOST
 * where a link shows other certificates too. */
bool hash_folders_cut(struct hash_folders *folders, struct host *host,
    const uint8_t sha256[SHA256_SIZE], enum hash_cut what, struct changes *out,
    struct err *err) MUST_CHECK;

/* Whether the search by number finds a certificate of the link's hash in its folder: then the
 * loader of files is not asked for that subject. */
bool hash_folders_lead(const struct hash_folders *folders, const struct hash_link *link);
/* The next certificate behind `last` (NULL: the first) that only the loader of files finds in the
 * folder, and would not find when one of that hash got a number; or NULL. */
const struct hash_shown *hash_folders_hides(const struct hash_folders *folders, const char *folder,
    uint32_t hash, const struct hash_shown *last);
/* Appends an item for a folder that this user may not read: what programs trust by it is not
 * known. */
void hash_folders_observe_denied(const struct hash_folders *folders, struct items *have);
