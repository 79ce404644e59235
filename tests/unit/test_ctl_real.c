/* SPDX-License-Identifier: Apache-2.0 */
/* Each real trust list of the data folder, held against the table there. */
#include <criterion/criterion.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/digest.h"
#include "formats/cab.h"
#include "formats/ctl_signature.h"
#include "formats/pem.h"
#include "real_data.h"

/* formats.md a.3: the number is the time of issue as a FILETIME, that of authroot behind a 14. The
 * files of the data folder are named by that time. */
static void check_sequence(const char *name, const struct ctl *ctl)
{
	struct reader reader = reader_of(ctl->sequence);
	char date[CLOCK_TEXT], compact[CLOCK_TEXT];
	size_t size = 0;

	if (ctl->list == CTL_AUTHROOT)
		cr_assert_eq(reader_u8(&reader), 0x14, "%s", name);
	cr_assert_eq(clock_from_filetime(reader_u64be(&reader)), ctl->this_update, "%s", name);
	cr_assert(!reader.failed && reader.rest.size == 0, "%s", name);
	clock_write(ctl->this_update, date);
	for (const char *c = date; *c; c++)
		if (*c != '-' && *c != ':')
			compact[size++] = *c;
	compact[size] = 0;
	cr_assert_eq(strncmp(name, compact, size), 0, "%s is of %s", name, compact);
}

static const struct {
	const char *words;
	enum chain_result result;
} chain_words[] = {
    {"ok", CHAIN_OK},
    {"invalid CA certificate", CHAIN_INVALID_CA},
    {"unable to get local issuer certificate", CHAIN_MISSING_ISSUER},
    {"certificate is not yet valid", CHAIN_NOT_YET_VALID},
};

static void check_row(const char *name, size_t entries, size_t certificates, const char *chain,
    struct chain_pool *anchors)
{
	AUTO(text) path = {0};
	AUTO(bytes) file = {0};
	AUTO(ctl) ctl = {0};
	AUTO(chain_pool) embedded = {0};
	const struct ctl_stores stores = {{&embedded}, {anchors}};
	struct ctl_signature signature;
	struct ctl_chain built;
	struct chain_outcome outcome;
	struct err err = {0};
	bool known = false;

	text_addf(&path, "ctl/authroot/%s.stl", name);
	file = read_data(text_string(&path));
	cr_assert(ctl_parse(bytes_span(&file), &ctl, &err), "%s: %s", name, err.text);
	cr_assert_eq(ctl.list, CTL_AUTHROOT);
	check_sequence(name, &ctl);
	cr_assert_eq(ctl.entry_count, entries, "%s: %zu entries", name, ctl.entry_count);
	cr_assert_eq(ctl.certificate_count, certificates, "%s", name);
	ctl_check_signature(&ctl, &signature);
	cr_assert_eq(signature.signature, CTL_SIGNATURE_GOOD, "%s: %s", name, signature.reason);
	cr_assert_neq(signature.nested, CTL_SIGNATURE_BAD, "%s", name);
	cr_assert(signature.signer_usage);
	ctl_pool(&ctl, &embedded);
	ctl_chain(&ctl, &signature, &stores, ctl.this_update, &built);
	outcome = built.at_now;
	for (size_t i = 0; i < COUNT(chain_words); i++)
		if (strcmp(chain_words[i].words, chain) == 0) {
			cr_assert_eq(outcome.result, chain_words[i].result, "%s: %s, wanted %s",
			    name, chain_result_word(outcome.result), chain);
			known = true;
		}
	cr_assert(known, "%s: no word for '%s'", name, chain);
}

/* The first cells of a row of a table in Markdown, without the blanks around them. */
struct cells {
	char text[4][64];
};

static bool cells_of(const char *row, struct cells *out)
{
	for (size_t i = 0; i < COUNT(out->text); i++) {
		const char *end;
		size_t size;

		row += 1 + (row[1] == ' ');
		end = row + strcspn(row, "|\n");
		size = (size_t)(end - row);
		if (*end != '|' || size < 2 || size > sizeof(out->text[i]))
			return false;
		memcpy(out->text[i], row, size - 1);
		out->text[i][size - 1] = 0;
		row = end;
	}
	return true;
}

static size_t number(const char *digits)
{
	size_t value = 0;

	for (; *digits >= '0' && *digits <= '9'; digits++)
		value = value * 10 + (size_t)(*digits - '0');
	return value;
}

/* The rows of the table "ctl/authroot" in the data folder's README. */
Test(ctl_real, agrees_with_the_table_of_real_lists)
{
	static const char *const roots[] = {"MicrosoftRootAuthority_1997.crt",
	    "MicrosoftRootCertificateAuthority_2001.crt",
	    "MicrosoftRootCertificateAuthority_2010.crt",
	    "MicrosoftRootCertificateAuthority_2011.crt"};
	AUTO(bytes) readme = read_data("README.md");
	struct bytes files[COUNT(roots)];
	AUTO(chain_pool) anchors = {0};
	size_t rows = 0;

	for (size_t i = 0; i < COUNT(roots); i++) {
		AUTO(text) path = {0};

		text_addf(&path, "certs/microsoft/%s", roots[i]);
		files[i] = read_data(text_string(&path));
		chain_pool_add(&anchors, bytes_span(&files[i]));
	}
	bytes_add(&readme, "", 1);
	for (const char *at = (const char *)readme.data; at; at = strchr(at, '\n')) {
		struct cells cells;

		at += *at == '\n';
		if (strncmp(at, "| 20", 4) != 0 || !cells_of(at, &cells) ||
		    cells.text[0][8] != 'T' || !strstr(cells.text[0], "Z_seen"))
			continue;
		cells.text[0][strcspn(cells.text[0], " ")] = 0; /* "(a)": another source */
		check_row(cells.text[0], number(cells.text[1]), number(cells.text[2]),
		    cells.text[3], &anchors);
		rows++;
	}
	cr_assert_gt(rows, 40, "%zu rows", rows);
	for (size_t i = 0; i < COUNT(roots); i++)
		bytes_release(&files[i]);
}

static void must_be(const struct ctl_entry *entry, unsigned property, struct span want)
{
	struct span value;

	cr_assert(ctl_entry_find(entry, property, &value), "attribute %u is missing", property);
	cr_assert(span_equal(value, want), "attribute %u is another", property);
}

/* formats.md a.4: 20 is the subject key identifier or, where a root has none, the SHA-1 of its
 * SubjectPublicKeyInfo. */
static void check_key_identifier(const struct ctl_entry *entry, const struct cert *cert)
{
	const unsigned char *at = cert->der.data;
	X509 *x = d2i_X509(NULL, &at, (long)cert->der.size);
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(x);
	uint8_t sha1[SHA1_SIZE];

	digest_sha1(cert->spki, sha1);
	must_be(entry, CTL_KEY_IDENTIFIER,
	    id ? (struct span){ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id)}
	       : (struct span){sha1, SHA1_SIZE});
	X509_free(x);
}

Test(ctl_real, attributes_of_the_program_roots_are_those_of_their_certificates)
{
	AUTO(bytes) file = read_data("ctl/authroot/20250616T175611Z_seen20250626.stl");
	AUTO(ctl) ctl = {0};
	struct err err = {0};

	cr_assert(ctl_parse(bytes_span(&file), &ctl, &err), "%s", err.text);
	cr_assert_eq(ctl.entry_count, 514);
	for (size_t i = 0; i < ctl.entry_count; i++) {
		const struct ctl_entry *entry = &ctl.entries[i];
		char thumbprint[CTL_SEQUENCE_TEXT];
		AUTO(text) name = {0};
		AUTO(bytes) pem = {0};
		AUTO(bytes) der = {0};
		struct span rest;
		bool trusted;
		struct cert cert;
		uint8_t sha1[SHA1_SIZE], md5[MD5_SIZE];

		ctl_sequence_text(entry->id, thumbprint);
		text_addf(&name, "certs/program-2025-06/%s.crt", thumbprint);
		pem = read_data(text_string(&name));
		rest = bytes_span(&pem);
		cr_assert(pem_next_certificate(&rest, &der, &trusted, &err) &&
		              cert_parse(bytes_span(&der), &cert, &err),
		    "%s: %s", text_string(&name), err.text);
		digest_sha1(cert.der, sha1);
		cr_assert(span_equal(entry->id, (struct span){sha1, SHA1_SIZE}));
		must_be(entry, CTL_SHA256, (struct span){cert.sha256, SHA256_SIZE});
		digest_md5(cert.subject, md5);
		must_be(entry, CTL_SUBJECT_NAME_MD5, (struct span){md5, MD5_SIZE});
		check_key_identifier(entry, &cert);
	}
}

Test(ctl_real, the_two_lists_of_the_incident_are_one_list_and_two_issues)
{
	AUTO(bytes) first = read_data("ctl/authroot/20110125T205412Z_seen20110126.stl");
	AUTO(bytes) second = read_data("ctl/authroot/20110125T205412Z_seen20110302.stl");
	AUTO(bytes) cabinet = read_data("ctl/authroot/20110125T205412Z_seen20110126.cab");
	AUTO(bytes) unpacked = {0};
	AUTO(cab) cab = {0};
	AUTO(ctl) a = {0};
	AUTO(ctl) b = {0};
	struct err err = {0};

	cr_assert_eq(cabinet.size, 29367);
	cr_assert(cab_open(bytes_span(&cabinet), &cab, &err) &&
	              cab_read(&cab, &cab.members[0], CTL_MAX_BYTES, &unpacked, &err),
	    "%s", err.text);
	cr_assert(span_equal(bytes_span(&unpacked), bytes_span(&first)));
	cr_assert(ctl_parse(bytes_span(&first), &a, &err), "%s", err.text);
	cr_assert(ctl_parse(bytes_span(&second), &b, &err), "%s", err.text);
	cr_assert_eq(ctl_sequence_compare(a.sequence, b.sequence), 0);
	cr_assert(span_equal(a.content, b.content));
	cr_assert_not(span_equal(a.file, b.file));
}

Test(ctl_real, an_unsigned_list_has_no_signature_rather_than_a_bad_one)
{
	AUTO(bytes) file = read_data("ctl/odd/authroot_20221115_unsigned.stl");
	struct ctl_signature signature;
	AUTO(ctl) ctl = {0};
	struct err err = {0};

	cr_assert(ctl_parse(bytes_span(&file), &ctl, &err), "%s", err.text);
	ctl_check_signature(&ctl, &signature);
	cr_assert_eq(signature.signature, CTL_SIGNATURE_ABSENT);
}

Test(ctl_real, the_other_lists_are_numbered_by_their_time_too)
{
	static const struct {
		const char *folder, *name;
		enum ctl_list list;
		size_t entries;
	} lists[] = {
	    {"disallowed", "20170420T155932Z", CTL_DISALLOWED, 64},
	    {"disallowed", "20190813T161835Z", CTL_DISALLOWED, 72},
	    {"disallowed", "20210316T072924Z", CTL_DISALLOWED, 74},
	    {"pinrules", "20170531T232859Z", CTL_PINRULES, 152},
	};

	for (size_t i = 0; i < COUNT(lists); i++) {
		AUTO(text) path = {0};
		AUTO(bytes) file = {0};
		AUTO(ctl) ctl = {0};
		struct ctl_signature signature;
		struct err err = {0};

		text_addf(&path, "ctl/%s/%s.stl", lists[i].folder, lists[i].name);
		file = read_data(text_string(&path));
		cr_assert(ctl_parse(bytes_span(&file), &ctl, &err), "%s", err.text);
		cr_assert_eq(ctl.list, lists[i].list);
		cr_assert_eq(ctl.entry_count, lists[i].entries);
		check_sequence(lists[i].name, &ctl);
		ctl_check_signature(&ctl, &signature);
		cr_assert_eq(signature.signature, CTL_SIGNATURE_GOOD);
	}
}
