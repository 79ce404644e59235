/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A proxy setting as policies state it, and its canonical text, which is what
 * plan compares:
 *
 *     direct
 *     static http=proxy.corp.example:8080 https=proxy.corp.example:8080
 * bypass=<local>,*.corp.example pac http://wpad.corp.example/proxy.pac auto
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

/* `text` with every "user:password@" behind a scheme or at the front of a server replaced
 * by "***@"; in `arena`. */
const char *proxy_redact(const char *text, struct arena *arena);

/* ERR_POLICY when `server` is not host:port or [v6]:port, optionally with http:// or https://
 * in front; user information is refused: passwords do not belong into a policy. */
bool proxy_check_server(const char *server, struct err *err) MUST_CHECK;
