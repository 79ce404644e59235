/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/words.h"

#include <string.h>

#include "base/text.h"
#include "model/key.h"

#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

enum { SEQUENCE_DIGITS_MAX = 64 };

const char *const state_words[] = WORDS_LIST(STATE_VOCABULARY);
const char *const undeclared_words[] = WORDS_LIST(UNDECLARED_VOCABULARY);
const char *const settings_words[] = WORDS_LIST(SETTINGS_VOCABULARY);
const char *const signer_chain_words[] = WORDS_LIST(SIGNER_CHAIN_VOCABULARY);
const char *const change_words[] = WORDS_LIST(CHANGE_VOCABULARY);

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool word_check_line(const char *text, struct err *err)
{
	size_t size = strlen(text);

	if (size == 0)
		return err_set(err, ERR_POLICY, "the text is empty");
	if (text[strcspn(text, "\t\r\n")])
		return err_set(err, ERR_POLICY, "the text must be one line, without tabs");
	if (is_blank(text[0]) || is_blank(text[size - 1]))
		return err_set(err, ERR_POLICY, "the text begins or ends with a blank");
	return true;
}

/* A path of parts between single slashes; `many` or just one. */
static bool is_path(const char *text, bool many)
{
	for (;;) {
		size_t size = strcspn(text, "/");

		if (size == 0 || is_blank(text[0]) || is_blank(text[size - 1]) ||
		    strcspn(text, "\t\r\n") < size)
			return false;
		if (text[size] == 0)
			return true;
		if (!many)
			return false;
		text += size + 1;
	}
}

/* What follows `front`, or NULL when the text begins otherwise. */
static const char *behind(const char *text, const char *front)
{
	size_t size = strlen(front);

	return strncmp(text, front, size) == 0 ? text + size : NULL;
}

bool word_check_link(const char *text, struct err *err)
{
	const char *rest;

	if (strcmp(text, LINK_LOCAL) == 0 || strcmp(text, LINK_DOMAIN) == 0 ||
	    ((rest = behind(text, LINK_SITE)) != NULL && is_path(rest, false)) ||
	    ((rest = behind(text, LINK_OU)) != NULL && is_path(rest, true)))
		return true;
	return err_set(err, ERR_POLICY,
	    "\"%s\" is no link; use " LINK_LOCAL ", " LINK_SITE "NAME, " LINK_DOMAIN " or " LINK_OU
	    "PATH such as ou:Corp/Sales",
	    text_escape_string(text).text);
}

bool word_check_hostname(const char *text, struct err *err)
{
	const char *glob = text + (*text == '!');

	if (!*glob)
		return err_set(err, ERR_POLICY, "the pattern is empty");
	if (strspn(glob, LETTERS DIGITS "._-*?") == strlen(glob))
		return true;
	return err_set(err, ERR_POLICY,
	    "\"%s\" is no pattern of host names: letters, digits, '.', '_', '-', '*' and '?', with "
	    "'!' in front to exclude",
	    text_escape_string(text).text);
}

bool word_check_sequence(const char *text, struct err *err)
{
	size_t size = strlen(text);

	if (size > 0 && size % 2 == 0 && size <= SEQUENCE_DIGITS_MAX &&
	    strspn(text, DIGITS "abcdefABCDEF") == size)
		return true;
	return err_set(err, ERR_POLICY,
	    "a sequence number is whole bytes in hexadecimal, such as \"1401DBDEE7F1A4F449\"");
}

static bool check_authority(const char *rest, struct err *err)
{
	size_t size = strcspn(rest, "/?#");

	if (memchr(rest, '@', size))
		return err_set(err, ERR_POLICY,
		    "the address holds user information; passwords do not belong into a policy");
	return size > 0 || err_set(err, ERR_POLICY, "the address names no host");
}

bool word_check_url(const char *text, struct err *err)
{
	for (const char *at = text; *at; at++)
		if (is_blank(*at))
			return err_set(err, ERR_POLICY, "the address holds a blank");
	if (strncmp(text, "http://", 7) == 0)
		return check_authority(text + 7, err);
	if (strncmp(text, "https://", 8) == 0)
		return check_authority(text + 8, err);
	if (strncmp(text, "file://", 7) == 0 && text[7])
		return true;
	return err_set(err, ERR_POLICY,
	    "an address begins with http://, https:// or file:// and names a place");
}

bool word_check_source(const char *text, struct err *err)
{
	return strcmp(text, WORDS_DEFAULT) == 0 || word_check_url(text, err) ||
	       err_wrap(err, "neither \"" WORDS_DEFAULT "\" nor an address");
}

bool word_check_credentials(const char *text, struct err *err)
{
	static const char file[] = WORDS_FILE "/";

	if (strcmp(text, WORDS_KEEP) == 0 || strcmp(text, WORDS_NONE) == 0)
		return true;
	/* a word that is none may be a password: it is not shown */
	if (strncmp(text, file, strlen(file)) != 0 || !text[strlen(file)])
		return err_set(err, ERR_POLICY,
		    "`credentials` is " WORDS_KEEP ", " WORDS_NONE " or " WORDS_FILE
		    "/PATH of a file with one line user:password; passwords do not belong into a "
		    "policy");
	if (strstr(text, "/../") ||
	    (strlen(text) > 3 && strcmp(text + strlen(text) - 3, "/..") == 0))
		return err_set(err, ERR_POLICY, "the path of `credentials` holds \"..\"");
	return true;
}

bool word_check_item(const char *text, struct err *err)
{
	struct key key;

	/* a user's own proxy and the keyring are nothing that a policy could waive */
	if (key_parse(text, &key) && key.kind != ITEM_KEYRING &&
	    (key.kind != ITEM_PROXY || !key.name))
		return true;
	return err_set(err, ERR_POLICY,
	    "\"%s\" is no id of an item, such as certificate/root/<64 lower-case hexadecimal "
	    "digits>, proxy/apt, ctl/authroot or auto_update/roots",
	    text_escape_string(text).text);
}
