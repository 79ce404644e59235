/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/pem.h"

#include "base/text.h"

enum { LINE = 64, NO_DIGIT = 1 << 24 };

/* The value of a base64 digit at its place in the 24 bits of a quantum, or NO_DIGIT: as constants,
 * so that the compiler fills the tables. */
#define VALUE(c)                                                                                   \
	((c) >= 'A' && (c) <= 'Z'      ? (c) - 'A'                                                 \
	    : (c) >= 'a' && (c) <= 'z' ? (c) - 'a' + 26                                            \
	    : (c) >= '0' && (c) <= '9' ? (c) - '0' + 52                                            \
	    : (c) == '+'               ? 62                                                        \
	    : (c) == '/'               ? 63                                                        \
	                               : -1)
#define DIGIT(c, at)    (VALUE(c) < 0 ? (uint32_t)NO_DIGIT : (uint32_t)VALUE(c) << (18 - 6 * (at)))
#define DIGITS_2(c, at) DIGIT(c, at), DIGIT((c) + 1, at)
#define DIGITS_8(c, at)                                                                            \
	DIGITS_2(c, at), DIGITS_2((c) + 2, at), DIGITS_2((c) + 4, at), DIGITS_2((c) + 6, at)
#define DIGITS_32(c, at)                                                                           \
	DIGITS_8(c, at), DIGITS_8((c) + 8, at), DIGITS_8((c) + 16, at), DIGITS_8((c) + 24, at)
#define DIGITS(at)                                                                                 \
	{                                                                                          \
		DIGITS_32(0, at), DIGITS_32(32, at), DIGITS_32(64, at), DIGITS_32(96, at),         \
		    [128 ... 255] = NO_DIGIT                                                       \
	}

static const uint32_t digit_at[4][256] = {DIGITS(0), DIGITS(1), DIGITS(2), DIGITS(3)};
static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static const char begin_mark[] = "-----BEGIN ", end_mark[] = "-----END ", dashes[] = "-----";

struct label {
	const char *text;
	bool trusted;
};
static const struct label labels[] = {
    {"CERTIFICATE", false},
    {"X509 CERTIFICATE", false},
    {"TRUSTED CERTIFICATE", true},
};

static void skip(struct span *span, size_t size)
{
	*span = (struct span){span->data + size, span->size - size};
}

static bool starts_with(struct span span, const char *text)
{
	size_t size = strlen(text);

	return span.size >= size && memcmp(span.data, text, size) == 0;
}

/* Moves behind the next "-----BEGIN " that starts a line. */
static bool find_begin(struct span *rest)
{
	const uint8_t *start = rest->data;

	while (rest->size > 0) {
		const uint8_t *found = span_find(*rest, span_text(begin_mark));

		if (!found)
			break;
		skip(rest, (size_t)(found - rest->data) + sizeof(begin_mark) - 1);
		if (found == start || found[-1] == '\n' || found[-1] == '\r')
			return true;
	}
	skip(rest, rest->size);
	return false;
}

/* Takes "LABEL-----" where the label is one of ours. */
static const struct label *take_label(struct span *rest)
{
	for (size_t i = 0; i < COUNT(labels); i++) {
		struct span at = *rest;

		if (!starts_with(at, labels[i].text))
			continue;
		skip(&at, strlen(labels[i].text));
		if (!starts_with(at, dashes))
			continue;
		skip(&at, strlen(dashes));
		*rest = at;
		return &labels[i];
	}
	return NULL;
}

/* A whole line of 64 digits to 48 bytes, and one byte of rubbish behind them; false when it is
 * anything else. The four digits of a quantum are looked up where they belong, so that a quantum
 * costs four loads, and what is no digit shows in the top byte. */
static bool decode_line(const uint8_t *in, uint8_t *out)
{
	uint32_t seen = 0;

	for (size_t i = 0; i < LINE; i += 4, out += 3) {
		uint32_t bits = digit_at[0][in[i]] | digit_at[1][in[i + 1]] |
		                digit_at[2][in[i + 2]] | digit_at[3][in[i + 3]];
		uint32_t in_order = bytes_big_32(bits << 8);

		seen |= bits;
		memcpy(out, &in_order, sizeof(in_order));
	}
	return seen < NO_DIGIT;
}

static bool is_blank(uint8_t c)
{
	return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

/* Digits that are not part of a whole line, one by one. */
struct quantum {
	uint32_t bits;
	size_t count, padding;
	bool last;
};

static const char *add_digit(struct quantum *quantum, uint8_t c, struct bytes *out)
{
	uint32_t value = digit_at[3][c];
	uint8_t three[3];

	if (quantum->last)
		return "characters behind the padding";
	if (c == '=' && quantum->count + quantum->padding >= 2) {
		quantum->padding++;
	} else if (value == NO_DIGIT) {
		return c == '=' ? "wrong padding" : "a character that is not base64";
	} else if (quantum->padding > 0) {
		return "wrong padding";
	} else {
		quantum->bits = quantum->bits << 6 | value;
		quantum->count++;
	}
	if (quantum->count + quantum->padding < 4)
		return NULL;
	/* RFC 4648 3.5: the bits that are not used are zero */
	quantum->bits <<= 6 * quantum->padding;
	if (quantum->padding > 2 || (quantum->bits & ((1u << 8 * quantum->padding) - 1)) != 0)
		return "wrong padding";
	for (size_t i = 0; i < 3; i++)
		three[i] = (uint8_t)(quantum->bits >> (16 - 8 * i));
	bytes_add(out, three, 3 - quantum->padding);
	*quantum = (struct quantum){.last = quantum->padding > 0};
	return NULL;
}

/* Decodes up to the "-" of the END line. */
static const char *decode_body(struct span *rest, struct bytes *out)
{
	struct quantum quantum = {0};
	const uint8_t *end = memchr(rest->data, '-', rest->size);
	const char *fault;

	if (!end)
		return "no END line";
	bytes_reserve(out, (size_t)(end - rest->data) / 4 * 3 + LINE);
	while (rest->data < end) {
		if (quantum.count == 0 && !quantum.last && end - rest->data >= LINE &&
		    decode_line(rest->data, out->data + out->size)) {
			out->size += LINE / 4 * 3;
			skip(rest, LINE);
			continue;
		}
		if (!is_blank(*rest->data)) {
			fault = add_digit(&quantum, *rest->data, out);
			if (fault)
				return fault;
		}
		skip(rest, 1);
	}
	if (quantum.count + quantum.padding > 0)
		return "wrong padding";
	return out->size > 0 ? NULL : "nothing inside";
}

static const char *take_end(struct span *rest, const struct label *label)
{
	if (!starts_with(*rest, end_mark))
		return "no END line";
	skip(rest, sizeof(end_mark) - 1);
	return take_label(rest) == label ? NULL : "an END line of something else";
}

static const struct label *next_begin(struct span *rest)
{
	const struct label *label;

	while (find_begin(rest)) {
		label = take_label(rest);
		if (label)
			return label;
	}
	return NULL;
}

bool pem_next_certificate(struct span *rest, struct bytes *der, bool *trusted, struct err *err)
{
	const uint8_t *start = rest->data;
	const struct label *label = next_begin(rest);
	const char *fault;

	der->size = 0;
	*trusted = label && label->trusted;
	if (!label)
		return true;
	fault = decode_body(rest, der);
	if (!fault)
		fault = take_end(rest, label);
	if (!fault)
		return true;
	der->size = 0;
	return err_set(err, ERR_FORMAT, "PEM block: %zu bytes further on: %s",
	    (size_t)(rest->data - start), fault);
}

void pem_write_certificate(struct span der, struct bytes *out)
{
	bytes_reserve(out, out->size + der.size / 3 * 4 + der.size / 48 + 80);
	bytes_add(out, "-----BEGIN CERTIFICATE-----\n", 28);
	for (size_t at = 0; at < der.size; at += 48) {
		size_t size = der.size - at < 48 ? der.size - at : 48, used = 0;
		char line[LINE + 1];

		for (size_t i = at; i < at + size; i += 3) {
			unsigned bits = (unsigned)der.data[i] << 16;

			bits |= i + 1 < der.size ? (unsigned)der.data[i + 1] << 8 : 0;
			bits |= i + 2 < der.size ? (unsigned)der.data[i + 2] : 0;
			line[used++] = digits[bits >> 18];
			line[used++] = digits[bits >> 12 & 63];
			line[used++] = i + 1 < der.size ? digits[bits >> 6 & 63] : '=';
			line[used++] = i + 2 < der.size ? digits[bits & 63] : '=';
		}
		line[used++] = '\n';
		bytes_add(out, line, used);
	}
	bytes_add(out, "-----END CERTIFICATE-----\n", 26);
}
