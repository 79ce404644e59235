/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What OpenSSL's loader of files finds in a folder of hash links. The default paths of OpenSSL 3.0
 * and later (X509_STORE_set_default_paths(), which Python, curl and `openssl verify` call) have it
 * beside X509_LOOKUP_hash_dir, and it reads more than that one: each file whose name is the hash of
 * the subject and any number, in PEM or DER. Learnt from by_store.c and file_store.c of
 * OpenSSL 3.0, and from asking 3.0.19:
 *
 *     HASH.7 where HASH.0 is missing    it needs no row of numbers
 *     HASH.007, HASH.99999999999        any digits
 *     9F2C11AA.0                        capital letters too
 *     HASH.r0                           it asks for no type, so a list of revocations may be none
 *     DER, several in one file, and PEM behind DER
 *
 * It ends at a block that is damaged. What it finds of a PKCS#12 file without a password is not
 * read here.
 */
#include "formats/pem.h"
#include "model/cert.h"

/* Whether it reads a file with that name, and for which hash. It reads every name that
 * X509_LOOKUP_hash_dir reads. */
bool loader_reads(const char *name, uint32_t *hash);

/* Where it begins to read in a file, */
struct span loader_begin(struct span content);
/* and the next certificate there: false at the end, or where it stops. `der` is kept for the next
 * call. */
bool loader_next(struct span *rest, struct bytes *der, struct cert_seen *seen);

/* What is said of a root, in `file`, that the default paths would not find any more when another of
 * its name came into `bundle` (NULL: got a hash link in that folder): `place` is where the tool
 * takes local ones from. In `arena`. */
const char *loader_hides_text(
    const char *file, const char *bundle, const char *place, struct arena *arena);
