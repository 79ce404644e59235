/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Windows' half of the system's log, for the scenario windows-events; built by mingw.
 *
 *     eventlog.exe text ID    the text of that number in this program's message resource, with
 *                             the insertions [1], [2] … as UTF-8
 *     eventlog.exe write      writes one warning, 1001, with two fields
 */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/log_record.h"

enum { INSERTIONS = 1 + LOG_FIELDS, TEXT_MAX = 4096 };

static int print_text(const char *id)
{
	static wchar_t strings[INSERTIONS][8], text[TEXT_MAX];
	static char utf8[4 * TEXT_MAX];
	DWORD_PTR arguments[INSERTIONS];

	for (unsigned i = 0; i < INSERTIONS; i++) {
		swprintf(strings[i], 8, L"[%u]", i + 1);
		arguments[i] = (DWORD_PTR)strings[i];
	}
	if (!FormatMessageW(FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_ARGUMENT_ARRAY, NULL,
	        (DWORD)strtoul(id, NULL, 10), 0, text, TEXT_MAX, (va_list *)arguments)) {
		fprintf(stderr, "no text for %s: error %lu\n", id, GetLastError());
		return 1;
	}
	WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof(utf8), NULL, NULL);
	fputs(utf8, stdout);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct log_record record = {.id = 1001,
	    .level = LOG_LEVEL_WARNING,
	    .message = "apply: caf\xc3\xa9",
	    .fields = {{"TRUST_DEPLOYER_EVENT_ID", "1001"}, {"TRUST_DEPLOYER_ITEMS", ""}},
	    .field_count = 2};

	if (argc == 3 && strcmp(argv[1], "text") == 0)
		return print_text(argv[2]);
	if (argc != 2 || strcmp(argv[1], "write") != 0)
		return 3;
	log_records_write(&record, 1);
	return 0;
}
