/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's certificate stores (formats.md d.2). A logical store is made of physical ones: that
 * of the machine, Windows Update's (AuthRoot), those of group policy and of the domain. We write
 * to the machine's alone: the others are made anew by those whose they are.
 */
#include "base/digest.h"
#include "formats/ctl_entry.h"
#include "formats/windows/certblob.h"
#include "formats/windows/certlimits.h"
#include "host/windows/windows.h"
#include "model/cert.h"

#define MACHINE      "HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\"
#define GROUP_POLICY "HKLM\\SOFTWARE\\Policies\\Microsoft\\SystemCertificates\\"
#define ENTERPRISE   "HKLM\\SOFTWARE\\Microsoft\\EnterpriseCertificates\\"
#define BLOB         "Blob"

enum { THUMBPRINT = 41 };

/* In each store the one that we write to is first. */
static const struct physical {
	enum store store;
	const char *path;
	bool system;       /* the system fills it by itself */
	const char *owner; /* who would undo a change; NULL: we may */
} physical[] = {
    {STORE_ROOT, MACHINE "ROOT", false, NULL},
    {STORE_ROOT, MACHINE "AuthRoot", true, NULL},
    {STORE_ROOT, GROUP_POLICY "Root", false, "group policy"},
    {STORE_ROOT, ENTERPRISE "Root", false, "the domain"},
    {STORE_INTERMEDIATE, MACHINE "CA", false, NULL},
    {STORE_INTERMEDIATE, GROUP_POLICY "CA", false, "group policy"},
    {STORE_INTERMEDIATE, ENTERPRISE "CA", false, "the domain"},
    {STORE_DISALLOWED, MACHINE "Disallowed", false, NULL},
    {STORE_DISALLOWED, GROUP_POLICY "Disallowed", false, "group policy"},
    {STORE_DISALLOWED, ENTERPRISE "Disallowed", false, "the domain"},
    {STORE_TRUSTED_PUBLISHER, MACHINE "TrustedPublisher", false, NULL},
    {STORE_TRUSTED_PUBLISHER, GROUP_POLICY "TrustedPublisher", false, "group policy"},
    {STORE_TRUSTED_PUBLISHER, ENTERPRISE "TrustedPublisher", false, "the domain"},
};

static void thumbprint_of(struct span der, char out[THUMBPRINT])
{
	uint8_t sha1[SHA1_SIZE];

	digest_sha1(der, sha1);
	hex_write_upper((struct span){sha1, SHA1_SIZE}, out);
}

/* An entry that cannot be read; `sign` tells it from others. */
static void add_damaged(struct items *have, const struct physical *where, struct span sign,
    const char *location, const char *fault)
{
	uint8_t sha256[SHA256_SIZE];
	struct item *item;

	digest_sha256(sign, sha256);
	item = items_add_certificate(have, where->store, sha256);
	item->seen.location = location;
	item->note = arena_printf(&have->arena, "%s: %s", text_escape_string(location).text, fault);
}

/* What people and Windows Update have switched off in an entry whose store grants trust. */
static void add_limits(
    const struct observing *how, struct span blob, struct item *item, struct arena *arena)
{
	AUTO(text) limits = {0};

	if (item_store(item) == STORE_DISALLOWED)
		return;
	if (certlimits_tell(blob, how->now, &limits))
		item->presence = ITEM_DISABLED;
	if (limits.size)
		item->seen.limits = arena_printf(arena, "%s: %s",
		    text_escape_string(item->seen.location).text, text_string(&limits));
}

static void add_certificate(const struct observing *how, struct items *have,
    const struct physical *where, const char *name, struct span blob, const char *location)
{
	char label[CERT_NAME_TEXT], thumbprint[THUMBPRINT];
	struct err err = {0};
	struct span der;
	struct item *item;
	struct cert cert;

	if (!certblob_certificate(blob, &der, &err) || !cert_parse(der, &cert, &err)) {
		add_damaged(have, where, blob, location, err.text);
		return;
	}
	cert_name_text(cert.subject, label);
	thumbprint_of(der, thumbprint);
	item = items_add_certificate(have, where->store, cert.sha256);
	item->presence = ITEM_PRESENT;
	item->label = arena_strdup(&have->arena, label);
	item->seen.not_after = cert.not_after;
	item->seen.subject_size = cert.subject.size;
	if (how->lists)
		item->content =
		    (struct span){arena_copy(&have->arena, der.data, der.size), der.size};
	item->seen.location = location;
	item->seen.system = where->system;
	add_limits(how, blob, item, &have->arena);
	if (strcasecmp(name, thumbprint) != 0)
		item->note = arena_printf(&have->arena,
		    "%s: the key is not named by the thumbprint of its certificate, %s",
		    text_escape_string(location).text, thumbprint);
}

static bool observe_store(struct host *host, const struct observing *how,
    const struct physical *where, struct items *have, struct err *err)
{
	struct registry *registry = windows_registry(host);
	AUTO(registry_value) value = {.type = REGISTRY_ABSENT};
	AUTO(registry_names) names = {0};
	AUTO(arena) arena = {0};
	const char *path = arena_printf(&arena, "%s\\Certificates", where->path);
	struct registry_key key, entry;
	bool ok;

	if (!registry->ops->open_key(registry, path, &key, err))
		return false;
	ok = registry->ops->list_keys(&key, &names, err) || err_wrap(err, "%s", path);
	for (size_t i = 0; ok && i < names.count; i++) {
		const char *name = names.list[i].name;
		const char *location = arena_printf(&have->arena, "%s\\%s", path, name);
		struct err why = {0};

		registry->ops->open_subkey(&key, &names.list[i], &entry);
		if (!registry->ops->read(&entry, BLOB, &value, &why))
			add_damaged(have, where, span_text(name), location, why.text);
		else if (value.type != REGISTRY_ABSENT)
			add_certificate(how, have, where, name, bytes_span(&value.data), location);
		registry->ops->close_key(&entry);
	}
	registry->ops->close_key(&key);
	return ok;
}

bool windows_trust_observe(
    struct host *host, const struct observing *how, struct items *have, struct err *err)
{
	for (size_t i = 0; i < COUNT(physical); i++)
		if (!observe_store(host, how, &physical[i], have, err))
			return false;
	return true;
}

static const struct physical *own_store(enum store store)
{
	for (size_t i = 0; i < COUNT(physical); i++)
		if (physical[i].store == store)
			return &physical[i];
	return NULL;
}

static bool limits_trust(uint32_t property)
{
	return property == CTL_EKU || property == CTL_DISALLOWED_AFTER ||
	       property == CTL_DISALLOWED_EKU || property == CTL_NOT_BEFORE_AFTER ||
	       property == CTL_NOT_BEFORE_EKU;
}

/* The entry as it is, without what limits its trust. */
static bool enable(struct host *host, const struct item *have, struct changes *out, struct err *err)
{
	struct registry *registry = windows_registry(host);
	AUTO(registry_value) before = {.type = REGISTRY_ABSENT};
	AUTO(registry_value) after = {.type = REGISTRY_BINARY};
	const struct physical *where = own_store(item_store(have));
	struct certblob_element element;
	struct registry_key key;
	struct reader reader;
	bool ok;

	if (strncmp(have->seen.location, where->path, strlen(where->path)) != 0)
		return err_set(err, ERR_HOST,
		    "%s; it is not this program's to change that: have it enabled there",
		    have->seen.limits);
	if (!registry->ops->open_key(registry, have->seen.location, &key, err))
		return false;
	ok = registry->ops->read(&key, BLOB, &before, err);
	registry->ops->close_key(&key);
	reader = reader_of(bytes_span(&before.data));
	while (ok && reader.rest.size > 0) {
		ok = certblob_next(&reader, &element, err);
		if (ok && !limits_trust(element.property))
			certblob_add(&after.data, element.property, element.data);
	}
	return ok && windows_stage(host, out, have->seen.location, BLOB, &after, err);
}

bool windows_trust_put(struct host *host, const struct item *want, const struct item *have,
    struct changes *out, struct err *err)
{
	AUTO(registry_value) value = {.type = REGISTRY_BINARY};
	const struct physical *where = own_store(item_store(want));
	char thumbprint[THUMBPRINT];

	if (have && have->presence == ITEM_DISABLED)
		return enable(host, have, out, err);
	if (want->content.size == 0)
		return err_set(err, ERR_HOST, "the certificate itself is not at hand");
	thumbprint_of(want->content, thumbprint);
	certblob_write(&value.data, want->content);
	return windows_stage(host, out,
	    arena_printf(&out->arena, "%s\\Certificates\\%s", where->path, thumbprint), BLOB,
	    &value, err);
}

bool windows_trust_drop(
    struct host *host, const struct item *have, struct changes *out, struct err *err)
{
	AUTO(registry_value) gone = {.type = REGISTRY_ABSENT};

	for (size_t i = 0; i < COUNT(physical); i++)
		if (physical[i].owner &&
		    strncmp(have->seen.location, physical[i].path, strlen(physical[i].path)) == 0)
			return err_set(err, ERR_HOST,
			    "%s: %s puts it there and would do so again; have it taken out there",
			    text_escape_string(have->seen.location).text, physical[i].owner);
	return windows_stage(host, out, have->seen.location, BLOB, &gone, err) &&
	       windows_stage_prune(host, out, have->seen.location, err);
}
