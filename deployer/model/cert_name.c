/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of certificates, for people and as OpenSSL hashes them. The rules of the
 * hash were read off OpenSSL's x509_name_canon() and are held against it by
 * tests/unit/test_cert.c and tests/fuzz/fuzz_certificate.c.
 */
#include "model/cert.h"

#include "model/der.h"

/* Attribute types below 2.5.4 (X.520) that name somebody. */
enum { AT_COMMON_NAME = 3, AT_ORGANISATION = 10, AT_UNIT = 11 };

/* A string type's width in bytes a character; 0 for UTF-8, -1 for what is no such string. */
static int string_width(uint8_t tag)
{
	switch (tag) {
	case DER_UTF8_STRING:
		return 0;
	case DER_PRINTABLE_STRING:
	case DER_T61_STRING: /* read as Latin-1, as everybody does */
	case DER_IA5_STRING:
	case DER_VISIBLE_STRING:
		return 1;
	case DER_BMP_STRING:
		return 2;
	case DER_UNIVERSAL_STRING:
		return 4;
	default:
		return -1;
	}
}

static bool is_character(uint32_t c)
{
	return c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

static size_t ascii_prefix(struct span in)
{
	size_t size = 0;

	while (size < in.size && in.data[size] < 0x80)
		size++;
	return size;
}

static bool to_utf8(const struct element *value, struct bytes *out)
{
	int width = string_width(value->tag);
	struct span in = value->content;

	if (width < 0 || (width > 1 && in.size % (size_t)width != 0))
		return false;
	if (width < 2) {
		size_t plain = ascii_prefix(in);

		bytes_add(out, in.data, plain);
		in = (struct span){in.data + plain, in.size - plain};
	}
	while (in.size > 0) {
		uint8_t utf8[TEXT_SEQUENCE];
		uint32_t c = 0;
		size_t size = (size_t)width;

		if (width == 0)
			size = text_sequence(in, &c);
		else
			for (size_t i = 0; i < size; i++)
				c = c << 8 | in.data[i];
		if (size == 0 || !is_character(c))
			return false;
		bytes_add(out, utf8, text_write_sequence(c, utf8));
		in = (struct span){in.data + size, in.size - size};
	}
	return true;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Blanks at the ends away, blanks inside to one space, ASCII letters to lower case. */
static void fold(struct bytes *text)
{
	size_t from = 0, end = text->size, to = 0;

	while (from < end && is_blank(text->data[from]))
		from++;
	while (end > from && is_blank(text->data[end - 1]))
		end--;
	while (from < end) {
		uint8_t c = text->data[from++];

		if (is_blank(c)) {
			c = ' ';
			while (is_blank(text->data[from]))
				from++;
		} else if (c >= 'A' && c <= 'Z') {
			c = (uint8_t)(c + ('a' - 'A'));
		}
		text->data[to++] = c;
	}
	text->size = to;
}

static void add_element(struct bytes *out, uint8_t tag, struct span content)
{
	uint8_t header[6] = {tag};
	size_t used = 1, count = 0;

	for (size_t rest = content.size; rest > 0; rest >>= 8)
		count++;
	if (content.size < 0x80) {
		header[used++] = (uint8_t)content.size;
	} else {
		header[used++] = (uint8_t)(0x80 | count);
		while (count > 0)
			header[used++] = (uint8_t)(content.size >> 8 * --count);
	}
	bytes_add(out, header, used);
	bytes_add(out, content.data, content.size);
}

/* What canonical forms are put together from, used again for each part of a name. */
struct canon {
	struct bytes text, pair, parts, sorted, out;
};

static void canon_release(struct canon *canon)
{
	bytes_release(&canon->text);
	bytes_release(&canon->pair);
	bytes_release(&canon->parts);
	bytes_release(&canon->sorted);
	bytes_release(&canon->out);
}

/* One type and value in canonical form: strings as UTF-8, folded; all else as it is. */
static bool add_canonical(struct canon *canon, const struct element *pair)
{
	struct der der = der_of(pair->content);
	struct element type, value;

	if (!der_take(&der, DER_OID, &type) || !der_next(&der, &value) || !der_end(&der))
		return false;
	canon->text.size = canon->pair.size = 0;
	bytes_add(&canon->pair, type.whole.data, type.whole.size);
	if (string_width(value.tag) < 0) {
		bytes_add(&canon->pair, value.whole.data, value.whole.size);
	} else {
		if (!to_utf8(&value, &canon->text))
			return false;
		fold(&canon->text);
		add_element(&canon->pair, DER_UTF8_STRING, bytes_span(&canon->text));
	}
	add_element(&canon->parts, DER_SEQUENCE, bytes_span(&canon->pair));
	return true;
}

/* X.690 11.6: the elements of a SET OF are in ascending order. */
static int set_order(struct span a, struct span b)
{
	int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);

	return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

/* Folding may have changed the order in a set of several: pick the least again and again,
 * which is quadratic in a number that NAME_MAX_PARTS keeps small. */
enum { NAME_MAX_PARTS = 64 };

static void add_sorted(struct bytes *out, struct span *part, size_t count)
{
	for (size_t done = 0; done < count; done++) {
		size_t least = done;
		struct span taken;

		for (size_t i = done + 1; i < count; i++)
			if (set_order(part[i], part[least]) < 0)
				least = i;
		taken = part[least];
		part[least] = part[done];
		bytes_add(out, taken.data, taken.size);
	}
}

static bool add_canonical_set(struct canon *canon, struct span set)
{
	size_t end[NAME_MAX_PARTS], count = 0;
	struct span part[NAME_MAX_PARTS];
	struct der der = der_of(set);
	struct element pair;

	canon->parts.size = canon->sorted.size = 0;
	while (der.rest.size > 0) {
		if (count == NAME_MAX_PARTS || !der_take(&der, DER_SEQUENCE, &pair) ||
		    !add_canonical(canon, &pair))
			return false;
		end[count++] = canon->parts.size;
	}
	for (size_t i = 0, start = 0; i < count; start = end[i++])
		part[i] = (struct span){canon->parts.data + start, end[i] - start};
	add_sorted(&canon->sorted, part, count);
	add_element(&canon->out, DER_SET, bytes_span(&canon->sorted));
	return true;
}

bool cert_name_hash(struct span name, uint32_t *out)
{
	AUTO(canon) canon = {0};
	struct der der = der_of(name);
	struct element element;
	uint8_t digest[SHA1_SIZE];

	if (!der_take(&der, DER_SEQUENCE, &element) || !der_end(&der))
		return false;
	/* the sets alone: OpenSSL leaves the outer sequence out */
	der = der_inside(&der, element.content);
	while (der.rest.size > 0)
		if (!der_take(&der, DER_SET, &element) ||
		    !add_canonical_set(&canon, element.content))
			return false;
	digest_sha1(bytes_span(&canon.out), digest);
	*out = (uint32_t)digest[0] | (uint32_t)digest[1] << 8 | (uint32_t)digest[2] << 16 |
	       (uint32_t)digest[3] << 24;
	return true;
}

/* How well an attribute names somebody; 0 for not at all. */
static int naming_rank(struct span type)
{
	if (type.size != 3 || type.data[0] != 0x55 || type.data[1] != 0x04)
		return 0;
	switch (type.data[2]) {
	case AT_COMMON_NAME:
		return 3;
	case AT_UNIT:
		return 2;
	case AT_ORGANISATION:
		return 1;
	default:
		return 0;
	}
}

/* The value that names best; of equally good ones the last, which is the most special. */
static bool best_value(struct span name, struct element *out)
{
	struct der sets = der_of(name), set, pair;
	struct element element, type, value;
	int best = -1;

	if (!der_take(&sets, DER_SEQUENCE, &element))
		return false;
	sets = der_of(element.content);
	while (sets.rest.size > 0 && der_take(&sets, DER_SET, &element))
		for (set = der_of(element.content); set.rest.size > 0;) {
			if (!der_take(&set, DER_SEQUENCE, &element))
				return false;
			pair = der_of(element.content);
			if (!der_take(&pair, DER_OID, &type) || !der_next(&pair, &value))
				return false;
			if (naming_rank(type.content) >= best) {
				best = naming_rank(type.content);
				*out = value;
			}
		}
	return best >= 0;
}

void cert_name_text(struct span name, char out[CERT_NAME_TEXT])
{
	AUTO(bytes) text = {0};
	struct element value;
	struct escaped shown;

	if (!best_value(name, &value) || value.content.size == 0) {
		memcpy(out, "(no name)", sizeof("(no name)"));
		return;
	}
	/* NumericString and what cannot be converted is shown byte for byte, escaped */
	if (!to_utf8(&value, &text)) {
		text.size = 0;
		bytes_add(&text, value.content.data, value.content.size);
	}
	shown = text_escape(bytes_span(&text));
	_Static_assert(sizeof(shown.text) <= CERT_NAME_TEXT, "a name's text holds what is escaped");
	memcpy(out, shown.text, sizeof(shown.text));
}

bool cert_string(struct span element, struct bytes *out)
{
	struct der der = der_of(element);
	struct element value;

	return der_next(&der, &value) && der_end(&der) && to_utf8(&value, out);
}
