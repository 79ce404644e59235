/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/fields.h"

#include "base/nearest.h"
#include "formats/yaml/scalar.h"

enum { ROWS_MAX = 64 }; /* of a table: `seen` has a bit for each */

/* The faults of a document: the first, and a line for each other one where somebody asks. */
struct faults {
	struct err first;
	struct text *more; /* or NULL: end at the first */
	size_t count;
};

/* One table being filled from one map. */
struct reading {
	const struct yaml *yaml;
	struct faults *faults;
	const struct fields *fields;
	struct arena *arena;
	const struct yaml_node *map;
	uint64_t seen;
	const struct yaml_node *members[ROWS_MAX]; /* of the rows that were seen */
};

#define AT(out, type, offset) ((type *)(void *)((char *)(out) + (offset)))

/* Notes one fault; true when the reader may go on looking for others. */
static bool note_fault(struct faults *faults, const struct err *err)
{
	if (faults->count++ == 0)
		faults->first = *err;
	else
		text_addf(faults->more, "%s\n", err->text);
	return faults->more && faults->count < FIELDS_MAX_FAULTS;
}

static bool refuse_key(const struct reading *reading, const struct yaml_node *node, struct err *err)
{
	const char *words[ROWS_MAX + 1] = {0}, *nearest;
	char known[SCALAR_WORDS];

	for (size_t i = 0; reading->fields->later && reading->fields->later[i]; i++)
		if (strcmp(node->key, reading->fields->later[i]) == 0)
			return yaml_error_key(reading->yaml, node, err,
			    "%s: this key comes with a later version; take it out", node->key);
	for (size_t i = 0; i < reading->fields->count; i++)
		words[i] = reading->fields->list[i].name;
	nearest = nearest_word(node->key, words);
	if (nearest)
		return yaml_error_key(reading->yaml, node, err,
		    "unknown key \"%s\"; did you mean \"%s\"?", text_escape_string(node->key).text,
		    nearest);
	return yaml_error_key(reading->yaml, node, err,
	    "unknown key \"%s\"; the keys of a %s are %s", text_escape_string(node->key).text,
	    reading->fields->name, scalar_enumerate(words, known));
}

/* --- lists and structs --- */

static bool read_struct(const struct reading *above, const struct yaml_node *node,
    const struct fields *fields, void *out, struct err *err);

static bool check_count(const struct yaml *yaml, const struct yaml_node *node,
    const struct field *field, struct err *err)
{
	if (!scalar_expect(yaml, node, YAML_LIST, field->name, err))
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

		if (!scalar_expect(reading->yaml, at, YAML_SCALAR, field->name, err) ||
		    !scalar_text(reading->yaml, at, field, reading->arena, text, err))
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

		if (!scalar_expect(reading->yaml, at, YAML_SCALAR, field->name, err) ||
		    !scalar_choice(reading->yaml, at, field, choice, err))
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

		if (!scalar_expect(reading->yaml, at, YAML_MAP, field->of->name, err)) {
			if (!note_fault(reading->faults, err))
				return false;
		} else if (!read_struct(reading, at, field->of, element, err)) {
			return false;
		}
	}
	*out = value;
	return true;
}

/* What this version does not carry out is refused, never passed over: a policy that is read in part
 * does something else than it says. */
static bool check_only(const struct yaml *yaml, const struct yaml_node *node,
    const struct field *field, struct err *err)
{
	if (!field->only)
		return true;
	if (node->kind != YAML_SCALAR)
		return node->count == 0 ||
		       yaml_error(yaml, node, err,
		           "%s: this key comes with a later version; take it out", field->name);
	return strcmp(node->text, field->only) == 0 ||
	       yaml_error(yaml, node, err,
	           "%s: %s comes with a later version; this one carries out %s alone, as when the"
	           " key is not there",
	           field->name, text_escape_string(node->text).text, field->only);
}

static bool read_field(const struct reading *reading, const struct yaml_node *node,
    const struct field *field, void *out, struct err *err)
{
	const struct yaml *yaml = reading->yaml;

	switch (field->type) {
	case FIELD_STRUCT:
		return scalar_expect(yaml, node, YAML_MAP, field->name, err) &&
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
		return scalar_read(yaml, node, field, reading->arena, out, err);
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

/* The row of that name, looked for from `start` on: maps are mostly written in the order of
 * their table. */
static size_t find_row(const struct fields *fields, const char *name, size_t start)
{
	size_t i = start < fields->count ? start : 0;

	for (size_t tried = 0; tried < fields->count; tried++) {
		const char *row = fields->list[i].name;

		if (row == name || (*row == *name && strcmp(row, name) == 0))
			return i;
		i = i + 1 == fields->count ? 0 : i + 1;
	}
	return fields->count;
}

static const struct yaml_node *member_of(const struct reading *reading, const char *name)
{
	size_t row = find_row(reading->fields, name, 0);

	return reading->seen >> row & 1 ? reading->members[row] : NULL;
}

const struct field *field_of_rule(const struct fields *fields, const struct field_rule *rule)
{
	return &fields->list[find_row(fields, rule->key, 0)];
}

const char *field_rule_word(const struct field *field, const struct field_rule *rule)
{
	if (field->type == FIELD_BOOL)
		return rule->is ? "true" : "false";
	return field->choices[rule->is];
}

bool field_rule_falls_back(const struct field *field, const struct field_rule *rule)
{
	return (field->type == FIELD_BOOL || !field->required) && field->fallback == rule->is;
}

/* Whether the member `rule->key`, as written or as it falls back, is `rule->is`. */
static bool rule_holds(const struct reading *reading, const struct field_rule *rule)
{
	const struct field *field;
	size_t row;
	bool is;

	if (!rule->key)
		return true;
	field = field_of_rule(reading->fields, rule);
	row = (size_t)(field - reading->fields->list);
	if (reading->seen >> row & 1)
		is = strcmp(reading->members[row]->text, field_rule_word(field, rule)) == 0;
	else
		is = field_rule_falls_back(field, rule);
	return is != rule->negated;
}

static bool check_rule(
    const struct reading *reading, const struct field_rule *rule, struct err *err)
{
	bool found = !rule->any_of;

	if (!rule_holds(reading, rule))
		return true;
	for (size_t i = 0; !found && rule->any_of[i]; i++)
		found = member_of(reading, rule->any_of[i]);
	if (!found)
		return yaml_error(
		    reading->yaml, reading->map, err, "%s: %s", reading->fields->name, rule->why);
	for (size_t i = 0; rule->none_of && rule->none_of[i]; i++) {
		const struct yaml_node *node = member_of(reading, rule->none_of[i]);

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

/* Returns false where the reader ends. A member that is itself a map has told its own faults
 * already. */
static bool read_member(const struct reading *reading, const struct yaml_node *member, size_t row,
    void *out, struct err *err)
{
	const struct fields *fields = reading->fields;
	size_t before = reading->faults->count;

	if (row == fields->count)
		refuse_key(reading, member, err);
	else if (read_field(reading, member, &fields->list[row], out, err) &&
	         check_only(reading->yaml, member, &fields->list[row], err))
		return true;
	else if (reading->faults->count > before)
		return false;
	return note_fault(reading->faults, err);
}

static bool read_struct(const struct reading *above, const struct yaml_node *node,
    const struct fields *fields, void *out, struct err *err)
{
	struct reading reading;
	size_t row = 0, before = above->faults->count;

	reading.yaml = above->yaml;
	reading.faults = above->faults;
	reading.arena = above->arena;
	reading.fields = fields;
	reading.map = node;
	reading.seen = 0;
	set_fallbacks(fields, out);
	for (const struct yaml_node *member = node->first; member; member = member->next, row++) {
		row = find_row(fields, member->key, row);
		if (row < fields->count) {
			reading.seen |= UINT64_C(1) << row;
			reading.members[row] = member;
		}
		if (!read_member(&reading, member, row, out, err))
			return false;
	}
	if (fields->position != FIELDS_NO_OFFSET)
		*AT(out, struct position, fields->position) =
		    (struct position){node->line, node->column};
	/* a mistyped key is missing too: one fault is enough */
	return above->faults->count > before || check_whole(&reading, out, err) ||
	       note_fault(above->faults, err);
}

bool fields_read_all(const struct yaml *yaml, const struct yaml_node *node,
    const struct fields *fields, struct arena *arena, void *out, struct text *more, struct err *err)
{
	struct faults faults = {.more = more};
	struct reading reading;

	reading.yaml = yaml;
	reading.arena = arena;
	reading.faults = &faults;
	memset(out, 0, fields->size);
	if (!scalar_expect(yaml, node, YAML_MAP, fields->name, err))
		return false;
	if (read_struct(&reading, node, fields, out, err) && faults.count == 0)
		return true;
	*err = faults.first;
	return false;
}

void fields_clear(const struct fields *fields, void *out)
{
	memset(out, 0, fields->size);
	set_fallbacks(fields, out);
}

bool fields_read(const struct yaml *yaml, const struct yaml_node *node, const struct fields *fields,
    struct arena *arena, void *out, struct err *err)
{
	return fields_read_all(yaml, node, fields, arena, out, NULL, err);
}
