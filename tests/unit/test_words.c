/* SPDX-License-Identifier: Apache-2.0 */
/* Each vocabulary stands once, and what is printed of the tables has all of its words. */
#include "model/words.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

#include "bundle/keyring.h"
#include "bundle/recipe.h"
#include "cli/pages/pages.h"
#include "cli/verbs.h"
#include "engine/diagnose/diagnose.h"
#include "model/cause.h"
#include "model/key.h"
#include "policy/policy.h"
#include "report/report.h"

/* What is printed in one line, without roff's escapes. */
static char *in_one_line(struct output *output)
{
	char *text = strdup((const char *)output->bytes.data), *to = text;

	for (const char *from = text; *from; from++)
		if (*from != '\\' && (!strchr(" \n", *from) || !strchr(" \n", from[1])))
			*to++ = *from == '\n' ? ' ' : *from;
	*to = 0;
	output_release(output);
	return text;
}

static char *page_text(void (*print)(struct output *))
{
	struct output output = {0};

	print(&output);
	return in_one_line(&output);
}

static void each_in_page(const char *page, const char *path, const struct fields *fields)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->list[i];
		AUTO(text) name = {0};
		AUTO(text) below = {0};
		AUTO(text) words = {0};
		const char *at, *next;

		text_addf(&name, ".B \"%s%s\"", path, field->name);
		at = strstr(page, text_string(&name));
		cr_assert(at, "%s", text_string(&name));
		for (size_t k = 0; field->choices && field->choices[k]; k++)
			if (*field->choices[k])
				text_addf(
				    &words, "%s%s", words.size ? ", " : ": ", field->choices[k]);
		next = strstr(at, ".TP");
		at = strstr(at, text_string(&words));
		cr_assert(
		    at && (!next || at < next), "%s: %s", text_string(&name), text_string(&words));
		text_addf(
		    &below, "%s%s%s.", path, field->name, field->type == FIELD_STRUCTS ? "[]" : "");
		if (field->of)
			each_in_page(page, text_string(&below), field->of);
	}
}

static void page_has_all(void (*print)(struct output *), const struct fields *fields)
{
	char *page = page_text(print);

	each_in_page(page, "", fields);
	free(page);
}

Test(words, every_choice_stands_in_the_manual)
{
	page_has_all(page_policy, &policy_fields);
	page_has_all(page_keyring, &keyring_fields);
	page_has_all(page_recipe, &recipe_fields);
}

static const cJSON *member(const cJSON *of, const char *name)
{
	const cJSON *found = cJSON_GetObjectItemCaseSensitive(of, name);

	cr_assert(found, "no %s", name);
	return found;
}

static void each_in_schema(
    const cJSON *definitions, const cJSON *schema, const struct fields *fields)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->list[i];
		const cJSON *key = member(member(schema, "properties"), field->name), *list;
		size_t count = 0;

		if (field->of)
			each_in_schema(
			    definitions, member(definitions, field->of->name), field->of);
		if (!field->choices || field->only)
			continue;
		list = cJSON_GetObjectItemCaseSensitive(key, "items");
		list = member(list ? list : key, "enum");
		for (size_t k = 0; field->choices[k]; k++)
			if (*field->choices[k])
				cr_assert_str_eq(
				    cJSON_GetArrayItem(list, (int)count++)->valuestring,
				    field->choices[k]);
		cr_assert_eq((size_t)cJSON_GetArraySize(list), count, "%s", field->name);
	}
}

Test(words, every_choice_stands_in_the_schema)
{
	AUTO(text) text = {0};
	cJSON *schema;

	policy_schema(&text);
	schema = cJSON_Parse(text_string(&text));
	cr_assert(schema);
	each_in_schema(member(schema, "$defs"), schema, &policy_fields);
	cJSON_Delete(schema);
}

static bool has_key(const struct fields *fields, const char *name)
{
	for (size_t i = 0; i < fields->count; i++)
		if (strcmp(fields->list[i].name, name) == 0)
			return true;
	return false;
}

static void check_rules(const struct fields *fields)
{
	for (size_t i = 0; i < fields->rule_count; i++) {
		const struct field_rule *rule = &fields->rules[i];
		const char *const *const lists[] = {rule->any_of, rule->none_of};

		for (size_t k = 0; k < COUNT(lists); k++)
			for (size_t n = 0; lists[k] && lists[k][n]; n++)
				cr_assert(has_key(fields, lists[k][n]), "%s.%s", fields->name,
				    lists[k][n]);
		if (!rule->key)
			continue;
		cr_assert(has_key(fields, rule->key), "%s.%s", fields->name, rule->key);
		for (int n = 0; n <= rule->is; n++)
			cr_assert(field_of_rule(fields, rule)->type == FIELD_BOOL ||
			          field_of_rule(fields, rule)->choices[n]);
	}
	for (size_t i = 0; i < fields->count; i++)
		if (fields->list[i].of)
			check_rules(fields->list[i].of);
}

Test(words, rules_of_the_language_speak_of_its_keys_and_words)
{
	check_rules(&policy_fields);
}

Test(words, every_id_can_be_waived_and_the_schema_says_so)
{
	regex_t pattern;

	cr_assert_eq(regcomp(&pattern, WORD_ITEM, REG_EXTENDED | REG_NOSUB), 0);
	for (unsigned kind = 0; kind < ITEM_HOST_KINDS; kind++) {
		struct key key = {.kind = (enum item_kind)kind};
		const char *const *words = kind_row(&key)->words;

		for (unsigned i = 0; words[i]; i++) {
			struct key_text id;
			struct err err = {0};

			key.which = i;
			id = key_id(&key);
			cr_assert(word_check_item(id.text, &err), "%s", err.text);
			cr_assert_eq(regexec(&pattern, id.text, 0, NULL, 0), 0, "%s: %s", id.text,
			    WORD_ITEM);
		}
	}
	regfree(&pattern);
}

Test(words, every_exit_status_is_explained_once)
{
	static const enum exit_status others[] = {EXIT_COMPLIANT, EXIT_DRIFT, EXIT_CHANGED};
	unsigned explained = 0;

	for (size_t i = 0; i < page_status_count; i++) {
		cr_assert(i == 0 || page_statuses[i].status > page_statuses[i - 1].status);
		explained |= 1u << page_statuses[i].status;
	}
	for (unsigned code = ERR_NONE; code <= ERR_LOCKED; code++)
		cr_assert(explained & 1u << err_exit_status((enum err_code)code), "%u", code);
	for (size_t i = 0; i < COUNT(others); i++)
		cr_assert(explained & 1u << others[i], "%d", others[i]);
}

/* "VERB OPERAND... -o FORMAT", or with `kind` "--report KIND:x". */
static bool is_taken(
    const struct verb *verb, const char *option, const char *value, struct err *err)
{
	char name[64], *words[8] = {(char *)"trust-deployer"};
	AUTO(args) args = {0};
	int count = 1;

	snprintf(name, sizeof(name), "%s", verb->name);
	for (char *save, *word = strtok_r(name, " ", &save); word;
	     word = strtok_r(NULL, " ", &save))
		words[count++] = word;
	for (int i = 0; i < verb->least; i++)
		words[count++] = (char *)"x";
	words[count++] = (char *)option;
	words[count++] = (char *)value;
	return args_parse(count, words, &args, err);
}

static void offers(const struct verb *verb, const char *completion)
{
	AUTO(text) listed = {0};
	AUTO(text) completed = {0};
	struct output help = {0};
	struct args args = {.verb = verb};
	char *told;

	report_add_kinds(&listed, verb->formats, ", ");
	text_addf(&completed, "\t\"%s\")\n\t\topts=", verb->name);
	page_help(&args, &help);
	told = in_one_line(&help);
	cr_assert(strstr(told, text_string(&listed)), "%s", verb->name);
	free(told);
	completion = strstr(completion, text_string(&completed));
	cr_assert(completion, "%s", verb->name);
	text_release(&listed);
	text_release(&completed);
	report_add_kinds(&listed, verb->formats, " ");
	text_addf(&completed, "formats=\"%s\"", text_string(&listed));
	completion = strstr(completion, "formats=");
	cr_assert_eq(strncmp(completion, text_string(&completed), completed.size), 0, "%s: %s",
	    verb->name, text_string(&completed));
}

Test(words, every_format_that_a_verb_takes_is_offered_and_no_other)
{
	struct output completion = {0};
	struct err err = {0};

	cr_assert(page_completion("bash", &completion, &err));
	for (size_t i = 0; i < verb_count; i++) {
		if (verbs[i].hidden || !verbs[i].formats)
			continue;
		offers(&verbs[i], (const char *)completion.bytes.data);
		for (size_t k = 0; k < report_kind_count; k++)
			cr_assert_eq(is_taken(&verbs[i], "-o", report_kinds[k].name, &err),
			    (report_kinds[k].uses & verbs[i].formats) != 0, "%s -o %s",
			    verbs[i].name, report_kinds[k].name);
	}
	output_release(&completion);
}

Test(words, every_cause_stands_in_the_manual)
{
	char *page = page_text(page_manual);

	for (unsigned i = CAUSE_NONE + 1; i < CAUSES; i++) {
		AUTO(text) term = {0};

		text_addf(&term, ".TP .B \"%s\" ", cause_row((enum cause)i)->word);
		cr_assert(strstr(page, text_string(&term)), "%s", text_string(&term));
	}
	for (size_t i = 0; i < diagnose_cause_count(); i++) {
		AUTO(text) term = {0};

		text_addf(&term, ".TP .B \"%s\" ", diagnose_cause_at(i).cause);
		cr_assert(strstr(page, text_string(&term)), "%s", text_string(&term));
	}
	for (unsigned i = 0; i < RESULTS; i++)
		cr_assert(strstr(page, result_words[i]), "%s", result_words[i]);
	free(page);
}
