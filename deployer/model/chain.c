/* SPDX-License-Identifier: Apache-2.0 */
#include "model/chain.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>

static const struct {
	int error;
	enum chain_result result;
} results[] = {
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, CHAIN_MISSING_ISSUER},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, CHAIN_MISSING_ISSUER},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, CHAIN_MISSING_ISSUER},
    {X509_V_ERR_CERT_HAS_EXPIRED, CHAIN_EXPIRED},
    {X509_V_ERR_CERT_NOT_YET_VALID, CHAIN_NOT_YET_VALID},
    {X509_V_ERR_INVALID_CA, CHAIN_INVALID_CA},
    {X509_V_ERR_INVALID_NON_CA, CHAIN_INVALID_CA},
};

static const char *const words[] = {
    [CHAIN_NOT_CHECKED] = "notchecked",
    [CHAIN_OK] = "ok",
    [CHAIN_MISSING_ISSUER] = "missing_issuer",
    [CHAIN_EXPIRED] = "expired",
    [CHAIN_NOT_YET_VALID] = "not_yet_valid",
    [CHAIN_INVALID_CA] = "invalid_ca",
    [CHAIN_UNTRUSTED_ROOT] = "untrusted_root",
};

/* What OpenSSL needs for one question, all of it owned. */
struct verifier {
	X509 *leaf;
	X509_STORE *anchors;
	STACK_OF(X509) * untrusted;
	X509_STORE_CTX *context;
};

static void verifier_release(struct verifier *verifier)
{
	X509_STORE_CTX_free(verifier->context);
	sk_X509_pop_free(verifier->untrusted, X509_free);
	X509_STORE_free(verifier->anchors);
	X509_free(verifier->leaf);
	/* what was found is in the outcome; nothing is to be left for the next caller */
	ERR_clear_error();
	*verifier = (struct verifier){0};
}

static X509 *read_certificate(struct span der)
{
	const unsigned char *at = der.data;
	X509 *x = der.size <= CERT_MAX_BYTES ? d2i_X509(NULL, &at, (long)der.size) : NULL;

	if (x && at == der.data + der.size)
		return x;
	X509_free(x);
	return NULL;
}

static void verifier_open(const struct chain *chain, struct verifier *out)
{
	out->leaf = read_certificate(chain->leaf);
	out->anchors = mem_checked(X509_STORE_new());
	out->untrusted = mem_checked(sk_X509_new_null());
	out->context = mem_checked(X509_STORE_CTX_new());
	for (size_t i = 0; i < chain->anchor_count; i++) {
		X509 *x = read_certificate(chain->anchors[i]);

		if (x)
			X509_STORE_add_cert(out->anchors, x);
		X509_free(x);
	}
	for (size_t i = 0; i < chain->untrusted_count; i++) {
		X509 *x = read_certificate(chain->untrusted[i]);

		if (x && !sk_X509_push(out->untrusted, x))
			X509_free(x);
	}
}

static void name_text(const X509_NAME *name, char out[CERT_NAME_TEXT])
{
	unsigned char *der = NULL;
	int size = i2d_X509_NAME(name, &der);

	if (size > 0)
		cert_name_text((struct span){der, (size_t)size}, out);
	OPENSSL_free(der);
}

/* The first address of its issuer's certificate that the certificate gives. */
static void find_url(X509 *x, char out[CHAIN_URL])
{
	AUTHORITY_INFO_ACCESS *access = X509_get_ext_d2i(x, NID_info_access, NULL, NULL);

	for (int i = 0; access && i < sk_ACCESS_DESCRIPTION_num(access); i++) {
		const ACCESS_DESCRIPTION *entry = sk_ACCESS_DESCRIPTION_value(access, i);
		const ASN1_IA5STRING *url;

		if (OBJ_obj2nid(entry->method) != NID_ad_ca_issuers ||
		    entry->location->type != GEN_URI)
			continue;
		url = entry->location->d.uniformResourceIdentifier;
		snprintf(out, CHAIN_URL, "%s",
		    text_escape(
		        (struct span){ASN1_STRING_get0_data(url), (size_t)ASN1_STRING_length(url)})
		        .text);
		break;
	}
	AUTHORITY_INFO_ACCESS_free(access);
}

static void describe(X509_STORE_CTX *context, int error, struct chain_outcome *out)
{
	X509 *x = X509_STORE_CTX_get_current_cert(context);

	out->result = CHAIN_UNTRUSTED_ROOT;
	for (size_t i = 0; i < COUNT(results); i++)
		if (results[i].error == error)
			out->result = results[i].result;
	snprintf(out->reason, sizeof(out->reason), "%s", X509_verify_cert_error_string(error));
	if (!x)
		return;
	name_text(X509_get_subject_name(x), out->subject);
	name_text(X509_get_issuer_name(x), out->issuer);
	find_url(x, out->issuer_url);
}

void chain_build(const struct chain *chain, struct chain_outcome *out)
{
	AUTO(verifier) verifier = {0};
	X509_VERIFY_PARAM *param;

	*out = (struct chain_outcome){.result = CHAIN_UNTRUSTED_ROOT};
	verifier_open(chain, &verifier);
	if (!verifier.leaf || !X509_STORE_CTX_init(verifier.context, verifier.anchors,
	                          verifier.leaf, verifier.untrusted)) {
		snprintf(out->reason, sizeof(out->reason), "the certificate cannot be read");
		return;
	}
	param = X509_STORE_CTX_get0_param(verifier.context);
	/* the usages that trust lists have are none of those that OpenSSL knows */
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
	X509_VERIFY_PARAM_set_auth_level(param, chain->security_level);
	X509_VERIFY_PARAM_set_time(param, (time_t)chain->at);
	if (X509_verify_cert(verifier.context) == 1)
		out->result = CHAIN_OK;
	else
		describe(verifier.context, X509_STORE_CTX_get_error(verifier.context), out);
}

const char *chain_result_word(enum chain_result result)
{
	return words[result];
}
