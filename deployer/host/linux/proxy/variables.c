/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proxies as environment variables: what variables of any source amount to, and what they are to
 * be. The lower-case names are the setting, since every reader knows them.
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

bool proxy_is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

const char *proxy_variable(unsigned variable)
{
	return variables[variable / 2][variable % 2];
}

/* `rest` stands behind the name in "${NAME". Appends what it makes of the name's value, and returns
 * what is behind the "}"; NULL for a form that is not known here. A word within is taken as it
 * stands. */
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
		while (proxy_is_name(name[size]))
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

bool proxy_variable_same(unsigned variable, const char *a, const char *b, struct arena *arena)
{
	struct proxy_setting left = {.value = a}, right = {.value = b};
	const struct proxy_setting *servers[2][PROXY_SCHEMES] = {{&left}, {&right}};
	struct proxy first, second;

	if (!a || !b)
		return a == b;
	if (variable / 2 == LIST)
		servers[0][PROXY_HTTP] = servers[1][PROXY_HTTP] = &left;
	first = proxy_from_variables(servers[0], variable / 2 == LIST ? &left : NULL, arena);
	second = proxy_from_variables(servers[1], variable / 2 == LIST ? &right : NULL, arena);
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
		if (!proxy_variable_same(2 * i, value_of(set[i][0]), value_of(set[i][1]), arena))
			add_exception(setting, variables[i][1], set[i][1], arena);
	/* a list without any server has no effect */
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

const char *proxy_variable_value(const struct proxy *want, unsigned variable, struct arena *arena)
{
	const struct proxy_server *server = &want->server[variable / 2];

	for (size_t i = 0; variable % 2 && i < want->exception_count; i++)
		if (strcmp(want->exceptions[i].name, proxy_variable(variable)) == 0)
			return want->exceptions[i].value;
	if (variable / 2 == LIST)
		return want->bypass_count ? proxy_bypass_list(want, ",", arena) : NULL;
	return server->place ? setting_url(server, arena) : NULL;
}
