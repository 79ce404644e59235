/* SPDX-License-Identifier: Apache-2.0 */
/* The pages about documents (policy, keyring, recipe), from the tables that read them. */
#include <stdio.h>

#include "bundle/keyring.h"
#include "bundle/recipe.h"
#include "cli/pages/pages.h"
#include "cli/pages/roff.h"
#include "cli/texts.h"
#include "policy/policy.h"

static const char *type_text(enum field_type type)
{
	static const char *const texts[] = {
	    [FIELD_TEXT] = "text",
	    [FIELD_BOOL] = "true or false",
	    [FIELD_UNSIGNED] = "number",
	    [FIELD_CHOICE] = "word",
	    [FIELD_TIME] = "time or date",
	    [FIELD_DURATION] = "duration such as 90d, 12h, 8w",
	    [FIELD_SHA256] = "SHA-256, 64 hexadecimal digits",
	    [FIELD_TEXTS] = "list of texts",
	    [FIELD_CHOICES] = "list of words",
	    [FIELD_STRUCT] = "map",
	    [FIELD_STRUCTS] = "list of maps",
	    [FIELD_NODE] = "map",
	};

	return texts[type];
}

static void add_field(struct output *out, const char *path, const struct field *field)
{
	AUTO(text) term = {0};
	AUTO(text) help = {0};

	text_addf(&term, "%s%s", path, field->name);
	text_addf(&help, "%s", field->help ? field->help : "");
	text_addf(&help, " (%s%s", type_text(field->type), field->required ? ", required" : "");
	for (size_t i = 0, shown = 0; field->choices && field->choices[i]; i++)
		if (*field->choices[i])
			text_addf(&help, "%s%s", shown++ ? ", " : ": ", field->choices[i]);
	if (field->type == FIELD_CHOICE && !field->required && field->fallback >= 0 &&
	    *field->choices[field->fallback])
		text_addf(&help, "; default %s", field->choices[field->fallback]);
	text_add(&help, ")");
	if (field->only)
		text_addf(&help, " Comes with a later version: until then %s%s is refused.",
		    *field->only ? "anything but " : "the key", field->only);
	roff_term(out, text_string(&term), text_string(&help));
}

/* Keys in their order, those of a map below it. */
static void add_fields(struct output *out, const char *path, const struct fields *fields)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->list[i];
		AUTO(text) below = {0};

		add_field(out, path, field);
		if (!field->of)
			continue;
		text_addf(
		    &below, "%s%s%s.", path, field->name, field->type == FIELD_STRUCTS ? "[]" : "");
		add_fields(out, text_string(&below), field->of);
	}
}

static void begin_page(struct output *out, const char *title, const char *name, const char *is)
{
	output_addf(out, ".TH %s 5 " ROFF_DATE " \"trust-deployer " VERSION "\"\n", title);
	roff_section(out, "NAME");
	roff_text(out, name);
	output_add(out, " \\- ");
	roff_text(out, is);
	output_add(out, "\n");
	roff_section(out, "DESCRIPTION");
}

static void end_page(struct output *out, const struct fields *fields, const char *also)
{
	roff_section(out, "KEYS");
	add_fields(out, "", fields);
	roff_section(out, "SEE ALSO");
	output_addf(out, ".BR trust-deployer (1),\n%s", also);
}

void page_policy(struct output *out)
{
	begin_page(out, "TRUST-DEPLOYER-POLICY", "trust-deployer-policy",
	    "the policy files of trust-deployer");
	roff_paragraphs(out, text_policy_description);
	roff_section(out, "EXAMPLE");
	roff_example(out, text_policy_example);
	end_page(out, &policy_fields, ".BR trust-deployer-recipe (5)\n");
}

void page_keyring(struct output *out)
{
	begin_page(out, "TRUST-DEPLOYER-KEYRING", "trust-deployer-keyring",
	    "who may sign bundles for trust-deployer");
	roff_paragraphs(out, text_keyring_description);
	roff_section(out, "EXAMPLE");
	roff_example(out, text_keyring_example);
	roff_section(out, "MAKING KEYS");
	roff_paragraphs(out, text_keyring_making_keys);
	roff_example(out, text_keyring_making_keys_commands);
	roff_paragraphs(out, text_keyring_kinds_of_keys);
	roff_section(out, "EXPIRY AND ROTATION");
	roff_paragraphs(out, text_keyring_expiry_and_rotation);
	end_page(out, &keyring_fields, ".BR trust-deployer-recipe (5)\n");
}

void page_recipe(struct output *out)
{
	begin_page(out, "TRUST-DEPLOYER-RECIPE", "trust-deployer-recipe",
	    "what goes into a bundle of trust-deployer");
	roff_paragraphs(out, text_recipe_description);
	roff_section(out, "EXAMPLE");
	roff_example(out, text_recipe_example);
	roff_example(out, text_recipe_example_commands);
	end_page(out, &recipe_fields, ".BR trust-deployer-keyring (5)\n");
}
