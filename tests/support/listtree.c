/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists a tree so that two states of it can be compared with diff: for each
 * entry its path, type, mode, owner, and the SHA-256 of a file or the target
 * of a link; with -t also inode and the times of the last change.
 *
 *     listtree [-t] FOLDER [WITHOUT...]
 *
 * WITHOUT are paths relative to FOLDER that are left out, with what is below.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct listing {
	bool times;
	char **without;
	int without_count;
};

static bool left_out(const struct listing *listing, const char *path)
{
	for (int i = 0; i < listing->without_count; i++) {
		if (strcmp(listing->without[i], path) == 0)
			return true;
	}
	return false;
}

static bool print_digest(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char buffer[65536], digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;
	ssize_t got = -1;
	bool ok = fd >= 0 && context && EVP_DigestInit_ex(context, EVP_sha256(), NULL);

	while (ok && (got = read(fd, buffer, sizeof(buffer))) > 0)
		ok = EVP_DigestUpdate(context, buffer, (size_t)got);
	ok = ok && got == 0 && EVP_DigestFinal_ex(context, digest, &size);
	for (unsigned i = 0; ok && i < size; i++)
		printf("%02x", digest[i]);
	EVP_MD_CTX_free(context);
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool print_entry(
    const struct listing *listing, int folder, const char *name, const char *path, struct stat *st)
{
	char target[4096];
	ssize_t size;
	bool ok = true;

	if (fstatat(folder, name, st, AT_SYMLINK_NOFOLLOW) != 0)
		return false;
	printf("%s %06o %u:%u", path, (unsigned)st->st_mode, (unsigned)st->st_uid,
	    (unsigned)st->st_gid);
	if (listing->times)
		printf(" %llu %lld.%09ld %lld.%09ld", (unsigned long long)st->st_ino,
		    (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
		    (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
	if (S_ISREG(st->st_mode)) {
		printf(" %lld ", (long long)st->st_size);
		ok = print_digest(folder, name);
	} else if (S_ISLNK(st->st_mode)) {
		size = readlinkat(folder, name, target, sizeof(target));
		ok = size >= 0;
		printf(" -> %.*s", ok ? (int)size : 0, target);
	}
	putchar('\n');
	return ok;
}

static int visible(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static bool list(const struct listing *listing, int folder, const char *above)
{
	struct dirent **entries;
	int count = scandirat(folder, ".", &entries, visible, alphasort);
	bool ok = count >= 0;

	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		char path[8192];
		struct stat st;
		int below = -1;

		snprintf(path, sizeof(path), "%s%s%s", above, *above ? "/" : "", name);
		if (!left_out(listing, path)) {
			ok = print_entry(listing, folder, name, path, &st) && ok;
			if (S_ISDIR(st.st_mode))
				below = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
		}
		if (below >= 0) {
			ok = list(listing, below, path) && ok;
			close(below);
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return ok;
}

int main(int argc, char **argv)
{
	struct listing listing = {.times = argc > 1 && strcmp(argv[1], "-t") == 0};
	int first = listing.times ? 2 : 1, folder;

	if (argc <= first) {
		fprintf(stderr, "usage: listtree [-t] FOLDER [WITHOUT...]\n");
		return 3;
	}
	listing.without = argv + first + 1;
	listing.without_count = argc - first - 1;
	folder = open(argv[first], O_RDONLY | O_DIRECTORY);
	if (folder < 0 || !list(&listing, folder, "")) {
		fprintf(stderr, "listtree: %s: %s\n", argv[first], strerror(errno));
		return 1;
	}
	close(folder);
	return 0;
}
