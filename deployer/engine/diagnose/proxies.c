/* SPDX-License-Identifier: Apache-2.0 */
/* Proxies: of the machine, of its users, of single programs. */
#include "engine/diagnose/probes.h"

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

/* The server as a policy names it; false where none can hold it. */
static bool take_server(struct diagnosing *d, const struct proxy_server *server, const char **out)
{
	AUTO(text) shown = {0};
	struct err ignored;

	if (!server->place)
		return true;
	if (server->cut || !proxy_check_server(server->place, &ignored))
		return false;
	proxy_show_server(&shown, server->place);
	*out = arena_strdup(&d->out->arena, text_string(&shown));
	return true;
}

static void take_bypass(struct diagnosing *d, const struct proxy *setting, struct texts *out)
{
	struct err ignored;

	out->list = arena_alloc(&d->out->arena, (setting->bypass_count + 1) * sizeof(*out->list));
	for (size_t i = 0; i < setting->bypass_count; i++)
		if (proxy_check_bypass(setting->bypass[i], &ignored))
			out->list[out->count++] = setting->bypass[i];
}

static bool take_setting(struct diagnosing *d, const struct proxy *setting, struct proxy_rule *out)
{
	out->mode = (int)setting->mode;
	out->credentials = setting_has_login(setting) ? "keep" : NULL;
	out->position.line = 1;
	if (setting->mode == PROXY_PAC)
		out->pac_url = setting->pac_url;
	if (setting->mode != PROXY_STATIC)
		return true;
	take_bypass(d, setting, &out->bypass);
	return (setting->server[PROXY_HTTP].place || setting->server[PROXY_HTTPS].place) &&
	       take_server(d, &setting->server[PROXY_HTTP], &out->http) &&
	       take_server(d, &setting->server[PROXY_HTTPS], &out->https);
}

/* The policy that gives all of the host's targets the proxy of `item`; none where its setting is
 * nothing that a policy can say. A log-in that is there stays. */
static void suggest(struct diagnosing *d, const struct item *item)
{
	const struct proxy *setting = item->setting;
	struct policy *policy;

	if (!setting || setting->fault || setting->mode == PROXY_PER_USER)
		return;
	policy = cure_begin(d, "machine-proxy");
	if (take_setting(d, setting, &policy->proxy))
		cure_end(d, policy);
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

/* No policy is suggested: one that keeps the log-in would not end this, and one that takes it away
 * would end the way out as well. */
void ask_credentials(struct diagnosing *d)
{
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];

		if (!is_proxy(item) || !item->setting ||
		    !(item->secrets ? *item->secrets : setting_has_login(item->setting)))
			continue;
		if (setting_has_login(item->setting))
			find(d, "The proxy of %s holds credentials%s.", item->key,
			    item->setting->fault ? ", and they are cut off" : "");
		else
			find(d, "A file that %s reads holds credentials that do not count.",
			    item->key);
		find_evidence(d, "setting", "%s",
		    item->secrets    ? item->secrets
		    : item->location ? item->location
		                     : "");
		find_evidence(d, "proxy", "%s", item->value);
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
