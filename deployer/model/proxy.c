/* SPDX-License-Identifier: Apache-2.0 */
#include "model/proxy.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Where user information can start in a word: behind "name=" and behind a scheme, both only
 * at its front, because a password may hold "=" and a path "://". */
static size_t authority_start(struct span word)
{
	size_t start = 0, i = 0;

	while (i < word.size && (is_letter((char)word.data[i]) || word.data[i] == '_'))
		i++;
	if (i > 0 && i < word.size && word.data[i] == '=')
		start = i + 1;
	for (i = start;
	     i < word.size && (is_letter((char)word.data[i]) || is_digit((char)word.data[i]) ||
	                          memchr("+.-", word.data[i], 3));)
		i++;
	if (i > start && i + 3 <= word.size && memcmp(word.data + i, "://", 3) == 0)
		return i + 3;
	return start;
}

static void redact_word(struct text *out, struct span word)
{
	size_t start = authority_start(word), at = word.size;

	/* To the last "@": a password may itself hold "@" and "/". */
	while (at > start && word.data[at - 1] != '@')
		at--;
	if (at <= start) {
		text_add_span(out, word);
		return;
	}
	text_add_span(out, (struct span){word.data, start});
	text_add(out, "***@");
	text_add_span(out, (struct span){word.data + at, word.size - at});
}

const char *proxy_redact(const char *text, struct arena *arena)
{
	AUTO(text) out = {0};

	while (*text) {
		size_t blanks = strspn(text, " \t\r\n");
		size_t size = strcspn(text + blanks, " \t\r\n");

		text_add_span(&out, (struct span){(const uint8_t *)text, blanks});
		redact_word(&out, (struct span){(const uint8_t *)text + blanks, size});
		text += blanks + size;
	}
	return arena_strdup(arena, text_string(&out));
}

/* What would end or split a value in the text, or could start something in a file. */
#define UNSAFE     "\"'\\$`,;#"
#define URL_UNSAFE "\"\\"

static void add_encoded(struct text *out, const char *value, const char *unsafe, bool fold)
{
	for (; *value; value++) {
		unsigned char c = (unsigned char)*value;

		if (c > 0x20 && c < 0x7f && !strchr(unsafe, c))
			text_addf(out, "%c", fold ? text_lower((char)c) : (char)c);
		else
			text_addf(out, "%%%02x", c);
	}
}

/* host, host:port or [v6]:port, followed by nothing, by a path, or by what stands in a carelessly
 * written file: a blank, a quote, a carriage return. Then no part of it can be a password. */
static bool is_plain_place(const char *place)
{
	const char *host = strstr(place, "://"), *colon, *end;

	host = host ? host + 3 : place + 2 * (strncmp(place, "//", 2) == 0);
	if (strchr(host, '@') || strstr(host, "%40"))
		return false;
	end = *host == '[' ? strchr(host, ']') : host;
	colon = end ? strchr(end, ':') : NULL;
	if (!colon)
		return end != NULL;
	end = colon + 1;
	while (is_digit(*end))
		end++;
	return end > colon + 1 && end <= colon + 6 &&
	       (!*end || strchr("/?\"'", *end) || (unsigned char)*end <= 0x20);
}

void proxy_show_server(struct text *out, const char *place)
{
	if (is_plain_place(place))
		add_encoded(out, place, UNSAFE, true);
	else
		text_add(out, "***");
}

void proxy_show_entry(struct text *out, const char *entry)
{
	bool odd = proxy_bypass_kind(entry) == PROXY_BYPASS_INVALID;

	if (odd && (strpbrk(entry, ":@") || strstr(entry, "%40")))
		text_add(out, "***");
	else
		add_encoded(out, entry, UNSAFE, true);
}

void proxy_show_text(struct text *out, const char *url)
{
	add_encoded(out, url, URL_UNSAFE, false);
}

/* A number of at most `max` without a sign; returns its length, 0 when there is none. */
static size_t number(const char *text, size_t size, unsigned long max)
{
	unsigned long value = 0;
	size_t used = 0;

	while (used < size && is_digit(text[used])) {
		value = value * 10 + (unsigned long)(text[used++] - '0');
		if (value > max)
			return 0;
	}
	return used;
}

static bool is_ipv4(const char *text, size_t size)
{
	size_t used = 0;

	for (unsigned part = 0; part < 4; part++) {
		size_t digits;

		if (part > 0 && (used == size || text[used++] != '.'))
			return false;
		digits = number(text + used, size - used, 255);
		if (digits == 0 || digits > 3)
			return false;
		used += digits;
	}
	return used == size;
}

/* RFC 4291 2.2: eight groups, one run of which may be "::", the last two as IPv4. */
static bool is_ipv6(const char *text, size_t size)
{
	unsigned groups = 0;
	bool gap = false;
	size_t i = 0;

	while (i < size) {
		size_t digits = 0;

		if (!gap && i + 1 < size && text[i] == ':' && text[i + 1] == ':') {
			gap = true;
			i += 2;
			continue;
		}
		/* behind a group comes one colon, behind "::" none */
		if (groups > 0 && text[i - 1] != ':' && text[i++] != ':')
			return false;
		while (i + digits < size && text_hex_digit(text[i + digits]) >= 0)
			digits++;
		if (i + digits < size && text[i + digits] == '.')
			return is_ipv4(text + i, size - i) && (gap ? groups <= 5 : groups == 6);
		if (digits == 0 || digits > 4)
			return false;
		i += digits;
		groups++;
	}
	return gap ? groups < 8 : groups == 8;
}

/* A name of RFC 1123 (with "_", which is in use), or an IPv4 address. A dot at the end makes it
 * absolute. A range of addresses, such as 192.168.1.1-20, is neither. */
static bool is_host(const char *text, size_t size, const char *also)
{
	size_t label = 0;
	bool absolute = size > 1 && text[size - 1] == '.', numeric = true;

	size -= absolute;
	if (size == 0 || size > 253)
		return false;
	for (size_t i = 0; i < size; i++) {
		char c = text[i];

		if (c == '.') {
			if ((label == 0 && i > 0) || (i > 0 && text[i - 1] == '-'))
				return false;
			label = 0;
			continue;
		}
		if (!is_letter(c) && !is_digit(c) && c != '_' && !strchr(also, c) &&
		    (c != '-' || label == 0))
			return false;
		if (++label > 63)
			return false;
		numeric = numeric && (is_digit(c) || c == '-');
	}
	return label > 0 && text[size - 1] != '-' &&
	       (!numeric || (!absolute && is_ipv4(text, size)));
}

static bool is_port(const char *text)
{
	return *text != '0' && number(text, strlen(text), 65535) == strlen(text) && *text;
}

static const char *server_fault(const char *server)
{
	const char *colon = strrchr(server, ':');

	if (strchr(server, '@'))
		return "holds user information; passwords do not belong into a policy";
	if (!colon || colon == server || (*server == '[' && colon[-1] != ']'))
		return "has no port; write host:port";
	if (!is_port(colon + 1))
		return "has a port that is not between 1 and 65535";
	if (*server == '[' ? !is_ipv6(server + 1, (size_t)(colon - server) - 2)
	                   : *server == '.' || !is_host(server, (size_t)(colon - server), ""))
		return "has no valid host name or address; write host:port or [IPv6]:port";
	return NULL;
}

bool proxy_check_server(const char *server, struct err *err)
{
	const char *rest = server, *fault = NULL;
	char plain[512];
	size_t size;

	if (strncasecmp(rest, "http://", 7) == 0)
		rest += strlen("http://");
	else if (strncasecmp(rest, "https://", 8) == 0)
		rest += strlen("https://");
	else if (strstr(rest, "://"))
		fault = "has a scheme other than http:// and https://";
	size = strlen(rest);
	if (size > 0 && rest[size - 1] == '/')
		size--;
	if (size >= sizeof(plain))
		fault = "is too long";
	if (!fault) {
		memcpy(plain, rest, size);
		plain[size] = 0;
		fault = server_fault(plain);
	}
	/* the server is shown only where it cannot hold a password */
	if (fault && strchr(server, '@'))
		return err_set(err, ERR_POLICY, "proxy server %s", fault);
	if (fault)
		return err_set(err, ERR_POLICY, "proxy server \"%s\" %s",
		    text_escape_string(server).text, fault);
	return true;
}

enum proxy_bypass proxy_bypass_kind(const char *entry)
{
	const char *slash = strchr(entry, '/'), *colon = strrchr(entry, ':');
	size_t size = strlen(entry);

	if (strcmp(entry, "<local>") == 0)
		return PROXY_BYPASS_LOCAL;
	if (strcmp(entry, "*") == 0)
		return PROXY_BYPASS_ALL;
	if (slash) {
		size = (size_t)(slash - entry);
		slash++;
		if (is_ipv4(entry, size) && *slash &&
		    number(slash, strlen(slash), 32) == strlen(slash))
			return PROXY_BYPASS_NETWORK;
		if (is_ipv6(entry, size) && *slash &&
		    number(slash, strlen(slash), 128) == strlen(slash))
			return PROXY_BYPASS_NETWORK;
		return PROXY_BYPASS_INVALID;
	}
	if (is_ipv4(entry, size) || is_ipv6(entry, size) ||
	    (size > 2 && *entry == '[' && entry[size - 1] == ']' && is_ipv6(entry + 1, size - 2)))
		return PROXY_BYPASS_ADDRESS;
	if (colon && colon > entry && is_port(colon + 1) &&
	    ((*entry == '[' && colon[-1] == ']' &&
	         is_ipv6(entry + 1, (size_t)(colon - entry) - 2)) ||
	        is_host(entry, (size_t)(colon - entry), "*?")))
		return PROXY_BYPASS_PORT;
	if ((*entry == '.' && is_host(entry + 1, size - 1, "")) ||
	    (entry[0] == '*' && entry[1] == '.' && is_host(entry + 2, size - 2, "")))
		return PROXY_BYPASS_DOMAIN;
	if (*entry != '.' && is_host(entry, size, ""))
		return PROXY_BYPASS_HOST;
	return is_host(entry, size, "*?") ? PROXY_BYPASS_GLOB : PROXY_BYPASS_INVALID;
}

bool proxy_check_bypass(const char *entry, struct err *err)
{
	if (proxy_bypass_kind(entry) == PROXY_BYPASS_INVALID)
		return err_set(err, ERR_POLICY,
		    "bypass entry \"%s\" is neither <local>, a host name or pattern (with a port "
		    "or without), an address, nor a network such as 10.0.0.0/8",
		    text_escape_string(entry).text);
	return true;
}
