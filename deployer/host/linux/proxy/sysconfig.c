/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SUSE's /etc/sysconfig/proxy, which libzypp and the login shells read: the
 * servers count when PROXY_ENABLED is set to anything but "no" (libzypp,
 * ProxyInfoSysconfig). Switching it off is the way to say "direct" there; the
 * servers, and FTP_PROXY and the other variables always, stay as they are.
 */
#include "host/linux/proxy/settings.h"

static const struct proxy_setting *last(const struct proxy_settings *settings, const char *name)
{
	for (size_t i = settings->count; i > 0; i--)
		if (strcmp(settings->list[i - 1].name, name) == 0)
			return &settings->list[i - 1];
	return NULL;
}

void proxy_settle_sysconfig(
    const struct proxy_settings *settings, struct arena *arena, struct proxy_seen *out)
{
	static const char *const names[] = {
	    "PROXY_ENABLED", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"};
	const struct proxy_setting *set[COUNT(names)];
	const char *value[COUNT(names)];
	struct proxy proxy = {.mode = PROXY_DIRECT};

	*out = (struct proxy_seen){0};
	for (size_t i = 0; i < COUNT(names); i++) {
		set[i] = last(settings, names[i]);
		value[i] = set[i] ? set[i]->value : NULL;
		if (set[i])
			out->from[out->from_count++] = set[i];
	}
	if (value[0] && strcmp(value[0], "no") != 0)
		proxy = proxy_from_variables(value[1], value[2], value[3], arena);
	out->value = proxy_redact(proxy_canonical(&proxy, arena), arena);
}

static const char *server_line(const char *name, const char *server, struct arena *arena)
{
	return arena_printf(
	    arena, "%s=\"%s\"\n", name, server ? proxy_server_url(server, arena) : "");
}

void proxy_edit_sysconfig(const struct proxy *want, struct arena *arena, struct proxy_edits *out)
{
	if (want->mode != PROXY_STATIC) {
		proxy_edits_add(out, "PROXY_ENABLED", "PROXY_ENABLED=\"no\"\n");
		return;
	}
	proxy_edits_add(out, "PROXY_ENABLED", "PROXY_ENABLED=\"yes\"\n");
	proxy_edits_add(out, "HTTP_PROXY", server_line("HTTP_PROXY", want->http, arena));
	proxy_edits_add(out, "HTTPS_PROXY", server_line("HTTPS_PROXY", want->https, arena));
	proxy_edits_add(out, "NO_PROXY",
	    arena_printf(arena, "NO_PROXY=\"%s\"\n", proxy_bypass_list(want, ", ", arena)));
}
