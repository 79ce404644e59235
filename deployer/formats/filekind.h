/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What kind of file some bytes are, for messages only: who gives a web page, a PKCS#12 file or half
 * a download in place of a certificate or a bundle shall read just that, and not an offset in DER.
 * Nothing is decided by it; formats are still named by manifest, policy or verb.
 *
 * Sources of the marks: RFC 7468 (labels of PEM), RFC 2315, 5652 (PKCS#7, CMS), 7292 (PKCS#12),
 * 5208, 5915, 8017 (private keys), MS-CAB 2.1 (cabinets), RFC 1952, and file(1)'s magic.
 */
#include "base/text.h"

enum filekind_word {
	FILEKIND_BINARY, /* nothing that is known */
	FILEKIND_TEXT,
	FILEKIND_EMPTY,
	FILEKIND_BLANK,
	FILEKIND_UTF16,
	FILEKIND_HTML,
	FILEKIND_XML,
	FILEKIND_PEM_CERTIFICATE,
	FILEKIND_PEM_BOTH, /* a certificate and its private key */
	FILEKIND_PEM_INDENTED,
	FILEKIND_DER_CERTIFICATE,
	FILEKIND_PRIVATE_KEY,
	FILEKIND_DER_KEY,
	FILEKIND_PUBLIC_KEY,
	FILEKIND_REQUEST,
	FILEKIND_CRL,
	FILEKIND_PKCS7,
	FILEKIND_PKCS12,
	FILEKIND_PEM_OTHER,
	FILEKIND_PGP,
	FILEKIND_CABINET,
	FILEKIND_BUNDLE,
	FILEKIND_JKS,
	FILEKIND_ZIP,
	FILEKIND_COMPRESSED,
	FILEKIND_PROGRAM,
	FILEKIND_PDF,
	FILEKINDS,
};

struct filekind {
	enum filekind_word word;
	size_t size;    /* the bytes that are there */
	uint64_t whole; /* how many bytes it says it has, where that is more than there are: it is
	                 * cut off; else 0 */
};

struct filekind filekind_of(struct span file);
/* Adds "an HTML page", "a cabinet, cut off after 300 of 4096 bytes". */
void filekind_tell(const struct filekind *kind, struct text *out);

/* What is expected. */
enum filekind_want {
	FILEKIND_WANT_CERTIFICATE, /* PEM or DER */
	FILEKIND_WANT_KEY,         /* a private key in PEM */
	FILEKIND_WANT_BUNDLE,
	FILEKIND_WANT_DOCUMENT, /* YAML */
};
/* To be called when the bytes were refused. Where they are plainly something else, or cut off,
 * `err` gets a text that says so and what to do; its code stays. Returns false, as err_set does. */
bool filekind_refuse(struct span file, enum filekind_want want, struct err *err);
