/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Bytes: borrowed (struct span, never released), owned (struct bytes, always
 * released), and read in order with bounds (struct reader).
 */
#include <stdint.h>

#include "base/mem.h"

struct span {
	const uint8_t *data;
	size_t size;
};

struct bytes {
	uint8_t *data;
	size_t size, capacity;
};

static inline struct span bytes_span(const struct bytes *bytes)
{
	return (struct span){bytes->data, bytes->size};
}

static inline struct span span_text(const char *text)
{
	return (struct span){(const uint8_t *)text, strlen(text)};
}

bool span_equal(struct span a, struct span b);
/* The first place in `text` where `wanted` stands, which must not be empty; NULL: there is none. */
const uint8_t *span_find(struct span text, struct span wanted);

/* Converts between this machine's byte order and little-endian. */
static inline uint64_t bytes_little_64(uint64_t number)
{
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? number : __builtin_bswap64(number);
}

static inline uint32_t bytes_big_32(uint32_t number)
{
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap32(number) : number;
}

/* Appends; the owner keeps a terminating NUL behind the data, not counted in size. */
void bytes_add(struct bytes *bytes, const void *data, size_t size);
/* Appends the lowest `size` bytes (8 at most) of a number, little-endian: what the reader_...le
 * functions read. */
void bytes_add_little(struct bytes *bytes, uint64_t number, size_t size);
/* Makes room for `size` bytes in all (plus a NUL) without changing what is there. */
void bytes_reserve(struct bytes *bytes, size_t size);
struct bytes bytes_copy(struct span span);
void bytes_release(struct bytes *bytes);

/* Reads a span from the front. Each call takes what it returns or, when too
 * little is left, takes nothing, returns zeros and sets `failed`. */
struct reader {
	struct span rest;
	size_t offset; /* of rest, for messages */
	bool failed;
};

struct reader reader_of(struct span span);
struct span reader_take(struct reader *reader, size_t size);
uint8_t reader_u8(struct reader *reader);
uint16_t reader_u16le(struct reader *reader);
uint32_t reader_u32le(struct reader *reader);
uint64_t reader_u64le(struct reader *reader);
uint64_t reader_u64be(struct reader *reader);
