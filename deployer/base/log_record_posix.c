/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journald's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): a datagram a
 * record, of lines NAME=value; a value with newlines is NAME, newline, its size in
 * 64 bits little-endian, the value, newline. These lines and not libsystemd's
 * sd_journal_sendv, because with that library six more shared objects would have to
 * be loaded at the start of every run, also of those that write nothing. Where no journald listens,
 * syslogd may.
 */
#include "base/log_record.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define SYSLOG_SOCKET  "/dev/log"

enum { FACILITY_DAEMON = 3, LINE_MAX_SIZE = 1024 };

/* Seconds that a journal which has fallen behind may keep the run waiting. */
enum { PATIENCE = 1 };

static void add_field(struct bytes *out, const char *name, const char *value)
{
	size_t size = log_value_size(value);

	bytes_add(out, name, strlen(name));
	if (memchr(value, '\n', size)) {
		bytes_add(out, "\n", 1);
		bytes_add_little(out, size, 8);
	} else {
		bytes_add(out, "=", 1);
	}
	bytes_add(out, value, size);
	bytes_add(out, "\n", 1);
}

/* syslog(3): 3 error, 4 warning, 6 informational */
static int priority_of(enum log_level level)
{
	static const int priorities[] = {
	    [LOG_LEVEL_ERROR] = 3, [LOG_LEVEL_WARNING] = 4, [LOG_LEVEL_INFORMATION] = 6};

	return priorities[level];
}

static void add_record(struct bytes *out, const struct log_record *record)
{
	const char priority[] = {(char)('0' + priority_of(record->level)), 0};

	add_field(out, "MESSAGE", record->message);
	add_field(out, "PRIORITY", priority);
	add_field(out, "SYSLOG_IDENTIFIER", "trust-deployer");
	for (size_t i = 0; i < record->field_count; i++)
		add_field(out, record->fields[i].name, record->fields[i].value);
}

static int connect_to(const struct sockaddr_un *address)
{
	const struct timeval patience = {.tv_sec = PATIENCE};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) != 0 ||
	                   connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

/*
 * What syslogd reads from its socket (RFC 3164 4.1 as syslog(3) writes it, without the host's
 * name): <facility * 8 + severity>Mmm dd hh:mm:ss trust-deployer[pid]: the message. One line, and
 * no longer than 1,024 bytes, as 4.1 has it: every syslogd takes that. The fields are the journal's
 * alone.
 */
static void add_line(struct bytes *out, const struct log_record *record)
{
	static const char *const months[] = {
	    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t now = time(NULL);
	struct tm tm = {0};
	char head[96];
	size_t size;

	localtime_r(&now, &tm);
	snprintf(head, sizeof(head), "<%d>%s %2d %02d:%02d:%02d trust-deployer[%ld]: ",
	    FACILITY_DAEMON * 8 + priority_of(record->level), months[tm.tm_mon % 12], tm.tm_mday,
	    tm.tm_hour, tm.tm_min, tm.tm_sec, (long)getpid());
	bytes_add(out, head, strlen(head));
	size = log_value_size(record->message);
	while (size > 0 && out->size + size > LINE_MAX_SIZE)
		/* whole characters */
		do
			size--;
		while (size > 0 && ((unsigned char)record->message[size] & 0xc0) == 0x80);
	for (size_t i = 0; i < size; i++)
		bytes_add(out, record->message[i] == '\n' ? " " : &record->message[i], 1);
}

static bool write_all(const struct sockaddr_un *address,
    void (*add)(struct bytes *, const struct log_record *), const struct log_record *list,
    size_t count)
{
	int fd = connect_to(address);
	bool heard = fd >= 0;

	for (size_t i = 0; i < count && heard; i++) {
		AUTO(bytes) datagram = {0};

		add(&datagram, &list[i]);
		heard = send(fd, datagram.data, datagram.size, MSG_NOSIGNAL) >= 0;
	}
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

void log_records_write(const struct log_record *list, size_t count)
{
	static const struct sockaddr_un journal = {AF_UNIX, JOURNAL_SOCKET};
	static const struct sockaddr_un syslog = {AF_UNIX, SYSLOG_SOCKET};

	if (!write_all(&journal, add_record, list, count) &&
	    !write_all(&syslog, add_line, list, count))
		return;
}
