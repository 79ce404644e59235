/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/keyring.h"

#include "model/der.h"
#include "base/file.h"
#include "formats/pem.h"
#include "model/cert.h"

enum { RSA_MIN_BITS = 2048, RSA_MAX_BITS = 16384 };

/* The document as it is written; struct keyring is what becomes of it. */
struct signer_text {
	const char *name, *certificate;
	struct position position;
};

struct keyring_text {
	uint64_t schema_version, version, threshold;
	int64_t expires;
	struct list signers; /* of struct signer_text */
};

static const struct field signer_rows[] = {
    {"name", FIELD_TEXT, offsetof(struct signer_text, name), .required = true, .min = 1, .max = 100,
        .help = "Name of the signer in messages."},
    {"certificate", FIELD_TEXT, offsetof(struct signer_text, certificate), .required = true,
        .help = "The signer's certificate, one PEM block; its public key is what is pinned."},
};

static const struct fields signer_fields = {
    .name = "signer",
    .help = "One key that may sign.",
    .list = signer_rows,
    .count = COUNT(signer_rows),
    .size = sizeof(struct signer_text),
    .position = offsetof(struct signer_text, position),
};

static const struct field keyring_rows[] = {
    {"schema_version", FIELD_UNSIGNED, offsetof(struct keyring_text, schema_version),
        .required = true, .min = 1, .max = 1, .help = "Version of this language: 1."},
    {"version", FIELD_UNSIGNED, offsetof(struct keyring_text, version), .required = true, .min = 1,
        .max = UINT64_MAX, .help = "Grows by one with each new keyring."},
    {"expires", FIELD_TIME, offsetof(struct keyring_text, expires), .required = true,
        .help = "From then on nothing is verified with this keyring."},
    {"threshold", FIELD_UNSIGNED, offsetof(struct keyring_text, threshold), .required = true,
        .min = 1, .max = KEYRING_MAX_SIGNERS,
        .help = "How many distinct keys must have signed a bundle."},
    {"signers", FIELD_STRUCTS, offsetof(struct keyring_text, signers), .required = true, .min = 1,
        .max = KEYRING_MAX_SIGNERS, .of = &signer_fields, .help = "The keys that may sign."},
};

const struct fields keyring_fields = {
    .name = "keyring",
    .help = "Who may sign bundles.",
    .list = keyring_rows,
    .count = COUNT(keyring_rows),
    .size = sizeof(struct keyring_text),
    .position = FIELDS_NO_OFFSET,
};

/* --- the strength of a key, read without decoding it --------------------------------- */

static const struct {
	struct span oid;
	const char *name;
} curves[] = {
    {{(const uint8_t *)"\x2a\x86\x48\xce\x3d\x03\x01\x07", 8}, "P-256"},
    {{(const uint8_t *)"\x2b\x81\x04\x00\x22", 5}, "P-384"},
    {{(const uint8_t *)"\x2b\x81\x04\x00\x23", 5}, "P-521"},
};

/* RSAPublicKey (RFC 8017 A.1.1) inside a BIT STRING without unused bits. */
static bool check_rsa(struct span bits, struct err *err)
{
	struct der outer, inner;
	struct element key, modulus, exponent;
	size_t size;

	if (bits.size == 0 || bits.data[0] != 0)
		return err_set(err, ERR_POLICY, "the RSA key is malformed");
	outer = der_of((struct span){bits.data + 1, bits.size - 1});
	if (!der_take(&outer, DER_SEQUENCE, &key) || !der_end(&outer))
		return err_set(err, ERR_POLICY, "the RSA key is malformed");
	inner = der_of(key.content);
	if (!der_take(&inner, DER_INTEGER, &modulus) || !der_take(&inner, DER_INTEGER, &exponent) ||
	    !der_end(&inner))
		return err_set(err, ERR_POLICY, "the RSA key is malformed");
	while (modulus.content.size > 0 && modulus.content.data[0] == 0) {
		modulus.content.data++;
		modulus.content.size--;
	}
	size = 8 * modulus.content.size;
	for (unsigned top = size ? modulus.content.data[0] : 0x80; top < 0x80; top <<= 1)
		size--;
	if (size < RSA_MIN_BITS || size > RSA_MAX_BITS)
		return err_set(err, ERR_POLICY, "its RSA key has %zu bits, allowed are %d to %d",
		    size, RSA_MIN_BITS, RSA_MAX_BITS);
	return true;
}

static bool check_curve(struct span curve, struct err *err)
{
	for (size_t i = 0; i < COUNT(curves); i++)
		if (span_equal(curve, curves[i].oid))
			return true;
	return err_set(
	    err, ERR_POLICY, "its elliptic curve is none of the named ones P-256, P-384, P-521");
}

/* SubjectPublicKeyInfo (RFC 5280 4.1, RFC 3279, RFC 5480, RFC 8410). */
static bool check_key(struct span spki, struct err *err)
{
	static const struct span rsa = {(const uint8_t *)"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 9};
	static const struct span ec = {(const uint8_t *)"\x2a\x86\x48\xce\x3d\x02\x01", 7};
	static const struct span ed25519 = {(const uint8_t *)"\x2b\x65\x70", 3};
	struct der der = der_of(spki), fields, algorithm;
	struct element info, identifier, bits, oid, curve = {0};

	if (!der_take(&der, DER_SEQUENCE, &info) || !der_end(&der))
		return err_set(err, ERR_POLICY, "its public key is malformed");
	fields = der_of(info.content);
	if (!der_take(&fields, DER_SEQUENCE, &identifier) ||
	    !der_take(&fields, DER_BIT_STRING, &bits) || !der_end(&fields))
		return err_set(err, ERR_POLICY, "its public key is malformed");
	algorithm = der_of(identifier.content);
	if (!der_take(&algorithm, DER_OID, &oid))
		return err_set(err, ERR_POLICY, "its public key is malformed");
	if (span_equal(oid.content, rsa))
		return check_rsa(bits.content, err);
	if (span_equal(oid.content, ec))
		return check_curve(
		    der_take(&algorithm, DER_OID, &curve) ? curve.content : (struct span){0}, err);
	if (span_equal(oid.content, ed25519))
		return true;
	return err_set(err, ERR_POLICY, "its key is neither RSA, ECDSA nor Ed25519");
}

/* --- from the document to the keyring ------------------------------------------------- */

static bool read_certificate(
    const struct signer_text *text, struct keyring *ring, struct signer *out, struct err *err)
{
	struct span rest = span_text(text->certificate);
	AUTO(bytes) der = {0};
	AUTO(bytes) more = {0};
	bool trusted;
	struct cert cert;

	if (!pem_next_certificate(&rest, &der, &trusted, err))
		return false;
	if (der.size == 0)
		return err_set(err, ERR_POLICY, "there is no PEM certificate");
	if (trusted)
		return err_set(err, ERR_POLICY,
		    "it is a TRUSTED CERTIFICATE of OpenSSL; give it as a plain CERTIFICATE");
	if (!pem_next_certificate(&rest, &more, &trusted, err))
		return false;
	if (more.size > 0)
		return err_set(err, ERR_POLICY, "there is more than one certificate");
	out->certificate = (struct span){arena_copy(&ring->arena, der.data, der.size), der.size};
	if (!cert_parse(out->certificate, &cert, err) || !check_key(cert.spki, err))
		return false;
	out->name = arena_strdup(&ring->arena, text->name);
	out->issuer = cert.issuer;
	out->serial = cert.serial;
	digest_sha256(cert.spki, out->spki_sha256);
	return true;
}

/* Names must tell signers apart; keys need not be distinct, but only distinct ones count. */
static bool check_distinct(const struct keyring *ring, struct err *err)
{
	size_t distinct = 0;

	for (size_t i = 0; i < ring->count; i++) {
		bool again = false;

		for (size_t j = 0; j < i; j++) {
			if (strcmp(ring->signers[i].name, ring->signers[j].name) == 0)
				return err_set(err, ERR_POLICY, "two signers are named %s",
				    text_escape_string(ring->signers[i].name).text);
			again |= memcmp(ring->signers[i].spki_sha256, ring->signers[j].spki_sha256,
			             SHA256_SIZE) == 0;
		}
		distinct += !again;
	}
	if (ring->threshold < 1 || ring->threshold > distinct)
		return err_set(err, ERR_POLICY,
		    "the threshold is %llu, but there are %zu distinct keys",
		    (unsigned long long)ring->threshold, distinct);
	return true;
}

static bool read_signers(
    const struct list *texts, const char *file, struct keyring *ring, struct err *err)
{
	const struct signer_text *list = texts->list;

	ring->signers = arena_alloc(&ring->arena, texts->count * sizeof(*ring->signers));
	for (size_t i = 0; i < texts->count; i++) {
		if (!read_certificate(&list[i], ring, &ring->signers[i], err)) {
			err->code = ERR_POLICY;
			return err_wrap(err, "%s:%u:%u: signer %s", text_escape_string(file).text,
			    list[i].position.line, list[i].position.column,
			    text_escape_string(list[i].name).text);
		}
		ring->count++;
	}
	return true;
}

bool keyring_parse(struct span span, const char *file, struct keyring *out, struct err *err)
{
	AUTO(yaml) yaml = {0};
	AUTO(arena) arena = {0};
	AUTO(keyring) ring = {0};
	struct keyring_text text;

	if (!yaml_parse(span, file, &yaml, err) ||
	    !fields_read(&yaml, yaml.root, &keyring_fields, &arena, &text, err) ||
	    !read_signers(&text.signers, file, &ring, err))
		return false;
	ring.version = text.version;
	ring.expires = text.expires;
	ring.threshold = text.threshold;
	if (!check_distinct(&ring, err))
		return err_wrap(err, "%s", text_escape_string(file).text);
	*out = TAKE(ring);
	return true;
}

bool keyring_load(const char *path, struct keyring *out, struct err *err)
{
	AUTO(bytes) content = {0};

	return file_read_private(path, KEYRING_MAX_BYTES, &content, err) &&
	       keyring_parse(bytes_span(&content), path, out, err);
}

void keyring_release(struct keyring *keyring)
{
	arena_release(&keyring->arena);
	*keyring = (struct keyring){0};
}
