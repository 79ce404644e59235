/* SPDX-License-Identifier: Apache-2.0 */
#include "state/journal.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/digest.h"
#include "state/place.h"

static const char magic[4] = {'T', 'D', 'J', '1'};

/* What tells the state of a transaction: the end of its file's name. */
static const char *const suffixes[JOURNAL_STATES] = {
    [JOURNAL_DONE] = "",
    [JOURNAL_OPEN] = ".open",
    [JOURNAL_DISCARDED] = ".discarded",
    [JOURNAL_ROOM] = ".room",
};

/* A file takes whole blocks on the disk, and a line of history and a larger folder must fit in
 * too. */
enum { ROOM_BLOCK = 4096, ROOM_SLACK = 64 * 1024 };

/* Larger files are neither edited by hand nor bundles of certificates. */
enum { CONTENT_MAX = 4 * 1024 * 1024 };

bool journal_path(const char *folder, const char *id, enum journal_state state,
    char out[JOURNAL_PATH], struct err *err)
{
	int size = snprintf(
	    out, JOURNAL_PATH, "%s/journal%s%s%s", folder, id[0] ? "/" : "", id, suffixes[state]);

	if (size < 0 || size >= JOURNAL_PATH)
		return err_set(
		    err, ERR_USAGE, "%s: the path is too long", text_escape_string(folder).text);
	return true;
}

static enum journal_state state_of(const char *name)
{
	for (unsigned i = 0; i < JOURNAL_STATES; i++)
		if (suffixes[i][0] && text_ends(name, suffixes[i]))
			return (enum journal_state)i;
	return JOURNAL_DONE;
}

bool journal_is_id(const char *id)
{
	static const char form[] = "00000000T000000Z-0000";
	size_t at = 0;

	for (; form[at]; at++)
		if (form[at] == '0' ? !strchr("0123456789", id[at]) || !id[at] : id[at] != form[at])
			return false;
	/* the counter grows while a clock stands still */
	return strspn(id + at, "0123456789") == strlen(id + at) && strlen(id) < JOURNAL_ID;
}

bool journal_names(struct root *root, const char *state, struct journal_names *out, struct err *err)
{
	AUTO(journal_names) names = {0};
	char path[JOURNAL_PATH];

	if (!journal_path(state, "", JOURNAL_DONE, path, err) ||
	    !folder_open(root, path, &names.folder, err))
		return false;
	names.done = arena_alloc(&names.arena, (names.folder.count + 1) * sizeof(*names.done));
	names.open = arena_alloc(&names.arena, (names.folder.count + 1) * sizeof(*names.open));
	for (size_t i = 0; i < names.folder.count; i++) {
		const char *name = names.folder.entries[i].name;
		enum journal_state is = state_of(name);
		const char *id =
		    arena_strndup(&names.arena, name, strlen(name) - strlen(suffixes[is]));

		/* what is no file is a damaged journal: transaction_load() */
		if (!journal_is_id(id))
			continue;
		if (is == JOURNAL_OPEN)
			names.open[names.open_count++] = id;
		else if (is == JOURNAL_DONE)
			names.done[names.done_count++] = id;
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

/* With a NUL behind it, so that it can be used where it lies. */
static void put_blob(struct bytes *out, struct span span)
{
	bytes_add_little(out, span.size, 8);
	bytes_add(out, span.data, span.size);
	bytes_add(out, "", 1);
}

static void put_text(struct bytes *out, const char *text)
{
	put_blob(out, span_text(text));
}

static void put_attributes(struct bytes *out, const struct file_state *state)
{
	bytes_add_little(out, state->type, 1);
	bytes_add_little(out, state->mode, 4);
	bytes_add_little(out, state->uid, 4);
	bytes_add_little(out, state->gid, 4);
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
	bytes_add_little(out, kind, 4);
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
	if (newest && journal_is_id(newest) && strncmp(newest, stamp, size) >= 0) {
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
	bytes_add_little(&journal->pending, (uint64_t)now, 8);
	put_text(&journal->pending, mode);
	bytes_add_little(&journal->pending, policy_count, 8);
	for (size_t i = 0; i < policy_count; i++)
		put_text(&journal->pending, policies[i]);
	bytes_add_little(&journal->pending, JOURNAL_VERSION, 1);
	close_frame(&journal->pending, start);
}

/* What is above the state folder is for all. */
bool journal_make_folder(struct root *root, const char *state, struct err *err)
{
	char path[JOURNAL_PATH];
	char *slash;

	if (!journal_path(state, "", JOURNAL_DONE, path, err))
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
	return journal_path(state, "", JOURNAL_DONE, path, err) &&
	       file_make_folders(root, path, 0700, err);
}

static bool write_pending(struct journal *journal, struct err *err)
{
	char path[JOURNAL_PATH];

	if (!journal->begun && !journal_make_folder(journal->root, journal->state, err))
		return false;
	if (!journal_path(journal->state, journal->id, JOURNAL_OPEN, path, err))
		return false;
	journal->begun = true;
	if (!file_append(journal->root, path, bytes_span(&journal->pending), err))
		return false;
	journal->size += journal->pending.size;
	journal->pending.size = 0;
	return true;
}

void journal_free_room(struct root *root, const char *state, const char *id)
{
	const struct file_state gone = {.type = FILE_ABSENT};
	char path[JOURNAL_PATH];
	struct err err = {0};

	/* without it, undoing has less room to work in; that is all */
	if (journal_path(state, id, JOURNAL_ROOM, path, &err) && !file_set(root, path, &gone, &err))
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
	return journal_path(journal->state, journal->id, JOURNAL_ROOM, path, err) &&
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

/* How many bytes `choose` counts in a batch whose first place has the number `first`. */
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
	bytes_add_little(out, count, 8);
	for (size_t i = 0; i < changes->count; i++)
		if (choose(&changes->list[i], &span)) {
			bytes_add_little(out, first + i, 8);
			put_blob(out, span);
		}
	close_frame(out, start);
}

/* What could not be undone is not begun at all. */
static bool check_place(const struct journal *journal, enum journal_frame kind,
    const struct change *change, struct err *err)
{
	const struct journal_record record = {
	    .kind = kind,
	    .place = change->place,
	    .before = change->before,
	    .after = change->after,
	};
	size_t before = change->before.content.size, after = change->after.content.size;

	if (!place_check(&record, err) || !place_judge(&record, journal->places, err))
		return false;
	if (before <= JOURNAL_PLACE_MAX && after <= JOURNAL_PLACE_MAX)
		return true;
	return err_set(err, ERR_HOST,
	    "%s: %zu bytes are more than can be read again (%d), so nothing is written there",
	    text_escape_string(change->place).text, before > after ? before : after,
	    JOURNAL_PLACE_MAX);
}

/* Room for the contents of the batch; the frames add little beside the limit. */
static bool check_size(const struct journal *journal, enum journal_frame kind,
    const struct changes *changes, struct err *err)
{
	uint64_t size = journal->size + journal->pending.size;

	for (size_t i = 0; i < changes->count; i++) {
		if (!check_place(journal, kind, &changes->list[i], err))
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

	if (!check_size(journal, kind, changes, err))
		return false;
	start = open_frame(&journal->pending, kind);
	bytes_add_little(&journal->pending, changes->count, 8);
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

	bytes_add_little(&journal->pending, count, 8);
	for (size_t i = 0; i < count; i++) {
		put_text(&journal->pending, items[i].id);
		put_text(&journal->pending, items[i].policy);
		put_text(&journal->pending, items[i].before);
		put_text(&journal->pending, items[i].after);
		bytes_add_little(&journal->pending, items[i].action, 1);
		bytes_add_little(&journal->pending,
		    (items[i].failed ? HISTORY_FAILED : 0) | (items[i].along ? HISTORY_ALONG : 0) |
		        (items[i].waits ? HISTORY_WAITS : 0),
		    1);
	}
	close_frame(&journal->pending, start);
	start = open_frame(&journal->pending, JOURNAL_LABELS);
	bytes_add_little(&journal->pending, count, 8);
	for (size_t i = 0; i < count; i++)
		put_text(&journal->pending, items[i].label ? items[i].label : "");
	close_frame(&journal->pending, start);
}

/* The end of a file of which `size` bytes come before what is in `out`. */
static void put_end(struct bytes *out, uint64_t size)
{
	size_t start;

	size += out->size;
	start = open_frame(out, JOURNAL_END);
	bytes_add_little(out, size, 8);
	close_frame(out, start);
}

bool journal_commit(struct journal *journal, struct err *err)
{
	char open[JOURNAL_PATH], done[JOURNAL_PATH];

	journal_free_room(journal->root, journal->state, journal->id);
	put_end(&journal->pending, journal->size);
	return write_pending(journal, err) &&
	       journal_path(journal->state, journal->id, JOURNAL_OPEN, open, err) &&
	       journal_path(journal->state, journal->id, JOURNAL_DONE, done, err) &&
	       file_rename(journal->root, open, done, err);
}

bool journal_reopen(struct root *root, const char *state, const char *id, struct err *err)
{
	char open[JOURNAL_PATH], done[JOURNAL_PATH];

	return journal_path(state, id, JOURNAL_OPEN, open, err) &&
	       journal_path(state, id, JOURNAL_DONE, done, err) &&
	       file_rename(root, done, open, err);
}

/* Without what a run that was killed wrote last and not whole, and with a new end behind the word.
 */
bool journal_close_partly(
    struct root *root, const char *state, const struct transaction *transaction, struct err *err)
{
	size_t size = transaction->end ? transaction->end : transaction->whole;
	const char *id = transaction->id;
	char open[JOURNAL_PATH], done[JOURNAL_PATH];
	AUTO(bytes) file = bytes_copy((struct span){transaction->file.data, size});

	if (!transaction->partly)
		close_frame(&file, open_frame(&file, JOURNAL_PARTLY));
	if (transaction->versioned)
		put_end(&file, 0);
	return journal_path(state, id, JOURNAL_OPEN, open, err) &&
	       journal_path(state, id, JOURNAL_DONE, done, err) &&
	       file_store(root, open, bytes_span(&file), err) && file_rename(root, open, done, err);
}

bool journal_discard(
    struct root *root, const char *state, const char *id, char out[JOURNAL_PATH], struct err *err)
{
	char open[JOURNAL_PATH], done[JOURNAL_PATH];
	const char *from;

	if (!journal_path(state, id, JOURNAL_OPEN, open, err) ||
	    !journal_path(state, id, JOURNAL_DONE, done, err) ||
	    !journal_path(state, id, JOURNAL_DISCARDED, out, err))
		return false;
	from = file_type(root, open) != FILE_ABSENT ? open : done;
	journal_free_room(root, state, id);
	return file_rename(root, from, out, err);
}

void journal_release(struct journal *journal)
{
	bytes_release(&journal->pending);
	*journal = (struct journal){0};
}
