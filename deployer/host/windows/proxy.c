/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's proxies (formats.md c): that of WinHTTP, which services use, for 64-bit and 32-bit
 * programs, and that of WinINET where the machine's counts for all users (ProxySettingsPerUser 0).
 * Blobs are compared by what they say, never by their bytes.
 */
#include "model/proxy.h"

#include <stdio.h>

#include "formats/windows/winproxy.h"
#include "host/windows/windows.h"

#define SETTINGS "Microsoft\\Windows\\CurrentVersion\\Internet Settings"
#define POLICY   "HKLM\\SOFTWARE\\Policies\\" SETTINGS
#define PER_USER "ProxySettingsPerUser"

static const struct target {
	const char *name;
	const char *value, *second; /* the blob; and where the same bytes stand again */
	const char *const *keys;    /* those that have it; the first one is asked */
	enum winproxy_kind kind;
} targets[] = {
    {"winhttp", "WinHttpSettings", NULL,
        (const char *const[]){"HKLM\\SOFTWARE\\" SETTINGS "\\Connections",
            "HKLM\\SOFTWARE\\WOW6432Node\\" SETTINGS "\\Connections", NULL},
        WINPROXY_WINHTTP},
    {"wininet_machine", "DefaultConnectionSettings", "SavedLegacySettings",
        (const char *const[]){"HKLM\\SOFTWARE\\" SETTINGS "\\Connections", NULL}, WINPROXY_WININET},
};

static const struct target *find_target(const char *name)
{
	for (size_t i = 0; i < COUNT(targets); i++)
		if (strcmp(targets[i].name, name) == 0)
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

/* "host:port" for all protocols, or "http=host:port;https=host:port". */
static void read_servers(struct span list, struct arena *arena, struct proxy *out)
{
	const char *part;

	while ((part = next_part(&list, arena))) {
		if (strncmp(part, "http=", 5) == 0)
			out->http = part + 5;
		else if (strncmp(part, "https=", 6) == 0)
			out->https = part + 6;
		else if (!strchr(part, '='))
			out->http = out->https = part;
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
static const char *value_of(const struct winproxy *blob, struct arena *arena)
{
	struct proxy proxy = {.mode = PROXY_DIRECT};

	if (blob->flags & WINPROXY_AUTO) {
		proxy.mode = PROXY_AUTO;
	} else if (blob->flags & WINPROXY_PAC && blob->pac_url.size > 0) {
		proxy.mode = PROXY_PAC;
		proxy.pac_url =
		    arena_strndup(arena, (const char *)blob->pac_url.data, blob->pac_url.size);
	} else if (blob->flags & WINPROXY_PROXY) {
		proxy.mode = PROXY_STATIC;
		read_servers(blob->proxy, arena, &proxy);
		read_bypass(blob->bypass, arena, &proxy);
	}
	return proxy_redact(proxy_canonical(&proxy, arena), arena);
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
    struct items *have, const char **value_out, struct err *err)
{
	AUTO(registry_value) value = {.type = REGISTRY_ABSENT};
	struct winproxy blob = {0};

	if (!registry_read(windows_registry(host), path, target->value, &value, err))
		return false;
	if (value.type != REGISTRY_ABSENT &&
	    !parse_blob(bytes_span(&value.data), target->kind, &blob, err))
		return err_wrap(err, "%s\\%s", path, target->value);
	*value_out = value_of(&blob, &have->arena);
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

/* Where the views differ that is the value: no policy says so, and put makes both right. */
static bool observe_target(
    struct host *host, const struct target *target, struct items *have, struct err *err)
{
	struct item seen = {.value = "direct", .location = target->keys[0]};
	struct err why = {0};
	struct item *item;
	bool counted;

	if (!counts(host, target, &counted, err))
		return false;
	for (size_t i = 0; counted && target->keys[i]; i++) {
		const char *value = "";
		bool there;

		if (!has_key(host, target->keys[i], &there, err))
			return false;
		if (!there)
			continue;
		if (!observe_key(host, target, target->keys[i], have, &value, &why)) {
			seen.value = "unreadable";
			seen.note = arena_strdup(&have->arena, why.text);
			break;
		}
		if (i > 0 && strcmp(value, seen.value) != 0)
			value = arena_printf(
			    &have->arena, "%s; for 32-bit programs: %s", seen.value, value);
		seen.value = value;
	}
	item = items_add(have, ITEM_PROXY, target->name);
	item->presence = ITEM_PRESENT;
	item->value = seen.value;
	item->note = seen.note;
	item->location = arena_printf(&have->arena, "%s\\%s", target->keys[0], target->value);
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
	struct item *item;

	if (!registry_read(windows_registry(host), path, "DefaultConnectionSettings", &value, err))
		return false;
	if (value.type == REGISTRY_ABSENT)
		return true;
	item = items_add(have, ITEM_PROXY,
	    arena_printf(arena, "wininet_user/%s", text_escape_string(name).text));
	item->presence = ITEM_PRESENT;
	item->evidence = item->personal = true;
	item->label = arena_printf(arena, "user %s", text_escape_string(name).text);
	item->location = arena_printf(arena, "%s\\DefaultConnectionSettings", path);
	if (!parse_blob(bytes_span(&value.data), WINPROXY_WININET, &blob, &why)) {
		item->value = "unreadable";
		item->note = arena_strdup(arena, why.text);
		return true;
	}
	item->value = value_of(&blob, arena);
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
		struct item *item = items_add(have, ITEM_PROXY,
		    arena_printf(&have->arena, "wininet_user/%s",
		        text_escape_string(users.list[i].name).text));

		item->evidence = item->personal = true;
		item->value = why.denied ? "closed" : "unreadable";
		item->note = arena_strdup(&have->arena, why.text);
	}
	return true;
}

bool windows_proxy_observe(struct host *host, struct items *have, struct err *err)
{
	for (size_t i = 0; i < COUNT(targets); i++)
		if (!observe_target(host, &targets[i], have, err))
			return false;
	return !host->thorough || observe_users(host, have, err);
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

static void translate(struct proxy *proxy, struct arena *arena, struct text *note)
{
	size_t kept = 0;

	for (size_t i = 0; i < proxy->bypass_count; i++) {
		const char *entry = translate_entry(proxy->bypass[i], arena);

		if (entry)
			proxy->bypass[kept++] = entry;
		else
			text_addf(note, "%s%s cannot be said in a bypass list of Windows",
			    note->size ? "; " : "", text_escape_string(proxy->bypass[i]).text);
	}
	proxy->bypass_count = kept;
}

static void cannot_hold(struct item *want, const char *note)
{
	want->holding = HOLD_NOT_APPLICABLE;
	want->note = note;
}

void windows_proxy_express(struct host *host, struct item *want, struct arena *arena)
{
	const struct target *target = find_target(want->key);
	AUTO(text) note = {0};
	struct proxy proxy;

	(void)host;
	if (!target) {
		cannot_hold(want, "not a proxy setting of Windows");
		return;
	}
	if (!proxy_parse_canonical(want->value, arena, &proxy)) {
		cannot_hold(want, "the policy's proxy setting could not be read back");
		return;
	}
	if (target->kind == WINPROXY_WINHTTP &&
	    (proxy.mode == PROXY_PAC || proxy.mode == PROXY_AUTO)) {
		cannot_hold(want, "the proxy of WinHTTP knows no script and no detection");
		return;
	}
	translate(&proxy, arena, &note);
	want->value = proxy_canonical(&proxy, arena);
	want->note = note.size ? arena_strdup(arena, text_string(&note)) : NULL;
}

static const char *servers_of(const struct proxy *proxy, struct arena *arena)
{
	if (proxy->http && proxy->https && strcmp(proxy->http, proxy->https) == 0)
		return proxy->http;
	if (proxy->http && proxy->https)
		return arena_printf(arena, "http=%s;https=%s", proxy->http, proxy->https);
	return proxy->http ? arena_printf(arena, "http=%s", proxy->http)
	                   : arena_printf(arena, "https=%s", proxy->https);
}

static const char *bypass_of(const struct proxy *proxy, struct arena *arena)
{
	AUTO(text) text = {0};

	for (size_t i = 0; i < proxy->bypass_count; i++)
		text_addf(&text, "%s%s", i ? ";" : "", proxy->bypass[i]);
	return arena_strdup(arena, text_string(&text));
}

/* The version that is there stays; the counter goes up where WinINET looks at it. */
static void write_blob(const struct proxy *proxy, const struct winproxy *was,
    enum winproxy_kind kind, struct arena *arena, struct bytes *out)
{
	struct winproxy blob = {.kind = kind,
	    .version = was->version,
	    .counter = kind == WINPROXY_WININET ? was->counter + 1 : 0,
	    .flags = WINPROXY_DIRECT};

	if (proxy->mode == PROXY_STATIC) {
		blob.flags |= WINPROXY_PROXY;
		blob.proxy = span_text(servers_of(proxy, arena));
		blob.bypass = span_text(bypass_of(proxy, arena));
	} else if (proxy->mode == PROXY_PAC) {
		blob.flags |= WINPROXY_PAC;
		blob.pac_url = span_text(proxy->pac_url);
	} else if (proxy->mode == PROXY_AUTO) {
		blob.flags |= WINPROXY_AUTO;
	}
	winproxy_write(&blob, out);
}

static bool put_key(struct host *host, const struct target *target, const char *path,
    const struct proxy *proxy, struct changes *out, struct err *err)
{
	AUTO(registry_value) value = {.type = REGISTRY_ABSENT};
	AUTO(registry_value) after = {.type = REGISTRY_BINARY};
	AUTO(registry_value) again = {.type = REGISTRY_BINARY};
	struct winproxy was = {0};
	struct err unreadable = {0};
	bool there;

	if (!has_key(host, path, &there, err) || !there)
		return there;
	if (!registry_read(windows_registry(host), path, target->value, &value, err))
		return false;
	/* one that cannot be read is replaced as if there were none */
	if (value.type != REGISTRY_ABSENT &&
	    !parse_blob(bytes_span(&value.data), target->kind, &was, &unreadable))
		was = (struct winproxy){0};
	write_blob(proxy, &was, target->kind, &out->arena, &after.data);
	again.data = bytes_copy(bytes_span(&after.data));
	return windows_stage(host, out, path, target->value, &after, err) &&
	       (!target->second || windows_stage(host, out, path, target->second, &again, err));
}

bool windows_proxy_put(
    struct host *host, const struct item *want, struct changes *out, struct err *err)
{
	const struct target *target = find_target(want->key);
	AUTO(registry_value) machine = {0};
	struct proxy proxy;

	if (!target || !proxy_parse_canonical(want->value, &out->arena, &proxy))
		return err_set(err, ERR_HOST, "proxy/%s: cannot hold \"%s\"", want->key,
		    text_escape_string(want->value).text);
	for (size_t i = 0; target->keys[i]; i++)
		if (!put_key(host, target, target->keys[i], &proxy, out, err))
			return false;
	registry_set_number(&machine, 0);
	return target->kind == WINPROXY_WINHTTP ||
	       windows_stage(host, out, POLICY, PER_USER, &machine, err);
}
