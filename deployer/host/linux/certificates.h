/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Files of certificates on a Linux host: ours, those of others, and the bundle that a distribution
 * makes of all.
 *
 * Files that we add are called HOST_OWN_PREFIX, as much of the SHA-256 as tells them apart, ".crt".
 * Seven digits at the least: then the links of Debian's layout to them, 59 bytes, fit into the
 * inode on ext4 and XFS. A longer one takes a block of its own, which is allocated when the link is
 * made and read whenever it is followed.
 */
#include "host/host.h"
#include "model/cert.h"

enum { OWN_DIGITS = 7 };

enum {
	LINUX_SOURCE_MAX = 4 * 1024 * 1024,  /* one file of certificates */
	LINUX_BUNDLE_MAX = 64 * 1024 * 1024, /* what the distribution makes of all of them */
};

/* Reads a file, links followed. A missing file is empty, and so is a link that leads nowhere: the
 * distributions' tools take both for missing. */
bool linux_read(
    struct root *root, const char *path, size_t max, struct bytes *out, struct err *err) MUST_CHECK;

/* The path of the file that we would add for a certificate, in the arena of `staged`: the first
 * that no other certificate has, on the host or among the staged changes. */
const char *linux_own_path(struct host *host, struct changes *staged, const char *folder,
    const uint8_t sha256[SHA256_SIZE]);
bool linux_is_own(const char *path);

/* Appends the change that writes `der` as PEM to `path`, and the folders it needs. */
bool linux_add_certificate(struct host *host, const char *path, struct span der,
    struct changes *out, struct err *err) MUST_CHECK;
/* The certificates of a bundle as items of the root store, sorted, with labels; without those that
 * OpenSSL's trust settings in it reject for TLS servers. Returns NULL, or (in the arena of `out`)
 * why OpenSSL refuses the whole file, so that curl, Python and git trust nothing in it: one block
 * that it cannot decode is enough (X509_load_cert_crl_file). */
const char *linux_decode_bundle(struct span bundle, struct items *out);
/* Appends the change that takes a certificate out of a file of ours at `path`. The file goes;
 * but where somebody has put another certificate into it, that stays, with all text that is not
 * ours. */
bool linux_take_certificate_out(struct host *host, const char *path,
    const uint8_t sha256[SHA256_SIZE], struct changes *out, struct err *err) MUST_CHECK;
/* Appends the change that removes the file at `path`. */
bool linux_remove_file(
    struct host *host, const char *path, struct changes *out, struct err *err) MUST_CHECK;
