/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's proxies (formats.md c): that of WinHTTP, which services use, for 64-bit and 32-bit
 * programs, and that of WinINET where the machine's counts for all users (ProxySettingsPerUser 0).
 * Blobs are compared by what they say, never by their bytes.
 */
#include "model/proxy.h"

#include <stdio.h>

#include "host/windows/windows.h"

#define SETTINGS "Microsoft\\Windows\\CurrentVersion\\Internet Settings"
#define POLICY   "HKLM\\SOFTWARE\\Policies\\" SETTINGS
#define PER_USER "ProxySettingsPerUser"

enum { FLAG_DIRECT = 1, FLAG_PROXY = 2, FLAG_PAC = 4, FLAG_AUTO = 8 };
enum { WINHTTP_VERSION = 0x18, WININET_VERSION = 0x46, WININET_TAIL = 32, OLD_TAIL = 28 };

static const struct target {
	const char *name;
	const char *value, *second; /* the blob; and where the same bytes stand again */
	const char *const *keys;    /* those that have it; the first one is asked */
	bool wininet;
} targets[] = {
    {"winhttp", "WinHttpSettings", NULL,
        (const char *const[]){"HKLM\\SOFTWARE\\" SETTINGS "\\Connections",
            "HKLM\\SOFTWARE\\WOW6432Node\\" SETTINGS "\\Connections", NULL},
        false},
    {"wininet_machine", "DefaultConnectionSettings", "SavedLegacySettings",
        (const char *const[]){"HKLM\\SOFTWARE\\" SETTINGS "\\Connections", NULL}, true},
};

/* What a blob says; texts are borrowed from it. */
struct blob {
	uint32_t version, counter, flags;
	struct span proxy, bypass, pac;
};

static const struct target *find_target(const char *name)
{
	for (size_t i = 0; i < COUNT(targets); i++)
		if (strcmp(targets[i].name, name) == 0)
			return &targets[i];
	return NULL;
}

static bool parse_blob(struct span span, bool wininet, struct blob *out, struct err *err)
{
	struct reader reader = reader_of(span);
	struct blob blob = {.version = reader_u32le(&reader)};

	blob.counter = reader_u32le(&reader);
	blob.flags = reader_u32le(&reader);
	blob.proxy = reader_take(&reader, reader_u32le(&reader));
	blob.bypass = reader_take(&reader, reader_u32le(&reader));
	if (wininet)
		blob.pac = reader_take(&reader, reader_u32le(&reader));
	if (reader.failed)
		return err_set(
		    err, ERR_FORMAT, "offset 0x%zx: the setting is cut off", reader.offset);
	if (wininet ? blob.version != 0x3c && blob.version != WININET_VERSION
	            : blob.version != WINHTTP_VERSION && blob.version != 0x28)
		return err_set(
		    err, ERR_FORMAT, "offset 0x0: version 0x%x is not known", blob.version);
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
static const char *value_of(const struct blob *blob, struct arena *arena)
{
	struct proxy proxy = {.mode = PROXY_DIRECT};

	if (blob->flags & FLAG_AUTO) {
		proxy.mode = PROXY_AUTO;
	} else if (blob->flags & FLAG_PAC && blob->pac.size > 0) {
		proxy.mode = PROXY_PAC;
		proxy.pac_url = arena_strndup(arena, (const char *)blob->pac.data, blob->pac.size);
	} else if (blob->flags & FLAG_PROXY) {
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

	*out = !target->wininet;
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
	struct blob blob = {0};

	if (!registry_read(windows_registry(host), path, target->value, &value, err))
		return false;
	if (value.type != REGISTRY_ABSENT &&
	    !parse_blob(bytes_span(&value.data), target->wininet, &blob, err))
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

bool windows_proxy_observe(struct host *host, struct items *have, struct err *err)
{
	for (size_t i = 0; i < COUNT(targets); i++)
		if (!observe_target(host, &targets[i], have, err))
			return false;
	return true;
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
	if (!target->wininet && (proxy.mode == PROXY_PAC || proxy.mode == PROXY_AUTO)) {
		cannot_hold(want, "the proxy of WinHTTP knows no script and no detection");
		return;
	}
	translate(&proxy, arena, &note);
	want->value = proxy_canonical(&proxy, arena);
	want->note = note.size ? arena_strdup(arena, text_string(&note)) : NULL;
}

static void add_number(struct bytes *out, uint32_t number)
{
	bytes_add(out,
	    (const uint8_t[]){(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
	        (uint8_t)(number >> 24)},
	    4);
}

static void add_string(struct bytes *out, const char *text)
{
	add_number(out, (uint32_t)strlen(text));
	bytes_add(out, text, strlen(text));
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
static void write_blob(const struct proxy *proxy, const struct blob *was, bool wininet,
    struct arena *arena, struct bytes *out)
{
	static const uint8_t tail[WININET_TAIL];
	uint32_t version = was->version ? was->version
	                   : wininet    ? WININET_VERSION
	                                : WINHTTP_VERSION;
	bool is_static = proxy->mode == PROXY_STATIC;
	uint32_t flags = FLAG_DIRECT | (is_static ? FLAG_PROXY : 0) |
	                 (proxy->mode == PROXY_PAC ? FLAG_PAC : 0) |
	                 (proxy->mode == PROXY_AUTO ? FLAG_AUTO : 0);

	add_number(out, version);
	add_number(out, wininet ? was->counter + 1 : 0);
	add_number(out, flags);
	add_string(out, is_static ? servers_of(proxy, arena) : "");
	add_string(out, is_static ? bypass_of(proxy, arena) : "");
	if (!wininet)
		return;
	add_string(out, proxy->mode == PROXY_PAC ? proxy->pac_url : "");
	bytes_add(out, tail, version == WININET_VERSION ? WININET_TAIL : OLD_TAIL);
}

static bool put_key(struct host *host, const struct target *target, const char *path,
    const struct proxy *proxy, struct changes *out, struct err *err)
{
	AUTO(registry_value) value = {.type = REGISTRY_ABSENT};
	AUTO(registry_value) after = {.type = REGISTRY_BINARY};
	AUTO(registry_value) again = {.type = REGISTRY_BINARY};
	struct blob was = {0};
	struct err unreadable = {0};
	bool there;

	if (!has_key(host, path, &there, err) || !there)
		return there;
	if (!registry_read(windows_registry(host), path, target->value, &value, err))
		return false;
	/* one that cannot be read is replaced as if there were none */
	if (value.type != REGISTRY_ABSENT &&
	    !parse_blob(bytes_span(&value.data), target->wininet, &was, &unreadable))
		was = (struct blob){0};
	write_blob(proxy, &was, target->wininet, &out->arena, &after.data);
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
	return !target->wininet || windows_stage(host, out, POLICY, PER_USER, &machine, err);
}
