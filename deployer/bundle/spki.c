/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/spki.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "model/der.h"

enum { RSA_MIN_BITS = 2048, RSA_MAX_BITS = 16384 };

#define OID(text)                                                                                  \
	{                                                                                          \
		(const uint8_t *)(text), sizeof(text) - 1                                          \
	}

static const struct span rsa_encryption = OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01");
static const struct span ec_public_key = OID("\x2a\x86\x48\xce\x3d\x02\x01");
static const struct span id_ed25519 = OID("\x2b\x65\x70");

static const struct {
	struct span oid;
	const char *name;
} curves[] = {
    {OID("\x2a\x86\x48\xce\x3d\x03\x01\x07"), "P-256"},
    {OID("\x2b\x81\x04\x00\x22"), "P-384"},
    {OID("\x2b\x81\x04\x00\x23"), "P-521"},
};

/* An INTEGER's content without the zero that keeps it positive. */
static struct span magnitude(struct span integer)
{
	while (integer.size > 0 && integer.data[0] == 0) {
		integer.data++;
		integer.size--;
	}
	return integer;
}

static size_t bit_count(struct span number)
{
	size_t bits = 8 * number.size;

	for (unsigned top = bits ? number.data[0] : 0x80; top < 0x80; top <<= 1)
		bits--;
	return bits;
}

/* RSAPublicKey (RFC 8017 A.1.1). */
static bool parse_rsa(struct span key, struct spki *out, struct err *err)
{
	struct der outer = der_of(key), inner;
	struct element sequence, modulus, exponent;
	size_t bits;

	if (!der_take(&outer, DER_SEQUENCE, &sequence) || !der_end(&outer))
		return err_set(err, ERR_POLICY, "its RSA key is malformed");
	inner = der_of(sequence.content);
	if (!der_take(&inner, DER_INTEGER, &modulus) || !der_take(&inner, DER_INTEGER, &exponent) ||
	    !der_end(&inner))
		return err_set(err, ERR_POLICY, "its RSA key is malformed");
	out->kind = SPKI_RSA;
	out->modulus = magnitude(modulus.content);
	out->exponent = magnitude(exponent.content);
	bits = bit_count(out->modulus);
	if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS)
		return err_set(err, ERR_POLICY, "its RSA key has %zu bits, allowed are %d to %d",
		    bits, RSA_MIN_BITS, RSA_MAX_BITS);
	return true;
}

/* Named curves alone: parameters of one's own are how CVE-2020-0601 came about. */
static bool parse_ec(struct der *parameters, struct span point, struct spki *out, struct err *err)
{
	struct element curve;
	bool named = der_take(parameters, DER_OID, &curve) && der_end(parameters);

	for (size_t i = 0; named && i < COUNT(curves); i++)
		if (span_equal(curve.content, curves[i].oid)) {
			out->kind = SPKI_EC;
			out->curve = curves[i].name;
			out->point = point;
			return true;
		}
	return err_set(
	    err, ERR_POLICY, "its elliptic curve is none of the named ones P-256, P-384, P-521");
}

bool spki_parse(struct span span, struct spki *out, struct err *err)
{
	struct der der = der_of(span), fields, algorithm;
	struct element info, identifier, bits, oid;
	struct spki spki = {0};
	struct span key;

	if (!der_take(&der, DER_SEQUENCE, &info) || !der_end(&der))
		return err_set(err, ERR_POLICY, "its public key is malformed");
	fields = der_of(info.content);
	if (!der_take(&fields, DER_SEQUENCE, &identifier) ||
	    !der_take(&fields, DER_BIT_STRING, &bits) || !der_end(&fields) ||
	    bits.content.size == 0 || bits.content.data[0] != 0)
		return err_set(err, ERR_POLICY, "its public key is malformed");
	key = (struct span){bits.content.data + 1, bits.content.size - 1};
	algorithm = der_of(identifier.content);
	if (!der_take(&algorithm, DER_OID, &oid))
		return err_set(err, ERR_POLICY, "its public key is malformed");
	if (span_equal(oid.content, id_ed25519))
		spki.kind = SPKI_ED25519;
	else if (span_equal(oid.content, rsa_encryption) && !parse_rsa(key, &spki, err))
		return false;
	else if (span_equal(oid.content, ec_public_key) && !parse_ec(&algorithm, key, &spki, err))
		return false;
	else if (!span_equal(oid.content, rsa_encryption) &&
	         !span_equal(oid.content, ec_public_key))
		return err_set(err, ERR_POLICY, "its key is neither RSA, ECDSA nor Ed25519");
	*out = spki;
	return true;
}

/* --- for OpenSSL ---------------------------------------------------------------------- */

static EVP_PKEY *make_key(const char *type, OSSL_PARAM *parameters)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (!context || !parameters || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(context);
	return key;
}

static EVP_PKEY *rsa_key(const struct spki *spki)
{
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	BIGNUM *modulus = BN_bin2bn(spki->modulus.data, (int)spki->modulus.size, NULL);
	BIGNUM *exponent = BN_bin2bn(spki->exponent.data, (int)spki->exponent.size, NULL);
	OSSL_PARAM *parameters = NULL;
	EVP_PKEY *key;

	if (builder && modulus && exponent &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent))
		parameters = OSSL_PARAM_BLD_to_param(builder);
	key = make_key("RSA", parameters);
	OSSL_PARAM_free(parameters);
	OSSL_PARAM_BLD_free(builder);
	BN_free(modulus);
	BN_free(exponent);
	return key;
}

static EVP_PKEY *ec_key(const struct spki *spki)
{
	char curve[8] = {0};
	uint8_t point[2 * 66 + 1];
	OSSL_PARAM parameters[3];

	if (spki->point.size == 0 || spki->point.size > sizeof(point))
		return NULL;
	/* the constructors take what they do not change as changeable */
	memcpy(point, spki->point.data, spki->point.size);
	memcpy(curve, spki->curve, strlen(spki->curve));
	parameters[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0);
	parameters[1] =
	    OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, spki->point.size);
	parameters[2] = OSSL_PARAM_construct_end();
	return make_key("EC", parameters);
}

EVP_PKEY *spki_key(const struct spki *spki)
{
	switch (spki->kind) {
	case SPKI_RSA:
		return rsa_key(spki);
	case SPKI_EC:
		return ec_key(spki);
	case SPKI_ED25519:
		break;
	}
	return NULL;
}
