/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file/parts.h"

enum { LINK_CAP = 4096 };

enum file_type file_type_of_mode(unsigned mode)
{
	return S_ISREG(mode)   ? FILE_REGULAR
	       : S_ISLNK(mode) ? FILE_LINK
	       : S_ISDIR(mode) ? FILE_FOLDER
	                       : FILE_OTHER;
}

enum file_type file_type(struct root *root, const char *path)
{
	const struct file_state *laid = overlay_find(root, path);
	const char *name;
	struct stat st;
	int folder;

	if (laid || strcmp(path, "/") == 0)
		return laid ? laid->type : FILE_FOLDER;
	folder = file_parent_of(root, path, &name);
	if (folder < 0 || fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return FILE_ABSENT;
	return file_type_of_mode(st.st_mode);
}

bool file_read_open(int fd, size_t max, struct bytes *out, struct stat *st, struct err *err)
{
	if (fstat(fd, st) != 0)
		return err_errno(err, "cannot be read");
	if (!S_ISREG(st->st_mode))
		return err_set(err, ERR_IO, "is not a regular file");
	if ((uint64_t)st->st_size > max)
		return err_set(err, ERR_IO, "is larger than %zu bytes", max);
	out->size = 0;
	bytes_reserve(out, (size_t)st->st_size);
	for (;;) {
		ssize_t got = read(fd, out->data + out->size, out->capacity - out->size - 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(err, "cannot be read");
		out->size += (size_t)got;
		out->data[out->size] = 0;
		if (out->size > max)
			return err_set(err, ERR_IO, "is larger than %zu bytes", max);
		/* A regular file gives all that fstat promised in one call; asking again is
		 * only worth it where it grew. */
		if (got == 0 || out->size == (size_t)st->st_size)
			return true;
		bytes_reserve(out, out->size + (size_t)got);
	}
}

/* Links are followed. */
static bool ask(struct root *root, const char *path, struct stat *st)
{
	int fd = file_open_in(root, path, O_PATH, 0);
	bool ok = fd >= 0 && fstat(fd, st) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

bool file_is_regular(struct root *root, const char *path)
{
	char buffer[OVERLAY_PATH];
	const struct file_state *laid = overlay_follow(root, &path, buffer);
	struct stat st;

	return laid ? laid->type == FILE_REGULAR : ask(root, path, &st) && S_ISREG(st.st_mode);
}

bool file_mode(struct root *root, const char *path, unsigned *mode)
{
	char buffer[OVERLAY_PATH];
	const struct file_state *laid = overlay_follow(root, &path, buffer);
	struct stat st;

	if (laid)
		*mode = laid->mode;
	else if (ask(root, path, &st))
		*mode = st.st_mode & 07777;
	else
		return false;
	return !laid || laid->type != FILE_ABSENT;
}

bool file_read_state(const struct file_state *state, size_t max, struct bytes *out, struct err *err)
{
	if (state->type != FILE_REGULAR)
		return err_set(err, ERR_IO,
		    state->type == FILE_ABSENT ? "would not be there" : "is not a regular file");
	if (state->content.size > max)
		return err_set(err, ERR_IO, "is larger than %zu bytes", max);
	out->size = 0;
	bytes_add(out, state->content.data, state->content.size);
	return true;
}

bool file_read(struct root *root, const char *path, size_t max, struct bytes *out, struct err *err)
{
	char buffer[OVERLAY_PATH];
	const struct file_state *laid = overlay_follow(root, &path, buffer);
	struct stat st;
	bool ok;
	int fd;

	if (laid)
		return file_read_state(laid, max, out, err) ||
		       err_wrap(err, "%s", SHOWN(root, path));
	fd = file_open_looked_at(root, path, O_RDONLY);
	if (fd < 0)
		return err_errno(err, "%s", SHOWN(root, path));
	ok = file_read_open(fd, max, out, &st, err) || err_wrap(err, "%s", SHOWN(root, path));
	close(fd);
	return ok;
}

/* Piece by piece: room for all of a large file costs more than reading it. */
static bool is_content(int fd, struct span content)
{
	uint8_t buffer[16 * 1024];

	for (;;) {
		ssize_t got = read(fd, buffer, sizeof(buffer));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0 && content.size == 0;
		if ((size_t)got > content.size || memcmp(buffer, content.data, (size_t)got) != 0)
			return false;
		content = (struct span){content.data + got, content.size - (size_t)got};
	}
}

bool file_holds(struct root *root, const char *path, struct span content)
{
	struct stat st;
	int fd =
	    file_type(root, path) == FILE_REGULAR ? file_open_looked_at(root, path, O_RDONLY) : -1;
	bool same = fd >= 0 && fstat(fd, &st) == 0 && (uint64_t)st.st_size == content.size &&
	            is_content(fd, content);

	if (fd >= 0)
		close(fd);
	return same;
}

static bool capture_link(int folder, const char *name, struct file_state *out, struct err *err)
{
	char target[LINK_CAP];
	ssize_t size = readlinkat(folder, name, target, sizeof(target));

	if (size < 0 || size == (ssize_t)sizeof(target))
		return err_errno(err, "the link cannot be read");
	bytes_add(&out->content, target, (size_t)size);
	return true;
}

static bool capture_file(
    int folder, const char *name, size_t max, struct file_state *out, struct err *err)
{
	struct stat st;
	int fd = file_open_entry(folder, name, O_RDONLY);
	bool ok;

	if (fd < 0)
		return err_errno(err, "cannot be opened");
	ok = file_read_open(fd, max, &out->content, &st, err) &&
	     (attributes_read(fd, &out->attributes) ||
	         err_errno(err, "its extended attributes cannot be read"));
	out->attributed = ok;
	close(fd);
	return ok;
}

bool file_capture(
    struct root *root, const char *path, size_t max, struct file_state *out, struct err *err)
{
	AUTO(file_state) state = {0};
	const struct file_state *laid = overlay_find(root, path);
	const char *name;
	struct stat st;
	int folder;

	if (laid) {
		*out = file_state_copy(laid);
		return true;
	}
	folder = file_parent_of(root, path, &name);
	if (folder < 0 || fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			return err_errno(err, "%s", SHOWN(root, path));
		*out = (struct file_state){.type = FILE_ABSENT};
		return true;
	}
	state.type = file_type_of_mode(st.st_mode);
	state.mode = st.st_mode & 07777;
	state.uid = st.st_uid;
	state.gid = st.st_gid;
	if ((state.type == FILE_LINK && !capture_link(folder, name, &state, err)) ||
	    (state.type == FILE_REGULAR && !capture_file(folder, name, max, &state, err)))
		return err_wrap(err, "%s", SHOWN(root, path));
	*out = TAKE(state);
	return true;
}

bool file_write_all(int fd, struct span content)
{
	while (content.size > 0) {
		ssize_t done = write(fd, content.data, content.size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		content.data += done;
		content.size -= (size_t)done;
	}
	return true;
}

/* The attributes of the file that stands at `name`, else those of `state`. */
static bool give_attributes(int folder, const char *name, int fd, const struct file_state *state)
{
	int old = file_open_entry(folder, name, O_RDONLY);
	struct stat st;
	bool ok;

	if (old < 0 && errno != ENOENT && errno != ELOOP && errno != ENXIO)
		return false;
	if (old < 0 || fstat(old, &st) != 0 || !S_ISREG(st.st_mode))
		ok = !state->attributed || attributes_write(fd, bytes_span(&state->attributes));
	else
		ok = attributes_copy(old, fd);
	file_close(old);
	return ok;
}

/* The new file that is to get the name `name`; on failure `fault` is what could not be done. */
static bool fill(int fd, int folder, const char *name, const struct file_state *state, bool durable,
    const char **fault)
{
	if (!file_write_all(fd, bytes_span(&state->content)) ||
	    (state->uid != FILE_OWNER_SELF && fchown(fd, state->uid, state->gid) != 0))
		return false;
	if (!give_attributes(folder, name, fd, state)) {
		*fault = "its access list, extended attributes or label cannot be kept";
		return false;
	}
	return fchmod(fd, state->mode) == 0 && (!durable || fsync(fd) == 0);
}

static bool write_file(int folder, const char *temporary, const char *name,
    const struct file_state *state, bool durable, const char **fault)
{
	int fd =
	    openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool ok;

	if (fd < 0)
		return false;
	ok = fill(fd, folder, name, state, durable, fault);
	if (!ok)
		file_close(fd);
	if (ok && close(fd) == 0 && renameat(folder, temporary, folder, name) == 0)
		return true;
	file_withdraw(folder, temporary);
	return false;
}

/* Under the lock nobody else writes here: what has the fixed name was left by a killed run. */
static bool make_file(
    int folder, const char *name, const struct file_state *state, const char **fault)
{
	return write_file(folder, FILE_TEMPORARY, name, state, false, fault) ||
	       (errno == EEXIST && unlinkat(folder, FILE_TEMPORARY, 0) == 0 &&
	           write_file(folder, FILE_TEMPORARY, name, state, false, fault));
}

static bool rename_temporary(int folder, const char *name)
{
	if (renameat(folder, FILE_TEMPORARY, folder, name) == 0)
		return true;
	file_withdraw(folder, FILE_TEMPORARY);
	return false;
}

/* A link is whole from the start: one that replaces nothing needs no other name first. */
static bool make_link(int folder, const char *name, const struct file_state *state)
{
	const char *target = (const char *)state->content.data;

	if (symlinkat(target, folder, name) == 0)
		return true;
	if (errno != EEXIST)
		return false;
	if (symlinkat(target, folder, FILE_TEMPORARY) == 0)
		return rename_temporary(folder, name);
	return errno == EEXIST && unlinkat(folder, FILE_TEMPORARY, 0) == 0 &&
	       symlinkat(target, folder, FILE_TEMPORARY) == 0 && rename_temporary(folder, name);
}

/* Owner and mode are set by the descriptor, and only on a folder that this call has made: the name
 * may be a link by now, which leads where its owner likes. */
static bool make_folder(int folder, const char *name, const struct file_state *state)
{
	bool made = mkdirat(folder, name, 0700) == 0;
	int fd;
	bool ok;

	if (!made && errno != EEXIST)
		return false;
	fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = !made || ((state->uid == FILE_OWNER_SELF || fchown(fd, state->uid, state->gid) == 0) &&
	                  fchmod(fd, state->mode) == 0);
	file_close(fd);
	return ok;
}

static bool remove_entry(struct root *root, int folder, const char *name)
{
	/* nothing can have a name that is too long */
	if (unlinkat(folder, name, 0) == 0 || errno == ENOENT || errno == ENAMETOOLONG)
		return true;
	if (errno != EISDIR && errno != EPERM)
		return false;
	if (unlinkat(folder, name, AT_REMOVEDIR) != 0)
		return false;
	file_forget_parent(root);
	return true;
}

static bool set_in(struct root *root, int folder, const char *name, const struct file_state *state,
    const char **fault)
{
	switch (state->type) {
	case FILE_ABSENT:
		return remove_entry(root, folder, name);
	case FILE_FOLDER:
		return make_folder(folder, name, state);
	case FILE_REGULAR:
		return make_file(folder, name, state, fault);
	case FILE_LINK:
		return make_link(folder, name, state);
	case FILE_OTHER:
		break;
	}
	errno = EINVAL;
	return false;
}

bool file_set(struct root *root, const char *path, const struct file_state *state, struct err *err)
{
	const char *name;
	const char *fault = "cannot be written";
	int folder;

	if (root->overlay)
		return overlay_set(root, path, state, err);
	folder = file_parent_of(root, path, &name);
	if (folder < 0 && errno == ENOENT && state->type == FILE_ABSENT)
		return true;
	if (folder >= 0 && set_in(root, folder, name, state, &fault))
		return true;
	/* in set_in only rename and unlink fail so, and only at a mount point */
	if (errno == EBUSY)
		return file_is_mounted(root, path, err);
	return err_errno(err, "%s: %s", SHOWN(root, path), fault);
}

bool file_random_name(char out[FILE_RANDOM_NAME], struct err *err)
{
	uint8_t random[(FILE_RANDOM_NAME - 1) / 2];

	if (getentropy(random, sizeof(random)) != 0)
		return err_errno(err, "no random numbers");
	hex_write((struct span){random, sizeof(random)}, out);
	return true;
}

/* Without a lock others may write here at the same time; files with other names are theirs. */
bool file_replace_durable(const char *path, struct span content, unsigned mode, struct err *err)
{
	struct root none = root_none();
	AUTO(file_state)
	state = {.type = FILE_REGULAR,
	    .mode = mode,
	    .uid = FILE_OWNER_SELF,
	    .content = bytes_copy(content)};
	const char *slash = strrchr(path, '/'), *fault = "cannot be written";
	const char *name = slash ? slash + 1 : path;
	AUTO(arena) arena = {0};
	int folder = file_open_folder(
	    slash ? arena_strndup(&arena, path, (size_t)(slash - path) + 1) : ".", err);
	char temporary[sizeof(FILE_TEMPORARY) + FILE_RANDOM_NAME], random[FILE_RANDOM_NAME];
	bool ok;

	if (folder < 0)
		return err_wrap(err, "%s: %s", SHOWN(&none, path), fault);
	ok = file_random_name(random, err);
	snprintf(temporary, sizeof(temporary), FILE_TEMPORARY ".%s", random);
	ok = ok && write_file(folder, temporary, name, &state, true, &fault) && fsync(folder) == 0;
	if (!ok)
		err_errno(err, "%s: %s", SHOWN(&none, path), fault);
	close(folder);
	return ok;
}
