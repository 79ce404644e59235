/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/search.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

enum { SHOWN = 3, DIGITS_LEAST = 4, DIGITS_MAX = 64, DIGITS_SHA1 = 40, DIGITS_SHOWN = 16 };
enum { ID_SHOWN = 100, LABEL_SHOWN = 90, LIST_SHOWN = 400 };

void search_release(struct search *search)
{
	free(search->list);
	*search = (struct search){0};
}

void search_offer(struct search *search, const struct search_item *item)
{
	search->list =
	    mem_grow(search->list, &search->capacity, search->count + 1, sizeof(*search->list));
	search->list[search->count++] = (struct search_item){
	    item->id,
	    item->label ? item->label : "",
	    item->place ? item->place : "",
	};
}

/* --- ways to name an item --- */

/* The digits of "3D:19:0A", "3D 19 0A" or "3D-19-0A" in lower case; false when it is something
 * else. */
static bool take_digits(const char *text, char out[DIGITS_MAX + 1])
{
	size_t count = 0;

	for (; *text; text++) {
		if (strchr(": -", *text))
			continue;
		if (!isxdigit((unsigned char)*text) || count == DIGITS_MAX)
			return false;
		out[count++] = (char)tolower((unsigned char)*text);
	}
	out[count] = 0;
	return count >= DIGITS_LEAST;
}

/* What stands behind the last slash: for a certificate its digest. */
static const char *last_part(const char *id)
{
	const char *slash = strrchr(id, '/');

	return slash ? slash + 1 : id;
}

static bool by_id(const char *wanted, const struct search_item *item)
{
	return strcasecmp(item->id, wanted) == 0;
}

static bool by_beginning(const char *wanted, const struct search_item *item)
{
	return strncasecmp(item->id, wanted, strlen(wanted)) == 0;
}

/* What follows the name of the digest: "SHA256 Fingerprint=", "sha256:", "SHA-256: ". NULL: there
 * is no name. */
static const char *behind_name(const char *wanted)
{
	static const char *const names[] = {"sha256", "sha-256"};
	const char *equals = strrchr(wanted, '=');

	for (size_t i = 0; !equals && i < COUNT(names); i++) {
		size_t size = strlen(names[i]);

		if (strncasecmp(wanted, names[i], size) == 0 && wanted[size] &&
		    strchr(": ", wanted[size]))
			equals = wanted + size;
	}
	return equals ? equals + 1 : NULL;
}

/* "3D:19:0A", "sha256:3D:19", "SHA256 Fingerprint=3D:19", "root/3D:19" */
static bool by_digest(const char *wanted, const struct search_item *item)
{
	const char *digest = behind_name(wanted);
	const char *part = last_part(digest ? digest : wanted);
	char digits[DIGITS_MAX + 1];
	size_t before = digest ? 0 : (size_t)(part - wanted);
	size_t front = (size_t)(last_part(item->id) - item->id);

	return take_digits(part, digits) && before <= front &&
	       strncasecmp(item->id + front - before, wanted, before) == 0 &&
	       (before == front || item->id[front - before - 1] == '/') &&
	       text_begins(item->id + front, digits);
}

static bool by_label(const char *wanted, const struct search_item *item)
{
	return strcasecmp(item->label, wanted) == 0;
}

static bool by_label_beginning(const char *wanted, const struct search_item *item)
{
	return strncasecmp(item->label, wanted, strlen(wanted)) == 0;
}

/* "apt", "authroot", "root/3d19…" */
static bool by_last_parts(const char *wanted, const struct search_item *item)
{
	size_t size = strlen(wanted), all = strlen(item->id);

	return all > size && item->id[all - size - 1] == '/' &&
	       strcasecmp(item->id + all - size, wanted) == 0;
}

/* The path, with the line or without, of one of the files that are named there: "/etc/a:3,
 * /etc/b:7; more words". */
static bool by_place(const char *wanted, const struct search_item *item)
{
	size_t size = strlen(wanted);
	const char *at = item->place;

	while (*wanted == '/' && (at = strstr(at, wanted))) {
		bool first = at == item->place || at[-1] == ' ';

		if (first && (!at[size] || strchr(":,; ", at[size])))
			return true;
		at += size;
	}
	return false;
}

/* The first that fits anything decides. */
static bool (*const ways[])(const char *wanted, const struct search_item *item) = {
    by_id, by_last_parts, by_beginning, by_digest, by_label, by_label_beginning, by_place};

/* --- what to say --- */

/* The beginning of a digest names it too, and leaves room for the whole label: names of one family
 * differ at their end. */
static void add_item(struct text *out, const struct search_item *item)
{
	const char *part = last_part(item->id);
	char digits[DIGITS_MAX + 1];
	bool digest = take_digits(part, digits) && strlen(digits) == DIGITS_MAX;
	int size = digest ? (int)(part - item->id) + DIGITS_SHOWN : ID_SHOWN;

	text_addf(out, "%s%.*s", out->size ? ", " : "", size, text_escape_string(item->id).text);
	if (*item->label)
		text_addf(out, " (%.*s)", LABEL_SHOWN, text_escape_string(item->label).text);
}

static bool ambiguous(
    const struct search *search, const struct search_item **found, size_t count, struct err *err)
{
	AUTO(text) some = {.limit = LIST_SHOWN};

	for (size_t i = 0; i < count && i < SHOWN; i++)
		add_item(&some, found[i]);
	return err_set(err, ERR_HOST, "'%s' may mean several items: %s%s",
	    text_escape_string(search->wanted).text, text_string(&some),
	    count > SHOWN ? " and others" : "");
}

static size_t shared(const char *a, const char *b)
{
	size_t size = 0;

	while (a[size] && a[size] == b[size])
		size++;
	return size;
}

/* The 40 digits that openssl prints unless it is told which digest. */
static bool is_sha1(const char *wanted)
{
	const char *equals = strrchr(wanted, '=');
	char digits[DIGITS_MAX + 1];

	return take_digits(last_part(equals ? equals + 1 : wanted), digits) &&
	       strlen(digits) == DIGITS_SHA1;
}

static bool unknown(const struct search *search, struct err *err)
{
	size_t least = strcspn(search->wanted, "/") + 1, best = 0;
	const struct search_item *nearest = NULL;
	AUTO(text) near = {0};

	if (is_sha1(search->wanted))
		return err_set(err, ERR_HOST,
		    "'%s' is as long as a SHA-1 digest, and items are known by SHA-256: `openssl"
		    " x509 -noout -fingerprint -sha256 -in FILE` prints it",
		    text_escape_string(search->wanted).text);
	for (size_t i = 0; i < search->count; i++) {
		size_t size = shared(search->list[i].id, search->wanted);

		if (size > least && size > best) {
			best = size;
			nearest = &search->list[i];
		}
	}
	if (nearest)
		add_item(&near, nearest);
	return err_set(err, ERR_HOST,
	    "nothing is known of an item '%s'; it may be an id, a digest, a label, the beginning "
	    "of one, a target, or a path; %s%s",
	    text_escape_string(search->wanted).text,
	    nearest ? "near it is " : "`check -v` lists the items", text_string(&near));
}

bool search_settle(const struct search *search, const char **out, struct err *err)
{
	for (size_t way = 0; way < COUNT(ways); way++) {
		const struct search_item *found[SHOWN + 1];
		size_t count = 0;

		for (size_t i = 0; i < search->count && count <= SHOWN; i++) {
			bool again = !ways[way](search->wanted, &search->list[i]);

			for (size_t k = 0; k < count && !again; k++)
				again = strcmp(found[k]->id, search->list[i].id) == 0;
			if (!again)
				found[count++] = &search->list[i];
		}
		if (count > 1)
			return ambiguous(search, found, count, err);
		if (count == 1) {
			*out = found[0]->id;
			return true;
		}
	}
	return unknown(search, err);
}
