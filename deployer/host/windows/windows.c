/* SPDX-License-Identifier: Apache-2.0 */
#include "host/windows/windows.h"

#include <stdlib.h>

#include "host/windows/caches.h"

static bool observe(struct host *host, enum item_kind kind, const struct observing *how,
    struct items *have, struct err *err)
{
	switch (kind) {
	case ITEM_CERTIFICATE:
		return windows_trust_observe(host, how, have, err);
	case ITEM_PROXY:
		return windows_proxy_observe(host, how, have, err);
	case ITEM_CTL:
		return !how->lists || windows_lists_observe(host, how, have, err);
	case ITEM_AUTO_UPDATE:
		return windows_update_observe(host, have, err);
	default:
		return true;
	}
}

static void express(struct host *host, struct item *want, struct arena *arena)
{
	encode_express(want, facts_value(&host->facts, FACT_RELEASE), arena);
}

static bool put(struct host *host, const struct item *want, const struct item *have,
    struct changes *out, struct err *err)
{
	AUTO(encoded) values = {0};

	if (want->key.kind == ITEM_CTL)
		return windows_lists_put(host, want, out, err);
	if (have && have->presence == ITEM_DISABLED)
		return windows_trust_enable(host, have, out, err);
	return encode_item(want, ENCODE_MACHINE, &values, err) &&
	       windows_stage(host, &values, out, err);
}

/* Settings are never dropped: each has a value that means none. */
static bool drop(struct host *host, const struct item *have, struct changes *out, struct err *err)
{
	return windows_trust_drop(host, have, out, err);
}

/* Nothing on Windows follows from something else. */
static bool derive(
    struct host *host, const struct changes *leaving, struct changes *out, struct err *err)
{
	(void)host, (void)leaving, (void)out, (void)err;
	return true;
}

static bool publish(
    struct host *host, const struct changes *done, struct text *notes, struct err *err)
{
	(void)host, (void)done, (void)notes, (void)err;
	return true;
}

static bool sync_host(struct host *host, struct err *err)
{
	static const char *const written[] = {"/"};
	struct registry *registry = windows_registry(host);

	return registry->ops->commit(registry, err) &&
	       root_sync(&host->root, written, COUNT(written), err);
}

static void close_host(struct host *host)
{
	registry_close(windows_registry(host));
	free(host->data);
	host->data = NULL;
}

static bool cached(struct host *host, const char *url, struct bytes *out, struct err *err)
{
	AUTO(caches) caches = {0};

	if (!caches_find(&host->root, false, &caches, err))
		return false;
	for (size_t i = 0; i < caches.count && out->size == 0; i++) {
		AUTO(cached) object = {0};

		cache_read(&host->root, &caches.list[i], url, &object);
		if (object.there && !object.fault[0])
			*out = TAKE(object.content);
	}
	return true;
}

#define CACHES(profile) "~" profile CACHE_VISTA "/", "~" profile CACHE_XP "/"

/* Those of trust.c, lists.c, update.c and proxy.c; of files the caches of services (caches.c). */
static const char *const places[] = {"HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\",
    "HKLM\\SOFTWARE\\Policies\\Microsoft\\SystemCertificates\\",
    "HKLM\\SOFTWARE\\Microsoft\\EnterpriseCertificates\\",
    "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\",
    "HKLM\\SOFTWARE\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\",
    "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\",
    CACHES("/Windows/System32/config/systemprofile"),
    CACHES("/Windows/SysWOW64/config/systemprofile"),
    CACHES("/Windows/ServiceProfiles/LocalService"),
    CACHES("/Windows/ServiceProfiles/NetworkService"),
    CACHES("/Documents and Settings/LocalService"),
    CACHES("/Documents and Settings/NetworkService"), NULL};

static const struct host_ops windows_ops = {
    .places = places,
    .name = "windows",
    .kinds = (1u << ITEM_HOST_KINDS) - 1,
    .observe = observe,
    .express = express,
    .put = put,
    .drop = drop,
    .derive = derive,
    .publish = publish,
    .capture = windows_capture,
    .set = windows_set,
    .sync = sync_host,
    .cached = cached,
    .close = close_host,
};

bool windows_open(
    struct host *host, const char *root, registry_opener *open_registry, struct err *err)
{
	struct windows *windows = mem_alloc(sizeof(*windows));

	host->data = windows;
	if (!open_registry(root, &windows->registry, err)) {
		free(windows);
		return false;
	}
	if (!windows_read_facts(host, root, err)) {
		close_host(host);
		facts_release(&host->facts);
		return false;
	}
	host->ops = &windows_ops;
	return true;
}
