/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file_read_private and folder_check_private of file.h: who may write what decides what a
 * privileged run does. The path is walked component by component from its root, as auth_secure_path
 * of OpenSSH does; links are followed by hand, and what they lead through is judged like the rest.
 * What is read is read through the descriptor that was judged.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file/parts.h"

enum { PATH_CAP = 4096, LINKS_MAX = 40, ACCESS_LIST_MAX = 65536 };

/* On the way from a root to a file or folder that must be ours alone. */
struct walk {
	const char *path; /* as given, for messages */
	int base;         /* what "/" is, and what no link leads out of */
	int at;           /* where it is */
	char rest[2 * PATH_CAP];
	bool loose; /* others may write to the folder where it is, but it is sticky: what is ours
	             * in it stays */
	unsigned links;
	bool links_alone; /* links are judged, and not who may write */
	bool by_server;   /* whether a network file system is believed about owners */
	dev_t root_device;
	/* the file system on which it is */
	dev_t device;
	bool entered, overlay, plain; /* plain: it knows no foreign access lists */
};

static void walk_release(struct walk *walk)
{
	if (walk->at >= 0)
		close(walk->at);
	if (walk->base >= 0)
		close(walk->base);
}

/* --- who may write -------------------------------------------------------------------- */

/* The entries of a POSIX access list as the kernel gives it (linux/posix_acl_xattr.h): whether one
 * of them lets a user other than root and this one, or a group other than root's, write. */
static bool lets_others_write(struct span list, const struct stat *st)
{
	enum { USER = 2, OWNING_GROUP = 4, GROUP = 8, MASK = 16, OTHER = 32, WRITE = 2 };
	uint32_t mask = WRITE;

	for (int pass = 0; pass < 2; pass++) {
		struct reader reader = reader_of(list);

		if (reader_u32le(&reader) != 2)
			return true; /* a version that nobody has defined */
		while (reader.rest.size > 0 && !reader.failed) {
			unsigned tag = reader_u16le(&reader), may = reader_u16le(&reader);
			uint32_t id = reader_u32le(&reader);

			if (tag == OWNING_GROUP)
				id = st->st_gid;
			if (pass == 0 && tag == MASK)
				mask = may;
			else if (pass == 1 && may & WRITE &&
			         (tag == OTHER ||
			             (mask & WRITE &&
			                 ((tag == USER && id != 0 && id != geteuid()) ||
			                     ((tag == GROUP || tag == OWNING_GROUP) && id != 0)))))
				return true;
		}
		if (reader.failed)
			return true;
	}
	return false;
}

/* File systems whose owners and modes are what a server or an ordinary user's program says
 * (statfs(2)). */
static const struct {
	unsigned type;
	const char *name;
} remote_types[] = {
    {NFS_SUPER_MAGIC, "NFS"},
    {SMB_SUPER_MAGIC, "SMB"},
    {CIFS_SUPER_MAGIC, "SMB"},
    {SMB2_SUPER_MAGIC, "SMB"},
    {FUSE_SUPER_MAGIC, "FUSE"},
    {V9FS_MAGIC, "9P"},
    {CEPH_SUPER_MAGIC, "Ceph"},
    {AFS_SUPER_MAGIC, "AFS"},
    {AFS_FS_MAGIC, "AFS"},
    {CODA_SUPER_MAGIC, "Coda"},
    {0x0bd00bd0, "Lustre"},
    {0x786f4256, "vboxsf"},
};

/* Comes to a file system. The one that holds the root is believed: whoever controls it controls
 * everything. */
static bool enter(struct walk *walk, int fd, dev_t device, struct err *err)
{
	struct statfs fs;

	if (walk->entered && walk->device == device)
		return true;
	if (fstatfs(fd, &fs) != 0)
		return err_errno(err, "%s: which file system it lies on", walk->path);
	if (!walk->entered)
		walk->root_device = device;
	walk->entered = true;
	walk->device = device;
	walk->plain = false;
	walk->overlay = fs.f_type == OVERLAYFS_SUPER_MAGIC;
	for (size_t i = 0; i < COUNT(remote_types); i++)
		if ((unsigned)fs.f_type == remote_types[i].type && !walk->by_server &&
		    device != walk->root_device)
			return err_set(err, ERR_POLICY,
			    "%s: lies on a network or FUSE file system (%s), whose owners and modes"
			    " prove nothing; it decides what a privileged run does: copy it to a "
			    "disk"
			    " of this host, or say --trust-filesystem",
			    walk->path, remote_types[i].name);
	return true;
}

/* Whether the open file or folder has an access list of a kind that is not understood here. A file
 * system without such lists is asked once. An overlay answers for the file system below each file,
 * so it is asked each time. */
static bool has_foreign_list(struct walk *walk, int fd)
{
	static const char *const lists[] = {
	    "system.nfs4_acl", "system.richacl", "system.cifs_acl", "system.ntfs_acl"};
	size_t unknown = 0;

	for (size_t i = 0; i < COUNT(lists) && !walk->plain; i++) {
		if (fgetxattr(fd, lists[i], NULL, 0) > 0)
			return true;
		unknown += errno == EOPNOTSUPP;
	}
	walk->plain = walk->plain || (unknown == COUNT(lists) && !walk->overlay);
	return false;
}

/* What lets others write to the open file or folder, in words; NULL: nothing. Where there is an
 * access list, the group's bits of the mode are its mask, and tell nothing. */
static const char *loose_because(struct walk *walk, int fd, const struct stat *st, bool inherited)
{
	uint8_t list[ACCESS_LIST_MAX];
	ssize_t size = fgetxattr(fd, "system.posix_acl_access", list, sizeof(list));

	if (st->st_uid != 0 && st->st_uid != geteuid())
		return "";
	if (size > 0 && lets_others_write((struct span){list, (size_t)size}, st))
		return ", by its access list";
	if (size <= 0 && ((st->st_mode & S_IWGRP && st->st_gid != 0) || st->st_mode & S_IWOTH))
		return "";
	size = inherited ? fgetxattr(fd, "system.posix_acl_default", list, sizeof(list)) : 0;
	if (size > 0 && lets_others_write((struct span){list, (size_t)size}, st))
		return ", by the access list that it gives to what is made in it";
	return has_foreign_list(walk, fd)
	           ? ", perhaps: it has an access list that is not understood"
	           : NULL;
}

/* Where the open file or folder really is, for messages. */
static const char *real_path(int fd, char out[PATH_CAP])
{
	char link[64];
	ssize_t size;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	size = readlink(link, out, PATH_CAP - 1);
	out[size < 0 ? 0 : size] = 0;
	return out;
}

static bool refuse(
    const struct walk *walk, int fd, const struct stat *st, const char *because, struct err *err)
{
	char real[PATH_CAP];
	struct escaped where = text_escape_string(real_path(fd, real));

	return err_set(err, ERR_POLICY,
	    "%s: the %s%s is writable by ordinary users (mode %04o, owner %u:%u%s); it decides"
	    " what a privileged run does: chown it to root and chmod go-w it%s",
	    walk->path, S_ISDIR(st->st_mode) ? "folder " : "file",
	    S_ISDIR(st->st_mode) ? where.text : "", st->st_mode & 07777, st->st_uid, st->st_gid,
	    because, *because ? ", and see getfacl" : "");
}

static bool is_ours(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

/* The open file or folder to which the walk has come, `last` on its way. */
static bool judge(struct walk *walk, int fd, bool last, struct err *err)
{
	struct stat st;
	const char *because;

	if (fstat(fd, &st) != 0)
		return err_errno(err, "%s", walk->path);
	if (!enter(walk, fd, st.st_dev, err))
		return false;
	if (walk->loose && !is_ours(&st))
		return refuse(walk, fd, &st, "", err);
	because = loose_because(walk, fd, &st, last);
	walk->loose = because && S_ISDIR(st.st_mode) && st.st_mode & S_ISVTX && is_ours(&st);
	return !because || (walk->loose && !last) || refuse(walk, fd, &st, because, err);
}

/* --- the walk ------------------------------------------------------------------------- */

/* Takes the next component of what is left; false at the end, and `*last` before it. */
static bool next_name(struct walk *walk, char name[NAME_MAX + 1], bool *last, struct err *err)
{
	size_t skipped = strspn(walk->rest, "/");
	size_t size = strcspn(walk->rest + skipped, "/");
	char *behind = walk->rest + skipped + size;

	if (size > NAME_MAX) {
		errno = ENAMETOOLONG;
		return err_errno(err, "%s", walk->path);
	}
	memcpy(name, walk->rest + skipped, size);
	name[size] = 0;
	memmove(walk->rest, behind, strlen(behind) + 1);
	*last = walk->rest[strspn(walk->rest, "/")] == 0;
	return size > 0;
}

/* The link `name`: its target takes its place in what is left of the path. */
static bool follow(struct walk *walk, const char *name, struct err *err)
{
	char target[PATH_CAP], rest[PATH_CAP];
	ssize_t size = readlinkat(walk->at, name, target, sizeof(target) - 1);
	struct stat st;

	if (size < 0 || fstatat(walk->at, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return err_errno(err, "%s", walk->path);
	target[size] = 0;
	if ((walk->loose || walk->links_alone) && !is_ours(&st))
		return err_set(err, ERR_POLICY,
		    "%s: leads through a link of user %u%s; it decides what a privileged run does:"
		    " give the path that it leads to",
		    walk->path, st.st_uid,
		    walk->loose ? " in a folder that everybody may write to" : "");
	if (++walk->links > LINKS_MAX || strlen(walk->rest) >= sizeof(rest)) {
		errno = ELOOP;
		return err_errno(err, "%s", walk->path);
	}
	snprintf(rest, sizeof(rest), "%s", walk->rest);
	snprintf(walk->rest, sizeof(walk->rest), "%s/%s", target, rest);
	if (target[0] != '/')
		return true;
	close(walk->at);
	walk->at = fcntl(walk->base, F_DUPFD_CLOEXEC, 0);
	walk->loose = false;
	return walk->at >= 0 || err_errno(err, "%s", walk->path);
}

static bool is_same(int one, int other)
{
	struct stat left, right;

	return fstat(one, &left) == 0 && fstat(other, &right) == 0 && left.st_dev == right.st_dev &&
	       left.st_ino == right.st_ino;
}

/* Links there (/proc/PID/root) lead to what the kernel holds, and not where their text says. */
static bool is_proc(int folder)
{
	struct statfs fs;

	return fstatfs(folder, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

static bool step(struct walk *walk, const char *name, bool last, struct err *err)
{
	int next;

	if (strcmp(name, "..") == 0 && is_same(walk->at, walk->base))
		return true;
	next = file_open_entry(walk->at, name, O_RDONLY);
	/* behind such a link only a folder is of use */
	if (next < 0 && errno == ELOOP && walk->links_alone && is_proc(walk->at))
		next = openat(walk->at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	else if (next < 0 && errno == ELOOP)
		return follow(walk, name, err);
	if (next < 0)
		return err_errno(err, "%s", walk->path);
	if (!walk->links_alone && !judge(walk, next, last, err)) {
		close(next);
		return false;
	}
	close(walk->at);
	walk->at = next;
	return true;
}

static bool begin(struct walk *walk, const struct root *root, const char *path, struct err *err)
{
	char here[PATH_CAP] = "";

	walk->base = root->confined ? fcntl(root->fd, F_DUPFD_CLOEXEC, 0)
	                            : open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	walk->at = walk->base < 0 ? -1 : fcntl(walk->base, F_DUPFD_CLOEXEC, 0);
	if (walk->at < 0 || (path[0] != '/' && !getcwd(here, sizeof(here))))
		return err_errno(err, "%s", walk->path);
	if ((size_t)snprintf(walk->rest, sizeof(walk->rest), "%s/%s", here, path) >=
	    sizeof(walk->rest)) {
		errno = ENAMETOOLONG;
		return err_errno(err, "%s", walk->path);
	}
	return walk->links_alone || judge(walk, walk->at, false, err);
}

/* The descriptor of what the walk comes to; -1 with `err`, and with errno when that cannot be
 * opened. */
static int walk_to_end(
    struct walk *walk, const struct root *root, const char *path, struct err *err)
{
	char name[NAME_MAX + 1];
	bool last = false;
	int fd;

	if (!begin(walk, root, path, err))
		return -1;
	while (next_name(walk, name, &last, err))
		if (!step(walk, name, last, err))
			return -1;
	if (err->code != ERR_NONE)
		return -1;
	fd = walk->at;
	walk->at = -1;
	return fd;
}

int file_open_folder(const char *path, struct err *err)
{
	struct root none = root_none();
	struct escaped shown;
	struct err why = {0};
	AUTO(walk)
	walk = {.path = file_shown(&none, path, &shown), .base = -1, .at = -1, .links_alone = true};
	struct stat st;
	int fd = geteuid() == 0 ? walk_to_end(&walk, &none, path, &why)
	                        : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		return fd;
	if (fd >= 0) {
		close(fd);
		errno = ENOTDIR;
	}
	if (why.code == ERR_NONE)
		err_errno(&why, "%s", walk.path);
	*err = why;
	return -1;
}

/* Opens it for reading, judged when this run is privileged; -1 with `err`, and with errno when it
 * cannot be opened. */
static int open_private(
    const struct root *root, const char *path, enum file_trust trust, struct err *err)
{
	struct escaped shown;
	AUTO(walk)
	walk = {.path = file_shown(root, path, &shown),
	    .base = -1,
	    .at = -1,
	    .by_server = trust == FILE_TRUST_SERVERS};
	int fd;

	if (geteuid() != 0 || trust == FILE_TRUST_ANYBODY) {
		fd = file_open_looked_at(root, path, O_RDONLY);
		if (fd < 0)
			err_errno(err, "%s", walk.path);
		return fd;
	}
	return walk_to_end(&walk, root, path, err);
}

bool folder_check_private(
    struct root *root, const char *path, enum file_trust trust, struct err *err)
{
	struct err why = {0};
	int fd = open_private(root, path, trust, &why);

	if (fd >= 0)
		close(fd);
	else if (why.code != ERR_POLICY && errno == ENOENT)
		return true;
	else
		*err = why;
	return fd >= 0;
}

bool file_read_private(struct root *root, const char *path, enum file_trust trust, size_t max,
    struct bytes *out, struct err *err)
{
	struct err why = {0};
	struct stat st;
	int fd;
	bool ok;

	/* what is imagined is what this run writes, and file_read() knows it */
	if (root->overlay)
		return folder_check_private(root, path, trust, err) &&
		       file_read(root, path, max, out, err);
	fd = open_private(root, path, trust, &why);
	ok = fd >= 0 &&
	     (file_read_open(fd, max, out, &st, &why) || err_wrap(&why, "%s", SHOWN(root, path)));
	if (fd >= 0)
		close(fd);
	if (!ok)
		*err = why;
	return ok;
}
