/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes many self-signed CA certificates fast, one PEM file each, every one
 * with a P-256 key of its own.
 *
 *     gencerts COUNT FOLDER [NAME [PADDING]]      FOLDER/NAME-0001.crt ...
 *
 * PADDING bytes of noise in an extension of no meaning make them as large as
 * the roots of the world are: about 700 for the average of Mozilla's.
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

static int add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;
	int ok;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, cert, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	ok = extension && X509_add_ext(cert, extension, -1);
	X509_EXTENSION_free(extension);
	return ok;
}

static int set_name(X509 *cert, const char *common_name)
{
	X509_NAME *name = X509_get_subject_name(cert);

	return X509_NAME_add_entry_by_txt(
	           name, "O", MBSTRING_UTF8, (const unsigned char *)"Generated", -1, -1, 0) &&
	       X509_NAME_add_entry_by_txt(
	           name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0) &&
	       X509_set_issuer_name(cert, name);
}

static int add_padding(X509 *cert, int size)
{
	ASN1_OBJECT *object = OBJ_txt2obj("2.25.1", 1);
	ASN1_OCTET_STRING *noise = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension = NULL;
	unsigned char bytes[8192];
	int ok = object && noise && size <= (int)sizeof(bytes) && RAND_bytes(bytes, size) &&
	         ASN1_OCTET_STRING_set(noise, bytes, size) &&
	         (extension = X509_EXTENSION_create_by_OBJ(NULL, object, 0, noise)) &&
	         X509_add_ext(cert, extension, -1);

	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(noise);
	ASN1_OBJECT_free(object);
	return ok;
}

static int fill(X509 *cert, EVP_PKEY *key, const char *common_name, long serial, int padding)
{
	const long day = 24 * 60 * 60;

	return X509_set_version(cert, 2) && ASN1_INTEGER_set(X509_get_serialNumber(cert), serial) &&
	       X509_gmtime_adj(X509_getm_notBefore(cert), -day) &&
	       X509_gmtime_adj(X509_getm_notAfter(cert), 3650 * day) &&
	       X509_set_pubkey(cert, key) && set_name(cert, common_name) &&
	       add_extension(cert, NID_basic_constraints, "critical,CA:TRUE") &&
	       add_extension(cert, NID_key_usage, "critical,keyCertSign,cRLSign") &&
	       add_extension(cert, NID_subject_key_identifier, "hash") &&
	       (padding == 0 || add_padding(cert, padding)) &&
	       X509_sign(cert, key, EVP_sha256()) > 0;
}

static int write_one(const char *path, const char *common_name, long serial, int padding)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	FILE *file = fopen(path, "w");
	int ok = key && cert && file && fill(cert, key, common_name, serial, padding) &&
	         PEM_write_X509(file, cert);

	if (file && fclose(file) != 0)
		ok = 0;
	X509_free(cert);
	EVP_PKEY_free(key);
	return ok;
}

int main(int argc, char **argv)
{
	const char *name = argc > 3 ? argv[3] : "generated";
	int padding = argc > 4 ? (int)strtol(argv[4], NULL, 10) : 0;
	long count = argc > 2 ? strtol(argv[1], NULL, 10) : 0;

	if (count <= 0 || argc > 5) {
		fprintf(stderr, "usage: gencerts COUNT FOLDER [NAME [PADDING]]\n");
		return 3;
	}
	for (long i = 1; i <= count; i++) {
		char path[4096], common_name[200];

		snprintf(path, sizeof(path), "%s/%s-%04ld.crt", argv[2], name, i);
		snprintf(common_name, sizeof(common_name), "%s root %ld", name, i);
		if (!write_one(path, common_name, i, padding)) {
			fprintf(stderr, "gencerts: %s cannot be written\n", path);
			return 1;
		}
	}
	return 0;
}
