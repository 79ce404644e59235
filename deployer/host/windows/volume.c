/* SPDX-License-Identifier: Apache-2.0 */
#include "host/windows/volume.h"

#include <strings.h>

/* The entry of `folder` that is called so but for its case. */
static const char *find_entry(
    struct root *root, const char *folder, const char *name, struct arena *arena)
{
	AUTO(folder) entries = {.fd = -1};
	struct err err = {0};

	/* what cannot be listed holds nothing that could be found */
	if (!folder_open(root, *folder ? folder : "/", &entries, &err))
		return NULL;
	for (size_t i = 0; i < entries.count; i++)
		if (strcasecmp(entries.entries[i].name, name) == 0)
			return arena_printf(arena, "%s/%s", folder, entries.entries[i].name);
	return NULL;
}

/* The longest part of the path that is there; *path becomes what is left of it. */
static const char *walk(struct root *root, const char **path, struct arena *arena)
{
	const char *found = "";

	while (**path == '/') {
		size_t size = strcspn(*path + 1, "/");
		const char *name = arena_strndup(arena, *path + 1, size);
		const char *exact = arena_printf(arena, "%s/%s", found, name);
		const char *next = file_type(root, exact) != FILE_ABSENT
		                       ? exact
		                       : find_entry(root, found, name, arena);

		if (!next)
			break;
		found = next;
		*path += 1 + size;
	}
	return found;
}

const char *volume_find(struct root *root, const char *path, struct arena *arena)
{
	const char *found;

	if (file_type(root, path) != FILE_ABSENT)
		return arena_strdup(arena, path);
	found = walk(root, &path, arena);
	return *path ? NULL : found;
}

bool volume_is_closed(struct root *root, const char *path)
{
	AUTO(arena) arena = {0};
	const char *found = walk(root, &path, &arena);

	/* what a link leads to is looked at by its own name: "Documents and Settings" is one to
	 * "Users" since Vista, which nobody may list */
	return (!*found || file_type(root, found) != FILE_LINK) &&
	       folder_is_closed(root, *found ? found : "/");
}

bool volume_is_windows(struct root *root)
{
	AUTO(arena) arena = {0};

	return volume_find(root, "/Windows/System32/config/SOFTWARE", &arena) != NULL;
}
