/* SPDX-License-Identifier: Apache-2.0 */
/* file_read_private and folder_check_private of file.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file/parts.h"

enum { PATH_CAP = 4096 };

static bool check_private(
    const char *what, const char *path, const struct stat *st, struct err *err)
{
	bool foreign = st->st_uid != 0 && st->st_uid != geteuid();
	bool group = (st->st_mode & S_IWGRP) && st->st_gid != 0;
	bool others = st->st_mode & S_IWOTH;

	if (!foreign && !group && !others)
		return true;
	return err_set(err, ERR_POLICY,
	    "%s: %s is writable by ordinary users (mode %04o, owner %u:%u); it decides what a"
	    " privileged run does: chown it to root and chmod go-w it",
	    text_escape_string(path).text, what, st->st_mode & 07777, st->st_uid, st->st_gid);
}

bool folder_check_private(struct root *root, const char *path, struct err *err)
{
	int fd = file_open_in(root, path, O_PATH | O_DIRECTORY, 0);
	struct stat st;
	bool ok;

	if (fd < 0)
		return errno == ENOENT || err_errno(err, "%s", SHOWN(root, path));
	ok = fstat(fd, &st) != 0 ? err_errno(err, "%s", SHOWN(root, path))
	                         : geteuid() != 0 || check_private("the folder", path, &st, err);
	close(fd);
	return ok;
}

bool file_read_private(const char *path, size_t max, struct bytes *out, struct err *err)
{
	struct root none = root_none();
	const char *slash = strrchr(path, '/');
	char folder[PATH_CAP];
	struct stat st, above;
	int fd = file_open_in(&none, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	bool ok;

	if (fd < 0)
		return err_errno(err, "%s", SHOWN(&none, path));
	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) + 1 : 1,
	    slash ? path : ".");
	ok = file_read_open(fd, max, out, &st, err) || err_wrap(err, "%s", SHOWN(&none, path));
	if (ok && geteuid() == 0)
		ok = check_private("the file", path, &st, err) &&
		     (stat(folder, &above) == 0 || err_errno(err, "%s", folder)) &&
		     check_private("its folder", path, &above, err);
	close(fd);
	return ok;
}
