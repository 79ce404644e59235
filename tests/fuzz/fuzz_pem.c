/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PEM, held against OpenSSL: block by block we read the bytes that PEM_bytes_read_bio reads, and
 * a file is good to us when PEM_X509_INFO_read_bio reads all of it (of its certificates only the
 * envelope: what is inside is for fuzz_certificate.c). pem_loads(), which leaves keys encoded, says
 * what OpenSSL says with all its providers. p11-kit's way must not crash.
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/pem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "OpenSSL differs: %s\n", what);
	abort();
}

static int no_passphrase(char *buffer, int size, int writing, void *context)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)context;
	return -1;
}

static bool is_certificate(const char *name)
{
	return strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0 ||
	       strcmp(name, PEM_STRING_X509_TRUSTED) == 0;
}

/* One block of OpenSSL's. */
struct theirs {
	char *name, *header;
	unsigned char *data;
	long size;
};

/* The next certificate: 1; none left: 0; refused: -1. */
static int next(BIO *bio, struct theirs *out)
{
	for (;;) {
		EVP_CIPHER_INFO cipher;
		bool none;

		*out = (struct theirs){0};
		if (!PEM_read_bio(bio, &out->name, &out->header, &out->data, &out->size)) {
			none = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
			ERR_clear_error();
			return none ? 0 : -1;
		}
		if (is_certificate(out->name))
			return PEM_get_EVP_CIPHER_INFO(out->header, &cipher) &&
			               PEM_do_header(
			                   &cipher, out->data, &out->size, no_passphrase, NULL) &&
			               out->size > 0
			           ? 1
			           : -1;
		OPENSSL_free(out->name);
		OPENSSL_free(out->header);
		OPENSSL_free(out->data);
	}
}

/* A block of another kind that cannot be decoded is the one case in which we refuse earlier. `some`
 * tells whether there is a certificate or a list of revoked ones in it. */
static bool loads(const uint8_t *data, size_t size, bool *some)
{
	BIO *bio = BIO_new_mem_buf(data, (int)size);
	STACK_OF(X509_INFO) *all = PEM_X509_INFO_read_bio(bio, NULL, no_passphrase, NULL);

	*some = false;
	for (int i = 0; all && i < sk_X509_INFO_num(all); i++)
		*some |= sk_X509_INFO_value(all, i)->x509 || sk_X509_INFO_value(all, i)->crl;
	BIO_free(bio);
	ERR_clear_error();
	sk_X509_INFO_pop_free(all, X509_INFO_free);
	return all != NULL;
}

/* What we say is the block, and its copy, it reads to the same bytes. */
static void compare_block(struct span block, struct span der)
{
	AUTO(bytes) copy = {0};
	struct theirs theirs;

	pem_copy_block(block, &copy);
	for (int i = 0; i < 2; i++) {
		struct span text = i ? bytes_span(&copy) : block;
		BIO *bio = BIO_new_mem_buf(text.data, (int)text.size);

		must(next(bio, &theirs) == 1 &&
		         span_equal(der, (struct span){theirs.data, (size_t)theirs.size}),
		    i ? "the copy of a block" : "where a block begins");
		OPENSSL_free(theirs.name);
		OPENSSL_free(theirs.header);
		OPENSSL_free(theirs.data);
		BIO_free(bio);
	}
}

static void compare(const uint8_t *data, size_t size)
{
	BIO *bio = BIO_new_mem_buf(data, (int)size);
	const struct span file = {data, size};
	struct span rest = file, block;
	AUTO(bytes) der = {0};
	struct theirs theirs;
	struct err err = {0};
	bool trusted, some;
	int there = 1;

	while (there == 1) {
		bool good = pem_next_block(file, &rest, &block, &der, &trusted, &err);

		there = next(bio, &theirs);
		if (good && der.size > 0)
			compare_block(block, bytes_span(&der));
		if (!good) {
			must(there == -1 || !loads(data, size, &some), "what we refuse, it takes");
			there = -1;
		} else {
			must(there == (der.size > 0), "whether there is a block");
		}
		if (there == 1)
			must(span_equal(bytes_span(&der),
			         (struct span){theirs.data, (size_t)theirs.size}) &&
			         trusted == (strcmp(theirs.name, PEM_STRING_X509_TRUSTED) == 0),
			    "a block");
		OPENSSL_free(theirs.name);
		OPENSSL_free(theirs.header);
		OPENSSL_free(theirs.data);
	}
	ERR_clear_error();
	BIO_free(bio);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = {data, size};
	AUTO(bytes) der = {0};
	struct err err = {0};
	bool trusted, some;

	compare(data, size);
	must(pem_loads(rest, &err) == (loads(data, size, &some) && some), "whether the file loads");
	while (pem_next_p11kit(&rest, &der, &trusted))
		must(der.size > 0, "an empty block");
	return 0;
}
