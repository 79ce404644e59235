/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two dialects of systemd: files of environment.d(5), whose quoting SUSE's
 * sysconfig files share as far as they are read here, and DefaultEnvironment=
 * in [Manager] of systemd-system.conf(5), in the syntax of systemd.syntax(7).
 */
#include <strings.h>

#include "host/linux/proxy/targets.h"

static void add_byte(struct text *text, uint8_t byte)
{
	text_add_span(text, (struct span){&byte, 1});
}

/* From `at` behind an opening double quote to behind the closing one. */
static size_t double_quoted(struct span span, size_t at, struct text *out)
{
	for (; at < span.size && span.data[at] != '"'; at++) {
		if (span.data[at] == '\\' && at + 1 < span.size) {
			uint8_t next = span.data[at + 1];

			at++;
			if (next == '\n')
				continue;
			if (!strchr("\"\\`$", next) || !next)
				add_byte(out, '\\');
		}
		add_byte(out, span.data[at]);
	}
	return at < span.size ? at + 1 : at;
}

static size_t single_quoted(struct span span, size_t at, struct text *out)
{
	for (; at < span.size && span.data[at] != '\''; at++)
		add_byte(out, span.data[at]);
	return at < span.size ? at + 1 : at;
}

/* A bare run up to the line's end; returns where it ends (at the newline). */
static size_t bare(struct span span, size_t at, struct text *out)
{
	size_t kept = out->size;

	for (; at < span.size && span.data[at] != '\n'; at++) {
		bool escaped = span.data[at] == '\\' && at + 1 < span.size;

		if (escaped)
			kept = out->size; /* blanks before a backslash stay */
		if (escaped && span.data[++at] == '\n')
			continue;
		add_byte(out, span.data[at]);
		if (escaped || !proxy_is_blank(span.data[at]))
			kept = out->size;
	}
	if (out->data && !out->full)
		out->data[out->size = kept] = 0;
	return at;
}

/* The value from behind "=": quotes count at its start and behind a closing quote only. */
static size_t env_value(struct span span, size_t at, struct text *out)
{
	while (at < span.size && span.data[at] != '\n') {
		if (proxy_is_blank(span.data[at]))
			at++;
		else if (span.data[at] == '"')
			at = double_quoted(span, at + 1, out);
		else if (span.data[at] == '\'')
			at = single_quoted(span, at + 1, out);
		else
			at = bare(span, at, out);
	}
	return at;
}

static unsigned count_lines(struct span span, size_t from, size_t to)
{
	unsigned count = 0;

	for (; from < to; from++)
		count += span.data[from] == '\n';
	return count;
}

void proxy_parse_env_file(struct span text, struct proxy_settings *out)
{
	size_t at = 0;
	unsigned line = 1;

	out->insert = SIZE_MAX;
	while (at < text.size) {
		struct proxy_setting where = {.line = line, .start = at, .expands = true};
		AUTO(text) value = {0};
		struct span name = {text.data + at, 0};

		while (at < text.size && text.data[at] != '\n' && text.data[at] != '=')
			at++;
		name.size = (size_t)(text.data + at - name.data);
		name = proxy_trimmed(name);
		if (name.size == 0 || name.data[0] == '#' || name.data[0] == ';' ||
		    at == text.size || text.data[at] == '\n') {
			while (at < text.size && text.data[at] != '\n')
				at++;
		} else {
			at = env_value(text, at + 1, &value);
			where.end = at;
			proxy_settings_add(out, name,
			    &(struct span){(const uint8_t *)text_string(&value), value.size},
			    where);
		}
		at += at < text.size;
		line += count_lines(text, where.start, at);
	}
}

/* As 30-systemd-environment-d-generator reads a file (tried with systemd 252): it reads nothing of
 * a file with a NUL byte, and skips a variable without a value, so that an earlier file's value
 * stays. At a value that is not UTF-8 it crashes, and no file counts. */
static void parse_environment_d(struct span text, struct proxy_settings *out)
{
	size_t kept = out->count;

	out->insert = SIZE_MAX;
	if (text.size && memchr(text.data, 0, text.size))
		return;
	proxy_parse_env_file(text, out);
	for (size_t i = kept; i < out->count; i++) {
		if (!proxy_is_utf8(span_text(out->list[i].value)))
			proxy_settings_refuse(out, out->list[i].line,
			    "a value that is not UTF-8, with which systemd's generator ends, and "
			    "no variable of environment.d counts");
		if (*out->list[i].value)
			out->list[kept++] = out->list[i];
	}
	out->count = kept;
}

/* A C escape behind a backslash, as far as a proxy setting can need it. */
static size_t unescaped(struct span span, size_t at, struct text *out)
{
	static const char from[] = "abfnrtvs", to[] = "\a\b\f\n\r\t\v ";
	const char *known = span.data[at] ? strchr(from, span.data[at]) : NULL;

	if (span.data[at] == 'x' && at + 2 < span.size) {
		int high = text_hex_digit((char)span.data[at + 1]);
		int low = text_hex_digit((char)span.data[at + 2]);

		if (high >= 0 && low >= 0) {
			add_byte(out, (uint8_t)(high << 4 | low));
			return at + 3;
		}
	}
	add_byte(out, known ? (uint8_t)to[known - from] : span.data[at]);
	return at + 1;
}

/* The specifiers of systemd-system.conf(5). What they stand for is not known here, so they stay as
 * they are. */
#define SPECIFIERS "aAbBHlmMoqTvVwW"

/* `value` with "%%" as a percent sign; false when it has a specifier that systemd does not know: it
 * drops the assignment then. */
static bool expand_specifiers(const char *value, struct text *out)
{
	for (; *value; value++) {
		if (*value == '%' && value[1] && value[1] != '%' && !strchr(SPECIFIERS, value[1]))
			return false;
		value += value[0] == '%' && value[1] == '%';
		add_byte(out, (uint8_t)*value);
	}
	return true;
}

/* The next word of a list, unquoted; false at the end. */
static bool next_word(struct span span, size_t *offset, struct text *out)
{
	size_t at = *offset;
	uint8_t quote = 0;

	while (at < span.size && proxy_is_blank(span.data[at]))
		at++;
	if (at == span.size)
		return false;
	while (at < span.size && (quote || !proxy_is_blank(span.data[at]))) {
		uint8_t c = span.data[at];

		if (c == '\\' && at + 1 < span.size) {
			at = unescaped(span, at + 1, out);
			continue;
		}
		at++;
		if (c == quote)
			quote = 0;
		else if (!quote && (c == '"' || c == '\''))
			quote = c;
		else
			add_byte(out, c);
	}
	*offset = at;
	/* systemd reads no further at a quote that is not closed */
	return quote == 0;
}

/* Its value may hold a log-in, and is not shown. */
static void note_dropped(const char *word, struct proxy_settings *out, unsigned line)
{
	static const char end[] = "_proxy";
	size_t size = strcspn(word, "="), tail = sizeof(end) - 1;

	if (out->dropped || size <= tail || strncasecmp(word + size - tail, end, tail) != 0)
		return;
	out->dropped = arena_printf(&out->arena,
	    "%s:%u: systemd drops the assignment of %s, because a percent sign in it begins a "
	    "specifier that it does not know: write %%%% for a percent sign",
	    text_escape_string(out->file ? out->file : "").text, line,
	    text_escape((struct span){(const uint8_t *)word, size}).text);
}

/* "NAME=VALUE"; NULL for any other word, which systemd skips. */
static const struct proxy_setting *add_assignment(
    const struct text *word, struct proxy_settings *out, struct proxy_setting where)
{
	AUTO(text) expanded = {0};
	const char *text, *equal;
	struct span name, value;
	size_t count = out->count;

	if (!expand_specifiers(text_string(word), &expanded)) {
		/* an empty value in its place would be untrue: the name keeps its earlier value */
		note_dropped(text_string(word), out, where.line);
		return NULL;
	}
	text = text_string(&expanded);
	equal = strchr(text, '=');
	if (!equal)
		return NULL;
	name = (struct span){(const uint8_t *)text, (size_t)(equal - text)};
	value = span_text(equal + 1);
	proxy_settings_add(out, name, &value, where);
	return out->count > count ? &out->list[count] : NULL;
}

static void add_assignments(
    struct span value, struct proxy_settings *out, struct proxy_setting where)
{
	bool named = false;
	size_t offset = 0;

	for (;;) {
		AUTO(text) word = {0};

		if (!next_word(value, &offset, &word))
			break;
		if (add_assignment(&word, out, where))
			named = true;
		else if (named && strchr(text_string(&word), '@') &&
		         !strchr(text_string(&word), '='))
			out->list[out->count - 1].cut = true;
	}
	if (value.size == 0)
		proxy_settings_add(out, span_text(PROXY_SETTING_RESET), NULL, where);
}

/* Joins lines that end with "\"; comment lines between them are skipped. */
static bool logical_line(struct proxy_lines *lines, struct text *out, unsigned *number)
{
	struct span line;
	bool more = false;

	*number = lines->line + 1;
	while (proxy_lines_next(lines, &line)) {
		struct span inner = proxy_trimmed(line);

		if (inner.size > 0 && (inner.data[0] == '#' || inner.data[0] == ';')) {
			if (more)
				continue;
			return true;
		}
		more = inner.size > 0 && inner.data[inner.size - 1] == '\\';
		text_add_span(out, (struct span){inner.data, inner.size - more});
		if (!more)
			return true;
		text_add(out, " ");
	}
	return more;
}

static void parse_manager(struct span text, struct proxy_settings *out)
{
	static const struct span key = {(const uint8_t *)"DefaultEnvironment", 18};
	struct proxy_lines lines = {.text = text};
	struct proxy_setting where = {0};
	bool inside = false;

	out->insert = SIZE_MAX;
	for (;;) {
		AUTO(text) joined = {0};
		struct span line, name;
		const uint8_t *equal;

		if (!logical_line(&lines, &joined, &where.line))
			return;
		line = proxy_trimmed(
		    (struct span){(const uint8_t *)text_string(&joined), joined.size});
		if (!proxy_is_utf8(line)) {
			/* config_parse() ends there, and what is behind it does not count */
			proxy_settings_refuse(out, where.line,
			    "a line that is not UTF-8, at which systemd stops reading");
			return;
		}
		if (line.size > 0 && line.data[0] == '[')
			inside = span_equal(line, span_text("[Manager]"));
		equal = line.size ? memchr(line.data, '=', line.size) : NULL;
		if (!inside || !equal)
			continue;
		name = proxy_trimmed((struct span){line.data, (size_t)(equal - line.data)});
		if (span_equal(name, key))
			add_assignments(proxy_trimmed((struct span){equal + 1,
			                    (size_t)(line.data + line.size - equal) - 1}),
			    out, where);
	}
}

/* Within double quotes. */
static void add_quoted(struct text *out, const char *value, const char *special, bool percent)
{
	for (; value && *value; value++) {
		if (strchr(special, *value))
			text_add(out, "\\");
		/* "%" starts a specifier */
		text_addf(out, percent && *value == '%' ? "%%%%" : "%c", *value);
	}
}

/* An empty variable where there is none to set: another part may set it. systemd refuses NAME= and
 * NAME="", but takes an expansion that comes to nothing: ${NAME:+} does, whatever NAME is. */
static void write_environment_d(const struct proxy *want, const struct proxy_settings *others,
    struct arena *arena, struct text *out)
{
	(void)others;
	text_add(out, "# ${NAME:+} is always empty; systemd would skip a NAME= without a value\n");
	for (unsigned i = 0; i < PROXY_VARIABLES; i++) {
		const char *name = proxy_variable(i);
		const char *value = proxy_variable_value(want, i, arena);

		if (!value || !*value) {
			text_addf(out, "%s=${%s:+}\n", name, name);
			continue;
		}
		text_addf(out, "%s=\"", name);
		add_quoted(out, value, "\"\\$`", false);
		text_add(out, "\"\n");
	}
}

static void write_manager(const struct proxy *want, const struct proxy_settings *others,
    struct arena *arena, struct text *out)
{
	(void)others;
	text_add(out, "[Manager]\n");
	for (unsigned i = 0; i < PROXY_VARIABLES; i++) {
		text_addf(out, "DefaultEnvironment=\"%s=", proxy_variable(i));
		add_quoted(out, proxy_variable_value(want, i, arena), "\"\\", true);
		text_add(out, "\"\n");
	}
}

/* Our parts are named "99-trust…": they sort behind the numbers that people use, and behind
 * systemd's own 99-environment.conf, which is /etc/environment once more. */
const struct target TARGET_ENVIRONMENT_D_ROW = {
    .id = TARGET_ENVIRONMENT_D,
    .about = "no systemd user manager",
    .marks = PATHS("/etc/environment.d", "/usr/lib/environment.d",
        "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator"),
    .places = {.folders = PATHS("/etc/environment.d", "/run/environment.d",
                   "/usr/local/lib/environment.d", "/usr/lib/environment.d"),
        .is_part = target_is_conf,
        .parse = parse_environment_d},
    .settle = proxy_settle_variables,
    .dialect = PROXY_NO_PROXY,
    .takes_effect = "new processes",
    .part = "/etc/environment.d/99-trust-deployer-proxy.conf",
    .comment = "#",
    .write = write_environment_d,
    .unsayable = "",
    .writes = PATHS("/etc/environment.d/*"),
};

const struct target TARGET_SYSTEMD_ROW = {
    .id = TARGET_SYSTEMD,
    .about = "no systemd",
    .marks = PATHS("/usr/lib/systemd/systemd", "/lib/systemd/systemd", "/etc/systemd/system.conf",
        "/etc/systemd/system.conf.d"),
    .places = {.files = PATHS("/etc/systemd/system.conf", "/run/systemd/system.conf",
                   "/usr/local/lib/systemd/system.conf", "/usr/lib/systemd/system.conf"),
        .folders = PATHS("/etc/systemd/system.conf.d", "/run/systemd/system.conf.d",
            "/usr/local/lib/systemd/system.conf.d", "/usr/lib/systemd/system.conf.d",
            "/lib/systemd/system.conf.d"),
        .is_part = target_is_conf,
        .parse = parse_manager},
    .settle = proxy_settle_variables,
    .dialect = PROXY_NO_PROXY,
    .takes_effect = "reboot",
    .effect = "services see a change after systemctl daemon-reexec and their own restart",
    .part = "/etc/systemd/system.conf.d/99-trust-deployer-proxy.conf",
    .part_private = true,
    .comment = "#",
    .write = write_manager,
    .unsayable = "",
    .writes = PATHS("/etc/systemd/system.conf", "/etc/systemd/system.conf.d/*"),
};
