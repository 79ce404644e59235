/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * SHA-256, SHA-1 and MD5 of memory. SHA-1 and MD5 name things here (OpenSSL's hash links,
 * Windows thumbprints, entries of its URL cache) and are never used to decide trust.
 */
#include "base/text.h"

enum { SHA1_SIZE = 20, MD5_SIZE = 16 };

void digest_sha256(struct span span, uint8_t out[SHA256_SIZE]);
void digest_sha256_hex(struct span span, char out[SHA256_HEX]);
/* SHA-256 of the first `size` bytes and of the whole, in one pass. */
void digest_sha256_front(
    struct span whole, size_t size, uint8_t front[SHA256_SIZE], uint8_t out[SHA256_SIZE]);
void digest_sha1(struct span span, uint8_t out[SHA1_SIZE]);
void digest_md5(struct span span, uint8_t out[MD5_SIZE]);

/* Searches a list of structures that begin with a SHA-256, are sorted by it, and lie `apart` bytes
 * apart: the first with that digest, or NULL. */
const void *digest_find(
    const void *list, size_t count, size_t apart, const uint8_t sha256[SHA256_SIZE]);
/* In such a list: the place where that digest stands, or belongs. */
size_t digest_place(
    const void *list, size_t count, size_t apart, const uint8_t sha256[SHA256_SIZE]);
/* digest_find() in a sorted list of pointers to such structures: the place of the first, or
 * `count`. */
size_t digest_find_pointer(const void *list, size_t count, const uint8_t sha256[SHA256_SIZE]);
