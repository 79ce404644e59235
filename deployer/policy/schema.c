/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_schema: the tables of the language as JSON Schema 2020-12. Where the schema cannot say
 * what a check demands, it lets more through; a text written like a number (`label: 12`) is the
 * one thing it refuses and the reader takes.
 */
#include <cjson/cJSON.h>

#include "policy/policy.h"

#define SCHEMA_ID "https://trust-deployer.example/policy-v1.schema.json"

/* The largest integer that every JSON reader holds exactly. */
static const uint64_t exact_max = UINT64_C(1) << 53;

static const char time_pattern[] =
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    "([Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2}))?$";

static void add_number(cJSON *to, const char *key, uint64_t number)
{
	cJSON_AddNumberToObject(to, key, (double)number);
}

static cJSON *typed(const char *type)
{
	cJSON *schema = cJSON_CreateObject();

	cJSON_AddStringToObject(schema, "type", type);
	return schema;
}

static cJSON *reference(const struct fields *fields)
{
	AUTO(text) path = {0};
	cJSON *schema = cJSON_CreateObject();

	text_addf(&path, "#/$defs/%s", fields->name);
	cJSON_AddStringToObject(schema, "$ref", text_string(&path));
	return schema;
}

static void add_choices(cJSON *schema, const struct field *field)
{
	cJSON *list = cJSON_AddArrayToObject(schema, "enum");

	for (size_t i = 0; field->choices[i]; i++)
		if (*field->choices[i])
			cJSON_AddItemToArray(list, cJSON_CreateString(field->choices[i]));
}

/* A text, or each of a list's, whose lengths count elements. */
static cJSON *text_schema(const struct field *field, uint64_t min, uint64_t max)
{
	cJSON *schema = typed("string");

	if (field->choices) {
		add_choices(schema, field);
		return schema;
	}
	if (min)
		add_number(schema, "minLength", min);
	if (max)
		add_number(schema, "maxLength", max);
	if (field->pattern)
		cJSON_AddStringToObject(schema, "pattern", field->pattern);
	return schema;
}

static cJSON *unsigned_schema(const struct field *field)
{
	cJSON *schema = typed("integer");

	if (field->min == field->max) {
		add_number(schema, "const", field->min);
		return schema;
	}
	add_number(schema, "minimum", field->min);
	if (field->max && field->max <= exact_max)
		add_number(schema, "maximum", field->max);
	return schema;
}

static cJSON *pattern_schema(const char *pattern)
{
	cJSON *schema = typed("string");

	cJSON_AddStringToObject(schema, "pattern", pattern);
	return schema;
}

static cJSON *time_schema(void)
{
	static const char *const formats[] = {"date", "date-time"};
	cJSON *schema = pattern_schema(time_pattern);
	cJSON *either = cJSON_AddArrayToObject(schema, "anyOf");

	for (size_t i = 0; i < COUNT(formats); i++) {
		cJSON *format = cJSON_CreateObject();

		cJSON_AddStringToObject(format, "format", formats[i]);
		cJSON_AddItemToArray(either, format);
	}
	return schema;
}

static cJSON *list_schema(const struct field *field, cJSON *items)
{
	cJSON *schema = typed("array");

	cJSON_AddItemToObject(schema, "items", items);
	if (field->min)
		add_number(schema, "minItems", field->min);
	if (field->max)
		add_number(schema, "maxItems", field->max);
	if (field->choices)
		cJSON_AddTrueToObject(schema, "uniqueItems");
	return schema;
}

static cJSON *value_schema(const struct field *field)
{
	switch (field->type) {
	case FIELD_BOOL:
		return typed("boolean");
	case FIELD_UNSIGNED:
		return unsigned_schema(field);
	case FIELD_TIME:
		return time_schema();
	case FIELD_DURATION:
		return pattern_schema("^(?=0*[1-9])[0-9]{1,6}[smhdw]$");
	case FIELD_SHA256:
		return pattern_schema("^[0-9A-Fa-f]{64}$");
	case FIELD_TEXTS:
	case FIELD_CHOICES:
		return list_schema(field, text_schema(field, 1, 0));
	case FIELD_STRUCTS:
		return list_schema(field, reference(field->of));
	case FIELD_STRUCT:
		return reference(field->of);
	case FIELD_NODE:
		return field->node_schema ? cJSON_Parse(field->node_schema) : cJSON_CreateObject();
	case FIELD_TEXT:
	case FIELD_CHOICE:
		break;
	}
	return text_schema(field, field->min, field->max);
}

/* What comes with a later version is refused until then. */
static cJSON *only_schema(const struct field *field)
{
	cJSON *schema = cJSON_CreateObject();

	if (field->type == FIELD_BOOL)
		cJSON_AddBoolToObject(schema, "const", strcmp(field->only, "true") == 0);
	else if (field->type == FIELD_UNSIGNED)
		add_number(schema, "const", (uint64_t)field->fallback);
	else if (*field->only)
		cJSON_AddStringToObject(schema, "const", field->only);
	else if (field->type == FIELD_NODE)
		cJSON_AddObjectToObject(schema, "not");
	else
		add_number(schema, "maxItems", 0);
	return schema;
}

static void add_fallback(cJSON *schema, const struct field *field)
{
	if (field->required)
		return;
	if (field->type == FIELD_BOOL)
		cJSON_AddBoolToObject(schema, "default", field->fallback != 0);
	else if (field->type == FIELD_CHOICE && *field->choices[field->fallback])
		cJSON_AddStringToObject(schema, "default", field->choices[field->fallback]);
	else if (field->type == FIELD_UNSIGNED && field->fallback)
		add_number(schema, "default", (uint64_t)field->fallback);
}

/* --- rules --- */

/* "The member has that value"; an absent one has it too when it is the fallback. */
static cJSON *condition(const struct fields *fields, const struct field_rule *rule)
{
	const struct field *field = field_of_rule(fields, rule);
	cJSON *schema = cJSON_CreateObject(), *member, *negated;

	member = cJSON_AddObjectToObject(cJSON_AddObjectToObject(schema, "properties"), rule->key);
	if (field->type == FIELD_BOOL)
		cJSON_AddBoolToObject(member, "const", rule->is);
	else
		cJSON_AddStringToObject(member, "const", field_rule_word(field, rule));
	if (!field_rule_falls_back(field, rule))
		cJSON_AddItemToArray(
		    cJSON_AddArrayToObject(schema, "required"), cJSON_CreateString(rule->key));
	if (!rule->negated)
		return schema;
	negated = cJSON_CreateObject();
	cJSON_AddItemToObject(negated, "not", schema);
	return negated;
}

static cJSON *consequence(const struct field_rule *rule)
{
	cJSON *schema = cJSON_CreateObject(), *list = NULL;

	cJSON_AddStringToObject(schema, "description", rule->why);
	if (rule->any_of)
		list = cJSON_AddArrayToObject(schema, "anyOf");
	for (size_t i = 0; rule->any_of && rule->any_of[i]; i++) {
		cJSON *one = cJSON_CreateObject();

		cJSON_AddItemToArray(
		    cJSON_AddArrayToObject(one, "required"), cJSON_CreateString(rule->any_of[i]));
		cJSON_AddItemToArray(list, one);
	}
	if (rule->none_of)
		list = cJSON_AddObjectToObject(schema, "properties");
	for (size_t i = 0; rule->none_of && rule->none_of[i]; i++)
		cJSON_AddFalseToObject(list, rule->none_of[i]);
	return schema;
}

static void add_rules(cJSON *schema, const struct fields *fields)
{
	cJSON *all = fields->rule_count ? cJSON_AddArrayToObject(schema, "allOf") : NULL;

	for (size_t i = 0; i < fields->rule_count; i++) {
		const struct field_rule *rule = &fields->rules[i];
		cJSON *conditional;

		if (!rule->key) {
			cJSON_AddItemToArray(all, consequence(rule));
			continue;
		}
		conditional = cJSON_CreateObject();
		cJSON_AddItemToObject(conditional, "if", condition(fields, rule));
		cJSON_AddItemToObject(conditional, "then", consequence(rule));
		cJSON_AddItemToArray(all, conditional);
	}
}

/* --- structs --- */

static void add_struct(cJSON *schema, const struct fields *fields)
{
	cJSON *members, *required = NULL;

	cJSON_AddStringToObject(schema, "description", fields->help);
	cJSON_AddStringToObject(schema, "type", "object");
	members = cJSON_AddObjectToObject(schema, "properties");
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->list[i];
		cJSON *member = field->only ? only_schema(field) : value_schema(field);

		if (field->help)
			cJSON_AddStringToObject(member, "description", field->help);
		add_fallback(member, field);
		cJSON_AddItemToObject(members, field->name, member);
		if (!field->required)
			continue;
		if (!required)
			required = cJSON_AddArrayToObject(schema, "required");
		cJSON_AddItemToArray(required, cJSON_CreateString(field->name));
	}
	cJSON_AddFalseToObject(schema, "additionalProperties");
	add_rules(schema, fields);
}

static void add_definitions(cJSON *definitions, const struct fields *fields)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct fields *of = fields->list[i].of;

		if (!of || cJSON_GetObjectItemCaseSensitive(definitions, of->name))
			continue;
		add_struct(cJSON_AddObjectToObject(definitions, of->name), of);
		add_definitions(definitions, of);
	}
}

void policy_schema(struct text *out)
{
	cJSON *schema = cJSON_CreateObject();
	char *printed;

	cJSON_AddStringToObject(schema, "$schema", "https://json-schema.org/draft/2020-12/schema");
	cJSON_AddStringToObject(schema, "$id", SCHEMA_ID);
	cJSON_AddStringToObject(schema, "title", "trust-deployer policy, version 1");
	add_struct(schema, &policy_fields);
	add_definitions(cJSON_AddObjectToObject(schema, "$defs"), &policy_fields);
	printed = cJSON_Print(schema);
	text_add(out, printed);
	text_add(out, "\n");
	cJSON_free(printed);
	cJSON_Delete(schema);
}
