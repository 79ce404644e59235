/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * PEM (RFC 7468) as certificate files have it: blocks of base64 between
 * "-----BEGIN label-----" and its END, with any text around them.
 *
 * What a file holds is what its reader makes of it, and the readers differ:
 *
 *   OpenSSL  BEGIN at a line's start; takes a byte order mark in front, anything up to a blank
 *            and bytes from 0x80 on at a line's end; refuses the whole file for one block with
 *            an empty line inside, text behind END, lines ended by CR alone, or no END
 *            (crypto/pem/pem_lib.c and pem_info.c of OpenSSL 3.0)
 *   p11-kit  BEGIN anywhere in a line; skips headers and blocks that it cannot decode, and
 *            reads no further than a BEGIN without its END (common/pem.c of p11-kit 0.24)
 *
 * The plain form, which is nearly all there is, is decoded by a table: OpenSSL's BIO chain costs
 * as much as the hashing. All else is given to OpenSSL itself. tests/fuzz/fuzz_pem.c holds the two
 * together.
 */
#include "base/bytes.h"

/* Takes the next block whose label is "CERTIFICATE", "X509 CERTIFICATE" or "TRUSTED
 * CERTIFICATE" from the front of *rest, as OpenSSL reads it, and appends its DER to `der` (which
 * is emptied first). `trusted` tells whether OpenSSL's trust settings (an X509_CERT_AUX) follow
 * the certificate in it. Returns true with an empty `der` when there is none left; ERR_FORMAT,
 * with the line counted from *rest, for a block for which OpenSSL refuses the file: also one of
 * another label. *rest is then behind its BEGIN, so that the rest can be looked at all the same. An
 * `err` that is set already stays: a file may have many such blocks, and the first is to be told.
 */
bool pem_next_certificate(
    struct span *rest, struct bytes *der, bool *trusted, struct err *err) MUST_CHECK;

/* The same, with the line counted from `text`, of which *rest is the end. `block`, unless it is
 * NULL, becomes the text of it that OpenSSL read, from the BEGIN at which it began: not one with
 * blanks in front, and not one behind it, which ends the data of a block that has no END. Empty
 * when there is none left, or when the block is refused. */
bool pem_next_block(struct span text, struct span *rest, struct span *block, struct bytes *der,
    bool *trusted, struct err *err) MUST_CHECK;

/* Appends such a block, with a newline at its end: from it OpenSSL reads the same bytes. What
 * stands between the end of its data and its END, which nobody reads and which may be a key, is
 * left out. */
void pem_copy_block(struct span block, struct bytes *out);

/* Whether OpenSSL itself loads the file whole, as X509_load_cert_crl_file (curl, Python, git) does;
 * ERR_FORMAT with its reason when it does not. Some 20 µs a certificate. */
bool pem_loads(struct span file, struct err *err) MUST_CHECK;

/* The part of a file that OpenSSL reads: to the first line that begins with a NUL byte, as every
 * second one of UTF-16 does. file_gets() of bss_file.c has fgets() and strlen(), so that such a
 * line is empty, which ends the reading without an error: nothing behind it counts. */
struct span pem_of_file(struct span file);

/* Whether a byte order mark stands in front. OpenSSL knows one at the beginning of a file, and in
 * the line right behind that of an END: get_name() looks for it in the first line that it reads. */
bool pem_is_marked(struct span file);
/* Whether the last line is that of an END, so that OpenSSL knows a mark right behind the file. */
bool pem_ends_in_block(struct span file);

/* The part of a text that p11-kit reads: its strnstr() finds nothing behind a NUL byte. */
struct span pem_of_p11kit(struct span file);
/* The same as p11-kit reads it: "CERTIFICATE" or "TRUSTED CERTIFICATE". False with an empty `der`
 * when there is none left; what it skips is skipped. */
bool pem_next_p11kit(struct span *rest, struct bytes *der, bool *trusted) MUST_CHECK;
/* The first "PUBLIC KEY" of a text as p11-kit reads it; empty when there is none. */
void pem_public_key(struct span text, struct bytes *der);

/* The line of `text`, from 1, in which `at` stands. */
size_t pem_line(struct span text, const uint8_t *at);
/* The same for places that come in rising order: {text, 1} to begin with. A file of thousands of
 * blocks is counted once. */
struct pem_lines {
	const uint8_t *at;
	size_t line;
};
size_t pem_count_lines(struct pem_lines *lines, const uint8_t *at);

/* The line in which a block with a private key begins, of whatever kind (PKCS#8, OpenSSH, PGP) and
 * however much of it is there; 0: there is none. */
size_t pem_find_key(struct span file);

/* Appends "-----BEGIN CERTIFICATE-----", 64 characters a line, END and a newline:
 * the bytes of PEM_write_bio_X509. */
void pem_write_certificate(struct span der, struct bytes *out);
