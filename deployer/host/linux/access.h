/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Whether every user of the host can read what makes a certificate trusted: the bundle file, the
 * file that the certificate lies in (OpenSSL follows its hash link there, GnuTLS reads it through
 * p11-kit), and each folder on the way. A umask of 077 while a certificate was installed is enough
 * that root trusts it and no service does.
 */
#include "host/host.h"

/* Notes that this user may not read a source, or something that only a source would tell; the note
 * is in the arena. `what` is what is not known then: "what it holds". */
void access_deny(struct item *item, const char *path, const char *what, struct arena *arena);

struct paths {
	const char **list;
	size_t count, capacity;
	struct arena arena;
};
/* `path` is copied. */
void paths_add(struct paths *paths, const char *path);
void paths_release(struct paths *paths);

/* Makes the roots that are present and closed to others ITEM_CLOSED, from the item at `first` on.
 * `closed` gets the paths of files that we may open: the bundle, and files of ours. */
void access_judge(
    struct host *host, const char *bundle, struct items *have, size_t first, struct paths *closed);

/* Whether everybody would trust what is put into the folder, and not root alone: false with
 * ERR_HOST, which says why and what to do. A folder that is missing yet is made for everybody. */
bool access_check_folder(struct host *host, const char *folder, struct err *err) MUST_CHECK;

/* Appends the changes that let every user read those files. */
bool access_mend(
    struct host *host, const struct paths *closed, struct changes *out, struct err *err) MUST_CHECK;
