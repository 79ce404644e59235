/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file/parts.h"

enum { FLAGS = O_NONBLOCK | O_NOCTTY | O_CLOEXEC };

void file_close(int fd)
{
	int number = errno;

	if (fd >= 0)
		close(fd);
	errno = number;
}

void file_withdraw(int folder, const char *name)
{
	int number = errno;

	unlinkat(folder, name, 0);
	errno = number;
}

static bool is_openable(const struct stat *st)
{
	return S_ISREG(st->st_mode) || S_ISDIR(st->st_mode);
}

/* Without /proc, as in some chroots: by its path once more, and only if it is the same still. */
static int open_again(const struct root *root, const char *path, int flags, const struct stat *seen)
{
	int fd = file_open_in(root, path, flags, 0);
	struct stat st;

	if (fd < 0 ||
	    (fstat(fd, &st) == 0 && st.st_dev == seen->st_dev && st.st_ino == seen->st_ino))
		return fd;
	close(fd);
	errno = EAGAIN;
	return -1;
}

int file_open_looked_at(const struct root *root, const char *path, int flags)
{
	int seen = file_open_in(root, path, O_PATH, 0), fd;
	char name[32];
	struct stat st;

	if (seen < 0 || fstat(seen, &st) != 0 || !is_openable(&st))
		return seen;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", seen);
	fd = open(name, flags | FLAGS);
	if (fd < 0 && errno == ENOENT)
		fd = open_again(root, path, flags | FLAGS, &st);
	file_close(seen);
	return fd;
}

int file_open_entry(int folder, const char *name, int flags)
{
	struct stat st;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno != ENOENT || !(flags & O_CREAT))
			return -1;
	} else if (!is_openable(&st) && !S_ISLNK(st.st_mode)) {
		return openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	}
	return openat(folder, name, flags | O_NOFOLLOW | FLAGS, 0600);
}

int file_open_listed(int folder, const char *name)
{
	return openat(folder, name, O_RDONLY | O_NOFOLLOW | FLAGS);
}
