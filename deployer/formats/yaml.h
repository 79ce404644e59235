/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The strict YAML of policies, keyrings, recipes and manifests (interface.md
 * section 3): one UTF-8 document of maps, lists and scalars. Refused, with
 * "file:line:column: what": anchors, aliases, tags, merge keys, a second
 * document, directives, duplicate keys, keys that are no plain strings, invalid UTF-8, NUL,
 * control characters and invisible ones that change how a line reads (also when written
 * as escapes), and anything over the limits below. A byte order mark in front is skipped. Built
 * from libyaml's events into a tree of small nodes in one arena; scalars keep their text, types are
 * given by the reader of a field (formats/fields.h), so "no" and "1e3" have no surprises.
 */
#include "base/text.h"

enum {
	YAML_MAX_BYTES = 8 * 1024 * 1024,
	YAML_MAX_DEPTH = 16, /* maps and lists within each other */
	YAML_MAX_NODES = 500 * 1000,
	YAML_MAX_SCALAR = 64 * 1024,
};

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_node {
	enum yaml_kind kind;
	bool quoted;           /* a scalar in quotes or a block scalar */
	uint32_t line, column; /* from 1 */
	const char *text;      /* of a scalar */
	size_t size;           /* of the text */
	const char *key;       /* of a map's member */
	uint32_t key_line, key_column;
	struct yaml_node *first, *next; /* members or elements; the next sibling */
	size_t count;                   /* of members or elements */
};

struct yaml {
	const char *file; /* for messages: escaped */
	struct yaml_node *root;
	struct arena arena;
};

/* `file` is used in messages and copied. An empty document is an error, all are ERR_POLICY. */
bool yaml_parse(struct span span, const char *file, struct yaml *out, struct err *err) MUST_CHECK;

/* Of a document that yaml_parse() refuses: the line, from 1, of the first PEM block below "key: |"
 * that is not indented deeper than its key, as YAML wants it, and the `blanks` that do; 0 when
 * there is none. yaml_parse() names both. */
size_t yaml_flat_pem(struct span text, size_t *blanks);
void yaml_release(struct yaml *yaml);

/* The member of that name, or NULL. */
const struct yaml_node *yaml_member(const struct yaml_node *map, const char *key);

/* Sets ERR_POLICY with "file:line:column: " of the node in front. */
bool yaml_error(const struct yaml *yaml, const struct yaml_node *node, struct err *err,
    const char *fmt, ...) PRINTF(4);
/* The same with the place of a member's key. */
bool yaml_error_key(const struct yaml *yaml, const struct yaml_node *node, struct err *err,
    const char *fmt, ...) PRINTF(4);

/* A copy of the node and all below it (not of its key and siblings), in `arena`. */
const struct yaml_node *yaml_copy(const struct yaml_node *node, struct arena *arena);
