/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A proxy setting: what a policy wants of a consumer, or what a consumer has. Each consumer's file
 * makes it from what stands there; plan compares two of them by setting_equal() and by nothing
 * else. Text is made from it at the edges only:
 *
 *     setting_show    what people and reports see; no password is in it:
 *                     static http=***@proxy.example:8080 bypass=*.corp.example (HTTP_PROXY not set)
 *     setting_record  what the ledger keeps; holds log-ins, reads back exactly, for files of mode
 *                     0600 alone
 *
 * Strings are borrowed from the arena that a setting was made in.
 */
#include "model/proxy.h"

enum proxy_scheme { PROXY_HTTP, PROXY_HTTPS, PROXY_FTP, PROXY_ALL, PROXY_SCHEMES };

/* One server. */
struct proxy_server {
	const char *place; /* [scheme://]host:port, without the log-in; NULL: none */
	const char *login; /* "user:password" as it stands in front of the "@"; NULL: none */
	bool cut;          /* the consumer's syntax cut it off inside the log-in: show nothing */
};

/* Something that the consumer does besides the servers and the list, and that no policy can say: a
 * variable whose upper-case form differs, a host with a proxy of its own, programs with a setting
 * of their own. Made by the two functions below. */
struct proxy_exception {
	const char *name; /* in the consumer's words */
	/* as it stands there, to be put back so; NULL: not set, where the servers would make one
	 * expect it */
	const char *value;
	struct proxy_server server; /* that `value` names; no place: it is a list, or empty */
	bool login;                 /* a user name or password may stand in it */
	const struct proxy *other;  /* instead of `value`: what those programs have */
	const char *host;           /* that it is about, or NULL */
	const char *file;           /* where it stands, or NULL */
	unsigned line;              /* there */
	bool kept;                  /* an administrator's own, which a policy leaves as it is */
};

/* What a policy says about user names and passwords. */
enum proxy_login { LOGIN_UNSAID, LOGIN_KEEP, LOGIN_NONE, LOGIN_FILE };

struct proxy {
	enum proxy_mode mode;
	struct proxy_server server[PROXY_SCHEMES];
	const char *pac_url;
	const char **bypass; /* also beside `direct`, where nobody asks it */
	size_t bypass_count;
	struct proxy_exception *exceptions;
	size_t exception_count;
	const char *fault; /* why its consumer cannot use it; such a setting equals no other */
	enum proxy_login login;
	const char *login_file; /* of LOGIN_FILE, below the root of the host */
};

/* "[scheme://][user:password@]host:port" taken apart; NULL and "" are no server. */
struct proxy_server setting_server(const char *text, struct arena *arena);
/* A variable or option of that name and value, which are borrowed. */
struct proxy_exception setting_exception(const char *name, const char *value, struct arena *arena);
/* Programs of that name with a setting of their own, which is copied but for its strings. */
struct proxy_exception setting_of_others(
    const char *name, const struct proxy *other, struct arena *arena);
/* The server as an URL, with "http://" where it has no scheme, and with its log-in. */
const char *setting_url(const struct proxy_server *server, struct arena *arena);

/* The comparison: hosts and bypass entries without case and order, "http://" and a last "/" as if
 * they were not there. */
bool setting_equal(const struct proxy *a, const struct proxy *b);
/* The same for one server without its log-in. */
bool setting_same_place(const struct proxy_server *a, const struct proxy_server *b);
/* Whether they have the same bypass lists, without case and order. */
bool setting_same_bypass(const struct proxy *a, const struct proxy *b);
/* Whether the two name the same servers, whatever their log-ins and bypass lists are. */
bool setting_same_servers(const struct proxy *a, const struct proxy *b);
/* What a policy's setting leaves as it is, taken over from what is there: the server for ftp, of
 * which no policy speaks; exceptions that are an administrator's own; and with `credentials: keep`
 * the log-in of a server that stays the same. False when `want` would take a log-in away that
 * nobody gave up: `why` is the reason then. */
bool setting_adopt(
    struct proxy *want, const struct proxy *have, struct arena *arena, const char **why);
/* Whether any program would use a server, or a script that names one. */
bool setting_names_server(const struct proxy *setting);
/* Whether a user name or password stands anywhere in it. */
bool setting_has_login(const struct proxy *setting);

/* A server's place without "http://" and a last "/". */
struct span setting_bare_place(const char *place);
/* The bypass list sorted, each entry once; to be freed. */
const char **setting_sorted_bypass(const struct proxy *setting, size_t *count);

const char *setting_show(const struct proxy *setting, struct arena *arena);
/* Whether people see the same of both, as they do of two log-ins. */
bool setting_looks_same(const struct proxy *a, const struct proxy *b);
/* The same, and the list of exceptions is shown also where no server makes it count. */
const char *setting_show_list(const struct proxy *setting, struct arena *arena);
const char *setting_record(const struct proxy *setting, struct arena *arena);
/* Reads what setting_record wrote, or what version 0.1 recorded (setting_show without exceptions
 * or hidden log-ins). False when `text` is neither. */
bool setting_read(const char *text, struct arena *arena, struct proxy *out) MUST_CHECK;
/* Whether a consumer has what was recorded: by setting_equal(); where the record says no more than
 * people saw, or the consumer cannot use what it has, whether people would see the same. */
bool setting_is_recorded(const struct proxy *setting, const char *record);
/* A record as people see it. Text that is no record (of another kind of item) stays as it is. */
const char *setting_show_record(const char *text, struct arena *arena);
