/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Microsoft's trust lists as a host keeps them (formats.md b and e.1): as a value of the registry,
 * which is the one in force where it is there, and as cabinets in the URL caches of those who
 * fetched them. Windows before 8 may have the caches alone, so there they count and are written
 * too; later they only matter when something is wrong, and are evidence.
 *
 * A list that is put there gets the time of its issue as the time of the last look, so Windows
 * looks for a newer one as soon as it can.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/utf16.h"
#include "host/windows/caches.h"
#include "host/windows/windows.h"

enum { WEEK = 7 * 24 * 3600, URL_MAX = 512, FOLDER_MODE = 0755, FILE_MODE = 0644 };

/* Of URL cache entries. */
static const struct {
	const char *cabinet;
	uint32_t object_type;
} rows[] = {
    [CTL_AUTHROOT] = {"authrootstl.cab", 5},
    [CTL_DISALLOWED] = {"disallowedcertstl.cab", 6},
    [CTL_PINRULES] = {"pinrulesstl.cab", 7},
};

/* The first is asked since KB 2677070 (2012). */
static const char *const bases[] = {
    "http://ctldl.windowsupdate.com/msdownload/update/v3/static/trustedr/en/",
    "http://www.download.windowsupdate.com/msdownload/update/v3/static/trustedr/en/",
    "http://download.windowsupdate.com/msdownload/update/v3/static/trustedr/en/",
};
enum { WRITTEN_BASES = 2, BASES = 3 };

/* Windows 7 and before: what it asks, and whether it keeps the list in its registry, depends on its
 * updates. */
static bool looks_into_caches(const struct host *host)
{
	const char *release = facts_value(&host->facts, FACT_RELEASE);

	return release[0] && (strncmp(release, "5.", 2) == 0 || strcmp(release, "6.0") == 0 ||
	                         strcmp(release, "6.1") == 0);
}

/* Says what the list is, or why it cannot be read. */
static void describe(struct host *host, struct items *have, struct item *item, struct span file)
{
	const enum ctl_list list = (enum ctl_list)item->key.which;
	char issue[CTL_ISSUE_TEXT];
	struct err err = {0};
	const struct ctl *ctl = ctls_read(&host->ctls, file, &err);

	item->presence = ITEM_PRESENT;
	item->seen.reading = READING_FAULT;
	if (!ctl) {
		item->note = arena_printf(&have->arena, "%s: %s", item->seen.location, err.text);
		return;
	}
	if (ctl->list != list) {
		item->note = arena_printf(&have->arena, "%s: it is the list %s, not %s",
		    item->seen.location, ctl_list_word(ctl->list), list_words[list]);
		return;
	}
	ctl_issue_text(ctl, issue);
	item->seen.reading = READING_WHOLE;
	item->value = arena_strdup(&have->arena, issue);
	item->content = ctl->file;
	item->ctl = ctl;
}

static bool observe_registry(
    struct host *host, enum ctl_list list, struct items *have, struct err *err)
{
	const struct encode_place place = encode_list_place(list);
	AUTO(registry_value) value = {.type = REGISTRY_ABSENT};
	struct item *item;

	if (!registry_read(windows_registry(host), place.key, place.name, &value, err))
		return false;
	item = items_add(have, key_list(list));
	item->label = "registry";
	item->seen.location = arena_printf(&have->arena, "%s\\%s", place.key, place.name);
	item->value = "";
	if (value.type != REGISTRY_ABSENT)
		describe(host, have, item, bytes_span(&value.data));
	return true;
}

static void observe_cache(struct host *host, const struct cache *cache, const char *url,
    enum ctl_list list, struct items *have)
{
	AUTO(cached) object = {0};
	struct item *item;

	cache_read(&host->root, cache, url, &object);
	if (!object.there)
		return;
	item = items_add(have, key_list(list));
	item->label = arena_printf(&have->arena, "URL cache of %s", cache->context);
	item->seen.location =
	    arena_printf(&have->arena, "%s/Content/%s", object.folder, object.name);
	item->seen.personal = !cache->service;
	item->seen.evidence = item->seen.personal || !looks_into_caches(host);
	if (object.fault[0]) {
		item->presence = ITEM_PRESENT;
		item->seen.reading = READING_FAULT;
		item->note = arena_strdup(&have->arena, object.fault);
	} else if (object.content.size == 0) {
		item->seen.reading = READING_NOTHING;
	} else {
		describe(host, have, item, bytes_span(&object.content));
	}
}

/* A cache that this user may not look into may hold any list. */
static void observe_closed(
    struct host *host, const struct cache *cache, enum ctl_list list, struct items *have)
{
	struct item *item = items_add(have, key_list(list));

	item->seen.reading = READING_CLOSED;
	item->label = arena_printf(&have->arena, "URL cache of %s", cache->context);
	item->seen.location = arena_strdup(&have->arena, cache->folder);
	item->seen.personal = !cache->service;
	item->seen.evidence = item->seen.personal || !looks_into_caches(host);
	item->note =
	    arena_printf(&have->arena, "%s: this user may not look into it", cache->folder);
}

/* The addresses that the host may have fetched the list from; `own` is where its source is set to,
 * or "". */
static const char *address(const char *own, size_t at, enum ctl_list list, char out[URL_MAX])
{
	size_t size = strlen(own);

	if (at < BASES)
		snprintf(out, URL_MAX, "%s%s", bases[at], rows[list].cabinet);
	else
		snprintf(out, URL_MAX, "%s%s%s", own, own[size - 1] == '/' ? "" : "/",
		    rows[list].cabinet);
	return out;
}

static bool read_own(struct host *host, struct arena *arena, const char **out, struct err *err)
{
	const struct encode_place place = encode_update_place(UPDATE_SOURCE);
	AUTO(registry_value) value = {.type = REGISTRY_ABSENT};
	const char *text;

	if (!registry_read(windows_registry(host), place.key, place.name, &value, err))
		return false;
	text = registry_text(&value, arena);
	*out = text && strncmp(text, "http", 4) == 0 ? text : "";
	return true;
}

bool windows_lists_observe(
    struct host *host, const struct observing *how, struct items *have, struct err *err)
{
	AUTO(caches) caches = {0};
	char url[URL_MAX];
	const char *own;

	if (!read_own(host, &have->arena, &own, err) ||
	    !caches_find(&host->root, how->thorough, &caches, err))
		return false;
	for (enum ctl_list list = 0; list < COUNT(rows); list++) {
		if (!observe_registry(host, list, have, err))
			return false;
		for (size_t i = 0; i < caches.count; i++) {
			if (caches.list[i].closed)
				observe_closed(host, &caches.list[i], list, have);
			for (size_t j = 0; !caches.list[i].closed && j < BASES + (*own != 0); j++)
				observe_cache(
				    host, &caches.list[i], address(own, j, list, url), list, have);
		}
	}
	return true;
}

/* --- putting one there --- */

/* An offered list, on its way. */
struct offer {
	struct host *host;
	const struct item *want; /* its content as the bundle holds it: a list or a cabinet */
	struct changes *out;
};

/* Whether what stands in a place may give way; what cannot be read always may. What is not to be
 * trusted the engine has told apart: `replace` says so then. */
static bool is_due(const struct offer *offer, struct span there)
{
	struct err err = {0};
	const struct ctl *ctl = there.size ? ctls_read(&offer->host->ctls, there, &err) : NULL;

	return !ctl || ctl->list != offer->want->key.which ||
	       ctl_replaces(offer->want->ctl, ctl, (enum ctl_replace)offer->want->asked.replace);
}

static bool put_registry(struct offer *offer, struct err *err)
{
	const struct encode_place place = encode_list_place((enum ctl_list)offer->want->key.which);
	AUTO(registry_value) value = {.type = REGISTRY_ABSENT};
	AUTO(encoded) values = {0};

	if (!registry_read(windows_registry(offer->host), place.key, place.name, &value, err))
		return false;
	if (!is_due(offer, bytes_span(&value.data)))
		return true;
	return encode_item(offer->want, ENCODE_MACHINE, &values, err) &&
	       windows_stage(offer->host, &values, offer->out, err);
}

static void write_meta(const struct offer *offer, const char *url, struct bytes *out)
{
	AUTO(bytes) utf16 = {0};
	const struct item *want = offer->want;
	uint64_t time = clock_to_filetime(want->ctl->this_update);

	utf16_from_text(&utf16, url);
	bytes_add_little(&utf16, 0, 2);
	urlcache_write(&(struct urlcache){.last_sync = time,
	                   .this_update = time,
	                   .next_update = clock_to_filetime(want->ctl->this_update + WEEK),
	                   .last_modified = time,
	                   .object_type = rows[want->key.which].object_type,
	                   .max_age = WEEK,
	                   .content_size = (uint32_t)want->content.size,
	                   .url = bytes_span(&utf16)},
	    out);
}

static bool stage_file(struct offer *offer, const char *path, struct span content, struct err *err)
{
	struct file_state before = {0};
	struct file_state after = {.type = FILE_REGULAR,
	    .mode = FILE_MODE,
	    .uid = FILE_OWNER_SELF,
	    .gid = FILE_OWNER_SELF,
	    .content = bytes_copy(content)};

	if (!offer->host->ops->capture(offer->host, path, &before, err)) {
		file_state_release(&after);
		return false;
	}
	if (before.type == FILE_REGULAR) {
		after.mode = before.mode;
		after.uid = before.uid;
		after.gid = before.gid;
	}
	changes_add(offer->out, path, &before, &after);
	return true;
}

static bool put_cache(
    struct offer *offer, const struct cache *cache, const char *url, bool make, struct err *err)
{
	AUTO(cached) there = {0};
	AUTO(bytes) meta = {0};
	const char *content, *entry;

	cache_read(&offer->host->root, cache, url, &there);
	if (!there.there && !make)
		return true;
	if (there.there && !there.fault[0] && !is_due(offer, bytes_span(&there.content)))
		return true;
	if (ctl_looks(offer->want->content))
		return err_set(err, ERR_HOST,
		    "this release looks for the list in its URL caches, which hold cabinets: put %s"
		    " into the bundle instead of the bare list",
		    rows[offer->want->key.which].cabinet);
	content = arena_printf(&offer->out->arena, "%s/Content/%s", cache->folder, there.name);
	entry = arena_printf(&offer->out->arena, "%s/MetaData/%s", cache->folder, there.name);
	changes_add_folders(offer->out, &offer->host->root,
	    arena_printf(&offer->out->arena, "%s/Content", cache->folder), FOLDER_MODE);
	changes_add_folders(offer->out, &offer->host->root,
	    arena_printf(&offer->out->arena, "%s/MetaData", cache->folder), FOLDER_MODE);
	write_meta(offer, url, &meta);
	return stage_file(offer, content, offer->want->content, err) &&
	       stage_file(offer, entry, bytes_span(&meta), err);
}

static bool put_caches(struct offer *offer, struct err *err)
{
	AUTO(caches) caches = {0};
	char url[URL_MAX];

	if (!caches_find(&offer->host->root, false, &caches, err))
		return false;
	for (size_t i = 0; i < caches.count; i++)
		for (size_t j = 0; j < BASES; j++)
			if (!caches.list[i].windows_xp &&
			    !put_cache(offer, &caches.list[i],
			        address("", j, (enum ctl_list)offer->want->key.which, url),
			        j < WRITTEN_BASES, err))
				return false;
	return true;
}

bool windows_lists_put(
    struct host *host, const struct item *want, struct changes *out, struct err *err)
{
	struct offer offer = {.host = host, .want = want, .out = out};

	if (!want->ctl)
		return err_set(err, ERR_HOST, "the list itself is not at hand");
	return put_registry(&offer, err) && (!looks_into_caches(host) || put_caches(&offer, err));
}
