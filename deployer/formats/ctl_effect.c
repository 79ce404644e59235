/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/ctl_effect.h"

#include <openssl/x509.h>

/* The content of the BIT STRING without its first byte; empty when there is none. */
static struct span key_bits(const struct cert *cert)
{
	struct der der = der_of(cert->spki);
	struct element info, algorithm, bits;
	struct der inside;

	if (!der_take(&der, DER_SEQUENCE, &info))
		return (struct span){0};
	inside = der_inside(&der, info.content);
	if (!der_take(&inside, DER_SEQUENCE, &algorithm) ||
	    !der_take(&inside, DER_BIT_STRING, &bits) || bits.content.size < 1)
		return (struct span){0};
	return (struct span){bits.content.data + 1, bits.content.size - 1};
}

static bool has_other_sizes(const struct ctl *list)
{
	for (size_t i = 0; i < list->entry_count; i++)
		if (list->entries[i].id.size != MD5_SIZE)
			return true;
	return false;
}

/* Property 15: what was signed, by the digest of its own signature. */
static bool is_signature_listed(const struct ctl *list, const struct cert *cert)
{
	const unsigned char *at = cert->der.data;
	X509 *x = d2i_X509(NULL, &at, (long)cert->der.size);
	unsigned char digest[EVP_MAX_MD_SIZE], *tbs = NULL;
	const EVP_MD *md = NULL;
	unsigned int size = 0;
	int kind = NID_undef, length;
	bool listed = false;

	if (x && X509_get_signature_info(x, &kind, NULL, NULL, NULL))
		md = EVP_get_digestbynid(kind);
	length = md ? i2d_re_X509_tbs(x, &tbs) : 0;
	if (length > 0 && EVP_Digest(tbs, (size_t)length, digest, &size, md, NULL))
		listed = ctl_find(list, (struct span){digest, size}) != NULL;
	OPENSSL_free(tbs);
	X509_free(x);
	return listed;
}

bool ctl_disallows(const struct ctl *disallowed, const struct cert *cert)
{
	uint8_t md5[MD5_SIZE];

	digest_md5(key_bits(cert), md5);
	return ctl_find(disallowed, (struct span){md5, MD5_SIZE}) ||
	       (has_other_sizes(disallowed) && is_signature_listed(disallowed, cert));
}

static bool has_come(struct ctl_date date, int64_t now)
{
	return date.state == CTL_DATE_EMPTY || (date.state == CTL_DATE_SET && date.time <= now);
}

unsigned ctl_limits(const struct ctl_entry *entry, int64_t now)
{
	struct span oids;
	unsigned limits = 0;

	if (has_come(ctl_entry_date(entry, CTL_DISALLOWED_AFTER), now))
		limits |= CTL_LIMIT_DISABLED;
	if (ctl_entry_oids(entry, CTL_DISALLOWED_EKU, &oids))
		limits |= CTL_LIMIT_USAGES;
	if (has_come(ctl_entry_date(entry, CTL_NOT_BEFORE_AFTER), now))
		limits |= CTL_LIMIT_NOT_BEFORE;
	return limits;
}
