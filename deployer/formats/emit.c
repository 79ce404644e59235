/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/emit.h"

#include <ctype.h>
#include <strings.h>

#include "base/clock.h"
#include "base/text.h"

enum { INDENT = 2, MAX_DIGITS = 20, PIECE = 48 };

struct emit emit_into(struct bytes *out, enum notation notation)
{
	return (struct emit){.out = out, .notation = notation};
}

/* bytes_add without its calls where there is room, as there nearly always is. */
static void put(struct emit *emit, const void *data, size_t size)
{
	struct bytes *out = emit->out;

	if (out->size + size >= out->capacity) {
		bytes_add(out, data, size);
		return;
	}
	memcpy(out->data + out->size, data, size);
	out->size += size;
	out->data[out->size] = 0;
}

static void add(struct emit *emit, const char *text)
{
	put(emit, text, strlen(text));
}

/* Structure is told by indentation. */
static bool indents(const struct emit *emit)
{
	return emit->notation == NOTATION_YAML || emit->notation == NOTATION_TEXT;
}

static void add_newline(struct emit *emit, unsigned levels)
{
	static const char blanks[1 + INDENT * EMIT_DEPTH] =
	    "\n                                                ";

	put(emit, blanks, 1 + (size_t)INDENT * levels);
}

static struct emit_level *innermost(struct emit *emit)
{
	return &emit->level[emit->depth - 1];
}

/* Separator and indentation in front of a key or a list's element. */
static void begin_member(struct emit *emit)
{
	struct emit_level *level = innermost(emit);

	if (indents(emit)) {
		/* the first key of a map that is a list's element stands behind the dash */
		if (!emit->after_dash && (emit->depth > 1 || level->filled))
			add_newline(emit, emit->depth - 1);
		emit->after_dash = false;
	} else {
		if (level->filled)
			put(emit, ",", 1);
		if (emit->notation == NOTATION_JSON)
			add_newline(emit, emit->depth);
	}
	level->filled = true;
}

/* What goes before a value: nothing behind a key but a blank, a dash in a list. */
static void begin_value(struct emit *emit, bool scalar)
{
	bool yaml = indents(emit);

	if (emit->after_key) {
		emit->after_key = false;
		if (yaml && scalar)
			put(emit, " ", 1);
		return;
	}
	if (emit->depth == 0)
		return;
	begin_member(emit);
	if (yaml) {
		put(emit, scalar ? "- " : "-", scalar ? 2 : 1);
		emit->after_dash = !scalar;
	}
}

static void open(struct emit *emit, bool list)
{
	begin_value(emit, false);
	if (emit->depth == EMIT_DEPTH)
		return; /* no document of ours is that deep */
	emit->level[emit->depth++] = (struct emit_level){.list = list};
	if (!indents(emit))
		put(emit, list ? "[" : "{", 1);
	else if (emit->after_dash && !list)
		put(emit, " ", 1);
	else
		emit->after_dash = false;
}

void emit_map(struct emit *emit)
{
	open(emit, false);
}

void emit_list(struct emit *emit)
{
	open(emit, true);
}

void emit_end(struct emit *emit)
{
	struct emit_level level = *innermost(emit);

	emit->depth--;
	if (indents(emit)) {
		if (!level.filled)
			add(emit, emit->after_dash || emit->depth == 0 ? level.list ? "[]" : "{}"
			          : level.list                         ? " []"
			                                               : " {}");
		emit->after_dash = false;
	} else {
		if (emit->notation == NOTATION_JSON && level.filled)
			add_newline(emit, emit->depth);
		put(emit, level.list ? "]" : "}", 1);
	}
	if (emit->depth == 0)
		put(emit, "\n", 1);
}

static void after_key(struct emit *emit)
{
	const char *mark = emit->notation == NOTATION_JSON ? ": " : ":";

	put(emit, mark, strlen(mark));
	emit->after_key = true;
}

void emit_key(struct emit *emit, const char *key)
{
	begin_member(emit);
	if (!indents(emit))
		put(emit, "\"", 1);
	add(emit, key);
	if (!indents(emit))
		put(emit, "\"", 1);
	after_key(emit);
}

/* Length of the character at the front that may stand as it is; 0 when it may not: what is not
 * text_is_plain(), and so what YAML 1.2 (5.1) does not call printable or reads as a line break.
 * `*taken` is what to step over, `*point` the character, U+FFFD for a byte that is none. */
static size_t plain_character(struct span span, size_t *taken, uint32_t *point)
{
	size_t size = text_sequence(span, point);

	*taken = size ? size : 1;
	if (size == 0)
		*point = 0xfffd;
	return size && text_is_plain(*point) ? size : 0;
}

static void add_unit(struct emit *emit, const char *prefix, unsigned digits, uint32_t unit)
{
	add(emit, prefix);
	while (digits-- > 0)
		put(emit, &"0123456789abcdef"[unit >> 4 * digits & 15], 1);
}

/* Beyond 16 bits JSON (RFC 8259 7) writes a pair of surrogates, YAML eight digits. */
static void add_escape(struct emit *emit, uint32_t point)
{
	const char *brief = point == '\n'     ? "\\n"
	                    : point == '\t'   ? "\\t"
	                    : point == '\r'   ? "\\r"
	                    : point == 0xfffd ? "\xef\xbf\xbd"
	                                      : NULL;

	if (brief) {
		add(emit, brief);
	} else if (point < 0x10000) {
		add_unit(emit, "\\u", 4, point);
	} else if (emit->notation == NOTATION_YAML) {
		add_unit(emit, "\\U", 8, point);
	} else {
		add_unit(emit, "\\u", 4, 0xd7c0 + (point >> 10));
		add_unit(emit, "\\u", 4, 0xdc00 + (point & 0x3ff));
	}
}

static bool is_plain(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The same for eight bytes at once: no top bit, none below a blank, none of the three. */
static bool are_plain(uint64_t word)
{
	uint64_t quote = word ^ EACH('"'), backslash = word ^ EACH('\\'), del = word ^ EACH(0x7f);
	uint64_t faults = word | ((word - EACH(0x20)) & ~word) | ((quote - EACH(1)) & ~quote) |
	                  ((backslash - EACH(1)) & ~backslash) | ((del - EACH(1)) & ~del);

	return (faults & EACH(0x80)) == 0;
}

/* How many bytes at the front are plain ASCII that needs no escape. Nearly all text is, and
 * a report is nearly all text. */
static size_t plain_run(struct span span)
{
	size_t size = 0;
	uint64_t word;

	while (size + sizeof(word) <= span.size) {
		memcpy(&word, span.data + size, sizeof(word));
		if (!are_plain(word))
			break;
		size += sizeof(word);
	}
	while (size < span.size && is_plain(span.data[size]))
		size++;
	return size;
}

static void add_escaped(struct emit *emit, struct span text)
{
	while (text.size > 0) {
		size_t run = plain_run(text), taken = 0;
		uint32_t point = 0;

		put(emit, text.data, run);
		text.data += run;
		text.size -= run;
		if (text.size == 0)
			break;
		if (text.data[0] == '"' || text.data[0] == '\\') {
			put(emit, "\\", 1);
			put(emit, text.data, taken = 1);
		} else if (plain_character(text, &taken, &point)) {
			put(emit, text.data, taken);
		} else {
			add_escape(emit, point);
		}
		text.data += taken;
		text.size -= taken;
	}
}

/* Bare, for people: made safe piece by piece, since text_escape cuts what is long. */
static void add_bare(struct emit *emit, struct span text)
{
	while (text.size > 0) {
		size_t size = text.size < PIECE ? text.size : PIECE;

		while (size > 1 && size < text.size && (text.data[size] & 0xc0) == 0x80)
			size--;
		add(emit, text_escape((struct span){text.data, size}).text);
		text.data += size;
		text.size -= size;
	}
}

/* What YAML 1.1 or 1.2 reads as something else than a text. */
static bool is_reserved(struct span text)
{
	static const char *const words[] = {
	    "y", "n", "yes", "no", "on", "off", "true", "false", "null"};

	for (size_t i = 0; i < COUNT(words); i++)
		if (text.size == strlen(words[i]) &&
		    strncasecmp((const char *)text.data, words[i], text.size) == 0)
			return true;
	return false;
}

/* A text that every reader of YAML takes for a text: it begins with a letter or a slash (or is the
 * digest that begins with a digit and has letters), and holds letters, digits and what joins them;
 * a blank only between two of them. */
static bool is_word(struct span text)
{
	static const char joins[] = "_-./+@=";

	if (text.size == 0 || is_reserved(text) || (!isalpha(text.data[0]) && text.data[0] != '/'))
		return false;
	for (size_t i = 0; i < text.size; i++) {
		uint8_t c = text.data[i], next = i + 1 < text.size ? text.data[i + 1] : ' ';

		if (c >= 0x80 || (!isalnum(c) && !strchr(joins, c) && !(c == ':' && next != ' ') &&
		                     !(c == ' ' && (isalnum(next) || next == '('))))
			return false;
	}
	return true;
}

static void add_string(struct emit *emit, struct span text)
{
	if (emit->notation == NOTATION_YAML && is_word(text)) {
		put(emit, text.data, text.size);
		return;
	}
	if (emit->notation == NOTATION_TEXT) {
		if (text.size == 0)
			add(emit, "-");
		add_bare(emit, text);
		return;
	}
	put(emit, "\"", 1);
	add_escaped(emit, text);
	put(emit, "\"", 1);
}

void emit_key_text(struct emit *emit, const char *key)
{
	begin_member(emit);
	add_string(emit, span_text(key));
	after_key(emit);
}

void emit_span(struct emit *emit, struct span text)
{
	begin_value(emit, true);
	add_string(emit, text);
}

void emit_joined(struct emit *emit, const char *const *parts, size_t count)
{
	const char *quote = emit->notation == NOTATION_TEXT ? "" : "\"";

	begin_value(emit, true);
	add(emit, quote);
	for (size_t i = 0; i < count; i++)
		if (emit->notation == NOTATION_TEXT)
			add_bare(emit, span_text(parts[i]));
		else
			add_escaped(emit, span_text(parts[i]));
	add(emit, quote);
}

void emit_text(struct emit *emit, const char *text)
{
	if (text)
		emit_span(emit, span_text(text));
	else
		emit_null(emit);
}

/* It has a letter that is not the "e" of a number. */
static bool is_hex_text(struct span bytes)
{
	for (size_t i = 0; i < bytes.size; i++)
		if (bytes.data[i] >> 4 == 0xa || (bytes.data[i] & 15) == 0xa ||
		    bytes.data[i] >> 4 == 0xf || (bytes.data[i] & 15) == 0xf)
			return true;
	return false;
}

void emit_hex(struct emit *emit, struct span bytes)
{
	bool bare = emit->notation == NOTATION_TEXT ||
	            (emit->notation == NOTATION_YAML && is_hex_text(bytes));
	const char *quote = bare ? "" : "\"";
	size_t at;

	begin_value(emit, true);
	add(emit, quote);
	at = emit->out->size;
	bytes_reserve(emit->out, at + 2 * bytes.size + 1);
	hex_write(bytes, (char *)emit->out->data + at);
	emit->out->size = at + 2 * bytes.size;
	add(emit, quote);
}

void emit_unsigned(struct emit *emit, uint64_t value)
{
	char digits[MAX_DIGITS];
	size_t at = sizeof(digits);

	begin_value(emit, true);
	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	put(emit, digits + at, sizeof(digits) - at);
}

void emit_bool(struct emit *emit, bool value)
{
	begin_value(emit, true);
	add(emit, value ? "true" : "false");
}

void emit_null(struct emit *emit)
{
	begin_value(emit, true);
	add(emit, emit->notation == NOTATION_TEXT ? "-" : "null");
}

void emit_time(struct emit *emit, int64_t time)
{
	char text[CLOCK_TEXT];

	clock_write(time, text);
	emit_text(emit, text);
}

void emit_pair(struct emit *emit, const char *key, const char *text)
{
	emit_key(emit, key);
	emit_text(emit, text);
}
