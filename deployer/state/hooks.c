/* SPDX-License-Identifier: Apache-2.0 */
#include "state/hooks.h"

#include <cjson/cJSON.h>

#include "state/judged.h"
#include "state/place.h"

enum { HOOKS_MAX_BYTES = 16 * 1024 * 1024 };

/* A name in a folder that is known: it leads nowhere else. */
static bool is_name(const char *name)
{
	return name && *name && !strchr(name, '/') && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

static const char *text_of(const cJSON *json, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, key));
}

static bool read_hook(const cJSON *json, struct hooks *out)
{
	const cJSON *links = cJSON_GetObjectItemCaseSensitive(json, "links");
	const char *name = text_of(json, "hook"), *why = text_of(json, "why");
	struct hook *hook;

	if (!is_name(name) || !why || !cJSON_IsArray(links) || hooks_find(out, name))
		return false;
	hook = hooks_add(out, name);
	hook->why = arena_strdup(&out->arena, why);
	for (const cJSON *link = links->child; link; link = link->next) {
		if (!is_name(cJSON_GetStringValue(link)))
			return false;
		hooks_add_link(out, hook, link->valuestring);
	}
	return true;
}

static bool read_lines(struct span rest, struct hooks *out, unsigned *line)
{
	for (*line = 1; rest.size > 0; ++*line) {
		const uint8_t *end = memchr(rest.data, '\n', rest.size);
		size_t size = end ? (size_t)(end - rest.data) : rest.size;
		cJSON *json = cJSON_ParseWithLength((const char *)rest.data, size);
		bool ok = end && read_hook(json, out);

		cJSON_Delete(json);
		if (!ok)
			return false;
		rest = (struct span){end + 1, rest.size - size - 1};
	}
	return true;
}

bool hooks_load(struct root *root, const char *path, struct hooks *out, struct err *err)
{
	AUTO(hooks) hooks = {0};
	AUTO(bytes) file = {0};
	unsigned line;

	if (file_type(root, path) != FILE_ABSENT &&
	    !judged_read(root, path, HOOKS_MAX_BYTES, &file, err))
		return false;
	if (!read_lines(bytes_span(&file), &hooks, &line))
		return err_set(err, ERR_FORMAT,
		    "%s: line %u: the record of hooks that are due is damaged; remove it, and run "
		    "the distribution's own tool",
		    place_shown(root, path).text, line);
	*out = TAKE(hooks);
	return true;
}

static void write_hook(const struct hook *hook, struct bytes *out)
{
	cJSON *json = mem_checked(cJSON_CreateObject());
	cJSON *links = mem_checked(cJSON_CreateArray());
	char *printed;

	cJSON_AddStringToObject(json, "hook", hook->name);
	cJSON_AddStringToObject(json, "why", hook->why);
	cJSON_AddItemToObject(json, "links", links);
	for (size_t i = 0; i < hook->link_count; i++)
		cJSON_AddItemToArray(links, cJSON_CreateString(hook->links[i]));
	printed = mem_checked(cJSON_PrintUnformatted(json));
	cJSON_Delete(json);
	bytes_add(out, printed, strlen(printed));
	bytes_add(out, "\n", 1);
	cJSON_free(printed);
}

bool hooks_store(const struct hooks *hooks, struct root *root, const char *path, struct err *err)
{
	AUTO(bytes) old = {0};
	AUTO(bytes) made = {0};
	bool there = file_type(root, path) != FILE_ABSENT;

	if (hooks->count == 0)
		return !there || file_remove(root, path, err);
	for (size_t i = 0; i < hooks->count; i++)
		write_hook(&hooks->list[i], &made);
	if (there && !judged_read(root, path, HOOKS_MAX_BYTES, &old, err))
		return false;
	return span_equal(bytes_span(&old), bytes_span(&made)) ||
	       file_store(root, path, bytes_span(&made), err);
}
