/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A root that is imagined: what is set there is kept in memory, and everybody who looks there sees
 * it.
 */
#include <search.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file/parts.h"

enum { LINKS_MAX = 40 }; /* followed on the way to one file, as by the kernel */

struct laid {
	const char *path;
	struct file_state state;
};

struct overlay {
	void *by_path; /* of tsearch(3): struct laid */
	struct laid **list;
	size_t count, capacity;
	struct arena arena;
};

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct laid *)a)->path, ((const struct laid *)b)->path);
}

void root_imagine(struct root *root)
{
	if (!root->overlay)
		root->overlay = mem_alloc(sizeof(*root->overlay));
}

void overlay_release(struct overlay *overlay)
{
	if (!overlay)
		return;
	for (size_t i = 0; i < overlay->count; i++) {
		tdelete(overlay->list[i], &overlay->by_path, by_path);
		file_state_release(&overlay->list[i]->state);
	}
	free(overlay->list);
	arena_release(&overlay->arena);
	free(overlay);
}

const struct file_state *overlay_find(const struct root *root, const char *path)
{
	struct laid wanted = {.path = path};
	struct laid **found;

	if (!root->overlay)
		return NULL;
	found = tfind(&wanted, &root->overlay->by_path, by_path);
	return found ? &(*found)->state : NULL;
}

/* As the kernel answers for it. */
static bool has_folder(struct root *root, const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	AUTO(arena) arena = {0};
	AUTO(folder) folder = {.fd = -1};

	if (slash == path)
		return true;
	return folder_open_only(
	    root, arena_strndup(&arena, path, (size_t)(slash - path)), &folder, err);
}

bool overlay_set(
    struct root *root, const char *path, const struct file_state *state, struct err *err)
{
	struct overlay *overlay = root->overlay;
	struct laid *laid, **found;

	if (!file_can_set(root, path, err) ||
	    (state->type != FILE_ABSENT && !has_folder(root, path, err)))
		return false;
	laid = arena_alloc(&overlay->arena, sizeof(*laid));
	laid->path = arena_strdup(&overlay->arena, path);
	found = tsearch(laid, &overlay->by_path, by_path);
	if (!found)
		abort(); /* no memory, as everywhere */
	if (*found == laid) {
		overlay->list = mem_grow(
		    overlay->list, &overlay->capacity, overlay->count + 1, sizeof(*overlay->list));
		overlay->list[overlay->count++] = laid;
	}
	file_state_release(&(*found)->state);
	(*found)->state = file_state_copy(state);
	return true;
}

/* Where the link `target` at `path` leads, "." and ".." taken out, in `path`. False: too long. */
static bool join(char path[OVERLAY_PATH], const char *target)
{
	char whole[2 * OVERLAY_PATH];
	size_t size = 0;
	const char *from = whole;

	if (*target == '/')
		*path = 0;
	else
		*strrchr(path, '/') = 0;
	if (snprintf(whole, sizeof(whole), "%s/%s", path, target) >= OVERLAY_PATH)
		return false;
	while (*from) {
		size_t part = strcspn(from, "/");

		if (part == 2 && from[0] == '.' && from[1] == '.') {
			while (size > 0 && path[--size] != '/')
				continue;
		} else if (part > 0 && !(part == 1 && *from == '.')) {
			path[size++] = '/';
			memcpy(path + size, from, part);
			size += part;
		}
		from += part + (from[part] == '/');
	}
	path[size] = 0;
	return size > 0;
}

/* The target of what is a link there, or false. */
static bool read_link(struct root *root, const char *path, char out[OVERLAY_PATH])
{
	AUTO(file_state) state = {0};
	struct err ignored = {0};

	if (file_type(root, path) != FILE_LINK ||
	    !file_capture(root, path, OVERLAY_PATH, &state, &ignored) ||
	    state.content.size >= OVERLAY_PATH)
		return false;
	memcpy(out, state.content.data, state.content.size);
	out[state.content.size] = 0;
	return true;
}

const struct file_state *overlay_follow(
    struct root *root, const char **path, char buffer[OVERLAY_PATH])
{
	char target[OVERLAY_PATH];
	bool laid = false;

	if (!root->overlay || **path != '/' || strlen(*path) >= OVERLAY_PATH)
		return NULL;
	memcpy(buffer, *path, strlen(*path) + 1);
	for (int links = 0; links < LINKS_MAX; links++) {
		const struct file_state *state = overlay_find(root, buffer);

		laid = laid || state;
		if (state && state->type != FILE_LINK)
			return state;
		if (!read_link(root, buffer, target) || !join(buffer, target))
			break;
	}
	/* the kernel follows links that are really there */
	if (laid)
		*path = buffer;
	return NULL;
}

/* Adds the entry, or gives one of the first `count`, which are in order, its type. */
static void lay_entry(struct folder *folder, size_t count, const char *name, enum file_type type)
{
	struct folder there = {.entries = folder->entries, .count = count};
	const struct folder_entry *known = folder_find(&there, name);

	if (known) {
		folder->entries[known - there.entries].type = type;
		return;
	}
	folder->entries = mem_grow(
	    folder->entries, &folder->capacity, folder->count + 1, sizeof(*folder->entries));
	folder->entries[folder->count++] =
	    (struct folder_entry){.name = arena_strdup(&folder->names, name), .type = type};
}

static void drop_absent(struct folder *folder)
{
	size_t kept = 0;

	for (size_t i = 0; i < folder->count; i++)
		if (folder->entries[i].type != FILE_ABSENT)
			folder->entries[kept++] = folder->entries[i];
	folder->count = kept;
}

void overlay_list(const struct root *root, const char *path, struct folder *folder)
{
	const struct overlay *overlay = root->overlay;
	size_t size = strlen(path), count = folder->count;

	for (size_t i = 0; i < overlay->count; i++) {
		const struct laid *laid = overlay->list[i];

		if (strncmp(laid->path, path, size) == 0 && laid->path[size] == '/' &&
		    !strchr(laid->path + size + 1, '/'))
			lay_entry(folder, count, laid->path + size + 1, laid->state.type);
	}
	drop_absent(folder);
}
