/* SPDX-License-Identifier: Apache-2.0 */
/* interface.md section 5: every key is always there, in the order of the tables in keys.c. */
#include <stdio.h>

#include "report/keys.h"
#include "report/report.h"

static void emit_map_of(struct emit *e, const struct report_key *rows, const void *base);

static void emit_list_of(struct emit *e, const struct report_key *row, const void *member)
{
	struct report_list list;

	/* each list of the model begins so, whatever its elements are */
	memcpy(&list, member, sizeof(list));
	emit_list(e);
	for (size_t i = 0; i < list.count; i++)
		emit_map_of(e, row->keys, (const char *)list.list + i * row->size);
	emit_end(e);
}

static void emit_texts(struct emit *e, const struct report_texts *texts)
{
	emit_list(e);
	for (size_t i = 0; i < texts->count; i++)
		emit_text(e, texts->list[i]);
	emit_end(e);
}

static void emit_lines(struct emit *e, const char *line)
{
	emit_list(e);
	while (*line) {
		size_t size = strcspn(line, "\n");

		if (size)
			emit_span(e, (struct span){(const uint8_t *)line, size});
		line += size + (line[size] == '\n');
	}
	emit_end(e);
}

static void emit_origin(struct emit *e, const struct report_item *item)
{
	char line[16];
	const char *parts[] = {item->file, ":", line};

	snprintf(line, sizeof(line), "%u", item->line);
	emit_joined(e, parts, !*item->file ? 0 : item->line ? 3 : 1);
}

static void emit_time_or(struct emit *e, int64_t time, const char *otherwise)
{
	if (time)
		emit_time(e, time);
	else
		emit_text(e, otherwise);
}

/* What is told of an item beside the member at the row's offset. */
static void emit_of_item(
    struct emit *e, const struct report_key *row, const struct report_item *item)
{
	if (row->type == REPORT_ID)
		emit_text(e, key_id(&item->key).text);
	else if (row->type == REPORT_KIND)
		emit_text(e, kind_name(item->key.kind));
	else if (row->type == REPORT_NEXT)
		emit_text(e, report_is_done(item) ? "" : item->next);
	else
		emit_origin(e, item);
}

static void emit_scalar(struct emit *e, const struct report_key *row, const void *member)
{
	switch (row->type) {
	case REPORT_FIXED:
		emit_text(e, row->fixed);
		break;
	case REPORT_WORD:
		emit_text(e, row->words[*(const unsigned *)member]);
		break;
	case REPORT_CAUSE:
		emit_text(e, cause_row(*(const enum cause *)member)->word);
		break;
	case REPORT_BOOL:
		emit_bool(e, *(const bool *)member);
		break;
	case REPORT_COUNT:
		emit_unsigned(e, *(const size_t *)member);
		break;
	case REPORT_NUMBER:
		emit_unsigned(e, *(const uint64_t *)member);
		break;
	case REPORT_TIME:
		emit_time(e, *(const int64_t *)member);
		break;
	case REPORT_TIME_OR_EMPTY:
		emit_time_or(e, *(const int64_t *)member, "");
		break;
	case REPORT_TIME_OR_NULL:
		emit_time_or(e, *(const int64_t *)member, NULL);
		break;
	default:
		emit_text(e, *(const char *const *)member);
	}
}

static void emit_map_of(struct emit *e, const struct report_key *rows, const void *base)
{
	emit_map(e);
	for (const struct report_key *row = rows; row->key; row++) {
		const void *member = (const char *)base + row->offset;

		emit_key(e, row->key);
		if (row->type == REPORT_MAP)
			emit_map_of(e, row->keys, member);
		else if (row->type == REPORT_LIST)
			emit_list_of(e, row, member);
		else if (row->type == REPORT_TEXTS)
			emit_texts(e, member);
		else if (row->type == REPORT_LINES)
			emit_lines(e, *(const char *const *)member);
		else if (row->type >= REPORT_ID && row->type <= REPORT_ORIGIN)
			emit_of_item(e, row, base);
		else
			emit_scalar(e, row, member);
	}
	emit_end(e);
}

void report_emit_host(struct emit *e, struct report_host host)
{
	emit_key(e, "host");
	emit_map_of(e, report_host_keys, &host);
}

static void write_report(const struct report *report, enum notation notation, struct bytes *out)
{
	struct emit emit = emit_into(out, notation);

	/* some 500 bytes a result: grow once instead of ten times */
	bytes_reserve(out, out->size + 4096 + report->items.count * 600);
	emit_map_of(&emit, report_keys, report);
}

void report_json(const struct report *report, const struct report_style *style, struct bytes *out)
{
	(void)style;
	write_report(report, NOTATION_JSON, out);
}

void report_jsonl(const struct report *report, const struct report_style *style, struct bytes *out)
{
	(void)style;
	write_report(report, NOTATION_LINE, out);
}

void report_yaml(const struct report *report, const struct report_style *style, struct bytes *out)
{
	(void)style;
	write_report(report, NOTATION_YAML, out);
}
