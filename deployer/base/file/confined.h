/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * openat2(2), for those who open files below a root.
 */
#include <linux/openat2.h>

/* A path that goes up ("..", also in a link: /etc/ssl/certs -> ../pki/tls/certs) is EAGAIN while
 * anybody renames or mounts anything on this machine, since the kernel could not tell that the path
 * stays inside. The manual page says to ask again: that is done, thousands of times, so that no
 * other user can keep a run from its files. -1 with errno. */
int confined_open(int folder, const char *path, const struct open_how *how);
