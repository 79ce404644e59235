/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/ctl_signature.h"

#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

/* 1.3.6.1.4.1.311.2.4.1: a second signature, among the attributes that are not signed */
static const uint8_t oid_nested[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x04, 0x01};

#define FIRST_SHA256_LIST 1577836800 /* 2020-01-01; formats.md a.7 */

static const char *const verdicts[] = {
    [CTL_SIGNATURE_ABSENT] = "absent",
    [CTL_SIGNATURE_GOOD] = "good",
    [CTL_SIGNATURE_BAD] = "bad",
};

/* Computed from the certificates that have the SHA-1 thumbprints of formats.md a.7: 3B1EFD3A…,
 * CDD4EEAE…, A4348915…. The root of 2011 has signed no trust list yet; it is Microsoft's next one.
 */
static const struct {
	const char *name, *sha256;
} pinned_roots[] = {
    {"Microsoft Root Certificate Authority 2010",
        "df545bf919a2439c36983b54cdfc903dfa4f37d3996d8d84b4c31eec6f3c163e"},
    {"Microsoft Root Certificate Authority (2001)",
        "885de64c340e3ea70658f01e1145f957fcda27aabeea1ab9faa9fdb0102d4077"},
    {"Microsoft Root Authority (1997)",
        "f38406e540d7a9d90cb4a9479299640ffb6df9e224ecc7a01c0d9558d8dad77d"},
    {"Microsoft Root Certificate Authority 2011",
        "847df6a78497943f27fc72eb93f9a637320a02b561d0a91b09e87a7807ed7c61"},
};

static PKCS7 *read_pkcs7(struct span der)
{
	const unsigned char *at = der.data;
	PKCS7 *p7 = d2i_PKCS7(NULL, &at, (long)der.size);

	if (p7 && at == der.data + der.size && PKCS7_type_is_signed(p7) && p7->d.sign)
		return p7;
	PKCS7_free(p7);
	return NULL;
}

/* Only the signature: dates and trust are asked for elsewhere. PKCS7_verify of 3.0 copies a memory
 * BIO and loses the copy when it fails early; a filter in front of it keeps it from doing so. */
static bool verify(PKCS7 *p7, STACK_OF(X509) *more, struct span content)
{
	BIO *memory = mem_checked(BIO_new_mem_buf(content.data, (int)content.size));
	BIO *bio = BIO_push(mem_checked(BIO_new(BIO_f_null())), memory);
	bool good = PKCS7_verify(p7, more, NULL, bio, NULL, PKCS7_NOVERIFY | PKCS7_BINARY) == 1;

	BIO_free_all(bio);
	return good;
}

static void explain(char out[128])
{
	const char *reason = ERR_reason_error_string(ERR_peek_error());

	snprintf(out, 128, "%s", reason ? reason : "OpenSSL gives no reason");
}

static bool may_sign_lists(X509 *signer)
{
	EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(signer, NID_ext_key_usage, NULL, NULL);
	char oid[64];
	bool found = false;

	for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++) {
		OBJ_obj2txt(oid, sizeof(oid), sk_ASN1_OBJECT_value(usages, i), 1);
		found |= strcmp(oid, CTL_SIGNER_USAGE) == 0;
	}
	EXTENDED_KEY_USAGE_free(usages);
	return found;
}

/* The certificates of both readers are in the order of the file. */
static void find_signer(PKCS7 *p7, const struct ctl *ctl, struct ctl_signature *out)
{
	STACK_OF(X509) *signers = PKCS7_get0_signers(p7, NULL, 0);
	STACK_OF(X509) *all = p7->d.sign->cert;
	X509 *signer = signers ? sk_X509_value(signers, 0) : NULL;

	for (int i = 0; signer && i < sk_X509_num(all); i++)
		if (sk_X509_value(all, i) == signer && (size_t)i < ctl->certificate_count)
			out->signer = ctl->certificates[i];
	if (out->signer.size > 0)
		out->signer_usage = may_sign_lists(signer);
	sk_X509_free(signers);
}

/* The nested signature, which newer clients of its time looked at; detached, and over the CTL with
 * its header. */
static enum ctl_verdict check_nested(PKCS7 *p7, const struct ctl *ctl)
{
	const PKCS7_SIGNER_INFO *info = sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(p7), 0);
	enum ctl_verdict verdict = CTL_SIGNATURE_ABSENT;

	for (int i = 0; info && i < sk_X509_ATTRIBUTE_num(info->unauth_attr); i++) {
		X509_ATTRIBUTE *attribute = sk_X509_ATTRIBUTE_value(info->unauth_attr, i);
		const ASN1_OBJECT *oid = X509_ATTRIBUTE_get0_object(attribute);
		const ASN1_TYPE *value = X509_ATTRIBUTE_get0_type(attribute, 0);
		struct span type = {OBJ_get0_data(oid), OBJ_length(oid)};
		PKCS7 *nested;

		if (!span_equal(type, SPAN_OF(oid_nested)))
			continue;
		nested = value && value->type == V_ASN1_SEQUENCE
		             ? read_pkcs7((struct span){value->value.sequence->data,
		                   (size_t)value->value.sequence->length})
		             : NULL;
		verdict = nested && verify(nested, p7->d.sign->cert, ctl->content)
		              ? CTL_SIGNATURE_GOOD
		              : CTL_SIGNATURE_BAD;
		PKCS7_free(nested);
	}
	return verdict;
}

void ctl_check_signature(const struct ctl *ctl, struct ctl_signature *out)
{
	PKCS7 *p7;

	*out = (struct ctl_signature){.signature = CTL_SIGNATURE_ABSENT};
	if (!ctl->has_signer)
		return;
	out->signature = CTL_SIGNATURE_BAD;
	ERR_clear_error();
	p7 = read_pkcs7(ctl->file);
	if (!p7) {
		explain(out->reason);
	} else {
		find_signer(p7, ctl, out);
		if (out->signer.size == 0)
			snprintf(out->reason, sizeof(out->reason),
			    "the signer's certificate is not in the list");
		else if (verify(p7, NULL, ctl->body))
			out->signature = CTL_SIGNATURE_GOOD;
		else
			explain(out->reason);
		out->nested = check_nested(p7, ctl);
	}
	PKCS7_free(p7);
	ERR_clear_error();
}

const char *ctl_verdict_word(enum ctl_verdict verdict)
{
	return verdicts[verdict];
}

void ctl_pool(const struct ctl *ctl, struct chain_pool *out)
{
	for (size_t i = 0; i < ctl->certificate_count; i++)
		chain_pool_add(out, ctl->certificates[i]);
}

void ctl_chain(const struct ctl *ctl, const struct ctl_signature *signature,
    const struct ctl_stores *stores, int64_t now, struct ctl_chain *out)
{
	struct chain chain = {.leaf = signature->signer,
	    .security_level = ctl->this_update < FIRST_SHA256_LIST ? 0 : 2};
	const int64_t at[] = {ctl->this_update, now};
	struct chain_outcome outcomes[COUNT(at)];

	*out = (struct ctl_chain){0};
	if (signature->signer.size == 0 || !stores->anchors[0])
		return;
	memcpy(chain.untrusted, stores->untrusted, sizeof(chain.untrusted));
	memcpy(chain.anchors, stores->anchors, sizeof(chain.anchors));
	chain_build(&chain, at, COUNT(at), outcomes);
	*out = (struct ctl_chain){outcomes[0], outcomes[1]};
}

const char *ctl_pinned_root(const uint8_t sha256[SHA256_SIZE])
{
	char hex[SHA256_HEX];

	hex_write((struct span){sha256, SHA256_SIZE}, hex);
	for (size_t i = 0; i < COUNT(pinned_roots); i++)
		if (strcmp(hex, pinned_roots[i].sha256) == 0)
			return pinned_roots[i].name;
	return NULL;
}
