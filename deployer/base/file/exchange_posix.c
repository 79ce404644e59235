/* SPDX-License-Identifier: Apache-2.0 */
/* file_exchange of file.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file/parts.h"

enum { ATTRIBUTE_MAX = 65536 };

/* What ntfs-3g and the kernel's ntfs3 keep besides owner and mode, and do not list. Without its
 * security descriptor everybody may be able to write a file that they make. */
static const char *const ntfs_attributes[] = {"system.ntfs_acl", "system.ntfs_attrib_be",
    "system.ntfs_crtime_be", "system.ntfs_security", "system.ntfs_attrib"};

static bool copy_attribute(int from, int to, const char *name)
{
	char value[ATTRIBUTE_MAX];
	ssize_t size = fgetxattr(from, name, value, sizeof(value));

	/* one that is missing, or that this file system does not know, need not be copied */
	return size < 0 ? errno == ENODATA || errno == ENOTSUP || errno == EINVAL
	                : fsetxattr(to, name, value, (size_t)size, 0) == 0;
}

static bool copy_attributes(int from, int to)
{
	bool ok = attributes_copy(from, to);

	for (size_t i = 0; ok && i < COUNT(ntfs_attributes); i++)
		ok = copy_attribute(from, to, ntfs_attributes[i]);
	return ok;
}

/* Whether the file holds these bytes, asked of the disk where the kernel lets its copy go. */
static bool holds(int folder, const char *name, struct span content)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	uint8_t buffer[65536];
	ssize_t got;

	if (fd < 0)
		return false;
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
		if ((size_t)got > content.size || memcmp(buffer, content.data, (size_t)got) != 0)
			break;
		content.data += got;
		content.size -= (size_t)got;
	}
	close(fd);
	if (got >= 0)
		errno = EIO; /* it is not what was written */
	return got == 0 && content.size == 0;
}

static bool fill(int from, int to, struct span content)
{
	struct stat st;

	return fstat(from, &st) == 0 && file_write_all(to, content) &&
	       (fchown(to, st.st_uid, st.st_gid) == 0 || geteuid() != 0) &&
	       copy_attributes(from, to) && fchmod(to, st.st_mode & 07777) == 0 && fsync(to) == 0;
}

static bool write_beside(int folder, const char *name, struct span content)
{
	int from = file_open_entry(folder, name, O_RDONLY);
	int to = openat(
	    folder, FILE_TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool ok = from >= 0 && to >= 0 && fill(from, to, content);

	file_close(from);
	if (ok && close(to) != 0)
		return false;
	if (!ok)
		file_close(to);
	return ok && holds(folder, FILE_TEMPORARY, content);
}

/* From here on the old file has two names; one of them is its own until the very end. */
static bool take_place(int folder, const char *name, struct span content)
{
	int number;

	if (linkat(folder, name, folder, FILE_KEPT, 0) != 0)
		return false;
	if (renameat(folder, FILE_TEMPORARY, folder, name) == 0 && fsync(folder) == 0 &&
	    holds(folder, name, content))
		return unlinkat(folder, FILE_KEPT, 0) == 0;
	number = errno;
	/* a rename over a second name of the same file does nothing: then this one goes */
	if (renameat(folder, FILE_KEPT, folder, name) == 0)
		unlinkat(folder, FILE_KEPT, 0);
	errno = number;
	return false;
}

static bool remove_leftover(int folder, const char *name)
{
	return unlinkat(folder, name, 0) == 0 || errno == ENOENT;
}

static bool exchange_in(int folder, const char *name, struct span content)
{
	if (remove_leftover(folder, FILE_TEMPORARY) && remove_leftover(folder, FILE_KEPT) &&
	    write_beside(folder, name, content) && take_place(folder, name, content))
		return true;
	file_withdraw(folder, FILE_TEMPORARY);
	return false;
}

bool file_exchange(struct root *root, const char *path, struct span content, struct err *err)
{
	const char *name;
	int folder = file_open_parent(root, path, &name);
	bool ok = folder >= 0 && exchange_in(folder, name, content);

	if (!ok)
		err_errno(err, "%s: cannot be replaced", SHOWN(root, path));
	if (folder >= 0)
		close(folder);
	return ok;
}
