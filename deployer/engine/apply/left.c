/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/apply/left.h"

#include "base/text.h"
#include "engine/apply/unedit.h"
#include "engine/plan.h"
#include "host/changes.h"
#include "model/setting.h"

struct left *left_make(const char *place, const char *transaction, const struct unedit_left *edited,
    struct arena *arena)
{
	struct left *left = arena_alloc(arena, sizeof(*left));
	const struct span *gone = &edited->gone, *was = &edited->was;

	*left = (struct left){
	    .place = arena_strdup(arena, place),
	    .transaction = arena_strdup(arena, transaction),
	    .line = edited->line,
	    .in_place = edited->in_place,
	};
	if (gone->size > 0 && !edited->line) {
		left->gone = arena_strndup(arena, (const char *)gone->data, gone->size);
		left->was = arena_strndup(arena, (const char *)was->data, was->size);
	}
	return left;
}

const char *left_what(const struct left *left, struct arena *arena)
{
	if (!left->line)
		return arena_printf(
		    arena, "%s was changed by somebody else", text_escape_string(left->place).text);
	return arena_printf(arena, "%s:%zu, a line of ours, was edited by somebody else",
	    text_escape_string(left->place).text, left->line);
}

const char *left_message(const struct left *left, struct arena *arena)
{
	return arena_printf(arena, "%s since transaction %s, and is left as it is%s%s%s.",
	    left_what(left, arena), left->transaction, left->gone ? ": our line \"" : "",
	    left->gone ? text_escape_string(left->gone).text : "",
	    left->gone ? "\" is not there any more" : "");
}

const char *left_next(const struct left *left, const char *verb, struct arena *arena)
{
	if (left->gone)
		return arena_printf(arena,
		    "Make %s as it was, with that line, or as it was before us, with \"%s\", and run "
		    "%s again.",
		    text_escape_string(left->place).text, text_escape_string(left->was).text, verb);
	if (left->in_place)
		return arena_printf(arena,
		    "Make %s%s as it was, or as it was before us, and run %s again.",
		    left->line ? "that line of " : "", text_escape_string(left->place).text, verb);
	return arena_printf(arena,
	    "Take %s out of %s by hand, or make it as it was, and run %s again.",
	    left->line ? "that line" : "what is ours", text_escape_string(left->place).text, verb);
}

/* "FILE", "FILE:3, OTHER:5", "FILE: !a line", "FILE; a remark", "all_proxy in FILE:1" */
static bool is_told(const char *location, const char *place)
{
	const char *at = strstr(location, place);

	return at && (at == location || at[-1] == ' ') &&
	       (!at[strlen(place)] || strchr(":;,", at[strlen(place)]));
}

/* An entry of a store in the registry is seen at its key; what was left is a value of that key. */
static bool is_value_of(const char *key, const char *place)
{
	size_t size = strlen(key);

	return *place != '/' && strncmp(place, key, size) == 0 && place[size] == '\\';
}

const struct left *left_find(const struct left *list, const char *location)
{
	for (const struct left *left = list; left && location && *location; left = left->next)
		if (is_told(location, left->place) || is_value_of(location, left->place))
			return left;
	return NULL;
}

static bool is_edited(struct host *host, const struct ledger_text *text, struct unedit_left *left)
{
	struct span before = span_text(text->before ? text->before : "");
	struct span after = span_text(text->after ? text->after : "");
	struct err ignored = {0};
	AUTO(file_state) now = {0};
	AUTO(bytes) out = {0};

	/* a folder or a link has no other content */
	if (!text->after || text->link || ledger_text_is_absence(text) ||
	    !host->ops->capture(host, text->place, &now, &ignored))
		return false;
	/* what we edited in it went with the trust store */
	if (now.type == FILE_ABSENT && !host->ops->made)
		return false;
	if (now.type != FILE_REGULAR && now.type != FILE_ABSENT)
		return true;
	if (!unedit_partly(before, after, bytes_span(&now.content), &out, left))
		return true;
	return left->any && !(host->ops->withdrawn && host->ops->withdrawn(host, text->place,
	                                                  before, after, bytes_span(&now.content)));
}

const struct left *left_of_entry(
    struct session *session, const struct ledger_entry *entry, struct arena *arena)
{
	for (size_t i = 0; entry && i < entry->text_count; i++) {
		struct unedit_left edited = {0};

		if (is_edited(session->run->host, &entry->texts[i], &edited))
			return left_make(entry->texts[i].place, entry->transaction, &edited, arena);
	}
	return NULL;
}

static const struct left_place *find_place(const struct left_place *list, const char *place)
{
	while (list && strcmp(list->place, place) != 0)
		list = list->next;
	return list;
}

void left_found(const struct left_place **list, const char *place, bool intact, struct arena *arena)
{
	struct left_place *found;

	if (find_place(*list, place))
		return;
	found = arena_alloc(arena, sizeof(*found));
	*found = (struct left_place){arena_strdup(arena, place), intact, *list};
	*list = found;
}

bool left_found_intact(const struct left_place *list, const char *place)
{
	const struct left_place *found = find_place(list, place);

	return found && found->intact;
}

/* What somebody took out of what we left there. */
static void add_edited(
    const struct journal_record *record, const struct file_state *now, struct changes *out)
{
	AUTO(file_state) was = file_state_copy(&record->after);
	AUTO(file_state) is = file_state_copy(now);

	if (!record->has_content || record->after.type != FILE_REGULAR ||
	    now->type != FILE_REGULAR || record_is_before(record, now) ||
	    changes_find(out, record->place))
		return;
	changes_add(out, record->place, &was, &is);
}

void left_list_gone(struct host *host, const struct transaction *transaction, struct changes *out)
{
	for (size_t i = 0; i < transaction->count; i++) {
		const struct journal_record *record = &transaction->records[i];
		struct file_state was = {.type = FILE_REGULAR}, is = {.type = FILE_ABSENT};
		AUTO(file_state) now = {0};
		struct err ignored = {0};

		if (record->kind != JOURNAL_SOURCES || record->after.type != FILE_REGULAR ||
		    !host->ops->capture(host, record->place, &now, &ignored))
			continue;
		if (record->before.type == FILE_REGULAR)
			add_edited(record, &now, out);
		else if (record->before.type == FILE_ABSENT && now.type == FILE_ABSENT)
			changes_add(out, record->place, &was, &is);
	}
}

/* A setting in the registry is several values, and a location names only one of them. */
static bool has_left_value(const struct left *left, const struct item *item)
{
	while (left && changes_is_file(left->place))
		left = left->next;
	return left && item->key.kind != ITEM_CERTIFICATE;
}

/* Whether the item of the entry is not as it was before us, because of a place that was left alone.
 */
static bool is_kept(struct session *session, const struct left *list, const struct items *have,
    const struct ledger_entry *entry)
{
	AUTO(arena) arena = {0};

	/* an edited line may show no item at all */
	if (left_of_entry(session, entry, &arena))
		return true;
	for (size_t i = 0; i < have->count; i++) {
		const struct item *item = &have->list[i];

		if (strcmp(entry->id, key_id(&item->key).text) == 0 &&
		    !item_is_recorded(&item->key, item, entry->before) &&
		    (left_find(list, item->seen.location) || has_left_value(list, item)))
			return true;
	}
	return false;
}

bool left_keep(
    struct session *session, const struct ledger *old, const struct left *list, struct err *err)
{
	struct run *run = session->run;
	AUTO(ledger) ledger = {0};
	AUTO(items) have = {0};
	AUTO(bytes) content = {0};
	bool more = false;

	if (!ledger_load(run->state_root, session->ledger_path, &ledger, err) ||
	    !session_observe(session, &have, err))
		return false;
	for (size_t i = 0; i < old->count; i++) {
		if (ledger_find(&ledger, old->list[i].id) ||
		    !is_kept(session, list, &have, &old->list[i]))
			continue;
		ledger_set(&ledger, &old->list[i]);
		more = true;
	}
	ledger_write(&ledger, &content);
	return !more ||
	       file_store(run->state_root, session->ledger_path, bytes_span(&content), err);
}
