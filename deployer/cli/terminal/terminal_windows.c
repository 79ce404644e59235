/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/terminal/terminal.h"

#include <stdlib.h>
#include <wchar.h>

#include "base/windows/wide.h"

#ifndef ENABLE_VIRTUAL_TERMINAL_PROCESSING
#define ENABLE_VIRTUAL_TERMINAL_PROCESSING 0x0004
#endif

/* WriteConsole refuses more than about 64 KB at a time on older versions. */
enum { PIECE = 8192 };

static HANDLE handle_of(enum terminal_stream stream)
{
	return GetStdHandle(stream == TERMINAL_OUTPUT ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE);
}

/* Handles are no small numbers here, so no file of ours becomes a standard stream. */
void terminal_prepare(void)
{
}

bool terminal_is_obedient(enum terminal_stream stream)
{
	HANDLE handle = handle_of(stream);
	DWORD mode;

	/* consoles before Windows 10 do not know the sequences */
	return GetConsoleMode(handle, &mode) &&
	       SetConsoleMode(handle, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

bool terminal_wants_color(enum terminal_stream stream)
{
	const wchar_t *no_color = _wgetenv(L"NO_COLOR");

	return !(no_color && *no_color) && terminal_is_obedient(stream);
}

static bool write_console(HANDLE handle, struct span text)
{
	AUTO(wide) wide = wide_of((const char *)text.data, text.size);
	const wchar_t *at = wide.text;
	size_t left = wcslen(at);

	while (left > 0) {
		DWORD piece = left < PIECE ? (DWORD)left : PIECE, wrote = 0;

		if (!WriteConsoleW(handle, at, piece, &wrote, NULL) || wrote == 0)
			return false;
		at += wrote;
		left -= wrote;
	}
	return true;
}

static bool write_all(HANDLE handle, struct span text)
{
	DWORD mode;

	/* a process without a console that was given nothing to write to */
	if (!handle)
		return true;
	if (GetConsoleMode(handle, &mode))
		return write_console(handle, text);
	while (text.size > 0) {
		DWORD piece = text.size < 1 << 20 ? (DWORD)text.size : 1 << 20, wrote = 0;

		if (!WriteFile(handle, text.data, piece, &wrote, NULL))
			/* the reader wanted no more: "| more" */
			return GetLastError() == ERROR_BROKEN_PIPE ||
			       GetLastError() == ERROR_NO_DATA;
		text.data += wrote;
		text.size -= wrote;
	}
	return true;
}

bool terminal_write(enum terminal_stream stream, struct span text, struct err *err)
{
	return write_all(handle_of(stream), text) ||
	       err_windows(err, stream == TERMINAL_OUTPUT ? "standard output" : "standard error");
}

void terminal_say(enum terminal_stream stream, const char *text)
{
	write_all(handle_of(stream), span_text(text));
}

int64_t terminal_milliseconds(void)
{
	return (int64_t)GetTickCount64();
}
