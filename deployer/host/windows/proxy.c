/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's proxies (formats.md c): that of WinHTTP, which services use, for 64-bit and 32-bit
 * programs, and that of WinINET where the machine's counts for all users (ProxySettingsPerUser 0).
 * Blobs are compared by what they say, never by their bytes.
 */

#include <stdio.h>
#include <stdlib.h>

#include "formats/windows/winproxy.h"
#include "host/windows/windows.h"

#define SETTINGS "Microsoft\\Windows\\CurrentVersion\\Internet Settings"
#define POLICY   "HKLM\\SOFTWARE\\Policies\\" SETTINGS
#define PER_USER "ProxySettingsPerUser"

static const struct target {
	enum proxy_target id;
	const char *value, *second; /* the blob; and where the same bytes stand again */
	const char *const *keys;    /* those that have it; the first one is asked */
	enum winproxy_kind kind;
} targets[] = {
    {TARGET_WINHTTP, "WinHttpSettings", NULL,
        (const char *const[]){"HKLM\\SOFTWARE\\" SETTINGS "\\Connections",
            "HKLM\\SOFTWARE\\WOW6432Node\\" SETTINGS "\\Connections", NULL},
        WINPROXY_WINHTTP},
    {TARGET_WININET_MACHINE, "DefaultConnectionSettings", "SavedLegacySettings",
        (const char *const[]){"HKLM\\SOFTWARE\\" SETTINGS "\\Connections", NULL}, WINPROXY_WININET},
};

static const struct target *find_target(const struct key *key)
{
	for (size_t i = 0; i < COUNT(targets); i++)
		if (targets[i].id == key->which)
			return &targets[i];
	return NULL;
}

static bool parse_blob(
    struct span span, enum winproxy_kind kind, struct winproxy *out, struct err *err)
{
	struct winproxy blob;

	if (!winproxy_parse(span, &blob, err))
		return false;
	if (blob.kind != kind)
		return err_set(err, ERR_FORMAT, "offset 0x0: version 0x%x is not one of this value",
		    blob.version);
	*out = blob;
	return true;
}

/* The parts of a list, in `arena`. */
static const char *next_part(struct span *list, struct arena *arena)
{
	while (list->size > 0) {
		size_t size = 0;
		const char *part = (const char *)list->data;

		while (size < list->size && part[size] != ';' && part[size] != ' ')
			size++;
		list->data += size + (size < list->size);
		list->size -= size + (size < list->size);
		if (size > 0)
			return arena_strndup(arena, part, size);
	}
	return NULL;
}

static const char *const protocols[PROXY_SCHEMES] = {
    [PROXY_HTTP] = "http=",
    [PROXY_HTTPS] = "https=",
    [PROXY_FTP] = "ftp=",
    [PROXY_ALL] = "socks=",
};

/* "host:port" for all protocols, or "http=host:port;https=host:port". */
static void read_servers(struct span list, struct arena *arena, struct proxy *out)
{
	const char *part;

	while ((part = next_part(&list, arena))) {
		struct proxy_server server = setting_server(part, arena);
		unsigned i = 0;

		while (i < PROXY_SCHEMES && strncmp(part, protocols[i], strlen(protocols[i])) != 0)
			i++;
		if (i < PROXY_SCHEMES)
			out->server[i] = setting_server(part + strlen(protocols[i]), arena);
		else if (!strchr(part, '='))
			out->server[PROXY_HTTP] = out->server[PROXY_HTTPS] = server;
	}
}

static void read_bypass(struct span list, struct arena *arena, struct proxy *out)
{
	const char *part;

	out->bypass = arena_alloc(arena, (list.size + 1) * sizeof(*out->bypass));
	while ((part = next_part(&list, arena)))
		out->bypass[out->bypass_count++] = part;
}

/* Windows tries detection first, then the script, then the server. */
static struct proxy setting_of(const struct winproxy *blob, struct arena *arena)
{
	struct proxy setting = {.mode = PROXY_DIRECT};

	if (blob->flags & WINPROXY_AUTO) {
		setting.mode = PROXY_AUTO;
	} else if (blob->flags & WINPROXY_PAC && blob->pac_url.size > 0) {
		setting.mode = PROXY_PAC;
		setting.pac_url =
		    arena_strndup(arena, (const char *)blob->pac_url.data, blob->pac_url.size);
	} else if (blob->flags & WINPROXY_PROXY) {
		setting.mode = PROXY_STATIC;
		read_servers(blob->proxy, arena, &setting);
		read_bypass(blob->bypass, arena, &setting);
	}
	return setting;
}

/* Whether the machine's WinINET settings count: else each user has his own. */
static bool counts(struct host *host, const struct target *target, bool *out, struct err *err)
{
	AUTO(registry_value) value = {.type = REGISTRY_ABSENT};
	uint32_t number;

	*out = target->kind == WINPROXY_WINHTTP;
	if (*out)
		return true;
	if (!registry_read(windows_registry(host), POLICY, PER_USER, &value, err))
		return false;
	*out = registry_number(&value, &number) && number == 0;
	return true;
}

static bool observe_key(struct host *host, const struct target *target, const char *path,
    struct items *have, struct proxy *out, struct err *err)
{
	AUTO(registry_value) value = {.type = REGISTRY_ABSENT};
	struct winproxy blob = {0};

	if (!registry_read(windows_registry(host), path, target->value, &value, err))
		return false;
	if (value.type != REGISTRY_ABSENT &&
	    !parse_blob(bytes_span(&value.data), target->kind, &blob, err))
		return err_wrap(err, "%s\\%s", path, target->value);
	*out = setting_of(&blob, &have->arena);
	return true;
}

/* 32-bit programs have a registry of their own on 64-bit Windows. */
static bool has_key(struct host *host, const char *path, bool *out, struct err *err)
{
	struct registry *registry = windows_registry(host);
	struct registry_key key;
	const char *view = "HKLM\\SOFTWARE\\WOW6432Node";

	*out = strncmp(path, view, strlen(view)) != 0;
	if (*out)
		return true;
	if (!registry->ops->open_key(registry, view, &key, err))
		return false;
	*out = key.hive != NULL;
	registry->ops->close_key(&key);
	return true;
}

/* What 32-bit programs have where it differs: no policy says so, and put makes both right. */
static void add_view(struct proxy *out, const struct proxy *view, struct arena *arena)
{
	struct proxy_exception *one;

	if (setting_equal(out, view))
		return;
	one = arena_alloc(arena, sizeof(*one));
	*one = setting_of_others("32-bit programs", view, arena);
	out->exceptions = one;
	out->exception_count = 1;
}

static bool observe_views(struct host *host, const struct target *target, struct items *have,
    struct proxy *out, const char **note, struct err *err)
{
	struct err why = {0};

	for (size_t i = 0; target->keys[i]; i++) {
		struct proxy view;
		bool there;

		if (!has_key(host, target->keys[i], &there, err))
			return false;
		if (!there)
			continue;
		if (!observe_key(host, target, target->keys[i], have, &view, &why)) {
			*note = arena_strdup(&have->arena, why.text);
			return true;
		}
		if (i > 0)
			add_view(out, &view, &have->arena);
		else
			*out = view;
	}
	return true;
}

static bool observe_target(
    struct host *host, const struct target *target, struct items *have, struct err *err)
{
	struct proxy setting = {.mode = PROXY_PER_USER};
	const char *note = NULL;
	struct item *item;
	bool counted;

	if (!counts(host, target, &counted, err))
		return false;
	if (counted)
		setting.mode = PROXY_DIRECT;
	if (counted && !observe_views(host, target, have, &setting, &note, err))
		return false;
	item = items_add(have, key_proxy(target->id));
	item->presence = ITEM_PRESENT;
	if (note)
		item->seen.reading = READING_FAULT;
	else
		item_set_setting(item, &setting, &have->arena);
	item->note = note;
	item->seen.location = arena_printf(&have->arena, "%s\\%s", target->keys[0], target->value);
	return true;
}

/* What a user has set for himself is looked at and never written. */
static bool observe_user(struct host *host, const char *name, struct items *have, struct err *err)
{
	AUTO(registry_value) value = {.type = REGISTRY_ABSENT};
	struct arena *arena = &have->arena;
	const char *path =
	    arena_printf(arena, "HKU\\%s\\Software\\" SETTINGS "\\Connections", name);
	struct winproxy blob = {0};
	struct err why = {0};
	struct proxy setting;
	struct item *item;

	if (!registry_read(windows_registry(host), path, "DefaultConnectionSettings", &value, err))
		return false;
	if (value.type == REGISTRY_ABSENT)
		return true;
	item = items_add(have, key_proxy_of_user(text_escape_string(name).text));
	item->presence = ITEM_PRESENT;
	item->seen.evidence = item->seen.personal = true;
	item->label = arena_printf(arena, "user %s", text_escape_string(name).text);
	item->seen.location = arena_printf(arena, "%s\\DefaultConnectionSettings", path);
	if (!parse_blob(bytes_span(&value.data), WINPROXY_WININET, &blob, &why)) {
		item->seen.reading = READING_FAULT;
		item->note = arena_strdup(arena, why.text);
		return true;
	}
	setting = setting_of(&blob, arena);
	item_set_setting(item, &setting, arena);
	if (blob.flags & WINPROXY_AUTO && blob.detected.size == 0)
		item->note = "no script was ever found";
	return true;
}

static bool observe_users(struct host *host, struct items *have, struct err *err)
{
	struct registry *registry = windows_registry(host);
	AUTO(registry_names) users = {0};

	if (!registry->ops->list_users(registry, &users, err))
		return false;
	for (size_t i = 0; i < users.count; i++) {
		struct err why = {0};

		if (observe_user(host, users.list[i].name, have, &why))
			continue;
		/* a user's hive that cannot be read hides nothing of the machine's */
		struct item *item =
		    items_add(have, key_proxy_of_user(text_escape_string(users.list[i].name).text));

		item->seen.evidence = item->seen.personal = true;
		item->seen.reading = why.denied ? READING_CLOSED : READING_FAULT;
		item->note = arena_strdup(&have->arena, why.text);
	}
	return true;
}

bool windows_proxy_observe(
    struct host *host, const struct observing *how, struct items *have, struct err *err)
{
	for (size_t i = 0; i < COUNT(targets); i++)
		if (!observe_target(host, &targets[i], have, err))
			return false;
	return !how->thorough || observe_users(host, have, err);
}

/* An entry as Windows says it: patterns of names and addresses; NULL when it cannot. */
static const char *translate_entry(const char *entry, struct arena *arena)
{
	const char *slash = strrchr(entry, '/');
	int octets = slash ? (strcmp(slash, "/8") == 0       ? 1
	                         : strcmp(slash, "/16") == 0 ? 2
	                         : strcmp(slash, "/24") == 0 ? 3
	                                                     : 0)
	                   : 0;
	const char *end = entry;

	switch (proxy_bypass_kind(entry)) {
	case PROXY_BYPASS_DOMAIN:
		return entry[0] == '.' ? arena_printf(arena, "*%s", entry) : entry;
	case PROXY_BYPASS_NETWORK:
		if (octets == 0 || strchr(entry, ':'))
			return NULL;
		for (int i = 0; i < octets; i++)
			end += strcspn(end, ".") + 1;
		return arena_printf(arena, "%.*s*", (int)(end - entry), entry);
	default:
		return entry;
	}
}

static void translate(struct proxy *setting, struct arena *arena, struct text *note)
{
	const char **list = arena_alloc(arena, (setting->bypass_count + 1) * sizeof(*list));
	size_t kept = 0;

	for (size_t i = 0; i < setting->bypass_count; i++) {
		const char *entry = translate_entry(setting->bypass[i], arena);

		if (entry)
			list[kept++] = entry;
		else
			text_addf(note, "%s%s cannot be said in a bypass list of Windows",
			    note->size ? "; " : "", text_escape_string(setting->bypass[i]).text);
	}
	setting->bypass = list;
	setting->bypass_count = kept;
}

static void cannot_hold(struct item *want, enum holding holding, const char *note)
{
	want->asked.holding = holding;
	want->note = note;
}

void windows_proxy_express(struct host *host, struct item *want, struct arena *arena)
{
	const struct target *target = find_target(&want->key);
	struct proxy setting;
	AUTO(text) note = {0};

	(void)host;
	if (!target) {
		cannot_hold(want, HOLD_NOT_APPLICABLE, "not a proxy setting of Windows");
		return;
	}
	want->takes_effect = target->kind == WINPROXY_WINHTTP ? "new processes" : "at once";
	setting = *want->setting;
	if (target->kind == WINPROXY_WINHTTP &&
	    (setting.mode == PROXY_PAC || setting.mode == PROXY_AUTO ||
	        setting.mode == PROXY_PER_USER)) {
		cannot_hold(want, HOLD_NOT_EXPRESSIBLE,
		    "the proxy of WinHTTP knows no script, no detection and no users");
		return;
	}
	if (setting.login == LOGIN_FILE) {
		cannot_hold(want, HOLD_NOT_EXPRESSIBLE, "Windows keeps no log-in with a proxy");
		return;
	}
	translate(&setting, arena, &note);
	item_set_setting(want, &setting, arena);
	want->note = note.size ? arena_strdup(arena, text_string(&note)) : NULL;
}

/* As the list has it: "http://" goes without saying. */
static const char *server_text(const struct proxy_server *server, struct arena *arena)
{
	const char *url = setting_url(server, arena), *plain = "http://";

	return strncmp(url, plain, strlen(plain)) == 0 ? url + strlen(plain) : url;
}

/* One server for all protocols as Windows writes it, else a list. */
static const char *servers_of(const struct proxy *setting, struct arena *arena)
{
	AUTO(text) list = {0};
	bool others = setting->server[PROXY_FTP].place || setting->server[PROXY_ALL].place;

	if (!others && setting->server[PROXY_HTTP].place &&
	    setting_same_place(&setting->server[PROXY_HTTP], &setting->server[PROXY_HTTPS]))
		return server_text(&setting->server[PROXY_HTTP], arena);
	for (unsigned i = 0; i < PROXY_SCHEMES; i++)
		if (setting->server[i].place)
			text_addf(&list, "%s%s%s", list.size ? ";" : "", protocols[i],
			    server_text(&setting->server[i], arena));
	return arena_strdup(arena, text_string(&list));
}

static const char *bypass_of(const struct proxy *setting, struct arena *arena)
{
	size_t count;
	const char **list = setting_sorted_bypass(setting, &count);
	AUTO(text) text = {0};

	for (size_t i = 0; i < count; i++)
		text_addf(&text, "%s%s", i ? ";" : "", list[i]);
	free(list);
	return arena_strdup(arena, text_string(&text));
}

/* The version that is there stays; the counter goes up where WinINET looks at it. */
static void write_blob(const struct proxy *setting, const struct winproxy *was,
    enum winproxy_kind kind, struct arena *arena, struct bytes *out)
{
	struct winproxy blob = {.kind = kind,
	    .version = was->version,
	    .counter = kind == WINPROXY_WININET ? was->counter + 1 : 0,
	    .flags = WINPROXY_DIRECT};

	if (setting->mode == PROXY_STATIC) {
		blob.flags |= WINPROXY_PROXY;
		blob.proxy = span_text(servers_of(setting, arena));
		blob.bypass = span_text(bypass_of(setting, arena));
	} else if (setting->mode == PROXY_PAC) {
		blob.flags |= WINPROXY_PAC;
		blob.pac_url = span_text(setting->pac_url);
	} else if (setting->mode == PROXY_AUTO) {
		blob.flags |= WINPROXY_AUTO;
	}
	winproxy_write(&blob, out);
}

static bool put_key(struct host *host, const struct target *target, const char *path,
    const struct proxy *setting, struct changes *out, struct err *err)
{
	AUTO(registry_value) value = {.type = REGISTRY_ABSENT};
	AUTO(registry_value) after = {.type = REGISTRY_BINARY};
	AUTO(registry_value) again = {.type = REGISTRY_BINARY};
	struct winproxy was = {0};
	struct err unreadable = {0};
	bool there;

	if (!has_key(host, path, &there, err))
		return false;
	/* 32-bit Windows has no second view */
	if (!there)
		return true;
	if (!registry_read(windows_registry(host), path, target->value, &value, err))
		return false;
	/* one that cannot be read is replaced as if there were none */
	if (value.type != REGISTRY_ABSENT &&
	    !parse_blob(bytes_span(&value.data), target->kind, &was, &unreadable))
		was = (struct winproxy){0};
	write_blob(setting, &was, target->kind, &out->arena, &after.data);
	again.data = bytes_copy(bytes_span(&after.data));
	return windows_stage(host, out, path, target->value, &after, err) &&
	       (!target->second || windows_stage(host, out, path, target->second, &again, err));
}

bool windows_proxy_put(
    struct host *host, const struct item *want, struct changes *out, struct err *err)
{
	const struct target *target = find_target(&want->key);
	AUTO(registry_value) machine = {.type = REGISTRY_ABSENT};

	if (!target || !want->setting)
		return err_set(err, ERR_HOST, "%s: cannot hold \"%s\"", key_id(&want->key).text,
		    text_escape_string(want->value).text);
	/* what the machine has stays then; it does not count */
	if (want->setting->mode == PROXY_PER_USER)
		return windows_stage(host, out, POLICY, PER_USER, &machine, err);
	for (size_t i = 0; target->keys[i]; i++)
		if (!put_key(host, target, target->keys[i], want->setting, out, err))
			return false;
	registry_set_number(&machine, 0);
	return target->kind == WINPROXY_WINHTTP ||
	       windows_stage(host, out, POLICY, PER_USER, &machine, err);
}
