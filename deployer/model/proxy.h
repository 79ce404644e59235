/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The words of proxy settings: servers, entries of bypass lists, and how what may hold a
 * password is shown. The setting itself is model/setting.h.
 */
#include "base/text.h"
#include "model/words.h"

/* `text` with every "user:password@" replaced by "***@", behind a scheme or at the front of a
 * server; in `arena`. For foreign text that is no setting: it works word by word (words end at
 * blanks), and keeps what follows the last "@" of a word. */
const char *proxy_redact(const char *text, struct arena *arena);

/* Appends a server's place or an entry of a list as people may see it: lower-case, unsafe bytes
 * as %HH. What is no [scheme://]host[:port] may be the front of a password and is "***". */
void proxy_show_server(struct text *out, const char *place);
void proxy_show_entry(struct text *out, const char *entry);
/* Text that holds no log-in, as it is but for blanks, quotes and what is not ASCII. */
void proxy_show_text(struct text *out, const char *url);

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
