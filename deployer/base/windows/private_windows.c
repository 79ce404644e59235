/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file_read_private, folder_check_private and file_judge_output of file.h: who may write what
 * decides what a privileged run does.
 */
#include "base/windows/file_parts.h"

static const char *folder_of(const char *path, struct arena *arena)
{
	const char *slash = strrchr(path, '/');

	return slash ? arena_strndup(arena, path, (size_t)(slash - path) + 1) : ".";
}

bool file_read_private(struct root *root, const char *path, enum file_trust trust, size_t max,
    struct bytes *out, struct err *err)
{
	AUTO(arena) arena = {0};

	return file_read_checked(root, path, max, trust != FILE_TRUST_ANYBODY, out, err) &&
	       folder_check_private(root, folder_of(path, &arena), trust, err);
}

static bool check_folder(
    struct root *root, const char *path, enum access_right right, struct err *err)
{
	struct err fault = {0};
	HANDLE handle = file_open_existing(root, path, READ_CONTROL, FILE_SHARE_ALL, &fault);
	bool ok;

	if (handle == INVALID_HANDLE_VALUE) {
		if (windows_is_missing())
			return true;
		*err = fault;
		return false;
	}
	ok = access_check(handle, right, SHOWN(root, path), err);
	CloseHandle(handle);
	return ok;
}

/* Whoever may change a link decides where it leads. */
static bool check_link(struct root *root, const char *path, struct err *err)
{
	AUTO(wide) wide = {0};
	HANDLE handle;
	bool ok;

	if (!wide_path(root, path, &wide, err))
		return false;
	if (file_type_at(wide.text) != FILE_LINK)
		return true;
	handle = CreateFileW(wide.text, READ_CONTROL, FILE_SHARE_ALL, NULL, OPEN_EXISTING,
	    FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
	if (handle == INVALID_HANDLE_VALUE)
		return err_windows(err, "%s", SHOWN(root, path));
	ok = access_check(handle, ACCESS_WRITE, SHOWN(root, path), err);
	CloseHandle(handle);
	return ok;
}

/* Who may rename the folder decides what is in it, also before it exists. */
bool folder_check_private(
    struct root *root, const char *path, enum file_trust trust, struct err *err)
{
	AUTO(arena) arena = {0};
	char *above = arena_strdup(&arena, path);
	char *end = above + strlen(above);
	bool drive;

	/* a share's access lists are those of its server: FILE_TRUST_DISKS is for POSIX */
	if (trust == FILE_TRUST_ANYBODY)
		return true;
	while (end > above && end[-1] == '/')
		*--end = 0;
	if (!check_link(root, above, err) || !check_folder(root, path, ACCESS_WRITE, err))
		return false;
	end = strrchr(above, '/');
	if (!end)
		return true;
	/* of "C:/x" it is "C:/", not the current folder of the drive */
	drive = end > above && end[-1] == ':';
	end[drive] = 0;
	return check_link(root, above, err) &&
	       check_folder(root, above, drive ? ACCESS_REPLACE_IN_ROOT : ACCESS_REPLACE, err);
}

bool file_judge_output(const char *path, bool *open, struct err *err)
{
	struct root none = root_none();
	AUTO(arena) arena = {0};

	*open = false;
	return folder_check_private(&none, folder_of(path, &arena), FILE_TRUST_SERVERS, err);
}
