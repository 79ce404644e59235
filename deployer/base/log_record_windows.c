/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Event Log, source TrustDeployer of the log Application. The insertion strings are the
 * message and then each field as NAME=value; the texts that they go into are
 * resources of the program (packaging/windows/messages.c).
 */
#include "base/log_record.h"

#include <windows.h>

#include <stdlib.h>

#include "base/bytes.h"

#define SOURCE L"TrustDeployer"

enum { STRINGS = 1 + LOG_FIELDS };

/* `name`=`value`, or the value alone when the name is NULL; released with free(). */
static wchar_t *make_string(const char *name, const char *value)
{
	AUTO(bytes) utf8 = {0};
	wchar_t *string;
	int used;

	if (name) {
		bytes_add(&utf8, name, strlen(name));
		bytes_add(&utf8, "=", 1);
	}
	bytes_add(&utf8, value, log_value_size(value));
	/* never more units than bytes, and a NUL */
	string = mem_alloc((utf8.size + 1) * sizeof(*string));
	used = utf8.size ? MultiByteToWideChar(CP_UTF8, 0, (const char *)utf8.data, (int)utf8.size,
	                       string, (int)utf8.size)
	                 : 0;
	string[used] = 0;
	return string;
}

static bool report(HANDLE source, const struct log_record *record)
{
	static const WORD types[] = {[LOG_LEVEL_ERROR] = EVENTLOG_ERROR_TYPE,
	    [LOG_LEVEL_WARNING] = EVENTLOG_WARNING_TYPE,
	    [LOG_LEVEL_INFORMATION] = EVENTLOG_INFORMATION_TYPE};
	wchar_t *strings[STRINGS];
	WORD count = 0;
	bool heard;

	strings[count++] = make_string(NULL, record->message);
	for (size_t i = 0; i < record->field_count; i++)
		strings[count++] = make_string(record->fields[i].name, record->fields[i].value);
	heard = ReportEventW(source, types[record->level], 0, record->id, NULL, count, 0,
	    (const wchar_t **)(uintptr_t)strings, NULL);
	while (count > 0)
		free(strings[--count]);
	return heard;
}

void log_records_write(const struct log_record *list, size_t count)
{
	HANDLE source = RegisterEventSourceW(NULL, SOURCE);
	bool heard = source != NULL;

	for (size_t i = 0; i < count && heard; i++)
		heard = report(source, &list[i]);
	if (source)
		DeregisterEventSource(source);
}
