/* SPDX-License-Identifier: Apache-2.0 */
#include "state/ledger.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#include "base/text.h"
#include "state/judged.h"
#include "state/place.h"

enum { LEDGER_MAX_BYTES = 64 * 1024 * 1024 };

/* The keys of a line, in the order they are written. */
static const struct {
	const char *key;
	size_t offset;
} members[] = {
    {"id", offsetof(struct ledger_entry, id)},
    {"policy", offsetof(struct ledger_entry, policy)},
    {"transaction", offsetof(struct ledger_entry, transaction)},
    {"before", offsetof(struct ledger_entry, before)},
    {"after", offsetof(struct ledger_entry, after)},
};

static const char **member_of(struct ledger_entry *entry, size_t i)
{
	return (const char **)(void *)((char *)entry + members[i].offset);
}

/* The texts of an entry; what is not one of ours is left out. */
static bool read_texts(
    struct ledger *ledger, const cJSON *list, struct ledger_entry *entry, struct err *err)
{
	int count = cJSON_GetArraySize(list);
	struct ledger_text *texts =
	    arena_alloc(&ledger->arena, ((size_t)count + 1) * sizeof(*texts));
	const cJSON *one;

	/* its content would be read with the lengths of both */
	if (entry->texts)
		return err_set(err, ERR_FORMAT, "has texts a second time");
	entry->texts = texts;
	cJSON_ArrayForEach(one, list)
	{
		const char *place = cJSON_GetStringValue(cJSON_GetObjectItem(one, "place"));
		const char *before = cJSON_GetStringValue(cJSON_GetObjectItem(one, "before"));
		const char *after = cJSON_GetStringValue(cJSON_GetObjectItem(one, "after"));
		const char *fault = place ? place_fault(place) : NULL;

		if (!place)
			continue;
		if (fault)
			return err_set(err, ERR_FORMAT, "the place \"%s\" %s",
			    text_escape_string(place).text, fault);
		texts[entry->text_count++] = (struct ledger_text){
		    .place = arena_strdup(&ledger->arena, place),
		    .before = before ? arena_strdup(&ledger->arena, before) : NULL,
		    .after = after ? arena_strdup(&ledger->arena, after) : NULL,
		    .link = cJSON_IsTrue(cJSON_GetObjectItem(one, "link")),
		};
	}
	return true;
}

/* The index of `id`, or where it is to be inserted. */
static size_t position_of(const struct ledger *ledger, const char *id, bool *found)
{
	size_t low = 0, high = ledger->count;

	*found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(ledger->list[middle].id, id);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Makes room at `at`. */
static struct ledger_entry *insert_at(struct ledger *ledger, size_t at)
{
	ledger->list =
	    mem_grow(ledger->list, &ledger->capacity, ledger->count + 1, sizeof(*ledger->list));
	memmove(
	    &ledger->list[at + 1], &ledger->list[at], (ledger->count - at) * sizeof(*ledger->list));
	ledger->count++;
	return &ledger->list[at];
}

static bool read_line(struct ledger *ledger, const char *line, size_t size, struct err *err)
{
	const char *end = NULL;
	cJSON *json = cJSON_ParseWithLengthOpts(line, size, &end, false);
	struct ledger_entry entry = {0};
	bool whole = json && end == line + size, good = true;

	/* the keys are mostly in order, so the search is one comparison a key */
	for (cJSON *member = whole ? json->child : NULL; member; member = member->next) {
		if (cJSON_IsArray(member) && strcmp(member->string, "texts") == 0)
			good = good && read_texts(ledger, member, &entry, err);
		for (size_t i = 0; i < COUNT(members); i++)
			if (cJSON_IsString(member) && strcmp(member->string, members[i].key) == 0) {
				*member_of(&entry, i) =
				    arena_strdup(&ledger->arena, member->valuestring);
				break;
			}
	}
	cJSON_Delete(json);
	if (!good)
		return false;
	for (size_t i = 0; i < COUNT(members); i++)
		if (!*member_of(&entry, i))
			return err_set(err, ERR_FORMAT, "is damaged: %s",
			    whole ? members[i].key : "no JSON object");
	*insert_at(ledger, ledger->count) = entry;
	return true;
}

/* Of two lines about one item the upper one. */
static int compare_lines(const void *a, const void *b)
{
	const struct ledger_entry *const *left = a, *const *right = b;
	int order = strcmp((*left)->id, (*right)->id);

	return order ? order : (*left > *right) - (*left < *right);
}

/* Each line is one entry. They are written in order, and somebody may have edited the file. */
static bool sort_lines(struct ledger *ledger, struct err *err)
{
	const struct ledger_entry **lines = mem_alloc((ledger->count + 1) * sizeof(*lines));
	struct ledger_entry *sorted = mem_alloc((ledger->count + 1) * sizeof(*sorted));
	bool ok = true;

	for (size_t i = 0; i < ledger->count; i++)
		lines[i] = &ledger->list[i];
	qsort(lines, ledger->count, sizeof(*lines), compare_lines);
	for (size_t i = 0; i < ledger->count && ok; i++) {
		sorted[i] = *lines[i];
		ok = i == 0 || strcmp(sorted[i - 1].id, sorted[i].id) != 0 ||
		     err_set(err, ERR_FORMAT, "line %zu: names an item a second time",
		         (size_t)(lines[i] - ledger->list) + 1);
	}
	free(lines);
	free(ledger->list);
	ledger->list = sorted;
	ledger->capacity = ledger->count + 1;
	return ok;
}

static bool is_sorted(const struct ledger *ledger)
{
	for (size_t i = 1; i < ledger->count; i++)
		if (strcmp(ledger->list[i - 1].id, ledger->list[i].id) >= 0)
			return false;
	return true;
}

bool ledger_read(struct span rest, struct ledger *out, struct err *err)
{
	AUTO(ledger) ledger = {0};

	for (unsigned number = 1; rest.size > 0; number++) {
		const char *line = (const char *)rest.data;
		const char *newline = memchr(line, '\n', rest.size);
		size_t size = newline ? (size_t)(newline - line) : rest.size;

		if (!newline)
			return err_set(err, ERR_FORMAT, "line %u is cut off", number);
		if (!read_line(&ledger, line, size, err))
			return err_wrap(err, "line %u", number);
		rest.data += size + 1;
		rest.size -= size + 1;
	}
	if (!is_sorted(&ledger) && !sort_lines(&ledger, err))
		return false;
	*out = TAKE(ledger);
	return true;
}

bool ledger_load(struct root *root, const char *path, struct ledger *out, struct err *err)
{
	AUTO(bytes) file = {0};

	if (file_type(root, path) != FILE_ABSENT &&
	    !judged_read(root, path, LEDGER_MAX_BYTES, &file, err))
		return false;
	return ledger_read(bytes_span(&file), out, err) ||
	       err_wrap(err, "%s", place_shown(root, path).text);
}

bool ledger_judge(const struct ledger *ledger, const char *const *places, struct err *err)
{
	for (size_t i = 0; i < ledger->count; i++)
		for (size_t j = 0; j < ledger->list[i].text_count; j++) {
			const struct ledger_text *text = &ledger->list[i].texts[j];

			if (!place_is_written(text->place, !text->after, places))
				return err_set(err, ERR_FORMAT,
				    "%s: \"%s\" is no place that this program writes to",
				    text_escape_string(ledger->list[i].id).text,
				    text_escape_string(text->place).text);
		}
	return true;
}

bool ledger_load_known(struct root *root, const char *path, const char *const *places,
    struct ledger *out, struct err *err)
{
	struct err why = {0};

	if (ledger_load(root, path, out, &why) &&
	    (ledger_judge(out, places, &why) || err_wrap(&why, "%s", place_shown(root, path).text)))
		return true;
	if (why.code == ERR_FORMAT)
		err_set(err, why.code,
		    "%s; restore that file from a copy, or run `rollback --all`, which takes back "
		    "what the journals tell of, and restores it where they hold it",
		    why.text);
	else
		*err = why;
	return false;
}

const struct ledger_entry *ledger_find(const struct ledger *ledger, const char *id)
{
	bool found;
	size_t at = position_of(ledger, id, &found);

	return found ? &ledger->list[at] : NULL;
}

bool ledger_text_is_absence(const struct ledger_text *text)
{
	return text->before && text->after && !*text->before && !*text->after;
}

bool ledger_has_lines_alone(const struct ledger_entry *entry)
{
	for (size_t i = 0; i < entry->text_count; i++) {
		const struct ledger_text *text = &entry->texts[i];

		if (!ledger_text_is_absence(text) &&
		    (text->link || !text->before || strstr(text->before, "-----BEGIN ")))
			return false;
	}
	return true;
}

static const struct ledger_text *copy_texts(
    struct ledger *ledger, const struct ledger_text *texts, size_t count)
{
	struct ledger_text *copy = arena_alloc(&ledger->arena, (count + 1) * sizeof(*copy));

	for (size_t i = 0; i < count; i++)
		copy[i] = (struct ledger_text){
		    .place = arena_strdup(&ledger->arena, texts[i].place),
		    .before =
		        texts[i].before ? arena_strdup(&ledger->arena, texts[i].before) : NULL,
		    .after = texts[i].after ? arena_strdup(&ledger->arena, texts[i].after) : NULL,
		    .link = texts[i].link,
		};
	return copy;
}

void ledger_set(struct ledger *ledger, const struct ledger_entry *entry)
{
	struct ledger_entry copy = *entry;
	bool found;
	size_t at = position_of(ledger, entry->id, &found);

	for (size_t i = 0; i < COUNT(members); i++)
		*member_of(&copy, i) = arena_strdup(&ledger->arena, *member_of(&copy, i));
	copy.texts = copy_texts(ledger, entry->texts, entry->text_count);
	*(found ? &ledger->list[at] : insert_at(ledger, at)) = copy;
}

void ledger_remove(struct ledger *ledger, const char *id)
{
	bool found;
	size_t at = position_of(ledger, id, &found);

	if (!found)
		return;
	ledger->count--;
	memmove(
	    &ledger->list[at], &ledger->list[at + 1], (ledger->count - at) * sizeof(*ledger->list));
}

void ledger_copy(const struct ledger *ledger, struct ledger *out)
{
	*out = (struct ledger){.count = ledger->count};
	out->list = mem_grow(NULL, &out->capacity, ledger->count + 1, sizeof(*out->list));
	if (ledger->count)
		memcpy(out->list, ledger->list, ledger->count * sizeof(*out->list));
}

static void write_texts(const struct ledger_entry *entry, cJSON *json)
{
	cJSON *list = entry->text_count ? cJSON_AddArrayToObject(json, "texts") : NULL;

	for (size_t i = 0; i < entry->text_count; i++) {
		const struct ledger_text *text = &entry->texts[i];
		cJSON *one = cJSON_CreateObject();

		cJSON_AddStringToObject(one, "place", text->place);
		if (text->before)
			cJSON_AddStringToObject(one, "before", text->before);
		if (text->after)
			cJSON_AddStringToObject(one, "after", text->after);
		if (text->link)
			cJSON_AddTrueToObject(one, "link");
		cJSON_AddItemToArray(list, one);
	}
}

static void write_line(const struct ledger_entry *entry, struct bytes *out)
{
	struct ledger_entry copy = *entry;
	cJSON *json = cJSON_CreateObject();
	char *line;

	for (size_t i = 0; i < COUNT(members); i++)
		cJSON_AddItemToObjectCS(
		    json, members[i].key, cJSON_CreateStringReference(*member_of(&copy, i)));
	write_texts(entry, json);
	line = mem_checked(cJSON_PrintBuffered(json, 512, false));
	bytes_add(out, line, strlen(line));
	bytes_add(out, "\n", 1);
	cJSON_free(line);
	cJSON_Delete(json);
}

void ledger_write(const struct ledger *ledger, struct bytes *out)
{
	for (size_t i = 0; i < ledger->count; i++)
		write_line(&ledger->list[i], out);
}

void ledger_release(struct ledger *ledger)
{
	free(ledger->list);
	arena_release(&ledger->arena);
	*ledger = (struct ledger){0};
}
