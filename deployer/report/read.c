/* SPDX-License-Identifier: Apache-2.0 */
#include "report/read.h"

#include "base/clock.h"
#include "base/text.h"
#include "report/json_tree.h"
#include "report/keys.h"

enum { EXIT_STATUS_MAX = 255 };

struct reading {
	struct json_tree tree;
	struct arena *arena;
};

static bool is_wrong_type(const char *wanted, struct err *err)
{
	return err_set(err, ERR_FORMAT, "it is no %s", wanted);
}

static bool is_foreign_word(const char *word, const char *what, struct err *err)
{
	return err_set(err, ERR_FORMAT,
	    "this version knows no %s '%s': a newer one wrote the report, or somebody else", what,
	    text_escape_string(word).text);
}

static bool read_text(
    const struct reading *reading, const cJSON *node, const char **out, struct err *err)
{
	if (!cJSON_IsString(node))
		return is_wrong_type("text", err);
	*out = arena_strdup(reading->arena, node->valuestring);
	return true;
}

static bool read_fixed(const cJSON *node, const char *fixed, struct err *err)
{
	if (!cJSON_IsString(node))
		return is_wrong_type("text", err);
	if (strcmp(node->valuestring, fixed) != 0)
		return err_set(err, ERR_FORMAT, "'%s' is not '%s'",
		    text_escape_string(node->valuestring).text, fixed);
	return true;
}

static bool read_texts(
    const struct reading *reading, const cJSON *node, struct report_texts *out, struct err *err)
{
	if (!cJSON_IsArray(node))
		return is_wrong_type("list", err);
	out->list = arena_alloc(
	    reading->arena, ((size_t)cJSON_GetArraySize(node) + 1) * sizeof(*out->list));
	for (const cJSON *text = node->child; text; text = text->next)
		if (!read_text(reading, text, &out->list[out->count++], err))
			return false;
	return true;
}

static bool read_lines(
    const struct reading *reading, const cJSON *node, const char **out, struct err *err)
{
	struct report_texts lines = {0};
	AUTO(text) all = {0};

	if (!read_texts(reading, node, &lines, err))
		return false;
	for (size_t i = 0; i < lines.count; i++) {
		text_add(&all, lines.list[i]);
		text_add(&all, "\n");
	}
	*out = arena_strdup(reading->arena, text_string(&all));
	return true;
}

static bool read_word(const cJSON *node, const char *const *words, unsigned *out, struct err *err)
{
	int found;

	if (!cJSON_IsString(node))
		return is_wrong_type("text", err);
	found = words_find(words, node->valuestring);
	if (found < 0)
		return is_foreign_word(node->valuestring, "word", err);
	*out = (unsigned)found;
	return true;
}

static bool read_cause(const cJSON *node, enum cause *out, struct err *err)
{
	int found;

	if (!cJSON_IsString(node))
		return is_wrong_type("text", err);
	found = cause_find(node->valuestring);
	if (found < 0)
		return is_foreign_word(node->valuestring, "cause", err);
	*out = (enum cause)found;
	return true;
}

static bool read_bool(const cJSON *node, bool *out, struct err *err)
{
	if (!cJSON_IsBool(node))
		return is_wrong_type("true or false", err);
	*out = cJSON_IsTrue(node);
	return true;
}

static bool read_number(
    const struct reading *reading, const cJSON *node, uint64_t *out, struct err *err)
{
	if (!json_tree_number(&reading->tree, node, out))
		return is_wrong_type("whole number of 64 bits", err);
	return true;
}

static bool read_time(const cJSON *node, int64_t *out, struct err *err)
{
	char again[CLOCK_TEXT];

	if (!cJSON_IsString(node) || !clock_parse(node->valuestring, out))
		return is_wrong_type("time", err);
	clock_write(*out, again);
	if (strcmp(again, node->valuestring) != 0)
		return is_wrong_type("time as 2026-11-23T10:00:00Z", err);
	return true;
}

static bool read_id(
    const struct reading *reading, const cJSON *node, struct key *out, struct err *err)
{
	const char *id = NULL;

	if (!read_text(reading, node, &id, err))
		return false;
	if (!key_parse(id, out) || strcmp(key_id(out).text, id) != 0)
		return is_foreign_word(id, "item", err);
	return true;
}

/* "FILE:LINE", or a file alone. */
static void split_origin(const struct reading *reading, const char *origin, struct report_item *out)
{
	const char *colon = strrchr(origin, ':');
	uint64_t line = 0;

	out->file = origin;
	if (!colon || colon == origin || colon[1] < '1' || colon[1] > '9')
		return;
	for (const char *digit = colon + 1; *digit; digit++) {
		if (*digit < '0' || *digit > '9' || line > UINT32_MAX / 10 - 1)
			return;
		line = line * 10 + (uint64_t)(*digit - '0');
	}
	out->file = arena_strndup(reading->arena, origin, (size_t)(colon - origin));
	out->line = (unsigned)line;
}

/* What is told of an item beside the member at the row's offset; what it goes by stands in rows
 * before. */
static bool read_of_item(const struct reading *reading, const struct report_key *row,
    const cJSON *node, struct report_item *out, struct err *err)
{
	const char *text = NULL;

	if (row->type == REPORT_ID)
		return read_id(reading, node, &out->key, err);
	if (row->type == REPORT_KIND)
		return read_fixed(node, kind_name(out->key.kind), err);
	if (!read_text(reading, node, &text, err))
		return false;
	if (row->type == REPORT_ORIGIN)
		split_origin(reading, text, out);
	else
		out->next = report_is_done(out) ? cause_row(out->cause)->next : text;
	return true;
}

static bool read_scalar(const struct reading *reading, const struct report_key *row,
    const cJSON *node, void *member, struct err *err)
{
	uint64_t number;

	switch (row->type) {
	case REPORT_FIXED:
		return read_fixed(node, row->fixed, err);
	case REPORT_TEXT_OR_NULL:
		return cJSON_IsNull(node) || read_text(reading, node, member, err);
	case REPORT_LINES:
		return read_lines(reading, node, member, err);
	case REPORT_TEXTS:
		return read_texts(reading, node, member, err);
	case REPORT_WORD:
		return read_word(node, row->words, member, err);
	case REPORT_CAUSE:
		return read_cause(node, member, err);
	case REPORT_BOOL:
		return read_bool(node, member, err);
	case REPORT_NUMBER:
		return read_number(reading, node, member, err);
	case REPORT_COUNT:
		if (!read_number(reading, node, &number, err))
			return false;
		*(size_t *)member = (size_t)number;
		return true;
	case REPORT_TIME:
		return read_time(node, member, err);
	case REPORT_TIME_OR_EMPTY:
		return (cJSON_IsString(node) && !*node->valuestring) ||
		       read_time(node, member, err);
	case REPORT_TIME_OR_NULL:
		return cJSON_IsNull(node) || read_time(node, member, err);
	default:
		return read_text(reading, node, member, err);
	}
}

static bool read_map(const struct reading *reading, const cJSON *node,
    const struct report_key *rows, void *base, struct err *err);

static bool read_list(const struct reading *reading, const struct report_key *row,
    const cJSON *node, void *member, struct err *err)
{
	struct report_list list = {0};

	if (!cJSON_IsArray(node))
		return is_wrong_type("list", err);
	list.list = arena_alloc(reading->arena, ((size_t)cJSON_GetArraySize(node) + 1) * row->size);
	for (const cJSON *element = node->child; element; element = element->next) {
		void *base = (char *)list.list + list.count * row->size;

		if (!read_map(reading, element, row->keys, base, err))
			return err_wrap(err, "element %zu", list.count);
		list.count++;
	}
	memcpy(member, &list, sizeof(list));
	return true;
}

static bool read_value(const struct reading *reading, const struct report_key *row,
    const cJSON *node, void *base, struct err *err)
{
	void *member = (char *)base + row->offset;

	if (row->type == REPORT_MAP)
		return read_map(reading, node, row->keys, member, err);
	if (row->type == REPORT_LIST)
		return read_list(reading, row, node, member, err);
	if (row->type >= REPORT_ID && row->type <= REPORT_ORIGIN)
		return read_of_item(reading, row, node, base, err);
	return read_scalar(reading, row, node, member, err);
}

static bool read_map(const struct reading *reading, const cJSON *node,
    const struct report_key *rows, void *base, struct err *err)
{
	if (!cJSON_IsObject(node))
		return is_wrong_type("map", err);
	for (const struct report_key *row = rows; row->key; row++) {
		const cJSON *value = cJSON_GetObjectItemCaseSensitive(node, row->key);

		if (!value)
			return err_set(err, ERR_FORMAT, "the key '%s' is missing", row->key);
		if (!read_value(reading, row, value, base, err))
			return err_wrap(err, "%s", row->key);
	}
	return true;
}

/* What the text says of a bundle in a word stands in the item about it. */
static const char *fault_of(const struct report *report, const struct report_bundle *bundle)
{
	struct key key = key_bundle(bundle->id);

	if (bundle->result == RESULT_PASS)
		return "";
	for (size_t i = 0; i < report->items.count; i++) {
		const struct report_item *item = &report->items.list[i];

		if (!key_equal(&item->key, &key))
			continue;
		if (item->cause == CAUSE_REFUSED || item->cause == CAUSE_CLOCK)
			return "refused";
		if (item->cause == CAUSE_UNREACHABLE)
			return "cannot be reached";
	}
	return "missing";
}

static void complete(struct report *report)
{
	for (size_t i = 0; i < report->filtered.count; i++) {
		report->filtered.list[i].link = report->filtered.list[i].sha256 = "";
		report->filtered.list[i].place = report->applied.count + i;
	}
	for (size_t i = 0; i < report->applied.count; i++) {
		report->applied.list[i].reason = "";
		report->applied.list[i].place = i;
	}
	for (size_t i = 0; i < report->bundles.count; i++)
		report->bundles.list[i].fault = fault_of(report, &report->bundles.list[i]);
	report->changed = report->summary[RESULT_FIXED] > 0;
}

/* Nobody may count on a report that contradicts itself. */
static bool check_sums(const struct report *report, struct err *err)
{
	size_t counts[RESULTS] = {0};

	for (size_t i = 0; i < report->items.count; i++)
		counts[report->items.list[i].result]++;
	for (unsigned i = 0; i < RESULTS; i++)
		if (counts[i] != report->summary[i])
			return err_set(err, ERR_FORMAT,
			    "its summary counts %zu as '%s', and its results are %zu",
			    report->summary[i], result_words[i], counts[i]);
	if (report->compliant != (report->verdict == VERDICT_COMPLIANT))
		return err_set(err, ERR_FORMAT, "its verdict is '%s', and 'compliant' is %s",
		    verdict_words[report->verdict], report->compliant ? "true" : "false");
	if (report->bundles.count > REPORT_MAX_BUNDLES)
		return err_set(err, ERR_FORMAT, "it has more than %d bundles", REPORT_MAX_BUNDLES);
	if (report->exit_status > EXIT_STATUS_MAX)
		return err_set(
		    err, ERR_FORMAT, "its exit status is larger than %d", EXIT_STATUS_MAX);
	return true;
}

bool report_read(struct span json, struct report *out, struct err *err)
{
	static const struct json_limits limits = {
	    REPORT_MAX_BYTES, REPORT_MAX_VALUES, REPORT_MAX_DEPTH, REPORT_MAX_KEYS};
	AUTO(report) report = {0};
	struct reading reading = {.arena = &report.arena};
	bool ok = json_tree_parse(json, &limits, &reading.tree, err) &&
	          read_map(&reading, reading.tree.root, report_keys, &report, err);

	json_tree_release(&reading.tree);
	if (!ok)
		return false;
	if (!check_sums(&report, err))
		return false;
	complete(&report);
	*out = TAKE(report);
	return true;
}
