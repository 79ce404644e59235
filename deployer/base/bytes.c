/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"

#include <stdlib.h>

bool span_equal(struct span a, struct span b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

const uint8_t *span_find(struct span text, struct span wanted)
{
	while (text.size >= wanted.size) {
		const uint8_t *found =
		    memchr(text.data, wanted.data[0], text.size - wanted.size + 1);

		if (!found || memcmp(found, wanted.data, wanted.size) == 0)
			return found;
		text.size -= (size_t)(found + 1 - text.data);
		text.data = found + 1;
	}
	return NULL;
}

void bytes_reserve(struct bytes *bytes, size_t size)
{
	bytes->data = mem_grow(bytes->data, &bytes->capacity, size + 1, 1);
	bytes->data[bytes->size] = 0;
}

void bytes_add(struct bytes *bytes, const void *data, size_t size)
{
	bytes_reserve(bytes, bytes->size + size);
	if (size)
		memcpy(bytes->data + bytes->size, data, size);
	bytes->size += size;
	bytes->data[bytes->size] = 0;
}

void bytes_add_little(struct bytes *bytes, uint64_t number, size_t size)
{
	uint8_t data[8];

	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)(number >> 8 * i);
	bytes_add(bytes, data, size);
}

struct bytes bytes_copy(struct span span)
{
	struct bytes copy = {0};

	bytes_add(&copy, span.data, span.size);
	return copy;
}

void bytes_release(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){0};
}

struct reader reader_of(struct span span)
{
	return (struct reader){.rest = span};
}

struct span reader_take(struct reader *reader, size_t size)
{
	struct span taken = {reader->rest.data, size};

	if (reader->failed || size > reader->rest.size) {
		reader->failed = true;
		return (struct span){0};
	}
	reader->rest.data += size;
	reader->rest.size -= size;
	reader->offset += size;
	return taken;
}

static uint64_t little_endian(struct reader *reader, size_t size)
{
	struct span span = reader_take(reader, size);
	uint64_t value = 0;

	for (size_t i = span.size; i-- > 0;)
		value = value << 8 | span.data[i];
	return value;
}

uint8_t reader_u8(struct reader *reader)
{
	return (uint8_t)little_endian(reader, 1);
}

uint16_t reader_u16le(struct reader *reader)
{
	return (uint16_t)little_endian(reader, 2);
}

uint32_t reader_u32le(struct reader *reader)
{
	return (uint32_t)little_endian(reader, 4);
}

uint64_t reader_u64le(struct reader *reader)
{
	return little_endian(reader, 8);
}

uint64_t reader_u64be(struct reader *reader)
{
	struct span span = reader_take(reader, 8);
	uint64_t value = 0;

	for (size_t i = 0; i < span.size; i++)
		value = value << 8 | span.data[i];
	return value;
}
