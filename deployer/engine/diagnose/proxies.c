/* SPDX-License-Identifier: Apache-2.0 */
/* Proxies: of the machine, of its users, of single programs. */
#include "engine/diagnose/probes.h"

static bool is_proxy(const struct item *item)
{
	return item->key.kind == ITEM_PROXY;
}

static bool is_users(const struct item *item)
{
	return is_proxy(item) && item->seen.personal;
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
	for (size_t i = 0; i < setting->bypass_count; i++) {
		AUTO(text) shown = {0};

		if (proxy_check_bypass(setting->bypass[i], &ignored)) {
			out->list[out->count++] = setting->bypass[i];
			continue;
		}
		proxy_show_entry(&shown, setting->bypass[i]);
		find_evidence(
		    d, "not_in_the_policy", "%s, which no policy can say", text_string(&shown));
	}
}

static bool take_setting(struct diagnosing *d, const struct proxy *setting, struct proxy_rule *out)
{
	out->mode = (int)setting->mode;
	out->credentials = setting_has_login(setting) ? WORDS_KEEP : NULL;
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

/* Whether a policy says already what the proxy is to be: a policy that is at hand here, or one that
 * the ledger knows from earlier runs. A second one would contradict it. */
static bool is_decided(struct diagnosing *d)
{
	const struct policies *policies = d->session->run->policies;

	for (size_t i = 0; policies && i < policies->count; i++) {
		const struct policy *policy = &policies->list[i];

		if (!policy->has_proxy || policy->filtered)
			continue;
		find_remedy(d,
		    "Run apply, or change the `proxy` of policy %s (%s:%u) and its"
		    " `targets`.",
		    policy->name, text_escape_string(policy->file).text,
		    policy->proxy.position.line);
		return true;
	}
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];
		const char *owner = is_proxy(item) ? find_owner(d, item) : NULL;

		if (!owner)
			continue;
		find_remedy(d,
		    "Change the `proxy` of policy %s, which set that of %s, and its"
		    " `targets`.",
		    owner, key_text(&item->key).text);
		return true;
	}
	return false;
}

/* How much of a setting a policy can say: servers first, then what goes past them. */
static size_t width(const struct proxy *setting)
{
	size_t width = 0;
	struct err ignored;

	for (size_t i = 0; i < setting->bypass_count; i++)
		width += proxy_check_bypass(setting->bypass[i], &ignored);
	for (unsigned i = PROXY_HTTP; i <= PROXY_HTTPS; i++)
		width += setting->server[i].place ? SIZE_MAX / 4 : 0;
	return width;
}

/* Whether both name the same servers. */
static bool agrees(const struct proxy *a, const struct proxy *b)
{
	for (unsigned i = PROXY_HTTP; i <= PROXY_HTTPS; i++)
		if (a->server[i].place && b->server[i].place &&
		    !setting_same_place(&a->server[i], &b->server[i]))
			return false;
	return a->mode == b->mode;
}

/* Of the machine's settings that agree with that one, the one that says most: each program holds
 * only what its own files can say, and apt's can hold no domains. */
static const struct proxy *widest(struct diagnosing *d, const struct item *item)
{
	const struct proxy *best = item->setting;

	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *other = &d->have->list[i];

		if (names_proxy(other) && is_proxy(other) && !other->seen.personal &&
		    agrees(other->setting, item->setting) && width(other->setting) > width(best))
			best = other->setting;
	}
	return best;
}

/* The policy that gives the proxy of `item` to all of the host's targets; none where a policy
 * cannot say that setting, or a policy has decided already. A log-in that is there stays. */
static void suggest(struct diagnosing *d, const struct item *item)
{
	const struct proxy *setting = item->setting;
	struct policy *policy;

	if (is_decided(d) || !setting || setting->fault || setting->mode == PROXY_PER_USER)
		return;
	/* proxies for some hosts or schemes alone: direct would take them away */
	if (setting->mode == PROXY_DIRECT && setting_names_server(setting))
		return;
	if (!item->seen.personal)
		setting = widest(d, item);
	policy = cure_begin(d, "machine-proxy");
	if (take_setting(d, setting, &policy->proxy))
		cure_end(d, policy);
}

void ask_machine_direct(struct diagnosing *d)
{
	const struct item *winhttp = find_item(d, key_proxy(TARGET_WINHTTP));

	if (!winhttp || !is_direct(winhttp) ||
	    names_proxy(find_item(d, key_proxy(TARGET_WININET_MACHINE))))
		return;
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];

		if (!is_users(item) || !names_proxy(item))
			continue;
		find(d,
		    "The %s has a proxy (%s) and the machine has none: its services, which fetch "
		    "roots and lists, go direct.",
		    item->label, text_escape_string(item->value).text);
		find_evidence(d, "user_setting", "%s", item->seen.location);
		find_evidence(d, "user_proxy", "%s", item->value);
		find_evidence(d, "machine_setting", "%s", winhttp->seen.location);
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
	find_evidence(d, target_words[TARGET_WINHTTP], "%s", winhttp->seen.location);
	find_evidence(d, "wininet", "%s", wininet->seen.location);
	suggest(d, wininet);
}

/* Finds a setting of the machine that differs, or a user's. That services have none is another
 * cause. */
void ask_winhttp_differs(struct diagnosing *d)
{
	const struct item *winhttp = find_item(d, key_proxy(TARGET_WINHTTP));
	const struct item *wininet = find_item(d, key_proxy(TARGET_WININET_MACHINE));

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
		    is_users(item) ? item->label : key_text(&item->key).text, item->note);
		find_evidence(d, "setting", "%s", item->seen.location);
	}
}

/* Suggests no policy: one that keeps the log-in would not end this, and one that takes it away
 * would also end the way out. */
void ask_credentials(struct diagnosing *d)
{
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];

		if (!is_proxy(item) || !item->setting ||
		    !(item->seen.proxy.secrets ? *item->seen.proxy.secrets
		                               : setting_has_login(item->setting)))
			continue;
		if (setting_has_login(item->setting))
			find(d, "The proxy of %s holds credentials%s.", key_text(&item->key).text,
			    item->setting->fault ? ", and they are cut off" : "");
		else
			find(d, "A file that %s reads holds credentials that do not count.",
			    key_text(&item->key).text);
		find_evidence(d, "setting", "%s",
		    item->seen.proxy.secrets ? item->seen.proxy.secrets
		    : item->seen.location    ? item->seen.location
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
		    find_is_closed(item))
			continue;
		find(d, "The proxy of %s cannot be %s: %s.",
		    is_users(item) && item->label[0] ? item->label : key_text(&item->key).text,
		    item->setting ? "used" : "read", item->note ? item->note : "");
		find_evidence(d, "setting", "%s", item->seen.location ? item->seen.location : "");
	}
	ask_remarks(d);
}

static void add_name(struct text *names, const struct item *item)
{
	text_addf(names, "%s%s", names->size ? ", " : "", key_text(&item->key).text);
}

/* On Linux each program reads a file of its own. */
void ask_one_consumer(struct diagnosing *d)
{
	const struct item *with = NULL, *without = NULL;
	AUTO(text) have = {0};
	AUTO(text) lack = {0};

	if (!facts_os(d->out->facts, OS_LINUX))
		return;
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];

		/* one for some hosts or schemes alone is none for the rest */
		if (is_proxy(item) && names_proxy(item) && !has_mode(item, PROXY_DIRECT)) {
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
	    strchr(text_string(&have), ',') ? "have" : "has", key_text(&with->key).text,
	    text_escape_string(with->value).text, text_string(&lack),
	    strchr(text_string(&lack), ',') ? "have" : "has");
	find_evidence(
	    d, "with", "%s", with->seen.location ? with->seen.location : key_text(&with->key).text);
	find_evidence(d, "without", "%s",
	    without->seen.location ? without->seen.location : key_text(&without->key).text);
	suggest(d, with);
}
