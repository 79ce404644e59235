/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SUSE's /etc/sysconfig/proxy, which libzypp and the login shells read: the
 * servers count when PROXY_ENABLED is set to anything but "no" (libzypp,
 * ProxyInfoSysconfig). Switching it off is the way to say "direct" there; the
 * servers and all other variables stay as they are then.
 */
#include "host/linux/proxy/targets.h"

static void settle(
    const struct proxy_settings *settings, struct arena *arena, struct proxy_seen *out)
{
	static const char *const names[PROXY_SCHEMES] = {
	    [PROXY_HTTP] = "HTTP_PROXY", [PROXY_HTTPS] = "HTTPS_PROXY", [PROXY_FTP] = "FTP_PROXY"};
	const struct proxy_setting *enabled = proxy_settings_last(settings, "PROXY_ENABLED");
	const struct proxy_setting *list = proxy_settings_last(settings, "NO_PROXY");
	const struct proxy_setting *servers[PROXY_SCHEMES] = {0};

	*out = (struct proxy_seen){0};
	proxy_seen_from(out, enabled);
	for (unsigned i = 0; i < PROXY_SCHEMES; i++) {
		servers[i] = names[i] ? proxy_settings_last(settings, names[i]) : NULL;
		proxy_seen_from(out, servers[i]);
	}
	proxy_seen_from(out, list);
	if (enabled && enabled->value && strcmp(enabled->value, "no") != 0)
		out->setting = proxy_from_variables(servers, list, arena);
}

static void edit_server(struct proxy_edits *out, const char *name,
    const struct proxy_server *server, const struct proxy_settings *file, struct arena *arena)
{
	const struct proxy_setting *last = proxy_settings_last(file, name);
	struct proxy_server was = setting_server(last ? last->value : NULL, arena);
	bool same = setting_same_place(server, &was) &&
	            strcmp(server->login ? server->login : "", was.login ? was.login : "") == 0;

	if (!last || !same)
		proxy_edits_add(out, name,
		    arena_printf(arena, "%s=\"%s\"\n", name,
		        server->place ? setting_url(server, arena) : ""),
		    arena);
}

static void edit(const struct proxy *want, const struct proxy_settings *file, struct arena *arena,
    struct proxy_edits *out)
{
	if (want->mode != PROXY_STATIC) {
		proxy_edits_add(out, "PROXY_ENABLED", "PROXY_ENABLED=\"no\"\n", arena);
		return;
	}
	proxy_edits_add(out, "PROXY_ENABLED", "PROXY_ENABLED=\"yes\"\n", arena);
	edit_server(out, "HTTP_PROXY", &want->server[PROXY_HTTP], file, arena);
	edit_server(out, "HTTPS_PROXY", &want->server[PROXY_HTTPS], file, arena);
	if (want->server[PROXY_FTP].place || proxy_settings_last(file, "FTP_PROXY"))
		edit_server(out, "FTP_PROXY", &want->server[PROXY_FTP], file, arena);
	proxy_edits_add(out, "NO_PROXY",
	    arena_printf(arena, "NO_PROXY=\"%s\"\n", proxy_bypass_list(want, ", ", arena)), arena);
}

const struct target TARGET_ZYPPER_ROW = {
    .id = TARGET_ZYPPER,
    .about = "no zypper",
    .marks = PATHS("/etc/sysconfig/proxy"),
    .suse_mark = "/etc/zypp",
    .places = {.files = PATHS("/etc/sysconfig/proxy"), .parse = proxy_parse_env_file},
    .settle = settle,
    .dialect = PROXY_NO_PROXY,
    .takes_effect = "at once",
    .edits = edit,
    .unsayable = "\"\\$`",
    .writes = PATHS("/etc/sysconfig/proxy"),
};
