/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * How Windows stores a certificate with its properties: in the value Blob of a
 * registry key, and one after the other in a serialised store (.sst).
 *
 *     element:  property id, encoding (1), length, data     4 bytes each, little-endian
 *     object:   elements for properties, then the object itself: 32 certificate, 33 CRL, 34 CTL
 *     .sst:     0, "CERT", objects, 12 zero bytes
 *
 * Properties come in any order and unknown ones are kept. Those that hold hashes are derived: what
 * decides is the certificate itself.
 *
 * Source: formats.md d.1 and d.3; numbers are the CERT_…_PROP_ID of wincrypt.h.
 */
#include "base/bytes.h"

enum certblob_property {
	CERTBLOB_SHA1 = 3,
	CERTBLOB_MD5 = 4,
	CERTBLOB_SIGNATURE_HASH = 15, /* of the TBSCertificate, by the signature's own digest */
	CERTBLOB_ISSUER_KEY_MD5 = 24,
	CERTBLOB_SUBJECT_KEY_MD5 = 25, /* of the bits of the public key */
	CERTBLOB_CERTIFICATE = 32,
	CERTBLOB_CRL = 33,
	CERTBLOB_CTL = 34,
};

enum { SST_MAX_BYTES = 64 * 1024 * 1024 };

struct certblob_element {
	uint32_t property;
	struct span data;
};

/* Takes the next element; ERR_FORMAT with its offset when it is cut off. */
bool certblob_next(struct reader *reader, struct certblob_element *out, struct err *err) MUST_CHECK;
/* The certificate of a blob that must hold one, and nothing cut. */
bool certblob_certificate(struct span blob, struct span *out, struct err *err) MUST_CHECK;
/* Appends an element. */
void certblob_add(struct bytes *out, uint32_t property, struct span data);
/* Appends what Windows and Wine accept as a certificate: its SHA-1, then itself. */
void certblob_write(struct bytes *out, struct span certificate);
/* "sha1", "friendly_name" …, or NULL. */
const char *certblob_property_name(uint32_t property);
/* Whether the bytes are such a blob, or begin as a serialised store does. */
bool certblob_looks(struct span file);
bool sst_looks(struct span file);

/* Begins a serialised store; then sst_next takes object by object. Its properties and the object
 * are in `out`, for certblob_next. Returns true with an empty `out` at the end of the store;
 * ERR_FORMAT when it is cut or something follows. */
bool sst_begin(struct span file, struct reader *out, struct err *err) MUST_CHECK;
bool sst_next(struct reader *reader, struct span *out, struct err *err) MUST_CHECK;
/* Append what is before the objects of a store, and what is behind them; each object between is
 * its properties and then itself, by certblob_add. */
void sst_write_begin(struct bytes *out);
void sst_write_end(struct bytes *out);
