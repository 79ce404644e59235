/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The MetaData half of an entry of CryptnetUrlCache, in which Windows keeps what
 * CryptoAPI fetched: lists, CRLs, certificates. The Content half, a file of the
 * same name, is the body as it was served.
 *
 *     0x00 header size H: 0x70 (Vista and later), 0x18 (XP, 2003)
 *     0x0c length of the URL in bytes, with its NUL       0x10 last sync, FILETIME
 *     0x1c type of object   0x28 this update   0x30 next update   0x38 publish time
 *     0x44 0xffffffff: is never flushed   0x54 1: HTTP   0x56 0x8000: validated
 *     0x58 Last-Modified    0x60 max-age       0x64 length of the ETag    (0x18 on: 0x70 alone)
 *     H    length of the content    H+4 URL, then ETag; both UTF-16LE with NUL, and the end
 *
 * Source: formats.md b, read off real files; field names from CRYPTNET_URL_CACHE_PRE_FETCH_INFO,
 * …_FLUSH_INFO, …_RESPONSE_INFO on learn.microsoft.com.
 */
#include "base/text.h"

enum {
	URLCACHE_MAX_BYTES = 256 * 1024,
	URLCACHE_MAX_CONTENT = 16 * 1024 * 1024, /* of the other half */
	URLCACHE_NAME = 33,
};

struct urlcache {
	bool windows_xp;    /* the short header: what follows the sync time is unknown */
	uint64_t last_sync; /* FILETIMEs; 0: none */
	uint64_t this_update, next_update; /* when it was last known to be current, and when to look
	                                    * again */
	uint64_t last_modified;
	/* 0 none, 1 blob, 2 CRL, 3 OCSP, 5 authroot, 6 disallowed, 7 pinrules */
	uint32_t object_type;
	uint32_t max_age;      /* seconds */
	uint32_t content_size; /* of the Content file; 0: nothing was ever kept */
	struct span url, etag; /* UTF-16LE with NUL, borrowed; etag may be empty */
};

/* Whether the bytes begin as an entry does; no more. */
bool urlcache_looks(struct span file);
/* To the last byte. ERR_FORMAT names the offset and the fault. */
bool urlcache_parse(struct span file, struct urlcache *out, struct err *err) MUST_CHECK;

/* Appends an entry of Vista and later, which is never flushed; windows_xp does not count. */
void urlcache_write(const struct urlcache *entry, struct bytes *out);

/* What the entry of that URL is called: MD5 of the URL in UTF-16LE without NUL, upper case. */
void urlcache_name(const char *url, char out[URLCACHE_NAME]);
/* "authroot", "crl" …, or NULL for a type that is not known. */
const char *urlcache_type_word(uint32_t object_type);
