/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL's folder of certificates, read as X509_LOOKUP_hash_dir does (by_dir.c and by_file.c of
 * OpenSSL 3.0); entries that it does not reach are read as OpenSSL's loader of files does
 * (loader.h). Entries that lead through NAME.pem to a source that has been read cost two readlink
 * each; all others are opened and read.
 */
#include "host/linux/layouts/debian.h"
#include "host/linux/layouts/loader.h"

#include <limits.h>
#include <stdlib.h>

#include "formats/pem.h"

/* The link of a source, by the name that Debian's tool gives it. */
struct link_name {
	const char *name;
	size_t source;
	const char *target; /* where that link leads; NULL: there is none */
};

/* An entry that is called like a hash link. */
struct entry {
	const char *name;
	uint32_t hash;
	unsigned number; /* HASH_NUMBER_NONE: only the loader of files reads such a name */
	bool link;
};

struct looking {
	struct host *host;
	struct sources *sources;
	struct folder folder; /* in no order */
	struct link_name *links;
	size_t link_count;
	size_t *slots; /* of names: places in `links`, or `link_count` */
	size_t slot_count;
	struct entry *entries;
	size_t entry_count;
	struct shown_list *out;
};

static int by_link(const void *a, const void *b)
{
	const struct link_name *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->source > y->source) - (x->source < y->source);
}

static size_t slot_of(const struct looking *at, const char *name)
{
	uint32_t hash = 2166136261; /* FNV-1a */

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * 16777619;
	return hash % at->slot_count;
}

/* With a thousand hash links it is asked for a thousand names. */
static void index_links(struct looking *at)
{
	at->slot_count = 2 * at->link_count + 1;
	at->slots = mem_alloc(at->slot_count * sizeof(*at->slots));
	for (size_t i = 0; i < at->slot_count; i++)
		at->slots[i] = at->link_count;
	for (size_t i = 0; i < at->link_count; i++) {
		size_t slot = slot_of(at, at->links[i].name);

		while (at->slots[slot] < at->link_count)
			slot = (slot + 1) % at->slot_count;
		at->slots[slot] = i;
	}
}

/* The first of the links of that name; `link_count` when there is none. */
static size_t find_link(const struct looking *at, const char *name)
{
	size_t slot = slot_of(at, name);

	while (
	    at->slots[slot] < at->link_count && strcmp(at->links[at->slots[slot]].name, name) != 0)
		slot = (slot + 1) % at->slot_count;
	return at->slots[slot];
}

/* Where each link leads, and whether something else has that name. */
static void read_own_links(struct looking *at)
{
	char target[4096];

	for (size_t there = 0; there < at->folder.count; there++) {
		const char *name = at->folder.entries[there].name;
		size_t i = find_link(at, name);

		for (; i < at->link_count && strcmp(at->links[i].name, name) == 0; i++) {
			struct link_name *link = &at->links[i];

			if (folder_read_link(&at->folder, name, target, sizeof(target)))
				link->target = arena_strdup(&at->out->arena, target);
			at->sources->list[link->source].blocked =
			    debian_is_taken(at->host, name, link->target);
		}
	}
}

/* The links of the selected sources; of two with one name the later has it. */
static void name_links(struct looking *at)
{
	struct source *list = at->sources->list;
	char name[LINK_NAME];

	at->links = mem_alloc((at->sources->count + 1) * sizeof(*at->links));
	for (size_t i = 0; i < at->sources->count; i++) {
		if (!list[i].selected)
			continue;
		debian_link_name(at->sources->store, list[i].path, name);
		at->links[at->link_count++] =
		    (struct link_name){arena_strdup(&at->out->arena, name), i, NULL};
		list[i].nameless = strlen(name) > NAME_MAX;
	}
	if (at->link_count > 1)
		qsort(at->links, at->link_count, sizeof(*at->links), by_link);
	index_links(at);
	read_own_links(at);
	for (size_t i = at->link_count; i-- > 0;) {
		struct source *source = &list[at->links[i].source], *later;

		source->shadowed = source->blocked || source->nameless;
		if (i + 1 == at->link_count ||
		    strcmp(at->links[i].name, at->links[i + 1].name) != 0)
			continue;
		later = &list[at->links[i + 1].source];
		source->shadowed = later->shadowed || strcmp(source->path, later->path) != 0;
	}
}

static int by_number(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void list_entries(struct looking *at)
{
	at->entries = mem_alloc((at->folder.count + 1) * sizeof(*at->entries));
	for (size_t i = 0; i < at->folder.count; i++) {
		struct entry *entry = &at->entries[at->entry_count];

		entry->name = at->folder.entries[i].name;
		if (!loader_reads(entry->name, &entry->hash))
			continue;
		if (!debian_is_hash_link(entry->name, &entry->hash, &entry->number))
			entry->number = HASH_NUMBER_NONE;
		entry->link = at->folder.entries[i].type == FILE_LINK;
		at->entry_count++;
	}
	if (at->entry_count > 1)
		qsort(at->entries, at->entry_count, sizeof(*at->entries), by_number);
}

static struct shown *add_shown(struct looking *at, const struct entry *entry)
{
	struct shown_list *out = at->out;

	out->list = mem_grow(out->list, &out->capacity, out->count + 1, sizeof(*out->list));
	out->list[out->count] = (struct shown){.name = arena_strdup(&out->arena, entry->name),
	    .hash = entry->hash,
	    .link = entry->link,
	    .order = out->count};
	return &out->list[out->count++];
}

/* Where NAME.pem leads, and the source there, if its link has that name; NULL when it is no link.
 * Links of sources have been read already. */
static const char *follow_pem(
    struct looking *at, const char *pem, char buffer[4096], const struct source **source)
{
	size_t i = find_link(at, pem);
	const char *target;

	*source = NULL;
	if (i == at->link_count)
		return folder_read_link(&at->folder, pem, buffer, 4096) ? buffer : NULL;
	target = at->links[i].target;
	for (; target && i < at->link_count && strcmp(at->links[i].name, pem) == 0; i++)
		if (strcmp(at->sources->list[at->links[i].source].path, target) == 0) {
			*source = &at->sources->list[at->links[i].source];
			break;
		}
	return target;
}

static void add_seen(
    struct looking *at, const struct entry *entry, const char *file, const struct cert_seen *seen)
{
	bool beside = seen->hash != entry->hash;
	struct shown *shown;

	/* what a link to the bundle shows besides goes with the bundle */
	if (beside && strcmp(file, DEBIAN_CERTS "/" DEBIAN_BUNDLE) == 0)
		return;
	shown = add_shown(at, entry);
	shown->beside = beside;
	memcpy(shown->sha256, seen->sha256, SHA256_SIZE);
	shown->label = arena_strdup(&at->out->arena, seen->label);
	shown->file = file;
	shown->rejects = seen->rejects;
}

/* Adds the certificates of a file; false when OpenSSL does not read on after it. */
static bool show_file(
    struct looking *at, const struct entry *entry, const char *file, struct err *err)
{
	const char *path = arena_printf(&at->out->arena, DEBIAN_CERTS "/%s", entry->name);
	AUTO(bytes) content = {0};
	AUTO(bytes) der = {0};
	size_t blocks = 0;
	struct span rest;
	bool trusted;

	if (!file_read(&at->host->root, path, LINUX_SOURCE_MAX, &content, err))
		return false;
	rest = pem_of_file(bytes_span(&content));
	while (pem_next_certificate(&rest, &der, &trusted, err) && der.size > 0) {
		struct cert_seen seen;

		if (!cert_see(bytes_span(&der), true, &seen, err))
			return false;
		blocks++;
		add_seen(at, entry, file, &seen);
	}
	return blocks > 0 && err->code == ERR_NONE;
}

/* The file that the entry leads to, for people; the source too, when it is one that was read as
 * OpenSSL reads it and holds one certificate. */
static const char *find_file(
    struct looking *at, const struct entry *entry, const struct source **source)
{
	struct arena *arena = &at->out->arena;
	char pem[4096], buffer[4096];
	const char *path;

	*source = NULL;
	if (!folder_read_link(&at->folder, entry->name, pem, sizeof(pem)))
		return arena_printf(arena, DEBIAN_CERTS "/%s", entry->name);
	if (strchr(pem, '/'))
		return arena_strdup(arena, pem);
	path = follow_pem(at, pem, buffer, source);
	if (!path)
		return arena_printf(arena, DEBIAN_CERTS "/%s", pem);
	if (*source && (!(*source)->loads || (*source)->count != 1 || !(*source)->hashed))
		*source = NULL;
	return *source ? (*source)->path : arena_strdup(arena, path);
}

static void add_source(struct looking *at, const struct entry *entry, const struct source *source)
{
	const struct anchor *anchor = &at->sources->anchors[source->first];
	struct shown *shown;

	if (source->hash != entry->hash)
		return;
	shown = add_shown(at, entry);
	memcpy(shown->sha256, anchor->sha256, SHA256_SIZE);
	shown->label = anchor->label;
	shown->file = source->path;
	shown->source = true;
	shown->asked = !anchor->fault;
	shown->rejects = anchor->rejects > 0;
}

static bool show_entry(struct looking *at, const struct entry *entry, struct err *err)
{
	const struct source *source;
	const char *file = find_file(at, entry, &source);

	if (!source)
		return show_file(at, entry, file, err);
	add_source(at, entry, source);
	return true;
}

/* An entry that OpenSSL does not reach by its numbers, or at which it stops. */
static void show_beyond(struct looking *at, const struct entry *entry)
{
	const char *path = arena_printf(&at->out->arena, DEBIAN_CERTS "/%s", entry->name);
	size_t first = at->out->count;
	const struct source *source;
	const char *file = find_file(at, entry, &source);
	AUTO(bytes) content = {0};
	AUTO(bytes) der = {0};
	const struct digests none = {0};
	struct err ignored = {0};
	struct cert_seen seen;

	if (source) {
		add_source(at, entry, source);
	} else if (file_read(&at->host->root, path, LINUX_SOURCE_MAX, &content, &ignored)) {
		struct span rest = loader_begin(bytes_span(&content));

		while (loader_next(&rest, &der, &seen))
			add_seen(at, entry, file, &seen);
	}
	for (size_t i = first; i < at->out->count; i++) {
		struct shown *shown = &at->out->list[i];

		shown->beyond = true;
		shown->fixed = !source && (!shown->link || entry->number == HASH_NUMBER_NONE ||
		                              !shown_holds(at->host, path, entry->hash, &none));
	}
	at->out->beyond_count += at->out->count - first;
}

static void add_stop(struct looking *at, const struct entry *entry, bool denied)
{
	struct shown_list *out = at->out;

	out->stops =
	    mem_grow(out->stops, &out->stop_capacity, out->stop_count + 1, sizeof(*out->stops));
	out->stops[out->stop_count++] = (struct shown_stop){.hash = entry->hash,
	    .name = arena_strdup(&out->arena, entry->name),
	    .link = entry->link,
	    .denied = denied};
}

/* The entries of one hash, as far as OpenSSL reads them. */
static void show_entries(struct looking *at, const struct entry *list, size_t count)
{
	size_t i;

	for (i = 0; i < count && list[i].number == i; i++) {
		struct err why = {0};

		if (show_entry(at, &list[i], &why))
			continue;
		add_stop(at, &list[i], why.denied);
		break;
	}
	for (; i < count; i++)
		show_beyond(at, &list[i]);
}

static int by_digest(const void *a, const void *b)
{
	const struct shown *x = a, *y = b;
	int order = memcmp(x->sha256, y->sha256, SHA256_SIZE);

	if (order == 0)
		order = x->beside != y->beside ? x->beside - y->beside : x->beyond - y->beyond;
	return order ? order : (x->order > y->order) - (x->order < y->order);
}

bool shown_read(struct host *host, struct sources *sources, struct shown_list *out, struct err *err)
{
	struct looking at = {.host = host, .sources = sources, .out = out};
	bool ok = folder_list(&host->root, DEBIAN_CERTS, &at.folder, err);

	*out = (struct shown_list){0};
	if (ok) {
		name_links(&at);
		list_entries(&at);
		for (size_t i = 0, next; i < at.entry_count; i = next) {
			for (next = i + 1;
			     next < at.entry_count && at.entries[next].hash == at.entries[i].hash;)
				next++;
			show_entries(&at, &at.entries[i], next - i);
		}
		if (out->count > 1)
			qsort(out->list, out->count, sizeof(*out->list), by_digest);
	}
	folder_release(&at.folder);
	free(at.links);
	free(at.slots);
	free(at.entries);
	return ok;
}

const struct shown *shown_first(const struct shown_list *shown, const uint8_t sha256[SHA256_SIZE])
{
	return digest_find(shown->list, shown->count, sizeof(*shown->list), sha256);
}

const struct shown *shown_next(const struct shown_list *shown, const struct shown *last)
{
	const struct shown *next = last + 1;

	return next < shown->list + shown->count &&
	               memcmp(next->sha256, last->sha256, SHA256_SIZE) == 0
	           ? next
	           : NULL;
}

const struct shown *shown_find(const struct shown_list *shown, const uint8_t sha256[SHA256_SIZE])
{
	const struct shown *first = shown_first(shown, sha256);

	return first && !first->beyond && !first->beside ? first : NULL;
}

bool shown_has(const struct shown_list *shown, uint32_t hash)
{
	for (size_t i = 0; i < shown->count; i++)
		if (!shown->list[i].beyond && !shown->list[i].beside && shown->list[i].hash == hash)
			return true;
	return false;
}

const struct shown_stop *shown_find_stop(const struct shown_list *shown, uint32_t hash)
{
	for (size_t i = 0; i < shown->stop_count; i++)
		if (shown->stops[i].hash == hash)
			return &shown->stops[i];
	return NULL;
}

void shown_release(struct shown_list *shown)
{
	free(shown->list);
	free(shown->stops);
	arena_release(&shown->arena);
	*shown = (struct shown_list){0};
}

bool shown_holds(struct host *host, const char *path, uint32_t hash, const struct digests *without)
{
	AUTO(bytes) content = {0};
	AUTO(bytes) der = {0};
	struct err err = {0};
	struct cert_seen seen;
	struct span rest;
	bool trusted;

	if (!file_read(&host->root, path, LINUX_SOURCE_MAX, &content, &err))
		return false;
	rest = pem_of_file(bytes_span(&content));
	while (pem_next_certificate(&rest, &der, &trusted, &err) && der.size > 0) {
		if (!cert_see(bytes_span(&der), true, &seen, &err))
			return false;
		if (seen.hash == hash && !digests_have(without, seen.sha256))
			return true;
	}
	return false;
}

bool shown_goes_on(struct host *host, const char *path)
{
	AUTO(bytes) content = {0};
	AUTO(bytes) der = {0};
	struct err err = {0};
	struct cert_seen seen;
	size_t blocks = 0;
	struct span rest;
	bool trusted;

	if (!file_read(&host->root, path, LINUX_SOURCE_MAX, &content, &err))
		return false;
	rest = pem_of_file(bytes_span(&content));
	while (pem_next_certificate(&rest, &der, &trusted, &err) && der.size > 0) {
		if (!cert_see(bytes_span(&der), true, &seen, &err))
			return false;
		blocks++;
	}
	return blocks > 0 && err.code == ERR_NONE;
}
