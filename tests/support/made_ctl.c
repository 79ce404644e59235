/* SPDX-License-Identifier: Apache-2.0 */
#include "made_ctl.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#define OID_CTL    "1.3.6.1.4.1.311.10.1"
#define OID_NESTED "1.3.6.1.4.1.311.2.4.1"

static const uint8_t oid_lists[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x0a};

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "made_ctl: %s failed\n", what);
	abort();
}

/* --- the PKI --- */

struct member {
	const char *name;
	bool ca;
	const char *usages, *access; /* of OpenSSL's configuration, or NULL */
	const char *until;
};

static void add_extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *extension = value ? X509V3_EXT_conf_nid(NULL, NULL, nid, value) : NULL;

	must(!value || (extension && X509_add_ext(x, extension, -1)), "an extension");
	X509_EXTENSION_free(extension);
}

static X509 *issue(const struct member *member, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);

	must(X509_set_version(x, 2) && ASN1_INTEGER_set(X509_get_serialNumber(x), 7) &&
	         X509_set_pubkey(x, key) &&
	         X509_NAME_add_entry_by_txt(
	             name, "CN", MBSTRING_UTF8, (const unsigned char *)member->name, -1, -1, 0) &&
	         X509_set_issuer_name(x, issuer ? X509_get_subject_name(issuer) : name) &&
	         ASN1_TIME_set_string_X509(X509_getm_notBefore(x), "20100101000000Z") &&
	         ASN1_TIME_set_string_X509(X509_getm_notAfter(x), member->until),
	    "a certificate");
	add_extension(x, NID_basic_constraints, member->ca ? "critical,CA:TRUE" : "CA:FALSE");
	add_extension(x, NID_ext_key_usage, member->usages);
	add_extension(x, NID_info_access, member->access);
	must(X509_sign(x, issuer_key, EVP_sha256()) > 0, "a signature");
	return x;
}

static void add_der(struct bytes *out, X509 *x)
{
	unsigned char *der = NULL;
	int size = i2d_X509(x, &der);

	must(size > 0, "an encoding");
	bytes_add(out, der, (size_t)size);
	OPENSSL_free(der);
}

void made_pki(struct made_pki *out)
{
	static const struct member root = {"Demo List Root", true, NULL, NULL, "20500101000000Z"};
	static const struct member pca = {"Demo List PCA", true,
	    "1.3.6.1.4.1.311.10.3.1,1.3.6.1.4.1.311.10.3.9", NULL, "20500101000000Z"};
	static const struct member publisher = {"Demo List Publisher", false,
	    "1.3.6.1.4.1.311.10.3.9", "caIssuers;URI:" MADE_PCA_URL, "20350101000000Z"};
	EVP_PKEY *root_key = EVP_EC_gen("P-256"), *pca_key = EVP_EC_gen("P-256");
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificates[3];

	certificates[0] = issue(&root, root_key, NULL, root_key);
	certificates[1] = issue(&pca, pca_key, certificates[0], root_key);
	certificates[2] = issue(&publisher, key, certificates[1], pca_key);
	*out = (struct made_pki){.publisher_key = key};
	add_der(&out->root, certificates[0]);
	add_der(&out->pca, certificates[1]);
	add_der(&out->publisher, certificates[2]);
	for (size_t i = 0; i < COUNT(certificates); i++)
		X509_free(certificates[i]);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(pca_key);
}

void made_pki_release(struct made_pki *pki)
{
	bytes_release(&pki->root);
	bytes_release(&pki->pca);
	bytes_release(&pki->publisher);
	EVP_PKEY_free(pki->publisher_key);
	*pki = (struct made_pki){0};
}

/* --- the list --- */

void made_der(struct bytes *out, uint8_t tag, struct span content)
{
	uint8_t header[6] = {tag}, used = 1;

	if (content.size < 0x80) {
		header[used++] = (uint8_t)content.size;
	} else {
		uint8_t count = content.size > 0xffff ? 3 : content.size > 0xff ? 2 : 1;

		header[used++] = (uint8_t)(0x80 | count);
		while (count-- > 0)
			header[used++] = (uint8_t)(content.size >> 8 * count);
	}
	bytes_add(out, header, used);
	bytes_add(out, content.data, content.size);
}

static void add_oid(struct bytes *out, uint8_t arc, uint8_t number)
{
	uint8_t oid[sizeof(oid_lists) + 2];

	memcpy(oid, oid_lists, sizeof(oid_lists));
	oid[sizeof(oid_lists)] = arc;
	oid[sizeof(oid_lists) + 1] = number;
	made_der(out, 0x06, (struct span){oid, sizeof(oid)});
}

/* Wraps what is in `inside` and releases it. */
static void wrap(struct bytes *out, uint8_t tag, struct bytes *inside)
{
	made_der(out, tag, bytes_span(inside));
	bytes_release(inside);
}

void made_property(struct bytes *out, uint8_t property, struct span value)
{
	struct bytes pair = {0}, string = {0};

	add_oid(&pair, 11, property);
	made_der(&string, 0x04, value);
	wrap(&pair, 0x31, &string);
	wrap(out, 0x30, &pair);
}

static void add_entry(struct bytes *out, const struct made_ctl *made, unsigned number)
{
	uint8_t id[20] = {(uint8_t)(number >> 8), (uint8_t)number, 0xd0};
	struct bytes entry = {0}, attributes = {0};

	made_der(&entry, 0x04, (struct span){id, made->disallowed ? 16 : 20});
	if (number == 0 && made->attributes.size > 0)
		bytes_add(&attributes, made->attributes.data, made->attributes.size);
	else if (!made->disallowed)
		made_property(
		    &attributes, 11, (struct span){(const uint8_t *)"D\0e\0m\0o\0\0\0", 10});
	if (attributes.size > 0)
		wrap(&entry, 0x31, &attributes);
	wrap(out, 0x30, &entry);
	bytes_release(&attributes);
}

static void add_list(struct bytes *out, const struct made_ctl *made)
{
	uint8_t sequence[] = {0x01, 0xcb, 0xbc, 0xd2, 0x05, 0x38, 0x9c, made->sequence};
	const char *time = made->this_update ? made->this_update : "260101000000Z";
	struct bytes list = {0}, part = {0}, more = {0};

	add_oid(&part, 3, made->pin_usage ? 32 : made->disallowed ? 30 : 9);
	wrap(&list, 0x30, &part);
	if (made->disallowed)
		made_der(&list, 0x04, (struct span){(const uint8_t *)"D\0\0\0", 4});
	made_der(&list, 0x02, (struct span){sequence, sizeof(sequence)});
	made_der(&list, 0x17, span_text(time));
	made_der(&part, 0x06, (struct span){(const uint8_t *)"\x2b\x0e\x03\x02\x1a", 5});
	made_der(&part, 0x05, (struct span){NULL, 0});
	wrap(&list, 0x30, &part);
	for (unsigned i = 0; i < made->entries; i++)
		add_entry(&part, made, i);
	wrap(&list, 0x30, &part);
	if (made->extensions.size > 0) {
		made_der(&more, 0x30, made->extensions);
		wrap(&list, 0xa0, &more);
	}
	wrap(out, 0x30, &list);
}

/* --- its signature --- */

static X509 *read_certificate(const struct bytes *der)
{
	const unsigned char *at = der->data;
	X509 *x = d2i_X509(NULL, &at, (long)der->size);

	must(x != NULL, "reading a certificate");
	return x;
}

static void add_digest(PKCS7_SIGNER_INFO *info, struct span what)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	ASN1_OCTET_STRING *string = ASN1_OCTET_STRING_new();
	unsigned size;

	must(EVP_Digest(what.data, what.size, digest, &size, EVP_sha256(), NULL) &&
	         ASN1_OCTET_STRING_set(string, digest, (int)size) &&
	         PKCS7_add_signed_attribute(
	             info, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, string),
	    "the digest");
}

/* A signature over `what`; content type as said. */
static PKCS7 *sign(const struct made_pki *pki, ASN1_OBJECT *type, struct span what)
{
	PKCS7 *p7 = PKCS7_new();
	X509 *publisher = read_certificate(&pki->publisher);
	PKCS7_SIGNER_INFO *info;

	must(PKCS7_set_type(p7, NID_pkcs7_signed), "the type");
	info = PKCS7_add_signature(p7, publisher, pki->publisher_key, EVP_sha256());
	must(info && PKCS7_add_certificate(p7, publisher) &&
	         PKCS7_add_signed_attribute(info, NID_pkcs9_contentType, V_ASN1_OBJECT, type),
	    "the signer");
	add_digest(info, what);
	must(PKCS7_SIGNER_INFO_sign(info) > 0, "the signature");
	X509_free(publisher);
	return p7;
}

static void embed(PKCS7 *p7, const struct bytes *der)
{
	X509 *x = read_certificate(der);

	must(PKCS7_add_certificate(p7, x), "a certificate");
	X509_free(x);
}

static void add_nested(PKCS7 *p7, const struct made_pki *pki, struct span list)
{
	PKCS7 *nested = sign(pki, OBJ_nid2obj(NID_pkcs7_data), list);
	PKCS7_SIGNER_INFO *info = sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(p7), 0);
	ASN1_OBJECT *type = OBJ_txt2obj(OID_NESTED, 1);
	X509_ATTRIBUTE *attribute;
	unsigned char *der = NULL;
	int size;

	must(PKCS7_content_new(nested, NID_pkcs7_data) && PKCS7_set_detached(nested, 1),
	    "the nested content");
	size = i2d_PKCS7(nested, &der);
	attribute = X509_ATTRIBUTE_create_by_OBJ(NULL, type, V_ASN1_SEQUENCE, der, size);
	info->unauth_attr = sk_X509_ATTRIBUTE_new_null();
	must(size > 0 && attribute && sk_X509_ATTRIBUTE_push(info->unauth_attr, attribute),
	    "the nested signature");
	ASN1_OBJECT_free(type);
	OPENSSL_free(der);
	PKCS7_free(nested);
}

static PKCS7 *list_content(ASN1_OBJECT *type, struct span list)
{
	PKCS7 *content = PKCS7_new();

	content->type = type;
	content->d.other = ASN1_TYPE_new();
	content->d.other->type = V_ASN1_SEQUENCE;
	content->d.other->value.sequence = ASN1_STRING_type_new(V_ASN1_SEQUENCE);
	must(ASN1_STRING_set(content->d.other->value.sequence, list.data, (int)list.size),
	    "the content");
	return content;
}

void made_ctl(struct bytes *out, const struct made_pki *pki, const struct made_ctl *made)
{
	AUTO(bytes) list = {0};
	size_t header;
	unsigned char *der = NULL;
	PKCS7 *p7;
	int size;

	add_list(&list, made);
	header = list.data[1] < 0x80 ? 2 : 2u + (list.data[1] & 0x7f);
	/* the digest is over the content octets, without tag and length (RFC 2315 9.3) */
	p7 = sign(
	    pki, OBJ_txt2obj(OID_CTL, 1), (struct span){list.data + header, list.size - header});
	must(PKCS7_set_content(p7, list_content(OBJ_txt2obj(OID_CTL, 1), bytes_span(&list))),
	    "the content");
	if (!made->without_pca)
		embed(p7, &pki->pca);
	if (made->with_root)
		embed(p7, &pki->root);
	if (made->nested)
		add_nested(p7, pki, bytes_span(&list));
	size = i2d_PKCS7(p7, &der);
	must(size > 0, "the encoding");
	bytes_add(out, der, (size_t)size);
	OPENSSL_free(der);
	PKCS7_free(p7);
}
