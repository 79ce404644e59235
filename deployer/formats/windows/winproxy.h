/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Proxy settings as Windows keeps them in the registry: WinHttpSettings of its
 * services, DefaultConnectionSettings and SavedLegacySettings of WinINET. Blobs are compared by
 * what they say: the counter differs from host to host.
 *
 *     version  WinHTTP: 0x18 or 0x28; WinINET: 0x3c (IE 5 and 6) or 0x46       4 bytes each,
 *     counter  of changes                                                      little-endian
 *     flags    1 direct, 2 static proxy, 4 PAC URL, 8 detection
 *     length, proxy      "host:port" or "http=host:port;https=host:port"       one byte a
 *     length, bypass     list with ';', "<local>"                              character, no NUL
 *     length, PAC URL    WinINET alone, and so is what follows:
 *     tail               zeros, or what detection left:
 *         4, length, the URL that was found last, FILETIME, addresses
 *
 * Source: formats.md c.1 and c.2, read off real values; the meaning of the tail is inferred.
 */
#include "base/bytes.h"

enum { WINPROXY_MAX_BYTES = 1024 * 1024 };

enum winproxy_flag {
	WINPROXY_DIRECT = 1,
	WINPROXY_PROXY = 2,
	WINPROXY_PAC = 4,
	WINPROXY_AUTO = 8,
};

enum winproxy_kind { WINPROXY_WINHTTP, WINPROXY_WININET };

/* Spans are borrowed. */
struct winproxy {
	enum winproxy_kind kind;
	uint32_t version, counter, flags;
	struct span proxy, bypass, pac_url;
	struct span tail;     /* as it stands */
	struct span detected; /* in it: the URL that detection found last; empty: none ever */
};

/* Whether the bytes begin with a known version and fill their lengths. */
bool winproxy_looks(struct span file);
/* The version tells the kind. ERR_FORMAT with the offset when it is not known, when a length leads
 * over the end, or when bytes follow a WinHTTP setting. */
bool winproxy_parse(struct span blob, struct winproxy *out, struct err *err) MUST_CHECK;
/* Appends the blob. An empty tail becomes the zeros that its version has; version 0 becomes the one
 * that every Windows reads: 0x18 or 0x46. */
void winproxy_write(const struct winproxy *winproxy, struct bytes *out);
