/* SPDX-License-Identifier: Apache-2.0 */
#include "model/cert_detail.h"

#include "model/der_value.h"

struct oid_name {
	const char *oid, *name;
};

static const struct oid_name attributes[] = {{"2.5.4.3", "CN"}, {"2.5.4.5", "serialNumber"},
    {"2.5.4.6", "C"}, {"2.5.4.7", "L"}, {"2.5.4.8", "ST"}, {"2.5.4.9", "STREET"}, {"2.5.4.10", "O"},
    {"2.5.4.11", "OU"}, {"2.5.4.97", "organizationIdentifier"},
    {"0.9.2342.19200300.100.1.1", "UID"}, {"0.9.2342.19200300.100.1.25", "DC"},
    {"1.2.840.113549.1.9.1", "emailAddress"}};

static const struct oid_name curves[] = {{"1.2.840.10045.3.1.7", "P-256"},
    {"1.3.132.0.34", "P-384"}, {"1.3.132.0.35", "P-521"}, {"1.3.132.0.10", "secp256k1"},
    {"1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"}, {"1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"},
    {"1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"}};

static const struct oid_name keys[] = {{"1.2.840.10040.4.1", "DSA"}, {"1.3.101.112", "Ed25519"},
    {"1.3.101.113", "Ed448"}, {"1.2.840.113549.1.1.10", "RSA-PSS"}};

static const struct oid_name signatures[] = {{"1.2.840.113549.1.1.2", "md2WithRSAEncryption"},
    {"1.2.840.113549.1.1.4", "md5WithRSAEncryption"},
    {"1.2.840.113549.1.1.5", "sha1WithRSAEncryption"}, {"1.2.840.113549.1.1.10", "rsassaPss"},
    {"1.2.840.113549.1.1.11", "sha256WithRSAEncryption"},
    {"1.2.840.113549.1.1.12", "sha384WithRSAEncryption"},
    {"1.2.840.113549.1.1.13", "sha512WithRSAEncryption"}, {"1.2.840.10040.4.3", "dsa-with-SHA1"},
    {"1.2.840.10045.4.1", "ecdsa-with-SHA1"}, {"1.2.840.10045.4.3.2", "ecdsa-with-SHA256"},
    {"1.2.840.10045.4.3.3", "ecdsa-with-SHA384"}, {"1.2.840.10045.4.3.4", "ecdsa-with-SHA512"},
    {"1.3.101.112", "ED25519"}, {"1.3.101.113", "ED448"}};

#define RSA "1.2.840.113549.1.1.1"
#define EC  "1.2.840.10045.2.1"

/* The name a table has for it, or the number. */
static void add_named(struct span oid, const struct oid_name *names, size_t count, struct text *out)
{
	AUTO(text) dotted = {0};

	der_oid_text(oid, &dotted);
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i].oid, text_string(&dotted)) == 0) {
			text_add(out, names[i].name);
			return;
		}
	text_add(out, text_string(&dotted));
}

/* RFC 4514 2.4 */
static void add_value(const struct element *value, struct text *out)
{
	AUTO(bytes) utf8 = {0};

	if (!cert_string(value->whole, &utf8)) {
		AUTO(bytes) hex = {0};

		bytes_reserve(&hex, 2 * value->whole.size + 1);
		hex_write(value->whole, (char *)hex.data);
		text_addf(out, "#%s", (const char *)hex.data);
		return;
	}
	for (size_t i = 0; i < utf8.size; i++) {
		char c = (char)utf8.data[i];
		bool edge = (i == 0 && (c == ' ' || c == '#')) || (i + 1 == utf8.size && c == ' ');

		if (edge || (c && strchr(",+\"\\<>;", c)))
			text_add(out, "\\");
		text_add_span(out, (struct span){&utf8.data[i], 1});
	}
}

/* One relative name: a set of pairs, joined by "+". */
static void add_relative(struct span set, struct text *out)
{
	struct der der = der_of(set);
	struct element pair, type, value;
	bool first = true;

	while (der.rest.size > 0 && der_take(&der, DER_SEQUENCE, &pair)) {
		struct der inside = der_of(pair.content);

		if (!der_take(&inside, DER_OID, &type) || !der_next(&inside, &value))
			return;
		text_add(out, first ? "" : "+");
		add_named(type.content, attributes, COUNT(attributes), out);
		text_add(out, "=");
		add_value(&value, out);
		first = false;
	}
}

/* RFC 4514 2.1: from the last relative name to the first. */
void cert_name_full(struct span name, struct text *out)
{
	struct der outer = der_of(name);
	struct element element;
	struct span sets[64];
	size_t count = 0;

	if (!der_take(&outer, DER_SEQUENCE, &element))
		return;
	for (struct der der = der_of(element.content); der.rest.size > 0 && count < COUNT(sets);) {
		if (!der_take(&der, DER_SET, &element))
			return;
		sets[count++] = element.content;
	}
	while (count-- > 0) {
		add_relative(sets[count], out);
		text_add(out, count ? "," : "");
	}
}

/* Bits of the modulus of an RSAPublicKey (RFC 8017 A.1.1). */
static size_t modulus_bits(struct span bit_string)
{
	struct der der;
	struct element key, modulus;
	struct span number;
	size_t bits;

	if (bit_string.size < 1)
		return 0;
	der = der_of((struct span){bit_string.data + 1, bit_string.size - 1});
	if (!der_take(&der, DER_SEQUENCE, &key))
		return 0;
	der = der_of(key.content);
	if (!der_take(&der, DER_INTEGER, &modulus))
		return 0;
	number = modulus.content;
	while (number.size > 0 && *number.data == 0) {
		number.data++;
		number.size--;
	}
	if (number.size == 0)
		return 0;
	bits = 8 * number.size;
	for (uint8_t top = *number.data; !(top & 0x80); top = (uint8_t)(top << 1))
		bits--;
	return bits;
}

void cert_key_text(const struct cert *cert, struct text *out)
{
	struct der der = der_of(cert->spki);
	struct element spki, algorithm, type, parameter, bits;
	AUTO(text) oid = {0};

	if (!der_take(&der, DER_SEQUENCE, &spki))
		return;
	der = der_of(spki.content);
	if (!der_take(&der, DER_SEQUENCE, &algorithm) || !der_take(&der, DER_BIT_STRING, &bits))
		return;
	der = der_of(algorithm.content);
	if (!der_take(&der, DER_OID, &type))
		return;
	der_oid_text(type.content, &oid);
	if (strcmp(text_string(&oid), RSA) == 0) {
		text_addf(out, "RSA %zu", modulus_bits(bits.content));
	} else if (strcmp(text_string(&oid), EC) == 0 && der_take(&der, DER_OID, &parameter)) {
		text_add(out, "EC ");
		add_named(parameter.content, curves, COUNT(curves), out);
	} else {
		add_named(type.content, keys, COUNT(keys), out);
	}
}

void cert_signature_text(const struct cert *cert, struct text *out)
{
	struct der der = der_of(cert->der);
	struct element whole, tbs, algorithm, type;

	if (!der_take(&der, DER_SEQUENCE, &whole))
		return;
	der = der_of(whole.content);
	if (!der_take(&der, DER_SEQUENCE, &tbs) || !der_take(&der, DER_SEQUENCE, &algorithm))
		return;
	der = der_of(algorithm.content);
	if (der_take(&der, DER_OID, &type))
		add_named(type.content, signatures, COUNT(signatures), out);
}
