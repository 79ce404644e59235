/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/file.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(
	    ((const struct folder_entry *)a)->name, ((const struct folder_entry *)b)->name);
}

void folder_sort(struct folder *folder)
{
	if (folder->count > 1)
		qsort(folder->entries, folder->count, sizeof(*folder->entries), by_name);
}

const struct folder_entry *folder_find(const struct folder *folder, const char *name)
{
	struct folder_entry wanted = {.name = name};

	if (folder->count == 0)
		return NULL;
	return bsearch(&wanted, folder->entries, folder->count, sizeof(wanted), by_name);
}
