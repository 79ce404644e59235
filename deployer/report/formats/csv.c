/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 4180: a header, one line a result, CRLF. Each line ends with the run's verdict; a run without
 * results, or one that an error ended, has a line of its own with the id "run". A field that a
 * spreadsheet would take for a formula (it begins with = + - @, a tab or a carriage return) gets an
 * apostrophe in front, as OWASP advises; readers that want the bare value drop it.
 */
#include <stdio.h>

#include "base/clock.h"
#include "report/report.h"

static void add_field(struct bytes *out, const char *text, bool last)
{
	bool quote = strpbrk(text, "\",\r\n") != NULL;

	if (quote)
		bytes_add(out, "\"", 1);
	if (*text && strchr("=+-@\t\r", *text))
		bytes_add(out, "'", 1);
	while (*text) {
		size_t run = strcspn(text, "\"");

		bytes_add(out, text, run);
		text += run;
		if (*text) {
			bytes_add(out, "\"\"", 2);
			text++;
		}
	}
	if (quote)
		bytes_add(out, "\"", 1);
	bytes_add(out, last ? "\r\n" : ",", last ? 2 : 1);
}

static void add_foreign(struct bytes *out, const char *text, bool last)
{
	AUTO(bytes) safe = {0};

	report_add_safe(&safe, text ? text : "");
	add_field(out, safe.data ? (const char *)safe.data : "", last);
}

static void add_item(struct bytes *out, const struct report *report, const struct report_item *item,
    const char *time)
{
	AUTO(text) origin = {0};

	if (*item->file)
		text_addf(&origin, "%s:%u", item->file, item->line);
	add_foreign(out, report->host.name, false);
	add_field(out, time, false);
	add_field(out, report->mode, false);
	add_foreign(out, key_id(&item->key).text, false);
	add_field(out, kind_name(item->key.kind), false);
	add_foreign(out, item->label, false);
	add_field(out, result_words[item->result], false);
	add_field(out, action_words[item->action], false);
	add_foreign(out, item->want, false);
	add_foreign(out, item->have, false);
	add_field(out, cause_row(item->cause)->word, false);
	add_foreign(out, item->message, false);
	add_foreign(out, text_string(&origin), false);
	add_foreign(out, item->policy, false);
	add_field(out, item->waived ? "true" : "false", false);
	add_foreign(out, item->location, false);
	add_field(out, verdict_words[report->verdict], true);
}

/* The run itself: in the columns that the results have. */
static void add_run(struct bytes *out, const struct report *report, const char *time)
{
	AUTO(bytes) message = {0};

	report_verdict_rest(report, &message);
	bytes_add(&message, "", 1);
	add_foreign(out, report->host.name, false);
	add_field(out, time, false);
	add_field(out, report->mode, false);
	add_field(out, "run", false);
	add_field(out, "run", false);
	add_field(out, "", false);
	add_field(out, result_words[report->error ? RESULT_ERROR : RESULT_INFORMATIONAL], false);
	for (int i = 0; i < 4; i++)
		add_field(out, "", false);
	add_foreign(out, report->error ? report->error : (const char *)message.data, false);
	for (int i = 0; i < 2; i++)
		add_field(out, "", false);
	add_field(out, "false", false);
	add_field(out, "", false);
	add_field(out, verdict_words[report->verdict], true);
}

void report_csv(const struct report *report, const struct report_style *style, struct bytes *out)
{
	static const char header[] = "host,time,mode,id,kind,label,result,action,want,have,cause,"
	                             "message,origin,policy,waived,location,verdict\r\n";
	char time[CLOCK_TEXT];

	(void)style;
	clock_write(report->time, time);
	bytes_add(out, header, sizeof(header) - 1);
	if (report->error || report->items.count == 0)
		add_run(out, report, time);
	for (size_t i = 0; i < report->items.count; i++)
		add_item(out, report, &report->items.list[i], time);
}
