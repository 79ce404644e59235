/* SPDX-License-Identifier: Apache-2.0 */
#include "host/windows/windows.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/windows/caches.h"
#include "host/windows/volume.h"

enum { PLACE_FILE_MAX = 256 * 1024 * 1024 };

bool windows_present(struct root *root)
{
	AUTO(arena) arena = {0};

	return volume_find(root, "/Windows/System32/config/SOFTWARE", &arena) != NULL;
}

/* --- places --- */

static bool is_key(const char *place)
{
	return place[strlen(place) - 1] == '\\';
}

/* The path of a place's key, and the name of its value behind it. */
static const char *split_place(const char *place, struct arena *arena, const char **name)
{
	const char *last = strrchr(place, '\\');

	*name = last + 1;
	return arena_strndup(arena, place, (size_t)(last - place));
}

static bool capture_key(
    struct registry *registry, const char *path, struct file_state *out, struct err *err)
{
	struct registry_key key;

	if (!registry->ops->open_key(registry, path, &key, err))
		return false;
	*out = (struct file_state){.type = key.hive ? FILE_FOLDER : FILE_ABSENT,
	    .uid = FILE_OWNER_SELF,
	    .gid = FILE_OWNER_SELF};
	registry->ops->close_key(&key);
	return true;
}

static bool capture(struct host *host, const char *place, struct file_state *out, struct err *err)
{
	struct registry *registry = windows_registry(host);
	AUTO(registry_value) value = {.type = REGISTRY_ABSENT};
	AUTO(arena) arena = {0};
	const char *name, *path;

	if (changes_is_file(place))
		return file_capture(&host->root, place, PLACE_FILE_MAX, out, err);
	path = split_place(place, &arena, &name);
	if (is_key(place))
		return capture_key(registry, path, out, err);
	if (!registry_read(registry, path, name, &value, err))
		return false;
	*out = (struct file_state){.uid = FILE_OWNER_SELF, .gid = FILE_OWNER_SELF};
	if (value.type == REGISTRY_ABSENT)
		return true;
	out->type = FILE_REGULAR;
	out->mode = (unsigned)value.type;
	out->content = TAKE(value.data);
	return true;
}

static bool set(
    struct host *host, const char *place, const struct file_state *state, struct err *err)
{
	struct registry *registry = windows_registry(host);
	struct registry_value value = {.type = state->mode, .data = state->content};
	AUTO(arena) arena = {0};
	const char *name, *path;

	if (changes_is_file(place))
		return file_set(&host->root, place, state, err);
	path = split_place(place, &arena, &name);
	if (state->type == FILE_ABSENT)
		return is_key(place) ? registry->ops->delete_key(registry, path, err)
		                     : registry->ops->delete_value(registry, path, name, err);
	if (is_key(place))
		return registry->ops->create_key(registry, path, err);
	return registry->ops->write(registry, path, name, &value, err);
}

/* The changes of keys that are missing on the way to `path`. */
static bool stage_keys(struct host *host, struct changes *out, const char *path, struct err *err)
{
	for (const char *end = strchr(strchr(path, '\\') + 1, '\\'); end;
	     end = strchr(end + 1, '\\')) {
		const char *place = arena_strndup(&out->arena, path, (size_t)(end - path) + 1);
		struct file_state before = {0};
		struct file_state after = {
		    .type = FILE_FOLDER, .uid = FILE_OWNER_SELF, .gid = FILE_OWNER_SELF};

		if (!capture(host, place, &before, err))
			return false;
		changes_add(out, place, &before, &after);
	}
	return true;
}

bool windows_stage(struct host *host, struct changes *out, const char *path, const char *name,
    struct registry_value *after, struct err *err)
{
	const char *place = arena_printf(&out->arena, "%s\\%s", path, name);
	bool gone = after->type == REGISTRY_ABSENT;
	struct file_state before = {0};
	struct file_state state = {.type = gone ? FILE_ABSENT : FILE_REGULAR,
	    .mode = gone ? 0 : (unsigned)after->type,
	    .uid = FILE_OWNER_SELF,
	    .gid = FILE_OWNER_SELF,
	    .content = TAKE(after->data)};

	if (!capture(host, place, &before, err) ||
	    (!gone && !stage_keys(host, out, arena_printf(&out->arena, "%s\\", path), err))) {
		file_state_release(&state);
		return false;
	}
	changes_add(out, place, &before, &state);
	return true;
}

/* Whether a change of the list takes away `path`\`name`. */
static bool is_leaving(const struct changes *out, const char *path, const char *name)
{
	AUTO(arena) arena = {0};
	const struct change *change = changes_peek(out, arena_printf(&arena, "%s\\%s", path, name));

	return change && change->after.type == FILE_ABSENT;
}

bool windows_stage_prune(struct host *host, struct changes *out, const char *path, struct err *err)
{
	struct registry *registry = windows_registry(host);
	AUTO(registry_names) values = {0};
	AUTO(registry_names) keys = {0};
	struct file_state before = {
	    .type = FILE_FOLDER, .uid = FILE_OWNER_SELF, .gid = FILE_OWNER_SELF};
	struct file_state after = {0};
	struct registry_key key;
	size_t left;

	if (!registry->ops->open_key(registry, path, &key, err))
		return false;
	if (!registry->ops->list_values(&key, &values, err) ||
	    !registry->ops->list_keys(&key, &keys, err)) {
		registry->ops->close_key(&key);
		return false;
	}
	left = keys.count;
	for (size_t i = 0; i < values.count; i++)
		left += !is_leaving(out, path, values.list[i].name);
	if (key.hive && left == 0)
		changes_add(out, arena_printf(&out->arena, "%s\\", path), &before, &after);
	registry->ops->close_key(&key);
	return true;
}

/* --- the backend --- */

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
	/* the registry holds certificates and switches as they are wanted */
	if (want->key.kind == ITEM_PROXY)
		windows_proxy_express(host, want, arena);
	if (want->key.kind == ITEM_CTL)
		windows_lists_express(host, want);
}

static bool put(struct host *host, const struct item *want, const struct item *have,
    struct changes *out, struct err *err)
{
	if (want->key.kind == ITEM_PROXY)
		return windows_proxy_put(host, want, out, err);
	if (want->key.kind == ITEM_AUTO_UPDATE)
		return windows_update_put(host, want, out, err);
	if (want->key.kind == ITEM_CTL)
		return windows_lists_put(host, want, out, err);
	return windows_trust_put(host, want, have, out, err);
}

/* Settings are never dropped: each has a value that is that of none. */
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
    .capture = capture,
    .set = set,
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
