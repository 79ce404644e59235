/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A proxy setting as policies state it, and its canonical text, which is what
 * plan compares:
 *
 *     direct
 *     static http=proxy.example:8080 https=proxy.example:8080 bypass=*.corp.example,<local>
 *     pac http://wpad.corp.example/proxy.pac
 *     auto
 *
 * Blanks, quotes, commas, control characters and what is not ASCII stand as %HH in it, so that
 * one text has one meaning and can be shown and written as it is.
 *
 * Strings are borrowed from the arena they were made in. Credentials
 * (user:password@) may stand in what a host has; proxy_redact hides them, and
 * canonical text that is shown to people went through it.
 */
#include "base/text.h"

enum proxy_mode { PROXY_DIRECT, PROXY_STATIC, PROXY_PAC, PROXY_AUTO, PROXY_MODES };

struct proxy {
	enum proxy_mode mode;
	const char *http, *https; /* host:port, as declared; NULL when not set */
	const char *pac_url;
	const char **bypass; /* in the order declared */
	size_t bypass_count;
};

const char *proxy_mode_name(enum proxy_mode mode);
bool proxy_mode_parse(const char *name, enum proxy_mode *out) MUST_CHECK;

/* The canonical text, in `arena`: lower-cased hosts, "http://" and a final "/" dropped from
 * servers, bypass entries sorted without duplicates. */
const char *proxy_canonical(const struct proxy *proxy, struct arena *arena);

/* Reads canonical text back; the strings are in `arena` and stay encoded. False when `text`
 * is none. proxy_canonical() of the result is `text` again. */
bool proxy_parse_canonical(const char *text, struct arena *arena, struct proxy *out) MUST_CHECK;

/* `text` with every "user:password@" behind a scheme or at the front of a server replaced
 * by "***@"; in `arena`. Works word by word (words end at blanks), so a raw value that may hold
 * blanks goes through proxy_canonical first. What follows the last "@" of a word is kept. */
const char *proxy_redact(const char *text, struct arena *arena);

/* ERR_POLICY when `server` is not host:port or [v6]:port, optionally with http:// or https://
 * in front; user information is refused: passwords do not belong into a policy. */
bool proxy_check_server(const char *server, struct err *err) MUST_CHECK;

/* What an entry of a bypass list names; decides how a dialect can say it. */
enum proxy_bypass {
	PROXY_BYPASS_INVALID,
	PROXY_BYPASS_LOCAL,   /* <local>: every name without a dot */
	PROXY_BYPASS_ALL,     /* * */
	PROXY_BYPASS_HOST,    /* www.corp.example */
	PROXY_BYPASS_DOMAIN,  /* *.corp.example, .corp.example: what is below it */
	PROXY_BYPASS_GLOB,    /* any other pattern of * and ? */
	PROXY_BYPASS_ADDRESS, /* 10.1.2.3, ::1, [::1] */
	PROXY_BYPASS_NETWORK, /* 10.0.0.0/8, fd00::/8 */
	PROXY_BYPASS_PORT,    /* a host, pattern or address with :port */
};
enum proxy_bypass proxy_bypass_kind(const char *entry);

/* ERR_POLICY when `entry` is none of the above. */
bool proxy_check_bypass(const char *entry, struct err *err) MUST_CHECK;
