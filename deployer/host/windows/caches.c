/* SPDX-License-Identifier: Apache-2.0 */
#include "host/windows/caches.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/utf16.h"
#include "host/windows/volume.h"

static const struct {
	const char *context, *profile;
} services[] = {
    {"SYSTEM", "/Windows/System32/config/systemprofile"},
    {"SYSTEM (32-bit)", "/Windows/SysWOW64/config/systemprofile"},
    {"LocalService", "/Windows/ServiceProfiles/LocalService"},
    {"NetworkService", "/Windows/ServiceProfiles/NetworkService"},
    {"LocalService", "/Documents and Settings/LocalService"},
    {"NetworkService", "/Documents and Settings/NetworkService"},
};

static bool is_service(const char *profile)
{
	for (size_t i = 0; i < COUNT(services); i++)
		if (strcmp(services[i].profile, profile) == 0)
			return true;
	return false;
}

static void add(struct caches *out, const struct cache *cache)
{
	out->list = mem_grow(out->list, &out->capacity, out->count + 1, sizeof(*out->list));
	out->list[out->count++] = *cache;
}

/* One of its halves is enough. */
static bool is_closed(struct root *root, const char *folder)
{
	AUTO(arena) arena = {0};

	return folder_is_closed(root, folder) ||
	       folder_is_closed(root, arena_printf(&arena, "%s/MetaData", folder)) ||
	       folder_is_closed(root, arena_printf(&arena, "%s/Content", folder));
}

static void add_profile(
    struct root *root, const char *context, const char *profile, bool service, struct caches *out)
{
	static const char *const places[] = {CACHE_VISTA, CACHE_XP};

	for (size_t i = 0; i < COUNT(places); i++) {
		const char *path = arena_printf(&out->arena, "%s%s", profile, places[i]);
		const char *folder = volume_find(root, path, &out->arena);
		struct cache cache = {.context = context, .service = service, .windows_xp = i > 0};

		if (folder && file_type(root, folder) != FILE_FOLDER)
			continue;
		cache.closed = folder ? is_closed(root, folder) : volume_is_closed(root, path);
		cache.folder = folder ? folder : path;
		if (folder || cache.closed)
			add(out, &cache);
		/* a closed folder closes both halves */
		if (cache.closed)
			return;
	}
}

/* Links ("All Users") lead to folders that are listed under their own name. */
static bool add_users(struct root *root, struct caches *out, struct err *err)
{
	static const char *const places[] = {"/Users", "/Documents and Settings"};
	struct arena *arena = &out->arena;

	for (size_t i = 0; i < COUNT(places); i++) {
		const char *place = volume_find(root, places[i], arena);
		AUTO(folder) folder = {.fd = -1};

		if (!place || file_type(root, place) != FILE_FOLDER)
			continue;
		if (!folder_open(root, place, &folder, err))
			return false;
		for (size_t j = 0; j < folder.count; j++) {
			const char *name = folder.entries[j].name;

			if (folder.entries[j].type == FILE_FOLDER &&
			    !is_service(arena_printf(arena, "%s/%s", places[i], name)))
				add_profile(root,
				    arena_printf(arena, "user %s", text_escape_string(name).text),
				    arena_printf(arena, "%s/%s", place, name), false, out);
		}
	}
	return true;
}

bool caches_find(struct root *root, bool users, struct caches *out, struct err *err)
{
	for (size_t i = 0; i < COUNT(services); i++)
		add_profile(root, services[i].context, services[i].profile, true, out);
	return !users || add_users(root, out, err);
}

void caches_release(struct caches *caches)
{
	free(caches->list);
	arena_release(&caches->arena);
	*caches = (struct caches){0};
}

static bool same_url(struct span utf16, const char *url)
{
	AUTO(text) text = {0};

	utf16_add_text(&text, utf16);
	return strcmp(text_string(&text), url) == 0;
}

static bool read_half(
    struct root *root, const char *path, size_t max, struct bytes *out, struct err *err)
{
	if (file_type(root, path) != FILE_REGULAR)
		return err_set(err, ERR_IO, "%s is no regular file", text_escape_string(path).text);
	return file_read(root, path, max, out, err);
}

static bool read_both(struct root *root, const char *meta, const char *content, const char *url,
    struct cached *out, struct err *err)
{
	if (!read_half(root, meta, URLCACHE_MAX_BYTES, &out->meta, err))
		return false;
	if (!urlcache_parse(bytes_span(&out->meta), &out->entry, err))
		return err_wrap(err, "%s", text_escape_string(meta).text);
	if (!same_url(out->entry.url, url))
		return err_set(err, ERR_FORMAT, "%s: it is the entry of another address",
		    text_escape_string(meta).text);
	if (out->entry.content_size == 0)
		return true;
	if (!read_half(root, content, URLCACHE_MAX_CONTENT, &out->content, err))
		return false;
	if (out->content.size != out->entry.content_size)
		return err_set(err, ERR_FORMAT, "%s: %zu bytes, but its entry says %u",
		    text_escape_string(content).text, out->content.size, out->entry.content_size);
	return true;
}

void cache_read(struct root *root, const struct cache *cache, const char *url, struct cached *out)
{
	AUTO(arena) arena = {0};
	struct err err = {0};
	const char *meta, *content;

	*out = (struct cached){.folder = cache->folder};
	urlcache_name(url, out->name);
	/* Windows writes both names in one way only */
	meta = arena_printf(&arena, "%s/MetaData/%s", cache->folder, out->name);
	content = arena_printf(&arena, "%s/Content/%s", cache->folder, out->name);
	if (file_type(root, meta) == FILE_ABSENT)
		return;
	out->there = true;
	if (!read_both(root, meta, content, url, out, &err))
		snprintf(out->fault, sizeof(out->fault), "%s", err.text);
}

void cached_release(struct cached *cached)
{
	bytes_release(&cached->meta);
	bytes_release(&cached->content);
	*cached = (struct cached){0};
}
