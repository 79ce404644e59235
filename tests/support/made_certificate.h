/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Self-signed certificates for tests, made by OpenSSL from a fixed key: the
 * same call gives the same bytes. Valid from 2025-01-01 to 2035-01-01 unless
 * said otherwise.
 */
#include "base/bytes.h"

struct made {
	const char *name; /* common name of subject and issuer */
	unsigned serial;  /* 0: 1 */
	bool ca, leaf;    /* basic constraints with cA true, or false; neither: none at all */
	bool version1;
	const char *not_before, *not_after; /* as ASN1_TIME_set_string takes them */
};

/* Appends the DER. Any failure aborts: a test cannot go on without it. */
void made_certificate(struct bytes *out, const struct made *made);
