/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The URL caches of a Windows volume (CryptnetUrlCache): one a context, since CryptoAPI keeps what
 * it fetched apart for each account. Only regular files are opened: ntfs-3g shows an empty file
 * with the System attribute as a pipe, which would make a reader wait.
 *
 *     caches_find → cache_read … → caches_release
 *
 * Source: formats.md b.4 and b.5.
 */
#include "base/file.h"
#include "formats/windows/urlcache.h"

/* In the profile of an account. */
#define CACHE_VISTA "/AppData/LocalLow/Microsoft/CryptnetUrlCache"
#define CACHE_XP    "/Application Data/Microsoft/CryptnetUrlCache"

struct cache {
	const char *context; /* "SYSTEM", "NetworkService", "user alice" */
	const char *folder;  /* of Content and MetaData, as spelt on the volume */
	bool service;        /* of an account that updates the roots of the machine */
	bool windows_xp;     /* entries of the short form */
	bool closed;         /* this user may not look into it, so nobody knows what it holds */
};

struct caches {
	struct cache *list; /* services first */
	size_t count, capacity;
	struct arena arena;
};

/* An entry and its object. */
struct cached {
	bool there;
	struct urlcache entry;      /* borrows from `meta` */
	struct bytes meta, content; /* the halves; content is empty when nothing was ever kept */
	const char *folder;         /* of the cache */
	char name[URLCACHE_NAME];   /* of both files */
	char fault[256];            /* why it cannot be used, or "" */
};

/* Lists the caches that are there: those of services and, with `users`, those of users. */
bool caches_find(struct root *root, bool users, struct caches *out, struct err *err) MUST_CHECK;
void caches_release(struct caches *caches);

/* Looks for an address. Never fails: what is damaged says so in `fault`. */
void cache_read(struct root *root, const struct cache *cache, const char *url, struct cached *out);
void cached_release(struct cached *cached);
