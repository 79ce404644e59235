/* SPDX-License-Identifier: Apache-2.0 */
/* The part of ctl.h that keeps lists. */
#include "formats/ctl.h"

#include <stdlib.h>

/* A file, and the list that it is or holds. */
struct ctls_file {
	struct bytes file;
	struct ctl *ctl;
	bool is_list; /* and so it owns `ctl`, which borrows from it; a cabinet shares that */
};

static struct ctl *find(const struct ctls *ctls, struct span file)
{
	for (size_t i = 0; i < ctls->count; i++)
		if (span_equal(bytes_span(&ctls->list[i].file), file))
			return ctls->list[i].ctl;
	return NULL;
}

static void add(struct ctls *ctls, struct bytes file, struct ctl *ctl, bool is_list)
{
	ctls->list = mem_grow(ctls->list, &ctls->capacity, ctls->count + 1, sizeof(*ctls->list));
	ctls->list[ctls->count++] = (struct ctls_file){file, ctl, is_list};
}

static struct ctl *read_list(struct ctls *ctls, struct span list, struct err *err)
{
	struct ctl *known = find(ctls, list), *ctl;
	AUTO(bytes) file = {0};

	if (known)
		return known;
	file = bytes_copy(list);
	ctl = mem_alloc(sizeof(*ctl));
	if (!ctl_parse(bytes_span(&file), ctl, err)) {
		free(ctl);
		return NULL;
	}
	add(ctls, TAKE(file), ctl, true);
	return ctl;
}

const struct ctl *ctls_read(struct ctls *ctls, struct span file, struct err *err)
{
	struct ctl *ctl = find(ctls, file);
	AUTO(bytes) unpacked = {0};

	if (ctl || ctl_looks(file))
		return ctl ? ctl : read_list(ctls, file, err);
	if (!ctl_unpack(file, &unpacked, err))
		return NULL;
	ctl = read_list(ctls, bytes_span(&unpacked), err);
	if (ctl)
		add(ctls, bytes_copy(file), ctl, false);
	return ctl;
}

void ctls_release(struct ctls *ctls)
{
	for (size_t i = 0; i < ctls->count; i++) {
		struct ctls_file *file = &ctls->list[i];

		if (file->is_list) {
			ctl_release(file->ctl);
			free(file->ctl);
		}
		bytes_release(&file->file);
	}
	free(ctls->list);
	*ctls = (struct ctls){0};
}
