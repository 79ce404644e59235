/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limit of checking: reads and hashes the files of a list, and reads its
 * links, with one open folder each and nothing else.
 *
 *     scan LIST [low]
 *
 * Lines of LIST: "D path" opens a folder, numbered from 0; "F n name" and
 * "L n name" are a file and a link in folder n. SHA-256 through one fetched
 * EVP_MD, or with "low" through the calls that need no provider.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_FOLDERS = 256 };

struct scan {
	bool low;
	EVP_MD *md;
	EVP_MD_CTX *context;
	int folders[MAX_FOLDERS];
	size_t folder_count;
	unsigned char *buffer;
	size_t capacity;
	unsigned char mixed[SHA256_DIGEST_LENGTH]; /* so that no work can be left out */
	size_t files, links;
};

static bool read_file(struct scan *scan, int folder, const char *name, size_t *size)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t got = -1;

	*size = 0;
	if (fd < 0 || fstat(fd, &st) != 0)
		return false;
	if ((size_t)st.st_size + 1 > scan->capacity) {
		scan->capacity = (size_t)st.st_size * 2 + 65536;
		free(scan->buffer);
		scan->buffer = malloc(scan->capacity);
	}
	while (scan->buffer && *size < (size_t)st.st_size &&
	       (got = read(fd, scan->buffer + *size, (size_t)st.st_size - *size)) > 0)
		*size += (size_t)got;
	close(fd);
	return *size == (size_t)st.st_size;
}

static bool hash(struct scan *scan, size_t size)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	if (scan->low) {
		SHA256_CTX context;

		SHA256_Init(&context);
		SHA256_Update(&context, scan->buffer, size);
		SHA256_Final(digest, &context);
	} else if (!EVP_DigestInit_ex2(scan->context, scan->md, NULL) ||
	           !EVP_DigestUpdate(scan->context, scan->buffer, size) ||
	           !EVP_DigestFinal_ex(scan->context, digest, NULL)) {
		return false;
	}
	for (size_t i = 0; i < sizeof(digest); i++)
		scan->mixed[i] ^= digest[i];
	return true;
}

static bool take_line(struct scan *scan, char *line)
{
	char target[4096];
	char *name;
	unsigned long folder;
	size_t size;

	if (line[0] == 'D' && scan->folder_count < MAX_FOLDERS) {
		int fd = open(line + 2, O_PATH | O_DIRECTORY | O_CLOEXEC);

		scan->folders[scan->folder_count++] = fd;
		return fd >= 0;
	}
	folder = strtoul(line + 2, &name, 10);
	if (folder >= scan->folder_count || *name++ != ' ')
		return false;
	if (line[0] == 'L') {
		scan->links++;
		return readlinkat(scan->folders[folder], name, target, sizeof(target)) >= 0;
	}
	scan->files++;
	return read_file(scan, scan->folders[folder], name, &size) && hash(scan, size);
}

static bool scan_list(struct scan *scan, char *list)
{
	for (char *line = list, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		if (!end)
			return false;
		*end = 0;
		if (!take_line(scan, line)) {
			fprintf(stderr, "scan: %s: %s\n", line, strerror(errno));
			return false;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	struct scan scan = {.low = argc > 2 && strcmp(argv[2], "low") == 0};
	size_t size;
	char *list;

	if (argc < 2 || !read_file(&scan, AT_FDCWD, argv[1], &size)) {
		fprintf(stderr, "usage: scan LIST [low]\n");
		return 3;
	}
	if (!scan.low) {
		scan.md = EVP_MD_fetch(NULL, "SHA256", NULL);
		scan.context = EVP_MD_CTX_new();
	}
	list = (char *)scan.buffer;
	list[size] = 0;
	scan.buffer = NULL;
	scan.capacity = 0;
	if (!scan_list(&scan, list))
		return 1;
	printf("%zu files, %zu links, %02x%02x\n", scan.files, scan.links, scan.mixed[0],
	    scan.mixed[1]);
	return 0;
}
