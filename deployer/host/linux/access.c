/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/access.h"
#include "host/linux/certificates.h"

#include <stdlib.h>

#include <sys/stat.h>

enum {
	LINKS_MAX = 40, /* how many links Linux follows on one way */
	LINK_MAX_SIZE = 4096
};

/* One pass over the roots; the findings about the last folder count for the next file in it. */
struct asking {
	struct host *host;
	struct arena *arena; /* for the texts */
	struct folder folder;
	const char *path;   /* of the folder */
	const char *closed; /* why others may not enter it, or NULL */
};

/* Why others may not enter the folder; NULL: they may, or it is no folder. */
static const char *closed_part(struct asking *asking, const char *folder)
{
	unsigned mode;

	if (!file_mode(&asking->host->root, folder, &mode) || mode & S_IXOTH)
		return NULL;
	return arena_printf(asking->arena, "other users may not enter the folder %s (mode %04o)",
	    text_escape_string(folder).text, mode);
}

/* Follows `part` when it is a link: `*done` and `*rest` become the way that begins at the folder
 * `*done` and goes on along `rest`. False when it is no link. */
static bool follow(struct asking *asking, const char *part, const char **done, const char **rest)
{
	AUTO(file_state) link = {0};
	struct err ignored = {0};

	if (file_type(&asking->host->root, part) != FILE_LINK ||
	    !file_capture(&asking->host->root, part, LINK_MAX_SIZE, &link, &ignored) ||
	    link.type != FILE_LINK)
		return false;
	*rest = arena_printf(asking->arena, "%.*s/%s", (int)link.content.size,
	    (const char *)link.content.data, *rest);
	if (**rest == '/')
		*done = "";
	return true;
}

/* Why others may not enter the first closed folder on the way to `path`, links followed one by one;
 * NULL: they may enter all. `path` itself counts too when it is a folder. */
static const char *closed_way(struct asking *asking, const char *path, bool folder)
{
	const char *done = "", *rest = path;
	unsigned links = 0;

	while (*(rest += strspn(rest, "/"))) {
		size_t size = strcspn(rest, "/");
		const char *name = arena_strndup(asking->arena, rest, size);
		const char *part = arena_printf(asking->arena, "%s/%s", done, name), *closed;

		rest += size;
		if (strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0) {
			const char *slash = strrchr(done, '/');

			done =
			    slash ? arena_strndup(asking->arena, done, (size_t)(slash - done)) : "";
			continue;
		}
		if (links < LINKS_MAX && follow(asking, part, &done, &rest)) {
			links++;
			continue;
		}
		if (!folder && !rest[strspn(rest, "/")])
			return NULL;
		closed = closed_part(asking, part);
		if (closed)
			return closed;
		done = part;
	}
	return NULL;
}

/* Something other than a folder stands where the folder, or one above it, should be. */
static bool check_is_folder(struct host *host, const char *folder, struct err *err)
{
	AUTO(arena) arena = {0};
	const char *slash = folder;

	while (slash) {
		const char *part;
		enum file_type type;

		slash = strchr(slash + 1, '/');
		part = slash ? arena_strndup(&arena, folder, (size_t)(slash - folder)) : folder;
		type = file_type(&host->root, part);
		if (type == FILE_REGULAR || type == FILE_OTHER ||
		    (type == FILE_LINK && file_is_regular(&host->root, part)))
			return err_set(err, ERR_HOST,
			    "%s is no folder, and a folder is due there: move it out of the way",
			    text_escape_string(part).text);
	}
	return true;
}

bool access_check_folder(struct host *host, const char *folder, struct err *err)
{
	AUTO(arena) arena = {0};
	struct asking asking = {.host = host, .arena = &arena};
	const char *closed = closed_way(&asking, folder, true);

	if (!check_is_folder(host, folder, err))
		return false;
	return !closed || err_set(err, ERR_HOST,
	                      "%s, so what is put there would be in force for root alone: open it"
	                      " (chmod o+x)",
	                      closed);
}

static void enter(struct asking *asking, const char *path, size_t size)
{
	struct err err = {0};

	if (asking->path && strncmp(asking->path, path, size) == 0 && asking->path[size] == 0)
		return;
	folder_release(&asking->folder);
	asking->folder = (struct folder){.fd = -1};
	asking->path = arena_strndup(asking->arena, path, size);
	asking->closed = closed_way(asking, asking->path, true);
	if (!folder_open_only(&asking->host->root, asking->path, &asking->folder, &err))
		asking->folder.fd = -1;
}

/* What keeps others from reading the file, in words; NULL: nothing. `*itself` tells whether it is
 * the file's own mode. A link is followed inside the root. `known` is that mode where whoever read
 * it saw it, and no link; else 0. */
static const char *closed_file(
    struct asking *asking, const char *path, unsigned known, bool *itself)
{
	const char *slash = strrchr(path, '/'), *closed;
	unsigned mode;

	*itself = false;
	enter(asking, path, (size_t)(slash - path));
	if (asking->closed || known & S_IROTH)
		return asking->closed;
	if (asking->folder.fd < 0 || !folder_mode(&asking->folder, slash + 1, &mode)) {
		closed = closed_way(asking, path, false);
		if (closed || !file_mode(&asking->host->root, path, &mode))
			return closed;
	}
	if (mode & S_IROTH)
		return NULL;
	*itself = true;
	return arena_printf(asking->arena, "other users may not read %s (mode %04o)",
	    text_escape_string(path).text, mode);
}

void paths_add(struct paths *paths, const char *path)
{
	paths->list =
	    mem_grow(paths->list, &paths->capacity, paths->count + 1, sizeof(*paths->list));
	paths->list[paths->count++] = arena_strdup(&paths->arena, path);
}

void paths_release(struct paths *paths)
{
	free(paths->list);
	arena_release(&paths->arena);
	*paths = (struct paths){0};
}

static void close_item(struct item *item, const char *why, bool mendable)
{
	item->presence = ITEM_CLOSED;
	item->seen.limits = why;
	item->seen.mendable = mendable;
}

void access_deny(struct item *item, const char *path, const char *what, struct arena *arena)
{
	item->seen.denied = true;
	item->note = arena_printf(arena, "This user may not read %s, so %s is not known.",
	    text_escape_string(path).text, what);
}

void access_judge(
    struct host *host, const char *bundle, struct items *have, size_t first, struct paths *closed)
{
	struct asking asking = {.host = host, .arena = &have->arena, .folder = {.fd = -1}};
	bool itself = false;
	const char *whole = bundle ? closed_file(&asking, bundle, 0, &itself) : NULL;

	if (whole && itself)
		paths_add(closed, bundle);
	for (size_t i = first; i < have->count; i++) {
		struct item *item = &have->list[i];
		const char *path = item->seen.reads ? item->seen.reads : item->seen.location;
		const char *why;
		bool its_own;

		/* never advise to open a file with a private key */
		if (item_store(item) != STORE_ROOT || item->seen.exposed || !path || *path != '/' ||
		    (item->presence != ITEM_PRESENT && item->presence != ITEM_PENDING) ||
		    (item->presence == ITEM_PENDING && item->note))
			continue;
		why = closed_file(&asking, path, item->seen.reads ? 0 : item->seen.mode, &its_own);
		its_own = why && its_own && linux_is_own(path);
		if (its_own)
			paths_add(closed, path);
		/* what we may not open stays in the way when the rest is open */
		if (item->presence == ITEM_PENDING)
			item->seen.shut = why && !its_own ? why : whole && !itself ? whole : NULL;
		else if (why && !its_own)
			close_item(item, why, false);
		else if (why || whole)
			close_item(item, why ? why : whole, !whole || itself);
	}
	folder_release(&asking.folder);
}

bool access_mend(
    struct host *host, const struct paths *closed, struct changes *out, struct err *err)
{
	for (size_t i = 0; i < closed->count; i++) {
		const char *path = closed->list[i];
		struct change *planned = changes_find(out, path);
		AUTO(file_state) before = {0};
		AUTO(file_state) after = {0};

		if (planned) {
			planned->after.mode |= S_IRUSR | S_IRGRP | S_IROTH;
			continue;
		}
		if (!file_capture(&host->root, path, LINUX_BUNDLE_MAX, &before, err))
			return false;
		if (before.type != FILE_REGULAR)
			continue;
		after = file_state_copy(&before);
		after.mode |= S_IRUSR | S_IRGRP | S_IROTH;
		changes_add(out, path, &before, &after);
	}
	return true;
}
