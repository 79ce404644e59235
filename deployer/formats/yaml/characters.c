/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/yaml/characters.h"

#include <stdio.h>

/* How many of eight bytes stand in front of the first that is no printable ASCII. */
static size_t plain_bytes(const uint8_t *bytes)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones * 0x80;
	uint64_t word, deletes, found;

	memcpy(&word, bytes, sizeof(word));
	word = bytes_little_64(word);
	deletes = word ^ (ones * 0x7f);
	/* the lowest byte that is marked is a hit; above it borrows may mark others */
	found = (((word - ones * 0x20) & ~word) | word | ((deletes - ones) & ~deletes)) & tops;
	return found ? (size_t)__builtin_ctzll(found) / 8 : 8;
}

size_t characters_good(struct span text, bool *ascii)
{
	size_t at = 0;

	*ascii = true;
	while (at < text.size) {
		size_t plain = text.size - at >= 8 ? plain_bytes(text.data + at) : 0, size = 1;
		uint32_t point;

		at += plain;
		if (plain == 8)
			continue;
		point = text.data[at];
		if (point >= 0x80) {
			*ascii = false;
			size = text_sequence((struct span){text.data + at, text.size - at}, &point);
		}
		if (size == 0 ||
		    (text_is_invisible(point) && point != '\t' && point != '\n' && point != '\r'))
			return at;
		at += size;
	}
	return at;
}

void characters_locate(struct span text, size_t offset, size_t *line, size_t *column)
{
	*line = *column = 1;
	for (size_t i = 0; i < offset; i++) {
		bool cr_of_crlf =
		    text.data[i] == '\r' && i + 1 < text.size && text.data[i + 1] == '\n';

		if (text.data[i] == '\n' || (text.data[i] == '\r' && !cr_of_crlf)) {
			++*line;
			*column = 1;
		} else if ((text.data[i] & 0xc0) != 0x80) {
			++*column;
		}
	}
}

const char *characters_fault(struct span rest, char out[CHARACTERS_FAULT])
{
	uint32_t point = 0;

	if (text_sequence(rest, &point) == 0)
		snprintf(out, CHARACTERS_FAULT, "byte 0x%02x is not UTF-8", rest.data[0]);
	else if (point < 0x20 || (point >= 0x7f && point < 0xa0))
		snprintf(out, CHARACTERS_FAULT, "control character U+%04X", point);
	else
		snprintf(out, CHARACTERS_FAULT, "invisible character U+%04X", point);
	return out;
}
