/* SPDX-License-Identifier: Apache-2.0 */
/* The reading half of journal.h. */
#include <stdlib.h>

#include "base/digest.h"
#include "state/journal.h"

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
	if (count > reader->rest.size)
		reader->failed = true;
	if (reader->failed)
		return;
	out->policies = arena_alloc(&out->arena, ((size_t)count + 1) * sizeof(*out->policies));
	while (out->policy_count < count)
		out->policies[out->policy_count++] = take_text(reader);
}

static void read_record(
    struct reader *reader, enum journal_frame kind, struct journal_record *record)
{
	struct span content, digest;

	*record = (struct journal_record){.kind = kind, .place = take_text(reader)};
	take_attributes(reader, &record->before);
	content = take_blob(reader);
	record->before.content =
	    (struct bytes){.data = (uint8_t *)(uintptr_t)content.data, .size = content.size};
	take_attributes(reader, &record->after);
	digest = reader_take(reader, SHA256_SIZE);
	if (!reader->failed)
		memcpy(record->after_sha256, digest.data, SHA256_SIZE);
}

static void read_batch(struct reader *reader, enum journal_frame kind, struct transaction *out)
{
	uint64_t count = reader_u64le(reader);

	for (uint64_t i = 0; i < count && !reader->failed; i++) {
		out->records =
		    mem_grow(out->records, &out->capacity, out->count + 1, sizeof(*out->records));
		read_record(reader, kind, &out->records[out->count]);
		out->count += !reader->failed;
	}
}

static void read_item(struct reader *reader, struct history_item *item)
{
	uint8_t action;

	item->id = take_text(reader);
	item->policy = take_text(reader);
	item->before = take_text(reader);
	item->after = take_text(reader);
	action = reader_u8(reader);
	item->failed = reader_u8(reader) != 0;
	item->label = "";
	if (action >= ACTIONS)
		reader->failed = true;
	else
		item->action = (enum action)action;
}

static void read_items(struct reader *reader, struct transaction *out)
{
	uint64_t count = reader_u64le(reader);

	if (count > reader->rest.size)
		reader->failed = true;
	if (reader->failed)
		return;
	out->items = arena_alloc(&out->arena, ((size_t)count + 1) * sizeof(*out->items));
	while (out->item_count < count && !reader->failed)
		read_item(reader, &out->items[out->item_count++]);
}

/* The next place that a frame tells more of, by its number; NULL when it is none of ours. */
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

static void read_frame(struct reader *reader, enum journal_frame kind, struct transaction *out)
{
	switch (kind) {
	case JOURNAL_HEADER:
		read_header(reader, out);
		return;
	case JOURNAL_SOURCES:
	case JOURNAL_OUTPUTS:
	case JOURNAL_STATE:
		read_batch(reader, kind, out);
		return;
	case JOURNAL_ITEMS:
		read_items(reader, out);
		return;
	case JOURNAL_ATTRIBUTES:
	case JOURNAL_CONTENTS:
		read_more(reader, kind, out);
		return;
	case JOURNAL_LABELS:
		read_labels(reader, out);
		return;
	case JOURNAL_PARTLY:
		out->partly = true;
		return;
	case JOURNAL_FRAMES:
		break;
	}
	reader->failed = true;
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

static bool read_frames(struct transaction *out, struct err *err)
{
	struct reader file = reader_of(bytes_span(&out->file)), payload;
	uint32_t kind;

	while (next_frame(&file, &kind, &payload)) {
		read_frame(&payload, (enum journal_frame)kind, out);
		/* The digest holds, so this is no damage but a journal of another program version.
		 */
		if (payload.failed || payload.rest.size > 0)
			return err_set(err, ERR_FORMAT,
			    "a frame that this version of the program cannot read");
	}
	return true;
}

bool transaction_load(struct root *root, const char *state, const char *id, bool open,
    struct transaction *out, struct err *err)
{
	AUTO(transaction) transaction = {.mode = ""};
	char path[JOURNAL_PATH];

	transaction.id = arena_strdup(&transaction.arena, id);
	if (!journal_path(state, id, open, path, err) ||
	    !file_read(root, path, JOURNAL_FILE_MAX, &transaction.file, err))
		return false;
	if (!read_frames(&transaction, err))
		return err_wrap(err, "%s", text_escape_string(path).text);
	*out = TAKE(transaction);
	return true;
}

static bool same_attributes(const struct file_state *a, const struct file_state *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == FILE_ABSENT || a->type == FILE_LINK)
		return true;
	if (a->mode != b->mode)
		return false;
	return a->uid == FILE_OWNER_SELF || b->uid == FILE_OWNER_SELF ||
	       (a->uid == b->uid && a->gid == b->gid);
}

static bool has_content(const struct file_state *state)
{
	return state->type == FILE_REGULAR || state->type == FILE_LINK;
}

bool record_is_after(const struct journal_record *record, const struct file_state *state,
    const uint8_t sha256[SHA256_SIZE])
{
	return same_attributes(&record->after, state) &&
	       (!has_content(state) || memcmp(sha256, record->after_sha256, SHA256_SIZE) == 0);
}

bool record_is_before(const struct journal_record *record, const struct file_state *state)
{
	return same_attributes(&record->before, state) &&
	       (!has_content(state) ||
	           span_equal(bytes_span(&record->before.content), bytes_span(&state->content)));
}

void transaction_release(struct transaction *transaction)
{
	free(transaction->records);
	bytes_release(&transaction->file);
	arena_release(&transaction->arena);
	*transaction = (struct transaction){0};
}
