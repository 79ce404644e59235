/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proxies as environment variables: /etc/environment in the dialect of pam_env,
 * and what the variables of any source come to.
 *
 * pam_env's way with a line (modules/pam_env, _assemble_line and
 * _parse_env_file): it ends at the first "#", also within quotes; a "\" at its
 * end joins the next line; "export " in front is skipped; of a value that
 * starts with a quote the first and, when it is one, the last character are
 * dropped; blanks and carriage returns behind a value belong to it.
 */
#include "host/linux/proxy/settings.h"

static const char *const variables[][2] = {
    {"http_proxy", "HTTP_PROXY"},
    {"https_proxy", "HTTPS_PROXY"},
    {"no_proxy", "NO_PROXY"},
    {"all_proxy", "ALL_PROXY"},
};
enum { HTTP, HTTPS, LIST, ALL, VARIABLES };

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

/* Adds what counts of a physical line to `joined`; true when the next line belongs to it. */
static bool join_line(struct text *joined, struct span line, size_t *used)
{
	const uint8_t *comment = memchr(line.data, '#', line.size);
	size_t size = comment ? (size_t)(comment - line.data) : line.size, last = size;

	*used = size;
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

/* From a first line that is not blank; false when the file's end cuts the statement off,
 * which pam_env then drops. */
static bool read_statement(
    struct proxy_lines *lines, struct span line, struct text *joined, struct proxy_setting *where)
{
	bool more = true;

	while (more) {
		size_t start = (size_t)(line.data - lines->text.data), used;

		if (!is_blank(line)) {
			/* a lone "\" in front is none of the statement's */
			if (is_blank_text(joined)) {
				where->start = start;
				where->line = lines->line;
			}
			more = join_line(joined, line, &used);
			where->end = start + used;
		}
		if (more && !proxy_lines_next(lines, &line))
			return false;
	}
	return true;
}

void proxy_parse_environment(struct span text, struct proxy_settings *out)
{
	struct proxy_lines lines = {.text = text};
	struct span line;

	out->insert = SIZE_MAX;
	while (proxy_lines_next(&lines, &line)) {
		struct proxy_setting where = {0};
		AUTO(text) joined = {0};

		if (is_blank(line))
			continue;
		if (!read_statement(&lines, line, &joined, &where)) {
			/* it would join what is added behind it */
			out->insert = where.start;
			return;
		}
		add_line(out, joined.data ? joined.data : (char[]){""}, where);
	}
}

/* ${NAME} of a proxy variable that was set before; any other stays as it is. */
static const char *expanded(
    const char *value, const struct proxy_setting *set[VARIABLES][2], struct arena *arena)
{
	AUTO(text) out = {.limit = 64 * 1024};

	while (*value) {
		size_t plain = strcspn(value, "$");
		const char *name = value + plain + 1, *found = NULL;
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
		if (!found || (braces && name[size] != '}')) {
			text_add(&out, "$");
			value++;
			continue;
		}
		text_add(&out, found);
		value = name + size + braces;
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
			*place = setting;
			if (!setting->expands || !setting->value || !strchr(setting->value, '$'))
				continue;
			copy = arena_copy(arena, setting, sizeof(*setting));
			copy->value = expanded(setting->value, set, arena);
			*place = copy;
		}
	}
}

static const char *value_of(const struct proxy_setting *setting)
{
	return setting ? setting->value : NULL;
}

static const char *canonical_of(
    const struct proxy_setting *set[VARIABLES][2], unsigned upper, struct arena *arena)
{
	struct proxy proxy = proxy_from_variables(value_of(set[HTTP][upper]),
	    value_of(set[HTTPS][upper]), value_of(set[LIST][upper]), arena);

	return proxy_redact(proxy_canonical(&proxy, arena), arena);
}

void proxy_settle_variables(
    const struct proxy_settings *settings, struct arena *arena, struct proxy_seen *out)
{
	const struct proxy_setting *set[VARIABLES][2] = {{0}};
	const char *lower, *upper;

	*out = (struct proxy_seen){0};
	for (size_t i = 0; i < settings->count; i++)
		take(&settings->list[i], set, arena);
	lower = canonical_of(set, 0, arena);
	upper = canonical_of(set, 1, arena);
	out->value = strcmp(lower, upper) == 0
	                 ? lower
	                 : arena_printf(arena, "%s (upper-case names: %s)", lower, upper);
	for (unsigned i = 0; i < 2 * ALL; i++)
		if (set[i / 2][i % 2])
			out->from[out->from_count++] = set[i / 2][i % 2];
	for (unsigned i = 0; i < 2; i++)
		if (value_of(set[ALL][i]) && *value_of(set[ALL][i]))
			out->other = set[ALL][i];
}

static const char *value_for(const struct proxy *want, unsigned variable, struct arena *arena)
{
	if (want->mode != PROXY_STATIC)
		return NULL;
	if (variable == HTTP)
		return want->http ? proxy_server_url(want->http, arena) : NULL;
	if (variable == HTTPS)
		return want->https ? proxy_server_url(want->https, arena) : NULL;
	return want->bypass_count ? proxy_bypass_list(want, ",", arena) : NULL;
}

void proxy_edit_environment(const struct proxy *want, struct arena *arena, struct proxy_edits *out)
{
	for (unsigned i = 0; i < 2 * ALL; i++) {
		const char *name = variables[i / 2][i % 2], *value = value_for(want, i / 2, arena);

		proxy_edits_add(
		    out, name, value ? arena_printf(arena, "%s=\"%s\"\n", name, value) : NULL);
	}
}

/* An empty variable where there is none to set: another part may set it. */
void proxy_write_env_file(const struct proxy *want, struct arena *arena, struct text *out)
{
	for (unsigned i = 0; i < 2 * ALL; i++) {
		const char *value = value_for(want, i / 2, arena);

		text_addf(out, "%s=\"%s\"\n", variables[i / 2][i % 2], value ? value : "");
	}
}

void proxy_write_manager(const struct proxy *want, struct arena *arena, struct text *out)
{
	text_add(out, "[Manager]\n");
	for (unsigned i = 0; i < 2 * ALL; i++) {
		const char *value = value_for(want, i / 2, arena);

		text_addf(out, "DefaultEnvironment=\"%s=", variables[i / 2][i % 2]);
		/* "%" starts a specifier there */
		for (; value && *value; value++)
			text_addf(out, *value == '%' ? "%%%%" : "%c", *value);
		text_add(out, "\"\n");
	}
}
