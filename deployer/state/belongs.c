/* SPDX-License-Identifier: Apache-2.0 */
#include "state/belongs.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#include "base/text.h"
#include "state/judged.h"

enum { MARK_MAX_BYTES = 16384, MADE_MAX = 8 };

/* What STATE/image says. */
struct mark {
	char id[FILE_RANDOM_NAME];
	const char *root; /* where the image was, for messages */
	size_t made;      /* how many folders were made for the mark in the image */
	struct arena arena;
};

static void mark_release(struct mark *mark)
{
	arena_release(&mark->arena);
}

static const char *path_of_mark(const struct belonging *belonging, struct arena *arena)
{
	return arena_printf(arena, "%s/image", belonging->state);
}

static const char *folder_of_marks(const struct belonging *belonging, struct arena *arena)
{
	return arena_printf(arena, "%s/states", belonging->folder);
}

static const char *path_in_image(
    const struct belonging *belonging, const char *id, struct arena *arena)
{
	return arena_printf(arena, "%s/states/%s", belonging->folder, id);
}

static bool is_id(const char *text)
{
	return strlen(text) == FILE_RANDOM_NAME - 1 &&
	       strspn(text, "0123456789abcdef") == FILE_RANDOM_NAME - 1;
}

/* The id becomes a name in the image, so it is one of ours or none. */
static bool read_mark(const cJSON *json, struct mark *out)
{
	const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "id"));
	const char *root = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "root"));
	double made = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(json, "made"));

	if (!id || !is_id(id) || !root || !(made >= 0 && made <= MADE_MAX))
		return false;
	memcpy(out->id, id, FILE_RANDOM_NAME);
	out->root = arena_strdup(&out->arena, root);
	out->made = (size_t)made;
	return true;
}

/* `*there` tells whether the state has a mark. */
static bool load_mark(
    const struct belonging *belonging, bool *there, struct mark *out, struct err *err)
{
	const char *path = path_of_mark(belonging, &out->arena);
	AUTO(bytes) file = {0};
	cJSON *json;

	*there = file_type(belonging->state_root, path) != FILE_ABSENT;
	if (!*there)
		return true;
	if (!judged_read(belonging->state_root, path, MARK_MAX_BYTES, &file, err))
		return false;
	json = cJSON_ParseWithLength((const char *)file.data, file.size);
	*there = read_mark(json, out);
	cJSON_Delete(json);
	return *there ||
	       err_set(err, ERR_FORMAT,
	           "%s: the record of which image this state belongs to is damaged; restore it, or "
	           "remove it when you know that the state is that of this image",
	           text_escape_string(path).text);
}

bool belongs_check(const struct belonging *belonging, struct err *err)
{
	AUTO(mark) mark = {0};
	bool there;

	if (!load_mark(belonging, &there, &mark, err))
		return false;
	if (!there || file_type(belonging->root, path_in_image(belonging, mark.id, &mark.arena)) ==
	                  FILE_REGULAR)
		return true;
	return err_set(err, ERR_POLICY,
	    "%s: is the state of another image (the one that was at %s): name the state of this "
	    "one, or a new folder; where it is the same image, and has lost %s, remove %s",
	    text_escape_string(belonging->state).text, text_escape_string(mark.root).text,
	    folder_of_marks(belonging, &mark.arena),
	    text_escape_string(path_of_mark(belonging, &mark.arena)).text);
}

/* The path of the folder of marks without its last `levels` names, in `arena`. */
static char *folder_above(const struct belonging *belonging, size_t levels, struct arena *arena)
{
	char *path = arena_strdup(arena, folder_of_marks(belonging, arena));

	for (; levels > 0 && strrchr(path, '/'); levels--)
		*strrchr(path, '/') = 0;
	return path;
}

static size_t count_missing(const struct belonging *belonging, struct arena *arena)
{
	size_t missing = 0;

	while (missing < MADE_MAX && *folder_above(belonging, missing, arena) &&
	       file_type(belonging->root, folder_above(belonging, missing, arena)) == FILE_ABSENT)
		missing++;
	return missing;
}

/* What is above the folder of the state is for all. */
static bool make_mark(const struct belonging *belonging, const struct mark *mark, struct err *err)
{
	AUTO(arena) arena = {0};

	return file_make_folders(belonging->root, folder_above(belonging, 2, &arena), 0755, err) &&
	       file_make_folders(belonging->root, folder_of_marks(belonging, &arena), 0700, err) &&
	       file_store(belonging->root, path_in_image(belonging, mark->id, &arena),
	           (struct span){0}, err);
}

static bool store_mark(const struct belonging *belonging, const struct mark *mark, struct err *err)
{
	cJSON *json = mem_checked(cJSON_CreateObject());
	AUTO(arena) arena = {0};
	AUTO(text) line = {0};
	char *printed;

	cJSON_AddStringToObject(json, "id", mark->id);
	cJSON_AddStringToObject(json, "root", mark->root);
	cJSON_AddNumberToObject(json, "made", (double)mark->made);
	printed = mem_checked(cJSON_PrintUnformatted(json));
	cJSON_Delete(json);
	text_addf(&line, "%s\n", printed);
	cJSON_free(printed);
	return file_store(belonging->state_root, path_of_mark(belonging, &arena),
	    span_text(text_string(&line)), err);
}

/* The image first: a mark that no state knows does no harm. */
bool belongs_mark(const struct belonging *belonging, struct err *err)
{
	AUTO(mark) mark = {0};
	bool there;

	if (!load_mark(belonging, &there, &mark, err))
		return false;
	if (there)
		return true;
	if (!file_random_name(mark.id, err))
		return false;
	mark.root = belonging->root->path;
	mark.made = count_missing(belonging, &mark.arena);
	return make_mark(belonging, &mark, err) && store_mark(belonging, &mark, err);
}

bool belongs_to_another(
    const struct belonging *belonging, struct arena *arena, const char **mark, struct err *err)
{
	AUTO(folder) marks = {.fd = -1};
	AUTO(mark) own = {0};
	bool there;

	*mark = NULL;
	if (!load_mark(belonging, &there, &own, err) ||
	    !folder_open(belonging->root, folder_of_marks(belonging, arena), &marks, err))
		return false;
	for (size_t i = 0; i < marks.count && !*mark; i++)
		if (is_id(marks.entries[i].name) &&
		    !(there && strcmp(marks.entries[i].name, own.id) == 0))
			*mark = path_in_image(belonging, marks.entries[i].name, arena);
	return true;
}

bool belongs_release(
    const struct belonging *belonging, struct arena *arena, const char **first, struct err *err)
{
	const struct file_state gone = {.type = FILE_ABSENT};
	AUTO(mark) mark = {0};
	bool there;

	*first = NULL;
	if (!load_mark(belonging, &there, &mark, err))
		return false;
	if (!there)
		return true;
	if (strcmp(mark.root, belonging->root->path) != 0)
		*first = arena_strdup(arena, mark.root);
	if (!file_remove(belonging->state_root, path_of_mark(belonging, &mark.arena), err) ||
	    !file_remove(belonging->root, path_in_image(belonging, mark.id, &mark.arena), err))
		return false;
	/* folders that hold something by now stay */
	for (size_t i = 0; i < mark.made; i++) {
		struct err ignored = {0};

		if (!file_set(
		        belonging->root, folder_above(belonging, i, &mark.arena), &gone, &ignored))
			break;
	}
	return true;
}
