/* SPDX-License-Identifier: Apache-2.0 */
#include "host/windows/registry_live_users.h"

#include <stdlib.h>

#define PROFILES L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList"

bool registry_error(struct err *err, LSTATUS status, const char *path)
{
	SetLastError((DWORD)status);
	err_windows(err, "%s", text_escape_string(path).text);
	err->code = ERR_HOST;
	return false;
}

bool registry_is_missing(LSTATUS status)
{
	return status == ERROR_FILE_NOT_FOUND || status == ERROR_PATH_NOT_FOUND;
}

const struct registry_user *registry_users_get(
    const struct registry_users *users, const char *name, size_t size)
{
	for (size_t i = 0; i < users->count; i++)
		if (strlen(users->list[i].name) == size &&
		    _strnicmp(users->list[i].name, name, size) == 0)
			return &users->list[i];
	return NULL;
}

static bool is_known(const struct registry_users *users, const wchar_t *sid)
{
	for (size_t i = 0; i < users->count; i++)
		if (wcscmp(users->list[i].sid, sid) == 0)
			return true;
	return false;
}

/* The folder of a profile, or NULL. */
static const char *profile_of(const wchar_t *sid, struct arena *arena)
{
	wchar_t key[512], folder[1024];
	DWORD size = sizeof(folder);

	if (wcslen(sid) > 200)
		return NULL;
	wcscpy(key, PROFILES L"\\");
	wcscat(key, sid);
	if (RegGetValueW(HKEY_LOCAL_MACHINE, key, L"ProfileImagePath", RRF_RT_REG_SZ, NULL, folder,
	        &size) != ERROR_SUCCESS)
		return NULL;
	return wide_to_path(folder, arena);
}

/* S-1-5-21-... of a domain or machine, S-1-12-1-... of Entra ID. */
static bool is_person(const wchar_t *sid)
{
	return (wcsncmp(sid, L"S-1-5-21-", 9) == 0 || wcsncmp(sid, L"S-1-12-1-", 9) == 0) &&
	       !wcschr(sid, L'_');
}

static void add_profile(struct registry_users *users, const wchar_t *sid, bool logged_on)
{
	struct arena *arena = &users->arena;
	struct root none = root_none();
	const char *folder = profile_of(sid, arena);
	const char *slash = folder ? strrchr(folder, '/') : NULL;
	const char *name = slash ? slash + 1 : wide_to_text(sid, arena);
	const char *hive = arena_printf(arena, "%s/NTUSER.DAT", folder ? folder : "");

	if (is_known(users, sid))
		return;
	/* a hive that this user may not look for fails when it is read, and is told then */
	if (!logged_on &&
	    (!folder || (file_type(&none, hive) == FILE_ABSENT && windows_is_missing())))
		return;
	if (registry_users_get(users, name, strlen(name)))
		name = wide_to_text(sid, arena);
	users->list =
	    mem_grow(users->list, &users->capacity, users->count + 1, sizeof(*users->list));
	users->list[users->count++] = (struct registry_user){
	    name, arena_copy(arena, sid, (wcslen(sid) + 1) * sizeof(*sid)), logged_on};
	if (!logged_on)
		registry_add_hive(&users->hives, arena_printf(arena, "HKU\\%s", name), hive);
}

static bool add_below(struct registry_users *users, HKEY key, bool logged_on, struct err *err)
{
	LSTATUS status = ERROR_SUCCESS;

	for (DWORD i = 0; status == ERROR_SUCCESS; i++) {
		wchar_t sid[256];
		DWORD size = COUNT(sid);

		status = RegEnumKeyExW(key, i, sid, &size, NULL, NULL, NULL, NULL);
		if (status == ERROR_SUCCESS && is_person(sid))
			add_profile(users, sid, logged_on);
	}
	return status == ERROR_NO_MORE_ITEMS || registry_error(err, status, "the list of users");
}

bool registry_users_find(struct registry_users *users, struct err *err)
{
	LSTATUS status;
	HKEY profiles;
	bool ok;

	if (users->known)
		return true;
	if (!users->hives.ops)
		registry_open_none(&users->hives);
	if (!add_below(users, HKEY_USERS, true, err))
		return false;
	status =
	    RegOpenKeyExW(HKEY_LOCAL_MACHINE, PROFILES, 0, KEY_READ | KEY_WOW64_64KEY, &profiles);
	if (status != ERROR_SUCCESS)
		return registry_is_missing(status) ||
		       registry_error(err, status, "the list of profiles");
	ok = add_below(users, profiles, false, err);
	RegCloseKey(profiles);
	users->known = ok;
	return ok;
}

void registry_users_release(struct registry_users *users)
{
	registry_close(&users->hives);
	free(users->list);
	arena_release(&users->arena);
	*users = (struct registry_users){0};
}
