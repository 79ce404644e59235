/* SPDX-License-Identifier: Apache-2.0 */
#include "host/windows/stage.h"

enum { PLACE_FILE_MAX = 256 * 1024 * 1024 };

static bool is_key(const char *place)
{
	return place[strlen(place) - 1] == '\\';
}

/* The path of a place's key, and the name of its value behind it. */
static const char *split_place(const char *place, struct arena *arena, const char **name)
{
	const char *last = strrchr(place, '\\');

	*name = last + 1;
	return arena_strndup(arena, place, (size_t)(last - place));
}

static bool capture_key(
    struct registry *registry, const char *path, struct file_state *out, struct err *err)
{
	struct registry_key key;

	if (!registry->ops->open_key(registry, path, &key, err))
		return false;
	*out = (struct file_state){.type = key.hive ? FILE_FOLDER : FILE_ABSENT,
	    .uid = FILE_OWNER_SELF,
	    .gid = FILE_OWNER_SELF};
	registry->ops->close_key(&key);
	return true;
}

bool windows_capture(struct host *host, const char *place, struct file_state *out, struct err *err)
{
	struct registry *registry = windows_registry(host);
	AUTO(registry_value) value = {.type = REGISTRY_ABSENT};
	AUTO(arena) arena = {0};
	const char *name, *path;

	if (changes_is_file(place))
		return file_capture(&host->root, place, PLACE_FILE_MAX, out, err);
	path = split_place(place, &arena, &name);
	if (is_key(place))
		return capture_key(registry, path, out, err);
	if (!registry_read(registry, path, name, &value, err))
		return false;
	*out = (struct file_state){.uid = FILE_OWNER_SELF, .gid = FILE_OWNER_SELF};
	if (value.type == REGISTRY_ABSENT)
		return true;
	out->type = FILE_REGULAR;
	out->mode = (unsigned)value.type;
	out->content = TAKE(value.data);
	return true;
}

bool windows_set(
    struct host *host, const char *place, const struct file_state *state, struct err *err)
{
	struct registry *registry = windows_registry(host);
	struct registry_value value = {.type = state->mode, .data = state->content};
	AUTO(arena) arena = {0};
	const char *name, *path;

	if (changes_is_file(place))
		return file_set(&host->root, place, state, err);
	path = split_place(place, &arena, &name);
	if (state->type == FILE_ABSENT)
		return is_key(place) ? registry->ops->delete_key(registry, path, err)
		                     : registry->ops->delete_value(registry, path, name, err);
	if (is_key(place))
		return registry->ops->create_key(registry, path, err);
	return registry->ops->write(registry, path, name, &value, err);
}

/* The changes of keys that are missing on the way to `path`. */
static bool stage_keys(struct host *host, struct changes *out, const char *path, struct err *err)
{
	for (const char *end = strchr(strchr(path, '\\') + 1, '\\'); end;
	     end = strchr(end + 1, '\\')) {
		const char *place = arena_strndup(&out->arena, path, (size_t)(end - path) + 1);
		struct file_state before = {0};
		struct file_state after = {
		    .type = FILE_FOLDER, .uid = FILE_OWNER_SELF, .gid = FILE_OWNER_SELF};

		if (!windows_capture(host, place, &before, err))
			return false;
		changes_add(out, place, &before, &after);
	}
	return true;
}

bool windows_has_view(struct host *host, const char *path, bool *out, struct err *err)
{
	struct registry *registry = windows_registry(host);
	struct registry_key key;
	const char *view = "HKLM\\SOFTWARE\\WOW6432Node";

	*out = strncmp(path, view, strlen(view)) != 0;
	if (*out)
		return true;
	if (!registry->ops->open_key(registry, view, &key, err))
		return false;
	*out = key.hive != NULL;
	registry->ops->close_key(&key);
	return true;
}

static bool stage_value(
    struct host *host, struct changes *out, struct encoded_value *value, struct err *err)
{
	const char *place = arena_printf(&out->arena, "%s\\%s", value->key, value->name);
	bool gone = value->value.type == REGISTRY_ABSENT;
	struct file_state before = {0};
	struct file_state after = {.type = gone ? FILE_ABSENT : FILE_REGULAR,
	    .mode = gone ? 0 : (unsigned)value->value.type,
	    .uid = FILE_OWNER_SELF,
	    .gid = FILE_OWNER_SELF,
	    .content = TAKE(value->value.data)};

	if (!windows_capture(host, place, &before, err) ||
	    (!gone && !stage_keys(host, out, arena_printf(&out->arena, "%s\\", value->key), err))) {
		file_state_release(&after);
		return false;
	}
	changes_add(out, place, &before, &after);
	return true;
}

/* Makes the data go on from those that are there. */
static bool continue_value(struct host *host, struct encoded_value *value, struct err *err)
{
	AUTO(registry_value) there = {.type = REGISTRY_ABSENT};

	if (!registry_read(windows_registry(host), value->key, value->continues, &there, err))
		return false;
	if (there.type != REGISTRY_ABSENT)
		encode_continue(&value->value.data, bytes_span(&there.data));
	return true;
}

bool windows_stage(struct host *host, struct encoded *values, struct changes *out, struct err *err)
{
	for (size_t i = 0; i < values->count; i++) {
		struct encoded_value *value = &values->list[i];
		bool there;

		if (!windows_has_view(host, value->key, &there, err))
			return false;
		if (!there)
			continue;
		if ((value->continues && !continue_value(host, value, err)) ||
		    !stage_value(host, out, value, err))
			return false;
	}
	return true;
}

/* Whether a change of the list takes away `path`\`name`. */
static bool is_leaving(const struct changes *out, const char *path, const char *name)
{
	AUTO(arena) arena = {0};
	const struct change *change = changes_peek(out, arena_printf(&arena, "%s\\%s", path, name));

	return change && change->after.type == FILE_ABSENT;
}

static bool stage_prune(struct host *host, struct changes *out, const char *path, struct err *err)
{
	struct registry *registry = windows_registry(host);
	AUTO(registry_names) values = {0};
	AUTO(registry_names) keys = {0};
	struct file_state before = {
	    .type = FILE_FOLDER, .uid = FILE_OWNER_SELF, .gid = FILE_OWNER_SELF};
	struct file_state after = {0};
	struct registry_key key;
	size_t left;

	if (!registry->ops->open_key(registry, path, &key, err))
		return false;
	if (!registry->ops->list_values(&key, &values, err) ||
	    !registry->ops->list_keys(&key, &keys, err)) {
		registry->ops->close_key(&key);
		return false;
	}
	left = keys.count;
	for (size_t i = 0; i < values.count; i++)
		left += !is_leaving(out, path, values.list[i].name);
	if (key.hive && left == 0)
		changes_add(out, arena_printf(&out->arena, "%s\\", path), &before, &after);
	registry->ops->close_key(&key);
	return true;
}

bool windows_stage_gone(
    struct host *host, const char *path, const char *name, struct changes *out, struct err *err)
{
	struct encoded_value gone = {.key = path, .name = name, .value = {.type = REGISTRY_ABSENT}};

	return stage_value(host, out, &gone, err) && stage_prune(host, out, path, err);
}
