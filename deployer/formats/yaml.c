/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

#include "formats/yaml/characters.h"
#include "formats/filekind.h"

enum {
	LINEAR_KEYS = 16,         /* maps above this are searched for duplicates by sorting */
	STRINGS_BLOCK = 8 * 1024, /* texts are packed into blocks of the arena */
	KEPT_KEYS = 32,           /* a power of two */
};

struct level {
	struct yaml_node *node, *last;
};

/* The tree while it grows out of libyaml's events. */
struct builder {
	struct yaml yaml;
	yaml_parser_t parser;
	struct span source;
	struct level levels[YAML_MAX_DEPTH];
	size_t depth, nodes;
	bool complete;            /* the first document has ended */
	bool ascii;               /* the source is */
	size_t characters, bytes; /* how far byte_at() has counted */
	char *strings;            /* the rest of a block for texts */
	size_t strings_room;
	const char *kept_keys[KEPT_KEYS]; /* lists of maps repeat their keys: one copy does */
	const char *key;                  /* of the member whose value comes next */
	uint32_t key_line, key_column;
};

static void builder_release(struct builder *builder)
{
	yaml_parser_delete(&builder->parser);
	yaml_release(&builder->yaml);
}

PRINTF(5)
static bool refuse_at(
    const struct yaml *yaml, size_t line, size_t column, struct err *err, const char *fmt, ...)
{
	char what[sizeof(err->text)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return err_set(err, ERR_POLICY, "%s:%zu:%zu: %s", yaml->file, line, column, what);
}

#define REFUSE(builder, mark, ...)                                                                 \
	refuse_at(&(builder)->yaml, (mark).line + 1, (mark).column + 1, err, __VA_ARGS__)

/* --- characters --- */

static bool check_characters(struct builder *builder, struct err *err)
{
	struct span text = builder->source;
	size_t good = characters_good(text, &builder->ascii), line, column;
	char what[CHARACTERS_FAULT];

	if (good == text.size)
		return true;
	characters_locate(text, good, &line, &column);
	return refuse_at(&builder->yaml, line, column, err, "%s",
	    characters_fault((struct span){text.data + good, text.size - good}, what));
}

/* The byte at a mark, whose index counts characters; marks come in rising order. */
static uint8_t byte_at(struct builder *builder, size_t index)
{
	struct span text = builder->source;

	if (builder->ascii)
		return index < text.size ? text.data[index] : 0;
	while (builder->characters < index && builder->bytes < text.size) {
		builder->bytes++;
		while (builder->bytes < text.size && (text.data[builder->bytes] & 0xc0) == 0x80)
			builder->bytes++;
		builder->characters++;
	}
	return builder->bytes < text.size ? text.data[builder->bytes] : 0;
}

/* --- keys --- */

static int compare_members(const void *a, const void *b)
{
	const struct yaml_node *const *left = a, *const *right = b;
	int order = strcmp((*left)->key, (*right)->key);

	if (order == 0 && (*left)->key_line != (*right)->key_line)
		order = (*left)->key_line < (*right)->key_line ? -1 : 1;
	else if (order == 0)
		order = (*left)->key_column < (*right)->key_column ? -1 : 1;
	return order;
}

static bool refuse_duplicate(const struct builder *builder, const struct yaml_node *again,
    const struct yaml_node *first, struct err *err)
{
	return refuse_at(&builder->yaml, again->key_line, again->key_column, err,
	    "the key \"%s\" stands here for the second time; the first is in line %u",
	    text_escape_string(again->key).text, first->key_line);
}

/* Sorted rather than hashed: no choice of keys makes it slow. */
static bool check_many_keys(
    const struct builder *builder, const struct yaml_node *map, struct err *err)
{
	const struct yaml_node **members = mem_alloc(map->count * sizeof(*members));
	const struct yaml_node *again = NULL, *first = NULL;
	size_t count = 0;

	for (const struct yaml_node *node = map->first; node; node = node->next)
		members[count++] = node;
	qsort(members, count, sizeof(struct yaml_node *), compare_members);
	for (size_t i = 1; i < count; i++)
		if (strcmp(members[i - 1]->key, members[i]->key) == 0 &&
		    (!again || members[i]->key_line < again->key_line)) {
			first = members[i - 1];
			again = members[i];
		}
	free(members);
	return !again || refuse_duplicate(builder, again, first, err);
}

static bool check_new_key(const struct builder *builder, const struct yaml_node *map,
    const struct yaml_node *node, struct err *err)
{
	if (map->count >= LINEAR_KEYS)
		return true; /* check_many_keys at the end of the map */
	for (const struct yaml_node *other = map->first; other; other = other->next)
		if (*other->key == *node->key && strcmp(other->key, node->key) == 0)
			return refuse_duplicate(builder, node, other, err);
	return true;
}

/* --- events --- */

static bool attach(struct builder *builder, struct yaml_node *node, struct err *err)
{
	struct level *level;

	if (builder->depth == 0) {
		builder->yaml.root = node;
		return true;
	}
	level = &builder->levels[builder->depth - 1];
	if (level->node->kind == YAML_MAP) {
		node->key = builder->key;
		node->key_line = builder->key_line;
		node->key_column = builder->key_column;
		builder->key = NULL;
		if (!check_new_key(builder, level->node, node, err))
			return false;
	}
	if (level->last)
		level->last->next = node;
	else
		level->node->first = node;
	level->last = node;
	level->node->count++;
	return true;
}

static bool add_node(struct builder *builder, enum yaml_kind kind, yaml_mark_t mark,
    struct yaml_node **out, struct err *err)
{
	struct yaml_node *node;

	if (++builder->nodes > YAML_MAX_NODES)
		return REFUSE(builder, mark, "more than %d values", YAML_MAX_NODES);
	node = arena_alloc(&builder->yaml.arena, sizeof(*node));
	node->kind = kind;
	node->line = (uint32_t)mark.line + 1;
	node->column = (uint32_t)mark.column + 1;
	*out = node;
	return attach(builder, node, err);
}

/* True when a map waits for its next key. */
static bool key_is_due(const struct builder *builder)
{
	return builder->depth && !builder->key &&
	       builder->levels[builder->depth - 1].node->kind == YAML_MAP;
}

static bool open_collection(struct builder *builder, enum yaml_kind kind, const yaml_char_t *anchor,
    const yaml_char_t *tag, yaml_mark_t mark, struct err *err)
{
	struct yaml_node *node;

	if (anchor)
		return REFUSE(builder, mark, "anchors are not allowed");
	if (tag)
		return REFUSE(builder, mark, "tags are not allowed");
	if (key_is_due(builder))
		return REFUSE(builder, mark, "a key must be plain text, not a list or a map");
	if (builder->depth == YAML_MAX_DEPTH)
		return REFUSE(builder, mark, "nested deeper than %d levels", YAML_MAX_DEPTH);
	if (!add_node(builder, kind, mark, &node, err))
		return false;
	builder->levels[builder->depth++] = (struct level){.node = node};
	return true;
}

static bool close_collection(struct builder *builder, struct err *err)
{
	const struct yaml_node *node = builder->levels[--builder->depth].node;

	return node->kind != YAML_MAP || node->count <= LINEAR_KEYS ||
	       check_many_keys(builder, node, err);
}

/* Packed closely: what is touched for the first time costs more than what is parsed. */
static const char *keep_text(struct builder *builder, const char *text, size_t size)
{
	char *copy = builder->strings;

	if (size >= STRINGS_BLOCK / 4)
		return arena_strndup(&builder->yaml.arena, text, size);
	if (size >= builder->strings_room) {
		copy = arena_alloc(&builder->yaml.arena, STRINGS_BLOCK);
		builder->strings_room = STRINGS_BLOCK;
	}
	memcpy(copy, text, size + 1);
	builder->strings = copy + size + 1;
	builder->strings_room -= size + 1;
	return copy;
}

static const char *keep_key(struct builder *builder, const char *text, size_t size)
{
	size_t slot = (size + (uint8_t)text[0] + (uint8_t)text[size - 1]) % KEPT_KEYS;
	const char **kept = &builder->kept_keys[slot];

	if (!*kept || strcmp(*kept, text) != 0)
		*kept = keep_text(builder, text, size);
	return *kept;
}

static bool set_key(struct builder *builder, const yaml_event_t *event, struct err *err)
{
	const char *text = (const char *)event->data.scalar.value;
	yaml_scalar_style_t style = event->data.scalar.style;
	size_t size = event->data.scalar.length;

	if (size == 0)
		return REFUSE(builder, event->start_mark, "a key is empty");
	if (style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE ||
	    (style == YAML_DOUBLE_QUOTED_SCALAR_STYLE && strpbrk(text, "\t\r\n")))
		return REFUSE(builder, event->start_mark, "a key must be plain text on one line");
	if (style == YAML_PLAIN_SCALAR_STYLE && strcmp(text, "<<") == 0)
		return REFUSE(builder, event->start_mark, "merge keys are not allowed");
	builder->key = keep_key(builder, text, size);
	builder->key_line = (uint32_t)event->start_mark.line + 1;
	builder->key_column = (uint32_t)event->start_mark.column + 1;
	return true;
}

static bool on_scalar(struct builder *builder, const yaml_event_t *event, struct err *err)
{
	struct span value = {event->data.scalar.value, event->data.scalar.length};
	bool quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	struct yaml_node *node;
	char what[CHARACTERS_FAULT];
	size_t good;
	bool ascii;

	if (event->data.scalar.anchor)
		return REFUSE(builder, event->start_mark, "anchors are not allowed");
	/* libyaml drops a lone "!", which it takes for "a string": look at the source */
	if (event->data.scalar.tag ||
	    ((quoted || value.size) && byte_at(builder, event->start_mark.index) == '!'))
		return REFUSE(builder, event->start_mark, "tags are not allowed");
	if (value.size > YAML_MAX_SCALAR)
		return REFUSE(
		    builder, event->start_mark, "a text of more than %d bytes", YAML_MAX_SCALAR);
	/* only escapes can bring in what check_characters has not seen */
	if (event->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE &&
	    (good = characters_good(value, &ascii)) < value.size)
		return REFUSE(builder, event->start_mark, "%s is written as an escape in the text",
		    characters_fault((struct span){value.data + good, value.size - good}, what));
	if (key_is_due(builder))
		return set_key(builder, event, err);
	if (!add_node(builder, YAML_SCALAR, event->start_mark, &node, err))
		return false;
	node->quoted = quoted;
	node->size = value.size;
	node->text = keep_text(builder, (const char *)value.data, value.size);
	return true;
}

static bool on_document(struct builder *builder, const yaml_event_t *event, struct err *err)
{
	if (builder->complete)
		return REFUSE(builder, event->start_mark,
		    "a second document begins; one file holds one document");
	if (event->data.document_start.version_directive ||
	    event->data.document_start.tag_directives.start !=
	        event->data.document_start.tag_directives.end)
		return REFUSE(builder, event->start_mark, "directives are not allowed");
	return true;
}

static bool on_event(struct builder *builder, const yaml_event_t *event, struct err *err)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		return on_document(builder, event, err);
	case YAML_DOCUMENT_END_EVENT:
		builder->complete = true;
		return true;
	case YAML_ALIAS_EVENT:
		return REFUSE(builder, event->start_mark,
		    "aliases are not allowed; put a text that begins with * in quotes");
	case YAML_SCALAR_EVENT:
		return on_scalar(builder, event, err);
	case YAML_SEQUENCE_START_EVENT:
		return open_collection(builder, YAML_LIST, event->data.sequence_start.anchor,
		    event->data.sequence_start.tag, event->start_mark, err);
	case YAML_MAPPING_START_EVENT:
		return open_collection(builder, YAML_MAP, event->data.mapping_start.anchor,
		    event->data.mapping_start.tag, event->start_mark, err);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return close_collection(builder, err);
	default:
		return true;
	}
}

#define QUOTE_IT "; put a text that begins with one of *&!%%@`: in quotes"

/* A plain text may not begin as other things of YAML do: "*.corp.example", "::1". */
static bool begins_as_other(struct builder *builder, const yaml_parser_t *parser)
{
	bool scans = parser->context && strncmp(parser->context, "while scanning a", 16) == 0;
	uint8_t from = scans ? byte_at(builder, parser->context_mark.index) : 0;
	uint8_t at = byte_at(builder, parser->problem_mark.index);

	return (from && strchr("*&!", from)) || (at && strchr("*&!%@`", at)) ||
	       (at == ':' && parser->context && strstr(parser->context, "node"));
}

static bool refuse_syntax(struct builder *builder, struct err *err)
{
	const yaml_parser_t *parser = &builder->parser;
	const char *problem = parser->problem ? parser->problem : "not YAML";
	bool quote = begins_as_other(builder, parser);

	if (parser->error == YAML_MEMORY_ERROR)
		return err_set(err, ERR_IO, "%s: out of memory", builder->yaml.file);
	if (byte_at(builder, parser->problem_mark.index) == '\t')
		problem = "a tab stands where only blanks may indent";
	if (quote)
		return REFUSE(builder, parser->problem_mark, "%s" QUOTE_IT, problem);
	if (!parser->context)
		return REFUSE(builder, parser->problem_mark, "%s", problem);
	return REFUSE(builder, parser->problem_mark, "%s (%s that begins in line %zu)", problem,
	    parser->context, parser->context_mark.line + 1);
}

static bool build(struct builder *builder, struct err *err)
{
	yaml_event_t event;
	bool ok, end = false;

	while (!end) {
		if (!yaml_parser_parse(&builder->parser, &event))
			return refuse_syntax(builder, err);
		end = event.type == YAML_STREAM_END_EVENT;
		ok = on_event(builder, &event, err);
		yaml_event_delete(&event);
		if (!ok)
			return false;
	}
	if (!builder->yaml.root ||
	    (builder->yaml.root->kind == YAML_SCALAR && builder->yaml.root->size == 0))
		return refuse_at(&builder->yaml, 1, 1, err, "the document is empty");
	return true;
}

/* Something that cannot be meant as YAML. */
static bool is_other_kind(const struct builder *builder)
{
	struct filekind kind = filekind_of(builder->source);

	return kind.whole || (kind.word != FILEKIND_TEXT && kind.word != FILEKIND_BINARY &&
	                         kind.word != FILEKIND_EMPTY && kind.word != FILEKIND_BLANK);
}

/* Another kind of file, or PEM in it, may be what is wrong: `err` then says so. */
static bool refuse_kind(struct builder *builder, struct err *err)
{
	size_t blanks, line = yaml_flat_pem(builder->source, &blanks);

	if (line)
		return refuse_at(&builder->yaml, line, 1, err,
		    "the PEM block is not indented below its key: put %zu blanks before its lines",
		    blanks);
	if (!is_other_kind(builder))
		return false;
	err_set(err, ERR_POLICY, "of another kind");
	filekind_refuse(builder->source, FILEKIND_WANT_DOCUMENT, err);
	return err_wrap(err, "%s", builder->yaml.file);
}

bool yaml_parse(struct span span, const char *file, struct yaml *out, struct err *err)
{
	static const uint8_t mark[] = {0xef, 0xbb, 0xbf}; /* U+FEFF */
	AUTO(builder) builder = {0};

	builder.yaml.file = arena_strdup(&builder.yaml.arena, text_escape_string(file).text);
	if (span.size >= sizeof(mark) && memcmp(span.data, mark, sizeof(mark)) == 0)
		span = (struct span){span.data + sizeof(mark), span.size - sizeof(mark)};
	builder.source = span;
	if (span.size > YAML_MAX_BYTES)
		return refuse_at(&builder.yaml, 1, 1, err, "larger than %d bytes", YAML_MAX_BYTES);
	if (!check_characters(&builder, err))
		return refuse_kind(&builder, err);
	if (!yaml_parser_initialize(&builder.parser))
		return err_set(err, ERR_IO, "%s: out of memory", builder.yaml.file);
	/* without this, a byte order mark would make libyaml read UTF-16 */
	yaml_parser_set_encoding(&builder.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&builder.parser, span.data, span.size);
	if (!build(&builder, err))
		return refuse_kind(&builder, err);
	/* a page or a certificate may be one long text to YAML */
	if (builder.yaml.root->kind == YAML_SCALAR && is_other_kind(&builder))
		return refuse_kind(&builder, err);
	*out = TAKE(builder.yaml);
	return true;
}

void yaml_release(struct yaml *yaml)
{
	arena_release(&yaml->arena);
	*yaml = (struct yaml){0};
}

const struct yaml_node *yaml_member(const struct yaml_node *map, const char *key)
{
	if (map->kind != YAML_MAP)
		return NULL;
	for (const struct yaml_node *node = map->first; node; node = node->next)
		if (strcmp(node->key, key) == 0)
			return node;
	return NULL;
}

const struct yaml_node *yaml_copy(const struct yaml_node *node, struct arena *arena)
{
	struct yaml_node *copy = arena_copy(arena, node, sizeof(*copy)), **link = &copy->first;

	copy->key = NULL;
	copy->next = NULL;
	if (copy->text)
		copy->text = arena_strndup(arena, node->text, node->size);
	for (const struct yaml_node *member = node->first; member; member = member->next) {
		/* at most YAML_MAX_DEPTH calls deep */
		struct yaml_node *below = (struct yaml_node *)yaml_copy(member, arena);

		below->key = member->key ? arena_strdup(arena, member->key) : NULL;
		*link = below;
		link = &below->next;
	}
	return copy;
}

bool yaml_error(
    const struct yaml *yaml, const struct yaml_node *node, struct err *err, const char *fmt, ...)
{
	char what[sizeof(err->text)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return refuse_at(yaml, node->line, node->column, err, "%s", what);
}

bool yaml_error_key(
    const struct yaml *yaml, const struct yaml_node *node, struct err *err, const char *fmt, ...)
{
	char what[sizeof(err->text)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return refuse_at(yaml, node->key_line, node->key_column, err, "%s", what);
}
