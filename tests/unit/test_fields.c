/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/nearest.h"
#include "formats/fields.h"

enum { RED, GREEN, BLUE };
static const char *const colours[] = {"red", "green", "blue", NULL};
static const char *const switches[] = {"", "enabled", "disabled", NULL};

struct part {
	uint64_t weight;
	int colour;
	bool painted;
	struct position position;
};

struct thing {
	uint64_t version;
	const char *name, *finish;
	bool big;
	uint64_t count;
	int colour, toggle;
	int64_t when, age;
	struct fingerprint sha256;
	struct texts tags, finishes;
	struct choices colours;
	struct part part;
	struct list parts;
	const struct yaml_node *extra;
};

static bool check_name(const char *text, struct err *err)
{
	return *text != 'x' || err_set(err, ERR_POLICY, "begins with x");
}

static bool check_part(const void *value, struct err *err)
{
	const struct part *part = value;

	return part->weight != 13 || err_set(err, ERR_POLICY, "13 brings bad luck");
}

static bool check_extra(const struct yaml *yaml, const struct yaml_node *node, struct err *err)
{
	return node->kind == YAML_MAP || yaml_error(yaml, node, err, "extra: no map");
}

static const char *const painted[] = {"colour", NULL}, *const weighed[] = {"weight", NULL};

static const struct field part_rows[] = {
    {"weight", FIELD_UNSIGNED, offsetof(struct part, weight), .fallback = 7, .max = 99},
    {"colour", FIELD_CHOICE, offsetof(struct part, colour), .fallback = 1, .choices = colours},
    {"painted", FIELD_BOOL, offsetof(struct part, painted), .help = ""},
};

static const struct field_rule part_rules[] = {
    {"painted", true, .any_of = painted, .why = "a painted one needs a colour"},
    {"painted", true, .negated = true, .none_of = painted, .why = "only for painted ones"},
    {"colour", BLUE, .none_of = weighed, .why = "blue ones are not weighed"},
};

static const struct fields part_fields = {
    .name = "part",
    .list = part_rows,
    .count = COUNT(part_rows),
    .size = sizeof(struct part),
    .position = offsetof(struct part, position),
    .rules = part_rules,
    .rule_count = COUNT(part_rules),
    .check = check_part,
};

static const struct field rows[] = {
    {"version", FIELD_UNSIGNED, offsetof(struct thing, version), .required = true, .min = 1,
        .max = 1},
    {"name", FIELD_TEXT, offsetof(struct thing, name), .min = 1, .max = 8, .check = check_name},
    {"finish", FIELD_TEXT, offsetof(struct thing, finish), .choices = colours},
    {"big", FIELD_BOOL, offsetof(struct thing, big), .fallback = 1},
    {"count", FIELD_UNSIGNED, offsetof(struct thing, count), .fallback = 5},
    {"colour", FIELD_CHOICE, offsetof(struct thing, colour), .choices = colours},
    {"toggle", FIELD_CHOICE, offsetof(struct thing, toggle), .choices = switches},
    {"when", FIELD_TIME, offsetof(struct thing, when), .fallback = -1},
    {"age", FIELD_DURATION, offsetof(struct thing, age), .help = ""},
    {"sha256", FIELD_SHA256, offsetof(struct thing, sha256), .help = ""},
    {"tags", FIELD_TEXTS, offsetof(struct thing, tags), .min = 1, .max = 3},
    {"finishes", FIELD_TEXTS, offsetof(struct thing, finishes), .choices = colours},
    {"colours", FIELD_CHOICES, offsetof(struct thing, colours), .choices = colours},
    {"part", FIELD_STRUCT, offsetof(struct thing, part), .of = &part_fields},
    {"parts", FIELD_STRUCTS, offsetof(struct thing, parts), .min = 1, .of = &part_fields},
    {"extra", FIELD_NODE, offsetof(struct thing, extra), .check_node = check_extra},
};

static const struct fields thing_fields = {
    .name = "thing",
    .list = rows,
    .count = COUNT(rows),
    .size = sizeof(struct thing),
    .position = FIELDS_NO_OFFSET,
};

static bool read_thing(const char *text, struct arena *arena, struct thing *out, struct err *err)
{
	AUTO(yaml) yaml = {0};

	return yaml_parse(span_text(text), "t", &yaml, err) &&
	       fields_read(&yaml, yaml.root, &thing_fields, arena, out, err);
}

#define SHA "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff"

Test(fields, reads_every_type)
{
	struct arena arena = {0};
	struct thing thing;
	struct err err;

	cr_assert(read_thing("version: 1\nname: no\nfinish: blue\nbig: false\n"
	                     "count: 18446744073709551615\ncolour: blue\ntoggle: disabled\n"
	                     "when: 1970-01-02\nage: 2d\nsha256: " SHA "\ntags: [a, '', 12]\n"
	                     "finishes: [red]\ncolours: [blue, red]\n"
	                     "part: {weight: 3, colour: red, painted: true}\n"
	                     "parts:\n  - {}\n  - weight: 4\nextra: {ring: {below: 20}}\n",
	              &arena, &thing, &err) == false);
	cr_assert_str_eq(err.text, "t:11:11: tags: the text is empty");

	cr_assert(read_thing("version: 1\nname: no\nfinish: blue\nbig: false\n"
	                     "count: 18446744073709551615\ncolour: blue\ntoggle: disabled\n"
	                     "when: 1970-01-02\nage: 2d\nsha256: " SHA "\ntags: [a, 12]\n"
	                     "finishes: [red]\ncolours: [blue, red]\n"
	                     "part: {weight: 3, colour: red, painted: true}\n"
	                     "parts:\n  - {}\n  - weight: 4\nextra: {ring: {below: 20}}\n",
	              &arena, &thing, &err),
	    "%s", err.text);
	cr_assert_str_eq(thing.name, "no");
	cr_assert_str_eq(thing.finish, "blue");
	cr_assert_not(thing.big);
	cr_assert_eq(thing.count, UINT64_MAX);
	cr_assert_eq(thing.colour, 2);
	cr_assert_eq(thing.toggle, 2);
	cr_assert_eq(thing.when, 86400);
	cr_assert_eq(thing.age, 2 * 86400);
	cr_assert(thing.sha256.given);
	cr_assert_eq(thing.sha256.digest[15], 0xff);
	cr_assert_eq(thing.tags.count, 2);
	cr_assert_str_eq(thing.tags.list[1], "12");
	cr_assert_eq(thing.finishes.count, 1);
	cr_assert_eq(thing.colours.count, 2);
	cr_assert_eq(thing.colours.list[0], 2);
	cr_assert_eq(thing.part.weight, 3);
	cr_assert(thing.part.painted);
	cr_assert_eq(thing.part.position.line, 14);
	cr_assert_eq(thing.part.position.column, 7);
	cr_assert_eq(thing.parts.count, 2);
	cr_assert_eq(((struct part *)thing.parts.list)[0].weight, 7);
	cr_assert_eq(((struct part *)thing.parts.list)[0].colour, 1);
	cr_assert_eq(((struct part *)thing.parts.list)[1].weight, 4);
	cr_assert_eq(((struct part *)thing.parts.list)[1].position.line, 17);
	cr_assert_not_null(yaml_member(thing.extra, "ring"));
	arena_release(&arena);
}

Test(fields, keeps_fallbacks_of_what_is_absent)
{
	struct arena arena = {0};
	struct thing thing;
	struct err err;

	cr_assert(read_thing("version: 1\n", &arena, &thing, &err), "%s", err.text);
	cr_assert_null(thing.name);
	cr_assert(thing.big);
	cr_assert_eq(thing.count, 5);
	cr_assert_eq(thing.when, -1);
	cr_assert_eq(thing.toggle, 0);
	cr_assert_not(thing.sha256.given);
	cr_assert_eq(thing.part.weight, 7);
	cr_assert_eq(thing.part.position.line, 0);
	cr_assert_eq(thing.parts.count, 0);
	cr_assert_null(thing.extra);
	arena_release(&arena);
}

static const struct {
	const char *text, *message;
} refusals[] = {
    {"text", "t:1:1: thing: a map (\"key: value\" lines) is expected, not a single value"},
    {"[a]", "t:1:1: thing: a map (\"key: value\" lines) is expected, not a list"},
    {"name: a", "t:1:1: thing: the key \"version\" is missing"},
    {"version: 1\nnmae: a", "t:2:1: unknown key \"nmae\"; did you mean \"name\"?"},
    {"version: 1\npart: {wieght: 1}", "t:2:8: unknown key \"wieght\"; did you mean \"weight\"?"},
    {"version: 1\npart: {\"\\\\\": 1}",
        "t:2:8: unknown key \"\\\"; the keys of a part are weight, colour or painted"},
    {"version: 2", "t:1:10: version is 2; this version knows only 1"},
    {"version: '1'", "t:1:10: version: a whole number is expected, not the quoted text \"1\""},
    {"version: -1", "t:1:10: version: a whole number is expected, not \"-1\""},
    {"version: 01", "t:1:10: version: a whole number is expected, not \"01\""},
    {"version: 0x1", "t:1:10: version: a whole number is expected, not \"0x1\""},
    {"version: 1_0", "t:1:10: version: a whole number is expected, not \"1_0\""},
    {"version: 1e3", "t:1:10: version: a whole number is expected, not \"1e3\""},
    {"version: 1.0", "t:1:10: version: a whole number is expected, not \"1.0\""},
    {"version: +1", "t:1:10: version: a whole number is expected, not \"+1\""},
    {"version: [1]", "t:1:10: version: a single value is expected, not a list"},
    {"version: {a: 1}", "t:1:10: version: a single value is expected, not a map"},
    {"version:", "t:1:9: version has no value; give it one or take the key out"},
    {"count: 18446744073709551616",
        "t:1:8: count: a whole number is expected, not \"18446744073709551616\""},
    {"count: 99999999999999999999999999",
        "t:1:8: count: a whole number is expected, not \"99999999999999999999999999\""},
    {"part: {weight: 100}", "t:1:16: weight: 100 is not between 0 and 99"},
    {"name: ''", "t:1:7: name: the text is empty"},
    {"name: ~", "t:1:7: name has no value; give it one or take the key out"},
    {"name: null", "t:1:7: name has no value; give it one or take the key out"},
    {"name: 123456789", "t:1:7: name: a text of 9 bytes; 8 are allowed"},
    {"name: xylo", "t:1:7: name: begins with x"},
    {"finish: rde", "t:1:9: finish: \"rde\" is not known; did you mean \"red\"?"},
    {"big: yes", "t:1:6: big: true or false is expected, not \"yes\""},
    {"big: True", "t:1:6: big: true or false is expected, not \"True\""},
    {"big: 'true'", "t:1:6: big: true or false is expected, not the quoted text \"true\""},
    {"colour: purple", "t:1:9: colour: \"purple\" is not known; use red, green or blue"},
    {"colour: gren", "t:1:9: colour: \"gren\" is not known; did you mean \"green\"?"},
    {"toggle: ''", "t:1:9: toggle: \"\" is not known; use enabled or disabled"},
    {"when: 2026-02-30",
        "t:1:7: when: \"2026-02-30\" is no date such as 2026-11-23 or 2026-11-23T10:00:00Z"},
    {"age: 90", "t:1:6: age: \"90\" is no span of time such as 12h, 90d or 8w"},
    {"age: 0d", "t:1:6: age: \"0d\" is no span of time such as 12h, 90d or 8w"},
    {"sha256: abc",
        "t:1:9: sha256: a SHA-256 of 64 hexadecimal digits is expected, not 3 characters"},
    {"sha256: caf\xc3\xa9",
        "t:1:9: sha256: a SHA-256 of 64 hexadecimal digits is expected, not 4 characters"},
    {"sha256: 96:BC:EC:06:26:49:76:F3:74:60:77:9A:CF:28:C5:A7:CF:E8:A3:C0:AA:E1:1A:8F:FC:EE:05:C0:"
     "BD:DF:08:C6",
        "t:1:9: sha256: leave the colons out: a SHA-256 of 64 hexadecimal digits is expected"},
    {"sha256: g0112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
        "t:1:9: sha256: a SHA-256 has only the digits 0 to 9 and a to f"},
    {"tags: a", "t:1:7: tags: a list (\"- …\" lines or [a, b]) is expected, not a single value"},
    {"tags: []", "t:1:7: tags: the list is empty"},
    {"tags: [a, b, c, d]", "t:1:7: tags: 4 elements; 3 are allowed"},
    {"tags: [a, [b]]", "t:1:11: tags: a single value is expected, not a list"},
    {"tags:\n  -\n", "t:2:4: tags has no value; give it one or take the key out"},
    {"finishes: [red, gray]", "t:1:17: finishes: \"gray\" is not known; use red, green or blue"},
    {"colours: [red, red]", "t:1:16: colours: \"red\" stands in the list twice"},
    {"part: 1", "t:1:7: part: a map (\"key: value\" lines) is expected, not a single value"},
    {"parts: []", "t:1:8: parts: the list is empty"},
    {"parts: {}", "t:1:8: parts: a list (\"- …\" lines or [a, b]) is expected, not a map"},
    {"parts:\n  - weight: 1\n  - 7\n",
        "t:3:5: part: a map (\"key: value\" lines) is expected, not a single value"},
    {"parts:\n  - weight: 13\n", "t:2:5: part: 13 brings bad luck"},
    {"parts:\n  - painted: true\n", "t:2:5: part: a painted one needs a colour"},
    {"parts:\n  - weight: 1\n    colour: red\n", "t:3:5: colour: only for painted ones"},
    {"parts:\n  - {weight: 1, painted: true, colour: blue}\n",
        "t:2:6: weight: blue ones are not weighed"},
    {"extra: 1", "t:1:8: extra: no map"},
};

Test(fields, refuses_with_the_place)
{
	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct arena arena = {0};
		struct thing thing;
		struct err err = {0};

		cr_expect_not(read_thing(refusals[i].text, &arena, &thing, &err), "%s: accepted",
		    refusals[i].text);
		cr_expect_eq(err.code, ERR_POLICY);
		cr_expect_str_eq(err.text, refusals[i].message, "%s:\n  got  %s\n  want %s",
		    refusals[i].text, err.text, refusals[i].message);
		arena_release(&arena);
	}
}

Test(nearest, guesses_what_was_meant)
{
	static const char *const words[] = {"certificates", "bundles", "", "ctl", NULL};

	cr_assert_str_eq(nearest_word("certifcates", words), "certificates");
	cr_assert_str_eq(nearest_word("bundels", words), "bundles");
	cr_assert_str_eq(nearest_word("clt", words), "ctl");
	cr_assert_null(nearest_word("x", words));
	cr_assert_null(nearest_word("", words));
	cr_assert_null(nearest_word("proxy", words));
	cr_assert_null(
	    nearest_word("a-very-long-word-that-nobody-would-ever-write-as-a-key", words));
}
