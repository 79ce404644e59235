/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limit of writing: makes the files and links of a script in a new place,
 * and makes them durable once.
 *
 *     writelimit SCRIPT FOLDER
 *
 * Lines of SCRIPT: "D path" makes and opens a folder, numbered from 0; "F n size
 * name" is a file in folder n, its bytes follow the line; "R n size name" the
 * same, written under another name and renamed; "L n target name" is a link.
 * libcrypto is linked because the program links it, and is not used.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_FOLDERS = 256 };

struct script {
	int top;
	int folders[MAX_FOLDERS];
	size_t folder_count;
};

static char *load(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *text = NULL;

	if (fd >= 0 && fstat(fd, &st) == 0 && (text = malloc((size_t)st.st_size + 1))) {
		*size = (size_t)st.st_size;
		if (read(fd, text, *size) != st.st_size) {
			free(text);
			text = NULL;
		}
	}
	if (fd >= 0)
		close(fd);
	return text;
}

/* Makes the folder and its parents. */
static bool add_folder(struct script *script, char *path)
{
	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdirat(script->top, path, 0755);
		*slash = '/';
	}
	mkdirat(script->top, path, 0755);
	if (script->folder_count == MAX_FOLDERS)
		return false;
	script->folders[script->folder_count] =
	    openat(script->top, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return script->folders[script->folder_count++] >= 0;
}

static bool write_file(int folder, const char *name, const char *bytes, size_t size)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool ok = fd >= 0 && write(fd, bytes, size) == (ssize_t)size;

	return (fd < 0 || close(fd) == 0) && ok;
}

/* One line; *next is where the next one begins. */
static bool take_line(struct script *script, char *line, char *end, char **next)
{
	char *at;
	unsigned long folder, size;

	*next = end + 1;
	if (line[0] == 'D')
		return add_folder(script, line + 2);
	folder = strtoul(line + 2, &at, 10);
	if (folder >= script->folder_count)
		return false;
	if (line[0] == 'L') {
		char *target = at + 1, *name = strchr(target, ' ');

		*name++ = 0;
		return symlinkat(target, script->folders[folder], name) == 0;
	}
	size = strtoul(at + 1, &at, 10);
	*next = end + 1 + size;
	if (line[0] == 'F')
		return write_file(script->folders[folder], at + 1, end + 1, size);
	return write_file(script->folders[folder], ".new", end + 1, size) &&
	       renameat(script->folders[folder], ".new", script->folders[folder], at + 1) == 0;
}

int main(int argc, char **argv)
{
	struct script script = {0};
	size_t size = 0;
	char *text = argc == 3 ? load(argv[1], &size) : NULL;

	if (!text) {
		fprintf(stderr, "usage: writelimit SCRIPT FOLDER\n");
		return 3;
	}
	if (OpenSSL_version_num() == 0) /* keeps the library linked */
		return 1;
	mkdir(argv[2], 0755);
	script.top = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (char *line = text, *next; line < text + size; line = next) {
		char *end = memchr(line, '\n', (size_t)(text + size - line));

		if (!end)
			return 1;
		*end = 0;
		if (!take_line(&script, line, end, &next)) {
			fprintf(stderr, "writelimit: %s: %s\n", line, strerror(errno));
			return 1;
		}
	}
	free(text);
	return syncfs(script.top) != 0;
}
