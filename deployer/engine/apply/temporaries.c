/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/apply/temporaries.h"

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

void temporaries_remove(
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
