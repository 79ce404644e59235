/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates, as DER or PEM. Besides not crashing: whatever both we and
 * OpenSSL accept, both read alike, and what PEM we write is what we read.
 */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "formats/pem.h"
#include "model/cert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "OpenSSL differs: %s\n", what);
	abort();
}

static void compare_time(int64_t ours, const ASN1_TIME *theirs)
{
	must(ASN1_TIME_cmp_time_t(theirs, (time_t)ours) == 0, "a date");
}

static void compare_name(struct span ours, const X509_NAME *theirs)
{
	char text[CERT_NAME_TEXT];
	uint32_t hash;

	cert_name_text(ours, text);
	must(text[0] != 0, "an empty name");
	/* OpenSSL refuses the whole certificate when it cannot convert a name */
	must(cert_name_hash(ours, &hash), "a name without a hash");
	must(hash == (uint32_t)X509_NAME_hash(theirs), "the hash of a name");
}

static void compare(const struct cert *cert)
{
	const unsigned char *p = cert->der.data;
	X509 *x = d2i_X509(NULL, &p, (long)cert->der.size);
	BASIC_CONSTRAINTS *constraints;

	must(x || cert->doubtful, "what we take without a doubt, it refuses");
	if (x) {
		constraints = X509_get_ext_d2i(x, NID_basic_constraints, NULL, NULL);
		must(p == cert->der.data + cert->der.size, "the length");
		must((X509_get_version(x) == 0) == cert->version1, "the version");
		compare_time(cert->not_before, X509_get0_notBefore(x));
		compare_time(cert->not_after, X509_get0_notAfter(x));
		compare_name(cert->subject, X509_get_subject_name(x));
		compare_name(cert->issuer, X509_get_issuer_name(x));
		must((constraints != NULL) == cert->has_basic_constraints, "basic constraints");
		must((constraints && constraints->ca) == cert->is_ca, "whether it is a CA");
		BASIC_CONSTRAINTS_free(constraints);
		X509_free(x);
	}
	ERR_clear_error();
}

static void write_and_read(struct span der)
{
	AUTO(bytes) pem = {0};
	AUTO(bytes) back = {0};
	struct err err = {0};
	struct span rest;
	bool trusted;

	pem_write_certificate(der, &pem);
	rest = bytes_span(&pem);
	must(pem_next_certificate(&rest, &back, &trusted, &err) && !trusted &&
	         span_equal(der, bytes_span(&back)),
	    "PEM that we wrote");
}

/* What cert_see takes is what OpenSSL takes, and by the same hash. */
static void see(struct span der)
{
	const unsigned char *p = der.data;
	X509 *x = d2i_X509(NULL, &p, (long)der.size);
	struct cert_seen seen;
	struct err err = {0};
	bool good = cert_see(der, false, &seen, &err);

	must(good == (x != NULL), "whether it is a certificate");
	if (good) {
		must(seen.hash == (uint32_t)X509_subject_name_hash(x), "the hash of the subject");
		must(seen.size == (size_t)(p - der.data), "where the certificate ends");
		must(seen.label[0] != 0, "an empty label");
	}
	X509_free(x);
	ERR_clear_error();
}

static void read_one(struct span der)
{
	struct err err = {0};
	struct cert cert;

	see(der);

	if (!cert_parse(der, &cert, &err))
		return;
	compare(&cert);
	write_and_read(der);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(bytes) der = {0};
	struct span rest = {data, size};
	struct err err = {0};
	bool trusted;

	read_one(rest);
	while (rest.size > 0)
		if (pem_next_certificate(&rest, &der, &trusted, &err)) {
			if (der.size == 0)
				break;
			read_one(bytes_span(&der));
		}
	return 0;
}
