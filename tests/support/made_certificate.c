/* SPDX-License-Identifier: Apache-2.0 */
#include "made_certificate.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "made_certificate: %s failed\n", what);
	abort();
}

static EVP_PKEY *fixed_key(void)
{
	static const unsigned char seed[32] = "a key that only tests ever trust";
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof(seed));

	must(key != NULL, "the key");
	return key;
}

static void set_names(X509 *x, const struct made *made)
{
	X509_NAME *name = X509_get_subject_name(x);

	must(X509_NAME_add_entry_by_txt(
	         name, "O", MBSTRING_UTF8, (const unsigned char *)"Made for tests", -1, -1, 0) &&
	         X509_NAME_add_entry_by_txt(
	             name, "CN", MBSTRING_UTF8, (const unsigned char *)made->name, -1, -1, 0) &&
	         X509_set_issuer_name(x, name),
	    "the name");
}

/* OpenSSL writes no offset from UTC, but old certificates have one: those are set as they are. */
static bool set_date(ASN1_TIME *time, const char *text)
{
	if (!strpbrk(text, "+-"))
		return ASN1_TIME_set_string_X509(time, text);
	return ASN1_TIME_set_string_X509(time, "20250101000000Z") &&
	       ASN1_STRING_set(time, text, -1);
}

static void set_dates(X509 *x, const struct made *made)
{
	const char *from = made->not_before ? made->not_before : "20250101000000Z";
	const char *to = made->not_after ? made->not_after : "20350101000000Z";

	must(set_date(X509_getm_notBefore(x), from) && set_date(X509_getm_notAfter(x), to),
	    "the dates");
}

static void set_constraints(X509 *x, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, value);

	must(extension && X509_add_ext(x, extension, -1), "basic constraints");
	X509_EXTENSION_free(extension);
}

void made_certificate(struct bytes *out, const struct made *made)
{
	EVP_PKEY *key = fixed_key();
	X509 *x = X509_new();
	unsigned char *der = NULL;
	int size;

	must(x && X509_set_version(x, made->version1 ? 0 : 2) &&
	         ASN1_INTEGER_set(X509_get_serialNumber(x), made->serial ? made->serial : 1) &&
	         X509_set_pubkey(x, key),
	    "the body");
	set_names(x, made);
	set_dates(x, made);
	if (made->ca || made->leaf)
		set_constraints(x, made->ca ? "critical,CA:TRUE" : "CA:FALSE");
	must(X509_sign(x, key, NULL) > 0, "the signature");
	size = i2d_X509(x, &der);
	must(size > 0, "the encoding");
	bytes_add(out, der, (size_t)size);
	OPENSSL_free(der);
	X509_free(x);
	EVP_PKEY_free(key);
}
