/* SPDX-License-Identifier: Apache-2.0 */
#include "state/journal.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/digest.h"

static const char magic[4] = {'T', 'D', 'J', '1'};

#define OPEN_SUFFIX ".open"
#define ROOM_SUFFIX ".room"

/* A file takes whole blocks; and a line of history and a folder's growth must fit in too. */
enum { ROOM_BLOCK = 4096, ROOM_SLACK = 64 * 1024 };

/* What is larger is no file that people edit by hand, nor a bundle of certificates. */
enum { CONTENT_MAX = 4 * 1024 * 1024 };

bool journal_path(
    const char *state, const char *id, bool open, char out[JOURNAL_PATH], struct err *err)
{
	int size = snprintf(out, JOURNAL_PATH, "%s/journal%s%s%s", state, id[0] ? "/" : "", id,
	    open ? OPEN_SUFFIX : "");

	if (size < 0 || size >= JOURNAL_PATH)
		return err_set(
		    err, ERR_USAGE, "%s: the path is too long", text_escape_string(state).text);
	return true;
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t size = strlen(name), end = strlen(suffix);

	return size > end && strcmp(name + size - end, suffix) == 0;
}

bool journal_names(struct root *root, const char *state, struct journal_names *out, struct err *err)
{
	AUTO(journal_names) names = {0};
	char path[JOURNAL_PATH];

	if (!journal_path(state, "", false, path, err) ||
	    !folder_open(root, path, &names.folder, err))
		return false;
	names.done = arena_alloc(&names.arena, (names.folder.count + 1) * sizeof(*names.done));
	names.open = arena_alloc(&names.arena, (names.folder.count + 1) * sizeof(*names.open));
	for (size_t i = 0; i < names.folder.count; i++) {
		const char *name = names.folder.entries[i].name;

		if (name[0] == '.' || names.folder.entries[i].type != FILE_REGULAR ||
		    has_suffix(name, ROOM_SUFFIX))
			continue;
		if (has_suffix(name, OPEN_SUFFIX))
			names.open[names.open_count++] =
			    arena_strndup(&names.arena, name, strlen(name) - strlen(OPEN_SUFFIX));
		else
			names.done[names.done_count++] = name;
	}
	*out = TAKE(names);
	return true;
}

void journal_names_release(struct journal_names *names)
{
	folder_release(&names->folder);
	arena_release(&names->arena);
	*names = (struct journal_names){0};
}

static void put_number(struct bytes *out, uint64_t number, size_t size)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(number >> (8 * i));
	bytes_add(out, bytes, size);
}

/* With a NUL behind it, so that it can be used where it lies. */
static void put_blob(struct bytes *out, struct span span)
{
	put_number(out, span.size, 8);
	bytes_add(out, span.data, span.size);
	bytes_add(out, "", 1);
}

static void put_text(struct bytes *out, const char *text)
{
	put_blob(out, span_text(text));
}

static void put_attributes(struct bytes *out, const struct file_state *state)
{
	put_number(out, state->type, 1);
	put_number(out, state->mode, 4);
	put_number(out, state->uid, 4);
	put_number(out, state->gid, 4);
}

static void put_change(struct bytes *out, const struct change *change)
{
	uint8_t sha256[SHA256_SIZE];

	put_text(out, change->place);
	put_attributes(out, &change->before);
	put_blob(out, bytes_span(&change->before.content));
	put_attributes(out, &change->after);
	digest_sha256(bytes_span(&change->after.content), sha256);
	bytes_add(out, sha256, sizeof(sha256));
}

/* Frames are built in place: open_frame leaves room for what close_frame then knows. */
static size_t open_frame(struct bytes *out, enum journal_frame kind)
{
	static const uint8_t room[8 + SHA256_SIZE];

	bytes_add(out, magic, sizeof(magic));
	put_number(out, kind, 4);
	bytes_add(out, room, sizeof(room));
	return out->size;
}

static void close_frame(struct bytes *out, size_t start)
{
	struct span payload = {out->data + start, out->size - start};
	uint8_t *head = out->data + start - SHA256_SIZE - 8;

	for (size_t i = 0; i < 8; i++)
		head[i] = (uint8_t)((uint64_t)payload.size >> (8 * i));
	digest_sha256(payload, head + 8);
}

/* "20261123T100000Z-0001": the time, or that of the newest one where the clock is not past it,
 * and a counter within it. */
static void choose_id(char id[JOURNAL_ID], int64_t now, const char *newest)
{
	char date[CLOCK_TEXT], stamp[CLOCK_TEXT];
	size_t size = 0;
	unsigned long counter = 1;

	clock_write(now, date);
	for (const char *c = date; *c; c++)
		if (*c != '-' && *c != ':')
			stamp[size++] = *c;
	stamp[size] = 0;
	if (newest && strncmp(newest, stamp, size) >= 0 && strlen(newest) > size) {
		memcpy(stamp, newest, size);
		counter = strtoul(newest + size + 1, NULL, 10) + 1;
	}
	snprintf(id, JOURNAL_ID, "%s-%04lu", stamp, counter);
}

void journal_begin(struct journal *journal, struct root *root, const char *state, int64_t now,
    const char *newest, const char *mode, const char *const *policies, size_t policy_count)
{
	size_t start;

	*journal = (struct journal){.root = root, .state = state};
	choose_id(journal->id, now, newest);
	start = open_frame(&journal->pending, JOURNAL_HEADER);
	put_number(&journal->pending, (uint64_t)now, 8);
	put_text(&journal->pending, mode);
	put_number(&journal->pending, policy_count, 8);
	for (size_t i = 0; i < policy_count; i++)
		put_text(&journal->pending, policies[i]);
	close_frame(&journal->pending, start);
}

/* What is above the state folder is for all. */
bool journal_make_folder(struct root *root, const char *state, struct err *err)
{
	char path[JOURNAL_PATH];
	char *slash;

	if (!journal_path(state, "", false, path, err))
		return false;
	if (file_type(root, path) == FILE_FOLDER)
		return true;
	snprintf(path, sizeof(path), "%s", state);
	slash = strrchr(path, '/');
	if (slash && slash != path) {
		*slash = 0;
		if (!file_make_folders(root, path, 0755, err))
			return false;
	}
	return journal_path(state, "", false, path, err) &&
	       file_make_folders(root, path, 0700, err);
}

static bool write_pending(struct journal *journal, struct err *err)
{
	char path[JOURNAL_PATH];

	if (!journal->begun && !journal_make_folder(journal->root, journal->state, err))
		return false;
	if (!journal_path(journal->state, journal->id, true, path, err))
		return false;
	journal->begun = true;
	if (!file_append(journal->root, path, bytes_span(&journal->pending), err))
		return false;
	journal->size += journal->pending.size;
	journal->pending.size = 0;
	return true;
}

static bool room_path(const char *state, const char *id, char out[JOURNAL_PATH])
{
	int size = snprintf(out, JOURNAL_PATH, "%s/journal/%s" ROOM_SUFFIX, state, id);

	return size > 0 && size < JOURNAL_PATH;
}

void journal_free_room(struct root *root, const char *state, const char *id)
{
	const struct file_state gone = {.type = FILE_ABSENT};
	char path[JOURNAL_PATH];
	struct err err = {0};

	/* without it undoing has less room to work in, and that is all */
	if (room_path(state, id, path) && !file_set(root, path, &gone, &err))
		return;
}

/* What the batch replaces or takes away would have to be written once more. */
static bool take_room(struct journal *journal, const struct changes *changes, struct err *err)
{
	char path[JOURNAL_PATH];

	if (journal->room == 0)
		journal->room = ROOM_SLACK;
	for (size_t i = 0; i < changes->count; i++)
		journal->room += (changes->list[i].before.content.size + ROOM_BLOCK - 1) /
		                 ROOM_BLOCK * ROOM_BLOCK;
	return !room_path(journal->state, journal->id, path) ||
	       file_reserve(journal->root, path, journal->room, err);
}

static bool attributes_of(const struct change *change, struct span *out)
{
	*out = bytes_span(&change->before.attributes);
	return change->before.type == FILE_REGULAR && change->before.attributed;
}

/* A file that was there before is one that others may edit too. */
static bool content_of(const struct change *change, struct span *out)
{
	*out = bytes_span(&change->after.content);
	return change->before.type == FILE_REGULAR && change->after.type == FILE_REGULAR &&
	       out->size <= CONTENT_MAX;
}

/* What `choose` finds in a batch of which the first place has the number `first`. */
static void put_more(struct bytes *out, enum journal_frame kind, const struct changes *changes,
    size_t first, bool (*choose)(const struct change *change, struct span *out))
{
	size_t count = 0, start;
	struct span span;

	for (size_t i = 0; i < changes->count; i++)
		count += choose(&changes->list[i], &span);
	if (count == 0)
		return;
	start = open_frame(out, kind);
	put_number(out, count, 8);
	for (size_t i = 0; i < changes->count; i++)
		if (choose(&changes->list[i], &span)) {
			put_number(out, first + i, 8);
			put_blob(out, span);
		}
	close_frame(out, start);
}

static bool check_place(const struct change *change, struct err *err)
{
	size_t before = change->before.content.size, after = change->after.content.size;

	if (before <= JOURNAL_PLACE_MAX && after <= JOURNAL_PLACE_MAX)
		return true;
	return err_set(err, ERR_HOST,
	    "%s: %zu bytes are more than can be read again (%d), so nothing is written there",
	    text_escape_string(change->place).text, before > after ? before : after,
	    JOURNAL_PLACE_MAX);
}

/* The contents of the batch; what the frames add is little beside the limit. */
static bool check_size(
    const struct journal *journal, const struct changes *changes, struct err *err)
{
	uint64_t size = journal->size + journal->pending.size;

	for (size_t i = 0; i < changes->count; i++) {
		if (!check_place(&changes->list[i], err))
			return false;
		size += changes->list[i].before.content.size + JOURNAL_PATH;
	}
	return size <= JOURNAL_FILE_MAX ||
	       err_set(err, ERR_HOST,
	           "a run that replaces more than %d MiB cannot be undone, and is not begun: say it"
	           " in several policies, one after the other",
	           JOURNAL_FILE_MAX / (1024 * 1024));
}

bool journal_note(struct journal *journal, enum journal_frame kind, const struct changes *changes,
    struct err *err)
{
	size_t start;

	if (!check_size(journal, changes, err))
		return false;
	start = open_frame(&journal->pending, kind);
	put_number(&journal->pending, changes->count, 8);
	for (size_t i = 0; i < changes->count; i++)
		put_change(&journal->pending, &changes->list[i]);
	close_frame(&journal->pending, start);
	put_more(&journal->pending, JOURNAL_ATTRIBUTES, changes, journal->records, attributes_of);
	if (kind == JOURNAL_SOURCES)
		put_more(
		    &journal->pending, JOURNAL_CONTENTS, changes, journal->records, content_of);
	journal->records += changes->count;
	return write_pending(journal, err) && take_room(journal, changes, err);
}

void journal_items(struct journal *journal, const struct history_item *items, size_t count)
{
	size_t start = open_frame(&journal->pending, JOURNAL_ITEMS);

	put_number(&journal->pending, count, 8);
	for (size_t i = 0; i < count; i++) {
		put_text(&journal->pending, items[i].id);
		put_text(&journal->pending, items[i].policy);
		put_text(&journal->pending, items[i].before);
		put_text(&journal->pending, items[i].after);
		put_number(&journal->pending, items[i].action, 1);
		put_number(&journal->pending, items[i].failed, 1);
	}
	close_frame(&journal->pending, start);
	start = open_frame(&journal->pending, JOURNAL_LABELS);
	put_number(&journal->pending, count, 8);
	for (size_t i = 0; i < count; i++)
		put_text(&journal->pending, items[i].label ? items[i].label : "");
	close_frame(&journal->pending, start);
}

bool journal_commit(struct journal *journal, struct err *err)
{
	char open[JOURNAL_PATH], done[JOURNAL_PATH];

	journal_free_room(journal->root, journal->state, journal->id);
	return (journal->pending.size == 0 || write_pending(journal, err)) &&
	       journal_path(journal->state, journal->id, true, open, err) &&
	       journal_path(journal->state, journal->id, false, done, err) &&
	       file_rename(journal->root, open, done, err);
}

bool journal_reopen(struct root *root, const char *state, const char *id, struct err *err)
{
	char open[JOURNAL_PATH], done[JOURNAL_PATH];

	return journal_path(state, id, true, open, err) &&
	       journal_path(state, id, false, done, err) && file_rename(root, done, open, err);
}

bool journal_close_partly(
    struct root *root, const char *state, const char *id, bool noted, struct err *err)
{
	char open[JOURNAL_PATH], done[JOURNAL_PATH];
	AUTO(bytes) frame = {0};

	close_frame(&frame, open_frame(&frame, JOURNAL_PARTLY));
	return journal_path(state, id, true, open, err) &&
	       journal_path(state, id, false, done, err) &&
	       (noted || file_append(root, open, bytes_span(&frame), err)) &&
	       file_rename(root, open, done, err);
}

void journal_release(struct journal *journal)
{
	bytes_release(&journal->pending);
	*journal = (struct journal){0};
}
