/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Files, read whole under a cap and replaced whole.
 *
 * Everything below a system root goes through `struct root`: paths are
 * resolved inside it even where they lead through symbolic links (openat2
 * with RESOLVE_IN_ROOT; on Windows what a link led out of it is refused), so an image
 * cannot point us at the machine that services it. Paths given to a root start with
 * "/" and are the ones that the system itself would use; on Windows they are those of the
 * volume. Files named on the command line go through root_none().
 *
 * A file is never half-written under its own name: new content gets the fixed
 * name FILE_TEMPORARY in the same folder and is renamed. The name is fixed so
 * that what a killed run left is found and overwritten by the next one, and
 * because the lock allows one writer at a time. Nothing here is durable until
 * root_sync().
 *
 * This module follows no link as the last component unless it says so.
 */
#include "base/bytes.h"

#define FILE_TEMPORARY ".trust-deployer.new"
#define FILE_KEPT      ".trust-deployer.old"

/* Which file systems are believed when they say who may write a file. */
enum file_trust {
	FILE_TRUST_DISKS,   /* those on disks of this host */
	FILE_TRUST_SERVERS, /* also network and FUSE file systems, where a server or a user's
	                     * program says it */
	FILE_TRUST_ANYBODY, /* all: the file decides nothing, so anybody may have written it */
};

struct root {
	int fd;     /* POSIX; AT_FDCWD for root_none() */
	char *path; /* as given, without a trailing "/"; of the live system "", or its drive */
	bool confined;
	char *parent; /* POSIX: the folder that was last written to, kept open: */
	int parent_fd;
	struct overlay *overlay; /* or NULL: it is not imagined */
	enum file_trust trust;   /* for the state that is kept there: state/judged.h */
};

/* The system at `path`; "/" is the live one. */
bool root_open(const char *path, struct root *out, struct err *err) MUST_CHECK;
struct root root_none(void);
/* Whether paths can be confined to an image here; `err` says why not, and what that needs. */
bool root_can_confine(struct err *err) MUST_CHECK;
/* For a rehearsal: from now on file_set() writes nothing, and fails where file_can_set() does. What
 * it is given is kept in memory, and file_type(), file_is_regular(), file_mode(), file_read(),
 * file_capture() and the functions of folders answer as if it were written. Links are followed to
 * and from what is kept, as the last component of a path. POSIX. */
void root_imagine(struct root *root);
void root_release(struct root *root);
/* Whether a file of the command line lies below the root, links followed. */
bool root_holds(const struct root *root, const char *path);
/* Makes durable all that was written to the file systems of these folders (syncfs, once each where
 * they follow each other); one that is missing is passed over. */
bool root_sync(
    struct root *root, const char *const *paths, size_t count, struct err *err) MUST_CHECK;

enum file_type { FILE_ABSENT, FILE_REGULAR, FILE_LINK, FILE_FOLDER, FILE_OTHER };

enum { FILE_OWNER_SELF = 0xffffffff }; /* leave ownership to the system */

/* What stands at a path, complete enough to put it back. */
struct file_state {
	enum file_type type;
	unsigned mode;        /* permission bits; unused for links */
	unsigned uid, gid;    /* or FILE_OWNER_SELF */
	struct bytes content; /* of a file; the target of a link */
	/* Of a file, where the system has such: access list, extended attributes and label. Not
	 * compared: they are not what we change. */
	bool attributed; /* `attributes` is known */
	struct bytes attributes;
};
/* A copy of its own. */
struct file_state file_state_copy(const struct file_state *state);
/* A regular file of the same mode and owner, without attributes, that takes `content`. */
struct file_state file_state_with(const struct file_state *like, struct bytes *content);
void file_state_release(struct file_state *state);

/* The type alone; FILE_ABSENT also when a parent is missing. Does not follow links. */
enum file_type file_type(struct root *root, const char *path);

/* True when `path`, links followed inside the root, is a regular file. */
bool file_is_regular(struct root *root, const char *path);

/* The permission bits of what is at `path`, links followed inside the root; false when it is not
 * there or cannot be asked. POSIX. */
bool file_mode(struct root *root, const char *path, unsigned *mode) MUST_CHECK;

/* True when there may be such a folder, and this user may not look into it, or into one on its way.
 */
bool folder_is_closed(struct root *root, const char *path);

/* Reads a regular file (links are followed, inside the root) of at most `max` bytes into
 * `out`, whose memory is used again. ERR_IO when it is missing, not regular or larger. */
bool file_read(
    struct root *root, const char *path, size_t max, struct bytes *out, struct err *err) MUST_CHECK;

/* Whether it is a regular file on the disk, and no link, with exactly this content. What cannot be
 * read has not. */
bool file_holds(struct root *root, const char *path, struct span content);

/* Like file_read, but refuses (ERR_POLICY, naming mode and owner) a file that an ordinary user
 * could write, or whose place on the path: owner neither root nor this user, or writable by others,
 * also by an access list. Each folder from the root on counts, and what a link leads through; in a
 * sticky folder (/tmp) what is ours stays ours. Judged on the descriptors that are walked and
 * read, and only when this run is privileged. With FILE_TRUST_DISKS what lies on a network or FUSE
 * file system other than that of the root is refused too (POSIX). */
bool file_read_private(struct root *root, const char *path, enum file_trust trust, size_t max,
    struct bytes *out, struct err *err) MUST_CHECK;

/* Refuses a folder, or a file, in the same way; one that is missing is no fault. On Windows also
 * where others may rename what is in the folder above, which in ProgramData anybody can make. */
bool folder_check_private(
    struct root *root, const char *path, enum file_trust trust, struct err *err) MUST_CHECK;

/* What stands at `path`, absent included. Regular files above `max` are ERR_IO. */
bool file_capture(struct root *root, const char *path, size_t max, struct file_state *out,
    struct err *err) MUST_CHECK;

/* Makes `path` be exactly `state`, replacing in one step what is there (FILE_ABSENT
 * removes; a folder only when empty). The parent folder must exist. A file that takes the place of
 * a file keeps the attributes of the old one; another gets those of `state`, or where these are not
 * known what the folder gives. Attributes that cannot be kept are a failure. */
bool file_set(struct root *root, const char *path, const struct file_state *state,
    struct err *err) MUST_CHECK;

/* False, with the words of file_set, where that would fail whoever called it: the place is a mount
 * point, immutable, or on a file system that is mounted read-only. Linux alone knows. */
bool file_can_set(struct root *root, const char *path, struct err *err) MUST_CHECK;

/* Writes an output file of the user: replaced in one step and made durable. What is no file there
 * (a terminal, a pipe, /dev/stdout) is written to and stays what it is; a disk is refused. */
bool file_replace(const char *path, struct span content, unsigned mode, struct err *err) MUST_CHECK;
/* Whether a privileged run may write the output `path`: not where a link of others leads to its
 * folder. Where others may write to that folder they can put another file in its place: `*open`
 * then. On Windows they can also have it written elsewhere, which is refused. */
bool file_judge_output(const char *path, bool *open, struct err *err) MUST_CHECK;

/* Makes a folder and its missing parents with `mode`; on Windows those of a privileged run are the
 * administrators' and the system's to write to, and with mode 0700 theirs alone. */
bool file_make_folders(
    struct root *root, const char *path, unsigned mode, struct err *err) MUST_CHECK;

/* A name that nobody else has, and nobody can guess: random digits. */
enum { FILE_RANDOM_NAME = 33 };
bool file_random_name(char out[FILE_RANDOM_NAME], struct err *err) MUST_CHECK;

/*
 * Files that must outlive a power cut in the order they were written: each call is durable
 * when it returns true. They are the user's alone (mode 0600).
 */

/* Writes behind what is there, making the file. What could not be written whole is cut off. */
bool file_append(
    struct root *root, const char *path, struct span content, struct err *err) MUST_CHECK;
/* Replaces the content in one step. */
bool file_store(
    struct root *root, const char *path, struct span content, struct err *err) MUST_CHECK;
/* Makes, or extends, a file of `size` bytes whose room on the disk is taken: to be removed when
 * that room is needed. Not durable. */
bool file_reserve(struct root *root, const char *path, uint64_t size, struct err *err) MUST_CHECK;
/* Replaces a regular file that cannot be made again, and is durable when it returns true: the new
 * content gets the name FILE_TEMPORARY, is on the disk and read back before it takes the place of
 * the old, which keeps a second name, FILE_KEPT, until the new one was read back in its place.
 * Owner and mode stay as they were. On failure the file is as it was. */
bool file_exchange(
    struct root *root, const char *path, struct span content, struct err *err) MUST_CHECK;
/* Within one folder; replaces what stands at `to`. */
bool file_rename(struct root *root, const char *from, const char *to, struct err *err) MUST_CHECK;
/* A missing file is removed already. */
bool file_remove(struct root *root, const char *path, struct err *err) MUST_CHECK;

/* An exclusive lock that ends with the process; ERR_LOCKED, naming the process where that can be
 * known, when another holds it for `wait` seconds. `fd` stays open until the caller gives it to
 * file_unlock. */
bool file_lock(
    struct root *root, const char *path, unsigned wait, int *fd, struct err *err) MUST_CHECK;
/* The same for an image by the file at `path` of this system, in which each image has a byte of its
 * own: a lock on the image's folder anybody could hold who may look into it. True without a lock
 * (-1) for users who may not write there, where there is no such folder, and on Windows. */
bool file_lock_image(
    const struct root *image, const char *path, unsigned wait, int *fd, struct err *err) MUST_CHECK;
/* -1 is no lock. */
void file_unlock(int fd);

/* A folder's entries, sorted by byte order, without "." and "..". */
struct folder_entry {
	const char *name; /* in the folder's arena */
	enum file_type type;
};

struct folder {
	int fd;                  /* -1 when the folder does not exist: it then lists nothing */
	const char *place;       /* its path, on Windows and in a root that is imagined */
	const struct root *root; /* that root, or NULL */
	struct arena names;
	struct folder_entry *entries;
	size_t count, capacity;
};

/* Opens and lists; a missing folder is an empty one. */
bool folder_open(
    struct root *root, const char *path, struct folder *out, struct err *err) MUST_CHECK;
/* POSIX: the same in no order, for large folders; not for folder_find. */
bool folder_list(
    struct root *root, const char *path, struct folder *out, struct err *err) MUST_CHECK;
/* Opens a folder that must exist, for folder_read alone: it lists nothing. */
bool folder_open_only(
    struct root *root, const char *path, struct folder *out, struct err *err) MUST_CHECK;
void folder_release(struct folder *folder);
/* Puts the entries into their order. */
void folder_sort(struct folder *folder);
/* The entry of that name, or NULL. */
const struct folder_entry *folder_find(const struct folder *folder, const char *name);
/* As file_read, for an entry of the folder; a link as entry is refused. */
bool folder_read(const struct folder *folder, const char *name, size_t max, struct bytes *out,
    struct err *err) MUST_CHECK;
/* The same, and the permission bits of what was read; 0 where the system has none. What a list has
 * just shown as FILE_REGULAR (`listed`) is opened without another look at what it is. */
bool folder_read_mode(const struct folder *folder, const char *name, enum file_type listed,
    size_t max, struct bytes *out, unsigned *mode, struct err *err) MUST_CHECK;
/* The permission bits of an entry that is no link; false when it is one, or cannot be asked. POSIX.
 */
bool folder_mode(const struct folder *folder, const char *name, unsigned *mode) MUST_CHECK;
/* The target of the link `name`; false when it is no link or longer than the buffer. */
bool folder_read_link(const struct folder *folder, const char *name, char *out, size_t size);
