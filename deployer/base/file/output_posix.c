/* SPDX-License-Identifier: Apache-2.0 */
/* Output files of the user, which may be no files. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file/parts.h"

/* Names of open files, as people write them. Any other link below /dev or /proc may be anybody's
 * (/dev/shm/x). */
static bool names_open_file(const char *path)
{
	static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};

	for (size_t i = 0; i < COUNT(folders); i++) {
		size_t size = strlen(folders[i]);

		if (strncmp(path, folders[i], size) == 0 && path[size] &&
		    !path[size + strspn(path + size, "0123456789")])
			return true;
	}
	return strcmp(path, "/dev/stdout") == 0 || strcmp(path, "/dev/stderr") == 0;
}

/* Whether what is there must stay, because it is no regular file. Other links are not followed:
 * their owner would choose what is written to. */
static bool is_stream(const char *path)
{
	struct stat st;

	return names_open_file(path) ||
	       (lstat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode));
}

static bool refuse_disk(const char *path, struct err *err)
{
	return err_set(
	    err, ERR_IO, "%s: is a disk, which is not written to", text_escape_string(path).text);
}

/* Does not wait for a reader of a pipe: a run must not hang on its report. */
static bool write_stream(const char *path, struct span content, struct err *err)
{
	int flags = O_WRONLY | O_APPEND | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
	struct escaped shown = text_escape_string(path);
	struct stat st;
	bool ok;
	int fd;

	/* not even opened */
	if (lstat(path, &st) == 0 && S_ISBLK(st.st_mode))
		return refuse_disk(path, err);
	fd = open(path, flags | (names_open_file(path) ? 0 : O_NOFOLLOW));
	if (fd < 0)
		return errno == ENXIO
		           ? err_set(err, ERR_IO, "%s: nobody reads this pipe", shown.text)
		           : err_errno(err, "%s: cannot be written", shown.text);
	ok = fstat(fd, &st) == 0;
	if (!ok)
		err_errno(err, "%s", shown.text);
	else if (S_ISBLK(st.st_mode))
		ok = refuse_disk(path, err);
	else if (!names_open_file(path) && !S_ISCHR(st.st_mode) &&
	         (!S_ISFIFO(st.st_mode) || (st.st_uid != 0 && st.st_uid != geteuid())))
		ok = err_set(err, ERR_IO,
		    "%s: belongs to user %u, who could have this run wait for ever: name another",
		    shown.text, st.st_uid);
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
	int fd;

	*open = false;
	if (names_open_file(path))
		return true;
	fd = file_open_folder(folder, &why);
	if (fd < 0 && why.code == ERR_POLICY) {
		*err = why;
		return false;
	}
	if (fd >= 0)
		close(fd);
	why = (struct err){0};
	*open = !is_stream(path) &&
	        !folder_check_private(&none, folder, FILE_TRUST_SERVERS, &why) &&
	        why.code == ERR_POLICY;
	return true;
}
