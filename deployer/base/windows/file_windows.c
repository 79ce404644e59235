/* SPDX-License-Identifier: Apache-2.0 */
#define _CRT_RAND_S /* of stdlib.h: rand_s() */
#include "base/file.h"

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/windows/file_parts.h"

struct root root_none(void)
{
	return (struct root){.fd = -1, .parent_fd = -1};
}

static bool is_folder(const char *path)
{
	struct root none = root_none();
	struct err ignored = {0};
	AUTO(wide) wide = {0};
	DWORD attributes;

	if (!wide_path(&none, path, &wide, &ignored))
		return false;
	attributes = GetFileAttributesW(wide.text);
	return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY);
}

bool root_can_confine(struct err *err)
{
	(void)err;
	return true;
}

bool root_open(const char *path, struct root *out, struct err *err)
{
	struct root root = root_none();
	wchar_t windows[MAX_PATH];
	size_t size = strlen(path);
	AUTO(arena) arena = {0};

	if (strcmp(path, "/") == 0) {
		/* the drive of the system that runs: "C:" */
		if (GetSystemWindowsDirectoryW(windows, COUNT(windows)) < 2)
			return err_windows(err, "the system's drive");
		windows[2] = 0;
		root.path = mem_strdup(wide_to_path(windows, &arena));
		*out = root;
		return true;
	}
	/* the root itself may be a link: a volume that is mounted in a folder */
	if (!is_folder(path))
		return err_set(err, ERR_IO, "system root %s: there is no such folder",
		    text_escape_string(path).text);
	while (size > 0 && path[size - 1] == '/')
		size--;
	root.path = mem_strdup(path);
	root.path[size] = 0;
	root.confined = true;
	*out = root;
	return true;
}

void root_release(struct root *root)
{
	free(root->path);
	*root = root_none();
}

const char *file_shown(const struct root *root, const char *path, struct escaped *out)
{
	AUTO(text) whole = {0};

	text_addf(&whole, "%s%s", root->path ? root->path : "", path);
	*out = text_escape_string(text_string(&whole));
	return out->text;
}

/* Each call is durable when it returns. */
bool root_sync(struct root *root, const char *const *paths, size_t count, struct err *err)
{
	(void)root, (void)paths, (void)count, (void)err;
	return true;
}

/* Links are those that stand for another name; what a reparse point holds else (deduplicated or
 * compressed files) is the file itself. */
enum file_type file_type_of(DWORD attributes, DWORD tag)
{
	if ((attributes & FILE_ATTRIBUTE_REPARSE_POINT) && IsReparseTagNameSurrogate(tag))
		return FILE_LINK;
	if (attributes & FILE_ATTRIBUTE_DIRECTORY)
		return FILE_FOLDER;
	return attributes & FILE_ATTRIBUTE_DEVICE ? FILE_OTHER : FILE_REGULAR;
}

enum file_type file_type_at(const wchar_t *path)
{
	DWORD attributes = GetFileAttributesW(path);
	WIN32_FIND_DATAW found;
	HANDLE search;

	if (attributes == INVALID_FILE_ATTRIBUTES)
		return FILE_ABSENT;
	if (!(attributes & FILE_ATTRIBUTE_REPARSE_POINT))
		return file_type_of(attributes, 0);
	search = FindFirstFileW(path, &found);
	if (search == INVALID_HANDLE_VALUE)
		return FILE_OTHER;
	FindClose(search);
	return file_type_of(found.dwFileAttributes, found.dwReserved0);
}

enum file_type file_type(struct root *root, const char *path)
{
	struct err ignored = {0};
	AUTO(wide) wide = {0};

	return wide_path(root, path, &wide, &ignored) ? file_type_at(wide.text) : FILE_ABSENT;
}

static bool final_path(HANDLE handle, struct wide *out)
{
	DWORD size = GetFinalPathNameByHandleW(handle, NULL, 0, 0);

	out->text = mem_alloc(((size_t)size + 1) * sizeof(*out->text));
	return size > 0 && GetFinalPathNameByHandleW(handle, out->text, size + 1, 0) > 0;
}

static bool final_path_of_root(const struct root *root, struct wide *out)
{
	AUTO(wide) path = {0};
	struct err ignored = {0};
	HANDLE folder;
	bool ok;

	/* "C:" alone is the current folder of the drive */
	if (!wide_path(root, "/", &path, &ignored))
		return false;
	folder = CreateFileW(
	    path.text, 0, FILE_SHARE_ALL, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
	ok = folder != INVALID_HANDLE_VALUE && final_path(folder, out);
	windows_close(folder);
	return ok;
}

/* Whether what was opened lies below the root, wherever links led. */
static bool check_inside(const struct root *root, HANDLE handle, const char *path, struct err *err)
{
	AUTO(wide) base = {0};
	AUTO(wide) found = {0};
	size_t size;

	if (!final_path_of_root(root, &base) || !final_path(handle, &found))
		return err_windows(err, "%s: where it lies cannot be told", SHOWN(root, path));
	size = wcslen(base.text);
	while (size > 0 && base.text[size - 1] == L'\\')
		size--;
	if (_wcsnicmp(base.text, found.text, size) == 0 &&
	    (found.text[size] == L'\\' || found.text[size] == 0))
		return true;
	err_set(err, ERR_IO, "%s: a link on the way leads out of the root", SHOWN(root, path));
	SetLastError(ERROR_NOT_SAME_DEVICE);
	return false;
}

HANDLE file_open_existing(
    const struct root *root, const char *path, DWORD access, DWORD share, struct err *err)
{
	AUTO(wide) wide = {0};
	HANDLE handle;

	if (!wide_path(root, path, &wide, err))
		return INVALID_HANDLE_VALUE;
	/* with this flag folders open too, and are told from files */
	handle = CreateFileW(
	    wide.text, access, share, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
	if (handle == INVALID_HANDLE_VALUE) {
		err_windows(err, "%s", SHOWN(root, path));
		return INVALID_HANDLE_VALUE;
	}
	if (!root->confined || check_inside(root, handle, path, err))
		return handle;
	windows_close(handle);
	return INVALID_HANDLE_VALUE;
}

bool root_holds(const struct root *root, const char *path)
{
	const struct root none = root_none();
	struct err ignored = {0};
	HANDLE file;
	bool holds;

	if (!root->confined)
		return true;
	file = file_open_existing(&none, path, 0, FILE_SHARE_ALL, &ignored);
	holds = file != INVALID_HANDLE_VALUE && check_inside(root, file, path, &ignored);
	windows_close(file);
	return holds;
}

static bool is_regular(HANDLE handle)
{
	BY_HANDLE_FILE_INFORMATION info;

	return GetFileType(handle) == FILE_TYPE_DISK && GetFileInformationByHandle(handle, &info) &&
	       !(info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY);
}

bool file_read_handle(HANDLE handle, size_t max, struct bytes *out, struct err *err)
{
	LARGE_INTEGER size;

	if (!is_regular(handle))
		return err_set(err, ERR_IO, "is not a regular file");
	if (!GetFileSizeEx(handle, &size))
		return err_windows(err, "cannot be read");
	if ((uint64_t)size.QuadPart > max)
		return err_set(err, ERR_IO, "is larger than %zu bytes", max);
	out->size = 0;
	bytes_reserve(out, (size_t)size.QuadPart + 1);
	for (;;) {
		size_t room = out->capacity - out->size - 1;
		DWORD got;

		if (!ReadFile(handle, out->data + out->size, room < 1 << 30 ? (DWORD)room : 1 << 30,
		        &got, NULL))
			return err_windows(err, "cannot be read");
		out->size += got;
		out->data[out->size] = 0;
		if (out->size > max)
			return err_set(err, ERR_IO, "is larger than %zu bytes", max);
		if (got == 0)
			return true;
		bytes_reserve(out, out->size + got);
	}
}

bool file_is_regular(struct root *root, const char *path)
{
	struct err ignored = {0};
	HANDLE handle = file_open_existing(root, path, 0, FILE_SHARE_ALL, &ignored);
	bool regular = handle != INVALID_HANDLE_VALUE && is_regular(handle);

	windows_close(handle);
	return regular;
}

bool folder_is_closed(struct root *root, const char *path)
{
	struct err ignored = {0};
	HANDLE handle =
	    file_open_existing(root, path, FILE_LIST_DIRECTORY, FILE_SHARE_ALL, &ignored);

	windows_close(handle);
	return handle == INVALID_HANDLE_VALUE && GetLastError() == ERROR_ACCESS_DENIED;
}

bool file_read_checked(struct root *root, const char *path, size_t max, bool private,
    struct bytes *out, struct err *err)
{
	HANDLE handle =
	    file_open_existing(root, path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, err);
	bool ok;

	if (handle == INVALID_HANDLE_VALUE)
		return false;
	ok = file_read_handle(handle, max, out, err) || err_wrap(err, "%s", SHOWN(root, path));
	ok = ok && (!private || access_check(handle, ACCESS_WRITE, SHOWN(root, path), err));
	CloseHandle(handle);
	return ok;
}

bool file_read(struct root *root, const char *path, size_t max, struct bytes *out, struct err *err)
{
	return file_read_checked(root, path, max, false, out, err);
}

bool file_holds(struct root *root, const char *path, struct span content)
{
	AUTO(bytes) now = {0};
	struct err ignored = {0};

	return file_type(root, path) == FILE_REGULAR &&
	       file_read(root, path, content.size, &now, &ignored) && now.size == content.size &&
	       memcmp(now.data, content.data, content.size) == 0;
}

bool file_capture(
    struct root *root, const char *path, size_t max, struct file_state *out, struct err *err)
{
	AUTO(file_state) state = {.uid = FILE_OWNER_SELF, .gid = FILE_OWNER_SELF};

	/* Windows has no modes: each file gets the one that those who compare states expect */
	state.type = file_type(root, path);
	state.mode = state.type == FILE_FOLDER ? 0755 : 0644;
	if (state.type == FILE_ABSENT && !windows_is_missing())
		return err_windows(err, "%s", SHOWN(root, path));
	if (state.type == FILE_ABSENT)
		state = (struct file_state){0};
	if (state.type == FILE_REGULAR && !file_read(root, path, max, &state.content, err))
		return false;
	*out = TAKE(state);
	return true;
}

/* With the rights that the folder above gives it. */
static bool add_folder(struct root *root, const char *path, struct err *err)
{
	AUTO(wide) wide = {0};

	if (!wide_path(root, path, &wide, err))
		return false;
	if (CreateDirectoryW(wide.text, NULL) ||
	    (GetLastError() == ERROR_ALREADY_EXISTS && file_type_at(wide.text) == FILE_FOLDER))
		return true;
	return err_windows(err, "%s: cannot be made", SHOWN(root, path));
}

bool file_set(struct root *root, const char *path, const struct file_state *state, struct err *err)
{
	switch (state->type) {
	case FILE_ABSENT:
		return file_remove(root, path, err);
	case FILE_FOLDER:
		return add_folder(root, path, err);
	case FILE_REGULAR:
		return file_store(root, path, bytes_span(&state->content), err);
	default:
		return err_set(err, ERR_IO, "%s: no links are made on Windows", SHOWN(root, path));
	}
}

bool file_replace(const char *path, struct span content, unsigned mode, struct err *err)
{
	struct root none = root_none();

	/* rights come from the folder, as for every file of the user */
	(void)mode;
	return file_store(&none, path, content, err);
}

static bool make_folder(struct root *root, const char *path, unsigned mode, struct err *err)
{
	AUTO(wide) wide = {0};

	if (!wide_path(root, path, &wide, err))
		return false;
	return access_make_folder(wide.text, mode & 077 ? ACCESS_SHARED : ACCESS_PRIVATE) ||
	       err_windows(err, "%s: cannot be made", SHOWN(root, path));
}

bool file_random_name(char out[FILE_RANDOM_NAME], struct err *err)
{
	unsigned random[(FILE_RANDOM_NAME - 1) / 2 / sizeof(unsigned)];

	for (size_t i = 0; i < COUNT(random); i++)
		if (rand_s(&random[i]) != 0)
			return err_set(err, ERR_IO, "no random numbers");
	hex_write((struct span){(const uint8_t *)random, sizeof(random)}, out);
	return true;
}

bool file_make_folders(struct root *root, const char *path, unsigned mode, struct err *err)
{
	AUTO(arena) arena = {0};

	for (size_t i = 1; i <= strlen(path); i++) {
		const char *part;

		/* "C:" and the share of //server/share are there or cannot be made */
		if ((path[i] != '/' && path[i] != 0) || path[i - 1] == ':' || path[i - 1] == '/')
			continue;
		part = arena_strndup(&arena, path, i);
		if (file_type(root, part) == FILE_FOLDER)
			continue;
		if (strncmp(part, "//", 2) == 0 && path[i] != 0)
			continue;
		if (!make_folder(root, part, mode, err))
			return false;
	}
	return true;
}

enum { LOCK_PAUSE = 100 }; /* milliseconds */

static bool try_lock(HANDLE handle, unsigned wait)
{
	for (uint64_t tries = (uint64_t)wait * 1000 / LOCK_PAUSE;; tries--) {
		if (LockFileEx(handle, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0,
		        &(OVERLAPPED){0}))
			return true;
		if (tries == 0 ||
		    (GetLastError() != ERROR_LOCK_VIOLATION && GetLastError() != ERROR_IO_PENDING))
			return false;
		Sleep(LOCK_PAUSE);
	}
}

bool file_lock(struct root *root, const char *path, unsigned wait, int *fd, struct err *err)
{
	AUTO(wide) wide = {0};
	HANDLE handle;

	*fd = -1;
	if (!wide_path(root, path, &wide, err))
		return false;
	handle = CreateFileW(wide.text, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_ALL, NULL,
	    OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
	if (handle == INVALID_HANDLE_VALUE)
		return err_windows(err, "%s: the lock cannot be opened", SHOWN(root, path));
	/* it ends with the process */
	if (try_lock(handle, wait)) {
		*fd = _open_osfhandle((intptr_t)handle, _O_NOINHERIT);
		return *fd >= 0 ||
		       err_set(err, ERR_IO, "%s: too many files are open", SHOWN(root, path));
	}
	if (GetLastError() == ERROR_LOCK_VIOLATION || GetLastError() == ERROR_IO_PENDING)
		err_set(err, ERR_LOCKED,
		    "%s: another run holds the lock; wait for it to end, or say --lock-wait "
		    "SECONDS",
		    SHOWN(root, path));
	else
		err_windows(err, "%s: the lock cannot be taken", SHOWN(root, path));
	CloseHandle(handle);
	return false;
}

bool file_lock_image(
    const struct root *image, const char *path, unsigned wait, int *fd, struct err *err)
{
	(void)image, (void)path, (void)wait, (void)err;
	*fd = -1;
	return true;
}

void file_unlock(int fd)
{
	if (fd >= 0)
		_close(fd);
}
