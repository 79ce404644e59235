/* SPDX-License-Identifier: Apache-2.0 */
/* Trust lists: made ones with every form of attribute. The real ones are in
 * test_ctl_real.c. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf16.h"
#include "formats/ctl_signature.h"
#include "flips.h"
#include "made_ctl.h"

enum { IN_2026 = 1767225600 };

static struct chain_outcome chain_of(
    const struct ctl *ctl, const struct made_pki *pki, bool with_pca, int64_t at)
{
	AUTO(chain_pool) untrusted = {0};
	AUTO(chain_pool) anchors = {0};
	struct ctl_stores stores = {{&untrusted}, {&anchors}};
	struct ctl_signature signature;
	struct ctl_chain chain;

	ctl_pool(ctl, &untrusted);
	if (with_pca)
		chain_pool_add(&untrusted, bytes_span(&pki->pca));
	chain_pool_add(&anchors, bytes_span(&pki->root));
	ctl_check_signature(ctl, &signature);
	cr_assert_eq(signature.signature, CTL_SIGNATURE_GOOD, "%s", signature.reason);
	cr_assert(signature.signer_usage);
	ctl_chain(ctl, &signature, &stores, at, &chain);
	return chain.at_now;
}

Test(ctl, reads_what_a_list_says)
{
	AUTO(made_pki) pki = {0};
	AUTO(bytes) file = {0};
	AUTO(ctl) ctl = {0};
	struct err err = {0};
	char sequence[CTL_SEQUENCE_TEXT];

	made_pki(&pki);
	made_ctl(&file, &pki,
	    &(struct made_ctl){.entries = 300, .sequence = 0x94, .this_update = "110125205412Z"});
	cr_assert(ctl_looks(bytes_span(&file)));
	cr_assert(ctl_parse(bytes_span(&file), &ctl, &err), "%s", err.text);
	cr_assert_eq(ctl.list, CTL_AUTHROOT);
	cr_assert_eq(ctl.entry_count, 300);
	cr_assert_eq(ctl.certificate_count, 2);
	cr_assert_eq(ctl.this_update, 1295988852);
	ctl_sequence_text(ctl.sequence, sequence);
	cr_assert_str_eq(sequence, "01CBBCD205389C94");
	cr_assert_eq(ctl_find(&ctl, ctl.entries[299].id), &ctl.entries[299]);
	cr_assert_null(ctl_find(&ctl, (struct span){(const uint8_t *)"x", 1}));
}

Test(ctl, tells_a_missing_issuer_from_a_bad_signature)
{
	AUTO(made_pki) pki = {0};
	AUTO(bytes) file = {0};
	AUTO(bytes) whole = {0};
	AUTO(ctl) without = {0};
	AUTO(ctl) with = {0};
	struct chain_outcome outcome;
	struct err err = {0};

	made_pki(&pki);
	made_ctl(&file, &pki, &(struct made_ctl){.entries = 3, .without_pca = true});
	made_ctl(&whole, &pki, &(struct made_ctl){.entries = 3});
	cr_assert(ctl_parse(bytes_span(&file), &without, &err), "%s", err.text);
	cr_assert(ctl_parse(bytes_span(&whole), &with, &err), "%s", err.text);
	outcome = chain_of(&without, &pki, false, IN_2026);
	cr_assert_eq(outcome.result, CHAIN_MISSING_ISSUER);
	cr_assert_str_eq(outcome.issuer, "Demo List PCA");
	cr_assert_str_eq(outcome.issuer_url, MADE_PCA_URL);
	cr_assert_eq(chain_of(&without, &pki, true, IN_2026).result, CHAIN_OK, "the cure");
	cr_assert_eq(chain_of(&with, &pki, false, IN_2026).result, CHAIN_OK);
	/* issued again: the same list, another file */
	cr_assert_eq(ctl_sequence_compare(without.sequence, with.sequence), 0);
	cr_assert(span_equal(without.content, with.content));
	cr_assert_not(span_equal(without.file, with.file));
}

/* One question, asked of two times: what is found at one is not left for the other. */
Test(ctl, a_chain_is_built_as_of_both_times)
{
	AUTO(made_pki) pki = {0};
	AUTO(bytes) file = {0};
	AUTO(ctl) ctl = {0};
	AUTO(chain_pool) embedded = {0};
	AUTO(chain_pool) anchors = {0};
	AUTO(chain_pool) none = {0};
	const struct ctl_stores good = {{&embedded}, {&none, &anchors}};
	const struct ctl_stores empty = {{&embedded}, {&none}}, unasked = {{&embedded}, {NULL}};
	struct ctl_signature signature;
	struct ctl_chain chain;
	struct err err = {0};

	made_pki(&pki);
	made_ctl(&file, &pki, &(struct made_ctl){.entries = 1});
	cr_assert(ctl_parse(bytes_span(&file), &ctl, &err), "%s", err.text);
	ctl_check_signature(&ctl, &signature);
	ctl_pool(&ctl, &embedded);
	chain_pool_add(&anchors, span_text("what is no certificate"));
	chain_pool_add(&anchors, bytes_span(&pki.root));
	for (int i = 0; i < 2; i++) {
		ctl_chain(&ctl, &signature, &good, 2082758400, &chain);
		cr_assert_eq(
		    chain.at_this_update.result, CHAIN_OK, "%s", chain.at_this_update.reason);
		cr_assert_eq(chain.at_now.result, CHAIN_EXPIRED);
		ctl_chain(&ctl, &signature, &empty, ctl.this_update, &chain);
		cr_assert_eq(chain.at_this_update.result, CHAIN_MISSING_ISSUER);
		cr_assert_str_eq(chain.at_now.issuer, chain.at_this_update.issuer);
		ctl_chain(&ctl, &signature, &unasked, ctl.this_update, &chain);
		cr_assert_eq(chain.at_this_update.result, CHAIN_NOT_CHECKED);
		cr_assert_eq(chain.at_now.result, CHAIN_NOT_CHECKED);
	}
}

Test(ctl, an_expired_publisher_is_no_bad_signature)
{
	AUTO(made_pki) pki = {0};
	AUTO(bytes) file = {0};
	AUTO(ctl) ctl = {0};
	struct err err = {0};

	made_pki(&pki);
	made_ctl(&file, &pki, &(struct made_ctl){.entries = 1});
	cr_assert(ctl_parse(bytes_span(&file), &ctl, &err), "%s", err.text);
	cr_assert_eq(chain_of(&ctl, &pki, false, 2082758400).result, CHAIN_EXPIRED);
	cr_assert_eq(chain_of(&ctl, &pki, false, 1000000000).result, CHAIN_NOT_YET_VALID);
	cr_assert_eq(chain_of(&ctl, &pki, false, ctl.this_update).result, CHAIN_OK);
}

Test(ctl, a_changed_byte_of_the_content_makes_the_signature_bad)
{
	AUTO(made_pki) pki = {0};
	AUTO(bytes) file = {0};
	AUTO(ctl) ctl = {0};
	struct ctl_signature signature;
	struct err err = {0};

	made_pki(&pki);
	made_ctl(&file, &pki, &(struct made_ctl){.entries = 1, .nested = true});
	cr_assert(ctl_parse(bytes_span(&file), &ctl, &err), "%s", err.text);
	ctl_check_signature(&ctl, &signature);
	cr_assert_eq(signature.signature, CTL_SIGNATURE_GOOD, "%s", signature.reason);
	cr_assert_eq(signature.nested, CTL_SIGNATURE_GOOD);
	file.data[ctl.entries[0].id.data - file.data] ^= 1;
	ctl_check_signature(&ctl, &signature);
	cr_assert_eq(signature.signature, CTL_SIGNATURE_BAD);
	cr_assert_eq(signature.nested, CTL_SIGNATURE_BAD);
	cr_assert(signature.reason[0]);
}

Test(ctl, no_other_root_may_anchor_a_list)
{
	static const uint8_t zeros[SHA256_SIZE];
	uint8_t root_2010[SHA256_SIZE];

	cr_assert(hex_parse("df545bf919a2439c36983b54cdfc903dfa4f37d3996d8d84b4c31eec6f3c163e",
	    root_2010, sizeof(root_2010)));
	cr_assert_str_eq(ctl_pinned_root(root_2010), "Microsoft Root Certificate Authority 2010");
	cr_assert_null(ctl_pinned_root(zeros));
}

static bool parse_with(
    const struct made_ctl *made, struct ctl *out, struct err *err, struct bytes *file)
{
	AUTO(made_pki) pki = {0};

	made_pki(&pki);
	file->size = 0;
	made_ctl(file, &pki, made);
	return ctl_parse(bytes_span(file), out, err);
}

Test(ctl, keeps_dates_apart_that_are_empty)
{
	AUTO(bytes) attributes = {0};
	AUTO(bytes) file = {0};
	AUTO(ctl) ctl = {0};
	struct err err = {0};
	struct span value;
	struct ctl_date date;

	made_property(&attributes, CTL_DISALLOWED_AFTER, (struct span){NULL, 0});
	/* 2017-04-20T14:53:10Z, little-endian */
	made_property(&attributes, CTL_NOT_BEFORE_AFTER,
	    (struct span){(const uint8_t *)"\x00\x91\x3d\x0d\xe6\xb9\xd2\x01", 8});
	made_property(&attributes, 99, span_text("kept"));
	cr_assert(
	    parse_with(&(struct made_ctl){.entries = 2, .attributes = bytes_span(&attributes)},
	        &ctl, &err, &file),
	    "%s", err.text);
	cr_assert_eq(ctl_entry_date(&ctl.entries[0], CTL_DISALLOWED_AFTER).state, CTL_DATE_EMPTY);
	date = ctl_entry_date(&ctl.entries[0], CTL_NOT_BEFORE_AFTER);
	cr_assert_eq(date.state, CTL_DATE_SET);
	cr_assert(date.time > 1492646400 && date.time < 1492819200, "%lld", (long long)date.time);
	cr_assert_eq(ctl_entry_date(&ctl.entries[1], CTL_NOT_BEFORE_AFTER).state, CTL_DATE_ABSENT);
	cr_assert(ctl_entry_find(&ctl.entries[0], 99, &value));
	cr_assert(span_equal(value, span_text("kept")));
}

Test(ctl, refuses_attributes_of_the_wrong_form)
{
	static const struct {
		uint8_t property;
		const char *value;
		size_t size;
		const char *expected;
	} cases[] = {
	    {CTL_DISALLOWED_AFTER, "1234567", 7, "neither empty nor 8 bytes"},
	    {CTL_SHA256, "short", 5, "not 32 bytes"},
	    {CTL_SUBJECT_NAME_MD5, "short", 5, "not 16 bytes"},
	    {CTL_EKU, "\x30\x03\x02\x01\x01", 5, ""},
	    {CTL_NOT_BEFORE_EKU, "\x30\x00\x00", 3, ""},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(bytes) attributes = {0};
		AUTO(bytes) file = {0};
		AUTO(ctl) ctl = {0};
		struct err err = {0};

		made_property(&attributes, cases[i].property,
		    (struct span){(const uint8_t *)cases[i].value, cases[i].size});
		cr_assert_not(parse_with(
		    &(struct made_ctl){.entries = 1, .attributes = bytes_span(&attributes)}, &ctl,
		    &err, &file));
		cr_assert_eq(err.code, ERR_FORMAT);
		cr_assert(strstr(err.text, cases[i].expected) && strstr(err.text, "at byte"), "%s",
		    err.text);
	}
}

Test(ctl, refuses_critical_extensions_that_it_does_not_know)
{
	/* 1.3.6.1.4.1.311.10.3.52 and .33 */
	static const char ct[] = "\x30\x13\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x0a\x03\x34"
	                         "\x01\x01\xff\x04\x02\x30\x00";
	static const char pins[] = "\x30\x13\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x0a\x03\x21"
	                           "\x01\x01\xff\x04\x02\x30\x00";
	struct span unknown = {(const uint8_t *)ct, sizeof(ct) - 1};
	struct span known = {(const uint8_t *)pins, sizeof(pins) - 1};
	AUTO(bytes) file = {0};
	AUTO(ctl) ctl = {0};
	struct err err = {0};

	cr_assert_not(parse_with(&(struct made_ctl){.extensions = unknown}, &ctl, &err, &file));
	cr_assert(strstr(err.text, "critical extension"), "%s", err.text);
	cr_assert_not(parse_with(&(struct made_ctl){.extensions = known}, &ctl, &err, &file));
	cr_assert(parse_with(&(struct made_ctl){.extensions = known, .pin_usage = true}, &ctl, &err,
	              &file),
	    "%s", err.text);
	cr_assert_eq(ctl.list, CTL_PINRULES);
}

Test(ctl, orders_sequence_numbers_of_any_length)
{
	static const uint8_t nine[] = {0x14, 1}, zero[] = {0, 0x14, 1}, more[] = {0x14, 2};
	struct span a = {nine, 2}, b = {zero, 3}, c = {more, 2}, none = {NULL, 0};

	cr_assert_eq(ctl_sequence_compare(a, b), 0);
	cr_assert_lt(ctl_sequence_compare(a, c), 0);
	cr_assert_gt(ctl_sequence_compare(c, b), 0);
	cr_assert_lt(ctl_sequence_compare(none, a), 0);
	cr_assert_eq(ctl_sequence_compare(none, none), 0);
}

/* Parses what a file holds in memory of exactly its size, and checks the signature if it parses. */
static bool survives(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size + 1);
	struct ctl_signature signature;
	AUTO(ctl) ctl = {0};
	struct err err = {0};
	bool parsed;

	memcpy(exact, data, size);
	parsed = ctl_parse((struct span){exact, size}, &ctl, &err);
	if (parsed)
		ctl_check_signature(&ctl, &signature);
	else
		cr_assert_eq(err.code, ERR_FORMAT);
	free(exact);
	return parsed;
}

static void damage(struct bytes *file)
{
	uint64_t seed = 20110125;

	for (size_t size = 0; size < file->size; size++)
		cr_assert_not(survives(file->data, size), "cut to %zu bytes", size);
	for (int i = 0; i < FLIPS; i++) {
		size_t at;
		uint8_t bit;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		at = (size_t)(seed >> 33) % file->size;
		bit = (uint8_t)(1u << (seed >> 29 & 7));
		file->data[at] ^= bit;
		survives(file->data, file->size);
		file->data[at] ^= bit;
	}
}

Test(ctl, survives_every_cut_and_many_flipped_bits, .timeout = 250)
{
	AUTO(made_pki) pki = {0};
	AUTO(bytes) file = {0};

	made_pki(&pki);
	made_ctl(&file, &pki, &(struct made_ctl){.entries = 20, .nested = true});
	damage(&file);
}

Test(utf16, goes_both_ways_and_replaces_what_is_none)
{
	static const uint8_t lone[] = {0x00, 0xd8, 'x', 0, 'y'};
	AUTO(bytes) utf16 = {0};
	AUTO(text) back = {0};
	AUTO(text) broken = {0};

	utf16_from_text(&utf16, "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x94\x91");
	cr_assert_eq(utf16.size, 10);
	utf16_add_text(&back, bytes_span(&utf16));
	cr_assert_str_eq(text_string(&back), "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x94\x91");
	utf16_add_text(&broken, (struct span){lone, sizeof(lone)});
	cr_assert_str_eq(text_string(&broken), "\xef\xbf\xbdx\xef\xbf\xbd");
}

/* A low half without a high one, a high one at the end and one before a high one; and the ends of
 * the ranges around them. */
Test(utf16, takes_one_code_point_at_a_time)
{
	static const uint8_t data[] = {0, 0xdc, 0xff, 0xd7, 0, 0xd8, 0, 0xd8, 0, 0xdc, 0xff, 0xdb,
	    0xff, 0xdf, 0, 0xe0, 0xff, 0xdb};
	static const uint32_t expected[] = {
	    0xfffd, 0xd7ff, 0xfffd, 0x10000, 0x10ffff, 0xe000, 0xfffd};
	struct span rest = SPAN_OF(data);

	for (size_t i = 0; i < COUNT(expected); i++)
		cr_assert_eq(utf16_take(&rest), expected[i], "%zu", i);
	cr_assert_eq(rest.size, 0);
}

Test(text, writes_the_sequences_that_it_reads)
{
	static const uint32_t points[] = {0, 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, 0x10ffff};

	for (size_t i = 0; i < COUNT(points); i++) {
		uint8_t utf8[TEXT_SEQUENCE];
		size_t size = text_write_sequence(points[i], utf8);
		uint32_t point;

		cr_assert_eq(text_sequence((struct span){utf8, size}, &point), size);
		cr_assert_eq(point, points[i]);
	}
}
