/* SPDX-License-Identifier: Apache-2.0 */
#include "base/windows/wide.h"

#include <stdio.h>
#include <stdlib.h>

enum { LONGEST_PATH = 32767 };

void wide_release(struct wide *wide)
{
	DWORD number = GetLastError();

	free(wide->text);
	*wide = (struct wide){0};
	SetLastError(number);
}

struct wide wide_of(const char *utf8, size_t size)
{
	/* a caller's text is capped long before this overflows */
	int in = size > INT_MAX ? INT_MAX : (int)size;
	int count = in ? MultiByteToWideChar(CP_UTF8, 0, utf8, in, NULL, 0) : 0;
	struct wide wide = {mem_alloc(((size_t)count + 1) * sizeof(*wide.text))};

	if (count)
		MultiByteToWideChar(CP_UTF8, 0, utf8, in, wide.text, count);
	return wide;
}

char *wide_to_text(const wchar_t *wide, struct arena *arena)
{
	int size = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
	char *text = arena_alloc(arena, (size_t)size + 1);

	if (size)
		WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, size, NULL, NULL);
	return text;
}

char *wide_to_path(const wchar_t *wide, struct arena *arena)
{
	char *path = wide_to_text(wide, arena);

	for (char *c = path; *c; c++)
		if (*c == '\\')
			*c = '/';
	return path;
}

static const wchar_t *prefix_of(const wchar_t *full, size_t *skipped)
{
	*skipped = 0;
	if (wcsncmp(full, L"\\\\?\\", 4) == 0 || wcsncmp(full, L"\\\\.\\", 4) == 0)
		return L"";
	if (wcsncmp(full, L"\\\\", 2) != 0)
		return L"\\\\?\\";
	*skipped = 2;
	return L"\\\\?\\UNC\\";
}

bool wide_path(const struct root *root, const char *path, struct wide *out, struct err *err)
{
	AUTO(text) whole = {0};
	AUTO(wide) wide = {0};
	AUTO(wide) full = {mem_alloc((LONGEST_PATH + 1) * sizeof(wchar_t))};
	const wchar_t *prefix;
	size_t size, skipped;
	DWORD length;

	text_addf(&whole, "%s%s", root->path ? root->path : "", path);
	wide = wide_of(text_string(&whole), whole.size);
	for (wchar_t *c = wide.text; *c; c++)
		if (*c == L'/')
			*c = L'\\';
	length = GetFullPathNameW(wide.text, LONGEST_PATH, full.text, NULL);
	if (length == 0 || length >= LONGEST_PATH)
		return err_windows(err, "%s", text_escape_string(text_string(&whole)).text);
	prefix = prefix_of(full.text, &skipped);
	size = wcslen(prefix) + length - skipped + 1;
	out->text = mem_alloc(size * sizeof(*out->text));
	wcscpy(out->text, prefix);
	wcscat(out->text, full.text + skipped);
	return true;
}

bool err_windows(struct err *err, const char *fmt, ...)
{
	DWORD number = GetLastError();
	AUTO(arena) arena = {0};
	wchar_t why[400];
	DWORD size = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS,
	    NULL, number, 0, why, COUNT(why), NULL);
	char text[sizeof(err->text)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	while (size > 0 && (why[size - 1] <= L' ' || why[size - 1] == L'.'))
		size--;
	why[size] = 0;
	if (size == 0)
		err_set(err, ERR_IO, "%.300s: error %lu", text, number);
	else
		err_set(err, ERR_IO, "%.300s: %s", text, wide_to_text(why, &arena));
	err->denied = number == ERROR_ACCESS_DENIED;
	SetLastError(number);
	return false;
}

bool windows_is_missing(void)
{
	DWORD number = GetLastError();

	return number == ERROR_FILE_NOT_FOUND || number == ERROR_PATH_NOT_FOUND ||
	       number == ERROR_INVALID_NAME || number == ERROR_BAD_NETPATH ||
	       number == ERROR_BAD_NET_NAME;
}

void windows_close(HANDLE handle)
{
	DWORD number = GetLastError();

	if (handle != INVALID_HANDLE_VALUE)
		CloseHandle(handle);
	SetLastError(number);
}
