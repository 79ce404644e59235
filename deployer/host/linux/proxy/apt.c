/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apt.conf(5): statements `Tag "value";` and `Tag { … };`, tags joined with "::"
 * and compared without case; comments // # and C's; "#clear Tag;" takes away a
 * tag and all below it.
 *
 * What apt's http method makes of it: Acquire::http::Proxy::HOST before
 * Acquire::http::Proxy; "DIRECT" is no proxy; https falls back to what stands
 * for http; a detection program (Proxy-Auto-Detect) comes before both. The
 * per-host form is the only bypass list there is, and holds exact names.
 *
 * Not followed: #include, and APT_CONFIG.
 */
#include "host/linux/proxy/settings.h"

enum { DEPTH_MAX = 16, TAG_MAX = 512 };

#define ROOT "acquire::"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool starts(struct span text, size_t at, const char *with)
{
	size_t size = strlen(with);

	return size <= text.size - at && memcmp(text.data + at, with, size) == 0;
}

struct lexer {
	struct span text;
	size_t at;
	struct proxy_settings *out;
	unsigned line;
	size_t counted;          /* lines are counted up to here */
	size_t depth;            /* blocks that are open */
	size_t level[DEPTH_MAX]; /* size of `tag` before each */
	char tag[TAG_MAX];       /* of the open blocks, lower case */
	/* the statement that is being read: */
	struct text words[2];
	size_t count, start;
};

static void skip_line(struct lexer *lexer)
{
	while (lexer->at < lexer->text.size && lexer->text.data[lexer->at] != '\n')
		lexer->at++;
}

static bool is_directive(struct span text, size_t at)
{
	return starts(text, at, "#clear") || starts(text, at, "#include") ||
	       starts(text, at, "#x-apt-configure-index");
}

static void skip_blanks(struct lexer *lexer)
{
	struct span text = lexer->text;

	while (lexer->at < text.size) {
		if (is_blank(text.data[lexer->at])) {
			lexer->at++;
		} else if (starts(text, lexer->at, "//") ||
		           (text.data[lexer->at] == '#' && !is_directive(text, lexer->at))) {
			skip_line(lexer);
		} else if (starts(text, lexer->at, "/*")) {
			lexer->at += 2;
			while (lexer->at < text.size && !starts(text, lexer->at, "*/"))
				lexer->at++;
			lexer->at += text.size - lexer->at < 2 ? text.size - lexer->at : 2;
		} else {
			return;
		}
	}
}

/* A word: quoted parts and bare ones without a blank between them. */
static void read_word(struct lexer *lexer, struct text *word)
{
	struct span text = lexer->text;
	bool quoted = false;

	for (; lexer->at < text.size; lexer->at++) {
		uint8_t c = text.data[lexer->at];

		if (c == '"')
			quoted = !quoted;
		else if (!quoted && (is_blank(c) || strchr("{};", c)) && c)
			return;
		else if (!quoted &&
		         (starts(text, lexer->at, "//") || starts(text, lexer->at, "/*")))
			return;
		else
			text_add_span(word, (struct span){text.data + lexer->at, 1});
	}
}

static void drop_words(struct lexer *lexer)
{
	for (size_t i = 0; i < COUNT(lexer->words); i++)
		text_release(&lexer->words[i]);
	lexer->count = 0;
}

/* `tag` with `name` below it; false when it grows too long. */
static bool enter(struct lexer *lexer, const char *name)
{
	size_t size = strlen(lexer->tag), more = strlen(name);

	if (size + more + 3 > TAG_MAX)
		return false;
	if (size > 0) {
		memcpy(lexer->tag + size, "::", 3);
		size += 2;
	}
	for (size_t i = 0; i <= more; i++)
		lexer->tag[size + i] = lower(name[i]);
	return true;
}

static struct proxy_setting place(struct lexer *lexer, size_t end)
{
	for (; lexer->counted < lexer->start; lexer->counted++)
		lexer->line += lexer->text.data[lexer->counted] == '\n';
	return (struct proxy_setting){.line = lexer->line, .start = lexer->start, .end = end};
}

static void clear(struct lexer *lexer, size_t end)
{
	char name[TAG_MAX] = {0};
	const char *tag = text_string(&lexer->words[1]);

	if (lexer->depth > 0 || strlen(tag) >= sizeof(name))
		return;
	for (size_t i = 0; tag[i]; i++)
		name[i] = lower(tag[i]);
	proxy_settings_add(lexer->out, span_text(name), NULL, place(lexer, end));
}

/* The words read so far are a statement that ends at `end`. */
static void finish(struct lexer *lexer, size_t end)
{
	const char *name = text_string(&lexer->words[0]);
	size_t size = strlen(lexer->tag);

	if (lexer->count == 2 && strcmp(name, "#clear") == 0) {
		clear(lexer, end);
	} else if (lexer->count == 2 && enter(lexer, name)) {
		struct span value = {
		    (const uint8_t *)text_string(&lexer->words[1]), lexer->words[1].size};

		if (strncmp(lexer->tag, ROOT, strlen(ROOT)) == 0)
			proxy_settings_add(
			    lexer->out, span_text(lexer->tag), &value, place(lexer, end));
		lexer->tag[size] = 0;
	}
	drop_words(lexer);
}

/* `Tag {` or `Tag "value" {`, which also sets the tag. */
static bool open_block(struct lexer *lexer)
{
	AUTO(text) name = TAKE(lexer->words[0]);
	size_t size = strlen(lexer->tag);

	if (lexer->depth == DEPTH_MAX || lexer->count == 0)
		return false;
	if (lexer->count == 2) {
		text_add(&lexer->words[0], text_string(&name));
		finish(lexer, lexer->at);
	}
	drop_words(lexer);
	lexer->level[lexer->depth++] = size;
	return enter(lexer, text_string(&name));
}

static bool punctuate(struct lexer *lexer, uint8_t c)
{
	if (c == ';')
		finish(lexer, lexer->at + 1);
	else if (c == '{' && !open_block(lexer))
		return false;
	else if (c == '}') {
		finish(lexer, lexer->at);
		if (lexer->depth > 0)
			lexer->tag[lexer->level[--lexer->depth]] = 0;
	}
	lexer->at++;
	return true;
}

void proxy_parse_apt(struct span text, struct proxy_settings *out)
{
	struct lexer lexer = {.text = text, .out = out, .line = 1};
	bool good = true;

	out->insert = SIZE_MAX;
	while (good) {
		uint8_t c;

		skip_blanks(&lexer);
		if (lexer.at == text.size)
			break;
		c = text.data[lexer.at];
		if (c == ';' || c == '{' || c == '}') {
			good = punctuate(&lexer, c);
			continue;
		}
		if (lexer.count == 0)
			lexer.start = lexer.at;
		/* values of several words (lists of old) are no proxy: the last one is kept */
		if (lexer.count == 2)
			text_release(&lexer.words[1]);
		else
			lexer.count++;
		read_word(&lexer, &lexer.words[lexer.count - 1]);
	}
	drop_words(&lexer);
}

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

static bool is_proxy_tag(const char *tag)
{
	static const char *const tops[] = {"acquire::http::proxy", "acquire::https::proxy",
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

static void from(struct proxy_seen *out, const struct proxy_setting *setting)
{
	if (setting && out->from_count < COUNT(out->from))
		out->from[out->from_count++] = setting;
}

static const char *server(const struct proxy_setting *setting)
{
	return setting && strcmp(setting->value, "DIRECT") != 0 ? setting->value : NULL;
}

#define HTTP_HOST  "acquire::http::proxy::"
#define HTTPS_HOST "acquire::https::proxy::"

/* One entry of the bypass list: a host that goes direct, or anything else that is said
 * of single hosts, which no policy can ask for. */
static const char *host_entry(
    const struct tags *tags, const struct proxy_setting *setting, struct arena *arena)
{
	bool https = strncmp(setting->name, HTTPS_HOST, strlen(HTTPS_HOST)) == 0;
	const char *host = setting->name + strlen(https ? HTTPS_HOST : HTTP_HOST);
	const struct proxy_setting *other =
	    find(tags, arena_printf(arena, "%s%s", https ? HTTP_HOST : HTTPS_HOST, host));

	if (server(setting))
		return arena_printf(arena, "%s:%s->%s", https ? "https" : "http", host,
		    proxy_redact(server(setting), arena));
	/* https falls back to http, not the other way */
	if (other ? server(other) != NULL : https)
		return arena_printf(arena, "%s:%s", https ? "https" : "http", host);
	return host;
}

static void add_hosts(
    const struct tags *tags, struct arena *arena, struct proxy *proxy, struct proxy_seen *out)
{
	proxy->bypass = arena_alloc(arena, (tags->count + 1) * sizeof(*proxy->bypass));
	for (size_t i = 0; i < tags->count; i++) {
		const struct proxy_setting *setting = tags->list[i];

		if (!*setting->value ||
		    (strncmp(setting->name, HTTP_HOST, strlen(HTTP_HOST)) != 0 &&
		        strncmp(setting->name, HTTPS_HOST, strlen(HTTPS_HOST)) != 0))
			continue;
		/* "Proxy::" alone appends to a list that nobody reads */
		if (setting->name[strlen(setting->name) - 1] == ':')
			continue;
		proxy->bypass[proxy->bypass_count++] = host_entry(tags, setting, arena);
		from(out, setting);
	}
}

static const struct proxy_setting *detector(const struct tags *tags)
{
	static const char *const names[] = {"acquire::http::proxy-auto-detect",
	    "acquire::http::proxyautodetect", "acquire::https::proxy-auto-detect",
	    "acquire::https::proxyautodetect"};
	const struct proxy_setting *found = NULL;

	for (size_t i = 0; i < COUNT(names) && !found; i++)
		found = find(tags, names[i]);
	return found;
}

void proxy_settle_apt(
    const struct proxy_settings *settings, struct arena *arena, struct proxy_seen *out)
{
	struct tags tags = {arena_alloc(arena, (settings->count + 1) * sizeof(*tags.list)), 0};
	const struct proxy_setting *http, *https, *detect;
	struct proxy proxy;

	*out = (struct proxy_seen){0};
	for (size_t i = 0; i < settings->count; i++)
		if (!settings->list[i].value || is_proxy_tag(settings->list[i].name))
			take(&tags, &settings->list[i]);
	http = find(&tags, "acquire::http::proxy");
	https = find(&tags, "acquire::https::proxy");
	detect = detector(&tags);
	from(out, http);
	from(out, https);
	proxy = proxy_from_variables(server(http), server(https ? https : http), NULL, arena);
	if (proxy.mode == PROXY_STATIC)
		add_hosts(&tags, arena, &proxy, out);
	if (detect) {
		proxy = (struct proxy){.mode = PROXY_AUTO};
		out->from_count = 0;
		from(out, detect);
	}
	out->value = proxy_redact(proxy_canonical(&proxy, arena), arena);
}

/* The statements in apt.conf go, because it is read after all parts: ours among them. */
void proxy_edit_apt(const struct proxy *want, struct arena *arena, struct proxy_edits *out)
{
	(void)want;
	(void)arena;
	out->below = true;
	proxy_edits_add(out, "acquire::http::proxy", NULL);
	proxy_edits_add(out, "acquire::https::proxy", NULL);
	proxy_edits_add(out, "acquire::http::proxy-auto-detect", NULL);
	proxy_edits_add(out, "acquire::https::proxy-auto-detect", NULL);
	proxy_edits_add(out, "acquire::http::proxyautodetect", NULL);
	proxy_edits_add(out, "acquire::https::proxyautodetect", NULL);
}

void proxy_write_apt(const struct proxy *want, struct arena *arena, struct text *out)
{
	static const char *const schemes[] = {"http", "https"};
	const char *const servers[] = {want->http, want->https};

	for (size_t i = 0; i < COUNT(schemes); i++)
		text_addf(out,
		    "#clear Acquire::%s::Proxy;\n"
		    "#clear Acquire::%s::Proxy-Auto-Detect;\n"
		    "#clear Acquire::%s::ProxyAutoDetect;\n",
		    schemes[i], schemes[i], schemes[i]);
	for (size_t i = 0; i < COUNT(schemes) && want->mode == PROXY_STATIC; i++) {
		text_addf(out, "Acquire::%s::Proxy \"%s\";\n", schemes[i],
		    servers[i] ? proxy_server_url(servers[i], arena) : "DIRECT");
		for (size_t j = 0; j < want->bypass_count; j++)
			text_addf(out, "Acquire::%s::Proxy::%s \"DIRECT\";\n", schemes[i],
			    want->bypass[j]);
	}
}
