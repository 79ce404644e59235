/* SPDX-License-Identifier: Apache-2.0 */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <time.h>
#include <yaml.h>

#include "formats/emit.h"
#include "report/fill.h"
#include "report/report.h"

static struct key made_key(void)
{
	struct key key;

	cr_assert(key_parse("certificate/root/"
	                    "96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6",
	    &key));
	return key;
}

static void add_steps(
    struct outcome *out, size_t missing, const struct item *want, const struct item *have)
{
	struct plan *plan = &out->plan;

	plan->steps = mem_alloc((missing + 3) * sizeof(struct step));
	for (size_t i = 0; i < missing; i++)
		plan->steps[plan->count++] = (struct step){.want = &want[0],
		    .action = ACTION_ADD,
		    .result = RESULT_FAIL,
		    .cause = CAUSE_MISSING};
	plan->steps[plan->count++] = (struct step){.want = &want[1],
	    .have = &have[0],
	    .action = ACTION_REPLACE,
	    .result = RESULT_FAIL,
	    .cause = CAUSE_DIFFERENT};
	plan->steps[plan->count++] = (struct step){.have = &have[1],
	    .action = ACTION_KEEP,
	    .result = RESULT_INFORMATIONAL,
	    .cause = CAUSE_UNDECLARED};
	plan->steps[plan->count++] =
	    (struct step){.want = &want[0], .have = &have[1], .result = RESULT_PASS, .owned = true};
	out->summary[RESULT_FAIL] = missing + 1;
	out->summary[RESULT_INFORMATIONAL] = 1;
	out->summary[RESULT_PASS] = 1;
}

/* An outcome with everything in it; its parts are static and used again by the next one. */
static struct outcome *made_outcome(size_t steps)
{
	static struct fact known[] = {{FACT_OS, "linux", ""}, {FACT_HOSTNAME, "ws-0017", ""},
	    {FACT_DISTRIBUTION, "debian", ""}, {FACT_RELEASE, "12", ""},
	    {FACT_ARCHITECTURE, "x86_64", ""}};
	static struct facts facts = {.list = known, .count = COUNT(known), .root = ""};
	static struct outcome_policy policies[] = {
	    {"corp", "policy.d/10-corp.yaml", "local", "aa", NULL, false},
	    {"lab", "policy.d/20-lab.yaml", "local", "bb", "when.hostname: no glob matches ws-0017",
	        false}};
	static const char *signers[] = {"cc"};
	static struct outcome_bundle bundles[] = {
	    {"example.roots", 12, 1800000000, "dd", signers, 1, true, "", ""},
	    {"example.bad", 0, 0, "", NULL, 0, false, "refused", "no signature"}};
	static struct item want[3], have[2];
	static struct outcome out;

	want[0] = (struct item){.key = made_key(),
	    .presence = ITEM_PRESENT,
	    .value = "",
	    .label = "Corp \"Root\" G2\xff\x1b[2J",
	    .asked.origin = {"policy.d/10-corp.yaml", 14},
	    .asked.policy = "corp"};
	want[1] = (struct item){.key = key_proxy(TARGET_APT),
	    .presence = ITEM_PRESENT,
	    .value = "direct",
	    .label = "",
	    .asked.origin = {"policy.d/10-corp.yaml", 20},
	    .asked.policy = "corp"};
	have[0] = (struct item){.key = key_proxy(TARGET_APT),
	    .presence = ITEM_PRESENT,
	    .value = "=cmd|' /C calc'!A0, \"x\"",
	    .label = "",
	    .seen.location = "/etc/apt/apt.conf.d/99-proxy"};
	have[1] = (struct item){.key = made_key(),
	    .presence = ITEM_PRESENT,
	    .value = "",
	    .label = "Extra",
	    .seen.location = "/etc/ssl/certs"};
	text_release(&out.notes);
	plan_release(&out.plan);
	out = (struct outcome){.mode = "check",
	    .time = 1795428000,
	    .facts = &facts,
	    .policies = policies,
	    .policy_count = COUNT(policies),
	    .bundles = bundles,
	    .bundle_count = COUNT(bundles),
	    .transaction = ""};
	text_add(&out.notes, "a hook failed\nthe clock runs behind\n");
	add_steps(&out, steps, want, have);
	return &out;
}

static const char *written(const char *kind, const struct outcome *outcome, struct bytes *out)
{
	const struct report_style style = {0};
	AUTO(report) report = {0};

	report_fill(outcome, &report);
	report_find(kind)->write(&report, &style, out);
	return (const char *)out->data;
}

/* Fails unless the keys of `map` are these, in this order. */
static void expect_keys(const cJSON *map, const char *keys)
{
	AUTO(text) found = {0};
	const cJSON *member;

	cJSON_ArrayForEach(member, map)
	    text_addf(&found, "%s%s", found.size ? " " : "", member->string);
	cr_assert_str_eq(text_string(&found), keys);
}

Test(report, json_has_every_key_of_the_contract_in_its_order)
{
	static const char *const kinds[] = {"json", "jsonl"};

	for (size_t i = 0; i < COUNT(kinds); i++) {
		AUTO(bytes) bytes = {0};
		cJSON *json = cJSON_Parse(written(kinds[i], made_outcome(1), &bytes));

		cr_assert(json);
		expect_keys(json, "schema tool mode time host policies bundles verdict compliant "
		                  "exit_status error notes summary transaction results");
		expect_keys(cJSON_GetObjectItem(json, "host"),
		    "name os distribution release architecture root");
		expect_keys(cJSON_GetObjectItem(json, "summary"),
		    "pass fail fixed error notapplicable notchecked informational waived "
		    "undecided");
		expect_keys(cJSON_GetArrayItem(cJSON_GetObjectItem(json, "bundles"), 1),
		    "id version expires sha256 signers result reason");
		const cJSON *result = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "results"), 0);
		expect_keys(result, "id kind label result action want have cause severity message "
		                    "remedy not_after takes_effect origin policy waived evidence");
		cr_assert_str_eq(
		    cJSON_GetObjectItem(result, "origin")->valuestring, "policy.d/10-corp.yaml:14");
		cr_assert_str_eq(cJSON_GetObjectItem(result, "label")->valuestring,
		    "Corp \"Root\" G2\xef\xbf\xbd\x1b[2J");
		cr_assert_str_eq(cJSON_GetObjectItem(result, "want")->valuestring, "present");
		cr_assert_str_eq(cJSON_GetObjectItem(result, "have")->valuestring, "absent");
		cJSON_Delete(json);
	}
}

Test(report, jsonl_is_one_line)
{
	AUTO(bytes) bytes = {0};
	const char *text = written("jsonl", made_outcome(3), &bytes);

	cr_assert_eq(strchr(text, '\n'), text + bytes.size - 1);
}

/* Reads YAML back as JSON-like text: enough to compare two trees. */
static void yaml_flat(yaml_document_t *document, yaml_node_t *node, struct text *out)
{
	if (node->type == YAML_SCALAR_NODE) {
		text_addf(out, "<%s>", (const char *)node->data.scalar.value);
	} else if (node->type == YAML_SEQUENCE_NODE) {
		text_add(out, "[");
		for (yaml_node_item_t *i = node->data.sequence.items.start;
		     i < node->data.sequence.items.top; i++)
			yaml_flat(document, yaml_document_get_node(document, *i), out);
		text_add(out, "]");
	} else {
		text_add(out, "{");
		for (yaml_node_pair_t *p = node->data.mapping.pairs.start;
		     p < node->data.mapping.pairs.top; p++) {
			yaml_flat(document, yaml_document_get_node(document, p->key), out);
			yaml_flat(document, yaml_document_get_node(document, p->value), out);
		}
		text_add(out, "}");
	}
}

static void flatten(const struct bytes *bytes, struct text *out)
{
	yaml_parser_t parser;
	yaml_document_t document;

	yaml_parser_initialize(&parser);
	yaml_parser_set_input_string(&parser, bytes->data, bytes->size);
	cr_assert(yaml_parser_load(&parser, &document), "line %zu: %s", parser.problem_mark.line,
	    parser.problem);
	yaml_flat(&document, yaml_document_get_root_node(&document), out);
	yaml_document_delete(&document);
	yaml_parser_delete(&parser);
}

Test(report, yaml_is_the_same_tree_as_json)
{
	AUTO(bytes) json = {0};
	AUTO(bytes) yaml = {0};
	AUTO(text) json_tree = {0};
	AUTO(text) yaml_tree = {0};

	written("json", made_outcome(2), &json);
	written("yaml", made_outcome(2), &yaml);
	flatten(&json, &json_tree); /* JSON is YAML */
	flatten(&yaml, &yaml_tree);
	cr_assert_str_eq(text_string(&json_tree), text_string(&yaml_tree));
}

Test(report, csv_quotes_and_disarms_formulas)
{
	AUTO(bytes) bytes = {0};
	const char *text = written("csv", made_outcome(1), &bytes);

	cr_assert_eq(strncmp(text, "host,time,mode,id,", 18), 0);
	cr_assert(strstr(text, ",\"'=cmd|' /C calc'!A0, \"\"x\"\"\","), "%s", text);
	cr_assert(strstr(text, "\"Corp \"\"Root\"\" G2\\xff\\x1b[2J\""), "%s", text);
	for (size_t i = 0; i < bytes.size; i++)
		cr_assert(text[i] != '\n' || text[i - 1] == '\r');
}

Test(report, text_tells_what_apply_would_do)
{
	AUTO(bytes) bytes = {0};
	const char *text = written("text", made_outcome(1), &bytes);

	cr_assert(strstr(text, "host      ws-0017, debian 12, x86_64\n"), "%s", text);
	cr_assert(strstr(text, "does not apply: when.hostname"), "%s", text);
	cr_assert(strstr(text, "example.bad: refused: no signature"), "%s", text);
	cr_assert(strstr(text, "fail, missing: "), "%s", text);
	cr_assert(strstr(text, "  next: "), "%s", text);
	cr_assert(strstr(text, "  + certificate/root/96bc"), "%s", text);
	cr_assert(strstr(text, "  ~ proxy/apt"), "%s", text);
	cr_assert(strstr(text, "note: the clock runs behind\n"), "%s", text);
	cr_assert(strstr(text, "1 pass, 2 fail, 1 informational\n"), "%s", text);
	cr_assert(
	    strstr(text, "not compliant: apply would add 1, change 1, remove 0\n"), "%s", text);
	cr_assert_not(strchr(text, '\033'), "an escape character of the label came through");
	cr_assert_not(strchr(text, '\xff'));
}

Test(report, text_colours_and_quiets)
{
	struct report_style colour = {.color = true}, quiet = {.quiet = true};
	AUTO(report) report = {0};
	AUTO(bytes) bytes = {0};
	AUTO(bytes) brief = {0};

	report_fill(made_outcome(1), &report);
	report_text(&report, &colour, &bytes);
	cr_assert(strstr((char *)bytes.data, "\033[31mfail\033[0m"));
	report_text(&report, &quiet, &brief);
	cr_assert_str_eq((char *)brief.data,
	    "not compliant: apply would add 1, change 1, remove 0\n"
	    "missing: "
	    "certificate/root/96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6: "
	    "The policy wants it and it is not there.; next: Run apply to add it.\n"
	    "different: proxy/apt: It is there with another value.; next: Run apply to set the "
	    "policy's value.\n");
}

Test(report, does_not_follow_the_locale)
{
	AUTO(bytes) plain = {0};
	AUTO(bytes) other = {0};

	written("json", made_outcome(1), &plain);
	/* whichever of them this machine has */
	if (!setlocale(LC_ALL, "de_DE.UTF-8"))
		setlocale(LC_ALL, "C.UTF-8");
	written("json", made_outcome(1), &other);
	cr_assert(span_equal(bytes_span(&plain), bytes_span(&other)));
}

Test(report, kinds_of_later_versions_have_no_writer)
{
	cr_assert_null(report_find("pdf"));
	cr_assert_null(report_find("sarif")->write);
	cr_assert_not_null(report_find("csv")->write);
}

Test(emit, writes_only_valid_text)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"plain", "\"plain\"\n"},
	    {"a\"b\\c", "\"a\\\"b\\\\c\"\n"},
	    {"\n\t\r\x01\x7f", "\"\\n\\t\\r\\u0001\\u007f\"\n"},
	    {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x92", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x92\"\n"},
	    {"\xc3", "\"\xef\xbf\xbd\"\n"},
	    {"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"\n"},
	    {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"\n"},
	    {"\xe2\x80\xa8\xc2\x85\xef\xbf\xbf", "\"\\u2028\\u0085\\uffff\"\n"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(bytes) bytes = {0};
		struct emit emit = emit_into(&bytes, NOTATION_LINE);

		emit_list(&emit);
		emit_text(&emit, cases[i].in);
		emit_end(&emit);
		/* without the brackets of the list */
		bytes.data[bytes.size - 2] = '\n';
		bytes.data[bytes.size - 1] = 0;
		cr_assert_str_eq((char *)bytes.data + 1, cases[i].out);
	}
}

Test(emit, yaml_of_empty_and_nested)
{
	AUTO(bytes) bytes = {0};
	struct emit emit = emit_into(&bytes, NOTATION_YAML);

	emit_map(&emit);
	emit_key(&emit, "none");
	emit_list(&emit);
	emit_end(&emit);
	emit_key(&emit, "some");
	emit_list(&emit);
	emit_map(&emit);
	emit_pair(&emit, "a", "no");
	emit_key_text(&emit, "1.2");
	emit_map(&emit);
	emit_end(&emit);
	emit_end(&emit);
	emit_map(&emit);
	emit_end(&emit);
	emit_unsigned(&emit, 18446744073709551615u);
	emit_null(&emit);
	emit_end(&emit);
	emit_end(&emit);
	cr_assert_str_eq((char *)bytes.data,
	    "none: []\nsome:\n  - a: \"no\"\n    \"1.2\": {}\n  - {}\n"
	    "  - 18446744073709551615\n  - null\n");
}

/* What any reader of YAML would take for something else is quoted, a word is not. */
Test(emit, yaml_quotes_what_is_no_word)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"corp-baseline", "corp-baseline"},
	    {"http://proxy.corp.example:8080", "http://proxy.corp.example:8080"},
	    {"/etc/environment:3", "/etc/environment:3"},
	    {"Corp Root G2", "Corp Root G2"},
	    {"Corp Root (EC P-256)", "\"Corp Root (EC P-256)\""},
	    {"", "\"\""},
	    {"No", "\"No\""},
	    {"null", "\"null\""},
	    {"y", "\"y\""},
	    {"12", "\"12\""},
	    {"2026-11-27", "\"2026-11-27\""},
	    {"1e5", "\"1e5\""},
	    {".5", "\".5\""},
	    {"*.corp.example", "\"*.corp.example\""},
	    {"<local>", "\"<local>\""},
	    {"a: b", "\"a: b\""},
	    {"a:", "\"a:\""},
	    {"a #b", "\"a #b\""},
	    {"a ", "\"a \""},
	    {"- a", "\"- a\""},
	    {"a\nb", "\"a\\nb\""},
	    {"caf\xc3\xa9", "\"caf\xc3\xa9\""},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(bytes) bytes = {0};
		struct emit emit = emit_into(&bytes, NOTATION_YAML);

		emit_list(&emit);
		emit_text(&emit, cases[i].in);
		emit_end(&emit);
		cr_assert_eq(strncmp((char *)bytes.data, "- ", 2), 0);
		bytes.data[bytes.size - 1] = 0;
		cr_assert_str_eq((char *)bytes.data + 2, cases[i].out);
	}
}
