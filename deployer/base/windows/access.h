/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Who may write: access control lists of files and folders, judged and made ([MS-DTYP] 2.4).
 */
#include "base/windows/wide.h"

/* Whether this run has the rights of an administrator: what it reads then must not be anybody's. */
bool access_is_privileged(void);

enum access_right {
	ACCESS_WRITE,           /* to change a file, or what is in a folder */
	ACCESS_REPLACE,         /* to put something else in the place of what is in a folder */
	ACCESS_REPLACE_IN_ROOT, /* of a drive, which itself cannot be renamed */
};
/* False and ERR_POLICY, naming the account, when one besides administrators, the system, Windows'
 * installer and this user owns the object or has that right; for a privileged run alone. */
bool access_check(
    HANDLE object, enum access_right right, const char *shown, struct err *err) MUST_CHECK;

enum access_kind {
	ACCESS_SHARED,  /* administrators and the system write, users read */
	ACCESS_PRIVATE, /* nobody else reads */
};
/* Makes a folder so, unless it is there. A run without privileges makes what its
 * user's folders are. */
bool access_make_folder(const wchar_t *path, enum access_kind kind);
