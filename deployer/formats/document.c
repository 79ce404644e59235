/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/document.h"

#include <stdio.h>

#include "base/clock.h"

static void emit_choice(struct emit *emit, const struct field *field, int index)
{
	/* -1 and "" say that the document had no such key */
	if (index < 0 || !*field->choices[index])
		emit_null(emit);
	else
		emit_text(emit, field->choices[index]);
}

/* In the largest unit that gives the exact value. */
static void emit_duration(struct emit *emit, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		char unit;
	} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
	char text[32];
	size_t i = 0;

	if (seconds <= 0) {
		emit_null(emit);
		return;
	}
	while (seconds % units[i].seconds)
		i++;
	snprintf(
	    text, sizeof(text), "%lld%c", (long long)(seconds / units[i].seconds), units[i].unit);
	emit_text(emit, text);
}

static void emit_list_of(struct emit *emit, const struct field *field, const void *place)
{
	const struct texts *texts = place;
	const struct choices *choices = place;
	const struct list *list = place;

	emit_list(emit);
	if (field->type == FIELD_TEXTS)
		for (size_t i = 0; i < texts->count; i++)
			emit_text(emit, texts->list[i]);
	else if (field->type == FIELD_CHOICES)
		for (size_t i = 0; i < choices->count; i++)
			emit_choice(emit, field, choices->list[i]);
	else
		for (size_t i = 0; i < list->count; i++)
			document_emit(
			    emit, field->of, (const char *)list->list + i * field->of->size);
	emit_end(emit);
}

/* Free-form: scalars stay as they were written, since nothing tells their types. */
static void emit_node(struct emit *emit, const struct yaml_node *node)
{
	if (!node) {
		emit_null(emit);
		return;
	}
	if (node->kind == YAML_SCALAR) {
		emit_span(emit, (struct span){(const uint8_t *)node->text, node->size});
		return;
	}
	if (node->kind == YAML_MAP)
		emit_map(emit);
	else
		emit_list(emit);
	for (const struct yaml_node *child = node->first; child; child = child->next) {
		if (node->kind == YAML_MAP)
			emit_key_text(emit, child->key);
		emit_node(emit, child);
	}
	emit_end(emit);
}

/* A struct that has a place for its position, and none in it, was not there. */
static bool was_read(const struct fields *fields, const void *value)
{
	const struct position *position =
	    (const void *)((const char *)value +
	                   (fields->position == FIELDS_NO_OFFSET ? 0 : fields->position));

	return fields->position == FIELDS_NO_OFFSET || position->line != 0;
}

static void emit_field(struct emit *emit, const struct field *field, const void *place)
{
	const struct fingerprint *fingerprint = place;

	switch (field->type) {
	case FIELD_TEXT:
		emit_text(emit, *(const char *const *)place);
		break;
	case FIELD_BOOL:
		emit_bool(emit, *(const bool *)place);
		break;
	case FIELD_UNSIGNED:
		emit_unsigned(emit, *(const uint64_t *)place);
		break;
	case FIELD_CHOICE:
		emit_choice(emit, field, *(const int *)place);
		break;
	case FIELD_TIME:
		if (*(const int64_t *)place)
			emit_time(emit, *(const int64_t *)place);
		else
			emit_null(emit);
		break;
	case FIELD_DURATION:
		emit_duration(emit, *(const int64_t *)place);
		break;
	case FIELD_SHA256:
		if (fingerprint->given)
			emit_hex(emit, (struct span){fingerprint->digest, SHA256_SIZE});
		else
			emit_null(emit);
		break;
	case FIELD_TEXTS:
	case FIELD_CHOICES:
	case FIELD_STRUCTS:
		emit_list_of(emit, field, place);
		break;
	case FIELD_STRUCT:
		if (was_read(field->of, place))
			document_emit(emit, field->of, place);
		else
			emit_null(emit);
		break;
	case FIELD_NODE:
		emit_node(emit, *(const struct yaml_node *const *)place);
		break;
	}
}

void document_emit_members(struct emit *emit, const struct fields *fields, const void *value)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->list[i];

		emit_key(emit, field->name);
		emit_field(emit, field, (const char *)value + field->offset);
	}
}

/* Whether the document said anything that differs from the defaults. */
static bool is_said(const struct field *field, const void *place)
{
	const struct choices *list = place; /* the count stands at the same place in all kinds of
	                                     * lists */
	const char *text;

	switch (field->type) {
	case FIELD_TEXT:
		text = *(const char *const *)place;
		return text && !(field->only && strcmp(text, field->only) == 0);
	case FIELD_BOOL:
		return *(const bool *)place != (field->fallback != 0);
	case FIELD_UNSIGNED:
		return *(const uint64_t *)place != (uint64_t)field->fallback;
	case FIELD_CHOICE:
		return *(const int *)place != (int)field->fallback && *(const int *)place >= 0;
	case FIELD_TIME:
	case FIELD_DURATION:
		return *(const int64_t *)place > 0;
	case FIELD_SHA256:
		return ((const struct fingerprint *)place)->given;
	case FIELD_TEXTS:
	case FIELD_CHOICES:
		return list->count > 0;
	case FIELD_STRUCTS:
		return ((const struct list *)place)->count > 0;
	case FIELD_STRUCT:
		return was_read(field->of, place);
	case FIELD_NODE:
		return false;
	}
	return false;
}

static void write_members(struct emit *emit, const struct fields *fields, const void *value);

static void write_struct(struct emit *emit, const struct fields *fields, const void *value)
{
	emit_map(emit);
	write_members(emit, fields, value);
	emit_end(emit);
}

static void write_list(struct emit *emit, const struct field *field, const struct list *list)
{
	emit_list(emit);
	for (size_t i = 0; i < list->count; i++)
		write_struct(emit, field->of, (const char *)list->list + i * field->of->size);
	emit_end(emit);
}

/* As deep as the tables are. */
static void write_members(struct emit *emit, const struct fields *fields, const void *value)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->list[i];
		const void *place = (const char *)value + field->offset;

		if (!field->required && !is_said(field, place))
			continue;
		emit_key(emit, field->name);
		if (field->type == FIELD_STRUCT)
			write_struct(emit, field->of, place);
		else if (field->type == FIELD_STRUCTS)
			write_list(emit, field, place);
		else
			emit_field(emit, field, place);
	}
}

void document_write(const struct fields *fields, const void *value, struct bytes *out)
{
	struct emit emit = emit_into(out, NOTATION_YAML);

	write_struct(&emit, fields, value);
}

void document_emit(struct emit *emit, const struct fields *fields, const void *value)
{
	emit_map(emit);
	document_emit_members(emit, fields, value);
	emit_end(emit);
}
