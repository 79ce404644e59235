/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing. What must outlive a power cut in its order is written through (FILE_FLAG_WRITE_THROUGH),
 * flushed with its metadata (FlushFileBuffers), and only then renamed, written through as well
 * (MoveFileExW): NTFS journals the rename, so that after a power cut a name means the old file
 * or the new one, whole.
 */
#include <aclapi.h>
#include <stdio.h>

#include "base/windows/file_parts.h"

static bool write_all(HANDLE handle, struct span content)
{
	while (content.size > 0) {
		DWORD piece = content.size < 1 << 30 ? (DWORD)content.size : 1 << 30, wrote = 0;

		if (!WriteFile(handle, content.data, piece, &wrote, NULL))
			return false;
		content.data += wrote;
		content.size -= wrote;
	}
	return true;
}

/* Half a record is worth less than none: what failed is cut off, as far as that works. */
static bool append_handle(HANDLE handle, struct span content)
{
	LARGE_INTEGER end = {0};
	DWORD number;

	if (!SetFilePointerEx(handle, (LARGE_INTEGER){0}, &end, FILE_END))
		return false;
	if (write_all(handle, content) && FlushFileBuffers(handle))
		return true;
	number = GetLastError();
	if (SetFilePointerEx(handle, end, NULL, FILE_BEGIN))
		SetEndOfFile(handle);
	SetLastError(number);
	return false;
}

static HANDLE open_for_writing(const wchar_t *path, DWORD how)
{
	return CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ, NULL, how,
	    FILE_ATTRIBUTE_NORMAL | FILE_FLAG_WRITE_THROUGH | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
}

static bool write_file(const wchar_t *path, DWORD how, struct span content)
{
	HANDLE handle = open_for_writing(path, how);
	bool ok = handle != INVALID_HANDLE_VALUE && append_handle(handle, content);

	windows_close(handle);
	return ok;
}

/* Another program that looks at a new file (a virus scanner, an indexer) holds it for a moment. */
static bool rename_patiently(const wchar_t *from, const wchar_t *to)
{
	for (int tries = 0;; tries++) {
		if (MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
			return true;
		if (tries == 10 || (GetLastError() != ERROR_SHARING_VIOLATION &&
		                       GetLastError() != ERROR_ACCESS_DENIED))
			return false;
		Sleep(50);
	}
}

static bool is_gone(const wchar_t *path)
{
	return DeleteFileW(path) || windows_is_missing();
}

/* The wide path of `name` in the folder of `path`. */
static bool beside(
    const struct root *root, const char *path, const char *name, struct wide *out, struct err *err)
{
	const char *slash = strrchr(path, '/');
	AUTO(text) whole = {0};

	text_addf(&whole, "%.*s%s", slash ? (int)(slash - path) + 1 : 0, path, name);
	return wide_path(root, text_string(&whole), out, err);
}

/* A folder that a link made another one is not written to. */
static bool check_folder(const struct root *root, const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	AUTO(arena) arena = {0};
	HANDLE handle;

	if (!root->confined || !slash)
		return true;
	handle = file_open_existing(
	    root, arena_strndup(&arena, path, (size_t)(slash - path) + 1), 0, FILE_SHARE_ALL, err);
	windows_close(handle);
	return handle != INVALID_HANDLE_VALUE;
}

/* Both names of a write: the file's own and the one that it has until it is whole. */
struct names {
	struct wide path, temporary;
};

static void names_release(struct names *names)
{
	wide_release(&names->path);
	wide_release(&names->temporary);
}

static bool names_find(
    const struct root *root, const char *path, struct names *out, struct err *err)
{
	return check_folder(root, path, err) && wide_path(root, path, &out->path, err) &&
	       beside(root, path, FILE_TEMPORARY, &out->temporary, err);
}

bool file_append(struct root *root, const char *path, struct span content, struct err *err)
{
	AUTO(names) names = {0};

	return names_find(root, path, &names, err) &&
	       (write_file(names.path.text, OPEN_ALWAYS, content) ||
	           err_windows(err, "%s: cannot be written", SHOWN(root, path)));
}

bool file_store(struct root *root, const char *path, struct span content, struct err *err)
{
	AUTO(names) names = {0};

	if (!names_find(root, path, &names, err))
		return false;
	if (is_gone(names.temporary.text) &&
	    write_file(names.temporary.text, CREATE_NEW, content) &&
	    rename_patiently(names.temporary.text, names.path.text))
		return true;
	err_windows(err, "%s: cannot be written", SHOWN(root, path));
	DeleteFileW(names.temporary.text);
	return false;
}

bool file_reserve(struct root *root, const char *path, uint64_t size, struct err *err)
{
	AUTO(names) names = {0};
	LARGE_INTEGER end = {.QuadPart = (int64_t)size};
	HANDLE handle;
	bool ok;

	if (!names_find(root, path, &names, err))
		return false;
	handle = open_for_writing(names.path.text, OPEN_ALWAYS);
	/* NTFS gives a file its clusters with its end, unless it is sparse */
	ok = handle != INVALID_HANDLE_VALUE && SetFilePointerEx(handle, end, NULL, FILE_BEGIN) &&
	     SetEndOfFile(handle);
	windows_close(handle);
	return ok || err_windows(err, "%s: there is no room for what a rollback would need",
	                 SHOWN(root, path));
}

/* Owner and rights of the file whose place it takes. */
static bool copy_rights(const wchar_t *from, const wchar_t *to)
{
	const SECURITY_INFORMATION what =
	    OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
	BYTE descriptor[65536];
	DWORD size;

	return GetFileSecurityW(from, what, descriptor, sizeof(descriptor), &size) &&
	       (SetFileSecurityW(to, what, descriptor) ||
	           SetFileSecurityW(to, DACL_SECURITY_INFORMATION, descriptor)) &&
	       SetFileAttributesW(to, GetFileAttributesW(from));
}

static bool holds(const wchar_t *path, struct span content)
{
	AUTO(bytes) there = {0};
	struct err ignored = {0};
	HANDLE handle = CreateFileW(path, GENERIC_READ, FILE_SHARE_ALL, NULL, OPEN_EXISTING,
	    FILE_FLAG_SEQUENTIAL_SCAN, NULL);
	bool same = handle != INVALID_HANDLE_VALUE &&
	            file_read_handle(handle, content.size, &there, &ignored) &&
	            span_equal(bytes_span(&there), content);

	windows_close(handle);
	if (!same)
		SetLastError(ERROR_CRC);
	return same;
}

static bool exchange(const struct names *names, const wchar_t *kept, struct span content)
{
	if (!is_gone(names->temporary.text) || !is_gone(kept) ||
	    !write_file(names->temporary.text, CREATE_NEW, content) ||
	    !copy_rights(names->path.text, names->temporary.text) ||
	    !holds(names->temporary.text, content))
		return false;
	/* a file system without hard links cannot keep the old file under a second name */
	if (!CreateHardLinkW(kept, names->path.text, NULL))
		return false;
	if (rename_patiently(names->temporary.text, names->path.text) &&
	    holds(names->path.text, content))
		return is_gone(kept);
	rename_patiently(kept, names->path.text);
	return false;
}

bool file_exchange(struct root *root, const char *path, struct span content, struct err *err)
{
	AUTO(names) names = {0};
	AUTO(wide) kept = {0};

	if (!names_find(root, path, &names, err) || !beside(root, path, FILE_KEPT, &kept, err))
		return false;
	if (exchange(&names, kept.text, content))
		return true;
	err_windows(err, "%s: cannot be replaced", SHOWN(root, path));
	DeleteFileW(names.temporary.text);
	return false;
}

bool file_rename(struct root *root, const char *from, const char *to, struct err *err)
{
	AUTO(wide) before = {0};
	AUTO(names) after = {0};

	return wide_path(root, from, &before, err) && names_find(root, to, &after, err) &&
	       (rename_patiently(before.text, after.path.text) ||
	           err_windows(err, "%s: cannot be renamed", SHOWN(root, from)));
}

bool file_remove(struct root *root, const char *path, struct err *err)
{
	AUTO(wide) wide = {0};

	/* a folder that is missing has nothing in it */
	if (file_type(root, path) == FILE_ABSENT && windows_is_missing())
		return true;
	if (!check_folder(root, path, err) || !wide_path(root, path, &wide, err))
		return false;
	if (file_type_at(wide.text) == FILE_FOLDER ? RemoveDirectoryW(wide.text)
	                                           : DeleteFileW(wide.text))
		return true;
	return err_windows(err, "%s: cannot be removed", SHOWN(root, path));
}
