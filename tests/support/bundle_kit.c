/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle_kit.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/digest.h"

static void need(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bundle kit: %s\n", what);
	ERR_print_errors_fp(stderr);
	abort();
}

static EVP_PKEY *make_key(const char *algorithm)
{
	EVP_PKEY *key;

	if (strncmp(algorithm, "RSA-", 4) == 0)
		key = EVP_RSA_gen((unsigned)strtoul(algorithm + 4, NULL, 10));
	else if (strcmp(algorithm, "ED25519") == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	else
		key = EVP_EC_gen(algorithm);
	need(key, algorithm);
	return key;
}

static void add_extension(X509 *certificate, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	need(extension && X509_add_ext(certificate, extension, -1), "extension");
	X509_EXTENSION_free(extension);
}

static X509 *make_certificate(const char *name, EVP_PKEY *key, unsigned serial)
{
	X509 *certificate = X509_new();
	X509_NAME *subject = X509_get_subject_name(certificate);
	const EVP_MD *md = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();

	need(X509_set_version(certificate, X509_VERSION_3) &&
	         ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial) &&
	         X509_NAME_add_entry_by_txt(
	             subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0) &&
	         X509_set_issuer_name(certificate, subject) &&
	         ASN1_TIME_set_string(X509_getm_notBefore(certificate), "20250101000000Z") &&
	         ASN1_TIME_set_string(X509_getm_notAfter(certificate), "20350101000000Z") &&
	         X509_set_pubkey(certificate, key),
	    "certificate");
	add_extension(certificate, NID_subject_key_identifier, "hash");
	need(X509_sign(certificate, key, md) > 0, "signing a certificate");
	return certificate;
}

static struct kit_signer with_key(const char *name, EVP_PKEY *key, unsigned serial)
{
	struct kit_signer signer = {.name = name, .key.key = key};
	BIO *memory = BIO_new(BIO_s_mem());
	char *text;
	long size;

	signer.key.certificate = make_certificate(name, key, serial);
	need(PEM_write_bio_X509(memory, signer.key.certificate), "PEM");
	size = BIO_get_mem_data(memory, &text);
	bytes_add(&signer.pem, text, (size_t)size);
	BIO_free(memory);
	return signer;
}

struct kit_signer kit_signer(const char *name, const char *algorithm, unsigned serial)
{
	return with_key(name, make_key(algorithm), serial);
}

struct kit_signer kit_signer_again(
    const char *name, const struct kit_signer *other, unsigned serial)
{
	EVP_PKEY_up_ref(other->key.key);
	return with_key(name, other->key.key, serial);
}

void kit_signer_release(struct kit_signer *signer)
{
	sign_key_release(&signer->key);
	bytes_release(&signer->pem);
}

void kit_keyring(struct bytes *out, unsigned version, const char *expires, unsigned threshold,
    const struct kit_signer *const *signers, size_t count)
{
	AUTO(text) text = {0};

	text_addf(&text, "schema_version: 1\nversion: %u\nexpires: %s\nthreshold: %u\nsigners:\n",
	    version, expires ? expires : "2030-01-01", threshold);
	for (size_t i = 0; i < count; i++) {
		const char *line = (const char *)signers[i]->pem.data;

		text_addf(&text, "  - name: %s\n    certificate: |\n", signers[i]->name);
		while (*line) {
			int size = (int)strcspn(line, "\n");

			text_addf(&text, "      %.*s\n", size, line);
			line += size + (line[size] != 0);
		}
	}
	bytes_release(out);
	bytes_add(out, text.data, text.size);
}

void kit_cabinet(struct bytes *out, const struct cabinet_file *files, size_t count, bool mszip)
{
	struct err err = {0};

	need(cabinet_build(files, count, mszip, out, &err), err.text);
}

void kit_replace(struct bytes *bytes, const char *what, const char *with)
{
	size_t size = strlen(what);
	bool found = false;

	need(size == strlen(with), "texts of equal length");
	for (size_t i = 0; i + size <= bytes->size; i++)
		if (memcmp(bytes->data + i, what, size) == 0) {
			memcpy(bytes->data + i, with, size);
			found = true;
		}
	need(found, what);
}

void kit_der(struct bytes *out, uint8_t tag, struct span content)
{
	bytes_add(out, &tag, 1);
	if (content.size > 0xff)
		bytes_add(
		    out, (uint8_t[]){0x82, (uint8_t)(content.size >> 8), (uint8_t)content.size}, 3);
	else if (content.size > 0x7f)
		bytes_add(out, (uint8_t[]){0x81, (uint8_t)content.size}, 2);
	else
		bytes_add(out, (uint8_t[]){(uint8_t)content.size}, 1);
	bytes_add(out, content.data, content.size);
}

static void use_pss(EVP_PKEY_CTX *context, const struct kit_seal *seal)
{
	need(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0, "PSS");
	if (seal->mgf)
		need(EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_get_digestbyname(seal->mgf)) > 0,
		    "MGF1");
	if (seal->salt)
		need(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, *seal->salt) > 0, "salt");
}

static void add_signer(CMS_ContentInfo *cms, const struct kit_signer *signer,
    const struct kit_seal *seal, unsigned flags)
{
	const EVP_MD *md = EVP_get_digestbyname(seal->digest ? seal->digest : "SHA256");
	CMS_SignerInfo *info;

	flags |= (seal->embed ? 0 : CMS_NOCERTS) | (seal->no_attributes ? CMS_NOATTR : 0) |
	         (seal->by_key_id ? CMS_USE_KEYID : 0) | (seal->pss ? CMS_KEY_PARAM : 0);
	info = CMS_add1_signer(cms, signer->key.certificate, signer->key.key, md, flags);
	need(info, "adding a signer");
	if (seal->pss)
		use_pss(CMS_SignerInfo_get0_pkey_ctx(info), seal);
}

void kit_sign(struct span cabinet, const struct kit_seal *seal, struct bytes *cms)
{
	unsigned flags =
	    CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP | (seal->attached ? 0 : CMS_DETACHED);
	struct span content = seal->instead ? *seal->instead : cabinet;
	BIO *data = BIO_new_mem_buf(content.data, (int)content.size);
	CMS_ContentInfo *info = CMS_sign(NULL, NULL, NULL, NULL, flags);
	unsigned char *der = NULL;
	int size;

	need(info && data, "an empty CMS");
	for (size_t i = 0; i < seal->count; i++)
		add_signer(info, seal->signers[i], seal, flags);
	need(seal->count == 0 || CMS_final(info, data, NULL, flags), "signing");
	size = i2d_CMS_ContentInfo(info, &der);
	need(size > 0, "writing the CMS");
	bytes_release(cms);
	bytes_add(cms, der, (size_t)size);
	OPENSSL_free(der);
	CMS_ContentInfo_free(info);
	BIO_free(data);
}

void kit_join(struct span cabinet, struct span cms, struct bytes *bundle)
{
	AUTO(bytes) joined = {0};
	uint8_t trailer[16] = "TRUSTDB1";

	for (size_t i = 0; i < 8; i++)
		trailer[8 + i] = (uint8_t)((uint64_t)cms.size >> (56 - 8 * i));
	bytes_add(&joined, cabinet.data, cabinet.size);
	bytes_add(&joined, cms.data, cms.size);
	bytes_add(&joined, trailer, sizeof(trailer));
	bytes_release(bundle);
	*bundle = TAKE(joined);
}

void kit_seal(struct span cabinet, const struct kit_seal *seal, struct bytes *bundle)
{
	AUTO(bytes) cms = {0};

	kit_sign(cabinet, seal, &cms);
	kit_join(cabinet, bytes_span(&cms), bundle);
}

/* --- a whole bundle ------------------------------------------------------------------- */

void kit_manifest(struct text *out, const char *id, unsigned long long version,
    const struct cabinet_file *files, size_t count)
{
	text_addf(out,
	    "schema_version: 1\nid: %s\nversion: %llu\ncreated: 2026-11-01T00:00:00Z\n"
	    "expires: 2027-05-23T00:00:00Z\ncontents:\n",
	    id, version);
	for (size_t i = 0; i < count; i++) {
		const char *name = files[i].name;
		const char *kind = strncmp(name, "policy/", 7) == 0 ? "policy"
		                   : strncmp(name, "keyring/", 8) == 0
		                       ? "keyring"
		                       : "certificate\n    store: root";
		char hex[SHA256_HEX];

		digest_sha256_hex(files[i].content, hex);
		text_addf(out, "  - file: %s\n    kind: %s\n    sha256: %s\n    size: %zu\n", name,
		    kind, hex, files[i].content.size);
	}
}

void kit_contents(struct bytes *out, const char *id, unsigned long long version,
    const struct cabinet_file *files, size_t count)
{
	AUTO(text) manifest = {0};
	struct cabinet_file all[16];

	need(count < COUNT(all), "fewer files");
	kit_manifest(&manifest, id, version, files, count);
	all[0] = (struct cabinet_file){"manifest.yaml", span_text(text_string(&manifest))};
	for (size_t i = 0; i < count; i++)
		all[i + 1] = files[i];
	kit_cabinet(out, all, count + 1, true);
}

void kit_world(struct kit_world *out)
{
	static const char *const names[] = {"one", "two", "three"};
	const struct cabinet_file files[] = {
	    {"root/first.cer", span_text("the first certificate")},
	    {"root/second.cer", span_text("the second certificate")},
	};
	struct err err = {0};

	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < 3; i++) {
		out->signers[i] = kit_signer(names[i], "P-256", i + 1);
		out->all[i] = &out->signers[i];
	}
	kit_keyring(&out->keyring_text, 1, NULL, 2, out->all, 3);
	need(keyring_parse(bytes_span(&out->keyring_text), "keyring.yaml", &out->keyring, &err),
	    err.text);
	kit_contents(&out->cabinet, "example.corp", 12, files, COUNT(files));
	kit_seal(bytes_span(&out->cabinet), &(struct kit_seal){.signers = out->all, .count = 2},
	    &out->bundle);
}

void kit_world_release(struct kit_world *world)
{
	for (size_t i = 0; i < COUNT(world->signers); i++)
		kit_signer_release(&world->signers[i]);
	bytes_release(&world->keyring_text);
	bytes_release(&world->cabinet);
	bytes_release(&world->bundle);
	keyring_release(&world->keyring);
}

bool kit_open(const struct kit_world *world, struct span bytes, struct bundle *out, struct err *err)
{
	AUTO(bytes) copy = bytes_copy(bytes);

	return bundle_open("test.cab", &copy, &world->keyring, KIT_NOW, out, err);
}
