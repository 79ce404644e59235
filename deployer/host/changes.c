/* SPDX-License-Identifier: Apache-2.0 */
#include "host/changes.h"

#include <stdlib.h>

enum { SLOTS_MIN = 64 };

static bool same_owner(unsigned a, unsigned b)
{
	return a == b || a == FILE_OWNER_SELF || b == FILE_OWNER_SELF;
}

bool file_state_equal(const struct file_state *a, const struct file_state *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == FILE_ABSENT)
		return true;
	if (a->type != FILE_LINK &&
	    (a->mode != b->mode || !same_owner(a->uid, b->uid) || !same_owner(a->gid, b->gid)))
		return false;
	return a->type == FILE_FOLDER ||
	       span_equal(bytes_span(&a->content), bytes_span(&b->content));
}

bool changes_is_file(const char *place)
{
	return place[0] == '/';
}

/* FNV-1a: places are paths that this program chose or found, and a list is short-lived. */
static size_t hash_place(const char *place)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *place; place++)
		hash = (hash ^ (uint8_t)*place) * 0x100000001b3;
	return (size_t)(hash ^ hash >> 32);
}

/* The slot that holds `place`, or the empty one where it belongs. */
static size_t *find_slot(const struct changes *changes, const char *place)
{
	size_t mask = changes->slot_count - 1, at = hash_place(place) & mask;

	while (
	    changes->slots[at] && strcmp(changes->list[changes->slots[at] - 1].place, place) != 0)
		at = (at + 1) & mask;
	return &changes->slots[at];
}

/* Keeps the table at most half full. */
static void grow_slots(struct changes *changes)
{
	if (2 * (changes->count + 1) <= changes->slot_count)
		return;
	free(changes->slots);
	changes->slot_count = changes->slot_count ? 2 * changes->slot_count : SLOTS_MIN;
	changes->slots = mem_alloc(changes->slot_count * sizeof(*changes->slots));
	for (size_t i = 0; i < changes->count; i++)
		*find_slot(changes, changes->list[i].place) = i + 1;
}

static void link_step(struct changes *changes, size_t change)
{
	if (changes->step == CHANGE_NO_STEP)
		return;
	changes->links = mem_grow(changes->links, &changes->link_capacity, changes->link_count + 1,
	    sizeof(*changes->links));
	changes->links[changes->link_count++] =
	    (struct change_link){.step = changes->step, .change = change};
}

const struct change *changes_peek(const struct changes *changes, const char *place)
{
	size_t found = changes->slot_count ? *find_slot(changes, place) : 0;

	return found ? &changes->list[found - 1] : NULL;
}

struct change *changes_find(struct changes *changes, const char *place)
{
	const struct change *found = changes_peek(changes, place);

	if (!found)
		return NULL;
	link_step(changes, (size_t)(found - changes->list));
	return &changes->list[found - changes->list];
}

void changes_add(
    struct changes *changes, const char *place, struct file_state *before, struct file_state *after)
{
	AUTO(file_state) was = TAKE(*before);
	AUTO(file_state) will_be = TAKE(*after);
	struct change *change = changes_find(changes, place);

	if (change) {
		file_state_release(&change->after);
		change->after = TAKE(will_be);
		return;
	}
	if (file_state_equal(&was, &will_be))
		return;
	grow_slots(changes);
	changes->list =
	    mem_grow(changes->list, &changes->capacity, changes->count + 1, sizeof(*changes->list));
	change = &changes->list[changes->count];
	change->place = arena_strdup(&changes->arena, place);
	change->before = TAKE(was);
	change->after = TAKE(will_be);
	*find_slot(changes, place) = ++changes->count;
	link_step(changes, changes->count - 1);
}

static void note(
    struct changes *changes, const char *place, struct span before, struct span after, bool link)
{
	struct change_edit *edit;

	if (changes->step == CHANGE_NO_STEP ||
	    (before.size && memchr(before.data, 0, before.size)) ||
	    (after.size && memchr(after.data, 0, after.size)))
		return;
	changes->edits = mem_grow(changes->edits, &changes->edit_capacity, changes->edit_count + 1,
	    sizeof(*changes->edits));
	edit = &changes->edits[changes->edit_count++];
	*edit = (struct change_edit){
	    .step = changes->step,
	    .place = arena_strdup(&changes->arena, place),
	    .before = arena_strndup(&changes->arena, (const char *)before.data, before.size),
	    .after = arena_strndup(&changes->arena, (const char *)after.data, after.size),
	    .link = link,
	};
}

void changes_note_edit(
    struct changes *changes, const char *place, struct span before, struct span after)
{
	if (!span_equal(before, after))
		note(changes, place, before, after, false);
}

void changes_note_link(struct changes *changes, const char *place, struct span target)
{
	note(changes, place, target, span_text(""), true);
}

void changes_note_absence(struct changes *changes, const char *place, bool link)
{
	note(changes, place, span_text(""), span_text(""), link);
}

void changes_add_folders(
    struct changes *changes, struct root *root, const char *path, unsigned mode)
{
	size_t size = strlen(path);

	if (changes->folder && strcmp(changes->folder, path) == 0)
		return;
	if (file_type(root, path) != FILE_ABSENT) {
		changes->folder = arena_strdup(&changes->arena, path);
		return;
	}
	for (size_t i = 1; i <= size; i++) {
		struct file_state before = {0};
		struct file_state after = {.type = FILE_FOLDER,
		    .mode = mode,
		    .uid = FILE_OWNER_SELF,
		    .gid = FILE_OWNER_SELF};
		char *part;

		if (path[i] != '/' && path[i] != 0)
			continue;
		part = arena_strndup(&changes->arena, path, i);
		/* a link on the way is as good as a folder */
		if (file_type(root, part) == FILE_ABSENT)
			changes_add(changes, part, &before, &after);
	}
}

void changes_release(struct changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		file_state_release(&changes->list[i].before);
		file_state_release(&changes->list[i].after);
	}
	free(changes->list);
	free(changes->links);
	free(changes->edits);
	free(changes->slots);
	arena_release(&changes->arena);
	*changes = (struct changes){0};
}
