/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "formats/filekind.h"

#define KIND(data) filekind_of((struct span){(const uint8_t *)(data), sizeof(data) - 1}).word

Test(filekind, tells_what_people_give_by_mistake)
{
	cr_assert_eq(KIND(""), FILEKIND_EMPTY);
	cr_assert_eq(KIND("\0\0\0\0\0\0\0\0\0\0"), FILEKIND_BLANK);
	cr_assert_eq(KIND(" \r\n\n"), FILEKIND_BLANK);
	cr_assert_eq(KIND("\xef\xbb\xbf\r\n<!DOCTYPE html>"), FILEKIND_HTML);
	cr_assert_eq(KIND("<?xml version=\"1.0\"?><html xmlns=\"x\">"), FILEKIND_HTML);
	cr_assert_eq(KIND("<?xml version=\"1.0\"?><gpo>"), FILEKIND_XML);
	cr_assert_eq(KIND("\xff\xfe-\0-\0"), FILEKIND_UTF16);
	cr_assert_eq(KIND("-\0-\0-\0-\0-\0B\0"), FILEKIND_UTF16);
	cr_assert_eq(KIND("name: corp\n"), FILEKIND_TEXT);
	cr_assert_eq(KIND("01: a text that begins as a SEQUENCE would\n"), FILEKIND_TEXT);
	cr_assert_eq(KIND("-----BEGIN CERTIFICATE-----\n"), FILEKIND_PEM_CERTIFICATE);
	cr_assert_eq(
	    KIND("subject=x\r\n-----BEGIN TRUSTED CERTIFICATE-----\n"), FILEKIND_PEM_CERTIFICATE);
	cr_assert_eq(KIND("\t -----BEGIN CERTIFICATE-----\n"), FILEKIND_PEM_INDENTED);
	cr_assert_eq(KIND("-----BEGIN RSA PRIVATE KEY-----\n"), FILEKIND_PRIVATE_KEY);
	cr_assert_eq(KIND("-----BEGIN NEW CERTIFICATE REQUEST-----\n"), FILEKIND_REQUEST);
	cr_assert_eq(KIND("-----BEGIN PRIVATE KEY-----\n\n-----BEGIN CERTIFICATE-----\n"),
	    FILEKIND_PEM_BOTH);
	cr_assert_eq(KIND("PK\3\4"), FILEKIND_ZIP);
	cr_assert_eq(KIND("\x1f\x8b\x08"), FILEKIND_COMPRESSED);
	cr_assert_eq(KIND("\xfe\xed\xfe\xed\0\0\0\2"), FILEKIND_JKS);
	cr_assert_eq(KIND("\1\2\3"), FILEKIND_BINARY);
}

/* Whatever the bytes, nothing is read behind them. */
Test(filekind, of_every_beginning_of_a_file)
{
	static const uint8_t certificate[] = {0x30, 0x82, 0x01, 0x00, 0x30, 0x0a, 0xa0, 0x03, 0x02,
	    0x01, 0x02, 0x02, 0x01, 0x01, 0x30, 0x00, 0x30, 0x00};
	static const char cabinet[] = "MSCF\0\0\0\0\0\1\0\0more";

	for (size_t size = 0; size <= sizeof(certificate); size++) {
		uint8_t *copy = mem_alloc(size + !size);

		memcpy(copy, certificate, size);
		(void)filekind_of((struct span){copy, size});
		free(copy);
	}
	for (size_t size = 0; size < sizeof(cabinet); size++) {
		uint8_t *copy = mem_alloc(size + !size);

		memcpy(copy, cabinet, size);
		(void)filekind_of((struct span){copy, size});
		free(copy);
	}
}

Test(filekind, says_where_it_was_cut_off_and_what_to_do)
{
	static const uint8_t der[] = {0x30, 0x82, 0x01, 0x00, 0x30, 0x80, 0xa0, 0x03};
	static const char cabinet[] = "MSCF\0\0\0\0\0\1\0\0more";
	struct span cut = {der, sizeof(der)};
	struct span half = {(const uint8_t *)cabinet, sizeof(cabinet) - 1};
	struct span page = span_text("<html>log in first</html>");
	struct err err = {.code = ERR_FORMAT};

	cr_assert_not(filekind_refuse(cut, FILEKIND_WANT_CERTIFICATE, &err));
	cr_assert_str_eq(
	    err.text, "is a DER file, cut off after 8 of 260 bytes; copy it again, whole");
	cr_assert_not(filekind_refuse(half, FILEKIND_WANT_BUNDLE, &err));
	cr_assert_str_eq(
	    err.text, "is a cabinet, cut off after 16 of 256 bytes; copy it again, whole");
	cr_assert_not(filekind_refuse(page, FILEKIND_WANT_BUNDLE, &err));
	cr_assert_str_eq(err.text,
	    "is an HTML page, not a bundle; was it downloaded through a proxy or a log-in page "
	    "that answered instead?");
	cr_assert_eq(err.code, ERR_FORMAT);
}

Test(filekind, leaves_the_error_where_it_knows_no_better)
{
	struct err err = {.code = ERR_POLICY, .text = "p.yaml:3:1: as it was"};

	cr_assert_not(filekind_refuse(span_text("name: x\n"), FILEKIND_WANT_DOCUMENT, &err));
	cr_assert_str_eq(err.text, "p.yaml:3:1: as it was");
}
