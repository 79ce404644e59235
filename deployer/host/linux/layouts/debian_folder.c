/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL's folder of certificates, read as X509_LOOKUP_hash_dir does (by_dir.c and by_file.c of
 * OpenSSL 3.0). Entries that lead through NAME.pem to a source that has been read cost two readlink
 * each; what else stands there is opened and read.
 */
#include "host/linux/layouts/debian.h"

#include <limits.h>
#include <stdlib.h>

#include "formats/pem.h"

/* The link of a source: what Debian's tool calls it. */
struct link_name {
	const char *name;
	size_t source;
	const char *target; /* where that link leads; NULL: there is none */
};

/* An entry that is called like a hash link. */
struct entry {
	const char *name;
	uint32_t hash;
	unsigned number;
};

struct looking {
	struct host *host;
	struct sources *sources;
	struct folder folder;
	struct link_name *links;
	size_t link_count;
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

/* Where each link leads, and whether something else has its name. Both lists are in the order of
 * their names. */
static void read_own_links(struct looking *at)
{
	char target[4096];
	size_t there = 0;

	for (size_t i = 0; i < at->link_count; i++) {
		struct link_name *link = &at->links[i];
		int order = -1;

		while (there < at->folder.count &&
		       (order = strcmp(at->folder.entries[there].name, link->name)) < 0)
			there++;
		if (there == at->folder.count || order > 0)
			continue;
		if (folder_read_link(&at->folder, link->name, target, sizeof(target)))
			link->target = arena_strdup(&at->out->arena, target);
		at->sources->list[link->source].blocked =
		    debian_is_taken(at->host, link->name, link->target);
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
	return (x->number > y->number) - (x->number < y->number);
}

static void list_entries(struct looking *at)
{
	at->entries = mem_alloc((at->folder.count + 1) * sizeof(*at->entries));
	for (size_t i = 0; i < at->folder.count; i++) {
		struct entry *entry = &at->entries[at->entry_count];

		entry->name = at->folder.entries[i].name;
		at->entry_count += debian_is_hash_link(entry->name, &entry->hash, &entry->number);
	}
	if (at->entry_count > 1)
		qsort(at->entries, at->entry_count, sizeof(*at->entries), by_number);
}

static struct shown *add_shown(struct looking *at, const struct entry *entry)
{
	struct shown_list *out = at->out;

	out->list = mem_grow(out->list, &out->capacity, out->count + 1, sizeof(*out->list));
	out->list[out->count] =
	    (struct shown){.name = arena_strdup(&out->arena, entry->name), .order = out->count};
	return &out->list[out->count++];
}

/* The first of the links of that name; `link_count` when there is none. */
static size_t find_link(const struct looking *at, const char *name)
{
	size_t low = 0, high = at->link_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(at->links[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < at->link_count && strcmp(at->links[low].name, name) == 0 ? low
	                                                                      : at->link_count;
}

/* Where NAME.pem leads, and the source there, when its link is called so; NULL when it is no link.
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

/* Adds what a file holds of that hash; false when OpenSSL cannot read on from here. */
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
		struct shown *shown;

		if (!cert_see(bytes_span(&der), trusted, &seen, err))
			return false;
		blocks++;
		if (seen.hash != entry->hash)
			continue;
		shown = add_shown(at, entry);
		memcpy(shown->sha256, seen.sha256, SHA256_SIZE);
		shown->label = arena_strdup(&at->out->arena, seen.label);
		shown->file = file;
		shown->rejects = seen.rejects;
	}
	return blocks > 0 && err->code == ERR_NONE;
}

static bool show_entry(struct looking *at, const struct entry *entry, struct err *err)
{
	struct arena *arena = &at->out->arena;
	char pem[4096], buffer[4096];
	const struct source *source;
	const char *path;
	struct shown *shown;

	if (!folder_read_link(&at->folder, entry->name, pem, sizeof(pem)))
		return show_file(
		    at, entry, arena_printf(arena, DEBIAN_CERTS "/%s", entry->name), err);
	if (strchr(pem, '/'))
		return show_file(at, entry, arena_strdup(arena, pem), err);
	path = follow_pem(at, pem, buffer, &source);
	if (!path)
		return show_file(at, entry, arena_printf(arena, DEBIAN_CERTS "/%s", pem), err);
	if (!source || !source->loads || source->count != 1 || !source->hashed)
		return show_file(at, entry, arena_strdup(arena, path), err);
	if (source->hash != entry->hash)
		return true;
	shown = add_shown(at, entry);
	memcpy(shown->sha256, at->sources->anchors[source->first].sha256, SHA256_SIZE);
	shown->label = at->sources->anchors[source->first].label;
	shown->file = source->path;
	shown->source = true;
	shown->rejects = at->sources->anchors[source->first].rejects > 0;
	return true;
}

static void add_stop(struct looking *at, const struct entry *entry, bool denied)
{
	const struct folder_entry *found = folder_find(&at->folder, entry->name);
	struct shown_list *out = at->out;

	out->stops =
	    mem_grow(out->stops, &out->stop_capacity, out->stop_count + 1, sizeof(*out->stops));
	out->stops[out->stop_count++] = (struct shown_stop){.hash = entry->hash,
	    .name = arena_strdup(&out->arena, entry->name),
	    .link = found->type == FILE_LINK,
	    .denied = denied};
}

/* The entries of one hash, as far as OpenSSL reads them. */
static void show_entries(struct looking *at, const struct entry *list, size_t count)
{
	for (size_t i = 0; i < count && list[i].number == i; i++) {
		struct err why = {0};

		if (show_entry(at, &list[i], &why))
			continue;
		add_stop(at, &list[i], why.denied);
		return;
	}
}

static int by_digest(const void *a, const void *b)
{
	const struct shown *x = a, *y = b;
	int order = memcmp(x->sha256, y->sha256, SHA256_SIZE);

	return order ? order : (x->order > y->order) - (x->order < y->order);
}

bool shown_read(struct host *host, struct sources *sources, struct shown_list *out, struct err *err)
{
	struct looking at = {.host = host, .sources = sources, .out = out};
	bool ok = folder_open(&host->root, DEBIAN_CERTS, &at.folder, err);

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
	free(at.entries);
	return ok;
}

const struct shown *shown_find(const struct shown_list *shown, const uint8_t sha256[SHA256_SIZE])
{
	return digest_find(shown->list, shown->count, sizeof(*shown->list), sha256);
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
	while (pem_next_certificate(&rest, &der, &trusted, &err) && der.size > 0)
		if (cert_see(bytes_span(&der), trusted, &seen, &err) && seen.hash == hash &&
		    !digests_have(without, seen.sha256))
			return true;
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
		if (!cert_see(bytes_span(&der), trusted, &seen, &err))
			return false;
		blocks++;
	}
	return blocks > 0 && err.code == ERR_NONE;
}

/* --- what others have linked behind ours --- */

/* One number of a hash that is taken. */
struct slot {
	const char *name, *target; /* NULL: it is no link */
	unsigned number;
	uint32_t hash;
	bool goes;   /* undoing takes it away, */
	bool theirs; /* or knows nothing of it */
	bool moved;
};

struct slots {
	struct slot *list;
	size_t count, capacity;
};

static const struct change *find_undone(const struct changes *undone, const char *name)
{
	const size_t start = strlen(DEBIAN_CERTS "/");

	for (size_t i = 0; i < undone->count; i++)
		if (strncmp(undone->list[i].place, DEBIAN_CERTS "/", start) == 0 &&
		    strcmp(undone->list[i].place + start, name) == 0)
			return &undone->list[i];
	return NULL;
}

/* What stands at the place is what the transaction has left there. */
static bool is_as_left(const struct change *change, const char *target)
{
	return target && change->before.type == FILE_LINK &&
	       span_equal(bytes_span(&change->before.content), span_text(target));
}

static int by_slot(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static bool list_slots(struct host *host, const struct changes *undone, struct slots *out,
    struct arena *arena, struct err *err)
{
	AUTO(folder) folder = {.fd = -1};
	char link[4096];

	if (!folder_open(&host->root, DEBIAN_CERTS, &folder, err))
		return false;
	for (size_t i = 0; i < folder.count; i++) {
		const char *name = folder.entries[i].name;
		struct slot slot = {.name = arena_strdup(arena, name)};
		const struct change *change;

		if (!debian_is_hash_link(name, &slot.hash, &slot.number))
			continue;
		if (folder_read_link(&folder, name, link, sizeof(link)))
			slot.target = arena_strdup(arena, link);
		change = find_undone(undone, name);
		slot.theirs = !change || !is_as_left(change, slot.target);
		slot.goes = !slot.theirs && change->after.type == FILE_ABSENT;
		out->list = mem_grow(out->list, &out->capacity, out->count + 1, sizeof(*out->list));
		out->list[out->count++] = slot;
	}
	if (out->count > 1)
		qsort(out->list, out->count, sizeof(*out->list), by_slot);
	return true;
}

static void add(struct changes *out, const char *name, const char *now, const char *want)
{
	AUTO(file_state) before = {0};
	AUTO(file_state) after = {0};

	if (now)
		before = (struct file_state){.type = FILE_LINK,
		    .uid = FILE_OWNER_SELF,
		    .gid = FILE_OWNER_SELF,
		    .content = bytes_copy(span_text(now))};
	if (want)
		after = (struct file_state){.type = FILE_LINK,
		    .uid = FILE_OWNER_SELF,
		    .gid = FILE_OWNER_SELF,
		    .content = bytes_copy(span_text(want))};
	changes_add(out, arena_printf(&out->arena, DEBIAN_CERTS "/%s", name), &before, &after);
}

static struct slot *find_free(struct slot *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].goes)
			return &list[i];
	return NULL;
}

/* The slots of one hash that OpenSSL reads. Theirs move down into what ours leave free: first each
 * gets its new place, then the old one goes, so that each can be found at every instant. What is no
 * link stays, and gets a link in front of it. */
static void close_up(struct slot *list, size_t count, struct changes *out)
{
	size_t last = 0; /* behind the last one that undoing changes, and that stays */

	for (size_t i = 0; i < count; i++) {
		struct slot *from = &list[i], *to = find_free(list, i);

		if (!from->theirs && !from->goes)
			last = i + 1;
		if (!from->theirs || !to)
			continue;
		add(out, to->name, to->target, from->target ? from->target : from->name);
		to->goes = false;
		from->goes = from->moved = from->target != NULL;
	}
	for (size_t i = last; i < count; i++)
		if (list[i].moved && list[i].goes)
			add(out, list[i].name, list[i].target, NULL);
}

bool debian_close_up(
    struct host *host, const struct changes *undone, struct changes *out, struct err *err)
{
	AUTO(arena) arena = {0};
	struct slots slots = {0};
	bool ok = list_slots(host, undone, &slots, &arena, err);

	for (size_t i = 0, next; i < slots.count; i = next) {
		size_t read = 0;

		for (next = i; next < slots.count && slots.list[next].hash == slots.list[i].hash;)
			next++;
		while (i + read < next && slots.list[i + read].number == read)
			read++;
		close_up(&slots.list[i], read, out);
	}
	free(slots.list);
	return ok;
}
