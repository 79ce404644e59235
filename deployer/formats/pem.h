/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * PEM (RFC 7468) as certificate files have it: blocks of base64 between
 * "-----BEGIN label-----" and its END, with any text around them. Decoded by a
 * table, not by OpenSSL's BIO chain, which costs as much as the hashing.
 */
#include "base/bytes.h"

/* Takes the next block whose label is "CERTIFICATE", "X509 CERTIFICATE" or "TRUSTED
 * CERTIFICATE" from the front of *rest and appends its DER to `der` (which is emptied first).
 * `trusted` tells whether OpenSSL's trust settings (an X509_CERT_AUX) follow the
 * certificate in it. Returns true with an empty `der` when there is none left; ERR_FORMAT
 * for a block without end, with a foreign character or wrong padding. */
bool pem_next_certificate(
    struct span *rest, struct bytes *der, bool *trusted, struct err *err) MUST_CHECK;

/* Appends "-----BEGIN CERTIFICATE-----", 64 characters a line, END and a newline:
 * the bytes of PEM_write_bio_X509. */
void pem_write_certificate(struct span der, struct bytes *out);
