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

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_in_name(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || (c && strchr("_.-", c));
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
	if (at >= end || (at > digits && at - digits < 6 && strchr("/?#", *at)))
		return true;
	return at - digits < 6 && strchr("'\"`,.:;)>", *at) && !is_letter(at[1]) &&
	       (at[1] < '0' || at[1] > '9');
}

/* Hides the front of a log-in whose end a blank has cut off, so that no "@" follows: behind each
 * scheme, or where a variable or option that ends in "proxy" gets its value. Where there is an "@",
 * proxy_redact does it; one that stands later in the line may be the end of this log-in. */
static void hide_fronts(char *said)
{
	static const char *const marks[] = {"://", "proxy="};

	for (size_t i = 0; i < COUNT(marks); i++)
		for (char *at = said; (at = strcasestr(at, marks[i]));) {
			char *place = at + strlen(marks[i]), *end, *later;

			place += strspn(place, "'\"");
			end = place + strcspn(place, " \t\r\n");
			later = end + strcspn(end, "@\n");
			at = place;
			if (strncmp(place, "http", 4) == 0 ||
			    memchr(place, '@', (size_t)(end - place)))
				continue;
			if (*later == '@' && memchr(place, ':', (size_t)(end - place)))
				hide(place, later);
			else if (!is_place(place, end))
				hide(place, end);
		}
}

/* What a word that names a secret does to the rest of its line. */
struct secret {
	const char *name;
	bool alone; /* it hides the rest whatever follows; else only a value behind a sign, or that
	             * of an option */
};

/* Whether what follows the name is its value. */
static bool gives_value(const char *name, const char *at)
{
	const char *sign = at + strspn(at, "\\'\") \t");

	return *sign == '=' || *sign == ':' || *sign == '(' || (*name == '-' && sign > at);
}

/* Hides the rest of a line in which something is called a password or the like: it is told in more
 * ways than can be listed (JSON in JSON, quotes of `sh -x`, prose), and no message is worth one. */
static void hide_named(char *said)
{
	static const struct secret secrets[] = {{"password", true}, {"passwd", true},
	    {"passphrase", true}, {"pwd", true}, {"kennwort", true}, {"pass", false},
	    {"secret", false}, {"token", false}, {"credential", false}, {"credentials", false},
	    {"authorization", false}, {"auth", false}, {"login", false}, {"apikey", false},
	    {"api_key", false}, {"api-key", false}};

	for (size_t i = 0; i < COUNT(secrets); i++)
		for (char *at = said; (at = strcasestr(at, secrets[i].name));) {
			char *name = at, *end;

			at += strlen(secrets[i].name);
			while (name > said && is_in_name(name[-1]))
				name--;
			if (is_letter(*at) ||
			    (at - name >= 6 && strncasecmp(at - 6, "bypass", 6) == 0) ||
			    (!secrets[i].alone && !gives_value(name, at)))
				continue;
			end = at + strcspn(at, "\r\n");
			hide(at + (end > at), end);
		}
}

struct escaped linux_said(const struct process_end *end)
{
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
	hide_options(said);
	hide_named(said);
	hide_fronts(said);
	text_add(&shown.output, proxy_redact(said, &arena));
	if (size < end->output.size)
		text_add(&shown.output, "***");
	return process_said(&shown);
}
