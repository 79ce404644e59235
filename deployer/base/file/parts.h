/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the files of this folder share; nobody else includes this.
 */
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"

/* openat below the root, confined to it where the root is; -1 with errno. */
int file_open_in(const struct root *root, const char *path, int flags, unsigned mode);

/*
 * What is to be read or written as a file is looked at before it is opened: some devices do
 * something by that alone (a watchdog begins to count, a tape rewinds). What is neither a file nor
 * a folder comes back as a descriptor that fstat() alone can use. -1 with errno.
 */

/* file_open_in for what may be a link to anything: whoever owns the link cannot have it lead
 * elsewhere between the two. */
int file_open_looked_at(const struct root *root, const char *path, int flags);
/* An entry of an open folder, and no link (ELOOP); O_CREAT makes it where there is none. */
int file_open_entry(int folder, const char *name, int flags);
/* For reading, of one that a list has just shown as a file. */
int file_open_listed(int folder, const char *name);

/* The folder that holds `path`, for the caller to close, and the path's last component; -1 with
 * errno when there is no such folder, or that is no name ("", ".", ".."). */
int file_open_parent(const struct root *root, const char *path, const char **name);

/* The same, kept open between calls. */
int file_parent_of(struct root *root, const char *path, const char **name);
/* Closes that folder, which is about to be removed. */
void file_forget_parent(struct root *root);

/* A folder that the command line names. A privileged run is led there by no link of others: -1 with
 * ERR_POLICY; with errno when it cannot be opened. */
int file_open_folder(const char *path, struct err *err);

enum file_type file_type_of_mode(unsigned mode);

/* Reads to the end into `out`; the size of fstat is a hint, never a promise. */
bool file_read_open(int fd, size_t max, struct bytes *out, struct stat *st, struct err *err);

/* The content of what is kept of a file, as file_read() gives it. */
bool file_read_state(
    const struct file_state *state, size_t max, struct bytes *out, struct err *err) MUST_CHECK;

/* file_replace of what is a file, or nothing yet. */
bool file_replace_durable(
    const char *path, struct span content, unsigned mode, struct err *err) MUST_CHECK;

/* Ends a call that may have failed: each leaves errno as it is. Closes what is open (not -1);
 * removes the entry. */
void file_close(int fd);
void file_withdraw(int folder, const char *name);

/* All of it, or false with errno. */
bool file_write_all(int fd, struct span content);

/* Says that the file is a mount point; false. */
bool file_is_mounted(const struct root *root, const char *path, struct err *err) MUST_CHECK;

/*
 * What a file has besides owner, mode and bytes, as one list: extended attributes, and among them
 * its POSIX access list and the label of SELinux. Left out is what vouches for its bytes
 * (security.ima, security.evm). Each returns false with errno.
 */

/* Appends those of the open file. */
bool attributes_read(int fd, struct bytes *out);
/* Gives them to an open file that is new: it has these and no access list from its folder. To be
 * done behind chown and before chmod, which sets the mask of an access list. */
bool attributes_write(int fd, struct span attributes);
bool attributes_copy(int from, int to);

/* For messages: where the path is for the person who reads them. */
const char *file_shown(const struct root *root, const char *path, struct escaped *out);
#define SHOWN(root, path) file_shown(root, path, &(struct escaped){0})

/*
 * A root that is imagined (root_imagine). Each of these does nothing where it is not.
 */
enum { OVERLAY_PATH = 4096 };

/* What was set at this very path, or NULL. */
const struct file_state *overlay_find(const struct root *root, const char *path);
/* What was set where `*path` leads, links followed, and no link itself; or NULL: then `*path`,
 * which may be in `buffer` now, is what the system is to be asked for. */
const struct file_state *overlay_follow(
    struct root *root, const char **path, char buffer[OVERLAY_PATH]);
/* file_set() of such a root. */
bool overlay_set(struct root *root, const char *path, const struct file_state *state,
    struct err *err) MUST_CHECK;
/* Makes the entries of the folder at `path`, which are in order, what they would be, not in order.
 */
void overlay_list(const struct root *root, const char *path, struct folder *folder);
void overlay_release(struct overlay *overlay);
