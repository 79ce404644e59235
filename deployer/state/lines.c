/* SPDX-License-Identifier: Apache-2.0 */
#include "state/lines.h"

#include <cjson/cJSON.h>

#include "base/clock.h"
#include "state/judged.h"
#include "state/journal.h"
#include "state/place.h"

enum { LINES_MAX_BYTES = 64 * 1024 * 1024 };

/* A line must fit into what is left of a full disk (ROOM_SLACK of journal.c). */
enum { ITEMS_MAX = 150 };

static void append_items(cJSON *json, const struct history_entry *entry)
{
	cJSON *items = mem_checked(cJSON_AddArrayToObject(json, "items"));

	for (size_t i = 0; i < entry->item_count && i < ITEMS_MAX; i++) {
		const struct history_item *from = &entry->items[i];
		cJSON *item = mem_checked(cJSON_CreateObject());

		cJSON_AddItemToArray(items, item);
		cJSON_AddStringToObject(item, "id", from->id);
		cJSON_AddStringToObject(item, "action", action_words[from->action]);
		cJSON_AddStringToObject(item, "policy", from->policy);
		cJSON_AddStringToObject(item, "before", from->before);
		cJSON_AddStringToObject(item, "after", from->after);
		cJSON_AddStringToObject(item, "label", from->label ? from->label : "");
		if (from->failed)
			cJSON_AddTrueToObject(item, "failed");
		if (from->along)
			cJSON_AddTrueToObject(item, "along");
	}
}

static bool append(
    struct root *root, const char *path, const struct history_entry *entry, struct err *err)
{
	cJSON *json = mem_checked(cJSON_CreateObject());
	cJSON *policies = mem_checked(cJSON_CreateArray());
	char time[CLOCK_TEXT];
	AUTO(text) line = {0};
	char *printed;

	clock_write(entry->time, time);
	cJSON_AddStringToObject(json, "id", entry->id);
	cJSON_AddStringToObject(json, "time", time);
	cJSON_AddStringToObject(json, "mode", entry->mode);
	cJSON_AddItemToObject(json, "policies", policies);
	for (size_t i = 0; i < entry->policy_count; i++)
		cJSON_AddItemToArray(policies, cJSON_CreateString(entry->policies[i]));
	for (unsigned i = ACTION_ADD; i < ACTIONS; i++)
		cJSON_AddNumberToObject(json, action_words[i], (double)entry->changed[i]);
	cJSON_AddNumberToObject(json, "failed", (double)entry->failed);
	cJSON_AddStringToObject(json, "outcome", history_outcome_name(entry->outcome));
	cJSON_AddStringToObject(json, "undoes", entry->undoes);
	append_items(json, entry);
	printed = mem_checked(cJSON_PrintUnformatted(json));
	cJSON_Delete(json);
	text_addf(&line, "%s\n", printed);
	cJSON_free(printed);
	return file_append(root, path, span_text(text_string(&line)), err);
}

bool lines_append(struct root *root, const char *path, const struct transaction *transaction,
    enum history_outcome outcome, struct err *err)
{
	struct history_entry entry = {
	    .id = transaction->id,
	    .time = transaction->time,
	    .mode = transaction->mode,
	    .policies = transaction->policies,
	    .policy_count = transaction->policy_count,
	    .outcome = outcome,
	    .undoes = "",
	    .items = transaction->items,
	    .item_count = transaction->item_count,
	};

	history_count(&entry, transaction->items, transaction->item_count);
	return append(root, path, &entry, err);
}

bool lines_append_rollback(
    struct root *root, const char *path, const struct history_entry *entry, struct err *err)
{
	struct history_entry line = *entry;

	line.mode = RUN_ROLLBACK;
	return append(root, path, &line, err);
}

bool lines_append_discard(
    struct root *root, const char *path, const struct history_entry *entry, struct err *err)
{
	struct history_entry line = *entry;

	line.mode = RUN_DISCARD;
	return append(root, path, &line, err);
}

bool lines_append_rotation(
    struct root *root, const char *path, const char *id, int64_t time, struct err *err)
{
	struct history_entry entry = {
	    .id = id,
	    .time = time,
	    .mode = RUN_KEYRING,
	    .changed = {[ACTION_REPLACE] = 1},
	    .outcome = HISTORY_DONE,
	    .undoes = "",
	};

	return append(root, path, &entry, err);
}

static const char *text_of(const cJSON *json, const char *key, struct arena *arena)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, key));

	return text ? arena_strdup(arena, text) : NULL;
}

static size_t number_of(const cJSON *json, const char *key)
{
	double number = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(json, key));

	/* not a number compares as false */
	return number >= 0 && number < 1e15 ? (size_t)number : 0;
}

static bool outcome_of(const char *name, enum history_outcome *out)
{
	for (unsigned i = 0; name && i < HISTORY_OUTCOMES; i++)
		if (strcmp(name, history_outcome_name((enum history_outcome)i)) == 0) {
			*out = (enum history_outcome)i;
			return true;
		}
	return false;
}

static bool read_item(const cJSON *json, struct arena *arena, struct history_item *out)
{
	const char *action = text_of(json, "action", arena);

	*out = (struct history_item){
	    .id = text_of(json, "id", arena),
	    .policy = text_of(json, "policy", arena),
	    .before = text_of(json, "before", arena),
	    .after = text_of(json, "after", arena),
	    .label = text_of(json, "label", arena),
	    .failed = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "failed")),
	    .along = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "along")),
	};
	for (out->action = ACTION_KEEP; action && out->action < ACTIONS; out->action++)
		if (strcmp(action, action_words[out->action]) == 0)
			return out->id && out->policy && out->before && out->after && out->label;
	return false;
}

static bool read_items(const cJSON *json, struct arena *arena, struct history_entry *out)
{
	const cJSON *items = cJSON_GetObjectItemCaseSensitive(json, "items");

	if (!items) /* an earlier version wrote none */
		return true;
	if (!cJSON_IsArray(items))
		return false;
	out->items =
	    arena_alloc(arena, ((size_t)cJSON_GetArraySize(items) + 1) * sizeof(*out->items));
	for (const cJSON *item = items->child; item; item = item->next)
		if (!read_item(item, arena, &out->items[out->item_count++]))
			return false;
	return true;
}

static bool read_entry(const cJSON *json, struct arena *arena, struct history_entry *out)
{
	const cJSON *policies = cJSON_GetObjectItemCaseSensitive(json, "policies");
	const char *time = text_of(json, "time", arena);
	const char *outcome = text_of(json, "outcome", arena);

	out->id = text_of(json, "id", arena);
	out->mode = text_of(json, "mode", arena);
	out->undoes = text_of(json, "undoes", arena);
	if (!out->id || !out->mode || !out->undoes || !time || !clock_parse(time, &out->time) ||
	    !outcome_of(outcome, &out->outcome) || !cJSON_IsArray(policies))
		return false;
	out->policies =
	    arena_alloc(arena, ((size_t)cJSON_GetArraySize(policies) + 1) * sizeof(*out->policies));
	for (const cJSON *policy = policies->child; policy; policy = policy->next)
		if (cJSON_IsString(policy))
			out->policies[out->policy_count++] =
			    arena_strdup(arena, policy->valuestring);
	for (unsigned i = ACTION_ADD; i < ACTIONS; i++)
		out->changed[i] = number_of(json, action_words[i]);
	out->failed = number_of(json, "failed");
	return read_items(json, arena, out);
}

static bool read_line(struct history *out, const char *line, size_t size, struct err *err)
{
	cJSON *json = cJSON_ParseWithLength(line, size);
	struct history_entry entry = {0};
	bool ok = json && read_entry(json, &out->arena, &entry);

	cJSON_Delete(json);
	if (!ok)
		return err_set(err, ERR_FORMAT, "is damaged");
	out->list = mem_grow(out->list, &out->capacity, out->count + 1, sizeof(*out->list));
	entry.line = out->count + 1;
	out->list[out->count++] = entry;
	return true;
}

bool lines_load(struct root *root, const char *path, struct history *out, struct err *err)
{
	AUTO(bytes) file = {0};
	struct span rest;

	if (file_type(root, path) == FILE_ABSENT)
		return true;
	if (!judged_read(root, path, LINES_MAX_BYTES, &file, err))
		return false;
	rest = bytes_span(&file);
	for (unsigned number = 1; rest.size > 0; number++) {
		const char *line = (const char *)rest.data;
		const char *newline = memchr(line, '\n', rest.size);
		size_t size = newline ? (size_t)(newline - line) + 1 : rest.size;

		if (newline && !read_line(out, line, size - 1, err))
			return err_wrap(err, "%s: line %u", place_shown(root, path).text, number);
		rest.data += size;
		rest.size -= size;
	}
	return true;
}
