/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/sign.h"

#include <openssl/cms.h>
#include <openssl/err.h>

#include "bundle/bundle.h"

struct sign_work {
	CMS_ContentInfo *cms;
	unsigned char *encoded;
};

static void sign_work_release(struct sign_work *work)
{
	CMS_ContentInfo_free(work->cms);
	OPENSSL_free(work->encoded);
	ERR_clear_error();
}

/* OpenSSL's own words for what went wrong; there is nothing else to tell. */
static bool refuse(struct err *err, const char *what)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	return err_set(err, ERR_IO, "%s: OpenSSL says: %s", what, reason ? reason : "nothing");
}

/* A digest as strong as the key: RFC 5753 and SP 800-57 pair P-384 with SHA-384. */
static const EVP_MD *digest_for(const EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_security_bits(key);

	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519)
		return EVP_sha512(); /* RFC 8419 3.1 */
	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC)
		return EVP_sha256();
	return bits >= 256 ? EVP_sha512() : bits >= 192 ? EVP_sha384() : EVP_sha256();
}

/* What is there already, or an empty SignedData. bundle_inspect has parsed it before. */
static bool take_signature(struct sign_work *work, struct span signature, struct err *err)
{
	const unsigned char *at = signature.data;

	if (signature.size == 0)
		work->cms = CMS_sign(
		    NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_DETACHED | CMS_BINARY | CMS_NOCERTS);
	else
		work->cms = d2i_CMS_ContentInfo(NULL, &at, (long)signature.size);
	return work->cms || refuse(err, "the signature cannot be prepared");
}

static bool check_new(CMS_ContentInfo *cms, X509 *certificate, struct err *err)
{
	STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(cms);
	int count = infos ? sk_CMS_SignerInfo_num(infos) : 0;

	for (int i = 0; i < count; i++)
		if (CMS_SignerInfo_cert_cmp(sk_CMS_SignerInfo_value(infos, i), certificate) == 0)
			return err_set(err, ERR_USAGE,
			    "it is signed with this certificate already; a second signature by"
			    " one key would not count");
	if (count >= CMS_MAX_SIGNERS)
		return err_set(err, ERR_USAGE, "it has %d signers already", count);
	return true;
}

/* The attributes are made here and not by CMS_final, so that the first and the tenth signer sign in
 * the same way, and the digest is never taken from another signer. */
static bool add_signer(
    CMS_ContentInfo *cms, const struct sign_key *key, struct span cabinet, struct err *err)
{
	const EVP_MD *md = digest_for(key->key);
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;
	CMS_SignerInfo *info = CMS_add1_signer(cms, key->certificate, key->key, md,
	    CMS_PARTIAL | CMS_BINARY | CMS_NOCERTS | CMS_NOSMIMECAP);

	if (info && EVP_Digest(cabinet.data, cabinet.size, digest, &size, md, NULL) &&
	    CMS_signed_add1_attr_by_NID(
	        info, NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_nid2obj(NID_pkcs7_data), -1) &&
	    CMS_signed_add1_attr_by_NID(
	        info, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, digest, (int)size) &&
	    CMS_SignerInfo_sign(info))
		return true;
	if (EVP_PKEY_get_base_id(key->key) == EVP_PKEY_ED25519)
		return err_set(err, ERR_USAGE,
		    "this OpenSSL (%s) cannot sign with Ed25519 in CMS; use an RSA or ECDSA key",
		    OpenSSL_version(OPENSSL_VERSION_STRING));
	return refuse(err, "the key does not sign");
}

static void write_bundle(struct span cabinet, struct span signature, struct bytes *out)
{
	AUTO(bytes) file = {0};
	uint8_t size[8];

	for (size_t i = 0; i < sizeof(size); i++)
		size[i] = (uint8_t)((uint64_t)signature.size >> (56 - 8 * i));
	bytes_reserve(&file, cabinet.size + signature.size + BUNDLE_TRAILER);
	bytes_add(&file, cabinet.data, cabinet.size);
	bytes_add(&file, signature.data, signature.size);
	bytes_add(&file, BUNDLE_MAGIC, 8);
	bytes_add(&file, size, sizeof(size));
	bytes_release(out);
	*out = TAKE(file);
}

/* Refuses to sign what is not a whole bundle. */
static bool check_bundle(const struct bytes *bytes, struct bundle *bundle, struct err *err)
{
	AUTO(bytes) copy = bytes_copy(bytes_span(bytes));

	return bundle_inspect("what is to be signed", &copy, bundle, err) &&
	       bundle_read_all(bundle, err);
}

bool sign_add(struct bytes *bytes, const struct sign_key *key, struct err *err)
{
	AUTO(sign_work) work = {0};
	AUTO(bundle) bundle = {0};
	int size;

	if (!check_bundle(bytes, &bundle, err) || !take_signature(&work, bundle.signature, err) ||
	    !check_new(work.cms, key->certificate, err) ||
	    !add_signer(work.cms, key, bundle.cabinet, err))
		return false;
	size = i2d_CMS_ContentInfo(work.cms, &work.encoded);
	if (size <= 0)
		return refuse(err, "the signature cannot be written");
	if (size > CMS_MAX_BYTES)
		return err_set(err, ERR_USAGE, "the signature would have %d bytes, allowed are %d",
		    size, CMS_MAX_BYTES);
	write_bundle(bundle.cabinet, (struct span){work.encoded, (size_t)size}, bytes);
	return true;
}
