/* SPDX-License-Identifier: Apache-2.0 */
#include "state/record.h"

static bool same_owner(unsigned a, unsigned b)
{
	return a == b || a == FILE_OWNER_SELF || b == FILE_OWNER_SELF;
}

static bool same_attributes(const struct file_state *a, const struct file_state *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == FILE_ABSENT || a->type == FILE_LINK)
		return true;
	if (a->mode != b->mode)
		return false;
	return same_owner(a->uid, b->uid) && same_owner(a->gid, b->gid);
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

/* Modes that a journal gives to a missing file or folder; a folder never becomes writable for
 * others. */
enum { MODE_FILE = 0777, MODE_FOLDER = 0755 };

/* Owner and group: root, or those of what stands there now; never another. */
static unsigned believed_owner(unsigned before, bool is_there, unsigned there)
{
	return before == 0 || (is_there && before == there) ? before : FILE_OWNER_SELF;
}

struct file_state record_restorable(
    const struct journal_record *record, const struct file_state *there)
{
	struct file_state state = record->before;
	bool is_there = there->type != FILE_ABSENT;

	if (!changes_is_file(record->place) || state.type == FILE_ABSENT)
		return state; /* of a value of the registry the mode is its type */
	state.mode &= state.type == FILE_FOLDER ? MODE_FOLDER : MODE_FILE;
	state.uid = believed_owner(state.uid, is_there, there->uid);
	state.gid = believed_owner(state.gid, is_there, there->gid);
	return state;
}

bool record_is_back(const struct journal_record *record, const struct file_state *there)
{
	struct journal_record believed = *record;

	believed.before = record_restorable(record, there);
	return record_is_before(record, there) || record_is_before(&believed, there);
}
