/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/rollback/giveback.h"

#include "engine/apply/remember.h"

/* The value that is to come back, by an entry of the ledger; NULL when that cannot be known. */
static struct item *want_of(const struct ledger_entry *entry, struct items *wants)
{
	struct item *item;
	struct key key;

	if (!key_parse(entry->id, &key))
		return NULL;
	if (key.kind != ITEM_CERTIFICATE)
		return resolve_before(entry, wants);
	item = items_add(wants, key);
	item->presence = ITEM_ABSENT;
	item->asked.restores = true;
	return item;
}

/* For the report: it is to be as the ledger says. */
static void want_unknown(
    struct session *session, const struct ledger_entry *entry, struct items *wants)
{
	struct item *item;
	struct key key;

	session_note(session,
	    "%s stays as it is, and ours: what stood there before us (%s) is not known well enough"
	    " to be set again; set it by hand",
	    text_escape_string(entry->id).text,
	    text_escape_string(setting_show_record(entry->before, &wants->arena)).text);
	if (!key_parse(entry->id, &key))
		return;
	item = items_add(wants, key);
	item->presence = ITEM_PRESENT;
	item->asked.restores = true;
	item->asked.policy = arena_strdup(&wants->arena, entry->policy);
	item->value =
	    arena_strdup(&wants->arena, setting_show_record(entry->before, &wants->arena));
	item->asked.recorded = arena_strdup(&wants->arena, entry->before);
	item->asked.origin.file = "";
}

void give_back_owed(const struct session *session, struct items *wants)
{
	for (size_t i = 0; i < session->owed.list.count; i++) {
		const struct ledger_entry *entry = &session->owed.list.list[i];
		struct item *item;
		struct key key;

		if (!key_parse(entry->id, &key) || key.kind != ITEM_CERTIFICATE ||
		    ledger_find(&session->out->ledger, entry->id))
			continue;
		item = items_add(wants, key);
		item->presence =
		    strcmp(entry->before, WORDS_ABSENT) == 0 ? ITEM_ABSENT : ITEM_PRESENT;
		item->asked.restores = true;
		item->asked.policy = "";
		item->asked.origin.file = "";
	}
}

static void want_all(struct session *session, struct items *mine, struct items *wants)
{
	const struct ledger *ledger = &session->out->ledger;

	for (size_t i = 0; i < ledger->count; i++) {
		const struct ledger_entry *entry = &ledger->list[i];
		struct item *item = want_of(entry, mine);

		if (!item) {
			want_unknown(session, entry, wants);
			continue;
		}
		item->asked.policy = arena_strdup(&mine->arena, entry->policy);
		item->asked.origin.file = "";
	}
	give_back_owed(session, mine);
	items_sort(mine);
}

static bool is_back(const struct item *want, const struct item *have)
{
	if (want->key.kind == ITEM_CERTIFICATE)
		return !have || have->presence == want->presence;
	return item_is_recorded(&want->key, have, want->asked.recorded);
}

/* The files hold what undoing put back there: an edit that apply had put right. */
static bool is_our_doing(const struct ledger_entry *entry, const struct undo *undo)
{
	for (size_t i = 0; entry && i < entry->text_count; i++)
		if (entry->texts[i].after && !left_found_intact(undo->found, entry->texts[i].place))
			return false;
	return true;
}

/* Do not repeat what undoing has left alone already. */
static void add_left(struct session *session, const struct left *from, struct undo *undo)
{
	struct arena *arena = &session->out->arena;
	struct left *left;

	if (left_find(undo->left, from->place))
		return;
	left = arena_alloc(arena, sizeof(*left));
	*left = *from;
	left->place = arena_strdup(arena, from->place);
	left->transaction = arena_strdup(arena, from->transaction);
	left->gone = from->gone ? arena_strdup(arena, from->gone) : NULL;
	left->was = from->gone ? arena_strdup(arena, from->was) : NULL;
	left->next = undo->left;
	undo->left = left;
	undo->foreign++;
}

static void plan_all(struct session *session, const struct items *wants, struct undo *undo)
{
	struct outcome *out = session->out;
	struct plan *plan = &out->plan;
	struct host *host = session->run->host;

	for (size_t i = 0; i < wants->count; i++) {
		struct item *want = &wants->list[i];
		const struct item *have = items_find(&out->have, &want->key);
		const char *id = item_id(want, &out->arena);
		const struct ledger_entry *entry = ledger_find(&out->ledger, id);
		const struct left *edited = left_of_entry(session, entry, &out->arena);

		if (edited && want->key.kind == ITEM_CERTIFICATE) {
			add_left(session, edited, undo);
			continue;
		}
		if (!edited && is_back(want, have) && !(entry && resolve_is_hidden(entry, have))) {
			ledger_remove(&out->ledger, id);
			continue;
		}
		if (!entry && !owed_may_be_done(host))
			continue;
		if (want->presence != ITEM_PRESENT || want->key.kind != ITEM_CERTIFICATE)
			host->ops->express(host, want, &out->arena);
		plan->steps =
		    mem_grow(plan->steps, &plan->capacity, plan->count + 1, sizeof(*plan->steps));
		plan->steps[plan->count++] = (struct step){
		    .want = want,
		    .have = have,
		    .action = want->key.kind != ITEM_CERTIFICATE ? ACTION_REPLACE
		              : want->presence == ITEM_PRESENT   ? ACTION_ADD
		                                                 : ACTION_REMOVE,
		    .result = RESULT_FAIL,
		    .cause = want->key.kind == ITEM_CERTIFICATE && want->presence == ITEM_PRESENT
		                 ? CAUSE_REBUILD_PENDING
		                 : CAUSE_UNWANTED,
		    .owned = true,
		    .by_tool = !entry && host->ops->tool_makes,
		    .overwrites = is_our_doing(entry, undo),
		};
	}
}

/* Why it was not carried out. */
static void note_errors(struct session *session, struct undo *undo)
{
	const struct plan *plan = &session->out->plan;

	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		struct arena *arena = &session->out->arena;

		if (step->result == RESULT_ERROR)
			session_note(session, "%s stays as it is: %s",
			    item_id(step_item(step), arena), step->message);
		else if (step->left)
			add_left(session, step->left, undo);
	}
}

/* When all of it was taken back again, the ledger is as before, and the report says for each item
 * why it is not given back. What the rollback did before that is done. */
static bool carry_out(struct session *session, struct err *err)
{
	struct outcome *out = session->out;

	if (act_for_rollback(session, err))
		return !*out->transaction ||
		       remember_as_line(session, out->transaction, HISTORY_IN_PART, err);
	if (err->code != ERR_PUBLISH)
		return false;
	*err = (struct err){0};
	ledger_release(&out->ledger);
	return ledger_load(session->run->state_root, session->ledger_path, &out->ledger, err);
}

bool give_back(struct session *session, struct items *wants, struct undo *left, struct err *err)
{
	struct outcome *out = session->out;
	AUTO(items) mine = {0};
	bool ok;

	if (out->ledger.count + session->owed.list.count == 0)
		return true;
	want_all(session, &mine, wants);
	plan_all(session, &mine, left);
	ok = carry_out(session, err);
	note_errors(session, left);
	plan_release(&out->plan);
	for (size_t i = 0; i < mine.count; i++) {
		const struct item *from = &mine.list[i];
		struct item *item = items_add(wants, from->key);

		item->presence = from->presence;
		item->asked.restores = true;
		item->asked.policy = arena_strdup(&wants->arena, from->asked.policy);
		item->value = arena_strdup(&wants->arena, from->value);
		if (from->asked.recorded)
			item->asked.recorded = arena_strdup(&wants->arena, from->asked.recorded);
		item->asked.origin.file = "";
	}
	return ok;
}
