/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replays a corpus through a fuzz harness, without a fuzzer: every file as it
 * is, cut at every byte when it is small, and with bits flipped at places that
 * follow from its name alone. One TAP line a file. Each input lies in memory of exactly
 * its size, so that a sanitizer sees the first byte that is read too far.
 *
 *     replay CORPUS
 */
#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MAX_FILE = 16 * 1024 * 1024,
	CUT_BELOW = 4096, /* cut at every byte only below this size */
	FLIPS = 200,
	SECONDS_PER_FILE = 60,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

/* What is being tried; read by the handlers that report an abnormal end. */
static char current[512];

static void tell_current(void)
{
	if (write(STDOUT_FILENO, current, strlen(current)) < 0)
		_exit(1);
}

static void tell_and_die(int number)
{
	(void)number;
	tell_current();
	_exit(1);
}

static void try_bytes(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

/* xorshift64: the same flips in every run and build. */
static uint64_t next_number(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void set_current(const char *name, const char *how, size_t at)
{
	snprintf(current, sizeof(current), "not ok - %s, %s %zu\n", name, how, at);
}

static void replay_file(const char *name, uint8_t *data, size_t size)
{
	uint64_t seed = 0xcbf29ce484222325u;

	for (const char *c = name; *c; c++)
		seed = (seed ^ (uint8_t)*c) * 0x100000001b3u;
	alarm(SECONDS_PER_FILE);
	set_current(name, "whole,", size);
	try_bytes(data, size);
	for (size_t cut = 0; size < CUT_BELOW && cut < size; cut++) {
		set_current(name, "cut at", cut);
		try_bytes(data, cut);
	}
	for (unsigned i = 0; size && i < FLIPS; i++) {
		uint64_t bit = next_number(&seed) % (size * 8);

		set_current(name, "bit flipped:", (size_t)bit);
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		try_bytes(data, size);
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	alarm(0);
	printf("ok - %s\n", name);
}

static int load_and_replay(const char *folder, const char *name)
{
	char path[4096];
	struct stat st;
	uint8_t *data;
	FILE *file;
	size_t got;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > MAX_FILE) {
		printf("not ok - %s cannot be replayed: no file, or too large\n", name);
		return 1;
	}
	file = fopen(path, "rb");
	data = malloc((size_t)st.st_size + 1);
	got = file && data ? fread(data, 1, (size_t)st.st_size, file) : 0;
	if (file)
		fclose(file);
	if (got == (size_t)st.st_size)
		replay_file(name, data, got);
	else
		printf("not ok - %s cannot be read\n", name);
	free(data);
	return got != (size_t)st.st_size;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	struct dirent **entries;
	int count, failed = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
		return 3;
	}
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(tell_current);
	sigaction(SIGALRM, &(struct sigaction){.sa_handler = tell_and_die}, NULL);
	setvbuf(stdout, NULL, _IONBF, 0);
	count = scandir(argv[1], &entries, visible, alphasort);
	if (count <= 0) {
		printf("1..1\nnot ok - the corpus %s holds nothing\n", argv[1]);
		return 1;
	}
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		failed |= load_and_replay(argv[1], entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return failed;
}
