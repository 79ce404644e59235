/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that set a proxy for some program, and that no target reads. No item shows what they say,
 * so diagnosis names them. Nothing of their text is shown: it may hold a log-in.
 */
#include <strings.h>

#include "host/linux/proxy.h"
#include "host/linux/proxy/targets.h"

enum { DEPTH_MAX = 2 };

struct place {
	const char *path; /* a file, or a folder with files and with folders of files */
	const char *end;  /* which names in a folder count */
	const char *who;  /* reads it */
};

static const struct place places[] = {
    {"/etc/profile", NULL, "login shells"},
    {"/etc/profile.d", ".sh", "login shells"},
    {"/etc/bash.bashrc", NULL, "shells"},
    {"/etc/default/locale", NULL, "logins"},
    {"/etc/security/pam_env.conf", NULL, "logins"},
    {"/etc/systemd/system", ".conf", "a service"},
    {"/run/systemd/system", ".conf", "a service"},
    {"/etc/systemd/system", ".service", "a service"},
    {"/etc/systemd/user.conf", NULL, "what users' service managers start"},
    {"/etc/systemd/user.conf.d", ".conf", "what users' service managers start"},
    {"/etc/wgetrc", NULL, "wget"},
    {"/etc/curlrc", NULL, "curl"},
    {"/etc/gitconfig", NULL, "git"},
    {"/etc/rhsm/rhsm.conf", NULL, "subscription-manager"},
    {"/etc/yum.repos.d", ".repo", "a repository of dnf"},
    {"/etc/docker/daemon.json", NULL, "docker"},
};

static bool is_word(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

/* Whether the line gives a value to something with "proxy" in its name. */
static bool sets_proxy(struct span line)
{
	line = proxy_trimmed(line);
	if (line.size == 0 || strchr("#;", line.data[0]))
		return false;
	for (size_t i = 0; i + 5 < line.size; i++) {
		size_t end = i + 5;

		if (strncasecmp((const char *)line.data + i, "proxy", 5) != 0)
			continue;
		while (end < line.size && (is_word(line.data[end]) || line.data[end] == '"'))
			end++;
		while (end < line.size && proxy_is_blank(line.data[end]))
			end++;
		/* NAME= without a value takes one away; in JSON a name stands in quotes */
		if (end + 1 < line.size &&
		    (line.data[end] == '=' || (line.data[end] == ':' && line.data[end - 1] == '"')))
			return true;
	}
	return false;
}

static void look_at_file(
    struct host *host, const char *path, const struct place *place, struct remarks *out)
{
	AUTO(bytes) content = {0};
	struct err ignored = {0};
	struct proxy_lines lines = {0};
	struct span line;

	if (target_reads(host, path) ||
	    !file_read(&host->root, path, PROXY_FILE_MAX, &content, &ignored))
		return;
	lines.text = bytes_span(&content);
	while (proxy_lines_next(&lines, &line)) {
		if (!sets_proxy(line))
			continue;
		remarks_add(out, "proxy_elsewhere", path,
		    "%s:%u sets a proxy for %s, and no target of a policy reads that file.",
		    text_escape_string(path).text, lines.line, place->who);
		return;
	}
}

static void look_into(struct host *host, const char *path, const struct place *place,
    unsigned depth, struct remarks *out)
{
	AUTO(folder) folder = {.fd = -1};
	AUTO(arena) arena = {0};
	struct err ignored = {0};

	if (!folder_open(&host->root, path, &folder, &ignored))
		return;
	for (size_t i = 0; i < folder.count; i++) {
		const char *name = folder.entries[i].name;
		size_t size = strlen(name), end = strlen(place->end);
		const char *below = arena_printf(&arena, "%s/%s", path, name);

		if (folder.entries[i].type == FILE_FOLDER && depth < DEPTH_MAX)
			look_into(host, below, place, depth + 1, out);
		else if (folder.entries[i].type == FILE_REGULAR && size > end &&
		         strcmp(name + size - end, place->end) == 0)
			look_at_file(host, below, place, out);
	}
}

const char *proxy_apt_config(struct host *host, struct arena *arena)
{
	struct proxy_view view = {.root = &host->root};

	for (size_t i = 0; i < target_count; i++) {
		AUTO(proxy_settings) settings = {0};
		const struct proxy_setting *found;
		struct err ignored = {0};

		if (targets[i]->settle != proxy_settle_variables ||
		    !target_is_here(host, targets[i]) ||
		    !proxy_view_gather(&view, &targets[i]->places, &settings, &ignored))
			continue;
		found = proxy_settings_last(&settings, "APT_CONFIG");
		if (found && found->value && *found->value)
			return arena_printf(arena,
			    "%s:%u has apt read %s before its own files (APT_CONFIG), which was "
			    "not looked at",
			    text_escape_string(found->file).text, found->line,
			    text_escape_string(found->value).text);
	}
	return NULL;
}

/* What no item shows: the consumer goes on as if the statement were not there. */
static void remark_dropped(struct host *host, struct remarks *out)
{
	struct proxy_view view = {.root = &host->root};

	for (size_t i = 0; i < target_count; i++) {
		AUTO(proxy_settings) settings = {0};
		struct err ignored = {0};

		if (target_is_here(host, targets[i]) &&
		    proxy_view_gather(&view, &targets[i]->places, &settings, &ignored) &&
		    settings.dropped)
			remarks_add(out, "proxy_damaged", target_words[targets[i]->id], "%s.",
			    settings.dropped);
	}
}

void linux_proxy_remark(struct host *host, struct remarks *out)
{
	const char *apt;

	for (size_t i = 0; i < COUNT(places); i++)
		if (places[i].end)
			look_into(host, places[i].path, &places[i], 0, out);
		else if (file_type(&host->root, places[i].path) == FILE_REGULAR)
			look_at_file(host, places[i].path, &places[i], out);
	remark_dropped(host, out);
	apt = target_is_here(host, target_of(TARGET_APT)) ? proxy_apt_config(host, &out->arena)
	                                                  : NULL;
	if (apt)
		remarks_add(out, "proxy_elsewhere", "/etc/apt", "%s.", apt);
}
