/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file/parts.h"

/* A FIFO of that name would have us wait for a reader, with the lock held. */
static int open_store(int folder, const char *name, int access)
{
	int fd = file_open_entry(folder, name, access | O_CREAT);
	struct stat st;

	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return fd;
	close(fd);
	errno = ENXIO;
	return -1;
}

/* Half a record is worth less than none: what failed is cut off, as far as that works. */
static bool append_open(int fd, struct span content, bool *is_new)
{
	struct stat st;
	int number;

	if (fstat(fd, &st) != 0)
		return false;
	*is_new = st.st_size == 0;
	if (file_write_all(fd, content) && fdatasync(fd) == 0)
		return true;
	number = errno;
	(void)!ftruncate(fd, st.st_size);
	errno = number;
	return false;
}

static bool append_in(int folder, const char *name, struct span content)
{
	int fd = open_store(folder, name, O_WRONLY | O_APPEND);
	bool is_new = false;
	bool ok = fd >= 0 && append_open(fd, content, &is_new) && (!is_new || fsync(folder) == 0);

	file_close(fd);
	return ok;
}

static bool reserve_in(int folder, const char *name, uint64_t size)
{
	int fd = open_store(folder, name, O_RDWR);
	int number;

	if (fd < 0)
		return false;
	/* returns its error, and writes zeros where the file system cannot reserve; for that it
	 * reads what is there */
	number = posix_fallocate(fd, 0, (off_t)size);
	close(fd);
	errno = number;
	return number == 0;
}

static bool rename_in(int folder, const char *from, const char *to)
{
	return renameat(folder, from, folder, to) == 0 && fsync(folder) == 0;
}

static bool remove_in(int folder, const char *name)
{
	return (unlinkat(folder, name, 0) == 0 || errno == ENOENT) && fsync(folder) == 0;
}

static bool store_in(int folder, const char *name, struct span content)
{
	if (unlinkat(folder, FILE_TEMPORARY, 0) != 0 && errno != ENOENT)
		return false;
	if (append_in(folder, FILE_TEMPORARY, content) && rename_in(folder, FILE_TEMPORARY, name))
		return true;
	file_withdraw(folder, FILE_TEMPORARY);
	return false;
}

/* Ends a call: closes the folder, and says what failed where. */
static bool finish(
    struct root *root, int folder, const char *path, bool ok, const char *what, struct err *err)
{
	if (!ok)
		err_errno(err, "%s: cannot be %s", SHOWN(root, path), what);
	if (folder >= 0)
		close(folder);
	return ok;
}

bool file_append(struct root *root, const char *path, struct span content, struct err *err)
{
	const char *name;
	int folder = file_open_parent(root, path, &name);
	bool ok = folder >= 0 && append_in(folder, name, content);

	return finish(root, folder, path, ok, "written", err);
}

bool file_store(struct root *root, const char *path, struct span content, struct err *err)
{
	const char *name;
	int folder = file_open_parent(root, path, &name);
	bool ok = folder >= 0 && store_in(folder, name, content);

	return finish(root, folder, path, ok, "written", err);
}

bool file_reserve(struct root *root, const char *path, uint64_t size, struct err *err)
{
	const char *name;
	int folder = file_open_parent(root, path, &name);
	bool ok = folder >= 0 && reserve_in(folder, name, size);

	if (!ok && errno == ENOSPC) {
		if (folder >= 0)
			close(folder);
		return err_set(err, ERR_IO,
		    "%s: No space left on device for what a rollback would need: free %" PRIu64
		    " KiB there, and run again",
		    SHOWN(root, path), (size + 1023) / 1024);
	}
	return finish(root, folder, path, ok, "written", err);
}

bool file_rename(struct root *root, const char *from, const char *to, struct err *err)
{
	const char *slash = strrchr(to, '/');
	const char *name;
	int folder = file_open_parent(root, from, &name);
	bool ok = folder >= 0 && rename_in(folder, name, slash ? slash + 1 : to);

	return finish(root, folder, from, ok, "renamed", err);
}

bool file_remove(struct root *root, const char *path, struct err *err)
{
	const char *name;
	int folder = file_open_parent(root, path, &name);
	bool gone = folder < 0 && (errno == ENOENT || errno == ENOTDIR);
	bool ok = gone || (folder >= 0 && remove_in(folder, name));

	return finish(root, folder, path, ok, "removed", err);
}
