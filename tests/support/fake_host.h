/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A host in memory, for tests of the engine. It has certificate sources and an output
 * that is made from them, and a proxy file with one line a target:
 *
 *     /src/STORE-FINGERPRINT      a source; put writes here
 *     /usr/STORE-FINGERPRINT      a source that the system shipped
 *     /out/bundle                 the keys of all sources, one a line: what is in force
 *     /out/link-STORE-FINGERPRINT a link for each
 *     /proxy                      "target=value" lines, shared by all proxy items
 *
 * Its places lie in memory shared with child processes, so a test can let a child die
 * in the middle of a run and look at what is left. Any call can be told to fail.
 */
#include "host/host.h"

/* A certificate that is in no source, as the outputs name it. */
#define FAKE_STRAY_DIGITS "0000000000000000000000000000000000000000000000000000000000000000"
#define FAKE_STRAY        "root/" FAKE_STRAY_DIGITS

enum {
	FAKE_PLACES = 512,
	FAKE_CONTENT = 6000,
	FAKE_PATH = 112,
};

struct fake_place {
	char path[FAKE_PATH];
	enum file_type type;
	unsigned mode;
	size_t size;
	char content[FAKE_CONTENT];
};

struct fake {
	struct fake_place places[FAKE_PLACES];
	size_t count;
	size_t calls; /* of every function that can fail */
	size_t sets;  /* of these, of set */
	size_t publishes;
	size_t fail_at; /* the call of this number fails; 0: none */
	size_t die_at;  /* the process ends in the call of this number; 0: none */
	bool die_half;  /* … before it is done; a set leaves a temporary file then */
	bool fail_publish;
	/* Asked after every set, so that a test can look at what is in force. */
	void (*watch)(struct fake *fake, void *context);
	void *watch_context;
};

/* An empty host; release with fake_close. */
struct fake *fake_open(struct host *host);
void fake_close(struct fake *fake, struct host *host);

/* Puts a place there, as the system or its administrator would. */
void fake_write(struct fake *fake, const char *path, const char *content);
void fake_erase(struct fake *fake, const char *path);
const char *fake_read(const struct fake *fake, const char *path); /* NULL when it is not there */
/* A source of that key, in "/src" or "/usr"; fake_rebuild brings it into force. */
void fake_trust(struct fake *fake, const char *folder, const char *key);
void fake_rebuild(struct fake *fake);
/* Whether the key is in force. */
/* By its text: "root/96bc…". */
struct key fake_key(const char *text);
bool fake_trusts(const struct fake *fake, const char *key);
/* Same places, types, modes and contents; the text of the first difference, or NULL. */
const char *fake_difference(const struct fake *a, const struct fake *b);
