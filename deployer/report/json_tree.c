/* SPDX-License-Identifier: Apache-2.0 */
#include "report/json_tree.h"

#include <stdlib.h>

#include "base/text.h"

enum { MAX_DIGITS = 20, BLANK_MAX = 0x20 };

/* How far the text was looked at. */
struct scan {
	const struct json_limits *limits;
	struct json_tree *tree;
	size_t at, depth, values;
	bool in_text, in_number;
};

static bool refuse(const struct scan *scan, struct err *err, const char *what)
{
	return err_set(err, ERR_FORMAT, "offset %zu: %s", scan->at, what);
}

/* At a backslash inside a text. */
static bool pass_escape(struct scan *scan, struct err *err)
{
	static const char nul[] = "u0000";
	struct span text = scan->tree->text;

	if (text.size - scan->at > sizeof(nul) - 1 &&
	    memcmp(text.data + scan->at + 1, nul, sizeof(nul) - 1) == 0)
		return refuse(scan, err, "a NUL in a text");
	scan->at += 2;
	return true;
}

static bool pass_text(struct scan *scan, struct err *err)
{
	struct span text = scan->tree->text;
	uint8_t byte = text.data[scan->at];
	uint32_t point;
	size_t size;

	if (byte == '\\')
		return pass_escape(scan, err);
	if (byte < BLANK_MAX)
		return refuse(scan, err, "a control character in a text");
	size = text_sequence((struct span){text.data + scan->at, text.size - scan->at}, &point);
	if (size == 0)
		return refuse(scan, err, "a byte that is no UTF-8");
	scan->in_text = byte != '"';
	scan->at += size;
	return true;
}

static void begin_number(struct scan *scan)
{
	struct json_tree *tree = scan->tree;

	tree->numbers = mem_grow(
	    tree->numbers, &tree->number_capacity, tree->number_count + 1, sizeof(*tree->numbers));
	tree->numbers[tree->number_count++] = (uint32_t)scan->at;
}

/* Between texts. cJSON refuses what does not belong there. */
static bool pass_sign(struct scan *scan, struct err *err)
{
	uint8_t byte = scan->tree->text.data[scan->at];
	bool in_number = byte && strchr("+-.0123456789eE", byte);

	if (byte < BLANK_MAX && !(byte && strchr("\t\n\r", byte)))
		return refuse(scan, err, "a control character; a report is UTF-8");
	if ((byte == '{' || byte == '[') && ++scan->depth > scan->limits->depth)
		return refuse(scan, err, "it goes too deep");
	if ((byte == '}' || byte == ']') && scan->depth > 0)
		scan->depth--;
	if (byte && strchr("{[,", byte) && ++scan->values > scan->limits->values)
		return refuse(scan, err, "it has too many values");
	/* an 'e' that begins something is one of true, false and null */
	if (in_number && !scan->in_number && byte != 'e' && byte != 'E')
		begin_number(scan);
	scan->in_number = in_number;
	scan->in_text = byte == '"';
	scan->at++;
	return true;
}

static bool scan_text(struct json_tree *tree, const struct json_limits *limits, struct err *err)
{
	struct scan scan = {.limits = limits, .tree = tree};

	if (tree->text.size > limits->bytes)
		return err_set(err, ERR_FORMAT, "it is larger than %zu bytes", limits->bytes);
	while (scan.at < tree->text.size)
		if (!(scan.in_text ? pass_text(&scan, err) : pass_sign(&scan, err)))
			return false;
	return true;
}

/* Whether a key before `last` is the same. */
static bool is_twice(const cJSON *map, const cJSON *last)
{
	for (const cJSON *member = map->child; member != last; member = member->next)
		if (strcmp(member->string, last->string) == 0)
			return true;
	return false;
}

/* Counts the numbers as they stand in the text: each node remembers which it is. */
static bool check_tree(
    cJSON *node, const struct json_limits *limits, size_t *numbers, struct err *err)
{
	size_t keys = 0;

	if (cJSON_IsNumber(node))
		node->valueint = (int)(*numbers)++;
	for (cJSON *child = node->child; child; child = child->next) {
		if (cJSON_IsObject(node) && ++keys > limits->keys)
			return err_set(
			    err, ERR_FORMAT, "a map has more than %zu keys", limits->keys);
		if (cJSON_IsObject(node) && is_twice(node, child))
			return err_set(err, ERR_FORMAT, "the key '%s' stands twice in one map",
			    text_escape_string(child->string).text);
		if (!check_tree(child, limits, numbers, err))
			return false;
	}
	return true;
}

static bool parse(struct json_tree *tree, struct err *err)
{
	const char *text = (const char *)tree->text.data, *end = text;
	size_t size = tree->text.size;

	if (size > 0)
		tree->root = cJSON_ParseWithLengthOpts(text, size, &end, false);
	if (!tree->root)
		return err_set(err, ERR_FORMAT, "offset %zu: it is no JSON, or is cut off",
		    (size_t)(end - text));
	for (; end < text + size; end++)
		if (!strchr("\t\n\r ", *end))
			return err_set(err, ERR_FORMAT,
			    "offset %zu: something follows behind its end", (size_t)(end - text));
	return true;
}

bool json_tree_parse(
    struct span text, const struct json_limits *limits, struct json_tree *out, struct err *err)
{
	AUTO(json_tree) tree = {.text = text};
	size_t numbers = 0;

	if (!scan_text(&tree, limits, err) || !parse(&tree, err) ||
	    !check_tree(tree.root, limits, &numbers, err))
		return false;
	*out = TAKE(tree);
	return true;
}

bool json_tree_number(const struct json_tree *tree, const cJSON *node, uint64_t *out)
{
	struct span text = tree->text;
	uint64_t number = 0;
	size_t at, digits = 0;

	if (!cJSON_IsNumber(node) || node->valueint < 0 ||
	    (size_t)node->valueint >= tree->number_count)
		return false;
	at = tree->numbers[node->valueint];
	for (; at < text.size && text.data[at] >= '0' && text.data[at] <= '9'; at++, digits++)
		if (__builtin_mul_overflow(number, (uint64_t)10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(text.data[at] - '0'), &number))
			return false;
	if (digits == 0 || (at < text.size && strchr("+-.eE", text.data[at])))
		return false;
	*out = number;
	return true;
}

void json_tree_release(struct json_tree *tree)
{
	cJSON_Delete(tree->root);
	free(tree->numbers);
	*tree = (struct json_tree){0};
}
