/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the files of a proxy target say, in the order they say it, and what that
 * comes to. Parsers are pure: bytes in, settings out; they cannot fail, because
 * the consumers whose files they read skip what they do not understand, and so
 * must whoever wants to know what the consumer will do.
 *
 *     parse (per file, in reading order) → settings → settle → proxy_seen
 */
#include "model/proxy.h"

enum { PROXY_FILE_MAX = 256 * 1024, PROXY_SETTINGS_MAX = 16384 };

/* One statement. */
struct proxy_setting {
	const char *name;
	const char *value; /* NULL: takes the name away (apt: and all below it) */
	const char *file;
	unsigned line;
	size_t start, end; /* of the statement in its file, for editing */
	bool expands;      /* ${NAME} in the value stands for what was set before */
};

struct proxy_settings {
	struct proxy_setting *list;
	size_t count, capacity;
	const char *file; /* the file that is parsed, copied into each setting */
	size_t insert;    /* where a new statement belongs; SIZE_MAX: at the end */
	bool full;        /* PROXY_SETTINGS_MAX was reached: what follows is missing */
	struct arena arena;
};
void proxy_settings_release(struct proxy_settings *settings);

/* Appends; name and value are copied, a value of NULL is kept. */
void proxy_settings_add(struct proxy_settings *settings, struct span name, const struct span *value,
    struct proxy_setting where);

/* Name that takes away everything set before (systemd: an empty DefaultEnvironment=). */
#define PROXY_SETTING_RESET "*"

/* Walks lines: takes the next one, without its newline, from `offset` on; false at the end.
 * `line` counts from 1. */
struct proxy_lines {
	struct span text;
	size_t offset;
	unsigned line;
};
bool proxy_lines_next(struct proxy_lines *lines, struct span *out);
/* A blank, a tab, or the carriage return of a CRLF; and a line without them at its ends. */
bool proxy_is_blank(uint8_t c);
struct span proxy_trimmed(struct span span);

/* One file, in the dialect of: pam_env's /etc/environment; systemd's environment.d, also
 * sysconfig; [Manager] DefaultEnvironment= of systemd; apt.conf; [main] of dnf.conf. */
typedef void proxy_parse(struct span text, struct proxy_settings *out);
proxy_parse proxy_parse_environment, proxy_parse_env_file, proxy_parse_manager, proxy_parse_apt,
    proxy_parse_dnf;

/* What the settings come to. Strings are in the arena given to settle. */
struct proxy_seen {
	const char *value; /* redacted canonical text, or more than one when readers disagree */
	/* The statements that decide it, at most one for each variable. */
	const struct proxy_setting *from[8];
	size_t from_count;
	const struct proxy_setting *other; /* all_proxy, which some readers fall back to; or NULL */
};
typedef void proxy_settle(
    const struct proxy_settings *settings, struct arena *arena, struct proxy_seen *out);
/* Environment variables in both cases; SUSE's variables; apt's options; dnf's. */
proxy_settle proxy_settle_variables, proxy_settle_sysconfig, proxy_settle_apt, proxy_settle_dnf;

/* A proxy as static or, without any server, direct; `list` is a no_proxy list or NULL. */
struct proxy proxy_from_variables(
    const char *http, const char *https, const char *list, struct arena *arena);

/* `server` of canonical text as an URL: with a scheme. */
const char *proxy_server_url(const char *server, struct arena *arena);
/* The bypass list joined with `separator`. */
const char *proxy_bypass_list(
    const struct proxy *proxy, const char *separator, struct arena *arena);

/* How statements of a file are to read afterwards. */
struct proxy_edit {
	const char *name; /* as in struct proxy_setting */
	const char *line; /* the statement with its newline; NULL: takes it away */
};
struct proxy_edits {
	struct proxy_edit list[8];
	size_t count;
	const char
	    *header; /* written in front of new statements when `insert` is SIZE_MAX; or NULL */
	bool below;  /* an edit also takes away what lies below its name (apt) */
};
void proxy_edits_add(struct proxy_edits *edits, const char *name, const char *line);

/* The file with its edits: the last statement of a name is replaced where it stands, earlier
 * ones go, a missing one is put where the parser says; every other byte stays. `settings`
 * are those of this file alone. */
void proxy_edit_apply(struct span file, const struct proxy_settings *settings,
    const struct proxy_edits *edits, struct text *out);

/* What has to stand in a shared file, and the whole text of a part of our own. */
typedef void proxy_plan_edits(
    const struct proxy *want, struct arena *arena, struct proxy_edits *out);
proxy_plan_edits proxy_edit_environment, proxy_edit_sysconfig, proxy_edit_apt, proxy_edit_dnf;
typedef void proxy_write(const struct proxy *want, struct arena *arena, struct text *out);
proxy_write proxy_write_env_file, proxy_write_manager, proxy_write_apt;

/* What a dialect can say of a bypass list. */
enum proxy_dialect {
	PROXY_NO_PROXY, /* the no_proxy variable: names, suffixes, addresses, networks */
	PROXY_EXACT,    /* exact host names and IPv4 addresses */
	PROXY_NO_LIST,  /* no list at all, and one server for everything */
};

/* `want` as the dialect can hold it; what cannot be said, or is read differently by the
 * dialect's readers, is told in `note`. */
void proxy_translate(const struct proxy *want, const char *target, enum proxy_dialect dialect,
    struct arena *arena, struct proxy *out, struct text *note);
