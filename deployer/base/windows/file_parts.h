/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What file_windows.c, folder_windows.c, private_windows.c and store_windows.c share; nobody else
 * includes this.
 */
#include "base/windows/access.h"
#include "base/windows/wide.h"

#define FILE_SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

/* Links on the way are followed, inside the root; INVALID_HANDLE_VALUE with `err` filled. */
HANDLE file_open_existing(
    const struct root *root, const char *path, DWORD access, DWORD share, struct err *err);

/* As file_read, without saying where. */
bool file_read_handle(HANDLE handle, size_t max, struct bytes *out, struct err *err);

/* file_read, and with `private` who may write the file is judged on the handle that is read. */
bool file_read_checked(struct root *root, const char *path, size_t max, bool private,
    struct bytes *out, struct err *err) MUST_CHECK;

enum file_type file_type_of(DWORD attributes, DWORD tag);
enum file_type file_type_at(const wchar_t *path);

/* For messages: where the path is for the person who reads them. */
const char *file_shown(const struct root *root, const char *path, struct escaped *out);
#define SHOWN(root, path) file_shown(root, path, &(struct escaped){0})
