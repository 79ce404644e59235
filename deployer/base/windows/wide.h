/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Where UTF-8 ends and Windows begins: wide text, paths and errors. Only functions of Windows that
 * take wide text are called; the ANSI code page is never asked. Windows files alone include this.
 *
 * Inside the program a path is UTF-8 with '/'. Outside it is absolute and begins with \\?\, so
 * that it may be longer than 260 characters (Microsoft, "Naming Files, Paths, and Namespaces").
 * Before, Windows makes it absolute by its own rules, to which "NUL" is a device and a trailing dot
 * nothing.
 */
#include <windows.h>
/* model/words.h has the name for something else */
#undef SEVERITY_ERROR
/* behind windows.h, whose types it uses */
#include <wchar.h>

#include "base/file.h"
#include "base/text.h"

struct wide {
	wchar_t *text;
};
void wide_release(struct wide *wide);

/* `size` bytes of UTF-8; what is no UTF-8 becomes U+FFFD. */
struct wide wide_of(const char *utf8, size_t size);
/* UTF-8 in the arena; half a surrogate becomes U+FFFD. */
char *wide_to_text(const wchar_t *wide, struct arena *arena);
/* The same with '/' for every backslash. */
char *wide_to_path(const wchar_t *wide, struct arena *arena);

/* What Windows is to be given for `path` of `root`; ERR_IO when there is no such path. */
bool wide_path(
    const struct root *root, const char *path, struct wide *out, struct err *err) MUST_CHECK;

/* Like err_errno, of GetLastError(), which stays. */
bool err_windows(struct err *err, const char *fmt, ...) PRINTF(2);
/* Whether the last error says that a file, or a folder on its way, is not there. */
bool windows_is_missing(void);

/* Closes what is no INVALID_HANDLE_VALUE; GetLastError() stays. */
void windows_close(HANDLE handle);
