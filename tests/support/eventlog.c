/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a message resource as the Event Viewer does, for the scenario windows-events; a program for
 * Windows, run by Wine.
 *
 *     eventlog.exe FILE ID    the text of that number in the program FILE, with the insertions
 *                             [1], [2] … as UTF-8
 */
#include <windows.h>
/* behind windows.h, whose types they use */
#include <stdio.h>
#include <stdlib.h>

/* more insertions than any text has */
enum { INSERTIONS = 32, TEXT_MAX = 4096 };

int main(int argc, char **argv)
{
	static wchar_t strings[INSERTIONS][8], text[TEXT_MAX];
	static char utf8[4 * TEXT_MAX];
	DWORD_PTR arguments[INSERTIONS];
	HMODULE program;

	if (argc != 3)
		return 3;
	program = LoadLibraryExA(argv[1], NULL, LOAD_LIBRARY_AS_DATAFILE);
	if (!program) {
		fprintf(stderr, "%s: error %lu\n", argv[1], GetLastError());
		return 2;
	}
	for (unsigned i = 0; i < INSERTIONS; i++) {
		swprintf(strings[i], 8, L"[%u]", i + 1);
		arguments[i] = (DWORD_PTR)strings[i];
	}
	if (!FormatMessageW(FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_ARGUMENT_ARRAY, program,
	        (DWORD)strtoul(argv[2], NULL, 10), 0, text, TEXT_MAX, (va_list *)arguments)) {
		fprintf(stderr, "no text for %s: error %lu\n", argv[2], GetLastError());
		return 1;
	}
	WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof(utf8), NULL, NULL);
	fputs(utf8, stdout);
	return 0;
}
