/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signer's key counts once, however it is encoded: each encoding that OpenSSL takes for the same
 * key, and each other key that the same private key serves, is refused or has one identity.
 */
#include <criterion/criterion.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "bundle/spki.h"
#include "bundle_refused.h"

/* A SubjectPublicKeyInfo; `algorithm` is the inside of its AlgorithmIdentifier. */
static void make_spki(struct bytes *out, struct span algorithm, struct span key)
{
	AUTO(bytes) inside = {0};
	AUTO(bytes) bits = {0};

	bytes_add(&bits, "", 1);
	bytes_add(&bits, key.data, key.size);
	kit_der(&inside, 0x30, algorithm);
	kit_der(&inside, 0x03, bytes_span(&bits));
	bytes_release(out);
	kit_der(out, 0x30, bytes_span(&inside));
}

static void add_number(struct bytes *out, const BIGNUM *number, unsigned zeros)
{
	AUTO(bytes) content = {0};
	uint8_t digits[2048];
	int size = BN_bn2bin(number, digits);

	for (zeros += size == 0 || digits[0] & 0x80; zeros > 0; zeros--)
		bytes_add(&content, "", 1);
	bytes_add(&content, digits, (size_t)size);
	kit_der(out, 0x02, bytes_span(&content));
}

#define RSA_OID "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"

/* `parameters` is all that follows the OID. */
static void make_rsa(struct bytes *out, const BIGNUM *modulus, const BIGNUM *exponent,
    unsigned zeros, struct span parameters)
{
	AUTO(bytes) numbers = {0};
	AUTO(bytes) key = {0};
	AUTO(bytes) algorithm = {0};

	add_number(&numbers, modulus, zeros);
	add_number(&numbers, exponent, zeros);
	kit_der(&key, 0x30, bytes_span(&numbers));
	bytes_add(&algorithm, RSA_OID, sizeof(RSA_OID) - 1);
	bytes_add(&algorithm, parameters.data, parameters.size);
	make_spki(out, bytes_span(&algorithm), bytes_span(&key));
}

static void must_refuse(struct span spki, const char *expected)
{
	struct spki parsed;
	struct err err = {0};

	cr_assert_not(spki_parse(spki, &parsed, &err), "%s", expected);
	cr_assert_eq(err.code, ERR_POLICY);
	cr_assert(strstr(err.text, expected), "%s instead of: %s", err.text, expected);
}

static void identity(struct span spki, uint8_t out[SHA256_SIZE])
{
	struct spki parsed;
	struct err err = {0};

	cr_assert(spki_parse(spki, &parsed, &err), "%s", err.text);
	spki_identity(&parsed, out);
}

/* OpenSSL's word that both are one key. */
static bool same_key(struct span one, struct span two)
{
	const unsigned char *at = one.data, *other = two.data;
	EVP_PKEY *left = d2i_PUBKEY(NULL, &at, (long)one.size);
	EVP_PKEY *right = d2i_PUBKEY(NULL, &other, (long)two.size);
	bool same = left && right && EVP_PKEY_eq(left, right) == 1;

	EVP_PKEY_free(left);
	EVP_PKEY_free(right);
	return same;
}

static BIGNUM *number_of(EVP_PKEY *key, const char *name)
{
	BIGNUM *number = NULL;

	cr_assert(EVP_PKEY_get_bn_param(key, name, &number));
	return number;
}

static void encode(EVP_PKEY *key, struct bytes *out)
{
	unsigned char *der = NULL;
	int size = i2d_PUBKEY(key, &der);

	cr_assert_gt(size, 0);
	bytes_release(out);
	bytes_add(out, der, (size_t)size);
	OPENSSL_free(der);
}

/* --- RSA ------------------------------------------------------------------------------ */

struct rsa {
	EVP_PKEY *key;
	BIGNUM *modulus, *exponent;
	struct bytes spki;
};

static struct rsa rsa_of(unsigned bits)
{
	struct rsa rsa = {.key = EVP_RSA_gen(bits)};

	rsa.modulus = number_of(rsa.key, OSSL_PKEY_PARAM_RSA_N);
	rsa.exponent = number_of(rsa.key, OSSL_PKEY_PARAM_RSA_E);
	encode(rsa.key, &rsa.spki);
	return rsa;
}

static void rsa_release(struct rsa *rsa)
{
	EVP_PKEY_free(rsa->key);
	BN_free(rsa->modulus);
	BN_free(rsa->exponent);
	bytes_release(&rsa->spki);
}

static const struct span null_parameters = {(const uint8_t *)"\x05\0", 2};

Test(key, rsa_has_one_encoding)
{
	static const struct {
		struct span parameters;
		unsigned zeros;
		const char *expected;
	} encodings[] = {
	    {{0}, 0, "parameters other than NULL"},
	    {{(const uint8_t *)"\x04\x01x", 3}, 0, "parameters other than NULL"},
	    {{(const uint8_t *)"\x05\0\x05\0", 4}, 0, "parameters other than NULL"},
	    {{(const uint8_t *)"\x05\x01\0", 3}, 0, "parameters other than NULL"},
	    {{(const uint8_t *)"\x05\0", 2}, 1, "malformed"},
	    {{(const uint8_t *)"\x05\0", 2}, 2, "malformed"},
	};
	AUTO(rsa) rsa = rsa_of(2048);
	AUTO(bytes) other = {0};
	unsigned taken = 0;

	make_rsa(&other, rsa.modulus, rsa.exponent, 0, null_parameters);
	cr_assert(span_equal(bytes_span(&other), bytes_span(&rsa.spki)), "OpenSSL writes this one");
	for (size_t i = 0; i < COUNT(encodings); i++) {
		make_rsa(
		    &other, rsa.modulus, rsa.exponent, encodings[i].zeros, encodings[i].parameters);
		taken += same_key(bytes_span(&other), bytes_span(&rsa.spki));
		must_refuse(bytes_span(&other), encodings[i].expected);
	}
	cr_assert_geq(taken, 2, "OpenSSL takes %u of them for the same key", taken);
}

Test(key, rsa_with_another_exponent_is_the_same_signer)
{
	AUTO(rsa) rsa = rsa_of(2048);
	AUTO(bytes) other = {0};
	uint8_t one[SHA256_SIZE], two[SHA256_SIZE];

	identity(bytes_span(&rsa.spki), one);
	BN_set_word(rsa.exponent, 65539);
	make_rsa(&other, rsa.modulus, rsa.exponent, 0, null_parameters);
	identity(bytes_span(&other), two);
	cr_assert_arr_eq(one, two, SHA256_SIZE);
}

/* With the exponent 1 everybody signs; with a small or even one nobody should. */
Test(attack, rsa_with_a_weak_exponent)
{
	static const unsigned long weak[] = {0, 1, 2, 3, 5, 17, 257, 65535, 65536, 65538};
	AUTO(rsa) rsa = rsa_of(2048);
	AUTO(bytes) spki = {0};

	for (size_t i = 0; i < COUNT(weak); i++) {
		BN_set_word(rsa.exponent, weak[i]);
		make_rsa(&spki, rsa.modulus, rsa.exponent, 0, null_parameters);
		must_refuse(bytes_span(&spki), "exponent");
	}
	BN_one(rsa.exponent);
	BN_lshift(rsa.exponent, rsa.exponent, 256);
	BN_add_word(rsa.exponent, 1);
	make_rsa(&spki, rsa.modulus, rsa.exponent, 0, null_parameters);
	must_refuse(bytes_span(&spki), "exponent");
	BN_set_word(rsa.exponent, 65537);
	BN_add_word(rsa.modulus, 1);
	make_rsa(&spki, rsa.modulus, rsa.exponent, 0, null_parameters);
	must_refuse(bytes_span(&spki), "even modulus");
}

/* --- EC ------------------------------------------------------------------------------- */

static void check_points(const char *curve)
{
	EVP_PKEY *key = EVP_EC_gen(curve);
	AUTO(bytes) spki = {0};
	AUTO(bytes) negative = {0};
	AUTO(bytes) other = {0};
	size_t size, at;
	uint8_t one[SHA256_SIZE], two[SHA256_SIZE];

	encode(key, &spki);
	size = (((size_t)EVP_PKEY_get_bits(key) + 7) / 8) * 2;
	at = spki.size - size - 1;
	cr_assert_eq(spki.data[at], 4);
	identity(bytes_span(&spki), one);

	/* the point hybrid, and compressed: the algorithm is 0x30, its length, and its content */
	struct span algorithm = {spki.data + (spki.data[1] & 0x80 ? 5 : 4), 0};

	algorithm.size = algorithm.data[-1];
	for (unsigned form = 2; form <= 6; form += 4) {
		AUTO(bytes) point = {0};

		bytes_add(&point, &(uint8_t){(uint8_t)(form | (spki.data[spki.size - 1] & 1))}, 1);
		bytes_add(&point, spki.data + at + 1, form == 2 ? size / 2 : size);
		make_spki(&other, algorithm, bytes_span(&point));
		cr_assert(
		    same_key(bytes_span(&other), bytes_span(&spki)), "%s, form %u", curve, form);
		must_refuse(bytes_span(&other), "not uncompressed");
	}
	/* another second coordinate: that of the negative, whose private key is known too */
	negative = bytes_copy(bytes_span(&spki));
	negative.data[negative.size - 1] ^= 1;
	identity(bytes_span(&negative), two);
	cr_assert_arr_eq(one, two, SHA256_SIZE);
	EVP_PKEY_free(key);
}

Test(key, ec_points_have_one_encoding)
{
	check_points("P-256");
	check_points("P-384");
	check_points("P-521");
}

/* --- Ed25519 -------------------------------------------------------------------------- */

Test(key, ed25519_has_one_encoding)
{
	static const uint8_t plain[] = "\x06\x03\x2b\x65\x70",
	                     with[] = "\x06\x03\x2b\x65\x70\x05\0";
	uint8_t key[33] = {1};
	AUTO(bytes) spki = {0};
	uint8_t one[SHA256_SIZE];

	make_spki(&spki, (struct span){plain, 5}, (struct span){key, 32});
	identity(bytes_span(&spki), one);
	make_spki(&spki, (struct span){with, 7}, (struct span){key, 32});
	must_refuse(bytes_span(&spki), "parameters");
	make_spki(&spki, (struct span){plain, 5}, (struct span){key, 33});
	must_refuse(bytes_span(&spki), "32 bytes");
}

Test(key, different_keys_have_different_identities)
{
	uint8_t seen[5][SHA256_SIZE];
	AUTO(rsa) first = rsa_of(2048);
	AUTO(rsa) second = rsa_of(2048);
	static const char *const curves[] = {"P-256", "P-256", "P-384"};

	for (size_t i = 0; i < 5; i++) {
		AUTO(bytes) spki = {0};
		EVP_PKEY *key = i == 0   ? first.key
		                : i == 1 ? second.key
		                         : EVP_EC_gen(curves[i - 2]);

		encode(key, &spki);
		identity(bytes_span(&spki), seen[i]);
		for (size_t j = 0; j < i; j++)
			cr_assert_arr_neq(seen[i], seen[j], SHA256_SIZE);
		if (i >= 2)
			EVP_PKEY_free(key);
	}
}

Test(key, two_of_three_different_keys_suffice)
{
	static const char *const kinds[] = {"RSA-3072", "P-384", "P-521"};
	AUTO(kit_world) world = {0};
	struct kit_signer signers[3];
	const struct kit_signer *ring[3];
	struct err err = {0};

	kit_world(&world);
	for (unsigned i = 0; i < 3; i++) {
		signers[i] = kit_signer(kinds[i], kinds[i], i + 1);
		ring[i] = &signers[i];
	}
	kit_keyring(&world.keyring_text, 1, NULL, 2, ring, 3);
	keyring_release(&world.keyring);
	cr_assert(keyring_parse(bytes_span(&world.keyring_text), "k.yaml", &world.keyring, &err),
	    "%s", err.text);
	for (size_t first = 0; first < 9; first++) {
		const struct kit_signer *pair[] = {ring[first / 3], ring[first % 3]};
		struct kit_seal seal = {.signers = pair, .count = 2};
		AUTO(bytes) sealed = {0};
		AUTO(bundle) bundle = {0};

		kit_seal(bytes_span(&world.cabinet), &seal, &sealed);
		cr_assert_eq(kit_open(&world, bytes_span(&sealed), &bundle, &err),
		    pair[0] != pair[1], "%s and %s: %s", pair[0]->name, pair[1]->name, err.text);
	}
	for (size_t i = 0; i < 3; i++)
		kit_signer_release(&signers[i]);
}

/* --- what a signer may sign ------------------------------------------------------------ */

/* `may` of the first of the world's three signers, threshold 2, signed by the first two. */
static bool opens(const char *may, struct err *err)
{
	AUTO(kit_world) world = {0};
	AUTO(text) text = {0};
	AUTO(keyring) keyring = {0};
	AUTO(bundle) bundle = {0};
	AUTO(bytes) copy = {0};
	struct err ignored = {0};
	const char *yaml, *first;

	kit_world(&world);
	bytes_add(&world.keyring_text, "", 1);
	yaml = (const char *)world.keyring_text.data;
	first = strstr(yaml, "    certificate:");
	text_addf(&text, "%.*s    may: %s\n%s", (int)(first - yaml), yaml, may, first);
	cr_assert(
	    keyring_parse(span_text(text_string(&text)), "k.yaml", &keyring, err), "%s", err->text);
	copy = bytes_copy(bytes_span(&world.bundle));
	if (bundle_open("x", &copy, &keyring, KIT_NOW, &bundle, err))
		return true;
	/* who signed what was refused is told with the same words */
	copy = bytes_copy(bytes_span(&world.bundle));
	cr_assert(bundle_signers(&copy, &keyring, &bundle, &ignored));
	cr_assert_eq(bundle.signer_count, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct bundle_signer *signer = &bundle.signers[i];

		cr_assert_eq(signer->good, strcmp(signer->name, "two") == 0);
		cr_assert(strstr(err->text, signer->reason), "%s", signer->reason);
	}
	cr_assert_null(bundle.manifest.id, "and nothing more of it");
	return false;
}

Test(keyring, says_what_a_signer_may_sign)
{
	static const struct {
		const char *may, *refusal; /* NULL: none */
	} cases[] = {
	    {"{ids: [\"example.*\"]}", NULL},
	    {"{ids: [other, example.corp], kinds: [certificate]}", NULL},
	    {"{kinds: [certificate, policy]}", NULL},
	    {"{ids: [\"example.corp.*\"]}", "one: the keyring lets it sign other bundles"},
	    {"{ids: [other]}", "1 of the 2 signatures"},
	    {"{kinds: [policy, keyring, ctl]}", "one: the keyring does not let it sign every kind"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = {0};
		bool good = opens(cases[i].may, &err);

		cr_assert_eq(good, !cases[i].refusal, "%s: %s", cases[i].may, err.text);
		cr_assert(good || strstr(err.text, cases[i].refusal), "%s", err.text);
		cr_assert(good || err.code == ERR_TRUST);
	}
}
