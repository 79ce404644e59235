/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Programs of an image are its owner's, and root runs them. They get
 *
 *   - the image for their root folder: of all that is mounted, the file system of the image's
 *     folder alone, where no device opens and no set-user-id bit counts, and a /dev with null,
 *     zero, full, random and urandom where the image has such a folder. No /proc: with root's user
 *     id alone it sets the host's sysctls. Below it lies an empty file system, put in the place of
 *     the host's by pivot_root(2): chroot(2) alone root leaves, and within a chroot nobody makes a
 *     user namespace, where he would have all capabilities again (user_namespaces(7)).
 *   - process numbers, a network, IPC and a host name ("localhost") of their own (namespaces(7)),
 *     and an empty session keyring. The first process there is ours, so that all that the program
 *     leaves behind ends with it.
 *   - of root's capabilities those that the distributions' tools need, and never another one.
 *
 * They are root by their user id: what they write into the image may be set-user-id, and the keys
 * that the kernel keeps for root are theirs to find.
 */
#include <sys/types.h>

#include "base/file.h"

/* Whether a program of the image can see `path`: it can unless a file system that is mounted in the
 * image holds it. True also when nothing is there. */
bool confine_shows(const struct root *root, const char *path);

/* The rest is called in this order; all but the first between fork and exec, so async-signal-safe.
 * False with errno. */

/* As fork(2); the child is the first process of namespaces of its own. */
pid_t confine_fork(void);
/* In that child: the image is all that is mounted. */
bool confine_enter(const struct root *root);
/* In the child of that child, which is to be the program. */
bool confine_drop(void);
