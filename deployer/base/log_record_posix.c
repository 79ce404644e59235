/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journald's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): a datagram a
 * record, of lines NAME=value; a value with newlines is NAME, newline, its size in
 * 64 bits little-endian, the value, newline. These lines and not libsystemd's
 * sd_journal_sendv, because with that library six more shared objects would have to
 * be loaded at the start of every run, also of those that write nothing.
 */
#include "base/log_record.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/bytes.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

/* Seconds that a journal which has fallen behind may keep the run waiting. */
enum { PATIENCE = 1 };

static void add_field(struct bytes *out, const char *name, const char *value)
{
	size_t size = log_value_size(value);
	uint8_t length[8];

	bytes_add(out, name, strlen(name));
	if (memchr(value, '\n', size)) {
		for (size_t i = 0; i < sizeof(length); i++)
			length[i] = (uint8_t)((uint64_t)size >> (8 * i));
		bytes_add(out, "\n", 1);
		bytes_add(out, length, sizeof(length));
	} else {
		bytes_add(out, "=", 1);
	}
	bytes_add(out, value, size);
	bytes_add(out, "\n", 1);
}

static void add_record(struct bytes *out, const struct log_record *record)
{
	/* syslog(3): 3 error, 4 warning, 6 informational */
	static const char *const priorities[] = {
	    [LOG_LEVEL_ERROR] = "3", [LOG_LEVEL_WARNING] = "4", [LOG_LEVEL_INFORMATION] = "6"};

	add_field(out, "MESSAGE", record->message);
	add_field(out, "PRIORITY", priorities[record->level]);
	add_field(out, "SYSLOG_IDENTIFIER", "trust-deployer");
	for (size_t i = 0; i < record->field_count; i++)
		add_field(out, record->fields[i].name, record->fields[i].value);
}

static int connect_journal(void)
{
	static const struct sockaddr_un address = {AF_UNIX, JOURNAL_SOCKET};
	const struct timeval patience = {.tv_sec = PATIENCE};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) != 0 ||
	                   connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

void log_records_write(const struct log_record *list, size_t count)
{
	int fd = connect_journal();
	bool heard = fd >= 0;

	for (size_t i = 0; i < count && heard; i++) {
		AUTO(bytes) datagram = {0};

		add_record(&datagram, &list[i]);
		heard = send(fd, datagram.data, datagram.size, MSG_NOSIGNAL) >= 0;
	}
	if (fd >= 0)
		close(fd);
}
