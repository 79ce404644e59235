/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What a run is about to change on a host, as data: places and the state each
 * is to have. A backend fills the list; the engine journals it and carries it
 * out one by one. A place is a path below the system root, beginning with '/', or a
 * key or value of the registry (host/windows/windows.h tells its form). Several steps may share a
 * place, such as lines of one file: the second one edits the state that the first one left in the
 * list.
 */
#include "base/file.h"
#include "model/item.h"

#define CHANGE_NO_STEP ((size_t)-1)

struct change {
	const char *place; /* in the list's arena */
	struct file_state before, after;
};

/* Step `step` depends on change `change`. */
struct change_link {
	size_t step, change;
};

/* What step `step` changes in a place that is not its own alone: what the ledger keeps of it, to
 * give back when the item goes. */
struct change_edit {
	size_t step;
	const char *place;          /* strings are in the list's arena */
	const char *before, *after; /* whole lines; of a link: where it led, and "";
	                             * of an absence: "" both */
	bool link;
};

struct changes {
	struct change *list;
	size_t count, capacity;
	struct change_edit *edits;
	size_t edit_count, edit_capacity;
	struct change_link *links;
	size_t link_count, link_capacity;
	bool rebuild; /* for publish: outputs are due although no source is among these changes */
	size_t step;  /* set by the engine before it calls put or drop: who asks */
	struct arena arena;
	size_t *slots; /* finds a place: open addressing over `list`, index + 1 */
	size_t slot_count;
	const char *folder; /* the last one that was found to be there */
};

/* Appends a change of `place`, takes over both states and links it to the current step.
 * Changes whose states are equal are left out; of a place that is in the list already only
 * `after` is taken. */
void changes_add(struct changes *changes, const char *place, struct file_state *before,
    struct file_state *after);
/* The change of `place` that is in the list already, linked to the current step too, or NULL. */
struct change *changes_find(struct changes *changes, const char *place);
/* The change of `place` without linking it to anybody, or NULL. */
const struct change *changes_peek(const struct changes *changes, const char *place);
/* Says of the current step that it has lines of the place, `before`, become `after`; with "" they
 * go. What is no text and what does not differ is left out. The change itself is another call. */
void changes_note_edit(
    struct changes *changes, const char *place, struct span before, struct span after);
/* The same of a link that goes. */
void changes_note_link(struct changes *changes, const char *place, struct span target);
/* The same of what a source held, and no rebuild had brought to that place: into a file, or as a
 * link. */
void changes_note_absence(struct changes *changes, const char *place, bool link);
/* Appends changes that make the folder `path` and its missing parents with `mode`. */
void changes_add_folders(
    struct changes *changes, struct root *root, const char *path, unsigned mode);
/* Whether the place is a path of a file: no other can be found half-written after a power cut. */
bool changes_is_file(const char *place);
bool file_state_equal(const struct file_state *a, const struct file_state *b);
void changes_release(struct changes *changes);
