/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/programs.h"

#include <string.h>
#include <unistd.h>

#include "base/confine.h"
#include "model/proxy.h"

bool linux_may_run(const struct host *host, const char *const *places, struct err *err)
{
	if (!host->root.confined)
		return true;
	if (!host->run_tools)
		return err_set(
		    err, ERR_HOST, "no program of an image is run without --run-image-tools");
	for (; *places; places++)
		if (!confine_shows(&host->root, *places))
			return err_set(err, ERR_HOST,
			    "%s lies in a file system that is mounted in the image, and that no"
			    " program of the image is shown",
			    text_escape_string(*places).text);
	if (geteuid() == 0)
		return process_can_confine(&host->root, err);
	/* an imagined run stands for one by root */
	return host->root.overlay ||
	       err_set(err, ERR_HOST, "only root may run a program inside an image");
}

/* The end of a word, or of a quoted text. */
static char *value_end(char *value)
{
	char *end = value + (*value == '\'' || *value == '"' ? strcspn(value + 1, "\n") + 1
	                                                     : strcspn(value, " \t\r\n"));
	char *quote = *value == '\'' || *value == '"' ? strchr(value + 1, *value) : NULL;

	return quote && quote < end ? quote : end;
}

static void hide(char *from, const char *end)
{
	while (from < end)
		*from++ = '*';
}

/* Hides what follows an option of curl or wget that takes a log-in, as `sh -x` shows their calls.
 * Options of one letter mean other things elsewhere, so there it must have a colon in it. */
static void hide_options(char *said)
{
	static const char *const options[] = {"-u", "-U", "--user", "--proxy-user", "--password",
	    "--http-password", "--proxy-password", "--ftp-password"};

	for (size_t i = 0; i < COUNT(options); i++) {
		bool brief = strlen(options[i]) == 2;

		for (char *at = said; (at = strstr(at, options[i]));) {
			bool begins = at == said || strchr(" \t\n'\"`(", at[-1]);
			char *value, *end;

			at += strlen(options[i]);
			value = at + strspn(at, brief ? " \t" : " \t=");
			end = value_end(value);
			if (!begins || (!brief && value == at) ||
			    (brief && !memchr(value, ':', (size_t)(end - value))))
				continue;
			hide(value, end);
			at = end;
		}
	}
}

/* Whether the word at `place` is a host, with or without a port, so that no password can begin
 * there. In a message a sign of its own may follow. */
static bool is_place(const char *place, const char *end)
{
	const char *at = place + strcspn(place, *place == '[' ? "]" : ":/?#@'\"`,;)> \t\r\n");
	const char *digits;

	if (*place == '[' && at < end)
		at++;
	if (at >= end || *at != ':')
		return true;
	digits = ++at;
	at += strspn(at, "0123456789");
	/* "http://old: refused" too */
	return at >= end || (at > digits ? strchr("/?#'\"`,.:;)>", *at) != NULL && at - digits < 6
	                                 : strchr("'\"`,;)>", *at) != NULL);
}

/* Hides the front of a log-in whose end a blank has cut off, so that no "@" follows: behind a
 * scheme, or where a variable or option that ends in "proxy" gets its value. Where there is an "@",
 * proxy_redact does it. */
static void hide_fronts(char *said)
{
	for (char *word = said, *end; *word; word = end) {
		char *place, *scheme;

		word += strspn(word, " \t\r\n");
		end = word + strcspn(word, " \t\r\n");
		place = strcasestr(word, "proxy=");
		scheme = strstr(word, "://");
		if (scheme && scheme < end)
			place = scheme + strlen("://");
		else if (place && place < end)
			place += strlen("proxy=") + strspn(place + strlen("proxy="), "'\"");
		else
			continue;
		if (!memchr(place, '@', (size_t)(end - place)) && !is_place(place, end))
			hide(place, end);
	}
}

static bool is_in_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("_.-", c));
}

/* Where the value of the name begins that ends at `end`; NULL: it has none. The value of an option
 * may also stand behind a blank. */
static char *value_of(char *name, char *end)
{
	char *at = end + (*end == '\'' || *end == '"');

	if (*at == '=' || *at == ':')
		return at + 1 + strspn(at + 1, " \t");
	at = end + strspn(end, " \t");
	return *name == '-' && at > end && *at != '-' ? at : NULL;
}

/* Hides what is called a password: -storepass VALUE, PROXY_PASSWORD=VALUE, "password": "VALUE". */
static void hide_named(char *said)
{
	static const char *const names[] = {"password", "passwd", "pass", "passphrase", "secret"};

	for (size_t i = 0; i < COUNT(names); i++)
		for (char *at = said; (at = strcasestr(at, names[i]));) {
			char *name = at, *value;

			at += strlen(names[i]);
			while (name > said && is_in_name(name[-1]))
				name--;
			if (is_in_name(*at) ||
			    (at - name >= 6 && strncasecmp(at - 6, "bypass", 6) == 0))
				continue;
			value = value_of(name, at);
			if (value)
				hide(value, value_end(value));
		}
}

struct escaped linux_said(const struct process_end *end)
{
	static const char header[] = "authorization:";
	AUTO(arena) arena = {0};
	AUTO(process_end) shown = {0};
	size_t size = end->output.size;
	char *said;

	/* a log-in that was cut cannot be recognised by its end */
	while (end->output.full && size > 0 && (uint8_t)end->output.data[size - 1] > ' ')
		size--;
	said = arena_alloc(&arena, size + 1);
	for (size_t i = 0; i < size; i++)
		said[i] = end->output.data[i] ? end->output.data[i] : '?';
	said[size] = 0;
	for (char *at = said; (at = strcasestr(at, header));)
		for (at += sizeof(header) - 1; *at && *at != '\n'; at++)
			*at = '*';
	hide_options(said);
	hide_named(said);
	hide_fronts(said);
	text_add(&shown.output, proxy_redact(said, &arena));
	if (size < end->output.size)
		text_add(&shown.output, "***");
	return process_said(&shown);
}
