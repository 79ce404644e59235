/* SPDX-License-Identifier: Apache-2.0 */
#include "model/key.h"

#include <stdio.h>

#define PERSONAL "wininet_user"

enum { FINGERPRINT_DIGITS = SHA256_HEX - 1, NAME_MAX_SIZE = 255 };

static const struct kind kinds[ITEM_KINDS] = {
    [ITEM_CERTIFICATE] = {KIND_CERTIFICATE, store_words, COMPARE_PRESENCE, WORDS_ABSENT, false},
    [ITEM_PROXY] = {KIND_PROXY, target_words, COMPARE_SETTING, "direct", true},
    [ITEM_CTL] = {KIND_CTL, list_words, COMPARE_LIST, WORDS_ABSENT, false},
    [ITEM_AUTO_UPDATE] = {KIND_AUTO_UPDATE, update_words, COMPARE_VALUE, WORDS_ABSENT, true},
    [ITEM_BUNDLE] = {KIND_BUNDLE, NULL, COMPARE_NOTHING, WORDS_ABSENT, false},
    [ITEM_KEYRING] = {KIND_KEYRING, NULL, COMPARE_NOTHING, WORDS_ABSENT, false},
    [ITEM_HOOK] = {KIND_HOOK, NULL, COMPARE_NOTHING, WORDS_ABSENT, false},
    [ITEM_POLICY] = {KIND_POLICY, NULL, COMPARE_NOTHING, WORDS_ABSENT, false},
    [ITEM_STATE] = {KIND_STATE, NULL, COMPARE_NOTHING, WORDS_ABSENT, false},
};

const struct kind *kind_row(const struct key *key)
{
	return &kinds[key->kind];
}

struct key key_certificate(enum store store, const uint8_t sha256[SHA256_SIZE])
{
	struct key key = {.kind = ITEM_CERTIFICATE, .which = store};

	memcpy(key.sha256, sha256, SHA256_SIZE);
	return key;
}

struct key key_in_store(const struct key *key, enum store store)
{
	struct key there = *key;

	there.which = store;
	return there;
}

struct key key_certificates_of(enum store store, const char *bundle)
{
	return (struct key){.kind = ITEM_CERTIFICATE, .which = store, .name = bundle};
}

struct key key_proxy(enum proxy_target target)
{
	return (struct key){.kind = ITEM_PROXY, .which = target};
}

struct key key_proxy_of_user(const char *name)
{
	return (struct key){.kind = ITEM_PROXY, .which = TARGETS, .name = name};
}

struct key key_list(enum ctl_list list)
{
	return (struct key){.kind = ITEM_CTL, .which = list};
}

struct key key_update(enum update_switch which)
{
	return (struct key){.kind = ITEM_AUTO_UPDATE, .which = which};
}

struct key key_bundle(const char *id)
{
	return (struct key){.kind = ITEM_BUNDLE, .name = id};
}

struct key key_keyring(void)
{
	return (struct key){.kind = ITEM_KEYRING};
}

struct key key_hook(const char *name)
{
	return (struct key){.kind = ITEM_HOOK, .name = name};
}

struct key key_policy(const char *file)
{
	return (struct key){.kind = ITEM_POLICY, .name = file};
}

struct key key_state(void)
{
	return (struct key){.kind = ITEM_STATE};
}

/* Of these the kind is the whole id. */
static bool is_single(enum item_kind kind)
{
	return kind == ITEM_KEYRING || kind == ITEM_STATE;
}

bool key_is_certificate(const struct key *key, enum store store)
{
	return key->kind == ITEM_CERTIFICATE && key->which == store;
}

bool key_equal(const struct key *a, const struct key *b)
{
	if (a->kind != b->kind || a->which != b->which || !a->name != !b->name)
		return false;
	return a->name ? strcmp(a->name, b->name) == 0
	               : memcmp(a->sha256, b->sha256, SHA256_SIZE) == 0;
}

static const char *word_of(const struct key *key)
{
	const char *const *words = kinds[key->kind].words;

	return !words ? "" : key->kind == ITEM_PROXY && key->name ? PERSONAL : words[key->which];
}

int key_compare(const struct key *a, const struct key *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->which != b->which)
		return strcmp(word_of(a), word_of(b));
	if (a->name && b->name)
		return strcmp(a->name, b->name);
	if (!a->name && !b->name)
		return memcmp(a->sha256, b->sha256, SHA256_SIZE);
	/* "bundle:" sorts between the digits b and c */
	return a->name ? (b->sha256[0] < 0xc0 ? 1 : -1) : (a->sha256[0] < 0xc0 ? -1 : 1);
}

/* Appends to what has `*size` characters; cuts what does not fit. */
static void add(struct key_text *out, size_t *size, const char *text)
{
	size_t more = strlen(text), room = KEY_TEXT - 1 - *size;

	more = more < room ? more : room;
	memcpy(out->text + *size, text, more);
	*size += more;
	out->text[*size] = 0;
}

static void add_name(struct key_text *out, size_t *size, const struct key *key)
{
	if (key->name) {
		add(out, size, key->kind == ITEM_CERTIFICATE ? WORDS_BUNDLE : "");
		add(out, size, key->name);
	} else if (key->kind == ITEM_CERTIFICATE) {
		hex_write((struct span){key->sha256, SHA256_SIZE}, out->text + *size);
		*size += FINGERPRINT_DIGITS;
	}
}

static void add_text(struct key_text *out, size_t *size, const struct key *key)
{
	const char *word = word_of(key);

	add(out, size, word);
	if (*word && (key->name || key->kind == ITEM_CERTIFICATE))
		add(out, size, "/");
	add_name(out, size, key);
}

static void add_id(struct key_text *out, size_t *size, const struct key *key)
{
	add(out, size, kinds[key->kind].name);
	add(out, size, is_single(key->kind) ? "" : "/");
	add_text(out, size, key);
}

static struct key_text written(
    const struct key *key, void (*add_it)(struct key_text *, size_t *, const struct key *))
{
	struct key_text out;
	size_t size = 0;

	out.text[0] = 0;
	add_it(&out, &size, key);
	return out;
}

struct key_text key_text(const struct key *key)
{
	return written(key, add_text);
}

struct key_text key_fingerprint(const struct key *key)
{
	return written(key, add_name);
}

struct key_text key_id(const struct key *key)
{
	return written(key, add_id);
}

const char *kind_name(enum item_kind kind)
{
	return kinds[kind].name;
}

/* Takes `word` off the front of `*text`. */
static bool take(const char **text, const char *word)
{
	size_t size = strlen(word);

	if (strncmp(*text, word, size) != 0)
		return false;
	*text += size;
	return true;
}

/* The one of `words` that ends `text`, or stands in front of a '/' that is taken too. */
static bool take_word(const char **text, const char *const *words, unsigned *out)
{
	size_t size = strcspn(*text, "/");

	for (unsigned i = 0; words[i]; i++)
		if (strlen(words[i]) == size && strncmp(*text, words[i], size) == 0) {
			*out = i;
			*text += size + ((*text)[size] == '/');
			return true;
		}
	return false;
}

static bool take_name(const char *text, struct key *out)
{
	out->name = text;
	return *text && strlen(text) <= NAME_MAX_SIZE;
}

static bool parse(const char *text, struct key *out)
{
	const char *const *words = kinds[out->kind].words;
	const char *all = text;
	struct err ignored = {0};

	if (out->kind == ITEM_PROXY && take(&text, PERSONAL "/")) {
		out->which = TARGETS;
		return take_name(text, out);
	}
	if (words && !take_word(&text, words, &out->which))
		return false;
	switch (out->kind) {
	case ITEM_CERTIFICATE:
		if (text == all || text[-1] != '/')
			return false;
		if (take(&text, WORDS_BUNDLE))
			return words_check_id(out->name = text, &ignored);
		return strspn(text, "0123456789abcdef") == FINGERPRINT_DIGITS &&
		       hex_parse(text, out->sha256, SHA256_SIZE);
	case ITEM_HOOK:
	case ITEM_POLICY:
		return take_name(text, out);
	case ITEM_BUNDLE:
		return words_check_id(out->name = text, &ignored);
	default:
		return !*text && (text == all || text[-1] != '/');
	}
}

bool key_parse(const char *id, struct key *out)
{
	for (unsigned i = 0; i < ITEM_KINDS; i++) {
		const char *text = id;
		struct key key = {.kind = (enum item_kind)i};

		if (!take(&text, kinds[i].name) || (!is_single(key.kind) && !take(&text, "/")) ||
		    !parse(text, &key))
			continue;
		*out = key;
		return true;
	}
	return false;
}
