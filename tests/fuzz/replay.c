/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replays a corpus through a fuzz harness, without a fuzzer: every file as it
 * is, cut at every byte when it is small, and with bits flipped at places that
 * follow from its name alone. One TAP line a file. Each input lies in memory of exactly
 * its size, so that a sanitizer sees the first byte that is read too far.
 *
 *     replay CORPUS
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "replay_guard.h"

enum {
	MAX_FILE = 16 * 1024 * 1024,
	CUT_BELOW = 4096, /* cut at every byte only below this size */
	FLIPS = 200,
	SECONDS_PER_FILE = 60,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is being tried; read by the handlers that report an abnormal end. */
static char current[512];

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
	guard_limit(SECONDS_PER_FILE);
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
	guard_limit(0);
	printf("ok - %s\n", name);
}

static bool load_and_replay(const struct folder *folder, const char *name)
{
	AUTO(bytes) content = {0};
	struct err err = {0};

	if (folder_read(folder, name, MAX_FILE, &content, &err))
		replay_file(name, content.data, content.size);
	else
		printf("not ok - %s\n", err.text);
	return err.code == ERR_NONE;
}

static bool replay_all(const struct folder *folder)
{
	size_t count = 0;
	bool ok = true;

	for (size_t i = 0; i < folder->count; i++)
		count += folder->entries[i].name[0] != '.';
	printf("1..%zu\n", count);
	for (size_t i = 0; i < folder->count; i++)
		if (folder->entries[i].name[0] != '.')
			ok &= load_and_replay(folder, folder->entries[i].name);
	if (count == 0)
		printf("not ok - the corpus holds nothing\n");
	return ok && count > 0;
}

int main(int argc, char **argv)
{
	struct root none = root_none();
	AUTO(folder) folder = {.fd = -1};
	struct err err = {0};

	if (argc != 2) {
		fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
		return 3;
	}
	guard_start(current);
	setvbuf(stdout, NULL, _IONBF, 0);
	if (!folder_open(&none, argv[1], &folder, &err)) {
		printf("1..1\nnot ok - %s\n", err.text);
		return 1;
	}
	return !replay_all(&folder);
}
