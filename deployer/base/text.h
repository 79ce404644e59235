/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Text: a growing builder with a maximum, hexadecimal, and the escaping of
 * foreign text before it reaches a terminal or a message.
 */
#include <stdarg.h>

#include "base/bytes.h"

enum { SHA256_SIZE = 32, SHA256_HEX = 65 };

/* Grows up to `limit` bytes (0: 64 MiB); past it nothing is added and `full` is set. */
struct text {
	char *data; /* NUL-terminated, or NULL while empty */
	size_t size, capacity, limit;
	bool full;
};

void text_add(struct text *text, const char *string);
void text_add_span(struct text *text, struct span span);
void text_addf(struct text *text, const char *fmt, ...) PRINTF(2);
const char *text_string(const struct text *text); /* "" while empty */
void text_release(struct text *text);

/* Bytes of the well-formed UTF-8 sequence at the front (RFC 3629: shortest form, no
 * surrogates) and its code point; 0 when there is none. */
size_t text_sequence(struct span span, uint32_t *point);
/* The other way: writes the code point (up to U+10FFFF) and returns how many bytes that took. */
enum { TEXT_SEQUENCE = 4 };
size_t text_write_sequence(uint32_t point, uint8_t out[TEXT_SEQUENCE]);
/* Code points that people cannot see, or that make what stands beside them look
 * different: controls, direction marks, zero widths, line separators, fillers, tags, variation
 * selectors, and what is no character. */
bool text_is_invisible(uint32_t point);
/* Whether it may be shown as it is. Not: what is invisible; blanks other than U+0020, which look
 * like it; private use and unassigned code points, which look different everywhere. Policies may
 * have the latter two. */
bool text_is_plain(uint32_t point);

/* Foreign text made safe to print, in one line: control characters, invalid UTF-8
 * and all that is not text_is_plain() become \xHH, line ends and tabs blanks (at the end: nothing);
 * longer than 200 bytes is cut with "...". Text from a file, a certificate or an archive goes
 * through here before it becomes part of an error, a report line or a log. */
struct escaped {
	char text[256];
};
struct escaped text_escape(struct span foreign);
struct escaped text_escape_string(const char *foreign);

/* Of ASCII alone, whatever the locale: lower-case, and the value of a hexadecimal digit of either
 * case, -1 for what is none. */
char text_lower(char c);
int text_hex_digit(char c);
/* With %HH undone, in `arena`. */
char *text_unpercent(const char *text, struct arena *arena);
bool text_begins(const char *text, const char *with);
bool text_ends(const char *text, const char *with);

/* Lower-case hexadecimal; `out` holds 2 * size + 1. */
void hex_write(struct span span, char *out);
void hex_write_upper(struct span span, char *out);
/* Exactly `size` bytes from exactly 2 * size digits of either case. */
bool hex_parse(const char *text, uint8_t *out, size_t size) MUST_CHECK;

/* True when `text` matches a glob of '*' and '?'; linear, without backtracking blow-up.
 * Case is folded for ASCII when `fold` is true. */
bool text_glob(const char *glob, const char *text, bool fold);
