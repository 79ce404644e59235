/* SPDX-License-Identifier: Apache-2.0 */
#include "model/setting.h"

#include <stdlib.h>
#include <strings.h>

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The length of "scheme://" or "//" in front, 0 without one. */
static size_t scheme_size(const char *text)
{
	size_t size = 0;

	while (is_letter(text[size]) || (size && text[size] && strchr("0123456789+.-", text[size])))
		size++;
	if (strncmp(text + size, "://", 3) == 0)
		return size + 3;
	return strncmp(text, "//", 2) == 0 ? 2 : 0;
}

struct proxy_server setting_server(const char *text, struct arena *arena)
{
	struct proxy_server server = {0};
	size_t scheme;
	const char *at;

	if (!text || !*text)
		return server;
	scheme = scheme_size(text);
	/* to the last "@": a password may itself hold "@" and "/" */
	at = strrchr(text + scheme, '@');
	if (!at) {
		server.place = arena_strdup(arena, text);
		return server;
	}
	server.place = arena_printf(arena, "%s%s", arena_strndup(arena, text, scheme), at + 1);
	if (at > text + scheme)
		server.login = arena_strndup(arena, text + scheme, (size_t)(at - text) - scheme);
	return server;
}

struct proxy_exception setting_exception(const char *name, const char *value, struct arena *arena)
{
	struct proxy_exception one = {.name = name, .value = value};

	one.login = value && strchr(value, '@');
	if (strcasecmp(name, "no_proxy") != 0)
		one.server = setting_server(value, arena);
	return one;
}

struct proxy_exception setting_of_others(
    const char *name, const struct proxy *other, struct arena *arena)
{
	return (struct proxy_exception){.name = name,
	    .other = arena_copy(arena, other, sizeof(*other)),
	    .login = setting_has_login(other)};
}

const char *setting_url(const struct proxy_server *server, struct arena *arena)
{
	size_t scheme = scheme_size(server->place);

	return arena_printf(arena, "%s%s%s%s",
	    scheme ? arena_strndup(arena, server->place, scheme) : "http://",
	    server->login ? server->login : "", server->login ? "@" : "", server->place + scheme);
}

/* --- comparing --- */

struct span setting_bare_place(const char *place)
{
	size_t size;

	if (strncasecmp(place, "http://", 7) == 0)
		place += 7;
	size = strlen(place);
	while (size > 0 && place[size - 1] == '/')
		size--;
	return (struct span){(const uint8_t *)place, size};
}

bool setting_same_place(const struct proxy_server *a, const struct proxy_server *b)
{
	struct span left, right;

	if (!a->place || !b->place)
		return !a->place && !b->place;
	left = setting_bare_place(a->place);
	right = setting_bare_place(b->place);
	return !a->cut && !b->cut && left.size == right.size &&
	       strncasecmp((const char *)left.data, (const char *)right.data, left.size) == 0;
}

bool setting_same_servers(const struct proxy *a, const struct proxy *b)
{
	for (unsigned i = 0; i < PROXY_SCHEMES; i++)
		if (!setting_same_place(&a->server[i], &b->server[i]))
			return false;
	return a->mode == b->mode && (a->mode != PROXY_PAC || strcmp(a->pac_url, b->pac_url) == 0);
}

/* A user without a password may stand with its colon or without. */
static struct span login_span(const struct proxy_server *server)
{
	struct span span = span_text(server->login ? server->login : "");

	if (span.size > 0 && memchr(span.data, ':', span.size) == span.data + span.size - 1)
		span.size--;
	return span;
}

static bool same_login(const struct proxy_server *a, const struct proxy_server *b)
{
	return span_equal(login_span(a), login_span(b));
}

static int compare_entries(const void *a, const void *b)
{
	return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

const char **setting_sorted_bypass(const struct proxy *setting, size_t *count)
{
	const char **list = mem_alloc((setting->bypass_count + 1) * sizeof(*list));
	size_t kept = 0;

	*count = 0;
	for (size_t i = 0; i < setting->bypass_count; i++)
		if (*setting->bypass[i])
			list[(*count)++] = setting->bypass[i];
	qsort(list, *count, sizeof(*list), compare_entries);
	for (size_t i = 0; i < *count; i++)
		if (i == 0 || strcasecmp(list[i - 1], list[i]) != 0)
			list[kept++] = list[i];
	*count = kept;
	return list;
}

bool setting_same_bypass(const struct proxy *a, const struct proxy *b)
{
	size_t left_count, right_count;
	const char **left = setting_sorted_bypass(a, &left_count);
	const char **right = setting_sorted_bypass(b, &right_count);
	bool same = left_count == right_count;

	for (size_t i = 0; same && i < left_count; i++)
		same = strcasecmp(left[i], right[i]) == 0;
	free(left);
	free(right);
	return same;
}

static bool same_exception(const struct proxy_exception *a, const struct proxy_exception *b)
{
	AUTO(arena) arena = {0};
	const char *left = a->other ? setting_show(a->other, &arena) : a->value;
	const char *right = b->other ? setting_show(b->other, &arena) : b->value;

	if (a->other && b->other)
		return setting_equal(a->other, b->other);
	return left && right ? strcmp(left, right) == 0 : left == right;
}

static bool has_exception(const struct proxy *setting, const struct proxy_exception *wanted)
{
	for (size_t i = 0; i < setting->exception_count; i++)
		if (strcmp(setting->exceptions[i].name, wanted->name) == 0)
			return same_exception(&setting->exceptions[i], wanted);
	return false;
}

static bool same_exceptions(const struct proxy *a, const struct proxy *b)
{
	for (size_t i = 0; i < a->exception_count; i++)
		if (!has_exception(b, &a->exceptions[i]))
			return false;
	return a->exception_count == b->exception_count;
}

bool setting_equal(const struct proxy *a, const struct proxy *b)
{
	if (a->fault || b->fault || !setting_same_servers(a, b) || !same_exceptions(a, b))
		return false;
	for (unsigned i = 0; i < PROXY_SCHEMES; i++)
		if (!same_login(&a->server[i], &b->server[i]))
			return false;
	return a->mode != PROXY_STATIC || setting_same_bypass(a, b);
}

bool setting_names_server(const struct proxy *setting)
{
	for (size_t i = 0; i < setting->exception_count; i++) {
		const struct proxy_exception *one = &setting->exceptions[i];

		if (one->other || (one->value && *one->value))
			return true;
	}
	return setting->mode == PROXY_STATIC || setting->mode == PROXY_PAC;
}

bool setting_has_login(const struct proxy *setting)
{
	for (unsigned i = 0; i < PROXY_SCHEMES; i++)
		if (setting->server[i].login || setting->server[i].cut)
			return true;
	for (size_t i = 0; i < setting->exception_count; i++)
		if (setting->exceptions[i].login)
			return true;
	return false;
}

/* --- what stays --- */

static bool goes_past(const struct proxy *setting, const char *host)
{
	for (size_t i = 0; host && i < setting->bypass_count; i++)
		if (strcasecmp(setting->bypass[i], host) == 0)
			return true;
	return false;
}

static void adopt_exceptions(struct proxy *want, const struct proxy *have, struct arena *arena)
{
	struct proxy_exception *list =
	    arena_alloc(arena, (have->exception_count + 1) * sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; i < have->exception_count; i++)
		if (have->exceptions[i].kept && !goes_past(want, have->exceptions[i].host))
			list[count++] = have->exceptions[i];
	want->exceptions = list;
	want->exception_count = count;
}

/* The log-in with which `have` uses that server, for whichever scheme. */
static const char *login_for(const struct proxy *have, const struct proxy_server *server)
{
	for (unsigned i = 0; i < PROXY_SCHEMES; i++)
		if (have->server[i].login && setting_same_place(&have->server[i], server))
			return have->server[i].login;
	return NULL;
}

static bool adopt_logins(struct proxy *want, const struct proxy *have, const char **why)
{
	for (unsigned i = 0; i < PROXY_SCHEMES; i++) {
		const struct proxy_server *there = &have->server[i];

		if (want->server[i].place)
			want->server[i].login = login_for(have, &want->server[i]);
		if (!there->login || setting_same_place(&want->server[i], there))
			continue;
		*why = "the present value logs in, and to another proxy than the policy's, so that "
		       "`credentials: keep` cannot keep it; say `credentials: file:PATH` or "
		       "`credentials: none`";
		return false;
	}
	return true;
}

/* A log-in that stands there beside the servers, and that `want` does not have. */
static const struct proxy_exception *find_lost(const struct proxy *want, const struct proxy *have)
{
	for (size_t i = 0; i < have->exception_count; i++)
		if (have->exceptions[i].login && !has_exception(want, &have->exceptions[i]))
			return &have->exceptions[i];
	return NULL;
}

/* Why `credentials: keep` cannot keep what stands there. */
static const char *why_not_kept(const struct proxy_exception *lost, struct arena *arena)
{
	if (!lost || lost->server.cut)
		return "the log-in there is cut off, so that `credentials: keep` cannot keep it; "
		       "put the line right by hand, or say `credentials: file:PATH` or "
		       "`credentials: none`";
	return arena_printf(arena,
	    "%s logs in there and another line for the same does not, so that `credentials: keep` "
	    "cannot tell which is meant; put the line right by hand that is wrong, or say "
	    "`credentials: file:PATH` or `credentials: none`",
	    lost->name);
}

/* Whether a log-in of `have` is gone with `want`. */
static bool loses_login(const struct proxy *want, const struct proxy *have)
{
	for (unsigned i = 0; i < PROXY_SCHEMES; i++) {
		const struct proxy_server *there = &have->server[i];

		if (there->cut || (there->login && !same_login(&want->server[i], there)))
			return true;
	}
	return find_lost(want, have) != NULL;
}

bool setting_adopt(
    struct proxy *want, const struct proxy *have, struct arena *arena, const char **why)
{
	if (want->mode == PROXY_STATIC) {
		if (!want->server[PROXY_FTP].place)
			want->server[PROXY_FTP] = have->server[PROXY_FTP];
		adopt_exceptions(want, have, arena);
	}
	if (want->login == LOGIN_KEEP && !adopt_logins(want, have, why))
		return false;
	if ((want->login != LOGIN_UNSAID && want->login != LOGIN_KEEP) || !loses_login(want, have))
		return true;
	*why = want->login == LOGIN_KEEP
	           ? why_not_kept(find_lost(want, have), arena)
	           : "the present value logs in and the policy's does not: say `credentials: "
	             "keep`, `credentials: file:PATH`, or `credentials: none` to take the log-in "
	             "away";
	return false;
}
