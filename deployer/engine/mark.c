/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mark.h"

#include "state/journal.h"
#include "state/place.h"

/* A state that is kept outside of the image that it belongs to. */
static bool is_elsewhere(const struct run *run)
{
	return run->host->root.confined && run->state_root != &run->host->root;
}

bool mark_image(const struct run *run, struct err *err)
{
	const struct belonging belonging = session_belonging(run);

	return !is_elsewhere(run) || (journal_make_folder(run->state_root, run->state, err) &&
	                                 belongs_mark(&belonging, err));
}

bool mark_foresee(const struct run *run, struct err *err)
{
	struct root *root = &run->host->root;
	const char *folder = run->host->state_folder;
	AUTO(arena) arena = {0};

	return !is_elsewhere(run) ||
	       run->host->ops->can_set(root, arena_printf(&arena, "%s/states/new", folder), err);
}

/* A journal that was set aside is kept, but nobody can take it back. */
static bool knows_something(const struct session *session)
{
	const struct run *run = session->run;
	AUTO(journal_names) names = {0};
	AUTO(ledger) ledger = {0};
	struct err ignored = {0};

	return !journal_names(run->state_root, run->state, &names, &ignored) ||
	       names.open_count + names.done_count > 0 ||
	       !ledger_load(run->state_root, session->ledger_path, &ledger, &ignored) ||
	       ledger.count + session->owed.list.count > 0 || due_any(&session->due);
}

/* Of a state that knows of nothing: it did once. */
static bool is_used_up(const struct session *session)
{
	const struct run *run = session->run;

	return is_elsewhere(run) &&
	       file_type(run->state_root, session->history_path) != FILE_ABSENT;
}

bool mark_knows(const struct session *session, struct err *err)
{
	const struct belonging belonging = session_belonging(session->run);
	AUTO(arena) arena = {0};
	const char *mark;

	if (knows_something(session))
		return true;
	if (!belongs_to_another(&belonging, &arena, &mark, err))
		return false;
	return !mark ||
	       (is_used_up(session)
	               ? err_set(err, ERR_POLICY,
	                     "%s: this state was used up, and knows of nothing to take back, while "
	                     "this system has a mark that it lacks, %s: a copy of the image has "
	                     "used it up, or another state has changed this system; name that one "
	                     "with --state, or remove what is not wanted with a policy, and then "
	                     "the mark",
	                     text_escape_string(session->run->state).text,
	                     place_shown(belonging.root, mark).text)
	               : err_set(err, ERR_POLICY,
	                     "%s: this state knows of nothing to take back, and another one has changed this "
	                     "system (its mark is %s): name that one with --state; where it is lost or was "
	                     "used up by a copy, remove what is not wanted with a policy, and then the mark",
	                     text_escape_string(session->run->state).text,
	                     place_shown(belonging.root, mark).text));
}

static bool is_named_like_ours(const struct item *item)
{
	const char *slash = item->seen.location ? strrchr(item->seen.location, '/') : NULL;

	return item->key.kind == ITEM_CERTIFICATE && slash &&
	       strncmp(slash + 1, HOST_OWN_PREFIX, strlen(HOST_OWN_PREFIX)) == 0;
}

/* The state was removed, or is kept elsewhere by a version that made no mark. */
static const char *find_forgotten(struct session *session, const char **place)
{
	const struct run *run = session->run;
	const struct items *have = &session->out->have;
	size_t count = 0;

	if (knows_something(session) ||
	    file_type(run->state_root, session->history_path) != FILE_ABSENT)
		return NULL;
	for (size_t i = 0; i < have->count; i++)
		if (is_named_like_ours(&have->list[i]) && count++ == 0)
			*place = have->list[i].seen.location;
	return count == 0
	           ? NULL
	           : arena_printf(&session->out->arena,
	                 "%zu certificate%s in a file named " HOST_OWN_PREFIX
	                 "* (%s), and this state knows nothing of that.",
	                 count, count == 1 ? " lies" : "s lie", text_escape_string(*place).text);
}

const char *mark_unknown(struct session *session, const char **place, const char **next)
{
	const struct belonging belonging = session_belonging(session->run);
	struct arena *arena = &session->out->arena;
	struct err ignored = {0};
	const char *mark;
	bool used_up;

	*next = NULL;
	if (session->out->closed)
		return NULL;
	if (!belongs_to_another(&belonging, arena, &mark, &ignored) || !mark)
		return find_forgotten(session, place);
	*place = arena_strdup(arena, place_shown(belonging.root, mark).text);
	used_up = is_used_up(session) && !knows_something(session);
	if (used_up)
		*next = "Name the other state with --state, if there is one; else take out what is "
		        "to go with `state: absent` and `remove_unowned`, and then the mark.";
	return arena_printf(arena,
	    used_up ? "%s is a mark that this state lacks: it was used up by a copy of this image, "
	              "or the mark is that of another one; what was put here is not known any "
	              "more."
	            : "%s is the mark of another state, whose things are not known here.",
	    *place);
}

void mark_settle(struct session *session)
{
	const struct belonging belonging = session_belonging(session->run);
	AUTO(arena) arena = {0};
	const char *first = NULL;
	struct err why = {0};

	if (!is_elsewhere(session->run) || knows_something(session))
		return;
	if (!belongs_release(&belonging, &arena, &first, &why))
		session_note(session, "the mark of the state was not taken away: %s", why.text);
	else if (first)
		session_note(session,
		    "this state is used up; it was made for the image at %s: if that is another "
		    "one than this, what was put there can no longer be taken back with it",
		    text_escape_string(first).text);
}
