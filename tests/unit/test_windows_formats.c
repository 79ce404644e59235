/* SPDX-License-Identifier: Apache-2.0 */
/* What Windows keeps: certificate blobs, serialised stores, URL cache entries and Registry.pol.
 * Real ones, and what other programs make of them, are in the scenarios of these names. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf16.h"
#include "formats/windows/certblob.h"
#include "formats/windows/regpol.h"
#include "formats/windows/urlcache.h"
#include "formats/windows/winproxy.h"
#include "flips.h"
#include "real_data.h"

/* Every cut is refused, and flipped bits do no harm; in memory of exactly the size. */
static void damage(struct bytes *file, bool (*parse)(struct span file, struct err *err),
    bool (*cut_is_whole)(size_t size))
{
	uint64_t seed = 20150223;
	struct err err = {0};

	for (size_t i = 0; i < file->size + FLIPS; i++) {
		size_t size = i < file->size ? i : file->size;
		uint8_t *exact = malloc(size + 1);
		bool good;

		memcpy(exact, file->data, size);
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		if (size == file->size)
			exact[(seed >> 33) % size] ^= (uint8_t)(1u << (seed >> 29 & 7));
		good = parse((struct span){exact, size}, &err);
		cr_assert(size == file->size || good == (cut_is_whole && cut_is_whole(size)),
		    "cut to %zu bytes", size);
		cr_assert(good || err.code == ERR_FORMAT);
		free(exact);
	}
}

/* --- the URL cache --- */

/* formats.md b.1: names of real entries, and two that the incident's thread quotes. */
Test(urlcache, names_entries_as_windows_does)
{
	static const struct {
		const char *url, *name;
	} cases[] = {
	    {"http://www.microsoft.com/pki/certs/MicCerTruLisPCA_2009-04-02.crt",
	        "52FE9FFE4780FF24EC690DB2F1D013CE"},
	    {"http://www.download.windowsupdate.com/msdownload/update/v3/static/trustedr/en/"
	     "authrootstl.cab",
	        "94308059B57B3142E455B38A6EB92015"},
	    {"http://ctldl.windowsupdate.com/msdownload/update/v3/static/trustedr/en/"
	     "disallowedcertstl.cab",
	        "57C8EDB95DF3F0AD4EE2DC2B8CFD4157"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char name[URLCACHE_NAME];

		urlcache_name(cases[i].url, name);
		cr_assert_str_eq(name, cases[i].name);
	}
}

static void add_number(struct bytes *out, uint32_t number)
{
	uint8_t bytes[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
	    (uint8_t)(number >> 24)};

	bytes_add(out, bytes, sizeof(bytes));
}

/* Laid out after formats.md b.2, field by field. */
static void made_entry(struct bytes *out, const char *url, const char *etag)
{
	AUTO(bytes) text = {0};
	size_t url_size;
	uint32_t head[25] = {0x28, 5, 0, 0};

	utf16_from_text(&text, url);
	bytes_add(&text, "\0", 2);
	url_size = text.size;
	utf16_from_text(&text, etag);
	bytes_add(&text, "\0", 2);
	add_number(out, 0x70);
	add_number(out, 0x20020101);
	add_number(out, 1);
	add_number(out, (uint32_t)url_size);
	add_number(out, 0x06720637); /* 2017-04-20 */
	add_number(out, 0x01d2b9e0);
	head[18] = 604800; /* 0x60 */
	head[19] = (uint32_t)(text.size - url_size);
	for (size_t i = 0; i < 22; i++)
		add_number(out, head[i]);
	add_number(out, 52122);
	bytes_add(out, text.data, text.size);
}

static bool parse_entry(struct span file, struct err *err)
{
	struct urlcache entry;

	return urlcache_parse(file, &entry, err);
}

Test(urlcache, reads_an_entry_to_its_last_byte)
{
	AUTO(bytes) file = {0};
	AUTO(text) url = {0};
	AUTO(text) etag = {0};
	struct urlcache entry;
	struct err err = {0};

	made_entry(&file, "http://a.example/b.cab", "\"80b03039eb91d21:0\"");
	cr_assert(urlcache_looks(bytes_span(&file)));
	cr_assert(urlcache_parse(bytes_span(&file), &entry, &err), "%s", err.text);
	utf16_add_text(&url, entry.url);
	utf16_add_text(&etag, entry.etag);
	cr_assert_str_eq(text_string(&url), "http://a.example/b.cab");
	cr_assert_str_eq(text_string(&etag), "\"80b03039eb91d21:0\"");
	cr_assert_str_eq(urlcache_type_word(entry.object_type), "authroot");
	cr_assert_eq(entry.max_age, 604800);
	cr_assert_eq(entry.content_size, 52122);
	damage(&file, parse_entry, NULL);
	bytes_add(&file, "x", 1);
	cr_assert_not(urlcache_parse(bytes_span(&file), &entry, &err));
	cr_assert(strstr(err.text, "bytes behind"), "%s", err.text);
	cr_assert_null(urlcache_type_word(4));
	cr_assert_null(urlcache_type_word(99));
}

/* --- Registry.pol --- */

static bool parse_pol(struct span file, struct err *err)
{
	AUTO(regpol) regpol = {0};

	return regpol_parse(file, &regpol, err);
}

static struct span utf16(struct bytes *out, const char *text)
{
	bytes_release(out);
	utf16_from_text(out, text);
	return bytes_span(out);
}

static size_t first_record_end;

static bool is_whole(size_t size)
{
	return size == 8 || size == first_record_end;
}

Test(regpol, writes_what_it_reads)
{
	AUTO(bytes) key = {0};
	AUTO(bytes) value = {0};
	AUTO(bytes) file = {0};
	AUTO(bytes) again = {0};
	AUTO(regpol) read = {0};
	struct err err = {0};
	/* delimiters inside the data, and an order */
	struct regpol_entry entries[2] = {
	    {utf16(&key, "Software\\Policies\\X"), utf16(&value, "**del.Y"), 1,
	        {(const uint8_t *)" \0\0\0", 4}},
	    {.type = 3, .data = {(const uint8_t *)"];[\0]\0;\0", 8}}};

	entries[1].key = entries[0].key;
	regpol_write(&(struct regpol){entries, 1}, &file);
	first_record_end = file.size;
	file.size = 0;
	regpol_write(&(struct regpol){entries, 2}, &file);
	cr_assert(regpol_parse(bytes_span(&file), &read, &err), "%s", err.text);
	cr_assert_eq(read.count, 2);
	cr_assert(span_equal(read.entries[0].value, entries[0].value));
	cr_assert(span_equal(read.entries[1].data, entries[1].data));
	cr_assert_eq(read.entries[1].value.size, 0);
	regpol_write(&read, &again);
	cr_assert(span_equal(bytes_span(&again), bytes_span(&file)));
	damage(&file, parse_pol, is_whole);
}

Test(regpol, says_where_a_record_is_damaged)
{
	static const char cut[] = "PReg\1\0\0\0[\0k\0\0\0;\0v\0\0\0;\0\1\0\0\0;\0\xff\0\0\0;\0]\0";
	struct err err = {0};

	cr_assert_not(parse_pol((struct span){(const uint8_t *)cut, sizeof(cut) - 1}, &err));
	cr_assert(strstr(err.text, "record at byte 8: data that are longer"), "%s", err.text);
	cr_assert_not(parse_pol(span_text("PReg"), &err));
	cr_assert(strstr(err.text, "at byte 0"), "%s", err.text);
}

/* --- certificate blobs and serialised stores --- */

static bool parse_blob(struct span file, struct err *err)
{
	struct span certificate;

	(void)certblob_looks(file);
	return certblob_certificate(file, &certificate, err);
}

Test(certblob, keeps_unknown_properties_and_finds_the_certificate)
{
	AUTO(bytes) blob = {0};
	struct span certificate;
	struct err err = {0};
	struct reader reader;
	struct certblob_element element;

	certblob_add(&blob, 4711, span_text("kept"));
	certblob_write(&blob, span_text("a certificate"));
	cr_assert(certblob_looks(bytes_span(&blob)));
	cr_assert(certblob_certificate(bytes_span(&blob), &certificate, &err), "%s", err.text);
	cr_assert(span_equal(certificate, span_text("a certificate")));
	reader = reader_of(bytes_span(&blob));
	cr_assert(certblob_next(&reader, &element, &err));
	cr_assert_eq(element.property, 4711);
	cr_assert(span_equal(element.data, span_text("kept")));
	cr_assert(certblob_next(&reader, &element, &err));
	cr_assert_eq(element.property, CERTBLOB_SHA1);
	cr_assert_eq(element.data.size, 20);
	damage(&blob, parse_blob, NULL);
}

Test(certblob, says_where_a_blob_is_damaged)
{
	AUTO(bytes) blob = {0};
	struct err err = {0};

	certblob_add(&blob, CERTBLOB_MD5, span_text("0123456789abcdef"));
	cr_assert_not(parse_blob(bytes_span(&blob), &err));
	cr_assert(strstr(err.text, "offset 0x1c: the blob holds no certificate"), "%s", err.text);
	certblob_add(&blob, CERTBLOB_CERTIFICATE, span_text("x"));
	blob.data[28 + 4] = 2;
	cr_assert_not(parse_blob(bytes_span(&blob), &err));
	cr_assert(strstr(err.text, "offset 0x1c: an element whose encoding is 2"), "%s", err.text);
	blob.size--;
	cr_assert_not(parse_blob(bytes_span(&blob), &err));
	cr_assert(strstr(err.text, "offset 0x1c: the blob is cut off"), "%s", err.text);
}

Test(sst, reads_objects_up_to_its_end)
{
	AUTO(bytes) file = {0};
	struct reader reader;
	struct span object, certificate;
	struct err err = {0};

	bytes_add(&file, "\0\0\0\0CERT", 8);
	certblob_write(&file, span_text("one"));
	certblob_write(&file, span_text("two"));
	bytes_add(&file, "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
	cr_assert(sst_begin(bytes_span(&file), &reader, &err) && sst_next(&reader, &object, &err) &&
	              sst_next(&reader, &object, &err),
	    "%s", err.text);
	cr_assert(certblob_certificate(object, &certificate, &err), "%s", err.text);
	cr_assert(span_equal(certificate, span_text("two")));
	cr_assert(sst_next(&reader, &object, &err) && object.size == 0);
	damage(&file, sst_loads, NULL);
	bytes_add(&file, "x", 1);
	cr_assert_not(sst_loads(bytes_span(&file), &err));
	cr_assert(strstr(err.text, "bytes behind its end"), "%s", err.text);
}

/* --- proxies --- */

static bool parse_proxy(struct span file, struct err *err)
{
	struct winproxy winproxy;

	return winproxy_parse(file, &winproxy, err);
}

/* Behind the three strings a setting may end anywhere: nothing is demanded of the tail. */
static bool is_behind_strings(size_t size)
{
	return size >= 64;
}

Test(winproxy, what_is_written_is_read_back)
{
	static const struct winproxy cases[] = {
	    {.kind = WINPROXY_WINHTTP, .flags = WINPROXY_DIRECT},
	    {.kind = WINPROXY_WINHTTP, .version = 0x28, .flags = 3},
	    {.kind = WINPROXY_WININET, .counter = 7, .flags = 15},
	    {.kind = WINPROXY_WININET, .version = 0x3c, .flags = 9},
	};
	static const size_t sizes[] = {20, 39, 96, 92};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct winproxy made = cases[i], seen;
		AUTO(bytes) file = {0};
		struct err err = {0};

		if (i > 0) {
			made.proxy = span_text("a.example:1");
			made.bypass = span_text("<local>;");
			made.bypass.size -= made.kind == WINPROXY_WINHTTP ? 0 : 1;
		}
		if (made.kind == WINPROXY_WININET)
			made.pac_url = span_text("http://a.example/p.pac");
		winproxy_write(&made, &file);
		cr_assert(winproxy_parse(bytes_span(&file), &seen, &err), "%s", err.text);
		cr_assert_eq(file.size, sizes[i], "%zu: %zu", i, file.size);
		cr_assert_eq(seen.kind, made.kind);
		cr_assert_eq(seen.flags, made.flags);
		cr_assert_eq(seen.counter, made.counter);
		cr_assert(span_equal(seen.proxy, made.proxy));
		cr_assert(span_equal(seen.bypass, made.bypass));
		cr_assert(span_equal(seen.pac_url, made.pac_url));
		cr_assert_eq(seen.detected.size, 0);
		damage(
		    &file, parse_proxy, made.kind == WINPROXY_WININET ? is_behind_strings : NULL);
	}
}

Test(winproxy, says_where_it_is_wrong)
{
	static const uint8_t behind[21] = {0x18}, other[20] = {0x19};
	struct winproxy winproxy;
	struct err err = {0};

	cr_assert_not(winproxy_parse((struct span){behind, 21}, &winproxy, &err));
	cr_assert_str_eq(err.text, "offset 0x14: bytes behind the setting");
	cr_assert_not(winproxy_parse((struct span){other, 20}, &winproxy, &err));
	cr_assert_str_eq(err.text, "offset 0x0: version 0x19 is not known");
}

Test(urlcache, writes_what_it_reads)
{
	AUTO(bytes) url = {0};
	AUTO(bytes) file = {0};
	struct urlcache entry, again;
	struct err err = {0};

	utf16_from_text(&url, "http://a.example/b.cab");
	bytes_add(&url, "\0", 2);
	entry = (struct urlcache){.last_sync = 1,
	    .this_update = 2,
	    .next_update = 3,
	    .last_modified = 4,
	    .object_type = 5,
	    .max_age = 6,
	    .content_size = 7,
	    .url = bytes_span(&url)};
	urlcache_write(&entry, &file);
	cr_assert(urlcache_parse(bytes_span(&file), &again, &err), "%s", err.text);
	cr_assert(span_equal(entry.url, again.url));
	cr_assert_eq(again.last_sync, 1);
	cr_assert_eq(again.this_update, 2);
	cr_assert_eq(again.next_update, 3);
	cr_assert_eq(again.last_modified, 4);
	cr_assert_eq(again.object_type, 5);
	cr_assert_eq(again.max_age, 6);
	cr_assert_eq(again.content_size, 7);
	cr_assert_eq(again.etag.size, 0);
	cr_assert_not(again.windows_xp);
}
