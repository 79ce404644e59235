/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file/parts.h"

enum { PATH_CAP = 4096 };

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
}

/* A folder that is imagined has no descriptor of its own: this one stands for it, and nothing is in
 * it. */
static int open_folder(struct root *root, const char *path, bool *real)
{
	int fd = file_open_in(root, path, O_RDONLY | O_DIRECTORY, 0);
	const struct file_state *laid = fd < 0 ? overlay_find(root, path) : NULL;

	*real = fd >= 0;
	return laid && laid->type == FILE_FOLDER ? open("/dev/null", O_PATH | O_CLOEXEC) : fd;
}

/* What it holds is looked up there from now on. */
static void imagine(struct root *root, const char *path, struct folder *folder)
{
	if (!root->overlay)
		return;
	folder->root = root;
	folder->place = arena_strdup(&folder->names, path);
}

static const struct file_state *find_laid(const struct folder *folder, const char *name)
{
	char path[OVERLAY_PATH];

	if (!folder->root)
		return NULL;
	snprintf(path, sizeof(path), "%s/%s", folder->place, name);
	return overlay_find(folder->root, path);
}

static void add_laid(struct root *root, const char *path, struct folder *folder)
{
	if (!root->overlay)
		return;
	folder_sort(folder);
	overlay_list(root, path, folder);
}

bool folder_list(struct root *root, const char *path, struct folder *out, struct err *err)
{
	bool real;
	struct folder folder = {.fd = open_folder(root, path, &real)};
	int copy;
	DIR *dir;

	if (folder.fd < 0 && errno != ENOENT)
		return err_errno(err, "%s", SHOWN(root, path));
	imagine(root, path, &folder);
	if (real) {
		copy = fcntl(folder.fd, F_DUPFD_CLOEXEC, 0);
		dir = copy < 0 ? NULL : fdopendir(copy);
		if (!dir) {
			err_errno(err, "%s: cannot be listed", SHOWN(root, path));
			folder_release(&folder);
			return false;
		}
		list_entries(dir, folder.fd, &folder);
		closedir(dir);
	}
	add_laid(root, path, &folder);
	*out = folder;
	return true;
}

bool folder_open(struct root *root, const char *path, struct folder *out, struct err *err)
{
	if (!folder_list(root, path, out, err))
		return false;
	folder_sort(out);
	return true;
}

bool folder_open_only(struct root *root, const char *path, struct folder *out, struct err *err)
{
	bool real;
	int fd = open_folder(root, path, &real);

	if (fd < 0)
		return err_errno(err, "%s", SHOWN(root, path));
	*out = (struct folder){.fd = fd};
	imagine(root, path, out);
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

bool folder_read_mode(const struct folder *folder, const char *name, enum file_type listed,
    size_t max, struct bytes *out, unsigned *mode, struct err *err)
{
	const struct file_state *laid = find_laid(folder, name);
	struct stat st = {0};
	bool ok;
	int fd;

	if (laid) {
		*mode = laid->mode;
		return file_read_state(laid, max, out, err) ||
		       err_wrap(err, "%s", text_escape_string(name).text);
	}
	fd = listed == FILE_REGULAR ? file_open_listed(folder->fd, name)
	                            : file_open_entry(folder->fd, name, O_RDONLY);
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

	return folder_read_mode(folder, name, FILE_ABSENT, max, out, &ignored, err);
}

bool folder_read_link(const struct folder *folder, const char *name, char *out, size_t size)
{
	const struct file_state *laid = find_laid(folder, name);
	ssize_t got;

	if (laid && (laid->type != FILE_LINK || laid->content.size >= size))
		return false;
	if (laid)
		memcpy(out, laid->content.data, laid->content.size);
	got = laid ? (ssize_t)laid->content.size : readlinkat(folder->fd, name, out, size);
	if (got < 0 || (size_t)got >= size)
		return false;
	out[got] = 0;
	return true;
}

bool folder_mode(const struct folder *folder, const char *name, unsigned *mode)
{
	const struct file_state *laid = find_laid(folder, name);
	struct stat st;

	if (laid ? laid->type == FILE_LINK || laid->type == FILE_ABSENT
	         : fstatat(folder->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || S_ISLNK(st.st_mode))
		return false;
	*mode = laid ? laid->mode : st.st_mode & 07777;
	return true;
}

bool folder_is_closed(struct root *root, const char *path)
{
	int fd = file_open_in(root, path, O_PATH | O_DIRECTORY, 0);
	bool closed =
	    fd < 0 ? errno == EACCES : faccessat(fd, ".", R_OK | X_OK, 0) != 0 && errno == EACCES;

	if (fd >= 0)
		close(fd);
	return closed;
}

bool file_make_folders(struct root *root, const char *path, unsigned mode, struct err *err)
{
	struct file_state folder = {.type = FILE_FOLDER, .mode = mode, .uid = FILE_OWNER_SELF};
	char part[PATH_CAP];
	size_t size = strlen(path);

	if (size >= sizeof(part))
		return err_set(err, ERR_IO, "%s: path too long", SHOWN(root, path));
	for (size_t i = 1; i <= size; i++) {
		int fd;

		if (path[i] != '/' && path[i] != 0)
			continue;
		memcpy(part, path, i);
		part[i] = 0;
		/* links on the way are followed, as everywhere inside the root */
		fd = file_open_in(root, part, O_PATH | O_DIRECTORY, 0);
		if (fd >= 0)
			close(fd);
		else if (!file_set(root, part, &folder, err))
			return false;
	}
	return true;
}
