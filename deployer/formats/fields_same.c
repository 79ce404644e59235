/* SPDX-License-Identifier: Apache-2.0 */
/* The part of fields.h that compares two structs by their table. */
#include "formats/fields.h"

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_list(const struct field *field, const struct list *a, const struct list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!fields_same(field->of, (const char *)a->list + i * field->of->size,
		        (const char *)b->list + i * field->of->size, NULL))
			return false;
	return true;
}

static bool same_texts(const struct texts *a, const struct texts *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->list[i], b->list[i]) != 0)
			return false;
	return true;
}

static bool same_choices(const struct choices *a, const struct choices *b)
{
	return a->count == b->count &&
	       (a->count == 0 || memcmp(a->list, b->list, a->count * sizeof(*a->list)) == 0);
}

#define OF(from, type, offset) ((const type *)(const void *)((const char *)(from) + (offset)))
#define SAME(type)             (*OF(a, type, field->offset) == *OF(b, type, field->offset))

static bool same_field(const struct field *field, const void *a, const void *b)
{
	const struct fingerprint *left, *right;

	switch (field->type) {
	case FIELD_TEXT:
		return same_text(
		    *OF(a, char *const, field->offset), *OF(b, char *const, field->offset));
	case FIELD_BOOL:
		return SAME(bool);
	case FIELD_UNSIGNED:
		return SAME(uint64_t);
	case FIELD_CHOICE:
		return SAME(int);
	case FIELD_TIME:
	case FIELD_DURATION:
		return SAME(int64_t);
	case FIELD_SHA256:
		left = OF(a, struct fingerprint, field->offset);
		right = OF(b, struct fingerprint, field->offset);
		return left->given == right->given &&
		       memcmp(left->digest, right->digest, SHA256_SIZE) == 0;
	case FIELD_TEXTS:
		return same_texts(
		    OF(a, struct texts, field->offset), OF(b, struct texts, field->offset));
	case FIELD_CHOICES:
		return same_choices(
		    OF(a, struct choices, field->offset), OF(b, struct choices, field->offset));
	case FIELD_STRUCT:
		return fields_same(
		    field->of, OF(a, char, field->offset), OF(b, char, field->offset), NULL);
	case FIELD_STRUCTS:
		return same_list(
		    field, OF(a, struct list, field->offset), OF(b, struct list, field->offset));
	case FIELD_NODE:
		break;
	}
	/* free-form: the same only when neither is there */
	return SAME(struct yaml_node *) && !*OF(a, struct yaml_node *, field->offset);
}

bool fields_same(
    const struct fields *fields, const void *a, const void *b, const char *const *except)
{
	for (size_t i = 0; i < fields->count; i++) {
		const char *const *word = except;

		while (word && *word && strcmp(*word, fields->list[i].name) != 0)
			word++;
		if ((!word || !*word) && !same_field(&fields->list[i], a, b))
			return false;
	}
	return true;
}
