/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A certificate as the reports and the stores need it: identity, names, dates
 * and basic constraints, read by one strict walk over the DER (RFC 5280 4.1,
 * X.690 section 10). Nothing here decides trust or checks a signature: that is
 * OpenSSL's work in bundle/cms. The walk exists because d2i_X509 decodes the
 * public key and costs 85 µs a certificate; it is held against OpenSSL's
 * answers by a differential test and fuzzer.
 */
#include "base/digest.h"

enum { CERT_MAX_BYTES = 64 * 1024, CERT_NAME_TEXT = 256 };

struct cert {
	struct span der; /* borrowed; exactly one certificate, nothing behind it */
	uint8_t sha256[SHA256_SIZE];
	struct span serial, issuer, subject, spki; /* whole elements, tag included */
	int64_t not_before, not_after;
	bool has_basic_constraints, is_ca;
	struct span purposes; /* value of the extension extKeyUsage; no data: it has none */
	bool version1;        /* X.509 v1: no extensions, so no basic constraints either */
	bool self_issued;     /* issuer and subject are the same bytes */
	bool doubtful; /* strict DER, and yet OpenSSL may refuse it: a name that is no text, ... */
};

/* Strict DER to the last byte; ERR_FORMAT names the offset and the fault. */
bool cert_parse(struct span der, struct cert *out, struct err *err) MUST_CHECK;

/* What OpenSSL makes of a certificate: for the stores that OpenSSL reads, where it is the judge. */
struct cert_seen {
	size_t size; /* bytes of the certificate; OpenSSL does not look at what follows */
	uint8_t sha256[SHA256_SIZE];
	uint32_t hash;     /* X509_subject_name_hash */
	int64_t not_after; /* 0 where the date cannot be read */
	bool rejects;      /* OpenSSL's trust settings behind it: no TLS client trusts it */
	char label[CERT_NAME_TEXT];
};

/* Reads the certificate at the front of `der`; with `trusted` OpenSSL's trust settings stand behind
 * it. OpenSSL takes whatever the strict walk takes and does not mark as doubtful (the differential
 * test and fuzzer compare the two). OpenSSL itself is asked about all else. ERR_FORMAT, with
 * OpenSSL's reason, when it refuses. It accepts some 30 kinds of DER that are not strict: these
 * have their identity, hash and label like any other. */
bool cert_see(struct span der, bool trusted, struct cert_seen *out, struct err *err) MUST_CHECK;

/* Whether it is a CA's, strict DER or not: by the first basic constraints in it, where these are
 * one value to their last byte; where there are none, one of version 1 that is self-issued. The
 * rule of p11-kit. OpenSSL is asked. */
bool cert_is_ca(struct span der) MUST_CHECK;

/* A name as people know it: the common name, else the last organisational unit or
 * organisation; escaped. Never empty. */
void cert_name_text(struct span name, char out[CERT_NAME_TEXT]);

/* OpenSSL's X509_NAME_hash: SHA-1 over the canonical encoding of the name
 * (x509_canon in OpenSSL: strings to UTF-8, case folded for ASCII, blanks
 * squeezed), first four bytes little-endian. False when a string cannot be converted. */
bool cert_name_hash(struct span name, uint32_t *out) MUST_CHECK;

/* The text of a DER string (any of the types that names use) as UTF-8, appended to `out`; false
 * when it is no string or cannot be converted. */
bool cert_string(struct span element, struct bytes *out) MUST_CHECK;
