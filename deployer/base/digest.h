/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * SHA-256 and SHA-1 of memory. SHA-1 names things here (OpenSSL's hash links,
 * Windows thumbprints) and is never used to decide trust.
 */
#include "base/text.h"

enum { SHA1_SIZE = 20 };

void digest_sha256(struct span span, uint8_t out[SHA256_SIZE]);
void digest_sha256_hex(struct span span, char out[SHA256_HEX]);
/* SHA-256 of the first `size` bytes and of the whole, in one pass. */
void digest_sha256_front(
    struct span whole, size_t size, uint8_t front[SHA256_SIZE], uint8_t out[SHA256_SIZE]);
void digest_sha1(struct span span, uint8_t out[SHA1_SIZE]);
