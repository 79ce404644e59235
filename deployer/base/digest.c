/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The low-level calls, although OpenSSL 3 prefers EVP: they need no provider,
 * and setting the providers up costs as much as hashing several hundred
 * certificates. A run that checks no signature never pays it.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/digest.h"

#include <openssl/md5.h>
#include <openssl/sha.h>

void digest_sha256(struct span span, uint8_t out[SHA256_SIZE])
{
	SHA256_CTX context;

	SHA256_Init(&context);
	SHA256_Update(&context, span.data, span.size);
	SHA256_Final(out, &context);
}

void digest_sha256_hex(struct span span, char out[SHA256_HEX])
{
	uint8_t digest[SHA256_SIZE];

	digest_sha256(span, digest);
	hex_write((struct span){digest, sizeof(digest)}, out);
}

void digest_sha256_front(
    struct span whole, size_t size, uint8_t front[SHA256_SIZE], uint8_t out[SHA256_SIZE])
{
	SHA256_CTX context, branch;

	SHA256_Init(&context);
	SHA256_Update(&context, whole.data, size);
	branch = context;
	SHA256_Final(front, &branch);
	SHA256_Update(&context, whole.data + size, whole.size - size);
	SHA256_Final(out, &context);
}

void digest_sha1(struct span span, uint8_t out[SHA1_SIZE])
{
	SHA_CTX context;

	SHA1_Init(&context);
	SHA1_Update(&context, span.data, span.size);
	SHA1_Final(out, &context);
}

void digest_md5(struct span span, uint8_t out[MD5_SIZE])
{
	MD5_CTX context;

	MD5_Init(&context);
	MD5_Update(&context, span.data, span.size);
	MD5_Final(out, &context);
}

static const uint8_t *digest_at(const void *list, size_t at, size_t apart, bool pointers)
{
	return pointers ? ((const uint8_t *const *)list)[at] : (const uint8_t *)list + at * apart;
}

static uint32_t front_of(const uint8_t sha256[SHA256_SIZE])
{
	return (uint32_t)sha256[0] << 24 | (uint32_t)sha256[1] << 16 | (uint32_t)sha256[2] << 8 |
	       sha256[3];
}

/* The place of the first element that is not below the digest. Nearly all differ in their first
 * bytes. */
static size_t place(
    const void *list, size_t count, size_t apart, bool pointers, const uint8_t sha256[SHA256_SIZE])
{
	size_t low = 0, high = count;
	uint32_t front = front_of(sha256);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const uint8_t *at = digest_at(list, middle, apart, pointers);
		uint32_t here = front_of(at);

		if (here < front || (here == front && memcmp(at, sha256, SHA256_SIZE) < 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The place of the first element with that digest, or `count`. */
static size_t find(
    const void *list, size_t count, size_t apart, bool pointers, const uint8_t sha256[SHA256_SIZE])
{
	size_t at = place(list, count, apart, pointers, sha256);

	return at < count && memcmp(digest_at(list, at, apart, pointers), sha256, SHA256_SIZE) == 0
	           ? at
	           : count;
}

size_t digest_place(const void *list, size_t count, size_t apart, const uint8_t sha256[SHA256_SIZE])
{
	return place(list, count, apart, false, sha256);
}

const void *digest_find(
    const void *list, size_t count, size_t apart, const uint8_t sha256[SHA256_SIZE])
{
	size_t at = find(list, count, apart, false, sha256);

	return at < count ? digest_at(list, at, apart, false) : NULL;
}

size_t digest_find_pointer(const void *list, size_t count, const uint8_t sha256[SHA256_SIZE])
{
	return find(list, count, 0, true, sha256);
}
