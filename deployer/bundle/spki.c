/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/spki.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "model/der.h"
#include "model/der_value.h"

enum {
	RSA_MIN_BITS = 2048,
	RSA_MAX_BITS = 16384,
	EXPONENT_MIN_BITS = 17, /* of 65537 */
	EXPONENT_MAX_BITS = 256,
	ED25519_SIZE = 32,
	UNCOMPRESSED = 4,
};

#define OID(text)                                                                                  \
	{                                                                                          \
		(const uint8_t *)(text), sizeof(text) - 1                                          \
	}

static const struct {
	struct span oid;
	const char *name;
	size_t coordinate; /* bytes of one */
} curves[] = {
    {OID("\x2a\x86\x48\xce\x3d\x03\x01\x07"), "P-256", 32},
    {OID("\x2b\x81\x04\x00\x22"), "P-384", 48},
    {OID("\x2b\x81\x04\x00\x23"), "P-521", 66},
};

/* An INTEGER's content without the zero that keeps it positive; empty when it is not positive. */
static struct span magnitude(struct span integer)
{
	if (integer.data[0] & 0x80)
		return (struct span){0};
	if (integer.data[0] == 0) {
		integer.data++;
		integer.size--;
	}
	return integer;
}

static bool is_odd(struct span number)
{
	return number.size > 0 && number.data[number.size - 1] & 1;
}

static size_t bit_count(struct span number)
{
	size_t bits = 8 * number.size;

	for (unsigned top = bits ? number.data[0] : 0x80; top < 0x80; top <<= 1)
		bits--;
	return bits;
}

/* With the exponent 1 anybody can make signatures, and sometimes with other small ones. */
static bool check_rsa(const struct spki *key, struct err *err)
{
	size_t bits = bit_count(key->modulus), exponent = bit_count(key->exponent);

	if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS)
		return err_set(err, ERR_POLICY, "its RSA key has %zu bits, allowed are %d to %d",
		    bits, RSA_MIN_BITS, RSA_MAX_BITS);
	if (exponent < EXPONENT_MIN_BITS || exponent > EXPONENT_MAX_BITS || !is_odd(key->exponent))
		return err_set(err, ERR_POLICY,
		    "its RSA key has an exponent that is even, less than 65537 or of more than %d"
		    " bits",
		    EXPONENT_MAX_BITS);
	return is_odd(key->modulus) || err_set(err, ERR_POLICY, "its RSA key has an even modulus");
}

/* RSAPublicKey (RFC 8017 A.1.1); its parameters are NULL (RFC 4055 1.2). */
static bool parse_rsa(struct der *parameters, struct span key, struct spki *out, struct err *err)
{
	struct der outer = der_of(key), inner;
	struct element null, sequence, modulus, exponent;

	if (!der_take(parameters, DER_NULL, &null) || null.content.size > 0 || !der_end(parameters))
		return err_set(err, ERR_POLICY, "its RSA key has parameters other than NULL");
	if (!der_take(&outer, DER_SEQUENCE, &sequence) || !der_end(&outer))
		return err_set(err, ERR_POLICY, "its RSA key is malformed");
	inner = der_of(sequence.content);
	if (!der_take_integer(&inner, &modulus) || !der_take_integer(&inner, &exponent) ||
	    !der_end(&inner))
		return err_set(err, ERR_POLICY, "its RSA key is malformed%s%s",
		    inner.fault ? ": " : "", inner.fault ? inner.fault : "");
	out->kind = SPKI_RSA;
	out->modulus = magnitude(modulus.content);
	out->exponent = magnitude(exponent.content);
	return check_rsa(out, err);
}

/* Named curves only: own parameters led to CVE-2020-0601. */
static bool parse_ec(struct der *parameters, struct span point, struct spki *out, struct err *err)
{
	struct element curve;
	bool named = der_take(parameters, DER_OID, &curve) && der_end(parameters);

	for (size_t i = 0; named && i < COUNT(curves); i++) {
		if (!span_equal(curve.content, curves[i].oid))
			continue;
		if (point.size != 1 + 2 * curves[i].coordinate || point.data[0] != UNCOMPRESSED)
			return err_set(err, ERR_POLICY,
			    "the point of its elliptic curve is not uncompressed: write the"
			    " certificate with openssl's -conv_form uncompressed");
		out->kind = SPKI_EC;
		out->curve = curves[i].name;
		out->point = point;
		return true;
	}
	return err_set(
	    err, ERR_POLICY, "its elliptic curve is none of the named ones P-256, P-384, P-521");
}

/* RFC 8410 3 and 4. */
static bool parse_ed25519(
    struct der *parameters, struct span key, struct spki *out, struct err *err)
{
	if (!der_end(parameters) || key.size != ED25519_SIZE)
		return err_set(err, ERR_POLICY, "its Ed25519 key has parameters, or not %d bytes",
		    ED25519_SIZE);
	out->kind = SPKI_ED25519;
	out->point = key;
	return true;
}

static const struct {
	struct span oid;
	bool (*parse)(struct der *parameters, struct span key, struct spki *out, struct err *err);
} algorithms[] = {
    {OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"), parse_rsa},
    {OID("\x2a\x86\x48\xce\x3d\x02\x01"), parse_ec},
    {OID("\x2b\x65\x70"), parse_ed25519},
};

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
	for (size_t i = 0; i < COUNT(algorithms); i++) {
		if (!span_equal(oid.content, algorithms[i].oid))
			continue;
		if (!algorithms[i].parse(&algorithm, key, &spki, err))
			return false;
		*out = spki;
		return true;
	}
	return err_set(err, ERR_POLICY, "its key is neither RSA, ECDSA nor Ed25519");
}

void spki_identity(const struct spki *spki, uint8_t out[SHA256_SIZE])
{
	AUTO(bytes) text = {0};
	struct span number = spki->modulus;

	if (spki->kind == SPKI_EC) /* the first coordinate, which a point and its negative share */
		number = (struct span){spki->point.data + 1, spki->point.size / 2};
	else if (spki->kind == SPKI_ED25519)
		number = spki->point;
	bytes_add(&text, &(uint8_t){(uint8_t)spki->kind}, 1);
	if (spki->curve)
		bytes_add(&text, spki->curve, strlen(spki->curve));
	bytes_add(&text, number.data, number.size);
	digest_sha256(bytes_span(&text), out);
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
	/* the constructors take parameters as changeable that they do not change */
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
