/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What people ask of a certificate beyond what the program needs itself: whole
 * names, kind of key, signature algorithm. For `show`; nothing is decided by it.
 * Each appends to `out`; text out of the certificate is UTF-8 but not escaped.
 */
#include "model/cert.h"

/* A name as RFC 4514 writes it: "CN=Corp Root,O=Corp,C=DE". Unknown types are numbers; a value
 * that is no string is #hex. */
void cert_name_full(struct span name, struct text *out);
/* "RSA 4096", "EC P-256", "Ed25519", or the algorithm's number. */
void cert_key_text(const struct cert *cert, struct text *out);
/* "sha256WithRSAEncryption", as OpenSSL calls it, or its number. */
void cert_signature_text(const struct cert *cert, struct text *out);
