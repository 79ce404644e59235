/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Writes one tree of maps, lists and scalars as JSON, as JSON on one line, as
 * YAML or as text, in one pass and straight into bytes. A report of 1,000 results is some
 * 600 kB; as cJSON nodes it would be built whole in memory first, an allocation
 * or more a key, to print a shape that is known beforehand. Reading JSON
 * stays cJSON's work.
 *
 *     emit_map(e);  emit_key(e, "id"); emit_text(e, id);  emit_end(e);
 *
 * What comes out is always valid UTF-8 and the same in every locale: a byte that
 * belongs to no character becomes U+FFFD, and what YAML or a terminal would
 * not take as it is becomes \uXXXX. In YAML a string is quoted where some reader might take
 * it for a number, a date, a boolean or more than a string; a word stands as people write it.
 */
#include "base/bytes.h"

enum notation {
	NOTATION_JSON,
	NOTATION_LINE,
	NOTATION_YAML,
	NOTATION_TEXT, /* for people: laid out as YAML, bare text, "-" for what is absent */
};

enum { EMIT_DEPTH = 24 };

struct emit {
	struct bytes *out;
	enum notation notation;
	unsigned depth;
	struct emit_level {
		bool list, filled;
	} level[EMIT_DEPTH];
	bool after_key, after_dash;
};

/* Begins a document at the end of `out`, which the caller owns. */
struct emit emit_into(struct bytes *out, enum notation notation);

void emit_map(struct emit *emit);
void emit_list(struct emit *emit);
/* Ends the innermost map or list; behind the outermost one follows a newline. */
void emit_end(struct emit *emit);

/* A key of letters, digits and "_", from the program; foreign keys go through emit_key_text. */
void emit_key(struct emit *emit, const char *key);
void emit_key_text(struct emit *emit, const char *key);

void emit_text(struct emit *emit, const char *text); /* NULL: null */
void emit_span(struct emit *emit, struct span text);
/* One string out of several, each of whole characters. */
void emit_joined(struct emit *emit, const char *const *parts, size_t count);
void emit_hex(struct emit *emit, struct span bytes);
void emit_unsigned(struct emit *emit, uint64_t value);
void emit_bool(struct emit *emit, bool value);
void emit_null(struct emit *emit);
void emit_time(struct emit *emit, int64_t time);

/* A key and its value. */
void emit_pair(struct emit *emit, const char *key, const char *text);
