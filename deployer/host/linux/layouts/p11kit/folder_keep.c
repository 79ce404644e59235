/* SPDX-License-Identifier: Apache-2.0 */
/* A tool that makes a folder of hash links anew drops some certificates, and hides others. They are
 * put back. */
#include <stdlib.h>

#include "formats/pem.h"
#include "host/linux/layouts/debian.h"
#include "host/linux/layouts/loader.h"
#include "host/linux/layouts/p11kit/keep.h"

/* Whether OpenSSL finds the certificate in the file at `path`, by number or by its loader. */
static bool holds(
    struct host *host, const char *path, const uint8_t sha256[SHA256_SIZE], bool loaded)
{
	AUTO(bytes) content = {0};
	AUTO(bytes) der = {0};
	struct err ignored = {0};
	struct cert_seen seen;
	struct span rest;
	bool trusted;

	if (!file_read(&host->root, path, LINUX_SOURCE_MAX, &content, &ignored))
		return false;
	rest = loaded ? loader_begin(bytes_span(&content)) : pem_of_file(bytes_span(&content));
	while (loaded ? loader_next(&rest, &der, &seen)
	              : pem_next_certificate(&rest, &der, &trusted, &ignored) && der.size > 0)
		if ((loaded || cert_see(bytes_span(&der), trusted, &seen, &ignored)) &&
		    memcmp(seen.sha256, sha256, SHA256_SIZE) == 0)
			return true;
	return false;
}

static bool write_shown(
    struct host *host, const char *path, const struct hash_shown *shown, bool raw, struct err *err)
{
	AUTO(file_state)
	state = {
	    .type = FILE_REGULAR, .mode = 0444, .uid = FILE_OWNER_SELF, .gid = FILE_OWNER_SELF};

	if (raw)
		bytes_add(&state.content, shown->der.data, shown->der.size);
	else
		pem_write_certificate(shown->der, &state.content);
	return file_set(&host->root, path, &state, err);
}

/* The first number of the hash that is free, or has a link that leads nowhere. */
static const char *next_free(struct host *host, const struct hash_link *link, struct arena *arena)
{
	char name[HASH_LINK_NAME];
	const char *path;
	unsigned number = 0;

	do {
		debian_hash_link_name(link->hash, number++, name);
		path = arena_printf(arena, "%s/%s", link->folder, name);
	} while (file_type(&host->root, path) != FILE_ABSENT &&
	         (file_type(&host->root, path) != FILE_LINK || file_is_regular(&host->root, path)));
	return path;
}

/* Puts it back as it was, where that can be; as a file where something else has the name of its
 * file. `joins`: only the loader of files found it, and now it must be found by number, in PEM. */
static bool put_back(struct host *host, const struct hash_link *link,
    const struct hash_shown *shown, bool joins, struct err *err)
{
	AUTO(arena) arena = {0};
	AUTO(file_state) state = {.type = FILE_LINK};
	const char *path = arena_printf(&arena, "%s/%s", link->folder, link->name);
	bool loaded = shown->beyond && !joins;
	bool raw = shown->raw && !joins;
	const char *file;

	if (!loaded || file_type(&host->root, path) != FILE_ABSENT)
		path = next_free(host, link, &arena);
	if (!link->target)
		return write_shown(host, path, shown, raw, err);
	file = arena_printf(&arena, "%s/%s", link->folder, link->target);
	if (!strchr(link->target, '/') && file_type(&host->root, file) == FILE_ABSENT &&
	    !write_shown(host, file, shown, raw, err))
		return false;
	bytes_add(&state.content, link->target, strlen(link->target));
	if (!file_set(&host->root, path, &state, err))
		return false;
	return holds(host, path, shown->sha256, loaded) || write_shown(host, path, shown, raw, err);
}

/* Whether it is found at least as well as before: by number where it was, or must be. */
static bool is_shown_in(const struct hash_folders *now, const struct hash_link *link,
    const struct hash_shown *shown, bool joins)
{
	size_t count;
	const struct hash_shown *first = hash_folders_first(now, shown->sha256, &count);

	for (size_t i = 0; i < count; i++)
		if (!first[i].rejects && !first[i].beside &&
		    ((shown->beyond && !joins) || !first[i].beyond) &&
		    strcmp(now->links[first[i].link].folder, link->folder) == 0)
			return true;
	return false;
}

bool hash_folders_keep(const struct hash_folders *before, const struct hash_folders *now,
    struct host *host, bool (*stays)(void *context, const struct hash_shown *shown), void *context,
    struct err *err)
{
	const char *last = NULL;

	for (size_t i = 0; i < before->shown_count; i++) {
		const struct hash_shown *shown = &before->shown[i];
		const struct hash_link *link = &before->links[shown->link];
		bool again = i > 0 && last == link->folder &&
		             memcmp(shown[-1].sha256, shown->sha256, SHA256_SIZE) == 0;
		bool joins = shown->beyond && !hash_folders_lead(before, link) &&
		             hash_folders_lead(now, link);

		last = link->folder;
		if (shown->rejects || shown->beside || again ||
		    is_shown_in(now, link, shown, joins) || !stays(context, shown))
			continue;
		if (!put_back(host, link, shown, joins, err))
			return false;
	}
	return true;
}
