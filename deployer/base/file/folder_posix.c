/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file/parts.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(
	    ((const struct folder_entry *)a)->name, ((const struct folder_entry *)b)->name);
}

static enum file_type entry_type(int fd, const struct dirent *entry)
{
	struct stat st;

	switch (entry->d_type) {
	case DT_REG:
		return FILE_REGULAR;
	case DT_LNK:
		return FILE_LINK;
	case DT_DIR:
		return FILE_FOLDER;
	case DT_UNKNOWN: /* some file systems do not tell */
		if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			return file_type_of_mode(st.st_mode);
		return FILE_ABSENT;
	default:
		return FILE_OTHER;
	}
}

static void list_entries(DIR *dir, int fd, struct folder *out)
{
	for (struct dirent *entry; (entry = readdir(dir));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		out->entries =
		    mem_grow(out->entries, &out->capacity, out->count + 1, sizeof(*out->entries));
		out->entries[out->count++] = (struct folder_entry){
		    .name = arena_strdup(&out->names, entry->d_name),
		    .type = entry_type(fd, entry),
		};
	}
	if (out->count > 1)
		qsort(out->entries, out->count, sizeof(*out->entries), by_name);
}

bool folder_open(struct root *root, const char *path, struct folder *out, struct err *err)
{
	struct folder folder = {.fd = file_open_in(root, path, O_RDONLY | O_DIRECTORY, 0)};
	int copy;
	DIR *dir;

	if (folder.fd < 0 && errno != ENOENT)
		return err_errno(err, "%s", SHOWN(root, path));
	if (folder.fd >= 0) {
		copy = fcntl(folder.fd, F_DUPFD_CLOEXEC, 0);
		dir = copy < 0 ? NULL : fdopendir(copy);
		if (!dir) {
			err_errno(err, "%s: cannot be listed", SHOWN(root, path));
			close(folder.fd);
			return false;
		}
		list_entries(dir, folder.fd, &folder);
		closedir(dir);
	}
	*out = folder;
	return true;
}

bool folder_open_only(struct root *root, const char *path, struct folder *out, struct err *err)
{
	int fd = file_open_in(root, path, O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0)
		return err_errno(err, "%s", SHOWN(root, path));
	*out = (struct folder){.fd = fd};
	return true;
}

void folder_release(struct folder *folder)
{
	/* {0} is an unopened folder; descriptor 0 is never one of ours then */
	if (folder->fd > 0)
		close(folder->fd);
	free(folder->entries);
	arena_release(&folder->names);
	*folder = (struct folder){.fd = -1};
}

const struct folder_entry *folder_find(const struct folder *folder, const char *name)
{
	struct folder_entry wanted = {.name = name};

	if (folder->count == 0)
		return NULL;
	return bsearch(&wanted, folder->entries, folder->count, sizeof(wanted), by_name);
}

bool folder_read_mode(const struct folder *folder, const char *name, size_t max, struct bytes *out,
    unsigned *mode, struct err *err)
{
	struct stat st = {0};
	int fd = openat(folder->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return err_errno(err, "%s", text_escape_string(name).text);
	ok = file_read_open(fd, max, out, &st, err) ||
	     err_wrap(err, "%s", text_escape_string(name).text);
	*mode = st.st_mode & 07777;
	close(fd);
	return ok;
}

bool folder_read(
    const struct folder *folder, const char *name, size_t max, struct bytes *out, struct err *err)
{
	unsigned ignored;

	return folder_read_mode(folder, name, max, out, &ignored, err);
}

bool folder_read_link(const struct folder *folder, const char *name, char *out, size_t size)
{
	ssize_t got = readlinkat(folder->fd, name, out, size);

	if (got < 0 || (size_t)got >= size)
		return false;
	out[got] = 0;
	return true;
}
