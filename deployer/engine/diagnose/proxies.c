/* SPDX-License-Identifier: Apache-2.0 */
/* Proxies: of the machine, of its users, of single programs. */
#include "engine/diagnose/probes.h"
#include "model/proxy.h"

static bool is_proxy(const struct item *item)
{
	return item->kind == ITEM_PROXY;
}

static bool is_users(const struct item *item)
{
	return is_proxy(item) && item->personal;
}

static bool names_proxy(const struct item *item)
{
	return item &&
	       (strncmp(item->value, "static ", 7) == 0 || strncmp(item->value, "pac ", 4) == 0);
}

static bool is_direct(const struct item *item)
{
	return !item || strcmp(item->value, "direct") == 0 || strcmp(item->value, "auto") == 0;
}

/* A server without the user information that a policy may not hold. */
static const char *bare(const char *server)
{
	const char *at = strrchr(server, '@');

	return at ? at + 1 : server;
}

/* The policy that gives all of the host's targets the proxy of `item`. */
static void suggest(struct diagnosing *d, const struct item *item)
{
	AUTO(text) body = {0};
	AUTO(arena) arena = {0};
	struct proxy proxy;

	if (!proxy_parse_canonical(item->value, &arena, &proxy))
		return;
	text_addf(&body, "proxy:\n  mode: %s\n", proxy_mode_name(proxy.mode));
	if (proxy.http)
		text_addf(&body, "  http: \"%s\"\n", bare(proxy.http));
	if (proxy.https)
		text_addf(&body, "  https: \"%s\"\n", bare(proxy.https));
	if (proxy.pac_url)
		text_addf(&body, "  pac_url: \"%s\"\n", proxy.pac_url);
	for (size_t i = 0; i < proxy.bypass_count; i++)
		text_addf(&body, "%s\"%s\"%s", i ? ", " : "  bypass: [", proxy.bypass[i],
		    i + 1 == proxy.bypass_count ? "]\n" : "");
	find_policy(d, "machine-proxy", "%s", text_string(&body));
}

void ask_machine_direct(struct diagnosing *d)
{
	const struct item *winhttp = find_item(d, ITEM_PROXY, "winhttp");

	if (!winhttp || !is_direct(winhttp) ||
	    names_proxy(find_item(d, ITEM_PROXY, "wininet_machine")))
		return;
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];

		if (!is_users(item) || !names_proxy(item))
			continue;
		find(d,
		    "The %s has a proxy (%s) and the machine has none: its services, which fetch "
		    "roots and lists, go direct.",
		    item->label, text_escape_string(item->value).text);
		find_evidence(d, "user_setting", "%s", item->location);
		find_evidence(d, "user_proxy", "%s", item->value);
		find_evidence(d, "machine_setting", "%s", winhttp->location);
		find_evidence(d, "machine_proxy", "%s", winhttp->value);
		suggest(d, item);
		return;
	}
}

/* Whether two settings name the same servers; what goes past them is another matter. */
static bool same_servers(const struct item *a, const struct item *b)
{
	static const char bypass[] = " bypass=";
	const char *end_a = strstr(a->value, bypass), *end_b = strstr(b->value, bypass);
	size_t size_a = end_a ? (size_t)(end_a - a->value) : strlen(a->value);
	size_t size_b = end_b ? (size_t)(end_b - b->value) : strlen(b->value);

	return size_a == size_b && memcmp(a->value, b->value, size_a) == 0;
}

static void report_differs(
    struct diagnosing *d, const struct item *winhttp, const struct item *wininet, const char *whose)
{
	find(d, "Services use \"%s\" (WinHTTP), %s \"%s\" (WinINET).",
	    text_escape_string(winhttp->value).text, whose,
	    text_escape_string(wininet->value).text);
	find_evidence(d, "winhttp", "%s", winhttp->location);
	find_evidence(d, "wininet", "%s", wininet->location);
	suggest(d, wininet);
}

/* A machine's setting that differs, or a user's; that services have none is another cause. */
void ask_winhttp_differs(struct diagnosing *d)
{
	const struct item *winhttp = find_item(d, ITEM_PROXY, "winhttp");
	const struct item *wininet = find_item(d, ITEM_PROXY, "wininet_machine");

	if (!winhttp || !wininet)
		return;
	if (names_proxy(wininet) && strcmp(winhttp->value, wininet->value) != 0) {
		report_differs(d, winhttp, wininet, "all users");
		return;
	}
	for (size_t i = 0; names_proxy(winhttp) && i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];

		if (is_users(item) && names_proxy(item) && !same_servers(item, winhttp))
			report_differs(d, winhttp, item, item->label);
	}
}

void ask_autodetect(struct diagnosing *d)
{
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];

		if (!is_proxy(item) || strcmp(item->value, "auto") != 0 || !item->note)
			continue;
		find(d, "%s detects its proxy automatically, and %s.",
		    is_users(item) ? item->label : item->key, item->note);
		find_evidence(d, "setting", "%s", item->location);
	}
}

void ask_credentials(struct diagnosing *d)
{
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];

		if (!is_proxy(item) || !strstr(item->value, "***@"))
			continue;
		find(d, "The proxy of %s holds credentials.", item->key);
		find_evidence(d, "setting", "%s", item->location ? item->location : "");
		find_evidence(d, "proxy", "%s", item->value);
		suggest(d, item);
	}
}

void ask_damaged_proxy(struct diagnosing *d)
{
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];

		if (!is_proxy(item) || strcmp(item->value, "unreadable") != 0)
			continue;
		find(d, "The proxy of %s cannot be read: %s.",
		    is_users(item) && item->label[0] ? item->label : item->key,
		    item->note ? item->note : "");
		find_evidence(d, "setting", "%s", item->location ? item->location : "");
	}
}

/* On Linux each program reads a file of its own. */
void ask_one_consumer(struct diagnosing *d)
{
	const struct item *with = NULL, *without = NULL;

	if (strcmp(d->out->facts->os, "linux") != 0)
		return;
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];

		if (names_proxy(item) && is_proxy(item) && !with)
			with = item;
		if (is_proxy(item) && strcmp(item->value, "direct") == 0 && !without)
			without = item;
	}
	if (!with || !without)
		return;
	find(d, "%s has a proxy (%s), and %s has none.", with->key,
	    text_escape_string(with->value).text, without->key);
	find_evidence(d, "with", "%s", with->location ? with->location : with->key);
	find_evidence(d, "without", "%s", without->location ? without->location : without->key);
	suggest(d, with);
}
