/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a certificate folder in a loop, as the programs of a host would, while
 * something else changes it to and fro between two states. Whatever both
 * states hold must be there at every instant: each certificate of the bundle
 * file, and each name by which a file or a hash link can be opened.
 *
 *     watchtrust LIVE BEFORE AFTER [READS]      each a folder like /etc/ssl/certs
 *
 * Runs until SIGTERM, or reads so many times; prints what it saw; 1 when something was missing,
 * even once.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUNDLE "ca-certificates.crt"

enum { MAX_CERTIFICATES = 8192, MAX_BUNDLE = 32 * 1024 * 1024 };

struct digest {
	unsigned char bytes[SHA256_DIGEST_LENGTH];
};

struct certificates {
	struct digest list[MAX_CERTIFICATES];
	size_t count;
};

static volatile sig_atomic_t stopped;

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct digest));
}

/* The digests of the PEM blocks of a bundle, sorted. False when it cannot be opened. */
static bool read_bundle(const char *folder, struct certificates *out)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	static const char end[] = "-----END CERTIFICATE-----";
	static char text[MAX_BUNDLE + 1];
	char path[4096];
	size_t size = 0;
	ssize_t got = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, BUNDLE);
	out->count = 0;
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	while (size < MAX_BUNDLE && (got = read(fd, text + size, MAX_BUNDLE - size)) > 0)
		size += (size_t)got;
	close(fd);
	text[size] = 0;
	for (char *at = text; (at = strstr(at, begin)) && out->count < MAX_CERTIFICATES;) {
		char *last = strstr(at, end);

		if (!last)
			break;
		SHA256((unsigned char *)at, (size_t)(last - at), out->list[out->count++].bytes);
		at = last;
	}
	qsort(out->list, out->count, sizeof(*out->list), compare);
	return got >= 0;
}

static size_t missing_from(const struct certificates *all, const struct certificates *part)
{
	size_t missing = 0;

	for (size_t i = 0; i < part->count; i++) {
		if (!bsearch(&part->list[i], all->list, all->count, sizeof(*all->list), compare))
			missing++;
	}
	return missing;
}

static void intersect(struct certificates *kept, const struct certificates *with)
{
	size_t count = 0;

	for (size_t i = 0; i < kept->count; i++) {
		if (bsearch(&kept->list[i], with->list, with->count, sizeof(*with->list), compare))
			kept->list[count++] = kept->list[i];
	}
	kept->count = count;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* The names that both folders hold. */
static int common_names(const char *before, const char *after, struct dirent ***out)
{
	int count = scandir(before, out, visible, alphasort), kept = 0;
	char path[4096];
	struct stat st;

	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", after, (*out)[i]->d_name);
		if (lstat(path, &st) == 0)
			(*out)[kept++] = (*out)[i];
	}
	return kept;
}

/* How many of the names cannot be opened; a link into the image leads to nothing here, so it
 * is enough that it is there. */
static size_t names_missing(const char *live, struct dirent **names, int count)
{
	size_t missing = 0;
	char path[4096];
	struct stat st;

	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", live, names[i]->d_name);
		if (lstat(path, &st) != 0) {
			fprintf(stderr, "watchtrust: %s: %s\n", path, strerror(errno));
			missing++;
		}
	}
	return missing;
}

int main(int argc, char **argv)
{
	static struct certificates always, after, seen;
	size_t reads = 0, fewest = (size_t)-1, faults = 0, most = 0;
	struct dirent **names;
	size_t limit = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;
	int count;

	if (argc < 4 || !read_bundle(argv[2], &always) || !read_bundle(argv[3], &after)) {
		fprintf(stderr, "usage: watchtrust LIVE BEFORE AFTER [READS]\n");
		return 3;
	}
	intersect(&always, &after);
	count = common_names(argv[2], argv[3], &names);
	sigaction(SIGTERM, &(struct sigaction){.sa_handler = stop}, NULL);
	while (!stopped && (limit == 0 || reads < limit)) {
		size_t missing =
		    read_bundle(argv[1], &seen) ? missing_from(&seen, &always) : always.count;

		faults += missing != 0;
		if (reads % 16 == 0)
			faults += names_missing(argv[1], names, count) != 0;
		fewest = seen.count < fewest ? seen.count : fewest;
		most = seen.count > most ? seen.count : most;
		reads++;
	}
	printf("%zu reads saw %zu to %zu certificates; before and after have %zu and %d names in "
	       "common; %zu reads missed some\n",
	    reads, fewest, most, always.count, count, faults);
	return faults || always.count == 0 || reads == 0;
}
