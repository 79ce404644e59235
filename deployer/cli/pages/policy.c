/* SPDX-License-Identifier: Apache-2.0 */
/* trust-deployer-policy.5, from the table that reads policies. */
#include <stdio.h>

#include "cli/pages/pages.h"
#include "cli/pages/roff.h"
#include "policy/policy.h"

static const char example[] = "schema_version: 1\n"
                              "name: corp-baseline\n"
                              "when:\n"
                              "  os: [linux]\n"
                              "bundles:\n"
                              "  - id: example.corp.roots\n"
                              "    min_version: 3\n"
                              "certificates:\n"
                              "  - store: root\n"
                              "    state: present\n"
                              "    bundle: example.corp.roots\n"
                              "    all: true\n"
                              "proxy:\n"
                              "  mode: static\n"
                              "  http: proxy.corp.example:8080\n"
                              "  https: proxy.corp.example:8080\n"
                              "  bypass: [\"<local>\", \"*.corp.example\"]\n";

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

static void add_example(struct output *out)
{
	const char *line = example;

	output_add(out, ".EX\n");
	while (*line) {
		size_t size = strcspn(line, "\n");
		AUTO(text) text = {0};

		text_add_span(&text, (struct span){(const uint8_t *)line, size});
		roff_text(out, text_string(&text));
		output_add(out, "\n");
		line += size + 1;
	}
	output_add(out, ".EE\n");
}

void page_policy(struct output *out)
{
	output_add(
	    out, ".TH TRUST-DEPLOYER-POLICY 5 " ROFF_DATE " \"trust-deployer " VERSION "\"\n");
	roff_section(out, "NAME");
	output_add(out, "trust-deployer-policy \\- the policy files of trust-deployer\n");
	roff_section(out, "DESCRIPTION");
	roff_text(out, "A policy is one YAML document in UTF-8, in a strict subset: no anchors, "
	               "aliases, tags or "
	               "merge keys; unknown and duplicate keys are errors. It says which "
	               "certificates a host shall "
	               "trust or distrust, and which proxy its programs shall use. Several "
	               "policies add up, and may "
	               "say the same twice; two that "
	               "contradict each other are an error.\n\n"
	               "A policy that decides what a privileged run does, and the folder it lies "
	               "in, must not be "
	               "writable by ordinary users.\n");
	roff_section(out, "EXAMPLE");
	add_example(out);
	roff_section(out, "KEYS");
	add_fields(out, "", &policy_fields);
	roff_section(out, "SEE ALSO");
	output_add(out, ".BR trust-deployer (1)\n");
}
