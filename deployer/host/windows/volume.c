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

const char *volume_find(struct root *root, const char *path, struct arena *arena)
{
	const char *found = "";

	if (file_type(root, path) != FILE_ABSENT)
		return arena_strdup(arena, path);
	while (*path == '/') {
		size_t size = strcspn(++path, "/");
		const char *name = arena_strndup(arena, path, size);
		const char *exact = arena_printf(arena, "%s/%s", found, name);

		found = file_type(root, exact) != FILE_ABSENT
		            ? exact
		            : find_entry(root, found, name, arena);
		if (!found)
			return NULL;
		path += size;
	}
	return found;
}
