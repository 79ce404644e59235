/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "formats/yaml.h"

static void assert_refused(struct span span, const char *name, const char *message)
{
	AUTO(yaml) yaml = {0};
	struct err err = {0};

	cr_assert_not(yaml_parse(span, "p.yaml", &yaml, &err), "%s: accepted", name);
	cr_assert_eq(err.code, ERR_POLICY, "%s", name);
	cr_expect_str_eq(err.text, message, "%s:\n  got  %s\n  want %s", name, err.text, message);
	cr_assert_null(yaml.root, "%s: out was touched", name);
}

#define BOM_A "\xef\xbb\xbf\x61" /* the byte order mark and an a */

struct refusal {
	const char *name, *text, *message;
};

#define WHILE_MAP(line)  " (while parsing a block mapping that begins in line " #line ")"
#define WHILE_NEXT(line) " (while scanning for the next token that begins in line " #line ")"

static const struct refusal refusals[] = {
    {"anchor", "a: 1\nb: &x 2\n", "p.yaml:2:4: anchors are not allowed"},
    {"anchor-on-list", "a: &x [1]\n", "p.yaml:1:4: anchors are not allowed"},
    {"anchor-on-map", "a:\n  - &x {b: 1}\n", "p.yaml:2:5: anchors are not allowed"},
    {"anchor-on-key", "&x a: 1\n", "p.yaml:1:1: anchors are not allowed"},
    {"alias", "a: *x\n",
        "p.yaml:1:4: aliases are not allowed; put a text that begins with * in quotes"},
    {"star-in-list", "a: [*.corp.example]\n",
        "p.yaml:1:6: did not find expected alphabetic or numeric character; put a text that begins "
        "with one of *&!%@`: in quotes"},
    {"colons-in-list", "a: [x, ::1]\n",
        "p.yaml:1:8: did not find expected node content; put a text that begins with one of "
        "*&!%@`: in quotes"},
    {"alias-as-key", "*x : 1\n",
        "p.yaml:1:1: aliases are not allowed; put a text that begins with * in quotes"},
    {"tag", "a: !!str 1\n", "p.yaml:1:4: tags are not allowed"},
    {"tag-local", "a: !x 1\n", "p.yaml:1:4: tags are not allowed"},
    {"tag-verbatim", "a: !<tag:yaml.org,2002:str> 1\n", "p.yaml:1:4: tags are not allowed"},
    {"tag-lone-plain", "a: ! 1\n", "p.yaml:1:4: tags are not allowed"},
    {"tag-lone-quoted", "é: ! \"1\"\n", "p.yaml:1:4: tags are not allowed"},
    {"tag-lone-block", "a: ! |\n  x\n", "p.yaml:1:4: tags are not allowed"},
    {"tag-lone-empty", "a: !\n", "p.yaml:1:4: tags are not allowed"},
    {"tag-lone-empty-text", "a: ! ''\n", "p.yaml:1:4: tags are not allowed"},
    {"tag-lone-key", "! a: 1\n", "p.yaml:1:1: tags are not allowed"},
    {"tag-on-list", "a: !!seq [1]\n", "p.yaml:1:4: tags are not allowed"},
    {"tag-lone-on-map", "a: ! {b: 1}\n", "p.yaml:1:4: tags are not allowed"},
    {"merge-key", "a: 1\n<<: {b: 1}\n", "p.yaml:2:1: merge keys are not allowed"},
    {"merge-key-flow", "a: {<<: {b: 1}}\n", "p.yaml:1:5: merge keys are not allowed"},
    {"directive-yaml", "%YAML 1.1\n---\na: 1\n", "p.yaml:1:1: directives are not allowed"},
    {"directive-tag", "%TAG ! tag:x,1:\n---\na: 1\n", "p.yaml:1:1: directives are not allowed"},
    {"directive-unknown", "%FOO bar\n---\na: 1\n",
        "p.yaml:1:5: found unknown directive name (while scanning a directive that begins in line "
        "1)"},
    {"second-document", "a: 1\n---\nb: 1\n",
        "p.yaml:2:1: a second document begins; one file holds one document"},
    {"second-document-empty", "a: 1\n...\n---\n",
        "p.yaml:3:1: a second document begins; one file holds one document"},
    {"duplicate-key", "a: 1\nb: 2\na: 3\n",
        "p.yaml:3:1: the key \"a\" stands here for the second time; the first is in line 1"},
    {"duplicate-key-quoted", "{a: 1, \"a\": 2}\n",
        "p.yaml:1:8: the key \"a\" stands here for the second time; the first is in line 1"},
    {"duplicate-key-deep", "x:\n  - a: 1\n    a: 1\n",
        "p.yaml:3:5: the key \"a\" stands here for the second time; the first is in line 2"},
    {"key-empty", "?\n: 1\n", "p.yaml:1:2: a key is empty"},
    {"key-empty-quoted", "'': 1\n", "p.yaml:1:1: a key is empty"},
    {"key-list", "? [a]\n: 1\n", "p.yaml:1:3: a key must be plain text, not a list or a map"},
    {"key-map", "{a: 1}: 1\n", "p.yaml:1:1: a key must be plain text, not a list or a map"},
    {"key-block", "? |\n  a\n: 1\n", "p.yaml:1:3: a key must be plain text on one line"},
    {"key-with-newline", "\"a\\nb\": 1\n", "p.yaml:1:1: a key must be plain text on one line"},
    {"empty-file", "", "p.yaml:1:1: the document is empty"},
    {"only-comments", "# nothing\n\n# here\n", "p.yaml:1:1: the document is empty"},
    {"only-marker", "---\n", "p.yaml:1:1: the document is empty"},
    {"only-bom", "\xef\xbb\xbf", "p.yaml:1:1: the document is empty"},
    {"tab-indent", "a:\n\tb: 1\n",
        "p.yaml:2:1: a tab stands where only blanks may indent" WHILE_NEXT(2)},
    {"bad-indent", "a: 1\n b: 2\n", "p.yaml:2:3: mapping values are not allowed in this context"},
    {"bad-dedent", "a:\n    b: 1\n  c: 2\n", "p.yaml:3:3: did not find expected key" WHILE_MAP(1)},
    {"no-colon", "a: 1\nb\n",
        "p.yaml:3:1: could not find expected ':' (while scanning a simple key that begins in line "
        "2)"},
    {"open-list", "a: [1, 2\n",
        "p.yaml:2:1: did not find expected ',' or ']' (while parsing a flow sequence that begins "
        "in line 1)"},
    {"open-quote", "a: \"x\n",
        "p.yaml:2:1: found unexpected end of stream (while scanning a quoted scalar that begins in "
        "line 1)"},
    {"reserved-at", "a: @x\n",
        "p.yaml:1:4: found character that cannot start any token; put a text that begins with one "
        "of *&!%@`: in quotes"},
    {"bad-escape", "a: \"\\q\"\n",
        "p.yaml:1:5: found unknown escape character (while parsing a quoted scalar that begins in "
        "line 1)"},
    {"surrogate-escape", "a: \"\\ud800\"\n",
        "p.yaml:1:7: found invalid Unicode character escape code (while parsing a quoted scalar "
        "that begins in line 1)"},
    {"nul-escape", "a: 1\nb: \"x\\0y\"\n",
        "p.yaml:2:4: control character U+0000 is written as an escape in the text"},
    {"control-escape", "a: \"\\x1b[2J\"\n",
        "p.yaml:1:4: control character U+001B is written as an escape in the text"},
    {"override-escape", "a: \"\\u202e\"\n",
        "p.yaml:1:4: invisible character U+202E is written as an escape in the text"},
    {"control-escape-in-key", "\"a\\x07\": 1\n",
        "p.yaml:1:1: control character U+0007 is written as an escape in the text"},
    {"control", "a: 1\nb: x\x07y\n", "p.yaml:2:5: control character U+0007"},
    {"escape-character", "# \x1b[31m\na: 1\n", "p.yaml:1:3: control character U+001B"},
    {"delete", "a: 12345678\x7f\n", "p.yaml:1:12: control character U+007F"},
    {"form-feed", "a: 1\f\n", "p.yaml:1:5: control character U+000C"},
    {"next-line", "a: 1 \xc2\x85 b\n", "p.yaml:1:6: control character U+0085"},
    {"line-separator", "a: x\xe2\x80\xa8y\n", "p.yaml:1:5: invisible character U+2028"},
    {"override", "a: x # \xe2\x80\xae\n", "p.yaml:1:8: invisible character U+202E"},
    {"zero-width", "a\xe2\x80\x8b: 1\n", "p.yaml:1:2: invisible character U+200B"},
    {"second-bom",
        "\xef\xbb\xbf\xef\xbb\xbf"
        "a: 1\n",
        "p.yaml:1:1: invisible character U+FEFF"},
    {"utf16",
        "\xff\xfe"
        "a",
        "p.yaml: is UTF-16 text, not a YAML file; save it as UTF-8, or: iconv -f UTF-16 -t UTF-8"},
    {"latin1", "a: caf\xe9\n", "p.yaml:1:7: byte 0xe9 is not UTF-8"},
    {"overlong", "a: \xc0\xaf\n", "p.yaml:1:4: byte 0xc0 is not UTF-8"},
    {"overlong-three", "a: \xe0\x80\xaf\n", "p.yaml:1:4: byte 0xe0 is not UTF-8"},
    {"surrogate", "a: \xed\xa0\x80\n", "p.yaml:1:4: byte 0xed is not UTF-8"},
    {"beyond-unicode", "a: \xf4\x90\x80\x80\n", "p.yaml:1:4: byte 0xf4 is not UTF-8"},
    {"cut-utf8", "a: \xe2\x82", "p.yaml:1:4: byte 0xe2 is not UTF-8"},
    {"column-counts-characters", "ä: ö\x01\n", "p.yaml:1:5: control character U+0001"},
    {"crlf-is-one-line", "a: 1\r\nb: 2\r\nc: \x01\r\n", "p.yaml:3:4: control character U+0001"},
    {"crlf-place-by-libyaml", "a: 1\r\nb: *x\r\n",
        "p.yaml:2:4: aliases are not allowed; put a text that begins with * in quotes"},
    {"bom-does-not-shift", BOM_A ": *x\n",
        "p.yaml:1:4: aliases are not allowed; put a text that begins with * in quotes"},
    {"deep-flow", "[[[[[[[[[[[[[[[[[", "p.yaml:1:17: nested deeper than 16 levels"},
    {"deep-map", "{a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: 1",
        "p.yaml:1:65: nested deeper than 16 levels"},
    {"alias-bomb",
        "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
        "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
        "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"
        "g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nh: &h [*g,*g,*g,*g,*g,*g,*g,*g,*g]\n",
        "p.yaml:1:4: anchors are not allowed"},
};

#define PEM(blanks, body)                                                                          \
	blanks "-----BEGIN CERTIFICATE-----\n" body "AAAA\n" blanks "-----END CERTIFICATE-----\n"

/* YAML wants a block deeper than its key; that OpenSSL wants BEGIN in front is no help there. */
Test(yaml, names_the_first_line_of_pem_that_is_not_below_its_key)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
	    {"a:\n  - certificate: |\n" PEM("", ""), "p.yaml:3:1: the PEM block is not indented"
	                                             " below its key: put 6 blanks before its"
	                                             " lines"},
	    {"a:\n  - certificate: |\r\n" PEM("    ", "    "), "p.yaml:3:1: the PEM block is not"},
	    {"a:\n  - certificate: |-\n" PEM("\t", "\t"), "p.yaml:3:1: the PEM block is not"},
	    {"certificate: |\n" PEM("  ", ""), "p.yaml:3:1: the PEM block is not indented below its"
	                                       " key: put 2 blanks"},
	    {"a: |\n" PEM("  ", "  ") "b: |\n" PEM("", ""), "p.yaml:6:1: the PEM block is not"},
	    {PEM("", ""), "p.yaml: is a PEM certificate, not a YAML file"},
	};
	size_t blanks;

	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(yaml) yaml = {0};
		struct err err = {0};

		cr_assert_not(
		    yaml_parse(span_text(cases[i].text), "p.yaml", &yaml, &err), "%zu", i);
		cr_assert(strstr(err.text, cases[i].message) == err.text, "%zu: %s", i, err.text);
	}
	cr_assert_eq(yaml_flat_pem(span_text("a: |\n" PEM("  ", "  ")), &blanks), 0);
	cr_assert_eq(yaml_flat_pem(span_text("a: |\n  text\n" PEM("", "")), &blanks), 0);
}

Test(yaml, refuses_with_the_place)
{
	for (size_t i = 0; i < COUNT(refusals); i++)
		assert_refused(span_text(refusals[i].text), refusals[i].name, refusals[i].message);
}

Test(yaml, refuses_nul_bytes)
{
	static const char text[] = "a: 1\nb: x\0y\n";

	assert_refused((struct span){(const uint8_t *)text, sizeof(text) - 1}, "nul",
	    "p.yaml:2:5: control character U+0000");
}

/* `count` times `unit` behind `front`. */
static struct bytes repeated(const char *front, const char *unit, size_t count, const char *back)
{
	struct bytes out = {0};

	bytes_add(&out, front, strlen(front));
	for (size_t i = 0; i < count; i++)
		bytes_add(&out, unit, strlen(unit));
	bytes_add(&out, back, strlen(back));
	return out;
}

Test(yaml, refuses_what_is_too_large)
{
	static const struct {
		const char *name, *front, *unit, *back;
		size_t count;
		const char *message;
	} cases[] = {
	    {"scalar", "a: 1\nb: ", "x", "\n", YAML_MAX_SCALAR + 1,
	        "p.yaml:2:4: a text of more than 65536 bytes"},
	    {"key", "? ", "x", "\n: 1\n", YAML_MAX_SCALAR + 1,
	        "p.yaml:1:3: a text of more than 65536 bytes"},
	    {"nodes", "[", "a,", "]", YAML_MAX_NODES, "p.yaml:1:1000000: more than 500000 values"},
	    {"bytes", "#", "x", "\na: 1\n", YAML_MAX_BYTES,
	        "p.yaml:1:1: larger than 8388608 bytes"},
	    {"flow-depth", "", "[", "", 1000 * 1000, "p.yaml:1:17: nested deeper than 16 levels"},
	    {"block-depth", "", "- ", "", 1000 * 1000, "p.yaml:1:33: nested deeper than 16 levels"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(bytes)
		text = repeated(cases[i].front, cases[i].unit, cases[i].count, cases[i].back);

		assert_refused(bytes_span(&text), cases[i].name, cases[i].message);
	}
}

Test(yaml, finds_duplicates_among_many_keys)
{
	AUTO(text) text = {0};
	enum { KEYS = 100 * 1000 };

	for (int i = 0; i < KEYS; i++)
		text_addf(&text, "key-%d: %d\n", i, i);
	text_add(&text, "key-77: 1\nkey-5: 1\nkey-77: 2\n");
	assert_refused(span_text(text.data), "many",
	    "p.yaml:100001:1: the key \"key-77\" stands here for the second time; the first is in "
	    "line 78");
}

Test(yaml, escapes_foreign_text_in_messages)
{
	AUTO(yaml) yaml = {0};
	struct err err = {0};

	cr_assert_not(yaml_parse(span_text("a: *x"), "\x1b[2J.yaml", &yaml, &err));
	cr_assert_str_eq(err.text,
	    "\\x1b[2J.yaml:1:4: aliases are not allowed; put a text that begins with * in quotes");
}

static void assert_parsed(const char *text, struct yaml *out)
{
	struct err err = {0};

	cr_assert(yaml_parse(span_text(text), "p.yaml", out, &err), "%s", err.text);
}

Test(yaml, keeps_text_and_places)
{
	AUTO(yaml) yaml = {0};
	const struct yaml_node *list, *node;

	assert_parsed("# first\nname: no\nlist:\n  - 1e3\n  - {\"q\": 'it''s', é: ü}\n"
	              "block: |\n  two\n  lines\nempty:\nquoted: \"\"\n",
	    &yaml);
	cr_assert_eq(yaml.root->kind, YAML_MAP);
	cr_assert_eq(yaml.root->count, 5);
	node = yaml_member(yaml.root, "name");
	cr_assert_str_eq(node->text, "no");
	cr_assert_not(node->quoted);
	cr_assert_eq(node->line, 2);
	cr_assert_eq(node->column, 7);
	cr_assert_eq(node->key_column, 1);
	list = yaml_member(yaml.root, "list");
	cr_assert_eq(list->kind, YAML_LIST);
	cr_assert_eq(list->count, 2);
	cr_assert_eq(list->line, 4);
	cr_assert_str_eq(list->first->text, "1e3");
	node = yaml_member(list->first->next, "q");
	cr_assert_str_eq(node->text, "it's");
	cr_assert(node->quoted);
	cr_assert_eq(node->column, 11);
	node = yaml_member(list->first->next, "é");
	cr_assert_eq(node->column, 23);
	cr_assert_eq(node->key_column, 20);
	cr_assert_str_eq(yaml_member(yaml.root, "block")->text, "two\nlines\n");
	cr_assert(yaml_member(yaml.root, "block")->quoted);
	cr_assert_eq(yaml_member(yaml.root, "empty")->size, 0);
	cr_assert_not(yaml_member(yaml.root, "empty")->quoted);
	cr_assert(yaml_member(yaml.root, "quoted")->quoted);
	cr_assert_null(yaml_member(yaml.root, "nam"));
	cr_assert_null(yaml_member(list, "name"));
}

Test(yaml, accepts_what_is_harmless)
{
	static const char *const texts[] = {"---\na: 1\n...\n", BOM_A ": 1\n",
	    "a: 1\r\nb:\r\n  - x\r\n", "a: 1", "{\"a\": [1, true, null]}", "a:\t1\n",
	    "a: \"\\u00e9\\t\\n\"\n", "a: b!c\nd: '!x'\n", "? a\n: 1\n", "'<<': 1\n",
	    "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]", "text\n"};

	for (size_t i = 0; i < COUNT(texts); i++) {
		AUTO(yaml) yaml = {0};

		assert_parsed(texts[i], &yaml);
		cr_assert_not_null(yaml.root);
	}
}

Test(yaml, copies_outlive_the_tree)
{
	struct arena arena = {0};
	const struct yaml_node *copy;
	struct yaml yaml = {0};

	assert_parsed("a: {b: [1, x], c: y}\n", &yaml);
	copy = yaml_copy(yaml_member(yaml.root, "a"), &arena);
	yaml_release(&yaml);
	cr_assert_null(copy->key);
	cr_assert_null(copy->next);
	cr_assert_str_eq(yaml_member(copy, "b")->first->next->text, "x");
	cr_assert_str_eq(yaml_member(copy, "c")->text, "y");
	arena_release(&arena);
}

/* Whatever is cut off, the answer is an error or a tree, and never more than was there. */
Test(yaml, survives_every_cut)
{
	static const char text[] = "a: [1, \"x\\u00e9\", 'y']\nb: |\n  ö\nc: {d: e}\n";

	for (size_t size = 0; size < sizeof(text); size++) {
		AUTO(yaml) yaml = {0};
		struct err err = {0};
		uint8_t *exact = mem_alloc(size);

		memcpy(exact, text, size);
		if (!yaml_parse((struct span){exact, size}, "p.yaml", &yaml, &err))
			cr_assert_eq(strncmp(err.text, "p.yaml:", 7), 0, "%s", err.text);
		free(exact);
	}
}
