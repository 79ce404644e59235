/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf16.h"

enum {
	HIGH_FIRST = 0xd800,
	LOW_FIRST = 0xdc00,
	LOW_LAST = 0xdfff,
	SUPPLEMENTARY = 0x10000,
	REPLACEMENT = 0xfffd,
};

static void add_point(struct text *out, uint32_t point)
{
	uint8_t utf8[4];
	size_t size = 0;

	if (point < 0x80) {
		utf8[size++] = (uint8_t)point;
	} else if (point < 0x800) {
		utf8[size++] = (uint8_t)(0xc0 | point >> 6);
		utf8[size++] = (uint8_t)(0x80 | (point & 0x3f));
	} else if (point < SUPPLEMENTARY) {
		utf8[size++] = (uint8_t)(0xe0 | point >> 12);
		utf8[size++] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
		utf8[size++] = (uint8_t)(0x80 | (point & 0x3f));
	} else {
		utf8[size++] = (uint8_t)(0xf0 | point >> 18);
		utf8[size++] = (uint8_t)(0x80 | (point >> 12 & 0x3f));
		utf8[size++] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
		utf8[size++] = (uint8_t)(0x80 | (point & 0x3f));
	}
	text_add_span(out, (struct span){utf8, size});
}

void utf16_add_text(struct text *out, struct span utf16)
{
	struct reader reader = reader_of(utf16);

	while (reader.rest.size >= 2) {
		uint32_t unit = reader_u16le(&reader), low;

		if (unit == 0)
			return;
		if (unit < HIGH_FIRST || unit > LOW_LAST) {
			add_point(out, unit);
			continue;
		}
		low = unit < LOW_FIRST && reader.rest.size >= 2
		          ? (uint32_t)(reader.rest.data[0] | reader.rest.data[1] << 8)
		          : 0;
		if (low < LOW_FIRST || low > LOW_LAST) {
			add_point(out, REPLACEMENT);
			continue;
		}
		(void)reader_u16le(&reader);
		add_point(out, SUPPLEMENTARY + ((unit - HIGH_FIRST) << 10) + (low - LOW_FIRST));
	}
	if (reader.rest.size > 0)
		add_point(out, REPLACEMENT);
}

static void add_unit(struct bytes *out, uint32_t unit)
{
	uint8_t bytes[2] = {(uint8_t)unit, (uint8_t)(unit >> 8)};

	bytes_add(out, bytes, sizeof(bytes));
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
			add_unit(out, HIGH_FIRST + ((point - SUPPLEMENTARY) >> 10));
			add_unit(out, LOW_FIRST + ((point - SUPPLEMENTARY) & 0x3ff));
		} else {
			add_unit(out, point);
		}
		rest = (struct span){rest.data + size, rest.size - size};
	}
}
