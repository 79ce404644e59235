/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/fields.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/nearest.h"

enum {
	DIGITS_MAX = 20, /* of 2^64 - 1 */
	ROWS_MAX = 64,   /* of a table: `seen` has a bit for each */
	KNOWN_TEXT = 200,
};

/* One table being filled from one map. */
struct reading {
	const struct yaml *yaml;
	const struct fields *fields;
	struct arena *arena;
	const struct yaml_node *map;
	uint64_t seen;
};

#define AT(out, type, offset) ((type *)(void *)((char *)(out) + (offset)))

/* --- messages --- */

/* "a, b or c" */
static const char *enumerate(const char *const *words, char out[KNOWN_TEXT])
{
	size_t used = 0;

	*out = 0;
	for (; *words && used < KNOWN_TEXT; words++) {
		if (!**words)
			continue;
		used += (size_t)snprintf(out + used, KNOWN_TEXT - used, "%s%s",
		    used == 0  ? ""
		    : words[1] ? ", "
		               : " or ",
		    *words);
	}
	return out;
}

static bool refuse_key(const struct reading *reading, const struct yaml_node *node, struct err *err)
{
	const char *words[ROWS_MAX + 1] = {0}, *nearest;
	char known[KNOWN_TEXT];

	for (size_t i = 0; i < reading->fields->count; i++)
		words[i] = reading->fields->list[i].name;
	nearest = nearest_word(node->key, words);
	if (nearest)
		return yaml_error_key(reading->yaml, node, err,
		    "unknown key \"%s\"; did you mean \"%s\"?", text_escape_string(node->key).text,
		    nearest);
	return yaml_error_key(reading->yaml, node, err,
	    "unknown key \"%s\"; the keys of a %s are %s", text_escape_string(node->key).text,
	    reading->fields->name, enumerate(words, known));
}

static bool refuse_choice(const struct yaml *yaml, const struct yaml_node *node,
    const struct field *field, struct err *err)
{
	const char *nearest = nearest_word(node->text, field->choices);
	struct escaped found = text_escape_string(node->text);
	char known[KNOWN_TEXT];

	if (nearest)
		return yaml_error(yaml, node, err, "%s: \"%s\" is not known; did you mean \"%s\"?",
		    field->name, found.text, nearest);
	return yaml_error(yaml, node, err, "%s: \"%s\" is not known; use %s", field->name,
	    found.text, enumerate(field->choices, known));
}

/* --- scalars --- */

static const char *kind_text(const struct yaml_node *node)
{
	static const char *const names[] = {"a single value", "a list", "a map"};

	return names[node->kind];
}

static bool expect(const struct yaml *yaml, const struct yaml_node *node, enum yaml_kind kind,
    const char *name, struct err *err)
{
	static const char *const wanted[] = {
	    "a single value", "a list (\"- …\" lines or [a, b])", "a map (\"key: value\" lines)"};

	if (kind == YAML_SCALAR || node->kind != kind) {
		if (node->kind == YAML_SCALAR && !node->quoted &&
		    (node->size == 0 || strcmp(node->text, "~") == 0 ||
		        strcmp(node->text, "null") == 0))
			return yaml_error(yaml, node, err,
			    "%s has no value; give it one or take the key out", name);
		if (node->kind != kind)
			return yaml_error(yaml, node, err, "%s: %s is expected, not %s", name,
			    wanted[kind], kind_text(node));
	}
	return true;
}

static bool read_bool(const struct yaml *yaml, const struct yaml_node *node,
    const struct field *field, bool *out, struct err *err)
{
	bool yes = strcmp(node->text, "true") == 0;

	if (node->quoted || (!yes && strcmp(node->text, "false") != 0))
		return yaml_error(yaml, node, err, "%s: true or false is expected, %s\"%s\"",
		    field->name, node->quoted ? "not the quoted text " : "not ",
		    text_escape_string(node->text).text);
	*out = yes;
	return true;
}

/* Decimal without sign, leading zeros or separators, so that every reader of YAML sees the
 * same number. */
static bool parse_unsigned(const struct yaml_node *node, uint64_t *out)
{
	uint64_t value = 0;

	if (node->quoted || node->size == 0 || node->size > DIGITS_MAX ||
	    (node->text[0] == '0' && node->size > 1))
		return false;
	for (const char *at = node->text; *at; at++) {
		uint64_t digit = (uint64_t)(*at - '0');

		if (*at < '0' || *at > '9' || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

static bool read_unsigned(const struct yaml *yaml, const struct yaml_node *node,
    const struct field *field, uint64_t *out, struct err *err)
{
	uint64_t value, max = field->max ? field->max : UINT64_MAX;

	if (!parse_unsigned(node, &value))
		return yaml_error(yaml, node, err, "%s: a whole number is expected, not %s\"%s\"",
		    field->name, node->quoted ? "the quoted text " : "",
		    text_escape_string(node->text).text);
	if (value < field->min || value > max) {
		if (field->min == max)
			return yaml_error(yaml, node, err,
			    "%s is %llu; this version knows only %llu", field->name,
			    (unsigned long long)value, (unsigned long long)max);
		return yaml_error(yaml, node, err, "%s: %llu is not between %llu and %llu",
		    field->name, (unsigned long long)value, (unsigned long long)field->min,
		    (unsigned long long)max);
	}
	*out = value;
	return true;
}

static int choice_index(const struct field *field, const char *text)
{
	for (int i = 0; field->choices[i]; i++)
		if (*text && strcmp(field->choices[i], text) == 0)
			return i;
	return -1;
}

static bool read_choice(const struct yaml *yaml, const struct yaml_node *node,
    const struct field *field, int *out, struct err *err)
{
	int index = choice_index(field, node->text);

	if (index < 0)
		return refuse_choice(yaml, node, field, err);
	*out = index;
	return true;
}

static bool read_text(const struct reading *reading, const struct yaml_node *node,
    const struct field *field, const char **out, struct err *err)
{
	const struct yaml *yaml = reading->yaml;
	bool in_list = field->type == FIELD_TEXTS;
	uint64_t max = in_list || !field->max ? YAML_MAX_SCALAR : field->max;
	uint64_t min = in_list ? 1 : field->min;
	struct err why;

	if (node->size < min)
		return yaml_error(yaml, node, err, "%s: the text is empty", field->name);
	if (node->size > max)
		return yaml_error(yaml, node, err, "%s: a text of %zu bytes; %llu are allowed",
		    field->name, node->size, (unsigned long long)max);
	if (field->choices && choice_index(field, node->text) < 0)
		return refuse_choice(yaml, node, field, err);
	if (field->check && !field->check(node->text, &why))
		return yaml_error(yaml, node, err, "%s: %s", field->name, why.text);
	*out = arena_strndup(reading->arena, node->text, node->size);
	return true;
}

static bool read_time(const struct yaml *yaml, const struct yaml_node *node,
    const struct field *field, int64_t *out, struct err *err)
{
	int64_t value;

	if (!clock_parse(node->text, &value))
		return yaml_error(yaml, node, err,
		    "%s: \"%s\" is no date such as 2026-11-23 or 2026-11-23T10:00:00Z", field->name,
		    text_escape_string(node->text).text);
	*out = value;
	return true;
}

static bool read_duration(const struct yaml *yaml, const struct yaml_node *node,
    const struct field *field, int64_t *out, struct err *err)
{
	int64_t value;

	if (!clock_parse_duration(node->text, &value))
		return yaml_error(yaml, node, err,
		    "%s: \"%s\" is no span of time such as 12h, 90d or 8w", field->name,
		    text_escape_string(node->text).text);
	*out = value;
	return true;
}

static bool read_sha256(const struct yaml *yaml, const struct yaml_node *node,
    const struct field *field, struct fingerprint *out, struct err *err)
{
	struct fingerprint value = {.given = true};

	if (node->size != SHA256_HEX - 1)
		return yaml_error(yaml, node, err,
		    "%s: a SHA-256 of 64 hexadecimal digits is expected, not %zu characters",
		    field->name, node->size);
	if (!hex_parse(node->text, value.digest, SHA256_SIZE))
		return yaml_error(yaml, node, err,
		    "%s: a SHA-256 has only the digits 0 to 9 and a to f", field->name);
	*out = value;
	return true;
}

static bool read_scalar(const struct reading *reading, const struct yaml_node *node,
    const struct field *field, void *out, struct err *err)
{
	const struct yaml *yaml = reading->yaml;

	if (!expect(yaml, node, YAML_SCALAR, field->name, err))
		return false;
	switch (field->type) {
	case FIELD_BOOL:
		return read_bool(yaml, node, field, AT(out, bool, field->offset), err);
	case FIELD_UNSIGNED:
		return read_unsigned(yaml, node, field, AT(out, uint64_t, field->offset), err);
	case FIELD_CHOICE:
		return read_choice(yaml, node, field, AT(out, int, field->offset), err);
	case FIELD_TIME:
		return read_time(yaml, node, field, AT(out, int64_t, field->offset), err);
	case FIELD_DURATION:
		return read_duration(yaml, node, field, AT(out, int64_t, field->offset), err);
	case FIELD_SHA256:
		return read_sha256(
		    yaml, node, field, AT(out, struct fingerprint, field->offset), err);
	default:
		return read_text(reading, node, field, AT(out, const char *, field->offset), err);
	}
}

/* --- lists and structs --- */

static bool read_struct(const struct reading *above, const struct yaml_node *node,
    const struct fields *fields, void *out, struct err *err);

static bool check_count(const struct yaml *yaml, const struct yaml_node *node,
    const struct field *field, struct err *err)
{
	if (!expect(yaml, node, YAML_LIST, field->name, err))
		return false;
	if (node->count < field->min)
		return yaml_error(yaml, node, err, "%s: the list is empty", field->name);
	if (field->max && node->count > field->max)
		return yaml_error(yaml, node, err, "%s: %zu elements; %llu are allowed",
		    field->name, node->count, (unsigned long long)field->max);
	return true;
}

static bool refuse_again(const struct yaml *yaml, const struct yaml_node *node,
    const struct field *field, struct err *err)
{
	return yaml_error(yaml, node, err, "%s: \"%s\" stands in the list twice", field->name,
	    text_escape_string(node->text).text);
}

static bool read_texts(const struct reading *reading, const struct yaml_node *node,
    const struct field *field, struct texts *out, struct err *err)
{
	struct texts value = {arena_alloc(reading->arena, node->count * sizeof(char *)), 0};

	for (const struct yaml_node *at = node->first; at; at = at->next) {
		const char **text = &value.list[value.count];

		if (!expect(reading->yaml, at, YAML_SCALAR, field->name, err) ||
		    !read_text(reading, at, field, text, err))
			return false;
		/* at most one of each, so this stays short */
		for (size_t i = 0; field->choices && i < value.count; i++)
			if (strcmp(value.list[i], *text) == 0)
				return refuse_again(reading->yaml, at, field, err);
		value.count++;
	}
	*out = value;
	return true;
}

static bool read_choices(const struct reading *reading, const struct yaml_node *node,
    const struct field *field, struct choices *out, struct err *err)
{
	struct choices value = {arena_alloc(reading->arena, node->count * sizeof(int)), 0};

	for (const struct yaml_node *at = node->first; at; at = at->next) {
		int *choice = &value.list[value.count];

		if (!expect(reading->yaml, at, YAML_SCALAR, field->name, err) ||
		    !read_choice(reading->yaml, at, field, choice, err))
			return false;
		/* at most one of each, so this stays short */
		for (size_t i = 0; i < value.count; i++)
			if (value.list[i] == *choice)
				return refuse_again(reading->yaml, at, field, err);
		value.count++;
	}
	*out = value;
	return true;
}

static bool read_structs(const struct reading *reading, const struct yaml_node *node,
    const struct field *field, struct list *out, struct err *err)
{
	struct list value = {arena_alloc(reading->arena, node->count * field->of->size), 0};

	for (const struct yaml_node *at = node->first; at; at = at->next) {
		void *element = (char *)value.list + value.count++ * field->of->size;

		if (!expect(reading->yaml, at, YAML_MAP, field->of->name, err) ||
		    !read_struct(reading, at, field->of, element, err))
			return false;
	}
	*out = value;
	return true;
}

static bool read_field(const struct reading *reading, const struct yaml_node *node,
    const struct field *field, void *out, struct err *err)
{
	const struct yaml *yaml = reading->yaml;

	switch (field->type) {
	case FIELD_STRUCT:
		return expect(yaml, node, YAML_MAP, field->name, err) &&
		       read_struct(reading, node, field->of, AT(out, char, field->offset), err);
	case FIELD_STRUCTS:
		return check_count(yaml, node, field, err) &&
		       read_structs(reading, node, field, AT(out, struct list, field->offset), err);
	case FIELD_TEXTS:
		return check_count(yaml, node, field, err) &&
		       read_texts(reading, node, field, AT(out, struct texts, field->offset), err);
	case FIELD_CHOICES:
		return check_count(yaml, node, field, err) &&
		       read_choices(
		           reading, node, field, AT(out, struct choices, field->offset), err);
	case FIELD_NODE:
		if (field->check_node && !field->check_node(yaml, node, err))
			return false;
		*AT(out, const struct yaml_node *, field->offset) = yaml_copy(node, reading->arena);
		return true;
	default:
		return read_scalar(reading, node, field, out, err);
	}
}

static void set_fallbacks(const struct fields *fields, void *out)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->list[i];

		if (field->type == FIELD_STRUCT)
			set_fallbacks(field->of, AT(out, char, field->offset));
		else if (field->type == FIELD_CHOICE)
			*AT(out, int, field->offset) = (int)field->fallback;
		else if (field->type == FIELD_BOOL)
			*AT(out, bool, field->offset) = field->fallback != 0;
		else if (field->type == FIELD_UNSIGNED)
			*AT(out, uint64_t, field->offset) = (uint64_t)field->fallback;
		else if (field->type == FIELD_TIME || field->type == FIELD_DURATION)
			*AT(out, int64_t, field->offset) = field->fallback;
	}
}

/* --- rules --- */

/* Whether the member `rule->key`, as written or as it falls back, is `rule->is`. */
static bool rule_holds(const struct reading *reading, const struct field_rule *rule)
{
	const struct yaml_node *node = rule->key ? yaml_member(reading->map, rule->key) : NULL;
	bool is = false;

	if (!rule->key)
		return true;
	if (node)
		is = node->kind == YAML_SCALAR && strcmp(node->text, rule->is) == 0;
	for (size_t i = 0; !node && i < reading->fields->count; i++) {
		const struct field *field = &reading->fields->list[i];

		if (strcmp(field->name, rule->key) != 0)
			continue;
		is = field->type == FIELD_BOOL
		         ? strcmp(rule->is, field->fallback ? "true" : "false") == 0
		         : field->type == FIELD_CHOICE && !field->required &&
		               strcmp(rule->is, field->choices[field->fallback]) == 0;
	}
	return is != rule->negated;
}

static bool check_rule(
    const struct reading *reading, const struct field_rule *rule, struct err *err)
{
	bool found = !rule->any_of;

	if (!rule_holds(reading, rule))
		return true;
	for (size_t i = 0; rule->any_of && rule->any_of[i]; i++)
		found = found || yaml_member(reading->map, rule->any_of[i]);
	if (!found)
		return yaml_error(
		    reading->yaml, reading->map, err, "%s: %s", reading->fields->name, rule->why);
	for (size_t i = 0; rule->none_of && rule->none_of[i]; i++) {
		const struct yaml_node *node = yaml_member(reading->map, rule->none_of[i]);

		if (node)
			return yaml_error_key(
			    reading->yaml, node, err, "%s: %s", node->key, rule->why);
	}
	return true;
}

static bool check_whole(const struct reading *reading, const void *out, struct err *err)
{
	const struct fields *fields = reading->fields;
	struct err why;

	for (size_t i = 0; i < fields->count; i++)
		if (fields->list[i].required && !(reading->seen >> i & 1))
			return yaml_error(reading->yaml, reading->map, err,
			    "%s: the key \"%s\" is missing", fields->name, fields->list[i].name);
	for (size_t i = 0; i < fields->rule_count; i++)
		if (!check_rule(reading, &fields->rules[i], err))
			return false;
	if (fields->check && !fields->check(out, &why))
		return yaml_error(
		    reading->yaml, reading->map, err, "%s: %s", fields->name, why.text);
	return true;
}

static bool read_struct(const struct reading *above, const struct yaml_node *node,
    const struct fields *fields, void *out, struct err *err)
{
	struct reading reading = *above;

	reading.fields = fields;
	reading.map = node;
	reading.seen = 0;
	set_fallbacks(fields, out);
	for (const struct yaml_node *member = node->first; member; member = member->next) {
		size_t i = 0;

		while (i < fields->count && strcmp(fields->list[i].name, member->key) != 0)
			i++;
		if (i == fields->count)
			return refuse_key(&reading, member, err);
		reading.seen |= UINT64_C(1) << i;
		if (!read_field(&reading, member, &fields->list[i], out, err))
			return false;
	}
	if (fields->position != FIELDS_NO_OFFSET)
		*AT(out, struct position, fields->position) =
		    (struct position){node->line, node->column};
	return check_whole(&reading, out, err);
}

bool fields_read(const struct yaml *yaml, const struct yaml_node *node, const struct fields *fields,
    struct arena *arena, void *out, struct err *err)
{
	struct reading reading = {.yaml = yaml, .arena = arena};

	memset(out, 0, fields->size);
	return expect(yaml, node, YAML_MAP, fields->name, err) &&
	       read_struct(&reading, node, fields, out, err);
}
