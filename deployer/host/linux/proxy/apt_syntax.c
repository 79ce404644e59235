/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The syntax of apt.conf(5): statements `Tag "value";` and `Tag { … };`, tags joined with "::" and
 * compared without case; comments // # and C's; "#clear Tag;" takes away a tag and all below it.
 *
 * This follows ReadConfigFile() of apt line by line (apt-pkg/contrib/configuration.cc, and
 * ParseQuoteWord and ParseCWord of strutl.cc): a quote ends with its line, a comment in the middle
 * of a line too, and what cannot be read makes every apt command fail.
 *
 * #include is left to who gathers the files, and so is Dir::Etc::Main. Not followed: APT_CONFIG.
 */
#include <ctype.h>
#include <stdlib.h>

#include "host/linux/proxy/settings.h"

enum { DEPTH_MAX = 64, TAG_MAX = 512, C_WORD_MAX = 1024 };

/* The settings that are kept: those of the methods, and those that name apt's own files. */
static bool is_kept(const char *tag)
{
	static const char *const places[] = {"rootdir", "dir", "dir::etc", "dir::etc::main"};

	for (size_t i = 0; i < COUNT(places); i++)
		if (strcmp(tag, places[i]) == 0)
			return true;
	return strncmp(tag, "acquire::", strlen("acquire::")) == 0;
}

/* A line without its comments, and where each byte of it stands in the file. */
struct fragment {
	struct text text;
	size_t *offsets;
	size_t capacity;
};

struct apt_reader {
	struct proxy_settings *out;
	unsigned line;
	bool comment; /* inside of a C comment that began on an earlier line */
	size_t depth; /* blocks that are open */
	size_t level[DEPTH_MAX];
	char tag[TAG_MAX];     /* of the open blocks, lower case */
	struct text statement; /* read so far; it may go over several lines */
	size_t start;          /* where it began, */
	unsigned start_line;   /* and on which line */
	struct fragment fragment;
};

static bool is_space(char c)
{
	return isspace((unsigned char)c);
}

static bool starts(struct span text, size_t at, const char *with)
{
	size_t size = strlen(with);

	return size <= text.size - at && memcmp(text.data + at, with, size) == 0;
}

static void add_byte(struct fragment *fragment, struct span line, size_t at, size_t offset)
{
	fragment->offsets = mem_grow(fragment->offsets, &fragment->capacity,
	    fragment->text.size + 1, sizeof(*fragment->offsets));
	fragment->offsets[fragment->text.size] = offset + at;
	text_add_span(&fragment->text, (struct span){line.data + at, 1});
}

/* Where a comment that goes to the end of the line begins, or the line ends. */
static size_t end_of_content(struct span line, size_t at)
{
	bool quoted = false;

	for (; at < line.size; at++) {
		quoted = quoted != (line.data[at] == '"');
		if (quoted)
			continue;
		if (starts(line, at, "//"))
			return at;
		if (line.data[at] == '#' && !starts(line, at, "#clear") &&
		    !starts(line, at, "#include") && !starts(line, at, "#x-apt-configure-index"))
			return at;
	}
	return at;
}

/* Behind the end of a C comment, or SIZE_MAX when the line does not end it. */
static size_t end_of_comment(struct span line, size_t at)
{
	for (; at < line.size; at++)
		if (starts(line, at, "*/"))
			return at + 2;
	return SIZE_MAX;
}

/* Fills `fragment` with the parts of the line that are no comment. */
static void strip_comments(struct apt_reader *reader, struct span line, size_t offset)
{
	bool quoted = false;
	size_t at = 0;

	text_release(&reader->fragment.text);
	if (reader->comment)
		at = end_of_comment(line, 0);
	if (at == SIZE_MAX)
		return;
	reader->comment = false;
	line.size = end_of_content(line, at);
	while (at < line.size) {
		quoted = quoted != (line.data[at] == '"');
		if (quoted || !starts(line, at, "/*")) {
			add_byte(&reader->fragment, line, at++, offset);
			continue;
		}
		at = end_of_comment(line, at);
		if (at == SIZE_MAX) {
			reader->comment = true;
			return;
		}
	}
}

/* Adds the fragment's bytes from..to, trimmed, to the statement. */
static void add_piece(struct apt_reader *reader, size_t from, size_t to)
{
	const char *text = text_string(&reader->fragment.text);

	while (from < to && is_space(text[from]))
		from++;
	while (to > from && is_space(text[to - 1]))
		to--;
	if (from == to)
		return;
	if (reader->statement.size) {
		text_add(&reader->statement, " ");
	} else {
		reader->start = reader->fragment.offsets[from];
		reader->start_line = reader->line;
	}
	text_add_span(&reader->statement, (struct span){(const uint8_t *)text + from, to - from});
}

/* The end of a word; quotes and brackets in it may hold blanks. NULL when one of them is not
 * closed. */
static const char *end_of_word(const char *at)
{
	for (; *at && !is_space(*at); at++) {
		if (*at == '"' || *at == '[')
			at = strchr(at + 1, *at == '"' ? '"' : ']');
		if (!at)
			return NULL;
	}
	return at;
}

/* A word without its quotes; %HH in it is a byte. */
static bool quote_word(const char **text, struct text *out)
{
	const char *at = *text + strspn(*text, " "), *end;

	if (!*at)
		return false;
	end = end_of_word(at);
	if (!end)
		return false;
	for (; at < end; at++) {
		char c = *at;

		if (c == '%' && at + 2 < end && text_hex_digit(at[1]) >= 0 &&
		    text_hex_digit(at[2]) >= 0) {
			c = (char)(text_hex_digit(at[1]) << 4 | text_hex_digit(at[2]));
			at += 2;
		} else if (c == '"') {
			continue;
		}
		text_add_span(out, (struct span){(const uint8_t *)&c, 1});
	}
	while (is_space(*end))
		end++;
	*text = end;
	return true;
}

/* The rest of the line, when it is nothing but strings in quotes; they are joined by blanks. */
static bool c_word(const char **text, struct text *out)
{
	const char *first = *text + strspn(*text, " "), *at = first;
	AUTO(text) word = {0};

	if (!*at || strlen(*text) >= C_WORD_MAX)
		return false;
	for (; *at; at++) {
		if (*at == '"') {
			size_t size = strcspn(at + 1, "\"");

			text_add_span(&word, (struct span){(const uint8_t *)at + 1, size});
			at += size + 1;
			if (!*at)
				return false;
		} else if (!is_space(*at)) {
			return false;
		} else if (at == first || !is_space(at[-1])) {
			text_add(&word, " ");
		}
	}
	*out = TAKE(word);
	*text = at;
	return true;
}

/* `tag` with `name` below it; false when it grows too long. */
static bool enter(struct apt_reader *reader, const char *name)
{
	size_t size = strlen(reader->tag), more = strlen(name);

	if (size + more + 3 > TAG_MAX)
		return false;
	if (size > 0) {
		memcpy(reader->tag + size, "::", 3);
		size += 2;
	}
	for (size_t i = 0; i <= more; i++)
		reader->tag[size + i] = text_lower(name[i]);
	return true;
}

static void leave(struct apt_reader *reader)
{
	if (reader->depth > 0)
		reader->tag[reader->level[--reader->depth]] = 0;
	else
		reader->tag[0] = 0;
}

static void clear(struct apt_reader *reader, const char *word, struct proxy_setting where)
{
	char name[TAG_MAX] = {0};

	for (size_t i = 0; word[i] && i + 1 < sizeof(name); i++)
		name[i] = text_lower(word[i]);
	proxy_settings_add(reader->out, span_text(name), NULL, where);
}

static bool refuse(struct apt_reader *reader, const char *why)
{
	proxy_settings_refuse(reader->out, reader->line, why);
	return false;
}

static bool directive(
    struct apt_reader *reader, const char *name, const char *word, struct proxy_setting where)
{
	if (reader->tag[0])
		return refuse(reader, "a directive that is not at the top level");
	if (strcmp(name, "#clear") == 0)
		clear(reader, word, where);
	else if (strcmp(name, PROXY_SETTING_INCLUDE) == 0)
		proxy_settings_add(reader->out, span_text(name),
		    &(struct span){(const uint8_t *)word, strlen(word)}, where);
	else if (strcmp(name, "#x-apt-configure-index") != 0)
		return refuse(reader, "a directive that apt does not know");
	return true;
}

static bool set(
    struct apt_reader *reader, const char *name, const char *word, struct proxy_setting where)
{
	size_t size = strlen(reader->tag);
	struct span value = {(const uint8_t *)word, strlen(word)};

	if (*name && !enter(reader, name))
		return refuse(reader, "a tag that is too long");
	/* a value alone is a nameless entry of the block */
	if (!*name && !enter(reader, ""))
		return refuse(reader, "a tag that is too long");
	if (is_kept(reader->tag))
		proxy_settings_add(reader->out, span_text(reader->tag), &value, where);
	reader->tag[size] = 0;
	return true;
}

static bool open_block(
    struct apt_reader *reader, const char *name, const char *word, struct proxy_setting where)
{
	if (word && !set(reader, name, word, where))
		return false;
	if (reader->depth == DEPTH_MAX)
		return refuse(reader, "too many blocks in each other");
	reader->level[reader->depth++] = strlen(reader->tag);
	return enter(reader, name) || refuse(reader, "a tag that is too long");
}

/* The statement is complete: `end` tells by what, and `at` where that stands. */
static bool finish(struct apt_reader *reader, char end, size_t at)
{
	const char *rest = text_string(&reader->statement);
	struct proxy_setting where = {
	    .line = reader->start_line, .start = reader->start, .end = at + (end == ';')};
	AUTO(text) tag = {0};
	AUTO(text) word = {0};
	const char *name;
	bool has_word, ok;

	if (reader->statement.size == 0) {
		if (end == '{')
			return refuse(reader, "a block without a name");
		if (end == '}')
			leave(reader);
		return true;
	}
	if (!quote_word(&rest, &tag))
		return refuse(reader, "a tag with an open quote or bracket");
	name = text_string(&tag);
	has_word = c_word(&rest, &word) || quote_word(&rest, &word);
	if (*rest)
		return refuse(reader, "something between a value and its semicolon");
	if (end == '{')
		ok = open_block(reader, name, has_word ? text_string(&word) : NULL, where);
	else if (!has_word && strcmp(name, "#clear") == 0)
		return refuse(reader, "#clear without a tag");
	else if (has_word && *name == '#')
		ok = directive(reader, name, text_string(&word), where);
	else
		ok = has_word ? set(reader, name, text_string(&word), where)
		              : set(reader, "", name, where);
	text_release(&reader->statement);
	if (end == '}')
		leave(reader);
	return ok;
}

/* Takes the fragment apart; false where apt would stop. */
static bool read_fragment(struct apt_reader *reader)
{
	size_t size = reader->fragment.text.size, done = 0;
	const char *text = text_string(&reader->fragment.text);
	bool quoted = false;

	for (size_t i = 0; i < size; i++) {
		quoted = quoted != (text[i] == '"');
		if (quoted || (text[i] != '{' && text[i] != ';' && text[i] != '}'))
			continue;
		add_piece(reader, done, i);
		done = i + 1;
		if (!finish(reader, text[i], reader->fragment.offsets[i]))
			return false;
	}
	add_piece(reader, done, size);
	return true;
}

static struct span trimmed(struct span line)
{
	while (line.size > 0 && is_space((char)line.data[0]))
		line = (struct span){line.data + 1, line.size - 1};
	while (line.size > 0 && is_space((char)line.data[line.size - 1]))
		line.size--;
	return line;
}

void proxy_parse_apt(struct span text, struct proxy_settings *out)
{
	struct proxy_lines lines = {.text = text};
	struct apt_reader reader = {.out = out};
	struct span line;
	bool good = true;

	out->insert = SIZE_MAX;
	while (good && proxy_lines_next(&lines, &line)) {
		reader.line = lines.line;
		line = trimmed(line);
		strip_comments(&reader, line, (size_t)(line.data - text.data));
		good = read_fragment(&reader);
	}
	if (good && reader.statement.size)
		proxy_settings_refuse(out, reader.start_line,
		    "a statement without a semicolon at the end of the file");
	text_release(&reader.statement);
	text_release(&reader.fragment.text);
	free(reader.fragment.offsets);
}
