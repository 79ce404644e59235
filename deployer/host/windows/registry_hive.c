/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of a Windows that does not run: its hive files. */
#include <stdlib.h>
#include <strings.h>

#include "base/clock.h"
#include "formats/regf/regf.h"
#include "host/windows/registry.h"
#include "host/windows/volume.h"

struct hive {
	const char *name; /* HKLM\SOFTWARE */
	const char *path; /* below the root */
	struct regf regf; /* once it was asked for */
	bool loaded;
};

struct hives {
	struct root root;
	struct hive *list;
	size_t count, capacity;
	struct arena arena;
};

enum { LOG_MAX = 512 * 1024 * 1024 };

static struct hives *data_of(const struct registry *registry)
{
	return registry->data;
}

/* What Windows has noted beside the hive and not yet carried over. */
static bool check_logs(
    struct hives *hives, const struct hive *hive, const struct regf *regf, struct err *err)
{
	static const char *const suffixes[] = {".LOG1", ".LOG2", ".LOG"};
	AUTO(arena) arena = {0};

	for (size_t i = 0; i < COUNT(suffixes); i++) {
		const char *path = volume_find(
		    &hives->root, arena_printf(&arena, "%s%s", hive->path, suffixes[i]), &arena);
		AUTO(bytes) log = {0};

		if (!path || file_type(&hives->root, path) != FILE_REGULAR)
			continue;
		if (!file_read(&hives->root, path, LOG_MAX, &log, err))
			return false;
		if (regf_log_is_pending(regf, bytes_span(&log)))
			return err_set(err, ERR_HOST,
			    "%s holds changes that are not in the hive yet: let this Windows start"
			    " and shut it down fully, then try again",
			    text_escape_string(path).text);
	}
	return true;
}

static bool load(struct hives *hives, struct hive *hive, struct err *err)
{
	AUTO(bytes) file = {0};
	AUTO(regf) regf = {0};

	if (hive->loaded)
		return true;
	/* file_read says where the file is; for what it says inside we do */
	if (!file_read(&hives->root, hive->path, REGF_MAX_BYTES, &file, err))
		return false;
	if (!regf_open(&file, &regf, err) || !check_logs(hives, hive, &regf, err))
		return err_wrap(err, "%s%s", hives->root.path ? hives->root.path : "",
		    text_escape_string(hive->path).text);
	hive->regf = TAKE(regf);
	hive->loaded = true;
	return true;
}

/* The hive that `path` lies in, and the rest of the path. */
static struct hive *find_hive(struct hives *hives, const char *path, const char **rest)
{
	for (size_t i = 0; i < hives->count; i++) {
		size_t size = strlen(hives->list[i].name);

		if (strncasecmp(path, hives->list[i].name, size) != 0 ||
		    (path[size] != '\\' && path[size] != 0))
			continue;
		*rest = path + size + (path[size] == '\\');
		return &hives->list[i];
	}
	return NULL;
}

/* The deepest key on the way, and what of the path is left below it. */
static uint32_t walk(const struct regf *regf, const char **path)
{
	uint32_t key = regf->root;

	while (**path) {
		size_t size = strcspn(*path, "\\");

		if (!regf_find_key(regf, key, *path, size, &key))
			break;
		*path += size + ((*path)[size] == '\\');
	}
	return key;
}

static bool open_key(
    struct registry *registry, const char *path, struct registry_key *out, struct err *err)
{
	const char *rest;
	struct hive *hive = find_hive(data_of(registry), path, &rest);

	*out = (struct registry_key){.registry = registry};
	if (!hive)
		return true;
	if (!load(data_of(registry), hive, err))
		return false;
	out->id = walk(&hive->regf, &rest);
	out->hive = *rest ? NULL : hive;
	return true;
}

static void open_subkey(
    const struct registry_key *key, const struct registry_name *name, struct registry_key *out)
{
	*out = (struct registry_key){key->registry, key->hive, name->id};
}

static void close_key(struct registry_key *key)
{
	*key = (struct registry_key){0};
}

static bool list_names(const struct registry_key *key,
    void (*list)(const struct regf *, uint32_t, struct regf_list *),
    void (*name_of)(const struct regf *, uint32_t, struct text *), struct registry_names *out)
{
	const struct hive *hive = key->hive;
	AUTO(regf_list) found = {0};

	if (!hive)
		return true;
	list(&hive->regf, (uint32_t)key->id, &found);
	for (size_t i = 0; i < found.count; i++) {
		AUTO(text) name = {0};

		name_of(&hive->regf, found.at[i], &name);
		registry_names_add(out, text_string(&name), found.at[i]);
	}
	return true;
}

static bool list_keys(const struct registry_key *key, struct registry_names *out, struct err *err)
{
	(void)err;
	return list_names(key, regf_subkeys, regf_key_name, out);
}

static bool list_values(const struct registry_key *key, struct registry_names *out, struct err *err)
{
	(void)err;
	return list_names(key, regf_values, regf_value_name, out);
}

static bool read_value(
    const struct registry_key *key, const char *name, struct registry_value *out, struct err *err)
{
	const struct hive *hive = key->hive;
	struct regf_value value;

	(void)err;
	out->type = REGISTRY_ABSENT;
	out->data.size = 0;
	if (!hive || !regf_find_value(&hive->regf, (uint32_t)key->id, name, &value))
		return true;
	out->type = value.type;
	regf_read_value(&hive->regf, &value, &out->data);
	return true;
}

/* The hive of the path, loaded, and its deepest key. */
static bool reach(struct registry *registry, const char **path, struct hive **hive, uint32_t *key,
    struct err *err)
{
	const char *whole = *path;

	*hive = find_hive(data_of(registry), whole, path);
	if (!*hive)
		return err_set(err, ERR_HOST, "%s: no hive of this system holds it",
		    text_escape_string(whole).text);
	if (!load(data_of(registry), *hive, err))
		return false;
	*key = walk(&(*hive)->regf, path);
	return true;
}

static bool no_key(const char *path, struct err *err)
{
	return err_set(err, ERR_HOST, "%s: there is no such key", text_escape_string(path).text);
}

static bool create_key(struct registry *registry, const char *path, struct err *err)
{
	const char *rest = path;
	struct hive *hive;
	uint32_t key;

	if (!reach(registry, &rest, &hive, &key, err))
		return false;
	if (!*rest)
		return true;
	if (strchr(rest, '\\'))
		return no_key(path, err);
	return regf_add_key(&hive->regf, key, rest, clock_to_filetime(clock_now()), &key, err) ||
	       err_wrap(err, "%s", text_escape_string(path).text);
}

static bool delete_key(struct registry *registry, const char *path, struct err *err)
{
	const char *rest = path;
	struct hive *hive;
	uint32_t key;

	if (!reach(registry, &rest, &hive, &key, err))
		return false;
	return *rest || regf_delete_key(&hive->regf, key, clock_to_filetime(clock_now()), err) ||
	       err_wrap(err, "%s", text_escape_string(path).text);
}

static bool write_value(struct registry *registry, const char *path, const char *name,
    const struct registry_value *value, struct err *err)
{
	const char *rest = path;
	struct hive *hive;
	uint32_t key;

	if (!reach(registry, &rest, &hive, &key, err))
		return false;
	if (*rest)
		return no_key(path, err);
	return regf_set_value(&hive->regf, key, name, (uint32_t)value->type,
	           bytes_span(&value->data), clock_to_filetime(clock_now()), err) ||
	       err_wrap(err, "%s\\%s", text_escape_string(path).text, name);
}

static bool delete_value(
    struct registry *registry, const char *path, const char *name, struct err *err)
{
	const char *rest = path;
	struct hive *hive;
	uint32_t key;

	if (!reach(registry, &rest, &hive, &key, err))
		return false;
	if (!*rest)
		regf_delete_value(&hive->regf, key, name, clock_to_filetime(clock_now()));
	return true;
}

/* No hive is written that would not be read. */
static bool check_result(const struct hive *hive, struct err *err)
{
	AUTO(bytes) copy = bytes_copy(bytes_span(&hive->regf.file));
	AUTO(regf) regf = {0};

	return regf_open(&copy, &regf, err) ||
	       err_wrap(err, "%s: what would be written is damaged, so it is not",
	           text_escape_string(hive->path).text);
}

/* The next one who asks reads it from the disk. */
static void forget(struct hive *hive)
{
	regf_release(&hive->regf);
	hive->loaded = false;
}

/* What a killed run left beside the hive. */
static bool remove_leftovers(struct hives *hives, const struct hive *hive, struct err *err)
{
	static const char *const names[] = {FILE_TEMPORARY, FILE_KEPT};
	AUTO(arena) arena = {0};
	const char *slash = strrchr(hive->path, '/');

	for (size_t i = 0; i < COUNT(names); i++) {
		const char *path = arena_printf(
		    &arena, "%.*s/%s", (int)(slash - hive->path), hive->path, names[i]);

		if (file_type(&hives->root, path) != FILE_ABSENT &&
		    !file_remove(&hives->root, path, err))
			return false;
	}
	return true;
}

/* Edits that cancel each other out, as those of a run that is taken back, change nothing. */
static bool replace(struct hives *hives, struct hive *hive, struct err *err)
{
	AUTO(bytes) file = {0};
	AUTO(regf) there = {0};

	if (!file_read(&hives->root, hive->path, REGF_MAX_BYTES, &file, err) ||
	    !regf_open(&file, &there, err))
		return false;
	if (regf_same(&there, &hive->regf)) {
		regf_release(&hive->regf);
		hive->regf = TAKE(there);
		return true;
	}
	regf_seal(&hive->regf, clock_to_filetime(clock_now()));
	return check_result(hive, err) &&
	       file_exchange(&hives->root, hive->path, bytes_span(&hive->regf.file), err);
}

static bool commit(struct registry *registry, struct err *err)
{
	struct hives *hives = data_of(registry);

	for (size_t i = 0; i < hives->count; i++) {
		struct hive *hive = &hives->list[i];

		if (!hive->loaded)
			continue;
		if ((!hive->regf.edited || replace(hives, hive, err)) &&
		    remove_leftovers(hives, hive, err))
			continue;
		forget(hive);
		return false;
	}
	return true;
}

static void close_hives(struct registry *registry)
{
	struct hives *hives = data_of(registry);

	for (size_t i = 0; i < hives->count; i++)
		regf_release(&hives->list[i].regf);
	free(hives->list);
	arena_release(&hives->arena);
	root_release(&hives->root);
	free(hives);
}

static void add_hive(struct hives *hives, const char *name, const char *path)
{
	hives->list =
	    mem_grow(hives->list, &hives->capacity, hives->count + 1, sizeof(*hives->list));
	hives->list[hives->count++] = (struct hive){.name = name, .path = path};
}

/* Links ("All Users", "Default User") lead to folders that are listed under their own name. */
static bool add_users(struct hives *hives, struct err *err)
{
	static const char *const places[] = {"/Users", "/Documents and Settings"};
	struct arena *arena = &hives->arena;

	for (size_t i = 0; i < COUNT(places); i++) {
		const char *place = volume_find(&hives->root, places[i], arena);
		AUTO(folder) folder = {.fd = -1};

		if (!place || file_type(&hives->root, place) != FILE_FOLDER)
			continue;
		if (!folder_open(&hives->root, place, &folder, err))
			return false;
		for (size_t j = 0; j < folder.count; j++) {
			const char *name = folder.entries[j].name;
			const char *path = arena_printf(arena, "%s/%s/NTUSER.DAT", place, name);
			const char *found;

			if (folder.entries[j].type != FILE_FOLDER)
				continue;
			found = volume_find(&hives->root, path, arena);
			/* one that this user may not look for fails when it is read, and is told
			 * then */
			if (found ? file_type(&hives->root, found) == FILE_REGULAR
			          : volume_is_closed(&hives->root, path))
				add_hive(hives, arena_printf(arena, "HKU\\%s", name),
				    found ? found : path);
		}
	}
	return true;
}

static bool list_users(struct registry *registry, struct registry_names *out, struct err *err)
{
	struct hives *hives = data_of(registry);

	(void)err;
	for (size_t i = 0; i < hives->count; i++)
		if (strncmp(hives->list[i].name, "HKU\\", 4) == 0)
			registry_names_add(out, hives->list[i].name + 4, i);
	return true;
}

static const struct registry_ops hive_ops = {
    .open_key = open_key,
    .open_subkey = open_subkey,
    .close_key = close_key,
    .list_users = list_users,
    .list_keys = list_keys,
    .list_values = list_values,
    .read = read_value,
    .create_key = create_key,
    .delete_key = delete_key,
    .write = write_value,
    .delete_value = delete_value,
    .commit = commit,
    .close = close_hives,
};

void registry_open_none(struct registry *out)
{
	struct hives *hives = mem_alloc(sizeof(*hives));

	hives->root = root_none();
	*out = (struct registry){.ops = &hive_ops, .data = hives};
}

void registry_add_hive(struct registry *registry, const char *name, const char *path)
{
	struct hives *hives = data_of(registry);

	add_hive(hives, arena_strdup(&hives->arena, name), arena_strdup(&hives->arena, path));
}

bool registry_open_hives(const char *root, struct registry *out, struct err *err)
{
	static const struct {
		const char *name, *path;
	} machine[] = {
	    {"HKLM\\SOFTWARE", "/Windows/System32/config/SOFTWARE"},
	    {"HKLM\\SYSTEM", "/Windows/System32/config/SYSTEM"},
	};
	struct registry registry = {.ops = &hive_ops};
	struct hives *hives = mem_alloc(sizeof(*hives));

	if (!root_open(root, &hives->root, err)) {
		free(hives);
		return false;
	}
	registry.data = hives;
	for (size_t i = 0; i < COUNT(machine); i++) {
		const char *path = volume_find(&hives->root, machine[i].path, &hives->arena);

		if (path && file_type(&hives->root, path) == FILE_REGULAR)
			add_hive(hives, machine[i].name, path);
	}
	if (hives->count == 0 || strcmp(hives->list[0].name, machine[0].name) != 0)
		err_set(err, ERR_HOST, "%s is no regular file", machine[0].path);
	else if (add_users(hives, err)) {
		*out = registry;
		return true;
	}
	registry_close(&registry);
	return false;
}
