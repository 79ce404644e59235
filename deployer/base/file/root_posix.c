/* SPDX-License-Identifier: Apache-2.0 */
/* The system below which files are found, and the folders of paths in it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file/confined.h"
#include "base/file/parts.h"

enum { PATH_CAP = 4096, TRIES = 20000 };

struct root root_none(void)
{
	return (struct root){.fd = AT_FDCWD, .parent_fd = -1};
}

int confined_open(int folder, const char *path, const struct open_how *how)
{
	int fd;

	for (int tries = TRIES; tries > 0; tries--) {
		fd = (int)syscall(SYS_openat2, folder, path, how, sizeof(*how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd;
}

int file_open_in(const struct root *root, const char *path, int flags, unsigned mode)
{
	struct open_how how = {
	    .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
	    .mode = mode,
	    .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	if (!root->confined)
		return openat(root->fd, path, flags | O_CLOEXEC, mode);
	return confined_open(root->fd, path, &how);
}

/* By whatever name: "//", "/.", and a link to "/" are the live system too. */
static bool is_live_system(int fd)
{
	struct stat here, live;

	return fstat(fd, &here) == 0 && stat("/", &live) == 0 && here.st_dev == live.st_dev &&
	       here.st_ino == live.st_ino;
}

static bool probe(const struct root *root, struct err *err)
{
	int fd = file_open_in(root, "/", O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0)
		return err_errno(
		    err, "this kernel cannot confine paths to it (openat2, Linux 5.6 and later)");
	close(fd);
	return true;
}

bool root_can_confine(struct err *err)
{
	struct root root = {.fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), .confined = true};
	bool can = root.fd >= 0 ? probe(&root, err) : err_errno(err, "/");

	if (root.fd >= 0)
		close(root.fd);
	return can;
}

bool root_open(const char *path, struct root *out, struct err *err)
{
	struct root root = {.parent_fd = -1};
	size_t size = strlen(path);

	root.fd = file_open_folder(path, err);
	if (root.fd < 0)
		return err_wrap(err, "system root");
	root.confined = !is_live_system(root.fd);
	while (size > 0 && (path[size - 1] == '/' || !root.confined))
		size--;
	root.path = mem_strdup(path);
	root.path[size] = 0;
	if (root.confined && !probe(&root, err)) {
		err_wrap(err, "system root %s", text_escape_string(path).text);
		root_release(&root);
		return false;
	}
	*out = root;
	return true;
}

void file_forget_parent(struct root *root)
{
	if (root->parent_fd >= 0)
		close(root->parent_fd);
	free(root->parent);
	root->parent = NULL;
	root->parent_fd = -1;
}

void root_release(struct root *root)
{
	if (root->parent)
		file_forget_parent(root);
	if (root->path)
		close(root->fd);
	free(root->path);
	overlay_release(root->overlay);
	*root = root_none();
}

bool root_holds(const struct root *root, const char *path)
{
	char *top = root->confined ? realpath(root->path, NULL) : NULL;
	char *real = top ? realpath(path, NULL) : NULL;
	size_t size = top ? strlen(top) : 0;
	bool holds =
	    !root->confined || (real && strncmp(real, top, size) == 0 && real[size] == '/');

	free(top);
	free(real);
	return holds;
}

const char *file_shown(const struct root *root, const char *path, struct escaped *out)
{
	char whole[PATH_CAP];

	snprintf(whole, sizeof(whole), "%s%s", root->path ? root->path : "", path);
	*out = text_escape_string(whole);
	return out->text;
}

bool root_sync(struct root *root, const char *const *paths, size_t count, struct err *err)
{
	dev_t last = 0;

	for (size_t i = 0; i < count; i++) {
		int fd = file_open_in(root, paths[i], O_RDONLY | O_DIRECTORY, 0);
		struct stat st;
		bool ok;

		if (fd < 0 && errno == ENOENT)
			continue;
		ok = fd >= 0 && fstat(fd, &st) == 0 && (st.st_dev == last || syncfs(fd) == 0);
		if (!ok)
			err_errno(err, "%s: cannot be made durable", SHOWN(root, paths[i]));
		if (fd >= 0)
			close(fd);
		if (!ok)
			return false;
		last = st.st_dev;
	}
	return true;
}

/* The folder of `path` in `folder`, and its last component, which must be a name: ".." would stand
 * for a folder outside. False with errno. */
static bool split_path(const char *path, char folder[PATH_CAP], const char **name)
{
	const char *slash = strrchr(path, '/');
	int size = slash ? (int)(slash - path) : 0;

	*name = slash ? slash + 1 : path;
	errno = size >= PATH_CAP ? ENAMETOOLONG : EINVAL;
	if (size >= PATH_CAP || !**name || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0)
		return false;
	snprintf(folder, PATH_CAP, "%.*s", size ? size : 1, size ? path : slash ? "/" : ".");
	return true;
}

int file_open_parent(const struct root *root, const char *path, const char **name)
{
	char folder[PATH_CAP];

	return split_path(path, folder, name)
	           ? file_open_in(root, folder, O_RDONLY | O_DIRECTORY, 0)
	           : -1;
}

int file_parent_of(struct root *root, const char *path, const char **name)
{
	char folder[PATH_CAP];
	int fd;

	if (!split_path(path, folder, name))
		return -1;
	if (root->parent && strcmp(root->parent, folder) == 0)
		return root->parent_fd;
	fd = file_open_in(root, folder, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return -1;
	file_forget_parent(root);
	root->parent = mem_strdup(folder);
	root->parent_fd = fd;
	return fd;
}
