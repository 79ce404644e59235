/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/rollback/back.h"

#include "state/place.h"

bool back_has_no_folder(struct host *host, const struct journal_record *record)
{
	AUTO(arena) arena = {0};
	const char *slash = strrchr(record->place, '/');

	return record->kind == JOURNAL_OUTPUTS && record->before.type != FILE_ABSENT &&
	       record->place[0] == '/' && slash > record->place &&
	       file_type(&host->root, arena_strndup(&arena, record->place,
	                                  (size_t)(slash - record->place))) == FILE_ABSENT;
}

bool back_leads_to_folder(struct host *host, const struct journal_record *record)
{
	const char *target = (const char *)record->before.content.data;
	const char *place = record->place;
	AUTO(folder) folder = {.fd = -1};
	AUTO(arena) arena = {0};
	struct err ignored = {0};

	if (record->before.type != FILE_LINK || !place_may_be_way(place, host->ops->places))
		return false;
	if (*target != '/')
		target = arena_printf(
		    &arena, "%.*s/%s", (int)(strrchr(place, '/') - place), place, target);
	return folder_open_only(&host->root, target, &folder, &ignored);
}

/* Notes which parts of owner and mode did not come back. */
static void note_owner(struct session *session, const struct journal_record *record)
{
	const struct file_state *was = &record->before;
	struct host *host = session->run->host;
	AUTO(file_state) now = {0};
	struct err err = {0};

	if (host->ops->capture(host, record->place, &now, &err) && !record_is_before(record, &now))
		session_note(session,
		    "%s came back with owner %u:%u and mode %04o, not with %u:%u and %04o: no "
		    "journal gives a file to another user",
		    text_escape_string(record->place).text, now.uid, now.gid, now.mode, was->uid,
		    was->gid, was->mode);
}

bool back_put(struct session *session, const struct journal_record *record,
    const struct file_state *there, struct err *err)
{
	struct host *host = session->run->host;
	struct file_state before = record_restorable(record, there);
	AUTO(file_state) state = file_state_copy(&before);
	struct err why = {0};

	if (host->ops->set(host, record->place, &state, err)) {
		if (before.mode != record->before.mode || before.uid != record->before.uid ||
		    before.gid != record->before.gid)
			note_owner(session, record);
		return true;
	}
	if (state.attributes.size == 0)
		return false;
	bytes_release(&state.attributes);
	state.attributed = false;
	if (!host->ops->set(host, record->place, &state, &why))
		return false;
	session_note(session, "%s, and it came back without them", err->text);
	*err = (struct err){0};
	return true;
}

static void remove_from(struct session *session, const char *place, size_t folder)
{
	struct host *host = session->run->host;
	AUTO(arena) arena = {0};
	const char *path = arena_printf(&arena, "%.*s/" FILE_TEMPORARY, (int)folder, place);
	const struct file_state gone = {.type = FILE_ABSENT};
	AUTO(file_state) state = {0};
	struct err err = {0};

	if (!host->ops->capture(host, path, &state, &err))
		return;
	if (state.type == FILE_REGULAR || state.type == FILE_LINK)
		if (!host->ops->set(host, path, &gone, &err))
			session_note(session, "a temporary file is left: %s", err.text);
}

void back_remove_temporaries(
    struct session *session, const struct journal_record *const *records, size_t count)
{
	const char *last = NULL;
	size_t last_size = 0;

	for (size_t i = 0; i < count; i++) {
		const char *place = records[i]->place, *slash = strrchr(place, '/');
		size_t size = slash ? (size_t)(slash - place) : 0;

		if (!slash || !changes_is_file(place) || records[i]->kind == JOURNAL_STATE ||
		    (last && size == last_size && strncmp(last, place, size) == 0))
			continue;
		remove_from(session, place, size);
		last = place;
		last_size = size;
	}
}
