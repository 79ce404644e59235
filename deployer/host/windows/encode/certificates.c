/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates in the stores of Windows (formats.md d.2). */
#include "base/digest.h"
#include "formats/ctl_entry.h"
#include "formats/windows/certblob.h"
#include "host/windows/encode/kinds.h"

#define MACHINE      "HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\"
#define GROUP_POLICY "HKLM\\SOFTWARE\\Policies\\Microsoft\\SystemCertificates\\"
#define ENTERPRISE   "HKLM\\SOFTWARE\\Microsoft\\EnterpriseCertificates\\"

static const char group_policy[] = "group policy", domain[] = "the domain";

/* In each store the one that we write to is first. */
static const struct encode_store stores[] = {
    {STORE_ROOT, MACHINE "ROOT", false, NULL},
    {STORE_ROOT, MACHINE "AuthRoot", true, NULL},
    {STORE_ROOT, GROUP_POLICY "Root", false, group_policy},
    {STORE_ROOT, ENTERPRISE "Root", false, domain},
    {STORE_INTERMEDIATE, MACHINE "CA", false, NULL},
    {STORE_INTERMEDIATE, GROUP_POLICY "CA", false, group_policy},
    {STORE_INTERMEDIATE, ENTERPRISE "CA", false, domain},
    {STORE_DISALLOWED, MACHINE "Disallowed", false, NULL},
    {STORE_DISALLOWED, GROUP_POLICY "Disallowed", false, group_policy},
    {STORE_DISALLOWED, ENTERPRISE "Disallowed", false, domain},
    {STORE_TRUSTED_PUBLISHER, MACHINE "TrustedPublisher", false, NULL},
    {STORE_TRUSTED_PUBLISHER, GROUP_POLICY "TrustedPublisher", false, group_policy},
    {STORE_TRUSTED_PUBLISHER, ENTERPRISE "TrustedPublisher", false, domain},
};

const struct encode_store *encode_store(size_t index)
{
	return index < COUNT(stores) ? &stores[index] : NULL;
}

/* The first of a logical store that `owner` fills, whose name is one of those above or NULL. */
static const struct encode_store *find_store(enum store store, const char *owner)
{
	for (size_t i = 0; i < COUNT(stores); i++)
		if (stores[i].store == store && stores[i].owner == owner)
			return &stores[i];
	return NULL;
}

const struct encode_store *encode_own_store(enum store store)
{
	return find_store(store, NULL);
}

void encode_thumbprint(struct span der, char out[ENCODE_THUMBPRINT])
{
	uint8_t sha1[SHA1_SIZE];

	digest_sha1(der, sha1);
	hex_write_upper((struct span){sha1, SHA1_SIZE}, out);
}

bool encode_certificate(
    const struct item *want, enum encode_holder holder, struct encoded *out, struct err *err)
{
	const struct encode_store *store =
	    find_store(item_store(want), holder == ENCODE_POLICY ? group_policy : NULL);
	AUTO(registry_value) value = {.type = REGISTRY_BINARY};
	char thumbprint[ENCODE_THUMBPRINT];

	if (want->content.size == 0)
		return err_set(err, ERR_HOST, "the certificate itself is not at hand");
	encode_thumbprint(want->content, thumbprint);
	certblob_write(&value.data, want->content);
	encoded_add(out, arena_printf(&out->arena, "%s\\Certificates\\%s", store->path, thumbprint),
	    ENCODE_BLOB, &value);
	return true;
}

static bool limits_trust(uint32_t property)
{
	return property == CTL_EKU || property == CTL_DISALLOWED_AFTER ||
	       property == CTL_DISALLOWED_EKU || property == CTL_NOT_BEFORE_AFTER ||
	       property == CTL_NOT_BEFORE_EKU;
}

bool encode_enabled(const char *key, struct span blob, struct encoded *out, struct err *err)
{
	AUTO(registry_value) value = {.type = REGISTRY_BINARY};
	struct reader reader = reader_of(blob);
	struct certblob_element element;

	while (reader.rest.size > 0) {
		if (!certblob_next(&reader, &element, err))
			return false;
		if (!limits_trust(element.property))
			certblob_add(&value.data, element.property, element.data);
	}
	encoded_add(out, arena_strdup(&out->arena, key), ENCODE_BLOB, &value);
	return true;
}
