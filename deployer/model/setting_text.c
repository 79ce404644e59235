/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The texts of a setting: what people see, and what the ledger keeps.
 */
#include <stdlib.h>
#include <strings.h>

#include "model/setting.h"

static const char *const scheme_names[PROXY_SCHEMES] = {
    [PROXY_HTTP] = "http",
    [PROXY_HTTPS] = "https",
    [PROXY_FTP] = "ftp",
    [PROXY_ALL] = "all",
};

#define EXACT "exact "

/* --- for people --- */

static void show_server(struct text *out, const struct proxy_server *server)
{
	struct span place;
	AUTO(text) bare = {0};

	if (server->login && !server->cut)
		text_add(out, "***@");
	if (server->cut) {
		text_add(out, "***");
		return;
	}
	place = setting_bare_place(server->place);
	text_add_span(&bare, place);
	proxy_show_server(out, place.size ? text_string(&bare) : server->place);
}

/* A list in which a log-in got lost is hidden whole. */
static void show_bypass(struct text *out, const struct proxy *setting)
{
	size_t count;
	const char **list = setting_sorted_bypass(setting, &count);
	bool hidden = false;

	for (size_t i = 0; i < count; i++)
		hidden = hidden || strchr(list[i], '@') || strstr(list[i], "%40") ||
		         strstr(list[i], "://");
	for (size_t i = 0; i < count && !hidden; i++) {
		text_add(out, i ? "," : " bypass=");
		proxy_show_entry(out, list[i]);
	}
	if (hidden)
		text_add(out, " bypass=***");
	free(list);
}

static void show_exception(struct text *out, const struct proxy_exception *one, struct arena *arena)
{
	if (one->other) {
		text_addf(out, "%s: %s", one->name, setting_show(one->other, arena));
		return;
	}
	/* a value that lost its quote may stand in a name */
	if (strchr(one->name, '@') || strstr(one->name, "%40"))
		text_add(out, "***");
	else
		proxy_show_text(out, one->name);
	if (!one->value || !*one->value) {
		text_add(out, one->value ? " empty" : " not set");
		return;
	}
	text_add(out, "=");
	if (one->server.place || one->server.cut) {
		show_server(out, &one->server);
	} else if (one->login || strstr(one->value, "%40")) {
		text_add(out, "***");
	} else {
		proxy_show_entry(out, one->value);
	}
}

static void show_exceptions(struct text *out, const struct proxy *setting, struct arena *arena)
{
	for (size_t i = 0; i < setting->exception_count; i++) {
		text_add(out, i ? "; " : " (");
		show_exception(out, &setting->exceptions[i], arena);
	}
	if (setting->exception_count)
		text_add(out, ")");
}

static const char *show(const struct proxy *setting, bool list, struct arena *arena)
{
	AUTO(text) text = {0};

	text_add(&text, mode_words[setting->mode]);
	if (setting->mode == PROXY_PAC) {
		AUTO(text) url = {0};

		proxy_show_text(&url, setting->pac_url);
		text_addf(&text, " %s", proxy_redact(text_string(&url), arena));
	}
	for (unsigned i = 0; setting->mode == PROXY_STATIC && i < PROXY_SCHEMES; i++)
		if (setting->server[i].place) {
			text_addf(&text, " %s=", scheme_names[i]);
			show_server(&text, &setting->server[i]);
		}
	if (list)
		show_bypass(&text, setting);
	show_exceptions(&text, setting, arena);
	return arena_strdup(arena, text_string(&text));
}

const char *setting_show(const struct proxy *setting, struct arena *arena)
{
	return show(setting, setting->mode == PROXY_STATIC, arena);
}

bool setting_looks_same(const struct proxy *a, const struct proxy *b)
{
	AUTO(arena) arena = {0};

	return strcmp(setting_show(a, &arena), setting_show(b, &arena)) == 0;
}

const char *setting_show_list(const struct proxy *setting, struct arena *arena)
{
	return show(setting, true, arena);
}

/* --- the ledger's form --- */

/* Every byte that could end a word, and "%" itself, as %HH. */
static void add_exact(struct text *out, const char *value)
{
	for (; *value; value++) {
		unsigned char c = (unsigned char)*value;

		text_addf(out, c > 0x20 && c < 0x7f && !strchr("%,=\"\\", c) ? "%c" : "%%%02x", c);
	}
}

static void add_pair(struct text *out, const char *key, const char *value)
{
	text_addf(out, " %s=", key);
	add_exact(out, value);
}

const char *setting_record(const struct proxy *setting, struct arena *arena)
{
	AUTO(text) text = {0};

	if (setting->fault)
		return setting_show(setting, arena);
	text_addf(&text, EXACT "%s", mode_words[setting->mode]);
	if (setting->mode == PROXY_PAC)
		add_pair(&text, "pac", setting->pac_url);
	for (unsigned i = 0; i < PROXY_SCHEMES; i++) {
		const struct proxy_server *server = &setting->server[i];

		if (server->cut)
			return setting_show(setting, arena);
		if (server->place)
			add_pair(&text, scheme_names[i], server->place);
		if (server->login)
			add_pair(
			    &text, arena_printf(arena, "%s.login", scheme_names[i]), server->login);
	}
	for (size_t i = 0; i < setting->bypass_count; i++) {
		text_add(&text, i ? "," : " bypass=");
		add_exact(&text, setting->bypass[i]);
	}
	for (size_t i = 0; i < setting->exception_count; i++) {
		const struct proxy_exception *one = &setting->exceptions[i];

		add_pair(&text, one->other ? "other" : one->kept ? "keep" : "except", one->name);
		if (one->value || one->other) {
			text_add(&text, "=");
			add_exact(
			    &text, one->other ? setting_record(one->other, arena) : one->value);
		}
	}
	return arena_strdup(arena, text_string(&text));
}

/* Undoes add_exact; text of version 0.1 stays encoded, as it was written to files then. */
static const char *decoded(const char *text, bool exact, struct arena *arena)
{
	return exact ? text_unpercent(text, arena) : arena_strdup(arena, text);
}

static void read_bypass(char *list, bool exact, struct proxy *out, struct arena *arena)
{
	size_t count = 1;

	for (const char *c = list; *c; c++)
		count += *c == ',';
	out->bypass = arena_alloc(arena, count * sizeof(*out->bypass));
	while (list) {
		char *comma = strchr(list, ',');

		if (comma)
			*comma++ = 0;
		if (*list)
			out->bypass[out->bypass_count++] = decoded(list, exact, arena);
		list = comma;
	}
}

/* "keep=NAME=VALUE", and of programs with a setting of their own "other=NAME=RECORD". */
static bool read_exception(const char *key, char *word, struct proxy *out, struct arena *arena)
{
	char *equal = strchr(word, '=');
	const char *name, *value;
	struct proxy other;
	struct proxy_exception *grown =
	    arena_alloc(arena, (out->exception_count + 1) * sizeof(*grown));

	if (out->exception_count)
		memcpy(grown, out->exceptions, out->exception_count * sizeof(*grown));
	if (equal)
		*equal++ = 0;
	name = decoded(word, true, arena);
	value = equal ? decoded(equal, true, arena) : NULL;
	if (*key == 'o' && (!value || !setting_read(value, arena, &other)))
		return false;
	grown[out->exception_count] = *key == 'o' ? setting_of_others(name, &other, arena)
	                                          : setting_exception(name, value, arena);
	grown[out->exception_count++].kept = *key == 'k';
	out->exceptions = grown;
	return *word != 0;
}

/* "http=PLACE" or "http.login=LOGIN". */
static bool read_server(
    const char *key, const char *value, bool exact, struct proxy *out, struct arena *arena)
{
	for (unsigned i = 0; i < PROXY_SCHEMES; i++) {
		struct proxy_server *server = &out->server[i];
		size_t size = strlen(scheme_names[i]);

		if (strncmp(key, scheme_names[i], size) != 0)
			continue;
		if (!key[size] && !server->place) {
			server->place = decoded(value, exact, arena);
			return true;
		}
		if (exact && strcmp(key + size, ".login") == 0 && !server->login) {
			server->login = decoded(value, exact, arena);
			return true;
		}
	}
	return false;
}

static bool read_word(char *word, bool exact, struct proxy *out, struct arena *arena)
{
	char *value = strchr(word, '=');

	if (out->mode == PROXY_PAC && !exact && !out->pac_url) {
		out->pac_url = word;
		return true;
	}
	if (!value || (!exact && out->mode != PROXY_STATIC))
		return false;
	*value++ = 0;
	if (strcmp(word, "bypass") == 0 && !out->bypass) {
		read_bypass(value, exact, out, arena);
		return true;
	}
	if (exact && strcmp(word, "pac") == 0 && !out->pac_url) {
		out->pac_url = decoded(value, exact, arena);
		return true;
	}
	if (exact && (strcmp(word, "keep") == 0 || strcmp(word, "except") == 0 ||
	                 strcmp(word, "other") == 0))
		return read_exception(word, value, out, arena);
	return read_server(word, value, exact, out, arena);
}

static bool is_exact(const char *record)
{
	return strncmp(record, EXACT, strlen(EXACT)) == 0;
}

bool setting_read(const char *text, struct arena *arena, struct proxy *out)
{
	bool exact = is_exact(text);
	struct proxy setting = {0};
	int mode;
	char *word = arena_strdup(arena, text + (exact ? strlen(EXACT) : 0)), *blank;

	/* what version 0.1 had hidden cannot be had from it */
	if (!exact && strstr(text, "***"))
		return false;
	blank = strchr(word, ' ');
	if (blank)
		*blank++ = 0;
	mode = words_find(mode_words, word);
	if (mode < 0)
		return false;
	setting.mode = (enum proxy_mode)mode;
	for (word = blank; word; word = blank) {
		blank = strchr(word, ' ');
		if (blank)
			*blank++ = 0;
		if (!read_word(word, exact, &setting, arena))
			return false;
	}
	if ((setting.mode == PROXY_PAC) != (setting.pac_url != NULL))
		return false;
	*out = setting;
	return true;
}

bool setting_is_recorded(const struct proxy *setting, const char *record)
{
	AUTO(arena) arena = {0};
	struct proxy was;

	if (!setting->fault && is_exact(record) && setting_read(record, &arena, &was))
		return setting_equal(setting, &was);
	return strcmp(setting_show(setting, &arena), setting_show_record(record, &arena)) == 0;
}

const char *setting_show_record(const char *text, struct arena *arena)
{
	struct proxy setting;

	if (!is_exact(text))
		return text;
	return setting_read(text, arena, &setting) ? setting_show(&setting, arena) : "damaged";
}
