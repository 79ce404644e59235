/* SPDX-License-Identifier: Apache-2.0 */
#include "signed_world.h"

#include <criterion/criterion.h>
#include <openssl/cms.h>

static CMS_SignerInfo *only_signer(CMS_ContentInfo *cms)
{
	return sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
}

static CMS_ContentInfo *read_cms(struct span der)
{
	const unsigned char *at = der.data;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.size);

	cr_assert_not_null(cms);
	return cms;
}

void sign_again(struct signed_world *made, const struct kit_seal *how)
{
	const struct kit_signer *one[] = {&made->signer};
	struct kit_seal seal = *how;
	CMS_ContentInfo *cms;
	const ASN1_OCTET_STRING *value;

	seal.signers = one;
	seal.count = 1;
	kit_sign(bytes_span(&made->world.cabinet), &seal, &made->cms);
	cms = read_cms(bytes_span(&made->cms));
	value = CMS_SignerInfo_get0_signature(only_signer(cms));
	bytes_release(&made->signature);
	bytes_add(
	    &made->signature, ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
	CMS_ContentInfo_free(cms);
}

void signed_world(struct signed_world *made, const char *algorithm)
{
	struct err err = {0};
	const struct kit_signer *ring[1];

	kit_world(&made->world);
	made->signer = kit_signer("signer", algorithm, 9);
	ring[0] = &made->signer;
	kit_keyring(&made->world.keyring_text, 1, NULL, 1, ring, 1);
	keyring_release(&made->world.keyring);
	cr_assert(keyring_parse(
	              bytes_span(&made->world.keyring_text), "k.yaml", &made->world.keyring, &err),
	    "%s", err.text);
	sign_again(made, &(struct kit_seal){0});
}

void signed_world_release(struct signed_world *made)
{
	kit_world_release(&made->world);
	kit_signer_release(&made->signer);
	bytes_release(&made->cms);
	bytes_release(&made->signature);
}

/* OpenSSL's word on the signature of a CMS. */
static bool openssl_takes(const struct signed_world *made, struct span der)
{
	CMS_ContentInfo *cms = read_cms(der);
	CMS_SignerInfo *info = only_signer(cms);
	bool good;

	CMS_SignerInfo_set1_signer_cert(info, made->signer.key.certificate);
	good = CMS_SignerInfo_verify(info) == 1;
	CMS_ContentInfo_free(cms);
	return good;
}

void judge_cms(struct signed_world *made, struct span cms, bool good, const char *what)
{
	AUTO(bytes) joined = {0};
	AUTO(bundle) bundle = {0};
	struct err err = {0};

	kit_join(bytes_span(&made->world.cabinet), cms, &joined);
	cr_assert_eq(kit_open(&made->world, bytes_span(&joined), &bundle, &err), good, "%s: %s",
	    what, err.text);
	cr_assert(good || err.code == ERR_TRUST, "%s: %s", what, err.text);
	cr_assert_eq(openssl_takes(made, cms), good, "%s: OpenSSL says otherwise", what);
	made->judged++;
	made->good += good;
}

/* The same CMS with this in place of its signature. */
void judge(struct signed_world *made, struct span signature, bool good, const char *what)
{
	CMS_ContentInfo *cms = read_cms(bytes_span(&made->cms));
	unsigned char *der = NULL;
	int size;

	cr_assert(ASN1_OCTET_STRING_set(CMS_SignerInfo_get0_signature(only_signer(cms)),
	    signature.size ? signature.data : (const uint8_t *)"", (int)signature.size));
	size = i2d_CMS_ContentInfo(cms, &der);
	cr_assert_gt(size, 0);
	judge_cms(made, (struct span){der, (size_t)size}, good, what);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
}

/* What holds of the bytes of any signature. */
void judge_lengths(struct signed_world *made)
{
	struct span whole = bytes_span(&made->signature);
	AUTO(bytes) longer = {0};
	AUTO(bytes) zeros = {0};

	judge(made, whole, true, "as it was made");
	for (size_t size = 0; size < whole.size; size++)
		judge(made, (struct span){whole.data, size}, false, "cut at its end");
	judge(made, (struct span){whole.data + 1, whole.size - 1}, false, "cut at its front");
	bytes_add(&zeros, "", 1);
	bytes_add(&zeros, whole.data, whole.size);
	judge(made, bytes_span(&zeros), false, "a zero in front");
	bytes_add(&longer, whole.data, whole.size);
	bytes_add(&longer, "", 1);
	judge(made, bytes_span(&longer), false, "a zero behind");
	memset(longer.data, 0, longer.size);
	judge(made, (struct span){longer.data, whole.size}, false, "zeros alone");
	memset(longer.data, 0xff, longer.size);
	judge(made, (struct span){longer.data, whole.size}, false, "ones alone");
}
