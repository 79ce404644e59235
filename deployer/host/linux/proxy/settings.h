/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the files of a proxy target say, in the order in which they say it, and what follows from
 * that. Parsers are pure: bytes in, settings out. They cannot fail: the consumers skip what they do
 * not understand, and whoever wants to know what a consumer will do must skip it too.
 *
 *     parse (per file, in reading order) → settings → settle → proxy_seen
 */
#include "base/file.h"
#include "model/setting.h"

enum {
	PROXY_FILE_MAX = 256 * 1024,
	PROXY_SETTINGS_MAX = 16384,
};

/* One statement. */
struct proxy_setting {
	const char *name;
	const char *value; /* NULL: takes the name away (apt: and all below it) */
	const char *file;
	unsigned line;
	size_t start, end; /* of the statement in its file, for editing */
	bool expands;      /* ${NAME} in the value stands for what was set before */
	bool cut;          /* the syntax ended the value in the middle of a word with an "@" */
};

struct proxy_settings {
	struct proxy_setting *list;
	size_t count, capacity;
	const char *file;  /* the file that is parsed, copied into each setting */
	size_t insert;     /* where a new statement belongs; SIZE_MAX: at the end */
	bool full;         /* PROXY_SETTINGS_MAX was reached: what follows is missing */
	const char *main;  /* the file that is no part, where one was read */
	const char *fault; /* "FILE:LINE: why" its consumer refuses all of it; the first one */
	/* the same about a statement of a proxy that it passes over; or NULL */
	const char *dropped;
	struct arena arena;
};
void proxy_settings_release(struct proxy_settings *settings);

/* Appends; name and value are copied, a value of NULL is kept. */
void proxy_settings_add(struct proxy_settings *settings, struct span name, const struct span *value,
    struct proxy_setting where);

/* Notes why the consumer refuses the file that is parsed; the first fault stays. */
void proxy_settings_refuse(struct proxy_settings *settings, unsigned line, const char *why);

/* Name that takes away everything set before (systemd: an empty DefaultEnvironment=). */
#define PROXY_SETTING_RESET "*"

/* Name of a statement that has the file of its value read in its place (apt). */
#define PROXY_SETTING_INCLUDE "#include"

/* Walks lines: takes the next one, without its newline, from `offset` on; false at the end.
 * `line` counts from 1. */
struct proxy_lines {
	struct span text;
	size_t offset;
	unsigned line;
};
bool proxy_lines_next(struct proxy_lines *lines, struct span *out);
/* Whether systemd takes the bytes for UTF-8 (utf8_is_valid() of its basic/utf8.c). */
bool proxy_is_utf8(struct span span);
/* A blank, a tab, or the carriage return of a CRLF; and a line without them at its ends. */
bool proxy_is_blank(uint8_t c);
struct span proxy_trimmed(struct span span);

/* One file. */
typedef void proxy_parse(struct span text, struct proxy_settings *out);
/* In the dialect of sysconfig; of apt.conf. */
proxy_parse proxy_parse_env_file, proxy_parse_apt;

/* What follows from the settings. Strings are in the arena given to settle. */
struct proxy_seen {
	struct proxy setting;
	/* The statements that decide it, at most one for each variable. */
	const struct proxy_setting *from[12];
	size_t from_count;
};
void proxy_seen_from(struct proxy_seen *seen, const struct proxy_setting *setting);
typedef void proxy_settle(
    const struct proxy_settings *settings, struct arena *arena, struct proxy_seen *out);
/* Environment variables in both cases. */
proxy_settle proxy_settle_variables;

/* The variables of a proxy, numbered: each in lower case (even), and in upper case (odd). */
enum { PROXY_VARIABLES = 2 * (PROXY_SCHEMES + 1) };
const char *proxy_variable(unsigned variable);
/* What it is to be; NULL: not set. */
const char *proxy_variable_value(const struct proxy *want, unsigned variable, struct arena *arena);
/* Whether two of its values say the same. */
bool proxy_variable_same(unsigned variable, const char *a, const char *b, struct arena *arena);
/* A character of a variable's name. */
bool proxy_is_name(char c);

/* Static or, without any server, direct; the servers by enum proxy_scheme, each NULL, "" or a
 * statement's value; `list` is a no_proxy list or NULL. */
struct proxy proxy_from_variables(const struct proxy_setting *const servers[PROXY_SCHEMES],
    const struct proxy_setting *list, struct arena *arena);
/* The last statement of that name, or NULL. */
const struct proxy_setting *proxy_settings_last(
    const struct proxy_settings *settings, const char *name);

/* The bypass list joined with `separator`. */
const char *proxy_bypass_list(
    const struct proxy *setting, const char *separator, struct arena *arena);

/* How statements of a file are to read afterwards. */
struct proxy_edit {
	const char *name; /* as in struct proxy_setting */
	const char *line; /* the statement with its newline; NULL: takes it away */
};
struct proxy_edits {
	struct proxy_edit *list; /* in the arena of who plans them */
	size_t count, capacity;
	/* written in front of new statements when `insert` is SIZE_MAX; or NULL */
	const char *header;
};
void proxy_edits_add(
    struct proxy_edits *edits, const char *name, const char *line, struct arena *arena);

/* The file with its edits: the last statement of a name is replaced where it stands, earlier
 * ones go, a missing one is put where the parser says; every other byte stays. `settings`
 * are those of this file alone. */
void proxy_edit_apply(struct span file, const struct proxy_settings *settings,
    const struct proxy_edits *edits, struct text *out);

/* What has to stand in a shared file. */
typedef void proxy_plan_edits(const struct proxy *want, const struct proxy_settings *file,
    struct arena *arena, struct proxy_edits *out);
/* The whole text of a part of ours; `others` are the statements of all other files. */
typedef void proxy_write(const struct proxy *want, const struct proxy_settings *others,
    struct arena *arena, struct text *out);

/* Why a value of `want` cannot stand in a file whose values must not hold any of `characters`; NULL
 * when all can. No value may hold control characters or bytes that are not UTF-8. */
const char *proxy_unsayable(const struct proxy *want, const char *characters, struct arena *arena);

/* What a consumer can say of a setting. */
enum proxy_dialect {
	PROXY_NO_PROXY, /* the no_proxy variable: names, suffixes, addresses, networks */
	PROXY_EXACT,    /* exact host names and IPv4 addresses */
	PROXY_NO_LIST,  /* no list at all, and one server for everything */
};

/* `want` as the dialect can hold it. `note` tells what cannot be said, or is read differently by
 * the dialect's readers: a sentence for each kind of entry, with the programs and versions from
 * which it holds. */
void proxy_translate(const struct proxy *want, enum proxy_dialect dialect, struct arena *arena,
    struct proxy *out, struct text *note);

/* Reads the log-in that `credentials: file:PATH` names into the servers of `setting`; nothing for
 * other settings. False with the reason in `why`: no such file, readable by others, not one line
 * user:password; and what to do in `next`, where that is more than to mend the file. */
bool proxy_login_read(struct root *root, struct proxy *setting, struct arena *arena,
    const char **why, const char **next);
/* Whether everybody can read what stands at `path`, or what would be made there. */
bool proxy_is_exposed(struct root *root, const char *path);
/* "FILE:LINE" of each statement with a log-in, also where another statement overrides it, in the
 * files for which `is_meant` is true; "" when there are none. */
typedef bool proxy_is_meant(void *context, const char *file);
const char *proxy_logins(const struct proxy_settings *settings, proxy_is_meant *is_meant,
    void *context, struct arena *arena);
/* Appends the text as it must stand in a URL: characters that RFC 3986 does not reserve stay. */
void proxy_login_encode(struct text *out, const char *text);
