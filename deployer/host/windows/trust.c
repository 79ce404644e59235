/* SPDX-License-Identifier: Apache-2.0 */
/* What the certificate stores hold (formats.md d.2). */
#include "base/digest.h"
#include "formats/windows/certblob.h"
#include "formats/windows/certlimits.h"
#include "host/windows/windows.h"
#include "model/cert.h"

/* An entry that cannot be read; `sign` tells it from others. */
static void add_damaged(struct items *have, const struct encode_store *where, struct span sign,
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
    const struct encode_store *where, const char *name, struct span blob, const char *location)
{
	char label[CERT_NAME_TEXT], thumbprint[ENCODE_THUMBPRINT];
	struct err err = {0};
	struct span der;
	struct item *item;
	struct cert cert;

	if (!certblob_certificate(blob, &der, &err) || !cert_parse(der, &cert, &err)) {
		add_damaged(have, where, blob, location, err.text);
		return;
	}
	cert_name_text(cert.subject, label);
	encode_thumbprint(der, thumbprint);
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
    const struct encode_store *where, struct items *have, struct err *err)
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
		if (!registry->ops->read(&entry, ENCODE_BLOB, &value, &why))
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
	for (size_t i = 0; encode_store(i); i++)
		if (!observe_store(host, how, encode_store(i), have, err))
			return false;
	return true;
}

static bool stands_in(const struct item *have, const struct encode_store *store)
{
	return strncmp(have->seen.location, store->path, strlen(store->path)) == 0;
}

bool windows_trust_enable(
    struct host *host, const struct item *have, struct changes *out, struct err *err)
{
	AUTO(registry_value) before = {.type = REGISTRY_ABSENT};
	AUTO(encoded) values = {0};

	if (!stands_in(have, encode_own_store(item_store(have))))
		return err_set(err, ERR_HOST,
		    "%s; it is not this program's to change that: have it enabled there",
		    have->seen.limits);
	return registry_read(
	           windows_registry(host), have->seen.location, ENCODE_BLOB, &before, err) &&
	       encode_enabled(have->seen.location, bytes_span(&before.data), &values, err) &&
	       windows_stage(host, &values, out, err);
}

bool windows_trust_drop(
    struct host *host, const struct item *have, struct changes *out, struct err *err)
{
	for (size_t i = 0; encode_store(i); i++)
		if (encode_store(i)->owner && stands_in(have, encode_store(i)))
			return err_set(err, ERR_HOST,
			    "%s: %s puts it there and would do so again; have it taken out there",
			    text_escape_string(have->seen.location).text, encode_store(i)->owner);
	return windows_stage_gone(host, have->seen.location, ENCODE_BLOB, out, err);
}
