/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/layouts/hash_folder.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "model/der.h"
#include "formats/pem.h"
#include "host/linux/access.h"
#include "host/linux/layouts/debian.h"
#include "host/linux/layouts/loader.h"

/* One pass. */
struct reading {
	struct host *host;
	struct hash_folders *out;
	const char *path; /* of the folder that is read */
	const char *tail; /* the last two names of the folder that a tool makes, or NULL */
	bool made;        /* this is that folder */
	struct stat known[HASH_FOLDERS];
	size_t known_count;
	struct bytes content, der;
};

/* "/pem/directory-hash/": a link may lead there from anywhere, also through other links. */
static const char *tail_of(const char *path, struct arena *arena)
{
	const char *at = path + strlen(path);

	for (int names = 0; at > path && names < 2;)
		names += *--at == '/';
	return arena_printf(arena, "%s/", at);
}

static bool is_known(struct reading *reading, const struct folder *folder)
{
	struct stat st;

	if (fstat(folder->fd, &st) != 0)
		return false;
	for (size_t i = 0; i < reading->known_count; i++)
		if (reading->known[i].st_dev == st.st_dev && reading->known[i].st_ino == st.st_ino)
			return true;
	reading->known[reading->known_count++] = st;
	return false;
}

static void list_links(struct reading *reading, const struct folder *folder)
{
	struct hash_folders *out = reading->out;
	char target[4096];

	for (size_t i = 0; i < folder->count; i++) {
		struct hash_link link = {.folder = reading->path, .made = reading->made};
		const char *name = folder->entries[i].name;

		if (!loader_reads(name, &link.hash))
			continue;
		if (!debian_is_hash_link(name, &link.hash, &link.number))
			link.number = HASH_NUMBER_NONE;
		link.name = arena_strdup(&out->arena, name);
		if (folder_read_link(folder, name, target, sizeof(target)))
			link.target = arena_strdup(&out->arena, target);
		link.made = link.made ||
		            (link.target && reading->tail && strstr(link.target, reading->tail));
		out->links = mem_grow(
		    out->links, &out->link_capacity, out->link_count + 1, sizeof(*out->links));
		out->links[out->link_count++] = link;
	}
}

static int by_number(const void *a, const void *b)
{
	const struct hash_link *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static struct hash_shown *add_shown(
    struct reading *reading, size_t link, struct span der, const struct cert_seen *seen)
{
	struct hash_folders *out = reading->out;
	struct hash_shown *shown;

	out->shown =
	    mem_grow(out->shown, &out->shown_capacity, out->shown_count + 1, sizeof(*out->shown));
	shown = &out->shown[out->shown_count];
	*shown = (struct hash_shown){
	    .link = link, .not_after = seen->not_after, .rejects = seen->rejects};
	memcpy(shown->sha256, seen->sha256, SHA256_SIZE);
	shown->order = out->shown_count++;
	shown->label = arena_strdup(&out->arena, seen->label);
	shown->der = (struct span){arena_copy(&out->arena, der.data, seen->size), seen->size};
	return shown;
}

/* Adds the certificates in the file of a link; false when OpenSSL reads no further. */
static bool show_link(struct reading *reading, size_t at)
{
	struct hash_link *link = &reading->out->links[at];
	const char *path = arena_printf(&reading->out->arena, "%s/%s", link->folder, link->name);
	struct err err = {0};
	struct span rest;
	bool trusted;

	if (!file_read(&reading->host->root, path, LINUX_SOURCE_MAX, &reading->content, &err)) {
		if (err.denied)
			reading->out->denied = path;
		return false;
	}
	rest = pem_of_file(bytes_span(&reading->content));
	while (
	    pem_next_certificate(&rest, &reading->der, &trusted, &err) && reading->der.size > 0) {
		struct span der = bytes_span(&reading->der);
		struct cert_seen seen;

		if (!cert_see(der, true, &seen, &err))
			return false;
		link->certificates++;
		add_shown(reading, at, der, &seen)->beside = seen.hash != link->hash;
	}
	return link->certificates > 0 && err.code == ERR_NONE;
}

/* For a link that no number leads to, or at which the search by number stops: adds what the loader
 * of files finds by it, without what that search found before it stopped. */
static void show_beyond(struct reading *reading, size_t at)
{
	struct hash_link *link = &reading->out->links[at];
	const char *path = arena_printf(&reading->out->arena, "%s/%s", link->folder, link->name);
	size_t found = link->certificates, count = 0;
	struct hash_shown *shown;
	struct err err = {0};
	struct cert_seen seen;
	struct span rest;

	if (!file_read(&reading->host->root, path, LINUX_SOURCE_MAX, &reading->content, &err)) {
		if (err.denied)
			reading->out->denied = path;
		return;
	}
	rest = loader_begin(bytes_span(&reading->content));
	while (loader_next(&rest, &reading->der, &seen)) {
		if (count++ < found)
			continue;
		link->certificates = count;
		link->beyond = link->beyond || found == 0;
		shown = add_shown(reading, at, bytes_span(&reading->der), &seen);
		shown->beside = seen.hash != link->hash;
		shown->beyond = true;
		shown->raw = *reading->content.data == DER_SEQUENCE;
	}
}

/* The links of one hash: first as far as the search by number reads them. */
static void show_links(struct reading *reading, size_t first, size_t end)
{
	size_t i = first;

	while (i < end && reading->out->links[i].number == i - first && show_link(reading, i))
		i++;
	for (; i < end; i++)
		show_beyond(reading, i);
}

static bool read_folder(struct reading *reading, struct err *err)
{
	struct hash_folders *out = reading->out;
	size_t first = out->link_count;
	AUTO(folder) folder = {.fd = -1};

	if (!folder_open(&reading->host->root, reading->path, &folder, err))
		return false;
	if (folder.fd < 0 || is_known(reading, &folder))
		return true;
	list_links(reading, &folder);
	if (out->link_count - first > 1)
		qsort(out->links + first, out->link_count - first, sizeof(*out->links), by_number);
	for (size_t i = first, next; i < out->link_count; i = next) {
		for (next = i + 1; next < out->link_count; next++)
			if (out->links[next].hash != out->links[i].hash)
				break;
		show_links(reading, i, next);
	}
	return true;
}

static int by_digest(const void *a, const void *b)
{
	const struct hash_shown *x = a, *y = b;
	int order = memcmp(x->sha256, y->sha256, SHA256_SIZE);

	if (order == 0)
		order = x->beside != y->beside ? x->beside - y->beside : x->beyond - y->beyond;
	return order ? order : (x->order > y->order) - (x->order < y->order);
}

bool hash_folders_read(struct host *host, const char *const *paths, bool made,
    struct hash_folders *out, struct err *err)
{
	struct hash_folders folders = {0};
	struct reading reading = {.host = host, .out = &folders};
	bool ok = true;

	if (made)
		reading.tail = tail_of(paths[0], &folders.arena);
	for (size_t i = 0; ok && i < HASH_FOLDERS && paths[i]; i++) {
		reading.path = paths[i];
		reading.made = made && i == 0;
		ok = read_folder(&reading, err);
	}
	bytes_release(&reading.content);
	bytes_release(&reading.der);
	if (folders.shown_count > 1)
		qsort(folders.shown, folders.shown_count, sizeof(*folders.shown), by_digest);
	if (ok)
		*out = folders;
	else
		hash_folders_release(&folders);
	return ok;
}

void hash_folders_release(struct hash_folders *folders)
{
	free(folders->links);
	free(folders->shown);
	arena_release(&folders->arena);
	*folders = (struct hash_folders){0};
}

const struct hash_shown *hash_folders_first(
    const struct hash_folders *folders, const uint8_t sha256[SHA256_SIZE], size_t *count)
{
	const struct hash_shown *first =
	    digest_find(folders->shown, folders->shown_count, sizeof(*first), sha256);
	const struct hash_shown *end = folders->shown + folders->shown_count;

	for (*count = 0; first && first + *count < end; ++*count)
		if (memcmp(first[*count].sha256, sha256, SHA256_SIZE) != 0)
			break;
	return first;
}

const struct hash_shown *hash_folders_find(
    const struct hash_folders *folders, const uint8_t sha256[SHA256_SIZE], bool foreign)
{
	size_t count;
	const struct hash_shown *first = hash_folders_first(folders, sha256, &count);

	for (size_t i = 0; i < count; i++)
		if (!first[i].rejects && !(foreign && folders->links[first[i].link].made))
			return &first[i];
	return NULL;
}

const char *hash_folders_file(
    const struct hash_folders *folders, const struct hash_shown *shown, struct arena *arena)
{
	const struct hash_link *link = &folders->links[shown->link];

	if (link->target && *link->target == '/')
		return arena_strdup(arena, link->target);
	return arena_printf(arena, "%s/%s", link->folder,
	    link->target && !strchr(link->target, '/') ? link->target : link->name);
}

const char *hash_folders_readers(
    const struct hash_folders *folders, const struct hash_shown *shown, struct arena *arena)
{
	if (shown->beyond)
		return "with OpenSSL's default paths, such as Python,";
	return arena_printf(arena, "that read the folder %s", folders->links[shown->link].folder);
}

bool hash_folders_lead(const struct hash_folders *folders, const struct hash_link *link)
{
	for (size_t i = 0; i < folders->shown_count; i++) {
		const struct hash_link *other = &folders->links[folders->shown[i].link];

		if (!folders->shown[i].beyond && !folders->shown[i].beside &&
		    other->hash == link->hash && strcmp(other->folder, link->folder) == 0)
			return true;
	}
	return false;
}

const struct hash_shown *hash_folders_hides(const struct hash_folders *folders, const char *folder,
    uint32_t hash, const struct hash_shown *last)
{
	const struct hash_shown *end = folders->shown + folders->shown_count;

	for (const struct hash_shown *shown = last ? last + 1 : folders->shown; shown < end;
	     shown++) {
		const struct hash_link *link = &folders->links[shown->link];

		if (shown->beyond && !shown->beside && !shown->rejects && link->hash == hash &&
		    strcmp(link->folder, folder) == 0 && !hash_folders_lead(folders, link))
			return shown;
	}
	return NULL;
}

static bool capture(struct host *host, const struct hash_link *link, struct arena *arena,
    struct file_state *out, struct err *err)
{
	return file_capture(&host->root, arena_printf(arena, "%s/%s", link->folder, link->name),
	    LINUX_SOURCE_MAX, out, err);
}

/* Gives the first numbers to the links of a hash that stay, from the lowest on: each is there until
 * its old place is taken. */
static bool renumber(struct hash_folders *folders, struct host *host, size_t first,
    struct changes *out, struct err *err)
{
	const struct hash_link *list = folders->links;
	size_t end = first, from = first;

	while (end < folders->link_count && list[end].certificates > 0 && !list[end].beyond &&
	       list[end].folder == list[first].folder && list[end].hash == list[first].hash)
		end++;
	for (size_t i = first; i < end; i++, from++) {
		AUTO(file_state) before = {0};
		AUTO(file_state) after = {0};

		while (from < end && list[from].gone)
			from++;
		if (!capture(host, &list[i], &out->arena, &before, err) ||
		    (from < end && !capture(host, &list[from], &out->arena, &after, err)))
			return false;
		changes_add(out, arena_printf(&out->arena, "%s/%s", list[i].folder, list[i].name),
		    &before, &after);
	}
	return true;
}

/* The file behind a link that has gone, where the tool made both. */
static bool remove_file(struct hash_folders *folders, struct host *host,
    const struct hash_link *gone, struct changes *out, struct err *err)
{
	if (!gone->target || strchr(gone->target, '/'))
		return true;
	for (size_t i = 0; i < folders->link_count; i++) {
		const struct hash_link *other = &folders->links[i];

		if (!other->gone && other->folder == gone->folder && other->target &&
		    strcmp(other->target, gone->target) == 0)
			return true;
	}
	return linux_remove_file(
	    host, arena_printf(&out->arena, "%s/%s", gone->folder, gone->target), out, err);
}

static bool cut_link(struct hash_folders *folders, struct host *host, size_t at,
    struct changes *out, struct err *err)
{
	struct hash_link *link = &folders->links[at];
	size_t first = at;

	if (link->gone)
		return true;
	if (link->certificates > 1)
		return err_set(err, ERR_HOST,
		    "%s/%s holds other certificates too: change it by hand", link->folder,
		    link->name);
	link->gone = true;
	while (first > 0 && folders->links[first - 1].folder == link->folder &&
	       folders->links[first - 1].hash == link->hash)
		first--;
	/* an entry to which no number leads goes alone */
	return (link->beyond
	               ? linux_remove_file(host,
	                     arena_printf(&out->arena, "%s/%s", link->folder, link->name), out, err)
	               : renumber(folders, host, first, out, err)) &&
	       (!link->made || remove_file(folders, host, link, out, err));
}

bool hash_folders_cut(struct hash_folders *folders, struct host *host,
    const uint8_t sha256[SHA256_SIZE], enum hash_cut what, struct changes *out, struct err *err)
{
	size_t count;
	const struct hash_shown *first = hash_folders_first(folders, sha256, &count);

	for (size_t i = 0; i < count; i++) {
		bool made = folders->links[first[i].link].made;

		if ((what == HASH_CUT_FOREIGN && made) || (what == HASH_CUT_MADE && !made))
			continue;
		if (!cut_link(folders, host, first[i].link, out, err))
			return false;
	}
	return true;
}

void hash_folders_observe_denied(const struct hash_folders *folders, struct items *have)
{
	uint8_t sha256[SHA256_SIZE];
	struct item *item;

	if (!folders->denied)
		return;
	digest_sha256(span_text(folders->denied), sha256);
	item = items_add_certificate(have, STORE_ROOT, sha256);
	item->label = "";
	item->seen.location = arena_strdup(&have->arena, folders->denied);
	item->presence = ITEM_PENDING;
	access_deny(item, folders->denied, "what programs trust by it", &have->arena);
}
