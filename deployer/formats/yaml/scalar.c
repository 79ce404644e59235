/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/yaml/scalar.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/nearest.h"

enum { DIGITS_MAX = 20 }; /* of 2^64 - 1 */

#define AT(out, type, offset) ((type *)(void *)((char *)(out) + (offset)))

/* "a, b or c" */
const char *scalar_enumerate(const char *const *words, char out[SCALAR_WORDS])
{
	size_t used = 0;

	*out = 0;
	for (; *words && used < SCALAR_WORDS; words++) {
		if (!**words)
			continue;
		used += (size_t)snprintf(out + used, SCALAR_WORDS - used, "%s%s",
		    used == 0  ? ""
		    : words[1] ? ", "
		               : " or ",
		    *words);
	}
	return out;
}

static bool refuse_choice(const struct yaml *yaml, const struct yaml_node *node,
    const struct field *field, struct err *err)
{
	const char *nearest = nearest_word(node->text, field->choices);
	struct escaped found = text_escape_string(node->text);
	char known[SCALAR_WORDS];

	if (nearest)
		return yaml_error(yaml, node, err, "%s: \"%s\" is not known; did you mean \"%s\"?",
		    field->name, found.text, nearest);
	return yaml_error(yaml, node, err, "%s: \"%s\" is not known; use %s", field->name,
	    found.text, scalar_enumerate(field->choices, known));
}

static const char *kind_text(const struct yaml_node *node)
{
	static const char *const names[] = {"a single value", "a list", "a map"};

	return names[node->kind];
}

bool scalar_expect(const struct yaml *yaml, const struct yaml_node *node, enum yaml_kind kind,
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
		if (*text && *field->choices[i] == *text && strcmp(field->choices[i], text) == 0)
			return i;
	return -1;
}

bool scalar_choice(const struct yaml *yaml, const struct yaml_node *node, const struct field *field,
    int *out, struct err *err)
{
	int index = choice_index(field, node->text);

	if (index < 0)
		return refuse_choice(yaml, node, field, err);
	*out = index;
	return true;
}

bool scalar_text(const struct yaml *yaml, const struct yaml_node *node, const struct field *field,
    struct arena *arena, const char **out, struct err *err)
{
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
	*out = arena_strndup(arena, node->text, node->size);
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

/* As people count them, not in bytes. */
static size_t count_characters(const struct yaml_node *node)
{
	size_t count = 0;

	for (size_t i = 0; i < node->size; i++)
		count += ((uint8_t)node->text[i] & 0xc0) != 0x80;
	return count;
}

static bool read_sha256(const struct yaml *yaml, const struct yaml_node *node,
    const struct field *field, struct fingerprint *out, struct err *err)
{
	struct fingerprint value = {.given = true};

	if (strchr(node->text, ':') && node->size == 3 * SHA256_SIZE - 1)
		return yaml_error(yaml, node, err,
		    "%s: leave the colons out: a SHA-256 of 64 hexadecimal digits is expected",
		    field->name);
	if (node->size != SHA256_HEX - 1)
		return yaml_error(yaml, node, err,
		    "%s: a SHA-256 of 64 hexadecimal digits is expected, not %zu characters",
		    field->name, count_characters(node));
	if (!hex_parse(node->text, value.digest, SHA256_SIZE))
		return yaml_error(yaml, node, err,
		    "%s: a SHA-256 has only the digits 0 to 9 and a to f", field->name);
	*out = value;
	return true;
}

bool scalar_read(const struct yaml *yaml, const struct yaml_node *node, const struct field *field,
    struct arena *arena, void *out, struct err *err)
{
	if (!scalar_expect(yaml, node, YAML_SCALAR, field->name, err))
		return false;
	switch (field->type) {
	case FIELD_BOOL:
		return read_bool(yaml, node, field, AT(out, bool, field->offset), err);
	case FIELD_UNSIGNED:
		return read_unsigned(yaml, node, field, AT(out, uint64_t, field->offset), err);
	case FIELD_CHOICE:
		return scalar_choice(yaml, node, field, AT(out, int, field->offset), err);
	case FIELD_TIME:
		return read_time(yaml, node, field, AT(out, int64_t, field->offset), err);
	case FIELD_DURATION:
		return read_duration(yaml, node, field, AT(out, int64_t, field->offset), err);
	case FIELD_SHA256:
		return read_sha256(
		    yaml, node, field, AT(out, struct fingerprint, field->offset), err);
	default:
		return scalar_text(
		    yaml, node, field, arena, AT(out, const char *, field->offset), err);
	}
}
