/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy's proxy in what a consumer can say. How the readers of no_proxy differ was tried with
 * curl 7.88, wget 1.21 and Python 3.11 (urllib), and read in curl's noproxy.c (networks
 * since 7.86), wget's host.c (sufmatch) and Go's golang.org/x/net/http/httpproxy:
 *
 *     www.example      a host, and to all of them also what is below it
 *     .corp.example    what is below it; to curl and Python also the domain itself
 *     *                everything to curl and Python, where it is the whole list; nothing to wget
 *     ::1  [::1]       curl and wget know an address without brackets, Python with them
 *     10.0.0.0/8       a network to curl and Go; of IPv6 to Go alone
 *     host:8080        a port counts to Python and Go
 *     www.example.     a final dot hides the name from wget and Python
 */
#include <arpa/inet.h>

#include "host/linux/proxy/settings.h"

/* What a sentence of the note is about. */
enum topic { LOST, NETWORKS, NETWORKS_6, PORTS, DOMAINS, HOSTS, EVERYTHING, TOPICS };

static const char *const sentences[TOPICS] = {
    [LOST] = "cannot be said in no_proxy: connections there use the proxy",
    [NETWORKS] = "in no_proxy is understood by curl 7.86 and later and by Go, but not by wget 1.21 "
                 "and Python 3.11: those use the proxy there",
    [NETWORKS_6] = "in no_proxy is understood by Go, but not by curl 7.88, wget 1.21 and Python "
                   "3.11: those use the proxy there",
    [PORTS] =
        "in no_proxy is understood by Go and Python 3.11, but not by curl 7.88 and wget 1.21: "
        "those use the proxy there",
    [DOMAINS] = "in no_proxy means the hosts below it to wget 1.21 and Go, and to curl 7.88 and "
                "Python 3.11 also the domain's own name",
    [HOSTS] = "in no_proxy means also the hosts below it, to curl 7.88, wget 1.21, Python 3.11 and "
              "Go",
    [EVERYTHING] = "in no_proxy, alone as it is written, is understood by curl 7.88, Python 3.11 "
                   "and Go, but not by wget 1.21: that uses the proxy",
};

struct translation {
	struct proxy *out;
	struct arena *arena;
	struct text named[TOPICS]; /* the entries that each sentence is about */
};

static void name(struct translation *translation, enum topic topic, const char *entry)
{
	text_addf(&translation->named[topic], "%s%s", translation->named[topic].size ? ", " : "",
	    text_escape_string(entry).text);
}

static void add_notes(struct translation *translation, struct text *note)
{
	for (unsigned i = 0; i < TOPICS; i++) {
		if (translation->named[i].size)
			text_addf(note, "%s%s %s", note->size ? "; " : "",
			    text_string(&translation->named[i]), sentences[i]);
		text_release(&translation->named[i]);
	}
}

static void keep(struct translation *translation, const char *entry)
{
	struct proxy *out = translation->out;

	for (size_t i = 0; i < out->bypass_count; i++)
		if (strcmp(out->bypass[i], entry) == 0)
			return;
	out->bypass[out->bypass_count++] = entry;
}

/* "*.corp.example" is ".corp.example" there; no reader wants a final dot. */
static const char *suffix(const char *entry, struct arena *arena)
{
	size_t size = strlen(entry);

	if (size > 1 && entry[size - 1] == '.')
		entry = arena_strndup(arena, entry, size - 1);
	return strncmp(entry, "*.", 2) == 0 ? entry + 1 : entry;
}

static bool has_wildcard(const char *entry)
{
	return strchr(entry, '*') || strchr(entry, '?');
}

/* An address of IPv6 in the one short form, without and with brackets: one for each reader. */
static void keep_address(struct translation *translation, const char *entry)
{
	struct arena *arena = translation->arena;
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (!strchr(entry, ':')) {
		keep(translation, entry);
		return;
	}
	if (*entry == '[')
		entry = arena_strndup(arena, entry + 1, strlen(entry) - 2);
	if (inet_pton(AF_INET6, entry, &address) == 1 &&
	    inet_ntop(AF_INET6, &address, text, sizeof(text)))
		entry = arena_strdup(arena, text);
	keep(translation, entry);
	keep(translation, arena_printf(arena, "[%s]", entry));
}

static void to_no_proxy_entry(struct translation *translation, const char *entry)
{
	enum proxy_bypass kind = proxy_bypass_kind(entry);
	bool v6 = strchr(entry, ':') != NULL;

	entry = suffix(entry, translation->arena);
	if (kind == PROXY_BYPASS_ADDRESS) {
		keep_address(translation, entry);
		return;
	}
	if (kind == PROXY_BYPASS_LOCAL || kind == PROXY_BYPASS_GLOB ||
	    kind == PROXY_BYPASS_INVALID || has_wildcard(entry)) {
		name(translation, LOST, entry);
		return;
	}
	keep(translation, entry);
	if (kind == PROXY_BYPASS_NETWORK)
		name(translation, v6 ? NETWORKS_6 : NETWORKS, entry);
	else if (kind == PROXY_BYPASS_PORT)
		name(translation, PORTS, entry);
	else if (kind == PROXY_BYPASS_DOMAIN)
		name(translation, DOMAINS, entry);
	else if (strcmp(entry, "localhost") != 0)
		name(translation, HOSTS, entry);
}

static bool holds_everything(const struct proxy *want)
{
	for (size_t i = 0; i < want->bypass_count; i++)
		if (proxy_bypass_kind(want->bypass[i]) == PROXY_BYPASS_ALL)
			return true;
	return false;
}

static void to_no_proxy(
    const struct proxy *want, struct translation *translation, struct text *note)
{
	if (holds_everything(want)) {
		/* only Go would understand it beside others; the others say the same */
		keep(translation, "*");
		name(translation, EVERYTHING, "*");
	} else {
		for (size_t i = 0; i < want->bypass_count; i++)
			to_no_proxy_entry(translation, want->bypass[i]);
	}
	add_notes(translation, note);
}

static void add_lost(struct translation *translation, struct text *note, const char *sentence)
{
	if (translation->named[LOST].size)
		text_addf(note, "%s%s %s", note->size ? "; " : "",
		    text_string(&translation->named[LOST]), sentence);
	text_release(&translation->named[LOST]);
}

static void to_exact(const struct proxy *want, struct translation *translation, struct text *note)
{
	for (size_t i = 0; i < want->bypass_count; i++) {
		const char *entry = want->bypass[i];
		enum proxy_bypass kind = proxy_bypass_kind(entry);

		if (kind == PROXY_BYPASS_HOST ||
		    (kind == PROXY_BYPASS_ADDRESS && !strchr(entry, ':')))
			keep(translation, suffix(entry, translation->arena));
		else
			name(translation, LOST, entry);
	}
	add_lost(translation, note,
	    "cannot be said to apt, which knows exact host names alone: connections there use the "
	    "proxy");
}

static void to_no_list(const struct proxy *want, struct translation *translation, struct text *note)
{
	const struct proxy_server *http = &want->server[PROXY_HTTP];
	const struct proxy_server *https = &want->server[PROXY_HTTPS];
	struct proxy *out = translation->out;

	out->server[PROXY_HTTP] = out->server[PROXY_HTTPS] = https->place ? *https : *http;
	if (!setting_same_place(http, https)) {
		text_add(note, "dnf has one proxy for http and https alike: ");
		proxy_show_server(note, out->server[PROXY_HTTPS].place);
		text_add(note, " is used for both");
	}
	for (size_t i = 0; i < want->bypass_count; i++)
		name(translation, LOST, want->bypass[i]);
	add_lost(translation, note,
	    "cannot be said to dnf, which has no bypass list: connections there use the proxy");
}

void proxy_translate(const struct proxy *want, enum proxy_dialect dialect, struct arena *arena,
    struct proxy *out, struct text *note)
{
	struct translation translation = {.out = out, .arena = arena};

	*out = *want;
	out->bypass_count = 0;
	if (want->mode != PROXY_STATIC)
		return;
	/* an address of IPv6 is written twice */
	out->bypass = arena_alloc(arena, (2 * want->bypass_count + 1) * sizeof(*out->bypass));
	if (dialect == PROXY_NO_PROXY)
		to_no_proxy(want, &translation, note);
	else if (dialect == PROXY_EXACT)
		to_exact(want, &translation, note);
	else
		to_no_list(want, &translation, note);
}
