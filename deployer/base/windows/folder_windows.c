/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/windows/file_parts.h"

static void add_entry(struct folder *folder, const WIN32_FIND_DATAW *found)
{
	if (wcscmp(found->cFileName, L".") == 0 || wcscmp(found->cFileName, L"..") == 0)
		return;
	folder->entries = mem_grow(
	    folder->entries, &folder->capacity, folder->count + 1, sizeof(*folder->entries));
	folder->entries[folder->count++] = (struct folder_entry){
	    .name = wide_to_text(found->cFileName, &folder->names),
	    .type = file_type_of(found->dwFileAttributes, found->dwReserved0),
	};
}

static bool list_entries(const wchar_t *path, struct folder *out)
{
	AUTO(wide) pattern = {mem_alloc((wcslen(path) + 3) * sizeof(wchar_t))};
	WIN32_FIND_DATAW found;
	HANDLE search;
	bool more;

	wcscpy(pattern.text, path);
	/* of a drive the path ends with one already */
	wcscat(pattern.text, path[wcslen(path) - 1] == L'\\' ? L"*" : L"\\*");
	search = FindFirstFileW(pattern.text, &found);
	if (search == INVALID_HANDLE_VALUE)
		return GetLastError() == ERROR_FILE_NOT_FOUND;
	do {
		add_entry(out, &found);
		more = FindNextFileW(search, &found);
	} while (more);
	more = GetLastError() != ERROR_NO_MORE_FILES;
	FindClose(search);
	folder_sort(out);
	return !more;
}

/* Whether it is there, a folder, and inside the root. */
static bool open_only(struct root *root, const char *path, struct folder *out, struct err *err)
{
	HANDLE handle = file_open_existing(root, path, FILE_LIST_DIRECTORY, FILE_SHARE_ALL, err);
	BY_HANDLE_FILE_INFORMATION info;
	bool ok;

	if (handle == INVALID_HANDLE_VALUE)
		return false;
	ok = GetFileInformationByHandle(handle, &info) &&
	     (info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY);
	CloseHandle(handle);
	if (!ok)
		return err_set(err, ERR_IO, "%s: is no folder", SHOWN(root, path));
	*out = (struct folder){.fd = 1};
	out->place = arena_printf(&out->names, "%s%s", root->path ? root->path : "", path);
	return true;
}

bool folder_open(struct root *root, const char *path, struct folder *out, struct err *err)
{
	AUTO(folder) folder = {.fd = -1};
	AUTO(wide) wide = {0};
	struct err fault = {0};

	if (!open_only(root, path, &folder, &fault)) {
		if (!windows_is_missing()) {
			*err = fault;
			return false;
		}
	} else if (!wide_path(root, path, &wide, err))
		return false;
	else if (!list_entries(wide.text, &folder))
		return err_windows(err, "%s: cannot be listed", SHOWN(root, path));
	*out = folder;
	folder = (struct folder){.fd = -1};
	return true;
}

bool folder_open_only(struct root *root, const char *path, struct folder *out, struct err *err)
{
	return open_only(root, path, out, err);
}

void folder_release(struct folder *folder)
{
	free(folder->entries);
	arena_release(&folder->names);
	*folder = (struct folder){.fd = -1};
}

bool folder_read(
    const struct folder *folder, const char *name, size_t max, struct bytes *out, struct err *err)
{
	struct root none = root_none();
	AUTO(text) path = {0};
	struct err fault = {0};

	text_addf(&path, "%s/%s", folder->place, name);
	if (file_type(&none, text_string(&path)) == FILE_LINK)
		return err_set(err, ERR_IO, "%s: is a link", text_escape_string(name).text);
	if (file_read(&none, text_string(&path), max, out, &fault))
		return true;
	*err = fault;
	return false;
}

bool folder_read_mode(const struct folder *folder, const char *name, enum file_type listed,
    size_t max, struct bytes *out, unsigned *mode, struct err *err)
{
	(void)listed;
	*mode = 0;
	return folder_read(folder, name, max, out, err);
}

/* No caller on Windows makes or follows links. */
bool folder_read_link(const struct folder *folder, const char *name, char *out, size_t size)
{
	(void)folder, (void)name, (void)out, (void)size;
	return false;
}
