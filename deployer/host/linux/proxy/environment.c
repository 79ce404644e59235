/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proxies as environment variables: /etc/environment in the dialect of pam_env,
 * and what the variables of any source come to.
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
#include <strings.h>

#include "host/linux/proxy/settings.h"

/* In the order of enum proxy_scheme. */
static const char *const variables[][2] = {
    [PROXY_HTTP] = {"http_proxy", "HTTP_PROXY"},
    [PROXY_HTTPS] = {"https_proxy", "HTTPS_PROXY"},
    [PROXY_FTP] = {"ftp_proxy", "FTP_PROXY"},
    [PROXY_ALL] = {"all_proxy", "ALL_PROXY"},
    [PROXY_SCHEMES] = {"no_proxy", "NO_PROXY"},
};
enum { LIST = PROXY_SCHEMES, VARIABLES };

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static void add_line(struct proxy_settings *out, char *line, struct proxy_setting where)
{
	struct span name, value;
	size_t size = 0, end;

	line += strspn(line, " \n\t");
	if (strncmp(line, "export ", 7) == 0)
		line += 7;
	while (is_name(line[size]))
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

/* Whether a comment begins in the middle of a word, and "@" stands in the rest of the word: then
 * it is no comment to whoever wrote it, but the middle of a log-in. */
static bool cuts_login(struct span line, const uint8_t *comment)
{
	const uint8_t *end = line.data + line.size;

	if (comment == line.data || comment[-1] == ' ' || comment[-1] == '\t')
		return false;
	while (comment < end && *comment != ' ' && *comment != '\t' && *comment != '@')
		comment++;
	return comment < end && *comment == '@';
}

/* Adds what counts of a physical line to `joined`; true when the next line belongs to it. */
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

		if (joined->size + line.size > PROXY_PAM_LINE_MAX)
			return false;
		if (!is_blank(line)) {
			/* a lone "\" in front is none of the statement's */
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

void proxy_parse_environment(struct span text, struct proxy_settings *out)
{
	struct proxy_lines lines = {.text = text};
	struct span line;

	out->insert = SIZE_MAX;
	refuse_binary(text, out);
	while (proxy_lines_next(&lines, &line)) {
		struct proxy_setting where = {
		    .line = lines.line, .start = (size_t)(line.data - text.data)};
		AUTO(text) joined = {0};

		if (is_blank(line) && line.size <= PROXY_PAM_LINE_MAX)
			continue;
		if (!read_statement(&lines, line, &joined, &where)) {
			/* what is added behind it would be joined to it, or never be read */
			out->insert = where.start;
			return;
		}
		add_line(out, joined.data ? joined.data : (char[]){""}, where);
	}
}

/* `rest` behind the name in "${NAME": appends what it makes of the name's value, and returns what
 * is behind the "}"; NULL for a form that is not known here. A word within is taken as it stands.
 */
static const char *expand_braces(const char *rest, const char *value, struct text *out)
{
	bool otherwise = strncmp(rest, ":-", 2) == 0, instead = strncmp(rest, ":+", 2) == 0;
	const char *word = rest + (otherwise || instead ? 2 : 0);
	size_t size = otherwise || instead ? strcspn(word, "}$") : 0;

	if (word[size] != '}')
		return NULL;
	if (otherwise || instead ? (*value != 0) == instead : false)
		text_add_span(out, (struct span){(const uint8_t *)word, size});
	else if (!instead)
		text_add(out, value);
	return word + size + 1;
}

/* ${NAME}, ${NAME:-WORD} and ${NAME:+WORD} of a proxy variable that was set before; any other stays
 * as it is. */
static const char *expanded(
    const char *value, const struct proxy_setting *set[VARIABLES][2], struct arena *arena)
{
	AUTO(text) out = {.limit = 64 * 1024};

	while (*value) {
		size_t plain = strcspn(value, "$");
		const char *name = value + plain + 1, *found = NULL, *rest;
		bool braces = value[plain] && *name == '{';
		size_t size = 0;

		text_add_span(&out, (struct span){(const uint8_t *)value, plain});
		value += plain;
		if (!*value)
			break;
		name += braces;
		while (is_name(name[size]))
			size++;
		for (unsigned i = 0; i < 2 * VARIABLES; i++)
			if (strlen(variables[i / 2][i % 2]) == size &&
			    memcmp(variables[i / 2][i % 2], name, size) == 0)
				found = set[i / 2][i % 2] && set[i / 2][i % 2]->value
				            ? set[i / 2][i % 2]->value
				            : "";
		if (found && !braces)
			text_add(&out, found);
		rest = found && braces ? expand_braces(name + size, found, &out) : name + size;
		if (!found || !rest) {
			text_add(&out, "$");
			value++;
			continue;
		}
		value = rest;
	}
	return arena_strdup(arena, text_string(&out));
}

static void take(const struct proxy_setting *setting, const struct proxy_setting *set[VARIABLES][2],
    struct arena *arena)
{
	for (unsigned i = 0; i < 2 * VARIABLES; i++) {
		const struct proxy_setting **place = &set[i / 2][i % 2];
		struct proxy_setting *copy;

		if (strcmp(setting->name, PROXY_SETTING_RESET) == 0) {
			*place = NULL;
		} else if (strcmp(setting->name, variables[i / 2][i % 2]) == 0) {
			if (!setting->expands || !setting->value || !strchr(setting->value, '$')) {
				*place = setting;
				continue;
			}
			copy = arena_copy(arena, setting, sizeof(*setting));
			copy->value = expanded(setting->value, set, arena);
			*place = copy;
		}
	}
}

static const char *value_of(const struct proxy_setting *setting)
{
	return setting && setting->value && *setting->value ? setting->value : NULL;
}

/* Whether two values of a variable say the same. */
static bool same_value(unsigned variable, const char *a, const char *b, struct arena *arena)
{
	struct proxy_setting left = {.value = a}, right = {.value = b};
	const struct proxy_setting *servers[2][PROXY_SCHEMES] = {{&left}, {&right}};
	struct proxy first, second;

	if (!a || !b)
		return a == b;
	if (variable == LIST)
		servers[0][PROXY_HTTP] = servers[1][PROXY_HTTP] = &left;
	first = proxy_from_variables(servers[0], variable == LIST ? &left : NULL, arena);
	second = proxy_from_variables(servers[1], variable == LIST ? &right : NULL, arena);
	return setting_equal(&first, &second);
}

static void add_exception(
    struct proxy *out, const char *name, const struct proxy_setting *from, struct arena *arena)
{
	struct proxy_exception *one = &out->exceptions[out->exception_count++];

	/* the settings that were read do not outlive the item */
	*one = setting_exception(
	    name, value_of(from) ? arena_strdup(arena, value_of(from)) : NULL, arena);
	if (!from)
		return;
	one->file = arena_strdup(arena, from->file);
	one->line = from->line;
	one->server.cut = from->cut;
	one->login = one->login || from->cut;
}

/* The lower-case names are the setting; an upper-case one that says something else is an
 * exception from it. */
void proxy_settle_variables(
    const struct proxy_settings *settings, struct arena *arena, struct proxy_seen *out)
{
	const struct proxy_setting *set[VARIABLES][2] = {{0}};
	const struct proxy_setting *servers[PROXY_SCHEMES];
	struct proxy *setting = &out->setting;

	*out = (struct proxy_seen){0};
	for (size_t i = 0; i < settings->count; i++)
		take(&settings->list[i], set, arena);
	for (unsigned i = 0; i < PROXY_SCHEMES; i++)
		servers[i] = set[i][0];
	*setting = proxy_from_variables(servers, set[LIST][0], arena);
	if (settings->fault)
		setting->fault = arena_strdup(arena, settings->fault);
	setting->exceptions = arena_alloc(arena, VARIABLES * sizeof(*setting->exceptions));
	for (unsigned i = 0; i < VARIABLES; i++)
		if (!same_value(i, value_of(set[i][0]), value_of(set[i][1]), arena))
			add_exception(setting, variables[i][1], set[i][1], arena);
	/* a list alone goes past nothing */
	if (setting->mode == PROXY_DIRECT && setting->exception_count == 1 &&
	    strcmp(setting->exceptions[0].name, variables[LIST][1]) == 0)
		setting->exception_count = 0;
	for (unsigned i = 0; i < 2 * VARIABLES; i++) {
		const struct proxy_setting *one = set[i / 2][i % 2];

		proxy_seen_from(out, one);
		if (one && one->cut && !setting->fault)
			setting->fault = arena_printf(arena,
			    "%s:%u: the value ends at its \"#\", in the middle of a user name and "
			    "password: write it as %%23",
			    text_escape_string(one->file).text, one->line);
	}
}

/* The value that a variable is to have, or NULL: not set. */
static const char *value_for(
    const struct proxy *want, unsigned variable, bool upper, struct arena *arena)
{
	for (size_t i = 0; upper && i < want->exception_count; i++)
		if (strcmp(want->exceptions[i].name, variables[variable][1]) == 0)
			return want->exceptions[i].value;
	if (variable == LIST)
		return want->bypass_count ? proxy_bypass_list(want, ",", arena) : NULL;
	return want->server[variable].place ? setting_url(&want->server[variable], arena) : NULL;
}

void proxy_edit_environment(const struct proxy *want, const struct proxy_settings *file,
    struct arena *arena, struct proxy_edits *out)
{
	for (unsigned i = 0; i < 2 * VARIABLES; i++) {
		const char *name = variables[i / 2][i % 2];
		const char *value = value_for(want, i / 2, i % 2, arena);
		const struct proxy_setting *last = proxy_settings_last(file, name);

		/* a line that says so already stays as it was written */
		if (!last || last->cut || !last->value || !value ||
		    !same_value(i / 2, last->value, value, arena))
			proxy_edits_add(out, name,
			    value ? arena_printf(arena, "%s=\"%s\"\n", name, value) : NULL, arena);
	}
}

size_t proxy_environment_line(const struct proxy *want, struct arena *arena)
{
	size_t longest = 0;

	for (unsigned i = 0; i < 2 * VARIABLES; i++) {
		const char *value = value_for(want, i / 2, i % 2, arena);
		size_t size = value ? strlen(variables[i / 2][0]) + 3 + strlen(value) : 0;

		longest = size > longest ? size : longest;
	}
	return longest;
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
void proxy_write_environment_d(const struct proxy *want, const struct proxy_settings *others,
    struct arena *arena, struct text *out)
{
	(void)others;
	text_add(out, "# ${NAME:+} is always empty; systemd would skip a NAME= without a value\n");
	for (unsigned i = 0; i < 2 * VARIABLES; i++) {
		const char *name = variables[i / 2][i % 2];
		const char *value = value_for(want, i / 2, i % 2, arena);

		if (!value || !*value) {
			text_addf(out, "%s=${%s:+}\n", name, name);
			continue;
		}
		text_addf(out, "%s=\"", name);
		add_quoted(out, value, "\"\\$`", false);
		text_add(out, "\"\n");
	}
}

void proxy_write_manager(const struct proxy *want, const struct proxy_settings *others,
    struct arena *arena, struct text *out)
{
	(void)others;
	text_add(out, "[Manager]\n");
	for (unsigned i = 0; i < 2 * VARIABLES; i++) {
		text_addf(out, "DefaultEnvironment=\"%s=", variables[i / 2][i % 2]);
		add_quoted(out, value_for(want, i / 2, i % 2, arena), "\"\\", true);
		text_add(out, "\"\n");
	}
}
