/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/pem.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/text.h"
#include "formats/pem_parts.h"

enum {
	LINE = 64,
	NO_DIGIT = 1 << 24,
};

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

static const char begin_mark[] = "-----BEGIN ", end_mark[] = "-----END ", dashes[] = "-----";

struct label {
	const char *text;
	bool trusted;
	bool p11kit; /* p11-kit knows it too */
};
static const struct label labels[] = {
    {"CERTIFICATE", false, true},
    {"X509 CERTIFICATE", false, false},
    {"TRUSTED CERTIFICATE", true, true},
};

static void skip(struct span *span, size_t size)
{
	*span = (struct span){span->data + size, span->size - size};
}

static bool take_text(struct span *span, const char *text)
{
	size_t size = strlen(text);

	if (span->size < size || memcmp(span->data, text, size) != 0)
		return false;
	skip(span, size);
	return true;
}

/* A newline, with or without CR; the end of the text is the end of a line too. */
static bool take_line_end(struct span *rest)
{
	return rest->size == 0 || take_text(rest, "\n") || take_text(rest, "\r\n");
}

/* "LABEL-----" where the label is one of ours. */
static const struct label *take_label(struct span *rest)
{
	for (size_t i = 0; i < COUNT(labels); i++) {
		struct span at = *rest;

		if (!take_text(&at, labels[i].text) || !take_text(&at, dashes))
			continue;
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

/* isspace() in the C locale. */
static bool is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
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

/* The last line of a plain block: whole quanta, less than 64 digits. */
static bool decode_last_line(struct span *rest, struct bytes *out)
{
	struct quantum quantum = {0};
	size_t size = 0;

	while (size < rest->size && size < LINE && rest->data[size] != '\n' &&
	       rest->data[size] != '\r')
		if (add_digit(&quantum, rest->data[size++], out))
			return false;
	skip(rest, size);
	return size > 0 && quantum.count + quantum.padding == 0 && take_line_end(rest);
}

/*
 * The plain form, as everybody writes it: BEGIN, lines of 64 digits, one that may be shorter,
 * END, each at its line's start and nothing else on it. OpenSSL reads the same bytes from it.
 * `rest` begins with BEGIN, and moves only when all of that is so.
 */
static bool take_plain(struct span *rest, struct bytes *out, bool *trusted)
{
	struct span at = *rest;
	const struct label *label;
	bool good;

	out->size = 0;
	if (!take_text(&at, begin_mark) || !(label = take_label(&at)) || !take_line_end(&at))
		return false;
	while (at.size > LINE) {
		bytes_reserve(out, out->size + LINE);
		if (!decode_line(at.data, out->data + out->size))
			break;
		out->size += LINE / 4 * 3;
		skip(&at, LINE);
		if (!take_line_end(&at))
			return false;
	}
	good = (at.size > 0 && *at.data == '-') || decode_last_line(&at, out);
	good = good && out->size > 0 && take_text(&at, end_mark) && take_label(&at) == label &&
	       take_line_end(&at);
	if (good) {
		*trusted = label->trusted;
		*rest = at;
	}
	return good;
}

/* Where OpenSSL may see a block begin: the next "-----BEGIN " at the start of a line. `*odd` tells
 * that it begins where only OpenSSL knows: behind a byte order mark, or in a line that is longer
 * than what it reads at once. NULL: there is none. */
static const uint8_t *find_begin(struct span rest, bool *odd)
{
	const uint8_t *first = rest.data, *found;

	*odd = false;
	while ((found = span_find(rest, span_text(begin_mark)))) {
		size_t before = 0;

		while (before < PEM_READ_AT_ONCE && found - before > first &&
		       found[-1 - (ptrdiff_t)before] != '\n')
			before++;
		*odd = before == PEM_READ_AT_ONCE || (before == 3 && found - 3 == first &&
		                                         pem_is_marked((struct span){first, 3}));
		if (before == 0 || *odd)
			return found;
		skip(&rest, (size_t)(found - rest.data) + sizeof(begin_mark) - 1);
	}
	return NULL;
}

/* --- what is not plain: OpenSSL reads it --- */

static const struct label *label_of(const char *name)
{
	for (size_t i = 0; i < COUNT(labels); i++)
		if (strcmp(labels[i].text, name) == 0)
			return &labels[i];
	return NULL;
}

/* One block as PEM_read_bio has it. */
struct raw {
	char *name, *header;
	unsigned char *data;
	long size;
};

static void raw_release(struct raw *raw)
{
	OPENSSL_free(raw->name);
	OPENSSL_free(raw->header);
	OPENSSL_free(raw->data);
	*raw = (struct raw){0};
}

/* As PEM_X509_INFO_read_bio does with what it has read: a header may demand a passphrase. */
static bool open_certificate(struct raw *raw, struct bytes *out)
{
	EVP_CIPHER_INFO cipher;

	if (!PEM_get_EVP_CIPHER_INFO(raw->header, &cipher) ||
	    !PEM_do_header(&cipher, raw->data, &raw->size, pem_no_passphrase, NULL) ||
	    raw->size <= 0)
		return false;
	bytes_add(out, raw->data, (size_t)raw->size);
	return true;
}

/* Reads the next block of any kind. `*label` is NULL when it is no certificate, `*none` tells that
 * there was no block. */
static bool read_by_openssl(
    struct span *rest, struct bytes *out, const struct label **label, bool *none)
{
	BIO *bio = BIO_new_mem_buf(rest->data, rest->size > INT_MAX ? INT_MAX : (int)rest->size);
	AUTO(raw) raw = {0};
	bool ok = PEM_read_bio(bio, &raw.name, &raw.header, &raw.data, &raw.size) == 1;
	size_t used = rest->size - BIO_ctrl_pending(bio);

	BIO_free(bio);
	*none = !ok && ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_PEM &&
	        ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
	*label = ok ? label_of(raw.name) : NULL;
	if (*none)
		ERR_clear_error();
	if (!ok)
		return *none;
	/* a block that is no certificate (a key, a CRL) makes the whole file unusable too when it
	 * cannot be decoded */
	ok = *label ? open_certificate(&raw, out)
	            : pem_load((struct span){rest->data, used}, NULL) != PEM_REFUSED;
	if (ok)
		skip(rest, used);
	return ok;
}

static void set_block(struct span *block, const uint8_t *begin, struct span rest)
{
	if (block)
		*block = (struct span){begin, (size_t)(rest.data - begin)};
}

bool pem_next_certificate(struct span *rest, struct bytes *der, bool *trusted, struct err *err)
{
	return pem_next_block(*rest, rest, NULL, der, trusted, err);
}

bool pem_next_block(struct span text, struct span *rest, struct span *block, struct bytes *der,
    bool *trusted, struct err *err)
{
	const struct label *label = NULL;
	bool odd, none = false;

	*trusted = false;
	if (block)
		*block = (struct span){0};
	while (!label) {
		const uint8_t *begin = find_begin(*rest, &odd);
		struct span from;

		der->size = 0;
		if (!begin)
			break;
		if (!odd) {
			skip(rest, (size_t)(begin - rest->data));
			if (take_plain(rest, der, trusted)) {
				set_block(block, begin, *rest);
				return true;
			}
			der->size = 0;
		}
		from = *rest;
		if (!read_by_openssl(rest, der, &label, &none)) {
			struct span refused = {begin, rest->size - (size_t)(begin - rest->data)};

			der->size = 0;
			pem_skip_refused(rest, begin);
			if (err->code == ERR_NONE)
				err_set(err, ERR_FORMAT, "PEM block in line %zu: %s",
				    pem_line(text, begin), pem_fault(refused));
			ERR_clear_error();
			return false;
		}
		if (none)
			break;
		if (label)
			set_block(block, pem_find_begin(from), *rest);
	}
	if (!label)
		skip(rest, rest->size);
	*trusted = label && label->trusted;
	return true;
}

/* --- as p11-kit reads --- */

/* What p11-kit takes for headers: all up to the first line that has blanks alone. */
static void skip_headers(struct span *body)
{
	const uint8_t *end = body->data + body->size, *at = body->data;

	while ((at = memchr(at, '\n', (size_t)(end - at)))) {
		for (at++; at < end && is_blank(*at); at++)
			if (*at == '\n') {
				*body = (struct span){at, (size_t)(end - at)};
				return;
			}
	}
}

static bool decode_anyhow(struct span body, struct bytes *out)
{
	struct quantum quantum = {0};

	skip_headers(&body);
	out->size = 0;
	for (size_t i = 0; i < body.size; i++)
		if (!is_blank(body.data[i]) && add_digit(&quantum, body.data[i], out))
			return false;
	return quantum.count + quantum.padding == 0 && out->size > 0;
}

/* The next BEGIN of any label, and the body up to its END; false where p11-kit reads no further. */
static bool next_body(struct span *rest, struct span *label, struct span *body)
{
	const uint8_t *begin = span_find(*rest, span_text(begin_mark)), *end;

	if (!begin)
		return false;
	skip(rest, (size_t)(begin - rest->data) + sizeof(begin_mark) - 1);
	end = span_find(*rest, span_text(dashes));
	if (!end || memchr(rest->data, '\n', (size_t)(end - rest->data)))
		return false;
	*label = (struct span){rest->data, (size_t)(end - rest->data)};
	skip(rest, label->size + sizeof(dashes) - 1);
	end = span_find(*rest, span_text(end_mark));
	if (!end)
		return false;
	*body = (struct span){rest->data, (size_t)(end - rest->data)};
	skip(rest, body->size + sizeof(end_mark) - 1);
	if (rest->size < label->size || memcmp(rest->data, label->data, label->size) != 0)
		return false;
	skip(rest, label->size);
	return take_text(rest, dashes);
}

struct span pem_of_p11kit(struct span file)
{
	const uint8_t *nul = file.size > 0 ? memchr(file.data, 0, file.size) : NULL;

	return (struct span){file.data, nul ? (size_t)(nul - file.data) : file.size};
}

bool pem_next_p11kit(struct span *rest, struct bytes *der, bool *trusted)
{
	struct span label, body;

	*trusted = false;
	while (next_body(rest, &label, &body))
		for (size_t i = 0; i < COUNT(labels); i++)
			if (labels[i].p11kit && span_equal(label, span_text(labels[i].text)) &&
			    decode_anyhow(body, der)) {
				*trusted = labels[i].trusted;
				return true;
			}
	skip(rest, rest->size);
	der->size = 0;
	return false;
}

void pem_public_key(struct span text, struct bytes *der)
{
	struct span label, body;

	while (next_body(&text, &label, &body))
		if (span_equal(label, span_text("PUBLIC KEY")) && decode_anyhow(body, der))
			return;
	der->size = 0;
}
