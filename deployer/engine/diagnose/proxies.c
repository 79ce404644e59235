/* SPDX-License-Identifier: Apache-2.0 */
/* Proxies: of the machine, of its users, of single programs. */
#include "engine/diagnose/probes.h"
#include "policy/words.h"

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
	return item && item->setting && !item->setting->fault &&
	       setting_names_server(item->setting);
}

static bool has_mode(const struct item *item, enum proxy_mode mode)
{
	return item->setting && !item->setting->fault && item->setting->mode == mode;
}

/* No server is named, though detection may find one. */
static bool is_direct(const struct item *item)
{
	return !item ||
	       (item->setting && !item->setting->fault && !setting_names_server(item->setting));
}

/* "http: server" where a policy can hold it. */
static bool add_server(struct text *body, const char *key, const struct proxy_server *server)
{
	AUTO(text) shown = {0};
	struct err ignored;

	if (!server->place)
		return true;
	if (server->cut || !proxy_check_server(server->place, &ignored))
		return false;
	proxy_show_server(&shown, server->place);
	text_addf(body, "  %s: \"%s\"\n", key, text_string(&shown));
	return true;
}

static void add_bypass(struct text *body, const struct proxy *setting)
{
	struct err ignored;
	bool any = false;

	for (size_t i = 0; i < setting->bypass_count; i++) {
		if (!proxy_check_bypass(setting->bypass[i], &ignored))
			continue;
		text_addf(body, "%s\"%s\"", any ? ", " : "  bypass: [", setting->bypass[i]);
		any = true;
	}
	if (any)
		text_add(body, "]\n");
}

/* The policy that gives all of the host's targets the proxy of `item`; none where its setting is
 * nothing that a policy can say. A log-in that is there stays. */
static void suggest(struct diagnosing *d, const struct item *item)
{
	const struct proxy *setting = item->setting;
	AUTO(text) body = {0};
	struct err ignored;

	if (!setting || setting->fault || setting->mode == PROXY_PER_USER ||
	    (setting->mode == PROXY_STATIC && !setting->server[PROXY_HTTP].place &&
	        !setting->server[PROXY_HTTPS].place))
		return;
	text_addf(&body, "proxy:\n  mode: %s\n", proxy_mode_name(setting->mode));
	if (setting->mode == PROXY_STATIC) {
		if (!add_server(&body, "http", &setting->server[PROXY_HTTP]) ||
		    !add_server(&body, "https", &setting->server[PROXY_HTTPS]))
			return;
		add_bypass(&body, setting);
	} else if (setting->mode == PROXY_PAC) {
		if (!word_check_url(setting->pac_url, &ignored))
			return;
		text_addf(&body, "  pac_url: \"%s\"\n", setting->pac_url);
	}
	if (setting_has_login(setting))
		text_add(&body, "  credentials: keep\n");
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
	if (names_proxy(wininet) &&
	    !(winhttp->setting && setting_equal(winhttp->setting, wininet->setting))) {
		report_differs(d, winhttp, wininet, "all users");
		return;
	}
	for (size_t i = 0; names_proxy(winhttp) && i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];

		if (is_users(item) && names_proxy(item) &&
		    !setting_same_servers(item->setting, winhttp->setting))
			report_differs(d, winhttp, item, item->label);
	}
}

void ask_autodetect(struct diagnosing *d)
{
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];

		if (!is_proxy(item) || !has_mode(item, PROXY_AUTO) || !item->note)
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

		if (!is_proxy(item) || !item->setting || !setting_has_login(item->setting))
			continue;
		find(d, "The proxy of %s holds credentials%s.", item->key,
		    item->setting->fault ? ", and they are cut off" : "");
		find_evidence(d, "setting", "%s", item->location ? item->location : "");
		find_evidence(d, "proxy", "%s", item->value);
		suggest(d, item);
	}
}

/* One that cannot be read, or that its consumer cannot use. */
void ask_damaged_proxy(struct diagnosing *d)
{
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];

		if (!is_proxy(item) || (item->setting && !item->setting->fault) ||
		    strcmp(item->value, "closed") == 0)
			continue;
		find(d, "The proxy of %s cannot be %s: %s.",
		    is_users(item) && item->label[0] ? item->label : item->key,
		    item->setting ? "used" : "read", item->note ? item->note : "");
		find_evidence(d, "setting", "%s", item->location ? item->location : "");
	}
}

static void add_name(struct text *names, const struct item *item)
{
	text_addf(names, "%s%s", names->size ? ", " : "", item->key);
}

/* On Linux each program reads a file of its own. */
void ask_one_consumer(struct diagnosing *d)
{
	const struct item *with = NULL, *without = NULL;
	AUTO(text) have = {0};
	AUTO(text) lack = {0};

	if (strcmp(d->out->facts->os, "linux") != 0)
		return;
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];

		if (is_proxy(item) && names_proxy(item)) {
			with = with ? with : item;
			add_name(&have, item);
		} else if (is_proxy(item) && has_mode(item, PROXY_DIRECT)) {
			without = without ? without : item;
			add_name(&lack, item);
		}
	}
	if (!with || !without)
		return;
	find(d, "%s %s a proxy (%s: %s), and %s %s none.", text_string(&have),
	    strchr(text_string(&have), ',') ? "have" : "has", with->key,
	    text_escape_string(with->value).text, text_string(&lack),
	    strchr(text_string(&lack), ',') ? "have" : "has");
	find_evidence(d, "with", "%s", with->location ? with->location : with->key);
	find_evidence(d, "without", "%s", without->location ? without->location : without->key);
	suggest(d, with);
}
