/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <openssl/pem.h>

#include "model/der.h"
#include "base/text.h"
#include "formats/pem.h"
#include "made_certificate.h"

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END   "-----END CERTIFICATE-----\n"

Test(pem, writes_what_openssl_writes_and_reads_it_back)
{
	char name[64];

	/* three lengths in a row meet each padding */
	for (int i = 0; i < 50; i++) {
		AUTO(bytes) der = {0};
		AUTO(bytes) pem = {0};
		AUTO(bytes) back = {0};
		struct span rest;
		struct err err = {0};
		bool trusted = true;
		const unsigned char *p;
		BIO *bio = BIO_new(BIO_s_mem());
		char *theirs;
		long size;

		memset(name, 'n', sizeof(name));
		name[1 + i] = 0;
		made_certificate(&der, &(struct made){.name = name, .ca = true});
		p = der.data;
		X509 *x = d2i_X509(NULL, &p, (long)der.size);

		cr_assert(PEM_write_bio_X509(bio, x));
		size = BIO_get_mem_data(bio, &theirs);
		pem_write_certificate(bytes_span(&der), &pem);
		cr_assert(span_equal(
		    bytes_span(&pem), (struct span){(const uint8_t *)theirs, (size_t)size}));
		rest = bytes_span(&pem);
		cr_assert(pem_next_certificate(&rest, &back, &trusted, &err), "%s", err.text);
		cr_assert(span_equal(bytes_span(&der), bytes_span(&back)));
		cr_assert_not(trusted);
		cr_assert(pem_next_certificate(&rest, &back, &trusted, &err));
		cr_assert_eq(back.size, 0);
		X509_free(x);
		BIO_free(bio);
	}
}

/* The first block of `text`; its text, or NULL when it is refused, with the fault in err. */
static const char *first(const char *text, struct bytes *der, struct err *err)
{
	struct span rest = span_text(text);
	bool trusted;

	if (!pem_next_certificate(&rest, der, &trusted, err))
		return NULL;
	return der->size ? (const char *)der->data : "";
}

Test(pem, takes_text_around_and_any_line_ends)
{
	static const char *const good[] = {
	    BEGIN "aGVsbG8=\n" END,
	    "Subject: something\n\n" BEGIN "aGVs\nbG8=\n" END "more",
	    "-----BEGIN CERTIFICATE-----\r\naGVs\r\nbG8=\r\n-----END CERTIFICATE-----\r\n",
	    "\xef\xbb\xbf\n" BEGIN " aGVs bG8=\t\n" END,
	    "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n" BEGIN "aGVsbG8=\n" END,
	    "x-----BEGIN CERTIFICATE-----\nnot one\n" BEGIN "aGVsbG8=\n" END,
	    "-----BEGIN X509 CERTIFICATE-----\naGVsbG8=\n-----END X509 CERTIFICATE-----",
	};

	for (size_t i = 0; i < COUNT(good); i++) {
		AUTO(bytes) der = {0};
		struct err err = {0};
		const char *text = first(good[i], &der, &err);

		cr_assert(text, "%zu: %s", i, err.text);
		cr_assert_str_eq(text, "hello", "%zu", i);
	}
}

Test(pem, refuses_what_is_no_base64)
{
	static const struct {
		const char *text, *fault;
	} bad[] = {
	    {BEGIN "aGVsbG8=\n", "no END"},
	    {BEGIN "aGVsbG8=\n-----END X509 CRL-----\n", "END line of something else"},
	    {BEGIN "aGVsbG8=\n-----BEGIN CERTIFICATE-----\n", "no END"},
	    {BEGIN "aGVsbG8\n" END, "padding"},
	    {BEGIN "aGVsbG8==\n" END, "padding"},
	    {BEGIN "aGVsb===\n" END, "padding"},
	    {BEGIN "aGVsbG9=\n" END, "padding"}, /* bits set behind the last byte */
	    {BEGIN "aGVsbG8=aGVs\n" END, "behind the padding"},
	    {BEGIN "aGVs=G8=\n" END, "padding"},
	    {BEGIN "aGVs*G8=\n" END, "not base64"},
	    {BEGIN "Proc-Type: 4,ENCRYPTED\n\naGVs\n" END, "END"},
	    {BEGIN "\n" END, "nothing inside"},
	    {"-----BEGIN CERTIFICATE-----", "no END"},
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		AUTO(bytes) der = {0};
		struct err err = {0};

		cr_assert_not(first(bad[i].text, &der, &err), "%zu", i);
		cr_assert_eq(err.code, ERR_FORMAT);
		cr_assert(strstr(err.text, bad[i].fault), "%zu: %s", i, err.text);
		cr_assert_eq(der.size, 0);
	}
}

Test(pem, says_where_a_bad_character_is)
{
	AUTO(bytes) der = {0};
	struct err err = {0};
	AUTO(text) text = {0};

	text_addf(&text, BEGIN "%064d\n%017d!AA\n" END, 0, 0);
	cr_assert_not(first(text_string(&text), &der, &err));
	cr_assert(strstr(err.text, "110 bytes further on"), "%s", err.text);
}

Test(pem, tells_trusted_certificates)
{
	AUTO(bytes) der = {0};
	AUTO(bytes) block = {0};
	struct err err = {0};
	bool trusted = false;
	const unsigned char *p;
	BIO *bio = BIO_new(BIO_s_mem());
	struct span rest;
	char *text;
	X509 *x;

	made_certificate(&der, &(struct made){.name = "Trusted", .ca = true});
	p = der.data;
	x = d2i_X509(NULL, &p, (long)der.size);
	cr_assert(X509_add1_trust_object(x, OBJ_nid2obj(NID_server_auth)));
	cr_assert(PEM_write_bio_X509_AUX(bio, x));
	rest.size = (size_t)BIO_get_mem_data(bio, &text);
	rest.data = (const uint8_t *)text;
	cr_assert(pem_next_certificate(&rest, &block, &trusted, &err), "%s", err.text);
	cr_assert(trusted);
	cr_assert_gt(block.size, der.size);
	cr_assert_eq(der_size(bytes_span(&block)), der.size);
	cr_assert_eq(memcmp(block.data, der.data, der.size), 0);
	X509_free(x);
	BIO_free(bio);
}
