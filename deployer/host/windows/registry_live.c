/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry of the Windows that runs. Every key is opened in the 64-bit view; the 32-bit one is
 * reached by its name, WOW6432Node, as in a hive.
 *
 * Writing is seen by others at once: crypt32 looks at a store anew when the store's key tells of a
 * change (RegNotifyChangeKeyValue). commit() makes it durable (RegFlushKey), which Windows would do
 * within seconds by itself; the engine's journal is on the disk before the first write, so a power
 * cut in between leaves what the next run takes back.
 */
#include <stdlib.h>

#include "base/windows/wide.h"
#include "host/windows/registry_live_users.h"

/* The longest names, in UTF-16 with their NUL (Microsoft, "Registry Element Size Limits"). */
enum { KEY_UNITS = 256, NAME_UNITS = 16384, VALUE_LONGEST = 256 * 1024 * 1024 };

struct live {
	struct registry_users users;
};

static struct live *data_of(const struct registry *registry)
{
	return registry->data;
}

static bool list_users(struct registry *registry, struct registry_names *out, struct err *err)
{
	struct live *live = data_of(registry);

	if (!registry_users_find(&live->users, err))
		return false;
	for (size_t i = 0; i < live->users.count; i++)
		registry_names_add(out, live->users.list[i].name, i);
	return true;
}

/* --- paths --- */

/* Where a path leads: a key of Windows and what is below it, or a user's hive. */
struct target {
	HKEY above;
	struct wide below;
	bool in_hive, known;
};

static void target_release(struct target *target)
{
	wide_release(&target->below);
}

static bool find_target(struct live *live, const char *path, struct target *out, struct err *err)
{
	const struct registry_user *user;
	AUTO(arena) arena = {0};
	const char *rest = path + 5;
	size_t size;

	out->known = true;
	if (_strnicmp(path, "HKLM\\", 5) == 0) {
		out->above = HKEY_LOCAL_MACHINE;
		out->below = wide_of(rest, strlen(rest));
		return true;
	}
	rest = path + 4;
	size = strcspn(rest, "\\");
	out->known = false;
	if (_strnicmp(path, "HKU\\", 4) != 0 || !registry_users_find(&live->users, err))
		return _strnicmp(path, "HKU\\", 4) != 0;
	user = registry_users_get(&live->users, rest, size);
	if (!user)
		return true;
	out->known = true;
	out->in_hive = !user->logged_on;
	rest = arena_printf(&arena, "%s%s", wide_to_text(user->sid, &arena), rest + size);
	out->above = HKEY_USERS;
	out->below = wide_of(rest, strlen(rest));
	return true;
}

/* A missing key is NULL and no failure. */
static bool open_native(
    const struct target *target, const char *path, REGSAM access, HKEY *out, struct err *err)
{
	LSTATUS status =
	    RegOpenKeyExW(target->above, target->below.text, 0, access | KEY_WOW64_64KEY, out);

	if (status == ERROR_SUCCESS)
		return true;
	*out = NULL;
	return registry_is_missing(status) || registry_error(err, status, path);
}

static bool open_key(
    struct registry *registry, const char *path, struct registry_key *out, struct err *err)
{
	struct live *live = data_of(registry);
	AUTO(target) target = {0};
	HKEY key;

	*out = (struct registry_key){.registry = registry};
	if (!find_target(live, path, &target, err))
		return false;
	if (!target.known)
		return true;
	if (target.in_hive)
		return live->users.hives.ops->open_key(&live->users.hives, path, out, err);
	if (!open_native(&target, path, KEY_READ, &key, err))
		return false;
	out->hive = key;
	return true;
}

/* A key of a user's hive carries the registry of the hives: its calls go there. */
static const struct registry_ops *other_ops(const struct registry_key *key);

/* Why it could not be opened is for the one who reads it to tell. */
static void open_subkey(
    const struct registry_key *key, const struct registry_name *name, struct registry_key *out)
{
	const struct registry_ops *other = other_ops(key);
	AUTO(wide) wide = wide_of(name->name, strlen(name->name));
	LSTATUS status;
	HKEY opened;

	if (other) {
		other->open_subkey(key, name, out);
		return;
	}
	*out = (struct registry_key){.registry = key->registry};
	if (!key->hive)
		return;
	status = RegOpenKeyExW(key->hive, wide.text, 0, KEY_READ | KEY_WOW64_64KEY, &opened);
	if (status == ERROR_SUCCESS)
		out->hive = opened;
	else if (!registry_is_missing(status))
		out->id = (uint64_t)status;
}

static void close_key(struct registry_key *key)
{
	if (key->registry && other_ops(key))
		other_ops(key)->close_key(key);
	else if (key->hive)
		RegCloseKey(key->hive);
	*key = (struct registry_key){0};
}

/* --- reading --- */

static bool list_keys(const struct registry_key *key, struct registry_names *out, struct err *err)
{
	LSTATUS status = key->hive ? ERROR_SUCCESS : ERROR_NO_MORE_ITEMS;

	if (other_ops(key))
		return other_ops(key)->list_keys(key, out, err);
	for (DWORD i = 0; status == ERROR_SUCCESS; i++) {
		AUTO(arena) arena = {0};
		wchar_t name[KEY_UNITS];
		DWORD size = COUNT(name);

		status = RegEnumKeyExW(key->hive, i, name, &size, NULL, NULL, NULL, NULL);
		if (status == ERROR_SUCCESS)
			registry_names_add(out, wide_to_text(name, &arena), 0);
	}
	return status == ERROR_NO_MORE_ITEMS || registry_error(err, status, "the names of keys");
}

static bool list_values(const struct registry_key *key, struct registry_names *out, struct err *err)
{
	LSTATUS status = key->hive ? ERROR_SUCCESS : ERROR_NO_MORE_ITEMS;
	AUTO(wide) name = {0};

	if (other_ops(key))
		return other_ops(key)->list_values(key, out, err);
	name.text = mem_alloc(NAME_UNITS * sizeof(*name.text));
	for (DWORD i = 0; status == ERROR_SUCCESS; i++) {
		AUTO(arena) arena = {0};
		DWORD size = NAME_UNITS;

		status = RegEnumValueW(key->hive, i, name.text, &size, NULL, NULL, NULL, NULL);
		if (status == ERROR_SUCCESS)
			registry_names_add(out, wide_to_text(name.text, &arena), 0);
	}
	return status == ERROR_NO_MORE_ITEMS || registry_error(err, status, "the names of values");
}

/* Somebody may make the value longer between the two calls: then they are made again. */
static LSTATUS read_native(HKEY key, const wchar_t *name, struct registry_value *out)
{
	for (;;) {
		DWORD type, size = 0;
		LSTATUS status = RegQueryValueExW(key, name, NULL, &type, NULL, &size);

		if (status != ERROR_SUCCESS)
			return status;
		if (size > VALUE_LONGEST)
			return ERROR_FILE_TOO_LARGE;
		bytes_reserve(&out->data, size);
		status = RegQueryValueExW(key, name, NULL, &type, out->data.data, &size);
		if (status == ERROR_MORE_DATA)
			continue;
		if (status != ERROR_SUCCESS)
			return status;
		out->data.size = size;
		out->data.data[size] = 0;
		out->type = type;
		return status;
	}
}

static bool read_value(
    const struct registry_key *key, const char *name, struct registry_value *out, struct err *err)
{
	AUTO(wide) wide = wide_of(name, strlen(name));
	LSTATUS status;

	if (other_ops(key))
		return other_ops(key)->read(key, name, out, err);
	out->type = REGISTRY_ABSENT;
	out->data.size = 0;
	if (!key->hive)
		return key->id == 0 || registry_error(err, (LSTATUS)key->id, "the key");
	status = read_native(key->hive, wide.text, out);
	if (status == ERROR_SUCCESS || registry_is_missing(status))
		return true;
	return registry_error(err, status, name);
}

/* --- writing --- */

/* Only the machine's part is ever written to. */
static bool writable_target(
    struct registry *registry, const char *path, struct target *out, struct err *err)
{
	struct live *live = data_of(registry);

	if (!find_target(live, path, out, err))
		return false;
	if (!out->known || out->above != HKEY_LOCAL_MACHINE)
		return err_set(err, ERR_HOST, "%s: it is no key of the machine",
		    text_escape_string(path).text);
	return true;
}

static bool create_key(struct registry *registry, const char *path, struct err *err)
{
	AUTO(target) target = {0};
	LSTATUS status;
	HKEY key;

	if (!writable_target(registry, path, &target, err))
		return false;
	status = RegCreateKeyExW(target.above, target.below.text, 0, NULL, 0,
	    KEY_READ | KEY_WOW64_64KEY, NULL, &key, NULL);
	if (status != ERROR_SUCCESS)
		return registry_error(err, status, path);
	RegCloseKey(key);
	return true;
}

static bool is_empty(HKEY key)
{
	DWORD keys, values;

	return RegQueryInfoKeyW(key, NULL, NULL, NULL, &keys, NULL, NULL, &values, NULL, NULL, NULL,
	           NULL) == ERROR_SUCCESS &&
	       keys == 0 && values == 0;
}

static bool delete_key(struct registry *registry, const char *path, struct err *err)
{
	AUTO(target) target = {0};
	LSTATUS status;
	bool empty;
	HKEY key;

	if (!writable_target(registry, path, &target, err) ||
	    !open_native(&target, path, KEY_READ, &key, err))
		return false;
	if (!key)
		return true;
	empty = is_empty(key);
	RegCloseKey(key);
	if (!empty)
		return err_set(
		    err, ERR_HOST, "%s: the key is not empty", text_escape_string(path).text);
	status = RegDeleteKeyExW(target.above, target.below.text, KEY_WOW64_64KEY, 0);
	return status == ERROR_SUCCESS || registry_is_missing(status) ||
	       registry_error(err, status, path);
}

/* The key above a value; NULL when it is not there. */
static bool open_written(struct registry *registry, const char *path, HKEY *out, struct err *err)
{
	AUTO(target) target = {0};

	return writable_target(registry, path, &target, err) &&
	       open_native(&target, path, KEY_SET_VALUE, out, err);
}

static bool write_value(struct registry *registry, const char *path, const char *name,
    const struct registry_value *value, struct err *err)
{
	AUTO(wide) wide = wide_of(name, strlen(name));
	LSTATUS status;
	HKEY key;

	if (!open_written(registry, path, &key, err))
		return false;
	if (!key)
		return err_set(
		    err, ERR_HOST, "%s: there is no such key", text_escape_string(path).text);
	status = RegSetValueExW(
	    key, wide.text, 0, (DWORD)value->type, value->data.data, (DWORD)value->data.size);
	RegCloseKey(key);
	return status == ERROR_SUCCESS || registry_error(err, status, path);
}

static bool delete_value(
    struct registry *registry, const char *path, const char *name, struct err *err)
{
	AUTO(wide) wide = wide_of(name, strlen(name));
	LSTATUS status;
	HKEY key;

	if (!open_written(registry, path, &key, err))
		return false;
	if (!key)
		return true;
	status = RegDeleteValueW(key, wide.text);
	RegCloseKey(key);
	return status == ERROR_SUCCESS || registry_is_missing(status) ||
	       registry_error(err, status, path);
}

static bool flush(const wchar_t *hive, struct err *err)
{
	LSTATUS status;
	HKEY key;

	status = RegOpenKeyExW(HKEY_LOCAL_MACHINE, hive, 0, KEY_READ | KEY_WOW64_64KEY, &key);
	if (status == ERROR_SUCCESS) {
		status = RegFlushKey(key);
		RegCloseKey(key);
	}
	return status == ERROR_SUCCESS ||
	       registry_error(err, status, "the registry cannot be made durable");
}

static bool commit(struct registry *registry, struct err *err)
{
	(void)registry;
	/* both: what a run that was killed wrote is made durable by the one that undoes it */
	return flush(L"SOFTWARE", err) && flush(L"SYSTEM", err);
}

static void close_live(struct registry *registry)
{
	struct live *live = data_of(registry);

	registry_users_release(&live->users);
	free(live);
}

static const struct registry_ops live_ops = {
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
    .close = close_live,
};

static const struct registry_ops *other_ops(const struct registry_key *key)
{
	return key->registry->ops == &live_ops ? NULL : key->registry->ops;
}

bool registry_open_live(const char *root, struct registry *out, struct err *err)
{
	struct live *live = mem_alloc(sizeof(*live));

	(void)root, (void)err;
	*out = (struct registry){.ops = &live_ops, .data = live};
	return true;
}
