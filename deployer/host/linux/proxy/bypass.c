/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy's proxy in what a dialect can say. How readers of no_proxy differ
 * is from curl's noproxy.c (networks since 7.86), wget's host.c (sufmatch),
 * Python's urllib.request (proxy_bypass_environment) and Go's
 * golang.org/x/net/http/httpproxy.
 */
#include "host/linux/proxy/settings.h"

enum { NAMED_MAX = 6 };

/* Entries that a sentence of the note is about. */
struct named {
	const char *list[NAMED_MAX];
	size_t count;
};

static void name(struct named *named, const char *entry)
{
	if (named->count < NAMED_MAX)
		named->list[named->count] = entry;
	named->count++;
}

static void add_names(struct text *note, const struct named *named)
{
	if (note->size)
		text_add(note, "; ");
	for (size_t i = 0; i < named->count && i < NAMED_MAX; i++)
		text_addf(note, "%s%s", i ? ", " : "", text_escape_string(named->list[i]).text);
	if (named->count > NAMED_MAX)
		text_addf(note, " and %zu more", named->count - NAMED_MAX);
}

static void add_sentence(struct text *note, const struct named *named, const char *sentence)
{
	if (named->count == 0)
		return;
	add_names(note, named);
	text_addf(note, " %s", sentence);
}

static void keep(struct proxy *out, const char *entry)
{
	out->bypass[out->bypass_count++] = entry;
}

/* "*.corp.example" is ".corp.example" there. */
static const char *suffix(const char *entry)
{
	return strncmp(entry, "*.", 2) == 0 ? entry + 1 : entry;
}

static bool has_wildcard(const char *entry)
{
	return strchr(entry, '*') || strchr(entry, '?');
}

static const char *bare_address(const char *entry, struct arena *arena)
{
	return *entry == '[' ? arena_strndup(arena, entry + 1, strlen(entry) - 2) : entry;
}

static void to_no_proxy(
    const struct proxy *want, struct arena *arena, struct proxy *out, struct text *note)
{
	struct named lost = {0}, networks = {0}, ports = {0}, domains = {0};

	for (size_t i = 0; i < want->bypass_count; i++) {
		const char *entry = want->bypass[i];
		enum proxy_bypass kind = proxy_bypass_kind(entry);

		if (kind == PROXY_BYPASS_HOST || kind == PROXY_BYPASS_ALL) {
			keep(out, entry);
		} else if (kind == PROXY_BYPASS_ADDRESS) {
			keep(out, bare_address(entry, arena));
		} else if (kind == PROXY_BYPASS_DOMAIN) {
			keep(out, suffix(entry));
			name(&domains, suffix(entry));
		} else if (kind == PROXY_BYPASS_NETWORK) {
			keep(out, entry);
			name(&networks, entry);
		} else if (kind == PROXY_BYPASS_PORT && !has_wildcard(suffix(entry))) {
			keep(out, suffix(entry));
			name(&ports, suffix(entry));
		} else {
			name(&lost, entry);
		}
	}
	add_sentence(note, &lost, "cannot be said in no_proxy: connections there use the proxy");
	add_sentence(note, &networks,
	    "in no_proxy is understood by curl 7.86 and later and by Go, but not by wget and "
	    "Python: "
	    "those use the proxy there");
	add_sentence(note, &ports,
	    "in no_proxy is understood by Go and Python, but not by curl and wget: those use the "
	    "proxy there");
	add_sentence(note, &domains,
	    "in no_proxy means the hosts below it to wget and Go, and to curl and Python also the "
	    "domain's own name");
}

static void to_exact(
    const struct proxy *want, const char *target, struct proxy *out, struct text *note)
{
	struct named lost = {0};

	for (size_t i = 0; i < want->bypass_count; i++) {
		const char *entry = want->bypass[i];
		enum proxy_bypass kind = proxy_bypass_kind(entry);

		if (kind == PROXY_BYPASS_HOST ||
		    (kind == PROXY_BYPASS_ADDRESS && !strchr(entry, ':')))
			keep(out, entry);
		else
			name(&lost, entry);
	}
	if (lost.count == 0)
		return;
	add_names(note, &lost);
	text_addf(note,
	    " cannot be said to %s, which knows exact host names alone: connections there "
	    "use the proxy",
	    target);
}

static void to_no_list(
    const struct proxy *want, const char *target, struct proxy *out, struct text *note)
{
	struct named lost = {0};

	out->https = want->https ? want->https : want->http;
	out->http = out->https;
	if (!want->http || !want->https || strcmp(want->http, want->https) != 0)
		text_addf(note, "%s has one proxy for http and https alike: %s is used for both",
		    target, text_escape_string(out->https).text);
	for (size_t i = 0; i < want->bypass_count; i++)
		name(&lost, want->bypass[i]);
	if (lost.count == 0)
		return;
	add_names(note, &lost);
	text_addf(note,
	    " cannot be said to %s, which has no bypass list: connections there use the "
	    "proxy",
	    target);
}

void proxy_translate(const struct proxy *want, const char *target, enum proxy_dialect dialect,
    struct arena *arena, struct proxy *out, struct text *note)
{
	*out = (struct proxy){.mode = want->mode, .http = want->http, .https = want->https};
	if (want->mode != PROXY_STATIC)
		return;
	if (!want->http && !want->https) {
		out->mode = PROXY_DIRECT;
		return;
	}
	out->bypass = arena_alloc(arena, (want->bypass_count + 1) * sizeof(*out->bypass));
	if (dialect == PROXY_NO_PROXY)
		to_no_proxy(want, arena, out, note);
	else if (dialect == PROXY_EXACT)
		to_exact(want, target, out, note);
	else
		to_no_list(want, target, out, note);
}
