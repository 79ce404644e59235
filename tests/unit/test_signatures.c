/* SPDX-License-Identifier: Apache-2.0 */
/* Values of ECDSA signatures that are nearly right: numbers out of range, and other encodings. */
#include <criterion/criterion.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "signed_world.h"

/* An INTEGER: its tag, the bytes of a number that is at least 0, and what stands before them. */
struct integer {
	uint8_t tag;
	const char *before;
	size_t before_size;
};

static const struct integer plain = {0x02, "", 0};

static void add_integer(struct bytes *out, const BIGNUM *number, struct integer form)
{
	AUTO(bytes) content = {0};
	uint8_t digits[80] = {0};
	int size = BN_bn2bin(number, digits);

	bytes_add(&content, form.before, form.before_size);
	if (size == 0 || (form.before_size == 0 && digits[0] & 0x80))
		bytes_add(&content, "", 1);
	bytes_add(&content, digits, (size_t)size);
	kit_der(out, form.tag, bytes_span(&content));
}

static void judge_numbers(struct signed_world *made, const BIGNUM *r, struct integer r_form,
    const BIGNUM *s, struct integer s_form, bool good, const char *what)
{
	AUTO(bytes) inside = {0};
	AUTO(bytes) sequence = {0};

	add_integer(&inside, r, r_form);
	add_integer(&inside, s, s_form);
	kit_der(&sequence, 0x30, bytes_span(&inside));
	judge(made, bytes_span(&sequence), good, what);
}

struct ecdsa {
	ECDSA_SIG *signature;
	const BIGNUM *r, *s;
	BIGNUM *order, *field, *other, *zero, *one;
};

static void ecdsa_release(struct ecdsa *ecdsa)
{
	ECDSA_SIG_free(ecdsa->signature);
	BN_free(ecdsa->order);
	BN_free(ecdsa->field);
	BN_free(ecdsa->other);
	BN_free(ecdsa->zero);
	BN_free(ecdsa->one);
}

static void ecdsa_of(const struct signed_world *made, struct ecdsa *out)
{
	const unsigned char *at = made->signature.data;

	out->signature = d2i_ECDSA_SIG(NULL, &at, (long)made->signature.size);
	cr_assert_not_null(out->signature);
	ECDSA_SIG_get0(out->signature, &out->r, &out->s);
	out->other = BN_new();
	out->zero = BN_new();
	out->one = BN_new();
	BN_zero(out->zero);
	BN_one(out->one);
	cr_assert(
	    EVP_PKEY_get_bn_param(made->signer.key.key, OSSL_PKEY_PARAM_EC_ORDER, &out->order));
	cr_assert(EVP_PKEY_get_bn_param(made->signer.key.key, OSSL_PKEY_PARAM_EC_P, &out->field));
}

/* Numbers that are no signature, in either place, and with each other. */
static void judge_ranges(struct signed_world *made, struct ecdsa *ecdsa)
{
	BIGNUM *above = BN_dup(ecdsa->order), *below = BN_dup(ecdsa->order);
	const BIGNUM *numbers[] = {
	    ecdsa->zero, ecdsa->one, ecdsa->order, above, below, ecdsa->field};

	BN_add_word(above, 1);
	BN_sub_word(below, 1);
	for (size_t i = 0; i < COUNT(numbers); i++) {
		judge_numbers(made, numbers[i], plain, ecdsa->s, plain, false, "r");
		judge_numbers(made, ecdsa->r, plain, numbers[i], plain, false, "s");
		for (size_t j = 0; j < COUNT(numbers); j++)
			judge_numbers(made, numbers[i], plain, numbers[j], plain, false, "r and s");
	}
	BN_free(above);
	BN_free(below);
	BN_add(ecdsa->other, ecdsa->r, ecdsa->order);
	judge_numbers(made, ecdsa->other, plain, ecdsa->s, plain, false, "r + n");
	BN_add(ecdsa->other, ecdsa->s, ecdsa->order);
	judge_numbers(made, ecdsa->r, plain, ecdsa->other, plain, false, "s + n");
	judge_numbers(made, ecdsa->s, plain, ecdsa->r, plain, false, "swapped");
	/* the other signature that everybody can make of one: by the same key, so it counts once */
	BN_sub(ecdsa->other, ecdsa->order, ecdsa->s);
	judge_numbers(made, ecdsa->r, plain, ecdsa->other, plain, true, "n - s");
	BN_sub(ecdsa->other, ecdsa->order, ecdsa->r);
	judge_numbers(made, ecdsa->other, plain, ecdsa->s, plain, false, "n - r");
}

/* The right numbers, written as DER does not. */
static void judge_forms(struct signed_world *made, struct ecdsa *ecdsa)
{
	static const struct integer forms[] = {
	    {0x02, "\0\0", 2}, /* a zero that is not needed */
	    {0x02, "\0\0\0\0\0\0\0\0\0", 9},
	    {0x02, "\xff", 1}, /* negative */
	    {0x02, "\x01", 1}, /* 2^n more */
	    {0x04, "", 0},
	    {0x22, "", 0},
	};
	AUTO(bytes) numbers = {0};
	AUTO(bytes) more = {0};
	AUTO(bytes) sequence = {0};

	for (size_t i = 0; i < COUNT(forms); i++) {
		judge_numbers(made, ecdsa->r, forms[i], ecdsa->s, plain, false, "form of r");
		judge_numbers(made, ecdsa->r, plain, ecdsa->s, forms[i], false, "form of s");
		judge_numbers(made, ecdsa->r, forms[i], ecdsa->s, forms[i], false, "of both");
	}
	add_integer(&numbers, ecdsa->r, plain);
	kit_der(&sequence, 0x30, bytes_span(&numbers));
	judge(made, bytes_span(&sequence), false, "r alone");
	add_integer(&numbers, ecdsa->s, plain);
	for (unsigned tag = 0x31; tag <= 0x70; tag += 0x3f) {
		bytes_release(&sequence);
		kit_der(&sequence, (uint8_t)tag, bytes_span(&numbers));
		judge(made, bytes_span(&sequence), false, "no SEQUENCE");
	}
	bytes_add(&more, numbers.data, numbers.size);
	bytes_add(&more, "\x05\0", 2);
	bytes_release(&sequence);
	kit_der(&sequence, 0x30, bytes_span(&more));
	judge(made, bytes_span(&sequence), false, "a NULL behind s");
	bytes_release(&sequence);
	bytes_add(&sequence, (uint8_t[]){0x30, 0x82, 0, (uint8_t)numbers.size}, 4);
	bytes_add(&sequence, numbers.data, numbers.size);
	judge(made, bytes_span(&sequence), false, "a length in two bytes");
	bytes_release(&sequence);
	bytes_add(&sequence, "\x30\x80", 2);
	bytes_add(&sequence, numbers.data, numbers.size);
	bytes_add(&sequence, "\0\0", 2);
	judge(made, bytes_span(&sequence), false, "an indefinite length");
}

/* IEEE P1363's form, which other interfaces use. */
static void judge_without_der(struct signed_world *made, struct ecdsa *ecdsa)
{
	uint8_t both[2 * 66];
	int half = BN_num_bytes(ecdsa->order);

	cr_assert_eq(BN_bn2binpad(ecdsa->r, both, half), half);
	cr_assert_eq(BN_bn2binpad(ecdsa->s, both + half, half), half);
	judge(made, (struct span){both, 2 * (size_t)half}, false, "without DER");
}

static void judge_curve(const char *curve)
{
	AUTO(signed_world) made = {0};
	AUTO(ecdsa) ecdsa = {0};

	signed_world(&made, curve);
	ecdsa_of(&made, &ecdsa);
	judge_numbers(&made, ecdsa.r, plain, ecdsa.s, plain, true, "as it was made");
	judge_lengths(&made);
	judge_ranges(&made, &ecdsa);
	judge_forms(&made, &ecdsa);
	judge_without_der(&made, &ecdsa);
	cr_assert_eq(made.good, 3);
	cr_assert_gt(made.judged, 150, "%u", made.judged);
}

Test(signature, ecdsa_values)
{
	judge_curve("P-256");
	judge_curve("P-384");
	judge_curve("P-521");
}
