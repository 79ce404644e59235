/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/manifest.h"

#include <stdlib.h>
#include <strings.h>

#include "base/clock.h"
#include "base/digest.h"
#include "formats/cab.h"

const char *const member_words[] = WORDS_LIST(MEMBER_VOCABULARY);

bool manifest_check_kind(int kind, int store, int list, struct err *err)
{
	if (kind == MEMBER_CERTIFICATE && store < 0)
		return err_set(err, ERR_POLICY, "a certificate needs a store");
	if (kind != MEMBER_CERTIFICATE && store >= 0)
		return err_set(err, ERR_POLICY, "only a certificate has a store");
	if (kind == MEMBER_CTL && list < 0)
		return err_set(err, ERR_POLICY, "a ctl needs a list");
	if (kind != MEMBER_CTL && list >= 0)
		return err_set(err, ERR_POLICY, "only a ctl has a list");
	return true;
}

static bool check_entry(const void *value, struct err *err)
{
	const struct manifest_entry *entry = value;

	return manifest_check_kind(entry->kind, entry->store, entry->list, err);
}

static bool check_file(const char *text, struct err *err)
{
	if (!cab_name_check(text, err))
		return false;
	if (strcasecmp(text, MANIFEST_NAME) == 0)
		return err_set(err, ERR_POLICY, "the manifest does not name itself");
	return true;
}

static bool check_manifest(const void *value, struct err *err)
{
	const struct manifest *manifest = value;

	if (manifest->expires <= manifest->created)
		return err_set(err, ERR_POLICY, "it expires before it was created");
	return true;
}

static const struct field entry_rows[] = {
    {"file", FIELD_TEXT, offsetof(struct manifest_entry, file), .required = true,
        .check = check_file, .help = "Name of the member in the cabinet."},
    {"kind", FIELD_CHOICE, offsetof(struct manifest_entry, kind), .required = true,
        .choices = member_words, .help = "What the member is."},
    {"store", FIELD_CHOICE, offsetof(struct manifest_entry, store), .fallback = -1,
        .choices = store_words, .help = "The store that a certificate is for."},
    {"list", FIELD_CHOICE, offsetof(struct manifest_entry, list), .fallback = -1,
        .choices = list_words, .help = "Which list a CTL is."},
    {"sha256", FIELD_SHA256, offsetof(struct manifest_entry, sha256), .required = true,
        .help = "SHA-256 of the member's bytes."},
    {"size", FIELD_UNSIGNED, offsetof(struct manifest_entry, size), .required = true,
        .max = CAB_MAX_UNPACKED, .help = "Size of the member in bytes."},
};

static const struct fields entry_fields = {
    .name = "member",
    .help = "One member of the bundle.",
    .list = entry_rows,
    .count = COUNT(entry_rows),
    .size = sizeof(struct manifest_entry),
    .position = offsetof(struct manifest_entry, position),
    .check = check_entry,
};

static const struct field manifest_rows[] = {
    {"schema_version", FIELD_UNSIGNED, offsetof(struct manifest, schema_version), .required = true,
        .min = 1, .max = 1, .help = "Version of this language: 1."},
    {"id", FIELD_TEXT, offsetof(struct manifest, id), .required = true, .check = words_check_id,
        .help = "Name of the series of bundles; policies refer to it."},
    {"version", FIELD_UNSIGNED, offsetof(struct manifest, version), .required = true, .min = 1,
        .max = UINT64_MAX, .help = "Only grows within the series."},
    {"created", FIELD_TIME, offsetof(struct manifest, created), .required = true,
        .help = "When the bundle was built."},
    {"expires", FIELD_TIME, offsetof(struct manifest, expires), .required = true,
        .help = "From then on the bundle is refused."},
    {"contents", FIELD_STRUCTS, offsetof(struct manifest, contents), .required = true, .min = 1,
        .max = CAB_MAX_MEMBERS, .of = &entry_fields, .help = "The other members."},
};

const struct fields manifest_fields = {
    .name = "manifest",
    .help = "What a bundle holds.",
    .list = manifest_rows,
    .count = COUNT(manifest_rows),
    .size = sizeof(struct manifest),
    .position = FIELDS_NO_OFFSET,
    .check = check_manifest,
};

static const char *place_word(const char *const *words, int place)
{
	return place >= 0 ? words[place] : "-";
}

/* The order of their lines as texts. */
static int by_line(const void *a, const void *b)
{
	const struct manifest_entry *one = *(const struct manifest_entry *const *)a;
	const struct manifest_entry *other = *(const struct manifest_entry *const *)b;
	int order = strcmp(member_words[one->kind], member_words[other->kind]);

	if (order == 0)
		order = strcmp(
		    place_word(store_words, one->store), place_word(store_words, other->store));
	if (order == 0)
		order =
		    strcmp(place_word(list_words, one->list), place_word(list_words, other->list));
	return order ? order : memcmp(one->sha256.digest, other->sha256.digest, SHA256_SIZE);
}

static void add_line(struct text *contents, const struct manifest_entry *entry)
{
	const char *words[] = {member_words[entry->kind], place_word(store_words, entry->store),
	    place_word(list_words, entry->list)};
	char hex[SHA256_HEX];

	for (size_t i = 0; i < COUNT(words); i++) {
		text_add(contents, words[i]);
		text_add(contents, " ");
	}
	hex_write((struct span){entry->sha256.digest, SHA256_SIZE}, hex);
	text_add(contents, hex);
	text_add(contents, "\n");
}

/* Words, not numbers, since hosts keep it. */
void manifest_digest(struct manifest *manifest)
{
	const struct manifest_entry *list = manifest->contents.list;
	size_t count = manifest->contents.count;
	const struct manifest_entry **sorted = mem_alloc(count * sizeof(*sorted));
	AUTO(text) contents = {0};

	for (size_t i = 0; i < count; i++)
		sorted[i] = &list[i];
	qsort(sorted, count, sizeof(*sorted), by_line);
	for (size_t i = 0; i < count; i++)
		add_line(&contents, sorted[i]);
	free(sorted);
	digest_sha256_hex(span_text(text_string(&contents)), manifest->digest);
}

bool manifest_parse(struct span span, const char *file, struct manifest *out, struct err *err)
{
	AUTO(yaml) yaml = {0};
	AUTO(arena) arena = {0};
	struct manifest manifest = {0};

	if (!yaml_parse(span, file, &yaml, err) ||
	    !fields_read(&yaml, yaml.root, &manifest_fields, &arena, &manifest, err))
		return false;
	manifest_digest(&manifest);
	manifest.arena = TAKE(arena);
	*out = manifest;
	return true;
}

const struct manifest_entry *manifest_find(
    const struct manifest *manifest, const uint8_t sha256[SHA256_SIZE])
{
	const struct manifest_entry *list = manifest->contents.list;

	for (size_t i = 0; i < manifest->contents.count; i++)
		if (memcmp(list[i].sha256.digest, sha256, SHA256_SIZE) == 0)
			return &list[i];
	return NULL;
}

void manifest_write(const struct manifest *manifest, struct text *out)
{
	const struct manifest_entry *list = manifest->contents.list;
	char created[CLOCK_TEXT], expires[CLOCK_TEXT], hex[SHA256_HEX];

	clock_write(manifest->created, created);
	clock_write(manifest->expires, expires);
	text_addf(out,
	    "schema_version: 1\nid: %s\nversion: %llu\ncreated: %s\nexpires: %s\ncontents:\n",
	    manifest->id, (unsigned long long)manifest->version, created, expires);
	for (size_t i = 0; i < manifest->contents.count; i++) {
		const struct manifest_entry *entry = &list[i];

		text_addf(
		    out, "  - file: %s\n    kind: %s\n", entry->file, member_words[entry->kind]);
		if (entry->store >= 0)
			text_addf(out, "    store: %s\n", store_words[entry->store]);
		if (entry->list >= 0)
			text_addf(out, "    list: %s\n", list_words[entry->list]);
		hex_write((struct span){entry->sha256.digest, SHA256_SIZE}, hex);
		text_addf(
		    out, "    sha256: %s\n    size: %llu\n", hex, (unsigned long long)entry->size);
	}
}

void manifest_release(struct manifest *manifest)
{
	arena_release(&manifest->arena);
	*manifest = (struct manifest){0};
}
