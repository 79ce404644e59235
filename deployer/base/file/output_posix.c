/* SPDX-License-Identifier: Apache-2.0 */
/* Output files of the user, which may be no files. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file/parts.h"

static bool starts_with(const char *path, const char *start)
{
	return strncmp(path, start, strlen(start)) == 0;
}

/* /dev/stdout, /dev/fd/N and what they lead to: names of files that are open. */
static bool names_open_file(const char *path)
{
	struct stat st;

	return (starts_with(path, "/dev/") || starts_with(path, "/proc/")) &&
	       lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* Whether there is something that must not be replaced. Any other link is, not followed: its owner
 * would say what is written to. */
static bool is_stream(const char *path)
{
	struct stat st;

	return names_open_file(path) ||
	       (lstat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode));
}

/* Does not wait for a reader of a pipe: a run must not hang on its report. */
static bool write_stream(const char *path, struct span content, struct err *err)
{
	int flags = O_WRONLY | O_APPEND | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
	int fd = open(path, flags | (names_open_file(path) ? 0 : O_NOFOLLOW));
	struct escaped shown = text_escape_string(path);
	struct stat st;
	bool ok;

	if (fd < 0)
		return errno == ENXIO
		           ? err_set(err, ERR_IO, "%s: nobody reads this pipe", shown.text)
		           : err_errno(err, "%s: cannot be written", shown.text);
	ok = fstat(fd, &st) == 0 && !S_ISBLK(st.st_mode);
	if (!ok)
		err_set(err, ERR_IO, "%s: is a disk, which is not written to", shown.text);
	/* from here on the reader is waited for */
	if (ok && (fcntl(fd, F_SETFL, O_APPEND) != 0 || !file_write_all(fd, content)))
		ok = err_errno(err, "%s: cannot be written", shown.text);
	if (close(fd) != 0 && ok)
		ok = err_errno(err, "%s: cannot be written", shown.text);
	return ok;
}

bool file_replace(const char *path, struct span content, unsigned mode, struct err *err)
{
	return is_stream(path) ? write_stream(path, content, err)
	                       : file_replace_durable(path, content, mode, err);
}

bool file_judge_output(const char *path, bool *open, struct err *err)
{
	struct root none = root_none();
	const char *slash = strrchr(path, '/');
	AUTO(arena) arena = {0};
	const char *folder = slash ? arena_strndup(&arena, path, (size_t)(slash - path) + 1) : ".";
	struct err why = {0};

	(void)err;
	*open = !is_stream(path) &&
	        !folder_check_private(&none, folder, FILE_TRUST_SERVERS, &why) &&
	        why.code == ERR_POLICY;
	return true;
}
