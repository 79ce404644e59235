/* SPDX-License-Identifier: Apache-2.0 */
/* The part of remember.h about what bundles bring beside their contents: floors of versions, and
 * the next keyring. */
#include "engine/apply/remember.h"
#include "state/lines.h"

static bool store_floors(struct session *session, struct err *err)
{
	struct run *run = session->run;

	return journal_make_folder(run->state_root, run->state, err) &&
	       floors_store(&session->floors, run->state_root, session->floors_path, err);
}

static bool raise_floors(struct session *session, struct err *err)
{
	struct run *run = session->run;
	bool moved = session->floors.newest_signed != session->newest_loaded;

	for (size_t i = 0; i < session->resolver.use_count; i++) {
		const struct bundle *used = session->resolver.uses[i].bundle;

		if (!used)
			continue;
		moved |= floors_raise(&session->floors, used);
		moved |= floors_raise_keyring(&session->floors, run->bundles->keyring.version);
	}
	return !moved || store_floors(session, err);
}

/* Who may sign is the most sensitive thing there is: it has a line of its own. */
static bool note_rotation(struct session *session, struct err *err)
{
	struct run *run = session->run;
	struct outcome *out = session->out;
	AUTO(journal) journal = {0};

	if (!journal_make_folder(run->state_root, run->state, err) ||
	    !remember_next_id(session, RUN_KEYRING, &journal, err) ||
	    !lines_append_rotation(
	        run->state_root, session->history_path, journal.id, run->now, err))
		return false;
	/* of a run that changed more, the transaction is that which can be rolled back */
	if (!out->transaction || !*out->transaction)
		out->transaction = arena_strdup(&out->arena, journal.id);
	return true;
}

/* Its next version lies beside the keyring: from now on the older one is refused. Who is killed
 * behind the line of history writes it again, which is better than none. */
static bool put_in_place(struct session *session, uint64_t version, struct err *err)
{
	if (floors_raise_keyring(&session->floors, version) && !store_floors(session, err))
		return false;
	session->keyring_taken = true;
	return note_rotation(session, err) &&
	       keyring_install(session->run->bundles->keyring_path, err);
}

/* Already checked to follow the present one and to be signed by both (bundle_next_keyring). */
static bool take_keyring(struct session *session, struct err *err)
{
	const struct bundles *bundles = session->run->bundles;
	const struct keyring *present = &bundles->keyring;
	const char *path = bundles->keyring_path;

	if (present->waiting && !put_in_place(session, present->version, err))
		return false;
	for (size_t i = 0; i < session->resolver.use_count; i++) {
		const struct bundle_use *use = &session->resolver.uses[i];

		if (!use->bundle || use->keyring.size == 0)
			continue;
		if (!keyring_prepare(path, bytes_span(&use->keyring), err) ||
		    !put_in_place(session, present->version + 1, err))
			return false;
		session_note(session, "bundle %s brought the next keyring, now in %s",
		    text_escape_string(use->id).text, text_escape_string(path).text);
		return true;
	}
	return true;
}

bool remember_bundles(struct session *session, struct err *err)
{
	return raise_floors(session, err) &&
	       (!session_may_rotate(session) || take_keyring(session, err));
}
