/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/cms.h"

#include <openssl/cms.h>
#include <openssl/err.h>

#include "bundle/spki.h"
#include "model/cert.h"

/* Allowed digests, in the order of struct cms_content. */
static const struct {
	int nid;
	size_t size;
} digests[CMS_DIGESTS] = {
    {NID_sha256, 32},
    {NID_sha384, 48},
    {NID_sha512, 64},
};

/* What OpenSSL allocated while one signature file is judged. */
struct cms_work {
	CMS_ContentInfo *cms;
	unsigned char *encoded;
};

static void cms_work_release(struct cms_work *work)
{
	CMS_ContentInfo_free(work->cms);
	OPENSSL_free(work->encoded);
	/* The failure has been told in our words; leave nothing in OpenSSL's queue for the next
	 * caller. */
	ERR_clear_error();
}

/* --- the structure ------------------------------------------------------------------ */

/* OpenSSL reads BER too. What it would write for what it read is DER; a signature file
 * that differs has a second reading, and a size that nothing bounds. */
static bool check_der(struct cms_work *work, struct span signature, struct err *err)
{
	int size = i2d_CMS_ContentInfo(work->cms, &work->encoded);

	if (size < 0 || !span_equal(signature, (struct span){work->encoded, (size_t)size}))
		return err_set(err, ERR_TRUST, "signature: is not DER");
	return true;
}

static bool parse(struct cms_work *work, struct span signature, struct err *err)
{
	const unsigned char *at = signature.data;

	if (signature.size == 0 || signature.size > CMS_MAX_BYTES)
		return err_set(err, ERR_TRUST, "signature: has %zu bytes, allowed are 1 to %d",
		    signature.size, CMS_MAX_BYTES);
	work->cms = d2i_CMS_ContentInfo(NULL, &at, (long)signature.size);
	if (!work->cms)
		return err_set(err, ERR_TRUST, "signature: is not a CMS structure");
	if (at != signature.data + signature.size)
		return err_set(err, ERR_TRUST, "signature: %zu bytes after the end of the CMS",
		    (size_t)(signature.data + signature.size - at));
	if (OBJ_obj2nid(CMS_get0_type(work->cms)) != NID_pkcs7_signed)
		return err_set(err, ERR_TRUST, "signature: the CMS is not a SignedData");
	if (CMS_is_detached(work->cms) != 1)
		return err_set(
		    err, ERR_TRUST, "signature: has content of its own; it must be detached");
	if (OBJ_obj2nid(CMS_get0_eContentType(work->cms)) != NID_pkcs7_data)
		return err_set(err, ERR_TRUST, "signature: its content type is not id-data");
	return check_der(work, signature, err);
}

/* --- one SignerInfo ----------------------------------------------------------------- */

static const char wrong_signature[] = "the signature is wrong";

static const EVP_MD *digest_md(size_t which)
{
	return which == 0 ? EVP_sha256() : which == 1 ? EVP_sha384() : EVP_sha512();
}

static const uint8_t *content_digest(struct cms_content *content, size_t which)
{
	if (content->known[which])
		return content->digest[which];
	if (which == 0)
		digest_sha256(content->bytes, content->digest[0]);
	else if (!EVP_Digest(content->bytes.data, content->bytes.size, content->digest[which], NULL,
	             digest_md(which), NULL))
		return NULL;
	content->known[which] = true;
	return content->digest[which];
}

/* The signature algorithm may name the key's kind alone, or a digest with it (which must be the
 * one that the SignerInfo declares). OpenSSL itself would go by digest and key, and take any. */
static bool is_known_algorithm(int nid, int digest)
{
	static const int plain[] = {NID_rsaEncryption, NID_rsassaPss, NID_ED25519};
	static const int with[][CMS_DIGESTS] = {
	    {NID_sha256WithRSAEncryption, NID_sha384WithRSAEncryption, NID_sha512WithRSAEncryption},
	    {NID_ecdsa_with_SHA256, NID_ecdsa_with_SHA384, NID_ecdsa_with_SHA512},
	};

	for (size_t i = 0; i < COUNT(plain); i++)
		if (nid == plain[i])
			return true;
	for (size_t i = 0; i < COUNT(with); i++)
		for (size_t j = 0; j < CMS_DIGESTS; j++)
			if (nid == with[i][j] && digests[j].nid == digest)
				return true;
	return false;
}

static const char *check_algorithms(CMS_SignerInfo *info, size_t *which)
{
	X509_ALGOR *digest = NULL, *signature = NULL;
	int nid;

	CMS_SignerInfo_get0_algs(info, NULL, NULL, &digest, &signature);
	nid = OBJ_obj2nid(digest->algorithm);
	for (*which = 0; *which < CMS_DIGESTS && digests[*which].nid != nid;)
		++*which;
	if (*which == CMS_DIGESTS)
		return "its digest is not SHA-256, SHA-384 or SHA-512";
	if (!is_known_algorithm(OBJ_obj2nid(signature->algorithm), nid))
		return "its signature algorithm is not RSA, ECDSA or Ed25519 with that digest";
	return NULL;
}

static const char *check_attributes(CMS_SignerInfo *info, const uint8_t *digest, size_t size)
{
	enum { ONE_VALUE_ONCE = -3 };
	const ASN1_OBJECT *type;
	const ASN1_OCTET_STRING *value;

	if (CMS_signed_get_attr_count(info) <= 0)
		return "it has no signed attributes";
	type = CMS_signed_get0_data_by_OBJ(
	    info, OBJ_nid2obj(NID_pkcs9_contentType), ONE_VALUE_ONCE, V_ASN1_OBJECT);
	if (!type || OBJ_obj2nid(type) != NID_pkcs7_data)
		return "its contentType attribute is not id-data";
	value = CMS_signed_get0_data_by_OBJ(
	    info, OBJ_nid2obj(NID_pkcs9_messageDigest), ONE_VALUE_ONCE, V_ASN1_OCTET_STRING);
	if (!value)
		return "it has no single messageDigest attribute";
	if (!span_equal((struct span){digest, size},
	        (struct span){ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)}))
		return "it was made over other content than this cabinet";
	return NULL;
}

/* What was signed: the attributes as a SET OF (RFC 5652 5.4). check_der has made sure that
 * this encoding is the one in the file. */
static bool attributes_der(const CMS_SignerInfo *info, struct bytes *out)
{
	AUTO(bytes) inside = {0};
	uint8_t header[4] = {0x31, 0x82};
	int count = CMS_signed_get_attr_count(info);

	for (int i = 0; i < count; i++) {
		unsigned char *der = NULL;
		int size = i2d_X509_ATTRIBUTE(CMS_signed_get_attr(info, i), &der);

		if (size < 0)
			return false;
		bytes_add(&inside, der, (size_t)size);
		OPENSSL_free(der);
	}
	header[2] = (uint8_t)(inside.size >> 8);
	header[3] = (uint8_t)inside.size;
	if (inside.size > 0xffff)
		return false;
	if (inside.size > 0xff)
		bytes_add(out, header, 4);
	else if (inside.size > 0x7f)
		bytes_add(out, (uint8_t[]){0x31, 0x81, header[3]}, 3);
	else
		bytes_add(out, (uint8_t[]){0x31, header[3]}, 2);
	bytes_add(out, inside.data, inside.size);
	return true;
}

static bool verify_with(EVP_PKEY *key, CMS_SignerInfo *info, size_t which)
{
	AUTO(bytes) attributes = {0};
	const ASN1_OCTET_STRING *signature = CMS_SignerInfo_get0_signature(info);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good =
	    context && attributes_der(info, &attributes) &&
	    EVP_DigestVerifyInit(context, NULL, digest_md(which), NULL, key) == 1 &&
	    EVP_DigestVerify(context, ASN1_STRING_get0_data(signature),
	        (size_t)ASN1_STRING_length(signature), attributes.data, attributes.size) == 1;

	EVP_MD_CTX_free(context);
	return good;
}

/* RSA-PSS has its parameters in the SignerInfo, which OpenSSL reads; it wants the certificate. */
static bool verify_pss(CMS_SignerInfo *info, const struct signer *signer)
{
	const unsigned char *at = signer->certificate.data;
	X509 *certificate = d2i_X509(NULL, &at, (long)signer->certificate.size);
	bool good = false;

	if (certificate) {
		CMS_SignerInfo_set1_signer_cert(info, certificate);
		good = CMS_SignerInfo_verify(info) == 1;
	}
	X509_free(certificate);
	return good;
}

/* CMS_SignerInfo_verify would do, but for a certificate decoded by d2i_X509, which costs more
 * than the check itself: tests/bench holds the time of a verification against that of the check. */
static const char *check_signature(CMS_SignerInfo *info, const struct signer *signer, size_t which)
{
	X509_ALGOR *algorithm = NULL;
	struct spki spki;
	struct err ignored;
	EVP_PKEY *key;
	bool good;

	CMS_SignerInfo_get0_algs(info, NULL, NULL, NULL, &algorithm);
	if (!spki_parse(signer->spki, &spki, &ignored))
		return "its key is malformed";
	if (spki.kind == SPKI_ED25519)
		return "OpenSSL 3 cannot make Ed25519 signatures in CMS, and none is taken; sign"
		       " with RSA or ECDSA";
	if (OBJ_obj2nid(algorithm->algorithm) == NID_rsassaPss)
		return spki.kind == SPKI_RSA && verify_pss(info, signer) ? NULL : wrong_signature;
	key = spki_key(&spki);
	good = key && verify_with(key, info, which);
	EVP_PKEY_free(key);
	return good ? NULL : wrong_signature;
}

/* --- who signed --------------------------------------------------------------------- */

static bool names_key_id(CMS_SignerInfo *info, const struct signer *signer)
{
	const unsigned char *at = signer->certificate.data;
	X509 *certificate = d2i_X509(NULL, &at, (long)signer->certificate.size);
	bool same = certificate && CMS_SignerInfo_cert_cmp(info, certificate) == 0;

	X509_free(certificate);
	return same;
}

/* True when the SignerInfo names this pinned certificate. Names are compared as bytes: the
 * signer's program took them from the certificate. */
static bool names(CMS_SignerInfo *info, const struct signer *signer)
{
	ASN1_OCTET_STRING *key_id = NULL;
	ASN1_INTEGER *serial = NULL;
	X509_NAME *issuer = NULL;
	const unsigned char *der = NULL;
	unsigned char *number = NULL;
	size_t size = 0;
	bool same;

	if (CMS_SignerInfo_get0_signer_id(info, &key_id, &issuer, &serial) != 1)
		return false;
	if (key_id)
		return names_key_id(info, signer);
	if (!X509_NAME_get0_der(issuer, &der, &size) ||
	    !span_equal(signer->issuer, (struct span){der, size}))
		return false;
	size = (size_t)i2d_ASN1_INTEGER(serial, &number);
	same = number && span_equal(signer->serial, (struct span){number, size});
	OPENSSL_free(number);
	return same;
}

/* For messages: what a SignerInfo says of its signer. */
static const char *subject(CMS_SignerInfo *info, struct arena *arena)
{
	ASN1_OCTET_STRING *key_id = NULL;
	ASN1_INTEGER *serial = NULL;
	X509_NAME *issuer = NULL;
	const unsigned char *der = NULL;
	char name[CERT_NAME_TEXT] = "?", number[2 * 64 + 1] = "?";
	size_t size = 0;
	const ASN1_STRING *shown;

	if (CMS_SignerInfo_get0_signer_id(info, &key_id, &issuer, &serial) != 1)
		return "unnamed signer";
	shown = key_id ? key_id : serial;
	if (ASN1_STRING_length(shown) <= 64)
		hex_write(
		    (struct span){ASN1_STRING_get0_data(shown), (size_t)ASN1_STRING_length(shown)},
		    number);
	if (key_id)
		return arena_printf(arena, "key identifier %s", number);
	if (X509_NAME_get0_der(issuer, &der, &size))
		cert_name_text((struct span){der, size}, name);
	return arena_printf(arena, "issuer %s, serial %s", name, number);
}

static const char *judge_with(
    CMS_SignerInfo *info, struct cms_content *content, const struct signer *signer)
{
	size_t which;
	const char *fault = check_algorithms(info, &which);
	const uint8_t *digest = fault ? NULL : content_digest(content, which);

	if (!fault && !digest)
		fault = "its digest cannot be computed";
	if (!fault)
		fault = check_attributes(info, digest, digests[which].size);
	return fault ? fault : check_signature(info, signer, which);
}

/* Two pinned certificates can bear one issuer and serial (self-made ones do); the signature
 * tells which of them it was. */
static void judge(CMS_SignerInfo *info, struct cms_content *content, const struct keyring *keyring,
    struct bundle_signer *out)
{
	out->reason = "its key is not in the keyring";
	for (size_t i = 0; keyring && i < keyring->count && !out->good; i++) {
		const struct signer *signer = &keyring->signers[i];
		const char *fault;

		if (!names(info, signer))
			continue;
		fault = judge_with(info, content, signer);
		out->name = signer->name;
		out->by = signer;
		memcpy(out->spki_sha256, signer->spki_sha256, SHA256_SIZE);
		out->good = !fault;
		out->reason = fault ? fault : "";
	}
}

bool cms_verify(struct span signature, struct cms_content *content, const struct keyring *keyring,
    struct arena *arena, struct bundle_signer **signers, size_t *count, struct err *err)
{
	AUTO(cms_work) work = {0};
	STACK_OF(CMS_SignerInfo) *infos;
	struct bundle_signer *list;
	size_t found;

	if (!parse(&work, signature, err))
		return false;
	infos = CMS_get0_SignerInfos(work.cms);
	found = infos ? (size_t)sk_CMS_SignerInfo_num(infos) : 0;
	if (found > CMS_MAX_SIGNERS)
		return err_set(err, ERR_TRUST, "signature: has %zu signers, allowed are %d", found,
		    CMS_MAX_SIGNERS);
	list = arena_alloc(arena, (found + 1) * sizeof(*list));
	for (size_t i = 0; i < found; i++) {
		CMS_SignerInfo *info = sk_CMS_SignerInfo_value(infos, (int)i);

		list[i] = (struct bundle_signer){.name = "", .subject = subject(info, arena)};
		judge(info, content, keyring, &list[i]);
	}
	*signers = list;
	*count = found;
	return true;
}

/* --- what they may sign ----------------------------------------------------------------- */

static bool may_sign_id(const struct signer *signer, const char *id)
{
	bool may = signer->ids.count == 0;

	for (size_t i = 0; i < signer->ids.count && !may; i++)
		may = text_glob(signer->ids.list[i], id, false);
	return may;
}

static bool may_sign_kind(const struct signer *signer, int kind)
{
	bool may = signer->kinds.count == 0;

	for (size_t i = 0; i < signer->kinds.count && !may; i++)
		may = signer->kinds.list[i] == kind;
	return may;
}

/* NULL when it may; else why not. */
static const char *forbid(const struct signer *signer, const struct manifest *manifest)
{
	const struct manifest_entry *entries = manifest->contents.list;

	if (!may_sign_id(signer, manifest->id))
		return "the keyring lets it sign other bundles than this";
	for (size_t i = 0; i < manifest->contents.count; i++)
		if (!may_sign_kind(signer, entries[i].kind))
			return "the keyring does not let it sign every kind of member here";
	return NULL;
}

void cms_restrict(struct bundle_signer *signers, size_t count, const struct manifest *manifest)
{
	for (size_t i = 0; i < count; i++) {
		struct bundle_signer *signer = &signers[i];
		const char *fault = signer->good ? forbid(signer->by, manifest) : NULL;

		if (!fault)
			continue;
		signer->good = false;
		signer->reason = fault;
	}
}

/* --- how many ----------------------------------------------------------------------- */

static bool counted_before(const struct bundle_signer *signers, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (signers[i].good &&
		    memcmp(signers[i].by->key, signers[index].by->key, SHA256_SIZE) == 0)
			return true;
	return false;
}

static bool has_signed(
    const struct signer *signer, const struct bundle_signer *signers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (signers[i].by && memcmp(signers[i].by->key, signer->key, SHA256_SIZE) == 0)
			return true;
	return false;
}

/* "; let release-2 or release-3 sign it too": who has not signed, and may. */
static void add_missing(const struct bundle_signer *signers, size_t count,
    const struct keyring *keyring, const struct manifest *manifest, struct text *out)
{
	AUTO(text) names = {.limit = 160};

	for (size_t i = 0; i < keyring->count; i++) {
		const struct signer *signer = &keyring->signers[i];
		bool may = manifest ? !forbid(signer, manifest)
		                    : signer->ids.count + signer->kinds.count == 0;

		if (may && !has_signed(signer, signers, count))
			text_addf(&names, "%s%s", names.size ? " or " : "",
			    text_escape_string(signer->name).text);
	}
	if (names.size)
		text_addf(out, "; let %s sign it too", text_string(&names));
}

bool cms_threshold(const struct bundle_signer *signers, size_t count, const struct keyring *keyring,
    const struct manifest *manifest, struct err *err)
{
	AUTO(text) why = {.limit = 320};
	size_t good = 0;

	for (size_t i = 0; i < count; i++)
		good += signers[i].good && !counted_before(signers, i);
	/* keyring_parse refuses threshold 0; nothing passes here should one get through. */
	if (keyring->threshold > 0 && good >= keyring->threshold)
		return true;
	/* what to do comes first: a long message is cut at its end */
	add_missing(signers, count, keyring, manifest, &why);
	for (size_t i = 0; i < count; i++) {
		const struct bundle_signer *signer = &signers[i];
		const char *name = signer->name[0] ? signer->name : signer->subject;

		if (!signer->good)
			text_addf(&why, "; %s: %s", text_escape_string(name).text, signer->reason);
		else if (counted_before(signers, i))
			text_addf(&why, "; %s: the same key signed already",
			    text_escape_string(name).text);
	}
	return err_set(err, ERR_TRUST,
	    "signature: %zu of the %llu signatures that the keyring demands%s", good,
	    (unsigned long long)keyring->threshold, text_string(&why));
}
