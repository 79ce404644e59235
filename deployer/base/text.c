/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

enum { TEXT_LIMIT = 64 * 1024 * 1024, ESCAPE_CUT = 200 };

void text_add_span(struct text *text, struct span span)
{
	size_t limit = text->limit ? text->limit : TEXT_LIMIT;

	if (text->full || span.size > limit - text->size) {
		text->full = true;
		return;
	}
	text->data = mem_grow(text->data, &text->capacity, text->size + span.size + 1, 1);
	if (span.size)
		memcpy(text->data + text->size, span.data, span.size);
	text->size += span.size;
	text->data[text->size] = 0;
}

void text_add(struct text *text, const char *string)
{
	text_add_span(text, span_text(string));
}

void text_addf(struct text *text, const char *fmt, ...)
{
	char small[512];
	va_list args;
	int size;

	va_start(args, fmt);
	size = vsnprintf(small, sizeof(small), fmt, args);
	va_end(args);
	if (size < (int)sizeof(small)) {
		text_add_span(text, (struct span){(uint8_t *)small, (size_t)size});
		return;
	}

	AUTO(bytes) large = {0};
	bytes_reserve(&large, (size_t)size);
	va_start(args, fmt);
	vsnprintf((char *)large.data, (size_t)size + 1, fmt, args);
	va_end(args);
	text_add_span(text, (struct span){large.data, (size_t)size});
}

const char *text_string(const struct text *text)
{
	return text->data ? text->data : "";
}

void text_release(struct text *text)
{
	free(text->data);
	*text = (struct text){0};
}

size_t text_sequence(struct span span, uint32_t *out)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t point = span.size ? span.data[0] : 0xff;
	size_t size = point < 0x80    ? 1
	              : point >= 0xf0 ? 4
	              : point >= 0xe0 ? 3
	              : point >= 0xc2 ? 2
	                              : 0;

	if (size == 0 || size > span.size || point > 0xf4)
		return 0;
	if (size > 1)
		point &= 0x7fu >> size;
	for (size_t i = 1; i < size; i++) {
		if ((span.data[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (span.data[i] & 0x3fu);
	}
	if (point < least[size] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
		return 0;
	*out = point;
	return size;
}

size_t text_write_sequence(uint32_t point, uint8_t out[TEXT_SEQUENCE])
{
	static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

	for (size_t i = size; i-- > 1; point >>= 6)
		out[i] = (uint8_t)(0x80 | (point & 0x3f));
	out[0] = (uint8_t)(lead[size] | point);
	return size;
}

/* Length of the sequence at the front, or 0 when it must not be shown as it is. */
static size_t shown_sequence(struct span span)
{
	uint32_t point;
	size_t size = text_sequence(span, &point);

	return size && text_is_plain(point) ? size : 0;
}

static bool is_line_end(uint8_t byte)
{
	return byte == '\n' || byte == '\r';
}

struct escaped text_escape(struct span foreign)
{
	struct escaped out = {0};
	size_t used = 0;

	while (foreign.size > 0 && is_line_end(foreign.data[foreign.size - 1]))
		foreign.size--;
	while (foreign.size > 0) {
		size_t shown = shown_sequence(foreign);
		size_t taken = shown ? shown : 1;

		if (used + 4 > ESCAPE_CUT) {
			memcpy(out.text + used, "...", 4);
			return out;
		}
		if (shown)
			memcpy(out.text + used, foreign.data, shown);
		else if (is_line_end(*foreign.data) || *foreign.data == '\t')
			out.text[used] = ' ';
		else
			snprintf(out.text + used, 5, "\\x%02x", foreign.data[0]);
		used += shown ? shown : is_line_end(*foreign.data) || *foreign.data == '\t' ? 1 : 4;
		foreign.data += taken;
		foreign.size -= taken;
	}
	out.text[used] = 0;
	return out;
}

struct escaped text_escape_string(const char *foreign)
{
	return text_escape(span_text(foreign));
}

static void write_hex(struct span span, const char digits[17], char *out)
{
	for (size_t i = 0; i < span.size; i++) {
		*out++ = digits[span.data[i] >> 4];
		*out++ = digits[span.data[i] & 15];
	}
	*out = 0;
}

void hex_write(struct span span, char *out)
{
	write_hex(span, "0123456789abcdef", out);
}

void hex_write_upper(struct span span, char *out)
{
	write_hex(span, "0123456789ABCDEF", out);
}

/* One more than the digit's value, 0 for what is none. A table, because fingerprints are
 * random: a processor would guess the branches of a comparison wrong. */
static const uint8_t hex_digits[256] = {
    ['0'] = 1,
    ['1'] = 2,
    ['2'] = 3,
    ['3'] = 4,
    ['4'] = 5,
    ['5'] = 6,
    ['6'] = 7,
    ['7'] = 8,
    ['8'] = 9,
    ['9'] = 10,
    ['a'] = 11,
    ['b'] = 12,
    ['c'] = 13,
    ['d'] = 14,
    ['e'] = 15,
    ['f'] = 16,
    ['A'] = 11,
    ['B'] = 12,
    ['C'] = 13,
    ['D'] = 14,
    ['E'] = 15,
    ['F'] = 16,
};

bool hex_parse(const char *text, uint8_t *out, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned high = hex_digits[(uint8_t)text[2 * i]];
		unsigned low = high ? hex_digits[(uint8_t)text[2 * i + 1]] : 0;

		if (!low)
			return false;
		out[i] = (uint8_t)((high - 1) << 4 | (low - 1));
	}
	return text[2 * size] == 0;
}

int text_hex_digit(char c)
{
	return hex_digits[(uint8_t)c] - 1;
}

char *text_unpercent(const char *text, struct arena *arena)
{
	char *copy = arena_strdup(arena, text), *out = copy;

	for (const char *in = copy; (*out = *in); in++, out++)
		if (*in == '%' && text_hex_digit(in[1]) >= 0 && text_hex_digit(in[2]) >= 0) {
			*out = (char)(text_hex_digit(in[1]) << 4 | text_hex_digit(in[2]));
			in += 2;
		}
	return copy;
}

char text_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

bool text_ends(const char *text, const char *with)
{
	size_t size = strlen(text), end = strlen(with);

	return size >= end && strcmp(text + size - end, with) == 0;
}

static char folded(char c, bool fold)
{
	return fold ? text_lower(c) : c;
}

bool text_glob(const char *glob, const char *text, bool fold)
{
	const char *star = NULL, *resume = text;

	while (*text) {
		if (*glob == '*') {
			star = ++glob;
			resume = text;
		} else if (*glob == '?' || (*glob && folded(*glob, fold) == folded(*text, fold))) {
			glob++;
			text++;
		} else if (star) {
			glob = star;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return *glob == 0;
}
