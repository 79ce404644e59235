/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnf.conf(5), and yum.conf where there is no dnf: [main] proxy=, with a user's
 * name and password in lines of their own. One server serves every scheme and
 * there is no bypass list. "_none_" and nothing mean direct. What a repository's
 * own section says about proxies is not looked at.
 */
#include "host/linux/proxy/settings.h"

/* A line that starts with a blank goes on with the value above it. */
static void add_continuation(struct proxy_settings *out, struct span line, size_t end)
{
	struct proxy_setting *last = &out->list[out->count - 1];
	struct span more = proxy_trimmed(line);

	if (more.size == 0)
		return;
	last->end = end;
	last->value = arena_printf(&out->arena, "%.200s\n%.*s", last->value,
	    (int)(more.size > 200 ? 200 : more.size), (const char *)more.data);
}

void proxy_parse_dnf(struct span text, struct proxy_settings *out)
{
	struct proxy_lines lines = {.text = text};
	bool inside = false, goes_on = false;
	struct span line;

	out->insert = SIZE_MAX;
	while (proxy_lines_next(&lines, &line)) {
		size_t start = (size_t)(line.data - text.data);
		struct proxy_setting where = {
		    .line = lines.line, .start = start, .end = start + line.size};
		const uint8_t *equal = line.size ? memchr(line.data, '=', line.size) : NULL;
		struct span value;

		if (line.size > 0 && (line.data[0] == '#' || line.data[0] == ';'))
			continue;
		if (line.size > 0 && line.data[0] == '[') {
			inside = span_equal(proxy_trimmed(line), span_text("[main]"));
			goes_on = false;
			if (inside && out->insert == SIZE_MAX)
				out->insert = lines.offset;
		} else if (goes_on && line.size > 0 && proxy_is_blank(line.data[0])) {
			add_continuation(out, line, where.end);
		} else if (inside && equal) {
			size_t count = out->count;

			value = proxy_trimmed(
			    (struct span){equal + 1, line.size - (size_t)(equal - line.data) - 1});
			proxy_settings_add(out,
			    proxy_trimmed((struct span){line.data, (size_t)(equal - line.data)}),
			    &value, where);
			goes_on = out->count > count;
		} else {
			goes_on = false;
		}
	}
}

static const struct proxy_setting *last(const struct proxy_settings *settings, const char *name)
{
	for (size_t i = settings->count; i > 0; i--)
		if (strcmp(settings->list[i - 1].name, name) == 0)
			return &settings->list[i - 1];
	return NULL;
}

static const char *with_user(const char *server, struct arena *arena)
{
	const char *rest = strstr(server, "://");
	size_t scheme = rest ? (size_t)(rest - server) + 3 : 0;

	return arena_printf(
	    arena, "%suser@%s", arena_strndup(arena, server, scheme), server + scheme);
}

void proxy_settle_dnf(
    const struct proxy_settings *settings, struct arena *arena, struct proxy_seen *out)
{
	const struct proxy_setting *server = last(settings, "proxy");
	const struct proxy_setting *user = last(settings, "proxy_username");
	const struct proxy_setting *password = last(settings, "proxy_password");
	struct proxy proxy = {.mode = PROXY_DIRECT};
	const char *value = server ? server->value : "";

	*out = (struct proxy_seen){0};
	if (server)
		out->from[out->from_count++] = server;
	if (*value && strcmp(value, "_none_") != 0) {
		/* a user's name counts as if it stood in the URL, and is hidden as there */
		if ((user && *user->value) || (password && *password->value))
			value = with_user(value, arena);
		proxy = proxy_from_variables(value, value, NULL, arena);
	}
	out->value = proxy_redact(proxy_canonical(&proxy, arena), arena);
}

void proxy_edit_dnf(const struct proxy *want, struct arena *arena, struct proxy_edits *out)
{
	bool set = want->mode == PROXY_STATIC;

	out->header = "[main]\n";
	proxy_edits_add(out, "proxy",
	    set ? arena_printf(arena, "proxy=%s\n", proxy_server_url(want->https, arena)) : NULL);
	proxy_edits_add(out, "proxy_username", NULL);
	proxy_edits_add(out, "proxy_password", NULL);
}
