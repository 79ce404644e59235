/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /etc/environment, in the dialect of pam_env.
 *
 * pam_env's way with a line (modules/pam_env, _assemble_line and
 * _parse_env_file): it ends at the first "#", also within quotes; a "\" at its
 * end joins the next line; "export " in front is skipped; of a value that
 * starts with a quote the first and, when it is one, the last character are
 * dropped; blanks and carriage returns behind a value belong to it. A line of
 * 8,192 bytes and more ends the reading (Linux-PAM 1.4 to 1.6; before, it was
 * 1,024 bytes; since 1.7 there is no limit).
 */
#include <string.h>

#include "host/linux/proxy/targets.h"

enum {
	PAM_LINE_MAX = 8190,     /* without its newline */
	PAM_LINE_OLD_MAX = 1022, /* before Linux-PAM 1.4 */
};

static void add_line(struct proxy_settings *out, char *line, struct proxy_setting where)
{
	struct span name, value;
	size_t size = 0, end;

	line += strspn(line, " \n\t");
	if (strncmp(line, "export ", 7) == 0)
		line += 7;
	while (proxy_is_name(line[size]))
		size++;
	name = (struct span){(uint8_t *)line, size};
	if (size == 0 || (line[size] && line[size] != '='))
		return;
	if (!line[size]) {
		proxy_settings_add(out, name, NULL, where);
		return;
	}
	line += size + 1;
	end = strlen(line);
	if (*line == '"' || *line == '\'') {
		line++;
		end--;
		if (end > 0 && (line[end - 1] == '"' || line[end - 1] == '\''))
			end--;
	}
	value = (struct span){(uint8_t *)line, end};
	proxy_settings_add(out, name, &value, where);
}

/* Whether a comment begins in the middle of a word, and "@" stands in the rest of the word. Then
 * who wrote it did not mean a comment: it is the middle of a log-in. */
static bool cuts_login(struct span line, const uint8_t *comment)
{
	const uint8_t *end = line.data + line.size;

	if (comment == line.data || comment[-1] == ' ' || comment[-1] == '\t')
		return false;
	while (comment < end && *comment != ' ' && *comment != '\t' && *comment != '@')
		comment++;
	return comment < end && *comment == '@';
}

/* Adds the part of a physical line that counts to `joined`; true when the next line belongs to
 * it. */
static bool join_line(
    struct text *joined, struct span line, size_t *used, struct proxy_setting *where)
{
	const uint8_t *comment = memchr(line.data, '#', line.size);
	size_t size = comment ? (size_t)(comment - line.data) : line.size, last = size;

	*used = size;
	where->cut = where->cut || (comment && cuts_login(line, comment));
	while (last > 0 && (line.data[last - 1] == ' ' || line.data[last - 1] == '\t'))
		last--;
	if (!comment && last > 0 && line.data[last - 1] == '\\') {
		text_add_span(joined, (struct span){line.data, last - 1});
		return true;
	}
	text_add_span(joined, (struct span){line.data, size});
	return false;
}

static bool is_blank(struct span line)
{
	size_t i = 0;

	while (i < line.size && (line.data[i] == ' ' || line.data[i] == '\t'))
		i++;
	return i == line.size || line.data[i] == '#';
}

static bool is_blank_text(const struct text *text)
{
	const char *string = text_string(text);

	return string[strspn(string, " \t")] == 0;
}

/* From a first line that is not blank; false when the file's end cuts the statement off, which
 * pam_env then drops, or when it is too long, where pam_env stops. */
static bool read_statement(
    struct proxy_lines *lines, struct span line, struct text *joined, struct proxy_setting *where)
{
	bool more = true;

	while (more) {
		size_t start = (size_t)(line.data - lines->text.data), used;

		if (joined->size + line.size > PAM_LINE_MAX)
			return false;
		if (!is_blank(line)) {
			/* a lone "\" in front does not belong to the statement */
			if (is_blank_text(joined)) {
				where->start = start;
				where->line = lines->line;
			}
			more = join_line(joined, line, &used, where);
			where->end = start + used;
		}
		if (more && !proxy_lines_next(lines, &line))
			return false;
	}
	return true;
}

/* pam_env reads a file as C strings: a line with a NUL byte ends its reading (tried with Linux-PAM
 * 1.5). */
static void refuse_binary(struct span text, struct proxy_settings *out)
{
	struct proxy_lines lines = {.text = text};
	struct span line;

	while (proxy_lines_next(&lines, &line)) {
		if (!line.size || !memchr(line.data, 0, line.size))
			continue;
		proxy_settings_refuse(out, lines.line,
		    text.size > 1 && (memcmp(text.data, "\xff\xfe", 2) == 0 ||
		                         memcmp(text.data, "\xfe\xff", 2) == 0)
		        ? "is UTF-16 text, of which pam_env reads nothing"
		        : "holds a NUL byte, and pam_env reads nothing from there on");
		return;
	}
}

static void parse(struct span text, struct proxy_settings *out)
{
	struct proxy_lines lines = {.text = text};
	struct span line;

	out->insert = SIZE_MAX;
	refuse_binary(text, out);
	while (proxy_lines_next(&lines, &line)) {
		struct proxy_setting where = {
		    .line = lines.line, .start = (size_t)(line.data - text.data)};
		AUTO(text) joined = {0};

		if (is_blank(line) && line.size <= PAM_LINE_MAX)
			continue;
		if (!read_statement(&lines, line, &joined, &where)) {
			/* a line that is added behind it would be joined to it, or never be read */
			out->insert = where.start;
			return;
		}
		add_line(out, joined.data ? joined.data : (char[]){""}, where);
	}
}

static void edit(const struct proxy *want, const struct proxy_settings *file, struct arena *arena,
    struct proxy_edits *out)
{
	for (unsigned i = 0; i < PROXY_VARIABLES; i++) {
		const char *name = proxy_variable(i), *value = proxy_variable_value(want, i, arena);
		const struct proxy_setting *last = proxy_settings_last(file, name);

		/* a line that says so already keeps its bytes */
		if (!last || last->cut || !last->value || !value ||
		    !proxy_variable_same(i, last->value, value, arena))
			proxy_edits_add(out, name,
			    value ? arena_printf(arena, "%s=\"%s\"\n", name, value) : NULL, arena);
	}
}

/* Without its newline. */
static size_t longest_line(const struct proxy *want, struct arena *arena)
{
	size_t longest = 0;

	for (unsigned i = 0; i < PROXY_VARIABLES; i++) {
		const char *value = proxy_variable_value(want, i, arena);
		size_t size = value ? strlen(proxy_variable(i)) + 3 + strlen(value) : 0;

		longest = size > longest ? size : longest;
	}
	return longest;
}

static const char *refuses(const struct proxy *want, struct arena *arena, struct text *note)
{
	size_t size = longest_line(want, arena);

	if (size > PAM_LINE_MAX)
		return arena_printf(arena,
		    "a line of /etc/environment would have %zu bytes; pam_env of Linux-PAM before "
		    "1.7 reads none of 8192 and more, nor any behind it: shorten the bypass list",
		    size + 1);
	if (size > PAM_LINE_OLD_MAX)
		text_addf(note,
		    "%sa line of /etc/environment has %zu bytes, and pam_env of Linux-PAM before "
		    "1.4 does not read lines of 1024 and more",
		    note->size ? "; " : "", size + 1);
	return NULL;
}

const struct target TARGET_ENVIRONMENT_ROW = {
    .id = TARGET_ENVIRONMENT,
    .about = "no /etc",
    .marks = PATHS("/etc"),
    .places = {.files = PATHS("/etc/environment"), .parse = parse},
    .settle = proxy_settle_variables,
    .dialect = PROXY_NO_PROXY,
    .takes_effect = "new processes",
    .edits = edit,
    .unsayable = "#",
    .writes = PATHS("/etc/environment"),
    .refuses = refuses,
};
