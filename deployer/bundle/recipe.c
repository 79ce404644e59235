/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/recipe.h"

#include "base/file.h"
#include "formats/cab.h"

static const char *const compressions[] = {
    [RECIPE_MSZIP] = "mszip", [RECIPE_STORED] = "stored", NULL};

static bool check_entry(const void *value, struct err *err)
{
	const struct recipe_entry *entry = value;

	if (!entry->source == !entry->url)
		return err_set(err, ERR_POLICY, "it needs either a source or a url");
	if (entry->url && !entry->sha256.given)
		return err_set(err, ERR_POLICY, "a url needs the sha256 of what it leads to");
	return manifest_check_kind(entry->kind, entry->store, entry->list, err);
}

static bool check_recipe(const void *value, struct err *err)
{
	const struct recipe *recipe = value;

	if ((recipe->expires != 0) == (recipe->valid_for != 0))
		return err_set(err, ERR_POLICY, "it needs either expires or valid_for");
	return true;
}

static const struct field entry_rows[] = {
    {"source", FIELD_TEXT, offsetof(struct recipe_entry, source), .min = 1,
        .help = "A file or a glob, relative to the recipe; certificates in PEM or DER."},
    {"url", FIELD_TEXT, offsetof(struct recipe_entry, url), .min = 1,
        .help = "Where the file can be fetched; needs sha256. What was fetched is given with "
                "--downloads."},
    {"sha256", FIELD_SHA256, offsetof(struct recipe_entry, sha256),
        .help = "SHA-256 that the file must have."},
    {"kind", FIELD_CHOICE, offsetof(struct recipe_entry, kind), .required = true,
        .choices = member_words, .help = "What the file is."},
    {"store", FIELD_CHOICE, offsetof(struct recipe_entry, store), .fallback = -1,
        .choices = store_words, .help = "The store that a certificate is for."},
    {"list", FIELD_CHOICE, offsetof(struct recipe_entry, list), .fallback = -1,
        .choices = list_words, .help = "Which list a CTL is."},
};

static const struct fields entry_fields = {
    .name = "source",
    .help = "One file, or all that a glob matches.",
    .list = entry_rows,
    .count = COUNT(entry_rows),
    .size = sizeof(struct recipe_entry),
    .position = offsetof(struct recipe_entry, position),
    .check = check_entry,
};

static const struct field recipe_rows[] = {
    {"schema_version", FIELD_UNSIGNED, offsetof(struct recipe, schema_version), .fallback = 1,
        .min = 1, .max = 1, .help = "Version of this language: 1."},
    {"id", FIELD_TEXT, offsetof(struct recipe, id), .required = true, .check = words_check_id,
        .help = "Name of the series of bundles; policies refer to it."},
    {"version", FIELD_UNSIGNED, offsetof(struct recipe, version), .required = true, .min = 1,
        .max = UINT64_MAX, .help = "Must grow with each bundle of the series."},
    {"expires", FIELD_TIME, offsetof(struct recipe, expires),
        .help = "From then on the bundle is refused."},
    {"valid_for", FIELD_DURATION, offsetof(struct recipe, valid_for),
        .help = "In place of expires: how long from the time of building."},
    {"compression", FIELD_CHOICE, offsetof(struct recipe, compression), .fallback = RECIPE_MSZIP,
        .choices = compressions,
        .help = "Stored cabinets unpack 20 times faster and are 1.4 times the size."},
    {"contents", FIELD_STRUCTS, offsetof(struct recipe, contents), .required = true, .min = 1,
        .max = CAB_MAX_MEMBERS, .of = &entry_fields, .help = "What goes into the bundle."},
};

const struct fields recipe_fields = {
    .name = "recipe",
    .help = "How a bundle is built.",
    .list = recipe_rows,
    .count = COUNT(recipe_rows),
    .size = sizeof(struct recipe),
    .position = FIELDS_NO_OFFSET,
    .check = check_recipe,
};

bool recipe_parse(struct span span, const char *file, struct recipe *out, struct err *err)
{
	AUTO(yaml) yaml = {0};
	AUTO(arena) arena = {0};
	struct recipe recipe = {0};

	if (!yaml_parse(span, file, &yaml, err) ||
	    !fields_read(&yaml, yaml.root, &recipe_fields, &arena, &recipe, err))
		return false;
	recipe.file = arena_strdup(&arena, file);
	recipe.arena = TAKE(arena);
	*out = recipe;
	return true;
}

bool recipe_load(const char *path, struct recipe *out, struct err *err)
{
	AUTO(root) none = root_none();
	AUTO(bytes) content = {0};

	return file_read(&none, path, RECIPE_MAX_BYTES, &content, err) &&
	       recipe_parse(bytes_span(&content), path, out, err);
}

void recipe_release(struct recipe *recipe)
{
	arena_release(&recipe->arena);
	*recipe = (struct recipe){0};
}
