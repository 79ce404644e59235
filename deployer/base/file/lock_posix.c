/* SPDX-License-Identifier: Apache-2.0 */
/* file_lock of file.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/file/parts.h"

enum { PAUSE_MS = 100 };

/* The line of /proc/locks is about a lock of flock() on that inode. Not compared is the device: on
 * file systems such as btrfs the kernel names another one there than to fstat. */
static bool is_about(const char *line, uint64_t inode, long *pid)
{
	const char *at = strstr(line, "FLOCK ");
	const char *mode = at ? strstr(at, " WRITE ") : NULL;
	char *end = NULL;

	if (!mode)
		return false;
	*pid = strtol(mode + strlen(" WRITE "), &end, 10);
	/* "30577 fe:00:5325408 0 EOF" */
	for (int colons = 0; *end && colons < 2; end++)
		colons += *end == ':';
	return strtoull(end, NULL, 10) == inode;
}

/* The kernel names who took the lock, and a child that has inherited it may hold it since. */
static bool is_alive(long pid)
{
	return kill((pid_t)pid, 0) == 0 || errno == EPERM;
}

/* The process that holds it; 0 when that cannot be known, as for one in another container. */
static long holder_of(int fd)
{
	char line[256];
	long pid = 0, found = 0;
	struct stat st;
	FILE *locks = fopen("/proc/locks", "re");

	if (!locks)
		return 0;
	if (fstat(fd, &st) == 0)
		while (!found && fgets(line, sizeof(line), locks))
			if (is_about(line, st.st_ino, &pid) && pid > 0 && is_alive(pid))
				found = pid;
	fclose(locks);
	return found;
}

static bool is_held(int number)
{
	return number == EWOULDBLOCK || number == EACCES;
}

/* The whole file, or a byte of it. */
static bool wait_for(int fd, struct flock *byte, unsigned seconds)
{
	const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};

	for (uint64_t tries = (uint64_t)seconds * 1000 / PAUSE_MS;; tries--) {
		if ((byte ? fcntl(fd, F_SETLK, byte) : flock(fd, LOCK_EX | LOCK_NB)) == 0)
			return true;
		if (!is_held(errno) || tries == 0)
			return false;
		nanosleep(&pause, NULL);
	}
}

static bool say_held(const struct root *root, const char *path, long pid, struct err *err)
{
	char who[48] = "";

	if (pid)
		snprintf(who, sizeof(who), " (process %ld)", pid);
	return err_set(err, ERR_LOCKED,
	    "%s: another run%s holds the lock; wait for it to end, or say --lock-wait SECONDS",
	    SHOWN(root, path), who);
}

static int open_lock(struct root *root, const char *path)
{
	const char *name;
	int folder = file_open_parent(root, path, &name);
	int fd = folder < 0 ? -1 : file_open_entry(folder, name, O_RDWR | O_CREAT);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
		close(fd);
		fd = -1;
		errno = ENXIO;
	}
	file_close(folder);
	return fd;
}

bool file_lock(struct root *root, const char *path, unsigned wait, int *fd, struct err *err)
{
	*fd = open_lock(root, path);
	if (*fd < 0)
		return err_errno(err, "%s: the lock cannot be opened", SHOWN(root, path));
	if (wait_for(*fd, NULL, wait))
		return true;
	if (is_held(errno))
		say_held(root, path, holder_of(*fd), err);
	else
		err_errno(err, "%s: cannot be locked", SHOWN(root, path));
	close(*fd);
	*fd = -1;
	return false;
}

/* The byte of the image. Two may share one: then their runs wait for each other. */
static struct flock byte_of(const struct stat *image)
{
	uint64_t at = (uint64_t)image->st_ino ^ (uint64_t)image->st_dev << 40;

	return (struct flock){.l_type = F_WRLCK,
	    .l_whence = SEEK_SET,
	    .l_start = (off_t)(at & INT64_MAX >> 1),
	    .l_len = 1};
}

/* Who may not have a lock here, or where there is no place for one. */
static bool has_no_place(int number)
{
	return number == EACCES || number == EPERM || number == EROFS || number == ENOENT;
}

bool file_lock_image(
    const struct root *image, const char *path, unsigned wait, int *fd, struct err *err)
{
	struct root none = root_none();
	struct flock byte = {0};
	struct stat st = {0};

	*fd = open_lock(&none, path);
	if (*fd < 0)
		return has_no_place(errno) || err_errno(err, "%s: the lock cannot be opened", path);
	if (fstat(image->fd, &st) == 0)
		byte = byte_of(&st);
	if (st.st_ino && wait_for(*fd, &byte, wait))
		return true;
	if (is_held(errno))
		say_held(image, "", fcntl(*fd, F_GETLK, &byte) == 0 ? byte.l_pid : 0, err);
	else
		err_errno(err, "%s: cannot be locked", path);
	close(*fd);
	*fd = -1;
	return false;
}

void file_unlock(int fd)
{
	if (fd >= 0)
		close(fd);
}
