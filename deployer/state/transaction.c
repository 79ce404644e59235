/* SPDX-License-Identifier: Apache-2.0 */
/* The reading half of journal.h. */
#include <stdlib.h>

#include "base/digest.h"
#include "state/journal.h"
#include "state/judged.h"
#include "state/place.h"

/* The least bytes of a text, and of an item: what claims more of them than there can be is refused
 * before room is made for them. */
enum { TEXT_MIN = 9, ITEM_MIN = 4 * TEXT_MIN + 2 };

enum { HASHED_TIMES = 4 };

static struct span take_blob(struct reader *reader)
{
	uint64_t size = reader_u64le(reader);
	struct span span = {0};

	if (size > reader->rest.size)
		reader->failed = true;
	if (reader->failed)
		return span;
	span = reader_take(reader, (size_t)size);
	if (reader_u8(reader) != 0)
		reader->failed = true;
	return span;
}

/* A text that lies in the file, with its NUL behind it. */
static const char *take_text(struct reader *reader)
{
	struct span span = take_blob(reader);

	if (!reader->failed && memchr(span.data, 0, span.size))
		reader->failed = true;
	return reader->failed ? "" : (const char *)span.data;
}

static void take_attributes(struct reader *reader, struct file_state *state)
{
	uint8_t type = reader_u8(reader);

	if (type > FILE_OTHER)
		reader->failed = true;
	state->type = (enum file_type)type;
	state->mode = reader_u32le(reader);
	state->uid = reader_u32le(reader);
	state->gid = reader_u32le(reader);
}

static void read_header(struct reader *reader, struct transaction *out)
{
	uint64_t count;

	out->time = (int64_t)reader_u64le(reader);
	out->mode = take_text(reader);
	count = reader_u64le(reader);
	if (count > reader->rest.size / TEXT_MIN)
		reader->failed = true;
	if (reader->failed)
		return;
	out->policies = arena_alloc(&out->arena, ((size_t)count + 1) * sizeof(*out->policies));
	while (out->policy_count < count && !reader->failed)
		out->policies[out->policy_count++] = take_text(reader);
	out->versioned = reader->rest.size > 0;
	if (out->versioned && reader_u8(reader) != JOURNAL_VERSION)
		reader->failed = true;
}

static void read_record(
    struct reader *reader, enum journal_frame kind, struct journal_record *record)
{
	struct span content, digest;

	*record = (struct journal_record){.kind = kind, .place = take_text(reader)};
	take_attributes(reader, &record->before);
	content = take_blob(reader);
	if (content.size > JOURNAL_PLACE_MAX)
		reader->failed = true;
	record->before.content =
	    (struct bytes){.data = (uint8_t *)(uintptr_t)content.data, .size = content.size};
	take_attributes(reader, &record->after);
	digest = reader_take(reader, SHA256_SIZE);
	if (!reader->failed)
		memcpy(record->after_sha256, digest.data, SHA256_SIZE);
}

static bool read_batch(
    struct reader *reader, enum journal_frame kind, struct transaction *out, struct err *err)
{
	uint64_t count = reader_u64le(reader);

	for (uint64_t i = 0; i < count && !reader->failed; i++) {
		out->records =
		    mem_grow(out->records, &out->capacity, out->count + 1, sizeof(*out->records));
		read_record(reader, kind, &out->records[out->count]);
		if (reader->failed)
			break;
		if (!place_check(&out->records[out->count], err))
			return false;
		out->count++;
	}
	return true;
}

static void read_item(struct reader *reader, struct history_item *item)
{
	uint8_t action, flags;

	item->id = take_text(reader);
	item->policy = take_text(reader);
	item->before = take_text(reader);
	item->after = take_text(reader);
	action = reader_u8(reader);
	flags = reader_u8(reader);
	item->failed = flags & HISTORY_FAILED;
	item->along = flags & HISTORY_ALONG;
	item->waits = flags & HISTORY_WAITS;
	item->label = "";
	if (action >= ACTIONS)
		reader->failed = true;
	else
		item->action = (enum action)action;
}

static void read_items(struct reader *reader, struct transaction *out)
{
	uint64_t count = reader_u64le(reader);

	if (count > reader->rest.size / ITEM_MIN)
		reader->failed = true;
	if (reader->failed)
		return;
	out->items = arena_alloc(&out->arena, ((size_t)count + 1) * sizeof(*out->items));
	while (out->item_count < count && !reader->failed)
		read_item(reader, &out->items[out->item_count++]);
}

/* The next place that a frame refers to, by its number; NULL when there is no such place. */
static struct journal_record *take_record(
    struct reader *reader, struct transaction *out, struct bytes *blob)
{
	uint64_t number = reader_u64le(reader);
	struct span span = take_blob(reader);

	if (number >= out->count)
		reader->failed = true;
	*blob = (struct bytes){.data = (uint8_t *)(uintptr_t)span.data, .size = span.size};
	return reader->failed ? NULL : &out->records[number];
}

static void read_more(struct reader *reader, enum journal_frame kind, struct transaction *out)
{
	uint64_t count = reader_u64le(reader);

	for (uint64_t i = 0; i < count && !reader->failed; i++) {
		struct bytes blob;
		struct journal_record *record = take_record(reader, out, &blob);

		if (!record)
			return;
		if (kind == JOURNAL_ATTRIBUTES) {
			record->before.attributed = true;
			record->before.attributes = blob;
		} else {
			record->has_content = true;
			record->after.content = blob;
		}
	}
}

static void read_labels(struct reader *reader, struct transaction *out)
{
	if (reader_u64le(reader) != out->item_count)
		reader->failed = true;
	for (size_t i = 0; i < out->item_count && !reader->failed; i++)
		out->items[i].label = take_text(reader);
}

static void read_partly(struct reader *reader, struct transaction *out)
{
	(void)reader;
	out->partly = true;
}

/* This finds a frame that is missing in the middle. */
static void read_end(struct reader *reader, struct transaction *out)
{
	if (reader_u64le(reader) != out->end)
		reader->failed = true;
}

/* Each kind has one way to be read. What tells of the whole transaction may come once: a second,
 * shorter list would be read by the length of the first. */
static const struct frame {
	bool once;
	void (*read)(struct reader *reader, struct transaction *out);
	bool (*read_batch)(struct reader *reader, enum journal_frame kind, struct transaction *out,
	    struct err *err);
	void (*read_more)(struct reader *reader, enum journal_frame kind, struct transaction *out);
} frames[JOURNAL_FRAMES] = {
    [JOURNAL_HEADER] = {.once = true, .read = read_header},
    [JOURNAL_SOURCES] = {.read_batch = read_batch},
    [JOURNAL_OUTPUTS] = {.read_batch = read_batch},
    [JOURNAL_STATE] = {.read_batch = read_batch},
    [JOURNAL_ITEMS] = {.once = true, .read = read_items},
    [JOURNAL_ATTRIBUTES] = {.read_more = read_more},
    [JOURNAL_CONTENTS] = {.read_more = read_more},
    [JOURNAL_LABELS] = {.once = true, .read = read_labels},
    [JOURNAL_PARTLY] = {.once = true, .read = read_partly},
    [JOURNAL_END] = {.once = true, .read = read_end},
};

static bool read_frame(
    struct reader *reader, uint32_t kind, struct transaction *out, struct err *err)
{
	const struct frame *frame = kind < JOURNAL_FRAMES ? &frames[kind] : &frames[0];
	unsigned bit = 1u << (kind % JOURNAL_FRAMES);

	if (frame->once && out->frames & bit)
		return err_set(err, ERR_FORMAT, "a frame of kind %u comes twice, and may come once",
		    (unsigned)kind);
	if (out->frames & 1u << JOURNAL_END)
		return err_set(err, ERR_FORMAT, "a frame stands behind its end");
	out->frames |= bit;
	if (frame->read)
		frame->read(reader, out);
	else if (frame->read_more)
		frame->read_more(reader, (enum journal_frame)kind, out);
	else if (frame->read_batch)
		return frame->read_batch(reader, (enum journal_frame)kind, out, err);
	else
		reader->failed = true;
	return true;
}

/* False at the end, and before a frame that was never durable. */
static bool next_frame(struct reader *file, uint32_t *kind, struct reader *payload)
{
	struct span magic = reader_take(file, 4), digest, body;
	uint8_t sha256[SHA256_SIZE];
	uint64_t size;

	*kind = reader_u32le(file);
	size = reader_u64le(file);
	digest = reader_take(file, SHA256_SIZE);
	if (file->failed || memcmp(magic.data, "TDJ1", 4) != 0 || size > file->rest.size)
		return false;
	body = reader_take(file, (size_t)size);
	digest_sha256(body, sha256);
	*payload = reader_of(body);
	return memcmp(sha256, digest.data, sizeof(sha256)) == 0;
}

/* How many bytes a place that looks like a frame would have hashed. */
static uint64_t claimed_size(struct reader file)
{
	uint64_t size;

	reader_take(&file, 4 + 4);
	size = reader_u64le(&file);
	reader_take(&file, SHA256_SIZE);
	return file.failed || size > file.rest.size ? 0 : size;
}

/* Whether a whole frame begins somewhere in it. What a kill leaves has few places that look like
 * one: where hashing them takes more than the bytes that are there a few times over, somebody wrote
 * it, and it is taken for one. */
static bool holds_frame(struct span rest)
{
	uint64_t budget = HASHED_TIMES * (uint64_t)rest.size;
	const uint8_t *at;

	while ((at = span_find(rest, span_text("TDJ1")))) {
		struct reader file, payload;
		uint32_t kind;

		rest = (struct span){at, rest.size - (size_t)(at - rest.data)};
		file = reader_of(rest);
		if (claimed_size(file) > budget)
			return true;
		budget -= claimed_size(file);
		if (next_frame(&file, &kind, &payload))
			return true;
		rest = (struct span){rest.data + 1, rest.size - 1};
	}
	return false;
}

/* What a kill or a power cut leaves is an open journal that ends in a frame that is not whole. */
static bool check_end(const struct transaction *transaction, bool open, struct err *err)
{
	struct span rest = {transaction->file.data + transaction->whole,
	    transaction->file.size - transaction->whole};

	if (rest.size > 0 && (!open || holds_frame(rest)))
		return err_set(err, ERR_FORMAT, "the frame at byte %zu is damaged or cut off",
		    transaction->whole);
	if (!open && !(transaction->frames & 1u << JOURNAL_HEADER))
		return err_set(err, ERR_FORMAT, "it is cut off before its first frame");
	return open || !transaction->versioned || transaction->end ||
	       err_set(err, ERR_FORMAT, "it is cut off behind byte %zu", transaction->whole);
}

static bool read_frames(struct transaction *out, bool open, struct err *err)
{
	struct reader file = reader_of(bytes_span(&out->file)), payload;
	uint32_t kind;

	while (next_frame(&file, &kind, &payload)) {
		if (kind == JOURNAL_END)
			out->end = out->whole;
		out->whole = out->file.size - file.rest.size;
		if (!read_frame(&payload, kind, out, err))
			return false;
		/* The digest holds, so this is no damage but a journal of another program version.
		 */
		if (payload.failed || payload.rest.size > 0)
			return err_set(err, ERR_FORMAT,
			    "a frame that this version of the program cannot read");
	}
	return check_end(out, open, err);
}

/* The error names the path. */
static bool say_way_out(const struct transaction *transaction, struct err *err)
{
	struct err why = *err;

	/* what others may write to is judged before anything is set aside */
	if (!why.denied && why.code != ERR_POLICY)
		err_set(err, why.code, "%s; `rollback --discard %s` sets it aside", why.text,
		    text_escape_string(transaction->id).text);
	return false;
}

static bool refuse(const struct transaction *transaction, struct err *err)
{
	struct err why = *err;

	return err_set(err, why.code,
	    "%s: %s; nothing of it is carried out: find out who wrote or damaged it, and set it "
	    "aside with `rollback --discard %s`",
	    text_escape_string(transaction->path).text, why.text,
	    text_escape_string(transaction->id).text);
}

bool transaction_load(struct root *root, const char *state, const char *id, bool open,
    struct transaction *out, struct err *err)
{
	AUTO(transaction) transaction = {.mode = ""};
	char path[JOURNAL_PATH];
	enum file_type type;

	transaction.id = arena_strdup(&transaction.arena, id);
	if (!journal_path(state, id, open ? JOURNAL_OPEN : JOURNAL_DONE, path, err))
		return false;
	transaction.path = arena_strdup(&transaction.arena, path);
	type = file_type(root, path);
	if (type != FILE_REGULAR && type != FILE_ABSENT) {
		err_set(err, ERR_FORMAT, "it is no regular file");
		return refuse(&transaction, err);
	}
	if (!judged_read(root, path, JOURNAL_FILE_MAX, &transaction.file, err))
		return say_way_out(&transaction, err);
	if (!read_frames(&transaction, open, err))
		return refuse(&transaction, err);
	*out = TAKE(transaction);
	return true;
}

bool transaction_judge(
    const struct transaction *transaction, const char *const *places, struct err *err)
{
	for (size_t i = 0; i < transaction->count; i++)
		if (!place_judge(&transaction->records[i], places, err))
			return refuse(transaction, err);
	return true;
}

void transaction_release(struct transaction *transaction)
{
	free(transaction->records);
	bytes_release(&transaction->file);
	arena_release(&transaction->arena);
	*transaction = (struct transaction){0};
}
