/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What apt's http method makes of apt.conf (methods/http.cc, methods/connect.cc; tried with apt
 * 2.6): Acquire::http::Proxy::HOST before Acquire::http::Proxy; a value without a host, such as
 * "DIRECT", "false" or "none", is no proxy; https falls back to what stands for http; a detection
 * program (Proxy-Auto-Detect) comes before both. A value whose scheme is none that apt knows, in
 * lower case, makes every download fail: host:port without a scheme too. The ftp method (methods/
 * ftp.cc) has the same two tags of its own, and falls back to nothing. The per-host form is the
 * only bypass list there is, and holds exact names; a host with a proxy of its own is an exception,
 * which no policy can say.
 */
#include <strings.h>

#include "host/linux/proxy/targets.h"

/* The tags that stay set, in the order they were set first. */
struct tags {
	const struct proxy_setting **list;
	size_t count;
};

static bool below(const char *tag, const char *top)
{
	size_t size = strlen(top);

	return strncmp(tag, top, size) == 0 && (!tag[size] || strncmp(tag + size, "::", 2) == 0);
}

static void take(struct tags *tags, const struct proxy_setting *setting)
{
	size_t kept = 0;

	for (size_t i = 0; i < tags->count; i++) {
		const char *tag = tags->list[i]->name;

		if (setting->value ? strcmp(tag, setting->name) != 0 : !below(tag, setting->name))
			tags->list[kept++] = tags->list[i];
	}
	tags->count = kept;
	if (setting->value)
		tags->list[tags->count++] = setting;
}

/* The value of a tag after all statements; "" when it was cleared. */
static const char *value_of(
    const struct proxy_settings *settings, const char *tag, const char *otherwise)
{
	const char *value = otherwise;

	for (size_t i = 0; i < settings->count; i++) {
		const struct proxy_setting *one = &settings->list[i];

		if (one->value ? strcmp(one->name, tag) == 0 : below(tag, one->name))
			value = one->value ? one->value : "";
	}
	return value;
}

static bool is_whole(const char *path)
{
	return *path == '/' || strncmp(path, "~/", 2) == 0 || strncmp(path, "./", 2) == 0 ||
	       strncmp(path, "../", 3) == 0;
}

static const char *within(const char *folder, const char *path, struct arena *arena)
{
	size_t size = strlen(folder);

	if (size == 0)
		return path;
	return arena_printf(
	    arena, "%s%s%s", folder, folder[size - 1] == '/' ? "" : "/", path + (*path == '/'));
}

/* FindFile() of apt-pkg/contrib/configuration.cc */
static const char *main_of(const struct proxy_settings *settings, struct arena *arena)
{
	const char *parents[] = {
	    value_of(settings, "dir::etc", "etc/apt"), value_of(settings, "dir", "/")};
	const char *path = value_of(settings, "dir::etc::main", "apt.conf");

	if (!*path)
		return NULL;
	for (size_t i = 0; i < COUNT(parents) && !is_whole(path); i++)
		path = within(parents[i], path, arena);
	if (strncmp(path, "/dev/null", strlen("/dev/null")) == 0)
		return NULL;
	return within(value_of(settings, "rootdir", ""), path, arena);
}

#define FTP        "acquire::ftp::proxy"
#define FTP_HOST   FTP "::"
#define HTTP_HOST  "acquire::http::proxy::"
#define HTTPS_HOST "acquire::https::proxy::"

static bool is_proxy_tag(const char *tag)
{
	static const char *const tops[] = {"acquire::http::proxy", "acquire::https::proxy", FTP,
	    "acquire::http::proxy-auto-detect", "acquire::https::proxy-auto-detect",
	    "acquire::http::proxyautodetect", "acquire::https::proxyautodetect"};

	for (size_t i = 0; i < COUNT(tops); i++)
		if (below(tag, tops[i]))
			return true;
	return false;
}

static const struct proxy_setting *find(const struct tags *tags, const char *tag)
{
	for (size_t i = 0; i < tags->count; i++)
		if (strcmp(tags->list[i]->name, tag) == 0 && *tags->list[i]->value)
			return tags->list[i];
	return NULL;
}

/* Whether apt takes the value for "no proxy", because it names no host. */
static bool is_direct(const char *value)
{
	const char *colon = strchr(value, ':'), *host;

	if (!colon || colon == value)
		return true;
	host = colon + 1;
	if (strncmp(host, "//", 2) == 0)
		host += 2;
	return !*host || *host == '/' || *host == ':';
}

static bool is_known_scheme(const char *value)
{
	static const char *const known[] = {"http:", "https:", "socks5h:"};

	for (size_t i = 0; i < COUNT(known); i++)
		if (strncmp(value, known[i], strlen(known[i])) == 0)
			return true;
	return false;
}

/* A server that a statement names, NULL for none; one that apt cannot use is the fault. */
static const struct proxy_setting *server(
    const struct proxy_setting *statement, struct proxy *out, struct arena *arena)
{
	if (!statement || is_direct(statement->value))
		return NULL;
	if (!is_known_scheme(statement->value) && !out->fault)
		out->fault = arena_printf(arena,
		    "%s:%u: apt fails at every download with a proxy that does not begin with "
		    "http://, https:// or socks5h://, in lower case",
		    text_escape_string(statement->file).text, statement->line);
	return statement;
}

static const char *const host_tags[] = {HTTP_HOST, HTTPS_HOST, FTP_HOST};

static const char *host_of(const char *tag)
{
	for (size_t i = 0; i < COUNT(host_tags); i++)
		if (strncmp(tag, host_tags[i], strlen(host_tags[i])) == 0)
			return tag + strlen(host_tags[i]);
	return NULL;
}

static bool is_of_host(const struct proxy_setting *setting)
{
	/* "Proxy::" alone appends to a list that nobody reads */
	return *setting->value && setting->name[strlen(setting->name) - 1] != ':' &&
	       host_of(setting->name);
}

static bool is_of_ftp(const struct proxy_setting *setting)
{
	return below(setting->name, FTP);
}

/* Whether both http and https go direct to the host. https falls back to http, but http never to
 * https. */
static bool goes_direct(const struct tags *tags, const char *host, struct arena *arena)
{
	const struct proxy_setting *http = find(tags, arena_printf(arena, HTTP_HOST "%s", host));
	const struct proxy_setting *https = find(tags, arena_printf(arena, HTTPS_HOST "%s", host));

	return http && is_direct(http->value) && (!https || is_direct(https->value));
}

static bool names(const struct proxy *setting, const char *host)
{
	for (size_t i = 0; i < setting->bypass_count; i++)
		if (strcasecmp(setting->bypass[i], host) == 0)
			return true;
	return false;
}

static void add_exception(
    struct proxy *out, const struct proxy_setting *from, const char *host, struct arena *arena)
{
	struct proxy_exception *one = &out->exceptions[out->exception_count++];

	*one = setting_exception(
	    arena_strdup(arena, from->name), arena_strdup(arena, from->value), arena);
	one->host = host ? arena_strdup(arena, host) : NULL;
	one->file = arena_strdup(arena, from->file);
	one->line = from->line;
	one->kept = host != NULL;
}

static void add_hosts(
    const struct tags *tags, struct arena *arena, struct proxy *setting, struct proxy_seen *out)
{
	for (size_t i = 0; i < tags->count; i++) {
		const struct proxy_setting *one = tags->list[i];
		const char *host;

		/* a host that only ftp reaches without a proxy is no exception of http's */
		if (!is_of_host(one) || (is_of_ftp(one) && is_direct(one->value)))
			continue;
		host = host_of(one->name);
		if (is_of_ftp(one)) {
			add_exception(setting, one, host, arena);
		} else if (goes_direct(tags, host, arena)) {
			if (!names(setting, host))
				setting->bypass[setting->bypass_count++] =
				    arena_strdup(arena, host);
		} else {
			server(one, setting, arena);
			add_exception(setting, one, host, arena);
		}
		proxy_seen_from(out, one);
	}
}

static const char *const detectors[] = {"acquire::http::proxy-auto-detect",
    "acquire::http::proxyautodetect", "acquire::https::proxy-auto-detect",
    "acquire::https::proxyautodetect"};

/* The tags that stay set after all statements. */
static struct tags tags_of(const struct proxy_settings *settings, struct arena *arena)
{
	struct tags tags = {arena_alloc(arena, (settings->count + 1) * sizeof(*tags.list)), 0};

	for (size_t i = 0; i < settings->count; i++)
		if (!settings->list[i].value || is_proxy_tag(settings->list[i].name))
			take(&tags, &settings->list[i]);
	return tags;
}

static void settle(
    const struct proxy_settings *settings, struct arena *arena, struct proxy_seen *out)
{
	struct tags tags = tags_of(settings, arena);
	const struct proxy_setting *http = find(&tags, "acquire::http::proxy");
	const struct proxy_setting *https = find(&tags, "acquire::https::proxy");
	const struct proxy_setting *ftp = find(&tags, FTP);
	struct proxy *setting = &out->setting;
	const struct proxy_setting *servers[PROXY_SCHEMES] = {0};
	const char *fault = NULL;
	struct proxy probe = {0};

	*out = (struct proxy_seen){0};
	proxy_seen_from(out, http);
	proxy_seen_from(out, https);
	servers[PROXY_HTTP] = server(http, &probe, arena);
	servers[PROXY_HTTPS] = server(https ? https : http, &probe, arena);
	servers[PROXY_FTP] = ftp && !is_direct(ftp->value) ? ftp : NULL;
	proxy_seen_from(out, servers[PROXY_FTP]);
	fault = probe.fault;
	*setting = proxy_from_variables(servers, NULL, arena);
	setting->fault = fault;
	setting->bypass = arena_alloc(arena, (tags.count + 1) * sizeof(*setting->bypass));
	setting->exceptions = arena_alloc(arena, (tags.count + 1) * sizeof(*setting->exceptions));
	add_hosts(&tags, arena, setting, out);
	for (size_t i = 0; i < COUNT(detectors); i++) {
		const struct proxy_setting *detector = find(&tags, detectors[i]);

		if (!detector)
			continue;
		if (setting->mode != PROXY_AUTO)
			out->from_count = 0;
		proxy_seen_from(out, detector);
		setting->mode = PROXY_AUTO;
		add_exception(setting, detector, NULL, arena);
	}
	if (settings->fault)
		setting->fault =
		    arena_printf(arena, "%s: every apt command fails with it", settings->fault);
}

/* No policy speaks of ftp: its setting stays beside a server for http and https. A setting that is
 * no proxy stays in any case. */
static bool is_kept(const struct proxy *want, const struct proxy_setting *setting)
{
	if (is_of_ftp(setting) &&
	    (is_direct(setting->value) || (want->mode == PROXY_STATIC && !is_of_host(setting))))
		return true;
	for (size_t i = 0; i < want->exception_count; i++)
		if (strcmp(want->exceptions[i].name, setting->name) == 0 &&
		    want->exceptions[i].value &&
		    strcmp(want->exceptions[i].value, setting->value) == 0)
			return true;
	return false;
}

/* The statements in apt.conf go, ours among them, because it is read after all parts. An exception
 * that is to stay stays where it is. */
static void edit(const struct proxy *want, const struct proxy_settings *file, struct arena *arena,
    struct proxy_edits *out)
{
	for (size_t i = 0; i < file->count; i++) {
		const struct proxy_setting *setting = &file->list[i];

		if (setting->value && is_proxy_tag(setting->name) && !is_kept(want, setting))
			proxy_edits_add(out, setting->name, NULL, arena);
	}
}

/* "Acquire::http::Proxy" and what is below it in the usual spelling; else as it was read. */
static void add_tag(struct text *out, const char *tag)
{
	static const char *const usual[] = {
	    "Acquire::http::Proxy", "Acquire::https::Proxy", "Acquire::ftp::Proxy"};

	for (size_t i = 0; i < COUNT(usual); i++)
		if (strncasecmp(tag, usual[i], strlen(usual[i])) == 0) {
			text_addf(out, "%s%s", usual[i], tag + strlen(usual[i]));
			return;
		}
	text_add(out, tag);
}

/* What the other files say, and is not wanted, is cleared by name, so that their exceptions still
 * count. */
static void clear_others(struct text *out, const struct proxy *want, const struct tags *others)
{
	for (size_t i = 0; i < others->count; i++)
		if (is_of_host(others->list[i]) && !is_kept(want, others->list[i]) &&
		    !names(want, host_of(others->list[i]->name))) {
			text_add(out, "#clear ");
			add_tag(out, others->list[i]->name);
			text_add(out, ";\n");
		}
}

static void add_exceptions(struct text *out, const struct proxy *want, const struct tags *others)
{
	for (size_t i = 0; i < want->exception_count; i++) {
		const struct proxy_exception *one = &want->exceptions[i];
		const struct proxy_setting *there = find(others, one->name);

		if (!one->value || (there && one->kept && strcmp(there->value, one->value) == 0))
			continue;
		add_tag(out, one->name);
		text_addf(out, " \"%s\";\n", one->value);
	}
}

static void write(const struct proxy *want, const struct proxy_settings *others,
    struct arena *arena, struct text *out)
{
	static const char *const schemes[] = {"http", "https"};
	struct tags tags = tags_of(others, arena);

	for (size_t i = 0; i < COUNT(schemes); i++)
		text_addf(out,
		    "%s%s%s"
		    "#clear Acquire::%s::Proxy-Auto-Detect;\n"
		    "#clear Acquire::%s::ProxyAutoDetect;\n",
		    want->mode == PROXY_STATIC ? "" : "#clear Acquire::",
		    want->mode == PROXY_STATIC ? "" : schemes[i],
		    want->mode == PROXY_STATIC ? "" : "::Proxy;\n", schemes[i], schemes[i]);
	text_add(out, want->mode == PROXY_STATIC ? "" : "#clear Acquire::ftp::Proxy;\n");
	if (want->mode == PROXY_STATIC)
		clear_others(out, want, &tags);
	for (unsigned i = 0; i <= PROXY_HTTPS && want->mode == PROXY_STATIC; i++) {
		const struct proxy_server *one = &want->server[i];

		text_addf(out, "Acquire::%s::Proxy \"%s\";\n", schemes[i],
		    one->place ? setting_url(one, arena) : "DIRECT");
		for (size_t j = 0; j < want->bypass_count; j++)
			text_addf(out, "Acquire::%s::Proxy::%s \"DIRECT\";\n", schemes[i],
			    want->bypass[j]);
	}
	if (want->mode == PROXY_STATIC && want->server[PROXY_FTP].place && !find(&tags, FTP))
		text_addf(out, "Acquire::ftp::Proxy \"%s\";\n",
		    setting_url(&want->server[PROXY_FTP], arena));
	if (want->mode != PROXY_STATIC)
		tags.count = 0; /* all of them are cleared above */
	add_exceptions(out, want, &tags);
}

/* GetListOfFilesInDir() of apt: "conf" or no extension, from a small alphabet. */
static bool is_apt_part(const char *name)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                               "0123456789_-.";

	return *name != '.' && strspn(name, alphabet) == strlen(name) &&
	       (!strchr(name, '.') || target_is_conf(name));
}

const struct target TARGET_APT_ROW = {
    .id = TARGET_APT,
    .about = "no apt",
    .marks = PATHS("/etc/apt"),
    .places = {.files = PATHS("/etc/apt/apt.conf"),
        .files_last = true,
        .main_of = main_of,
        .folders = PATHS("/etc/apt/apt.conf.d"),
        .is_part = is_apt_part,
        .parse = proxy_parse_apt,
        .includes = true},
    .settle = settle,
    .dialect = PROXY_EXACT,
    .takes_effect = "at once",
    .edits = edit,
    .part = "/etc/apt/apt.conf.d/99trust-deployer-proxy",
    .part_private = true,
    .comment = "//",
    .write = write,
    .unsayable = "\"",
    .writes = PATHS("/etc/apt/apt.conf", "/etc/apt/apt.conf.d/*"),
    .warns = proxy_apt_config,
};
