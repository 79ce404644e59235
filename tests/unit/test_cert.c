/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk over a certificate and the hash of names, held against OpenSSL over
 * every certificate that this machine and the data folder have.
 */
#include <criterion/criterion.h>
#include <fts.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/der.h"
#include "base/file.h"
#include "formats/pem.h"
#include "made_certificate.h"
#include "model/cert.h"

static int64_t openssl_time(const ASN1_TIME *time)
{
	struct tm fields;

	cr_assert(ASN1_TIME_to_tm(time, &fields));
	return (int64_t)timegm(&fields);
}

/* The last common name as OpenSSL gives it, escaped as ours is. */
static bool openssl_common_name(X509 *x, struct escaped *out)
{
	const X509_NAME *name = X509_get_subject_name(x);
	int at = -1, found = -1;
	unsigned char *utf8 = NULL;
	int size;

	while ((at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0)
		found = at;
	if (found < 0)
		return false;
	size =
	    ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, found)));
	if (size > 0)
		*out = text_escape((struct span){utf8, (size_t)size});
	OPENSSL_free(utf8);
	return size > 0;
}

static void compare_constraints(X509 *x, const struct cert *cert, const char *where)
{
	BASIC_CONSTRAINTS *constraints = X509_get_ext_d2i(x, NID_basic_constraints, NULL, NULL);

	cr_assert_eq(cert->has_basic_constraints, constraints != NULL, "%s", where);
	cr_assert_eq(cert->is_ca, constraints && constraints->ca, "%s", where);
	BASIC_CONSTRAINTS_free(constraints);
}

static void compare_with_openssl(struct span der, const char *where)
{
	const unsigned char *p = der.data;
	X509 *x = d2i_X509(NULL, &p, (long)der.size);
	char name[CERT_NAME_TEXT];
	struct cert cert = {0};
	struct err err = {0};
	struct escaped common;
	uint32_t hash = 0;

	cr_assert(x && p == der.data + der.size, "%s: OpenSSL refuses it", where);
	cr_assert(cert_parse(der, &cert, &err), "%s: %s", where, err.text);
	cr_assert_eq(cert.not_before, openssl_time(X509_get0_notBefore(x)), "%s", where);
	cr_assert_eq(cert.not_after, openssl_time(X509_get0_notAfter(x)), "%s", where);
	cr_assert_eq(cert.version1, X509_get_version(x) == 0, "%s", where);
	compare_constraints(x, &cert, where);
	cr_assert(cert_name_hash(cert.subject, &hash), "%s", where);
	cr_assert_eq(hash, (uint32_t)X509_NAME_hash(X509_get_subject_name(x)), "%s", where);
	cr_assert(cert_name_hash(cert.issuer, &hash), "%s", where);
	cr_assert_eq(hash, (uint32_t)X509_NAME_hash(X509_get_issuer_name(x)), "%s", where);
	cert_name_text(cert.subject, name);
	if (openssl_common_name(x, &common))
		cr_assert_str_eq(name, common.text, "%s", where);
	X509_free(x);
}

/* Compares all certificates of a file, PEM or DER; returns how many there were. */
static size_t compare_file(const char *path)
{
	struct root none = root_none();
	AUTO(bytes) content = {0};
	AUTO(bytes) der = {0};
	struct err err = {0};
	struct span rest;
	size_t count = 0;
	bool trusted;

	cr_assert(file_read(&none, path, 16 << 20, &content, &err), "%s", err.text);
	rest = bytes_span(&content);
	if (rest.size > 0 && *rest.data == DER_SEQUENCE) {
		compare_with_openssl(rest, path);
		return 1;
	}
	while (pem_next_certificate(&rest, &der, &trusted, &err) && der.size > 0) {
		compare_with_openssl(
		    (struct span){der.data, trusted ? der_size(bytes_span(&der)) : der.size}, path);
		count++;
	}
	cr_assert_eq(err.code, ERR_NONE, "%s: %s", path, err.text);
	return count;
}

static size_t compare_below(const char *folder)
{
	char *roots[] = {(char *)(uintptr_t)folder, NULL};
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	size_t count = 0;

	for (FTSENT *entry; (entry = fts_read(tree));) {
		const char *end = strrchr(entry->fts_name, '.');

		if (entry->fts_info == FTS_F && end &&
		    (strcmp(end, ".crt") == 0 || strcmp(end, ".cer") == 0 ||
		        strcmp(end, ".pem") == 0 || strcmp(end, ".der") == 0))
			count += compare_file(entry->fts_path);
	}
	fts_close(tree);
	return count;
}

Test(cert, agrees_with_openssl_on_the_certificates_of_this_machine)
{
	size_t count = compare_below("/usr/share/ca-certificates");

	if (count == 0)
		cr_skip_test("skipped: no certificates in /usr/share/ca-certificates");
	cr_log_info("%zu certificates compared", count);
}

Test(cert, agrees_with_openssl_on_the_data_folder)
{
	const char *data = getenv("TRUST_DEPLOYER_DATA");
	struct root none = root_none();

	data = data ? data : "../shared/data";
	if (file_type(&none, data) != FILE_FOLDER)
		cr_skip_test("skipped: no data folder");
	cr_assert_gt(compare_below(data), 0);
}

/* Names that exercise each rule of the canonical form. */
Test(cert, hashes_names_as_openssl_does)
{
	static const struct {
		int type;
		const char *text;
		int size;
	} values[] = {
	    {V_ASN1_UTF8STRING, "  Mixed \t Case\n ", -1},
	    {V_ASN1_PRINTABLESTRING, "ACME  Corp", -1},
	    {V_ASN1_IA5STRING, "x", -1},
	    {V_ASN1_T61STRING, "Caf\xe9", -1},
	    {V_ASN1_NUMERICSTRING, "1 2", -1},
	    {V_ASN1_BMPSTRING, "\0A\x20\xac\0 ", 6},
	    {V_ASN1_UNIVERSALSTRING, "\0\1\xf6\0\0\0\0Z", 8},
	    {V_ASN1_UTF8STRING, "   ", -1},
	};

	for (size_t i = 0; i < COUNT(values); i++) {
		X509_NAME *name = X509_NAME_new();
		unsigned char *out = NULL;
		uint32_t hash = 0;
		int size;

		X509_NAME_add_entry_by_NID(name, NID_organizationName, values[i].type,
		    (const unsigned char *)values[i].text,
		    values[i].size < 0 ? (int)strlen(values[i].text) : values[i].size, -1, 0);
		/* two more in one set, whose order the folding turns round */
		X509_NAME_add_entry_by_NID(name, NID_commonName, V_ASN1_UTF8STRING,
		    (const unsigned char *)"Zed", 3, -1, 0);
		X509_NAME_add_entry_by_NID(name, NID_commonName, V_ASN1_UTF8STRING,
		    (const unsigned char *)"abc", 3, -1, -1);
		size = i2d_X509_NAME(name, &out);
		cr_assert_gt(size, 0);
		cr_assert(cert_name_hash((struct span){out, (size_t)size}, &hash), "value %zu", i);
		cr_assert_eq(hash, (uint32_t)X509_NAME_hash(name), "value %zu", i);
		OPENSSL_free(out);
		X509_NAME_free(name);
	}
}

Test(cert, cannot_hash_a_name_whose_text_is_none)
{
	/* O = UTF8String FF */
	static const uint8_t name[] = {
	    0x30, 0x0c, 0x31, 0x0a, 0x30, 0x08, 0x06, 0x03, 0x55, 0x04, 0x0a, 0x0c, 0x01, 0xff};
	uint32_t hash;
	char text[CERT_NAME_TEXT];

	cr_assert_not(cert_name_hash((struct span){name, sizeof(name)}, &hash));
	cert_name_text((struct span){name, sizeof(name)}, text);
	cr_assert_str_eq(text, "\\xff");
	cert_name_text((struct span){(const uint8_t *)"\x30\x00", 2}, text);
	cr_assert_str_eq(text, "(no name)");
}

Test(cert, refuses_every_cut_and_every_tail)
{
	AUTO(bytes) der = {0};
	struct cert cert = {0};
	struct err err = {0};

	made_certificate(&der, &(struct made){.name = "Cut", .ca = true});
	compare_with_openssl(bytes_span(&der), "made");
	for (size_t size = 0; size < der.size; size++) {
		uint8_t *exact = malloc(size + 1);

		memcpy(exact, der.data, size);
		cr_assert_not(cert_parse((struct span){exact, size}, &cert, &err));
		cr_assert_eq(err.code, ERR_FORMAT);
		free(exact);
	}
	bytes_add(&der, "x", 1);
	cr_assert_not(cert_parse(bytes_span(&der), &cert, &err));
	cr_assert(strstr(err.text, "bytes behind the last element"), "%s", err.text);
	cr_assert_eq(cert.der.size, 0, "the result must be untouched");
}

Test(cert, names_the_offset_of_a_fault)
{
	AUTO(bytes) der = {0};
	struct cert cert;
	struct err err = {0};
	char offset[32];
	const uint8_t *day;

	made_certificate(&der, &(struct made){.name = "Fault", .ca = true});
	day = memmem(der.data, der.size, "250101000000Z", 13);
	cr_assert(day);
	der.data[day - der.data + 2] = '7'; /* month 71 */
	cr_assert_not(cert_parse(bytes_span(&der), &cert, &err));
	snprintf(offset, sizeof(offset), "at byte %zu:", (size_t)(day - der.data) - 2);
	cr_assert(strstr(err.text, offset) && strstr(err.text, "time"), "%s", err.text);
}

Test(cert, reads_times_with_an_offset_from_utc)
{
	AUTO(bytes) der = {0};
	struct cert cert;
	struct err err = {0};

	made_certificate(&der, &(struct made){.name = "East",
	                           .ca = true,
	                           .not_before = "990630000000+1000",
	                           .not_after = "091015235900-0130"});
	cr_assert(cert_parse(bytes_span(&der), &cert, &err), "%s", err.text);
	cr_assert_eq(cert.not_before, 930664800); /* 1999-06-29T14:00:00Z */
	cr_assert_eq(cert.not_after, 1255656540); /* 2009-10-16T01:29:00Z */
	der.size = 0;
	made_certificate(
	    &der, &(struct made){.name = "None", .ca = true, .not_before = "990630000000+1060"});
	cr_assert_not(cert_parse(bytes_span(&der), &cert, &err));
}

Test(cert, knows_versions_and_constraints)
{
	static const struct made made[] = {
	    {.name = "one", .version1 = true},
	    {.name = "ca", .ca = true},
	    {.name = "leaf", .leaf = true},
	    {.name = "plain"},
	};

	for (size_t i = 0; i < COUNT(made); i++) {
		AUTO(bytes) der = {0};
		struct cert cert;
		struct err err = {0};

		made_certificate(&der, &made[i]);
		compare_with_openssl(bytes_span(&der), made[i].name);
		cr_assert(cert_parse(bytes_span(&der), &cert, &err), "%s", err.text);
		cr_assert_eq(cert.is_ca, made[i].ca);
		cr_assert_eq(cert.version1, made[i].version1);
		cr_assert_eq(cert.has_basic_constraints, made[i].ca || made[i].leaf);
		cr_assert(cert.self_issued);
	}
}

/* Whether it is a certificate, where it ends, its hash: as OpenSSL has it. */
static bool sees_what_openssl_sees(struct span der)
{
	const unsigned char *p = der.data;
	X509 *x = d2i_X509(NULL, &p, (long)der.size);
	struct cert_seen seen;
	struct err err = {0};
	bool same = cert_see(der, false, &seen, &err) == (x != NULL) &&
	            (!x || (seen.hash == (uint32_t)X509_subject_name_hash(x) &&
	                       seen.size == (size_t)(p - der.data)));

	if (x)
		cr_assert_neq(seen.label[0], 0);
	else
		cr_assert(strstr(err.text, "OpenSSL cannot decode it: "), "%s", err.text);
	X509_free(x);
	ERR_clear_error();
	return same;
}

/* Each bit of a certificate flipped: strict or not, readable or not, we say what OpenSSL says. */
Test(cert, sees_in_every_damaged_certificate_what_openssl_sees)
{
	AUTO(bytes) der = {0};
	size_t taken = 0;

	made_certificate(&der, &(struct made){.name = "Flipped", .ca = true});
	for (size_t bit = 0; bit < 8 * der.size; bit++) {
		struct cert strict;
		struct cert_seen seen;
		struct err err = {0};

		der.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		cr_assert(sees_what_openssl_sees(bytes_span(&der)), "bit %zu", bit);
		taken += !cert_parse(bytes_span(&der), &strict, &err) &&
		         cert_see(bytes_span(&der), false, &seen, &err);
		der.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	/* OpenSSL is the more lenient by far: version 4, BOOLEAN 01, times that are none ... */
	cr_assert_gt(taken, 100, "%zu", taken);
}

/* What Windows takes for a name, and OpenSSL does not. */
Test(cert, names_that_are_no_text_are_in_doubt)
{
	AUTO(bytes) der = {0};
	struct cert_seen seen;
	struct err err = {0};
	struct cert cert;

	made_certificate(&der, &(struct made){.name = "M\xc3\xbcller", .ca = true});
	cr_assert(cert_parse(bytes_span(&der), &cert, &err) && !cert.doubtful);
	cr_assert(cert_see(bytes_span(&der), false, &seen, &err), "%s", err.text);
	for (size_t i = 0; i + 2 < der.size; i++)
		if (memcmp(der.data + i, "\xc3\xbc", 2) == 0)
			der.data[i + 1] = 'u'; /* Latin-1 that is called UTF-8 */
	cr_assert(cert_parse(bytes_span(&der), &cert, &err), "%s", err.text);
	cr_assert(cert.doubtful);
	cr_assert_not(cert_see(bytes_span(&der), false, &seen, &err));
	cr_assert(strstr(err.text, "OpenSSL cannot decode it: invalid utf8string"), "%s", err.text);
}
