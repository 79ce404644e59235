/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Records for the system's own log: journald on Linux, syslog where there is no journald (Alpine,
 * Devuan, containers), the Event Log on Windows. A record has a number, a level, one line for
 * people and fields for programs. No run fails because its record cannot be written: without such a
 * log nothing happens.
 */
#include <stddef.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFORMATION };

enum {
	LOG_FIELDS = 10,
	/* A longer value is cut, so that a record fits into a datagram of the journal and below the
	 * 61,440 bytes of an event of Windows. */
	LOG_VALUE_MAX = 2048,
};

struct log_field {
	const char *name;  /* upper-case letters, digits and "_", at most 64 */
	const char *value; /* UTF-8; lists have newlines between */
};

struct log_record {
	unsigned id; /* 1 to 65,535 */
	enum log_level level;
	const char *message;
	struct log_field fields[LOG_FIELDS];
	size_t field_count;
};

/* In this order, as the program "trust-deployer". */
void log_records_write(const struct log_record *list, size_t count);

/* What is kept of a value: whole characters, at most LOG_VALUE_MAX bytes. */
static inline size_t log_value_size(const char *value)
{
	size_t size = 0;

	while (size < LOG_VALUE_MAX && value[size])
		size++;
	while (size > 0 && value[size] && ((unsigned char)value[size] & 0xc0) == 0x80)
		size--;
	return size;
}
