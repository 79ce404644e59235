/* SPDX-License-Identifier: Apache-2.0 */
#include "model/chain.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

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

struct chain_certificate {
	struct span der;
	X509 *x;      /* once it was read */
	bool damaged; /* it was tried, and cannot be */
};

static X509 *read_certificate(struct span der)
{
	const unsigned char *at = der.data;
	X509 *x = der.size <= CERT_MAX_BYTES ? d2i_X509(NULL, &at, (long)der.size) : NULL;

	if (x && at == der.data + der.size)
		return x;
	X509_free(x);
	return NULL;
}

void chain_pool_add(struct chain_pool *pool, struct span der)
{
	pool->list = mem_grow(pool->list, &pool->capacity, pool->count + 1, sizeof(*pool->list));
	pool->list[pool->count++] = (struct chain_certificate){.der = der};
}

void chain_pool_release(struct chain_pool *pool)
{
	for (size_t i = 0; i < pool->count; i++)
		X509_free(pool->list[i].x);
	free(pool->list);
	*pool = (struct chain_pool){0};
}

/* Borrowed from the pool; NULL when it cannot be read. */
static X509 *pool_certificate(struct chain_pool *pool, size_t i)
{
	struct chain_certificate *certificate = &pool->list[i];

	if (!certificate->x && !certificate->damaged) {
		certificate->x = read_certificate(certificate->der);
		certificate->damaged = !certificate->x;
	}
	return certificate->x;
}

/* What OpenSSL needs for one question, whatever the time. */
struct verifier {
	X509 *leaf;
	X509_STORE *anchors;
	STACK_OF(X509) *untrusted; /* borrowed from the pools */
};

static void verifier_release(struct verifier *verifier)
{
	sk_X509_free(verifier->untrusted);
	X509_STORE_free(verifier->anchors);
	X509_free(verifier->leaf);
	/* the outcome has all that was found; leave nothing in OpenSSL's queue for the next
	 * caller */
	ERR_clear_error();
	*verifier = (struct verifier){0};
}

static void verifier_open(const struct chain *chain, struct verifier *out)
{
	out->leaf = read_certificate(chain->leaf);
	out->anchors = mem_checked(X509_STORE_new());
	out->untrusted = mem_checked(sk_X509_new_null());
	for (size_t i = 0; i < CHAIN_POOLS && chain->anchors[i]; i++)
		for (size_t j = 0; j < chain->anchors[i]->count; j++) {
			X509 *x = pool_certificate(chain->anchors[i], j);

			if (x)
				X509_STORE_add_cert(out->anchors, x);
		}
	for (size_t i = 0; i < CHAIN_POOLS && chain->untrusted[i]; i++)
		for (size_t j = 0; j < chain->untrusted[i]->count; j++) {
			X509 *x = pool_certificate(chain->untrusted[i], j);

			if (x)
				sk_X509_push(out->untrusted, x);
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

static void build_at(const struct chain *chain, const struct verifier *verifier, int64_t at,
    struct chain_outcome *out)
{
	X509_STORE_CTX *context = mem_checked(X509_STORE_CTX_new());
	X509_VERIFY_PARAM *param;

	*out = (struct chain_outcome){.result = CHAIN_UNTRUSTED_ROOT};
	if (!verifier->leaf ||
	    !X509_STORE_CTX_init(context, verifier->anchors, verifier->leaf, verifier->untrusted)) {
		snprintf(out->reason, sizeof(out->reason), "the certificate cannot be read");
	} else {
		param = X509_STORE_CTX_get0_param(context);
		/* OpenSSL knows none of the usages that trust lists have */
		X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
		X509_VERIFY_PARAM_set_auth_level(param, chain->security_level);
		X509_VERIFY_PARAM_set_time(param, (time_t)at);
		if (X509_verify_cert(context) == 1)
			out->result = CHAIN_OK;
		else
			describe(context, X509_STORE_CTX_get_error(context), out);
	}
	X509_STORE_CTX_free(context);
}

void chain_build(
    const struct chain *chain, const int64_t *at, size_t count, struct chain_outcome *out)
{
	AUTO(verifier) verifier = {0};

	verifier_open(chain, &verifier);
	for (size_t i = 0; i < count; i++)
		build_at(chain, &verifier, at[i], &out[i]);
}

const char *chain_result_word(enum chain_result result)
{
	return words[result];
}
