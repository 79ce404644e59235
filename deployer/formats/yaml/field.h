/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A document type as a table: each row names a key, its type, and where it
 * goes in a struct. One reader fills the struct from a YAML tree, refuses what is
 * unknown, duplicate, missing or out of range, and names the place; the JSON
 * Schema, the man page and the normalised output of `show` are printed from the same rows.
 *
 *     static const struct field rows[] = {
 *             {"name", FIELD_TEXT, offsetof(struct policy, name), .required = true, .help = "…"},
 *             {"store", FIELD_CHOICE, offsetof(struct rule, store), .choices = store_names, …},
 *     };
 *
 * C types behind the field types:
 *     TEXT const char *            BOOL bool           UNSIGNED uint64_t
 *     CHOICE int (index)           TIME int64_t        DURATION int64_t (seconds)
 *     SHA256 struct fingerprint    TEXTS struct texts  CHOICES struct choices
 *     STRUCT struct of the nested table, in place      STRUCTS struct list
 *     NODE const struct yaml_node * (a copy, for free-form maps)
 * What is absent keeps `fallback` (numbers, choices) or zeros; the rows of an absent
 * STRUCT keep theirs.
 *
 * Scalars are read by their field, not by how they look: `label: no` is the text "no" and
 * `min_sequence: 12` the text "12". Only an empty value and an unquoted `~` or `null`
 * are refused everywhere: they say that something is missing. A quoted scalar is a
 * text, never a number or a boolean.
 */
#include "formats/yaml.h"

enum field_type {
	FIELD_TEXT,
	FIELD_BOOL,
	FIELD_UNSIGNED,
	FIELD_CHOICE,
	FIELD_TIME,
	FIELD_DURATION,
	FIELD_SHA256,
	FIELD_TEXTS,
	FIELD_CHOICES,
	FIELD_STRUCT,
	FIELD_STRUCTS,
	FIELD_NODE,
};

struct fingerprint {
	bool given;
	uint8_t digest[SHA256_SIZE];
};

struct texts {
	const char **list;
	size_t count;
};

struct choices {
	int *list;
	size_t count;
};

struct list {
	void *list;
	size_t count;
};

/* Where a struct was read: put one in it and name its offset in the table. */
struct position {
	uint32_t line, column;
};

struct field {
	const char *name;
	enum field_type type;
	size_t offset;
	bool required;
	int64_t fallback;
	uint64_t min, max; /* of a number, or of a text's or list's length; max 0: type's limit */
	/* NULL-terminated; of CHOICE and CHOICES, or the closed list of TEXT and TEXTS. In lists
	 * each may stand once. An "" keeps an index free for "not said": it cannot be written. */
	const char *const *choices;
	/* The one value that this version carries out, as it is written ("" of a list or map: an
	 * empty one). A good value that is another one is refused: it comes with a later version.
	 * Or NULL. */
	const char *only;
	const struct fields *of; /* of STRUCT, STRUCTS */
	/* An own check of a TEXT or of each of TEXTS; sets err without the place. */
	bool (*check)(const char *text, struct err *err);
	const char *pattern; /* the same as a regular expression, for the JSON Schema; or NULL */
	/* An own check of a NODE, and the same as the JSON Schema of that node. */
	bool (*check_node)(const struct yaml *yaml, const struct yaml_node *node, struct err *err);
	const char *node_schema;
	const char *help; /* one sentence, shown in the schema and the man page */
};

#define FIELDS_NO_OFFSET ((size_t)-1)
enum { FIELDS_MAX_FAULTS = 20 };

/*
 * What one key demands of the others. It holds when the member `key` (or its fallback) is
 * `is` (true or false of BOOL, the index of CHOICE), or is not when `negated`; always when `key` is
 * NULL.
 * Then at least one of `any_of` must stand there, and none of `none_of`.
 */
struct field_rule {
	const char *key;
	int is;
	bool negated;
	const char *const *any_of, *const *none_of; /* NULL-terminated, or NULL */
	const char *why;                            /* what is said when it does not hold */
};

struct fields {
	const char *name; /* of the struct, in messages and as the schema's $defs name */
	const char *help;
	const struct field *list;
	size_t count;
	size_t size;     /* of the C struct */
	size_t position; /* offset of its struct position, or FIELDS_NO_OFFSET */
	const char *const
	    *later; /* keys that come with a later version, NULL-terminated; or NULL */
	const struct field_rule *rules;
	size_t rule_count;
	/* Checks across fields, after all are read; sets err without the place. */
	bool (*check)(const void *value, struct err *err);
};
