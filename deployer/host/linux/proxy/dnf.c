/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnf.conf(5), and yum.conf where there is no dnf: [main] proxy=, with a user's
 * name and password in lines of their own. One server serves every scheme and
 * there is no bypass list. What a repository's own section says about proxies
 * is not looked at.
 *
 * As libdnf reads it (libdnf/utils/iniparser; tried with 0.69): a byte order mark
 * is skipped; a section's line ends at its "]"; quotes around a value are taken
 * off; "_none_" in any case, "None" and nothing mean direct; a line that begins
 * with a blank goes on with the value above it, but for "[". A line without "=", a key
 * without a name, a statement outside of a section or a continuation of nothing
 * makes dnf refuse the whole file.
 */
#include <strings.h>

#include "host/linux/proxy/targets.h"

struct dnf_reader {
	struct proxy_settings *out;
	bool section; /* any was seen */
	bool inside;  /* in [main] */
	bool value;   /* the line above is a statement, which may go on */
	bool known;   /* and that is the last of `out` */
};

/* No program uses a value of several lines. */
enum { CONTINUED_MAX = 4096 };

/* A line that begins with a blank continues the value above it, also when it is blank
 * throughout. */
static void add_continuation(struct dnf_reader *reader, struct span line, size_t end)
{
	struct proxy_settings *out = reader->out;
	struct span more = proxy_trimmed(line);
	struct proxy_setting *last;
	size_t size;

	if (!reader->known || out->count == 0)
		return;
	last = &out->list[out->count - 1];
	size = strlen(last->value);
	if (more.size > 0)
		last->end = end;
	if (size + more.size < CONTINUED_MAX)
		last->value = arena_printf(&out->arena, "%s\n%.*s", last->value, (int)more.size,
		    more.size ? (const char *)more.data : "");
}

static void read_section(
    struct dnf_reader *reader, struct span line, unsigned number, size_t behind)
{
	const uint8_t *end = memchr(line.data, ']', line.size);

	reader->value = false;
	reader->section = true;
	if (!end || end == line.data + 1) {
		proxy_settings_refuse(reader->out, number, "a section without a name or \"]\"");
		return;
	}
	reader->inside = span_equal(
	    (struct span){line.data, (size_t)(end - line.data) + 1}, span_text("[main]"));
	if (reader->inside && reader->out->insert == SIZE_MAX)
		reader->out->insert = behind;
}

static void read_statement(struct dnf_reader *reader, struct span line, struct proxy_setting where)
{
	const uint8_t *equal = memchr(line.data, '=', line.size);
	struct span name, value;

	if (!reader->section)
		proxy_settings_refuse(reader->out, where.line, "a statement before any section");
	else if (!equal)
		proxy_settings_refuse(reader->out, where.line, "a line without \"=\"");
	else if (equal == line.data)
		proxy_settings_refuse(reader->out, where.line, "a \"=\" without a key");
	if (!equal)
		return;
	name = proxy_trimmed((struct span){line.data, (size_t)(equal - line.data)});
	value =
	    proxy_trimmed((struct span){equal + 1, line.size - (size_t)(equal - line.data) - 1});
	reader->known = reader->inside;
	reader->value = true;
	if (reader->inside)
		proxy_settings_add(reader->out, name, &value, where);
}

static void read_line(
    struct dnf_reader *reader, struct span line, struct proxy_setting where, size_t behind)
{
	struct span inner = proxy_trimmed(line);

	if (line.size == 0 || line.data[0] == '#' || line.data[0] == ';')
		reader->value = false;
	else if (inner.size > 0 && inner.data[0] == '[')
		read_section(reader, inner, where.line, behind);
	else if (!proxy_is_blank(line.data[0]))
		read_statement(reader, line, where);
	else if (reader->value)
		add_continuation(reader, line, where.end);
	else if (inner.size > 0)
		proxy_settings_refuse(reader->out, where.line,
		    "a line that begins with a blank and goes on with nothing");
}

/* Joins the lines of a value: without quotes around it, and without blank lines at its end, unless
 * it has no other lines. */
static void finish_value(struct proxy_settings *out, struct proxy_setting *setting)
{
	size_t size = strlen(setting->value), from = 0;

	while (size > 0 && setting->value[size - 1] == '\n')
		size--;
	if (size == 0)
		size = strlen(setting->value);
	if (size > 1 && strchr("\"'", setting->value[0]) &&
	    setting->value[size - 1] == setting->value[0]) {
		from = 1;
		size -= 2;
	}
	setting->value = arena_strndup(&out->arena, setting->value + from, size);
	/* libdnf takes it, but dnf, which is written in Python, fails; also in other options, which
	 * are not ours */
	if (strncmp(setting->name, "proxy", 5) == 0 && !proxy_is_utf8(span_text(setting->value)))
		proxy_settings_refuse(out, setting->line, "a value that is not UTF-8");
}

static void parse(struct span text, struct proxy_settings *out)
{
	struct proxy_lines lines = {.text = text};
	struct dnf_reader reader = {.out = out};
	size_t first = out->count;
	struct span line;

	out->insert = SIZE_MAX;
	if (text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
		lines.offset = 3;
	while (proxy_lines_next(&lines, &line)) {
		size_t start = (size_t)(line.data - text.data);
		struct proxy_setting where = {
		    .line = lines.line, .start = start, .end = start + line.size};

		read_line(&reader, line, where, lines.offset);
	}
	for (size_t i = first; i < out->count; i++)
		finish_value(out, &out->list[i]);
}

static const char *value_of(const struct proxy_setting *setting)
{
	return setting && strcmp(setting->value, "None") != 0 ? setting->value : "";
}

/* A user's name counts as if it stood in the URL. */
static const char *login_of(const char *user, const char *password, struct arena *arena)
{
	AUTO(text) login = {0};

	proxy_login_encode(&login, user);
	if (*password) {
		text_add(&login, ":");
		proxy_login_encode(&login, password);
	}
	return arena_strdup(arena, text_string(&login));
}

static void settle(
    const struct proxy_settings *settings, struct arena *arena, struct proxy_seen *out)
{
	const struct proxy_setting *server = proxy_settings_last(settings, "proxy");
	const char *user = value_of(proxy_settings_last(settings, "proxy_username"));
	const char *password = value_of(proxy_settings_last(settings, "proxy_password"));
	const char *value = value_of(server);

	*out = (struct proxy_seen){0};
	proxy_seen_from(out, server);
	if (*value && strcasecmp(value, "_none_") != 0) {
		const struct proxy_setting *servers[PROXY_SCHEMES] = {server, server};

		out->setting = proxy_from_variables(servers, NULL, arena);
	}
	for (unsigned i = 0; out->setting.mode == PROXY_STATIC && i <= PROXY_HTTPS; i++)
		if (*user || *password)
			out->setting.server[i].login = login_of(user, password, arena);
	out->setting.fault = settings->fault;
	if (settings->fault)
		out->setting.fault =
		    arena_printf(arena, "%s: dnf refuses the whole file", settings->fault);
}

static bool is_sayable(const char *text)
{
	size_t size = strlen(text);

	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20)
			return false;
	if (size > 0 && (*text == ' ' || text[size - 1] == ' '))
		return false;
	if (size > 1 && (*text == '"' || *text == '\'') && text[size - 1] == *text)
		return false;
	return strcmp(text, "None") != 0 && proxy_is_utf8(span_text(text));
}

/* User name and password of a log-in as dnf.conf has them. */
static void split_login(
    const char *login, struct arena *arena, const char **user, const char **password)
{
	const char *colon = strchr(login, ':');
	size_t size = colon ? (size_t)(colon - login) : strlen(login);

	*user = text_unpercent(arena_strndup(arena, login, size), arena);
	*password = colon ? text_unpercent(colon + 1, arena) : "";
}

static const char *why_unsayable(const struct proxy *want, struct arena *arena)
{
	const char *login = want->server[PROXY_HTTPS].login, *user, *password;

	if (!login)
		return NULL;
	split_login(login, arena, &user, &password);
	/* to say which of these it is would tell something of the password */
	return is_sayable(user) && is_sayable(password)
	           ? NULL
	           : "dnf reads no user name or password with blanks or quotes at its ends, with "
	             "control characters or bytes that are not UTF-8, nor the word None";
}

static void edit_login(struct proxy_edits *out, const char *name, const char *value,
    const struct proxy_settings *file, struct arena *arena)
{
	const struct proxy_setting *last = proxy_settings_last(file, name);

	if (!last || strcmp(value_of(last), value) != 0)
		proxy_edits_add(
		    out, name, *value ? arena_printf(arena, "%s=%s\n", name, value) : NULL, arena);
}

static void edit(const struct proxy *want, const struct proxy_settings *file, struct arena *arena,
    struct proxy_edits *out)
{
	struct proxy_server server = want->server[PROXY_HTTPS];
	const struct proxy_setting *last = proxy_settings_last(file, "proxy");
	struct proxy_server was = setting_server(value_of(last), arena);
	const char *user, *password;

	out->header = "[main]\n";
	split_login(server.login ? server.login : "", arena, &user, &password);
	server.login = NULL;
	if (!server.place || was.login || !setting_same_place(&server, &was))
		proxy_edits_add(out, "proxy",
		    server.place ? arena_printf(arena, "proxy=%s\n", setting_url(&server, arena))
		                 : NULL,
		    arena);
	edit_login(out, "proxy_username", user, file, arena);
	edit_login(out, "proxy_password", password, file, arena);
}

const struct target TARGET_DNF_ROW = {
    .id = TARGET_DNF,
    .about = "no dnf or yum",
    .marks = PATHS("/etc/dnf", "/etc/yum.conf"),
    .places = {.files = PATHS("/etc/dnf/dnf.conf", "/etc/yum.conf"), .parse = parse},
    .settle = settle,
    .dialect = PROXY_NO_LIST,
    .takes_effect = "at once",
    .edits = edit,
    .writes = PATHS("/etc/dnf/dnf.conf", "/etc/yum.conf"),
    .why_unsayable = why_unsayable,
};
