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
