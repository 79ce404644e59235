/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's proxies (formats.md c): that of WinHTTP, which services use, for 64-bit and 32-bit
 * programs, and that of WinINET where the machine's counts for all users (ProxySettingsPerUser 0).
 * Blobs are compared by what they say, never by their bytes.
 */
#include <stdlib.h>

#include "host/windows/encode/kinds.h"

#define SETTINGS "Microsoft\\Windows\\CurrentVersion\\Internet Settings"

static const struct encode_target targets[] = {
    {TARGET_WINHTTP, "WinHttpSettings", NULL,
        (const char *const[]){"HKLM\\SOFTWARE\\" SETTINGS "\\Connections",
            "HKLM\\SOFTWARE\\WOW6432Node\\" SETTINGS "\\Connections", NULL},
        WINPROXY_WINHTTP},
    {TARGET_WININET_MACHINE, ENCODE_WININET, "SavedLegacySettings",
        (const char *const[]){"HKLM\\SOFTWARE\\" SETTINGS "\\Connections", NULL}, WINPROXY_WININET},
};

const struct encode_target *encode_target(size_t index)
{
	return index < COUNT(targets) ? &targets[index] : NULL;
}

static const struct encode_target *find_target(const struct key *key)
{
	for (size_t i = 0; i < COUNT(targets); i++)
		if (targets[i].id == key->which)
			return &targets[i];
	return NULL;
}

bool encode_read_blob(
    struct span data, enum winproxy_kind kind, struct winproxy *out, struct err *err)
{
	struct winproxy blob;

	if (!winproxy_parse(data, &blob, err))
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

struct proxy encode_setting(const struct winproxy *blob, struct arena *arena)
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

void encode_express_proxy(struct item *want, const char *release, struct arena *arena)
{
	const struct encode_target *target = find_target(&want->key);
	struct proxy setting;
	AUTO(text) note = {0};

	(void)release;
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

/* The blob of a host that has none yet. */
static void add_blob(const struct proxy *setting, const struct encode_target *target,
    const char *key, const char *name, struct encoded *out)
{
	AUTO(registry_value) value = {.type = REGISTRY_BINARY};
	struct winproxy blob = {.kind = target->kind,
	    .counter = target->kind == WINPROXY_WININET,
	    .flags = WINPROXY_DIRECT};

	if (setting->mode == PROXY_STATIC) {
		blob.flags |= WINPROXY_PROXY;
		blob.proxy = span_text(servers_of(setting, &out->arena));
		blob.bypass = span_text(bypass_of(setting, &out->arena));
	} else if (setting->mode == PROXY_PAC) {
		blob.flags |= WINPROXY_PAC;
		blob.pac_url = span_text(setting->pac_url);
	} else if (setting->mode == PROXY_AUTO) {
		blob.flags |= WINPROXY_AUTO;
	}
	winproxy_write(&blob, &value.data);
	encoded_add(out, key, name, &value);
	out->list[out->count - 1].continues = target->value;
}

void encode_continue(struct bytes *blob, struct span there)
{
	struct winproxy is, was = {0};
	struct err unreadable = {0};
	AUTO(bytes) out = {0};

	if (!winproxy_parse(bytes_span(blob), &is, &unreadable) ||
	    !encode_read_blob(there, is.kind, &was, &unreadable))
		return;
	is.version = was.version;
	is.counter = is.kind == WINPROXY_WININET ? was.counter + 1 : 0;
	is.tail = (struct span){0};
	winproxy_write(&is, &out);
	bytes_release(blob);
	*blob = TAKE(out);
}

bool encode_proxy(
    const struct item *want, enum encode_holder holder, struct encoded *out, struct err *err)
{
	const struct encode_target *target = find_target(&want->key);
	AUTO(registry_value) machine = {.type = REGISTRY_ABSENT};

	(void)holder;
	if (!target || !want->setting)
		return err_set(err, ERR_HOST, "%s: cannot hold \"%s\"", key_id(&want->key).text,
		    text_escape_string(want->value).text);
	/* the machine's own value stays then, and does not count */
	if (want->setting->mode != PROXY_PER_USER) {
		for (size_t i = 0; target->keys[i]; i++) {
			add_blob(want->setting, target, target->keys[i], target->value, out);
			if (target->again)
				add_blob(
				    want->setting, target, target->keys[i], target->again, out);
		}
		registry_set_number(&machine, 0);
	}
	if (target->kind == WINPROXY_WININET)
		encoded_add(out, ENCODE_PER_USER_KEY, ENCODE_PER_USER, &machine);
	return true;
}
