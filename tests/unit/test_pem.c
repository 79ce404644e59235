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

/* Certificates that OpenSSL reads from a file. */
static int in_file(struct span content)
{
	FILE *file = fmemopen((void *)(uintptr_t)content.data, content.size, "r");
	BIO *bio = BIO_new_fp(file, BIO_CLOSE);
	STACK_OF(X509_INFO) *all = PEM_X509_INFO_read_bio(bio, NULL, NULL, NULL);
	int count = all ? sk_X509_INFO_num(all) : -1;

	BIO_free(bio);
	sk_X509_INFO_pop_free(all, X509_INFO_free);
	return count;
}

Test(pem, ends_a_file_where_openssl_does_at_a_line_that_begins_with_nul)
{
	static const struct {
		const char *between;
		size_t size;
		bool ends;
	} cases[] = {{"text\n", 5, false}, {"a\0b\n", 4, false}, {"\0\n", 2, true},
	    {"\xff\xfe-\0-\0\n\0-\0\n", 10, true}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(bytes) der = {0};
		AUTO(bytes) all = {0};
		size_t first;

		made_certificate(&der, &(struct made){.name = "nul", .ca = true});
		pem_write_certificate(bytes_span(&der), &all);
		first = all.size;
		bytes_add(&all, cases[i].between, cases[i].size);
		pem_write_certificate(bytes_span(&der), &all);
		cr_assert_eq(in_file(bytes_span(&all)), cases[i].ends ? 1 : 2, "%zu", i);
		cr_assert_eq(
		    pem_of_file(bytes_span(&all)).size < all.size, cases[i].ends, "%zu", i);
		cr_assert_geq(pem_of_file(bytes_span(&all)).size, first);
	}
}

Test(pem, knows_where_openssl_knows_a_byte_order_mark)
{
	/* what stands behind the first certificate, and in front of the mark of the second one */
	static const char *const between[] = {
	    "", " \n", "\n", "text\n", "\r\n", "-----BEGIN X509 CRL-----\n"};

	for (size_t i = 0; i < COUNT(between); i++) {
		AUTO(bytes) der = {0};
		AUTO(bytes) all = {0};
		AUTO(bytes) marked = {0};
		bool known;

		made_certificate(&der, &(struct made){.name = "mark", .ca = true});
		pem_write_certificate(bytes_span(&der), &all);
		if (i == 4) /* its last line ends so */
			all.size--;
		bytes_add(&all, between[i], strlen(between[i]));
		known = pem_ends_in_block(bytes_span(&all));
		cr_assert_not(pem_is_marked(bytes_span(&all)));
		bytes_add(&marked, "\xef\xbb\xbf", 3);
		pem_write_certificate(bytes_span(&der), &marked);
		cr_assert(pem_is_marked(bytes_span(&marked)));
		cr_assert_eq(in_file(bytes_span(&marked)), 1, "at the beginning of a file");
		bytes_add(&all, marked.data, marked.size);
		if (i < 5)
			cr_expect_eq(in_file(bytes_span(&all)), known ? 2 : 1, "%zu", i);
		else
			cr_expect_not(known);
	}
	cr_assert_not(pem_is_marked(span_text("")));
	cr_assert_not(pem_ends_in_block(span_text("")));
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

Test(pem, takes_what_openssl_takes)
{
	static const char *const good[] = {
	    BEGIN "aGVsbG8=\n" END,
	    "Subject: something\n\n" BEGIN "aGVs\nbG8=\n" END "more",
	    "-----BEGIN CERTIFICATE-----\r\naGVs\r\nbG8=\r\n-----END CERTIFICATE-----\r\n",
	    "\xef\xbb\xbf" BEGIN "aGVsbG8=\n" END,
	    BEGIN "aGVsbG8= \t\n" END,
	    BEGIN "aGVs\xc2\xa0\nbG8=\n" END, /* a no-break space */
	    BEGIN "aGVsbG9=\n" END,           /* bits set behind the last byte */
	    BEGIN "aGVs bG8=\n" END,
	    "x-----BEGIN CERTIFICATE-----\nnot one\n" BEGIN "aGVsbG8=\n" END,
	    "-----BEGIN RSA WHATEVER-----\nAAAA\n-----END RSA WHATEVER-----\n" BEGIN
	    "aGVsbG8=\n" END,
	    "-----BEGIN X509 CERTIFICATE-----\naGVsbG8=\n-----END X509 CERTIFICATE-----",
	};

	for (size_t i = 0; i < COUNT(good); i++) {
		AUTO(bytes) der = {0};
		struct err err = {0};
		const char *text = first(good[i], &der, &err);

		cr_assert(text, "%zu: %s", i, err.text);
		cr_assert_eq(der.size, 5, "%zu: %zu", i, der.size);
		cr_assert_eq(memcmp(text, "hello", 5), 0, "%zu", i);
	}
}

Test(pem, refuses_what_openssl_refuses)
{
	static const struct {
		const char *text, *fault;
	} bad[] = {
	    {BEGIN "aGVsbG8=\n", "no END"},
	    {BEGIN "aGVsbG8=\n-----END X509 CRL-----\n", "END line is one of something else"},
	    {BEGIN "aGVsbG8=\n-----BEGIN CERTIFICATE-----\n", "no END"},
	    {BEGIN "aGVs\n\nbG8=\n\n" END, "empty line"},
	    {BEGIN "aGVs\r\n\r\nbG8=\r\n\r\n" END, "empty line"},
	    {"-----BEGIN CERTIFICATE-----\raGVsbG8=\r-----END CERTIFICATE-----\r", "CR alone"},
	    {BEGIN "aGVsbG8=\n-----END CERTIFICATE----- # mine\n", "behind END"},
	    {BEGIN "aGVsbG8\n" END, "base64"},
	    {BEGIN "aGVsbG8=aGVs\n" END, "base64"},
	    {BEGIN "aGVs*G8=\n" END, "base64"},
	    {BEGIN "Proc-Type: 4,ENCRYPTED\n\naGVs\n" END, ""},
	    {BEGIN "Subject: x\n\naGVs\n" END, ""},
	    {BEGIN END, ""},
	    {"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "cannot be decoded"},
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		AUTO(bytes) der = {0};
		struct err err = {0};
		const char *text = first(bad[i].text, &der, &err);

		cr_assert_not(text, "%zu", i);
		cr_assert_eq(err.code, ERR_FORMAT);
		cr_assert(strstr(err.text, bad[i].fault), "%zu: %s", i, err.text);
		cr_assert_eq(der.size, 0);
	}
}

Test(pem, says_in_which_line_a_damaged_block_begins_and_goes_on_behind_it)
{
	const char *text = "one\ntwo\n" BEGIN "aGVs*G8=\n" END BEGIN "aGVsbG8=\n" END;
	struct span rest = span_text(text);
	AUTO(bytes) der = {0};
	struct err err = {0};
	bool trusted;

	cr_assert_not(pem_next_certificate(&rest, &der, &trusted, &err));
	cr_assert_str_eq(err.text, "PEM block in line 3: bad base64 decode");
	cr_assert(pem_next_certificate(&rest, &der, &trusted, &err), "%s", err.text);
	cr_assert_eq(der.size, 5);
}

Test(pem, reads_as_p11_kit_reads)
{
	static const struct {
		const char *text;
		size_t blocks;
	} texts[] = {
	    {BEGIN "aGVsbG8=\n" END, 1},
	    {"  " BEGIN "  aGVs\n  bG8=\n  " END, 1},            /* indented */
	    {"text -----BEGIN CERTIFICATE-----aGVsbG8=" END, 1}, /* in the midst of a line */
	    {"\xef\xbb\xbf" BEGIN "aGVsbG8=\n" END, 1},
	    {BEGIN "Subject: x\n\naGVsbG8=\n" END, 1},          /* headers */
	    {BEGIN "aGVs*G8=\n" END BEGIN "aGVsbG8=\n" END, 1}, /* a damaged one is skipped */
	    {BEGIN "aGVsbG9=\n" END, 0},                        /* bits behind the last byte */
	    {BEGIN "aGVsbG8=\n" BEGIN "aGVsbG8=\n" END, 0},     /* no END: read as one */
	    {BEGIN "aGVsbG8=\n-----END X-----\n" BEGIN "aGVsbG8=\n" END, 0}, /* reads no further */
	    {"-----BEGIN X509 CERTIFICATE-----\naGVsbG8=\n-----END X509 CERTIFICATE-----\n", 0},
	    {"-----BEGIN TRUSTED CERTIFICATE-----\naGVsbG8=\n-----END TRUSTED CERTIFICATE-----", 1},
	    {"-----BEGIN CERTIFICATE-----\raGVsbG8=\r-----END CERTIFICATE-----\r", 1},
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct span rest = span_text(texts[i].text);
		AUTO(bytes) der = {0};
		size_t blocks = 0;
		bool trusted;

		while (pem_next_p11kit(&rest, &der, &trusted)) {
			cr_assert_eq(der.size, 5, "%zu", i);
			cr_assert_eq(trusted, strstr(texts[i].text, "TRUSTED") != NULL);
			blocks++;
		}
		cr_assert_eq(blocks, texts[i].blocks, "%zu: %zu blocks", i, blocks);
	}
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

/* --- where a block begins and ends --- */

/* The next block of OpenSSL's, as PEM_X509_INFO_read_bio walks: its bytes; false at the end, and
 * where it refuses the file. */
static bool next_of_openssl(BIO *bio, struct bytes *der)
{
	for (;;) {
		char *name = NULL, *header = NULL;
		unsigned char *data = NULL;
		long size = 0;
		bool read = PEM_read_bio(bio, &name, &header, &data, &size) == 1;
		bool found = read && strstr(name, "CERTIFICATE");

		der->size = 0;
		if (found)
			bytes_add(der, data, (size_t)size);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(data);
		if (found || !read)
			return found;
	}
}

/* Appends a file of odd parts, chosen by `seed`: what people and programs leave in one. */
static void add_odd_file(unsigned seed, const struct bytes *pem, size_t count, struct bytes *out)
{
	static const char *const odd[] = {"", "text\n", "# -----BEGIN CERTIFICATE-----\n",
	    "  -----BEGIN CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----  \n",
	    "-----BEGIN CERTIFICATE----- of mine\n", "-----BEGIN\n", "\r\n", "\n\n",
	    "-----BEGIN PRIVATE KEY-----\nc2VjcmV0IGtleQ==\n", "-----END X509 CRL-----\n",
	    "\xef\xbb\xbf", "-----BEGIN X509 CRL-----\n"};

	for (unsigned parts = 1 + seed % 7, i = 0; i < parts; i++) {
		const struct bytes *one = &pem[(seed >> 4) % count];
		size_t size = one->size;

		seed = seed * 1103515245u + 12345u;
		if (seed >> 16 & 1) {
			const char *text = odd[(seed >> 18) % COUNT(odd)];

			bytes_add(out, text, strlen(text));
		}
		for (unsigned blanks = (seed >> 24) % 9 == 0 ? 100 + (seed >> 8) % 300 : 0; blanks;
		     blanks--)
			bytes_add(out, " ", 1);
		/* without its END, or cut within its data */
		if ((seed >> 22) % 3 == 0)
			size -= strlen(END) + ((seed >> 9) % 2 ? 0 : 20 + (seed >> 11) % 40);
		bytes_add(out, one->data, size);
		bytes_add(out, "\n", size < one->size && (seed >> 10) % 4 > 0);
	}
}

/* Each block that we cut out of a file, OpenSSL reads to the bytes that it reads of the file; and
 * so the copies together. `*keys` counts the files with something in them that is not copied. */
static void compare_blocks(unsigned seed, struct span file, size_t *blocks, size_t *cut)
{
	BIO *all = BIO_new_mem_buf(file.data, (int)file.size);
	struct span rest = file, block;
	AUTO(bytes) ours = {0};
	AUTO(bytes) theirs = {0};
	AUTO(bytes) copied = {0};
	struct err err = {0};
	bool trusted;

	while (pem_next_block(file, &rest, &block, &ours, &trusted, &err) && ours.size > 0) {
		BIO *alone = BIO_new_mem_buf(block.data, (int)block.size);
		AUTO(bytes) copy = {0};
		BIO *copy_alone;

		cr_assert(next_of_openssl(all, &theirs), "%u", seed);
		cr_assert(span_equal(bytes_span(&theirs), bytes_span(&ours)), "%u", seed);
		cr_assert_eq(memcmp(block.data, "-----BEGIN ", 11), 0, "%u", seed);
		cr_assert(block.data + block.size == rest.data, "%u", seed);
		cr_assert(next_of_openssl(alone, &theirs), "%u: the block", seed);
		cr_assert(span_equal(bytes_span(&theirs), bytes_span(&ours)), "%u", seed);
		cr_assert(BIO_ctrl_pending(alone) == 0, "%u: text behind the block", seed);
		pem_copy_block(block, &copy);
		cr_assert_not(span_find(bytes_span(&copy), span_text("PRIVATE KEY")), "%u", seed);
		copy_alone = BIO_new_mem_buf(copy.data, (int)copy.size);
		cr_assert(next_of_openssl(copy_alone, &theirs), "%u: its copy", seed);
		cr_assert(span_equal(bytes_span(&theirs), bytes_span(&ours)), "%u", seed);
		bytes_add(&copied, copy.data, copy.size);
		*cut += copy.size < block.size;
		*blocks += 1;
		BIO_free(alone);
		BIO_free(copy_alone);
	}
	BIO_free(all);
	all = BIO_new_mem_buf(copied.data, (int)copied.size);
	rest = file;
	while (pem_next_certificate(&rest, &ours, &trusted, &err) && ours.size > 0) {
		cr_assert(next_of_openssl(all, &theirs), "%u: the copies", seed);
		cr_assert(span_equal(bytes_span(&theirs), bytes_span(&ours)), "%u", seed);
	}
	cr_assert_not(next_of_openssl(all, &theirs), "%u: more than there was", seed);
	BIO_free(all);
}

Test(pem, a_block_is_what_openssl_reads_it_of)
{
	static const char *const names[] = {"first", "second", "third one"};
	struct bytes pem[COUNT(names)] = {0};
	size_t blocks = 0, cut = 0;

	for (size_t i = 0; i < COUNT(names); i++) {
		AUTO(bytes) der = {0};

		made_certificate(&der, &(struct made){.name = names[i], .ca = true});
		pem_write_certificate(bytes_span(&der), &pem[i]);
	}
	for (unsigned seed = 1; seed <= 20000; seed++) {
		AUTO(bytes) file = {0};

		add_odd_file(seed * 2654435761u, pem, COUNT(names), &file);
		compare_blocks(seed, bytes_span(&file), &blocks, &cut);
	}
	cr_assert_gt(blocks, 10000);
	cr_assert_gt(cut, 500);
	for (size_t i = 0; i < COUNT(names); i++)
		bytes_release(&pem[i]);
}
