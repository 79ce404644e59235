/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RSA signatures that are nearly right: blocks of PKCS #1 v1.5, made with the private key, and PSS
 * with odd or wrong parameters.
 */
#include <criterion/criterion.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "signed_world.h"

/* --- RSA, PKCS #1 v1.5 ---------------------------------------------------------------- */

enum { MODULUS = 256, DIGEST_INFO = 51, HASH = 32 };

#define SHA256_OID "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
#define SHA384_OID "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02"
#define SHA1_OID   "\x06\x05\x2b\x0e\x03\x02\x1a"
#define LITERAL(x) (x), sizeof(x) - 1

static void raw(EVP_PKEY *key, bool private, const uint8_t *in, uint8_t out[MODULUS])
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	size_t size = MODULUS;

	if (private)
		cr_assert(EVP_PKEY_sign_init(context) > 0 &&
		          EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) > 0 &&
		          EVP_PKEY_sign(context, out, &size, in, MODULUS) > 0);
	else
		cr_assert(EVP_PKEY_verify_recover_init(context) > 0 &&
		          EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) > 0 &&
		          EVP_PKEY_verify_recover(context, out, &size, in, MODULUS) > 0);
	cr_assert_eq(size, MODULUS);
	EVP_PKEY_CTX_free(context);
}

static void judge_block(
    struct signed_world *made, const uint8_t block[MODULUS], bool good, const char *what)
{
	uint8_t signature[MODULUS];

	raw(made->signer.key.key, true, block, signature);
	judge(made, (struct span){signature, MODULUS}, good, what);
}

/* A block whose DigestInfo this is, with as much padding as fits. */
static void judge_info(struct signed_world *made, struct span info, bool good, const char *what)
{
	uint8_t block[MODULUS] = {0, 1};
	size_t at = MODULUS - info.size;

	memset(block + 2, 0xff, at - 3);
	block[at - 1] = 0;
	memcpy(block + at, info.data, info.size);
	judge_block(made, block, good, what);
}

static void judge_infos(struct signed_world *made, const uint8_t *hash)
{
	static const struct {
		const char *front; /* all before the hash */
		size_t size;
		const char *behind;
		size_t behind_size;
		bool good;
		const char *what;
	} infos[] = {
	    {LITERAL("\x30\x31\x30\x0d" SHA256_OID "\x05\0\x04\x20"), "", 0, true, "right"},
	    {LITERAL("\x30\x2f\x30\x0b" SHA256_OID "\x04\x20"), "", 0, false, "no NULL"},
	    {LITERAL("\x30\x32\x30\x0e" SHA256_OID "\x05\x01\0\x04\x20"), "", 0, false,
	        "long NULL"},
	    {LITERAL("\x30\x33\x30\x0f" SHA256_OID "\x05\0\x05\0\x04\x20"), "", 0, false,
	        "two NULLs"},
	    {LITERAL("\x30\x31\x30\x0d" SHA256_OID "\x04\0\x04\x20"), "", 0, false, "no NULL but"},
	    {LITERAL("\x30\x31\x30\x0d" SHA384_OID "\x05\0\x04\x20"), "", 0, false, "SHA-384"},
	    {LITERAL("\x30\x2d\x30\x09" SHA1_OID "\x05\0\x04\x20"), "", 0, false, "SHA-1"},
	    {LITERAL("\x30\x81\x31\x30\x0d" SHA256_OID "\x05\0\x04\x20"), "", 0, false,
	        "long length"},
	    {LITERAL("\x30\x32\x30\x0d" SHA256_OID "\x05\0\x04\x81\x20"), "", 0, false,
	        "long string"},
	    {LITERAL("\x30\x80\x30\x0d" SHA256_OID "\x05\0\x04\x20"), "\0\0", 2, false,
	        "no length"},
	    {LITERAL("\x30\x33\x30\x0d" SHA256_OID "\x05\0\x04\x20"), "\x05\0", 2, false,
	        "NULL behind"},
	    {LITERAL("\x30\x31\x30\x0d" SHA256_OID "\x05\0\x04\x20"), "\0\0", 2, false,
	        "garbage behind"},
	    {LITERAL("\x30\x31\x30\x0d" SHA256_OID "\x05\0\x04\x21"), "x", 1, false, "longer hash"},
	    {LITERAL("\x30\x31\x30\x0d" SHA256_OID "\x05\0\x03\x20"), "", 0, false, "BIT STRING"},
	    {LITERAL("\x31\x31\x30\x0d" SHA256_OID "\x05\0\x04\x20"), "", 0, false, "SET"},
	    {LITERAL("\x04\x20"), "", 0, false, "the hash in a string alone"},
	    {LITERAL(""), "", 0, false, "the hash alone"},
	};

	for (size_t i = 0; i < COUNT(infos); i++) {
		AUTO(bytes) info = {0};

		bytes_add(&info, infos[i].front, infos[i].size);
		bytes_add(&info, hash, HASH);
		bytes_add(&info, infos[i].behind, infos[i].behind_size);
		judge_info(made, bytes_span(&info), infos[i].good, infos[i].what);
	}
}

/* The padding: 00 01 FF... 00, and the DigestInfo at the very end. */
static void judge_padding(struct signed_world *made, const uint8_t right[MODULUS])
{
	enum { ZERO = MODULUS - DIGEST_INFO - 1 };
	static const struct {
		size_t at;
		uint8_t byte;
		const char *what;
	} bytes[] = {
	    {0, 1, "no zero in front"},
	    {1, 0, "block type 0"},
	    {1, 2, "block type 2"},
	    {2, 0, "no padding"},
	    {2, 0xfe, "another first byte of padding"},
	    {100, 0, "a zero amid the padding"},
	    {100, 0x7f, "another byte amid the padding"},
	    {ZERO - 1, 0, "two zeros"},
	    {ZERO - 1, 0xef, "another last byte of padding"},
	    {ZERO, 0xff, "no zero behind the padding"},
	    {MODULUS - 1, 0x55, "another hash"},
	};
	uint8_t block[MODULUS];

	judge_block(made, right, true, "as it was made");
	for (size_t i = 0; i < COUNT(bytes); i++) {
		memcpy(block, right, MODULUS);
		/* a hash may end in any byte */
		block[bytes[i].at] = block[bytes[i].at] == bytes[i].byte ? 0x56 : bytes[i].byte;
		judge_block(made, block, false, bytes[i].what);
	}
	/* CVE-2006-4339: little padding, and room for what makes it a power */
	for (size_t padding = 0; padding <= 64; padding += 8) {
		memset(block, 0xa5, MODULUS);
		memcpy(block, right, 2 + padding);
		memcpy(block + 2 + padding, right + ZERO, DIGEST_INFO + 1);
		judge_block(made, block, false, "garbage behind the hash");
	}
}

static void judge_multiples(struct signed_world *made)
{
	BIGNUM *modulus = NULL, *number = BN_new();
	uint8_t bytes[MODULUS + 1];
	BIGNUM *value = BN_bin2bn(made->signature.data, MODULUS, NULL);

	cr_assert(EVP_PKEY_get_bn_param(made->signer.key.key, OSSL_PKEY_PARAM_RSA_N, &modulus));
	BN_add(number, value, modulus);
	BN_bn2binpad(number, bytes, MODULUS + 1);
	judge(made, (struct span){bytes, MODULUS + 1}, false, "n more");
	if (BN_num_bytes(number) == MODULUS)
		judge(made, (struct span){bytes + 1, MODULUS}, false, "n more in its length");
	for (BN_ULONG less = 0; less <= 1; less++) {
		BN_sub_word(modulus, less);
		BN_bn2binpad(modulus, bytes, MODULUS);
		judge(made, (struct span){bytes, MODULUS}, false, "n, and n - 1");
	}
	memset(bytes, 0, sizeof(bytes));
	bytes[MODULUS - 1] = 1;
	judge(made, (struct span){bytes, MODULUS}, false, "1");
	BN_sub(number, modulus, value);
	BN_bn2binpad(number, bytes, MODULUS);
	judge(made, (struct span){bytes, MODULUS}, false, "its negative");
	BN_free(modulus);
	BN_free(number);
	BN_free(value);
}

Test(signature, rsa_paddings)
{
	AUTO(signed_world) made = {0};
	uint8_t block[MODULUS];

	signed_world(&made, "RSA-2048");
	cr_assert_eq(made.signature.size, MODULUS);
	raw(made.signer.key.key, false, made.signature.data, block);
	judge_lengths(&made);
	judge_infos(&made, block + MODULUS - HASH);
	judge_padding(&made, block);
	judge_multiples(&made);
	cr_assert_eq(made.good, 3);
	cr_assert_gt(made.judged, 280, "%u", made.judged);
}

/* --- RSA-PSS -------------------------------------------------------------------------- */

/* A salt or MGF of another kind is the signer's to choose; that they are those which the
 * SignerInfo names is what counts. */
Test(signature, rsa_pss_parameters)
{
	static const int salts[] = {0, 1, 20, 31, 32, 64, 222};
	static const char *const mgfs[] = {NULL, "SHA1", "SHA384", "SHA512"};
	AUTO(signed_world) made = {0};

	signed_world(&made, "RSA-2048");
	for (size_t i = 0; i < COUNT(salts); i++)
		for (size_t j = 0; j < COUNT(mgfs); j++) {
			sign_again(&made,
			    &(struct kit_seal){.pss = true, .salt = &salts[i], .mgf = mgfs[j]});
			judge_cms(&made, bytes_span(&made.cms), true, "PSS as it says");
			made.signature.data[MODULUS - 1] ^= 1; /* 0xbc */
			judge(&made, bytes_span(&made.signature), false, "another last byte");
			made.signature.data[MODULUS - 1] ^= 1;
			made.signature.data[0] ^= 1;
			judge(&made, bytes_span(&made.signature), false, "another first byte");
		}
	cr_assert_eq(made.good, COUNT(salts) * COUNT(mgfs));
}

/* The place of `what` in the CMS, once there. */
static uint8_t *find(struct bytes *in, const char *what, size_t size)
{
	uint8_t *found = NULL;

	for (size_t i = 0; i + size <= in->size; i++)
		if (memcmp(in->data + i, what, size) == 0) {
			cr_assert_null(found);
			found = in->data + i;
		}
	cr_assert_not_null(found);
	return found;
}

Test(signature, rsa_pss_says_other_parameters)
{
	static const int salt = 40;
	AUTO(signed_world) made = {0};
	uint8_t *length;

	signed_world(&made, "RSA-2048");
	sign_again(&made, &(struct kit_seal){.pss = true, .salt = &salt, .mgf = "SHA512"});
	length = find(&made.cms, LITERAL("\xa2\x03\x02\x01\x28")) + 4;
	for (unsigned other = 0; other < 128; other++) {
		*length = (uint8_t)other;
		judge_cms(&made, bytes_span(&made.cms), other == 40, "the salt's length");
	}
	*length = 0xff;
	judge_cms(&made, bytes_span(&made.cms), false, "a negative length");
	*length = 40;
	/* MGF1 with SHA-384 instead */
	find(&made.cms, LITERAL("\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03"))[12] = 2;
	judge_cms(&made, bytes_span(&made.cms), false, "another MGF");
}

/* A PSS signature that is said to be of PKCS #1 v1.5, and the other way round. */
Test(signature, rsa_of_the_other_scheme)
{
	AUTO(signed_world) made = {0};
	AUTO(bytes) pss = {0};

	signed_world(&made, "RSA-2048");
	sign_again(&made, &(struct kit_seal){.pss = true});
	pss = bytes_copy(bytes_span(&made.signature));
	judge_cms(&made, bytes_span(&made.cms), true, "PSS");
	sign_again(&made, &(struct kit_seal){0});
	judge(&made, bytes_span(&pss), false, "PSS for v1.5");
	pss = (bytes_release(&pss), bytes_copy(bytes_span(&made.signature)));
	sign_again(&made, &(struct kit_seal){.pss = true});
	judge(&made, bytes_span(&pss), false, "v1.5 for PSS");
}
