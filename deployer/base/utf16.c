/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf16.h"

enum {
	HIGH_FIRST = 0xd800,
	LOW_FIRST = 0xdc00,
	LOW_LAST = 0xdfff,
	SUPPLEMENTARY = 0x10000,
	REPLACEMENT = 0xfffd,
};

uint32_t utf16_take(struct span *rest)
{
	struct reader reader = reader_of(*rest);
	uint32_t unit = reader_u16le(&reader), low;

	if (reader.failed) {
		*rest = (struct span){0};
		return REPLACEMENT;
	}
	*rest = reader.rest;
	if (unit < HIGH_FIRST || unit > LOW_LAST)
		return unit;
	low = reader_u16le(&reader);
	if (unit >= LOW_FIRST || low < LOW_FIRST || low > LOW_LAST)
		return REPLACEMENT;
	*rest = reader.rest;
	return SUPPLEMENTARY + ((unit - HIGH_FIRST) << 10) + (low - LOW_FIRST);
}

void utf16_add_text(struct text *out, struct span utf16)
{
	while (utf16.size > 0) {
		uint8_t utf8[TEXT_SEQUENCE];
		uint32_t point = utf16_take(&utf16);

		if (point == 0)
			return;
		text_add_span(out, (struct span){utf8, text_write_sequence(point, utf8)});
	}
}

void utf16_from_text(struct bytes *out, const char *utf8)
{
	struct span rest = span_text(utf8);

	while (rest.size > 0) {
		uint32_t point;
		size_t size = text_sequence(rest, &point);

		if (size == 0) {
			point = REPLACEMENT;
			size = 1;
		}
		if (point >= SUPPLEMENTARY) {
			bytes_add_little(out, HIGH_FIRST + ((point - SUPPLEMENTARY) >> 10), 2);
			bytes_add_little(out, LOW_FIRST + ((point - SUPPLEMENTARY) & 0x3ff), 2);
		} else {
			bytes_add_little(out, point, 2);
		}
		rest = (struct span){rest.data + size, rest.size - size};
	}
}
