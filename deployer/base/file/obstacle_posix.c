/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>

#include "base/file/parts.h"

enum { PATH_CAP = 4096 };

bool file_is_mounted(const struct root *root, const char *path, struct err *err)
{
	return err_set(err, ERR_IO,
	    "%s: is a mount point, so it cannot be replaced: unmount it, or change the file that is"
	    " mounted there at its source",
	    SHOWN(root, path));
}

/* The errno of what would be done to an entry of the folder, or 0. */
static int obstacle_in(int folder, const char *name)
{
	struct statvfs system;
	struct statx seen;

	if (fstatvfs(folder, &system) == 0 && system.f_flag & ST_RDONLY)
		return EROFS;
	if (statx(folder, "", AT_EMPTY_PATH, 0, &seen) == 0 &&
	    seen.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND))
		return EPERM;
	if (!name)
		return 0;
	if (statx(folder, name, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &seen) != 0)
		return errno == ENAMETOOLONG ? errno : 0;
	if (seen.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND))
		return EPERM;
	/* a folder that stands where one is to be made is left as it is */
	return seen.stx_attributes & STATX_ATTR_MOUNT_ROOT && !S_ISDIR(seen.stx_mode) ? EBUSY : 0;
}

/* For folders that are still to be made, the one that the first of them goes into counts. Where
 * something that is no folder has the name of the first, such as a link that leads nowhere, none
 * can be made. */
static int obstacle_at(struct root *root, const char *path)
{
	const char *name;
	int folder = file_parent_of(root, path, &name);
	char above[PATH_CAP];
	struct stat st;
	char *slash;

	if (folder >= 0)
		return obstacle_in(folder, name);
	for (snprintf(above, sizeof(above), "%s", path);
	     folder < 0 && errno == ENOENT && (slash = strrchr(above, '/')) && slash > above;) {
		*slash = 0;
		folder = file_parent_of(root, above, &name);
	}
	if (folder < 0)
		return errno == ENOTDIR || errno == ELOOP ? errno : 0;
	return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? ENOTDIR
	                                                            : obstacle_in(folder, NULL);
}

bool file_can_set(struct root *root, const char *path, struct err *err)
{
	int obstacle = obstacle_at(root, path);

	if (obstacle == EBUSY)
		return file_is_mounted(root, path, err);
	errno = obstacle;
	return !obstacle || err_errno(err, "%s: cannot be written", SHOWN(root, path));
}
