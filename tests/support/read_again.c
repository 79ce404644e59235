/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program, which reads each of its JSON reports again (tests/scenario/run --read-again): the
 * linker has every call of report_fill() come here. What is printed from the report that was read
 * must be, byte for byte, what is printed from that of the run, in every format and style, and as
 * records for the system's log. Else the program says where they part, and ends with 99.
 *
 * What JSON has no keys for (report/model.h) is taken away from the run's report before. Where the
 * text would be another with it, the file `again` beside the program says so, which has a line a
 * report: "same", or "without" and what it lacks.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "report/events.h"
#include "report/fill.h"
#include "report/read.h"
#include "report/report.h"

enum { EXIT_DIFFERS = 99, SHOWN = 300 };

void __real_report_fill(const struct outcome *outcome, struct report *out);
void __wrap_report_fill(const struct outcome *outcome, struct report *out);

/* --- what JSON has no keys for --- */

static void without_notes(struct report *report)
{
	for (size_t i = 0; i < report->items.count; i++)
		report->items.list[i].note = report->items.list[i].warning = NULL;
}

static void without_system(struct report *report)
{
	for (size_t i = 0; i < report->items.count; i++)
		report->items.list[i].system = false;
}

static void without_content(struct report *report)
{
	for (size_t i = 0; i < report->items.count; i++)
		report->items.list[i].content = (struct span){0};
}

static void without_next(struct report *report)
{
	for (size_t i = 0; i < report->items.count; i++) {
		struct report_item *item = &report->items.list[i];

		if (report_is_done(item))
			item->next = cause_row(item->cause)->next;
	}
}

static void without_order(struct report *report)
{
	for (size_t i = 0; i < report->applied.count; i++)
		report->applied.list[i].place = i;
	for (size_t i = 0; i < report->filtered.count; i++)
		report->filtered.list[i].place = report->applied.count + i;
}

static void without_undecided(struct report *report)
{
	for (size_t i = 0; i < report->filtered.count; i++)
		report->filtered.list[i].undecided = false;
}

static void without_aside(struct report *report)
{
	report->set_aside = false;
}

static void without_clock(struct report *report)
{
	report->clock = NULL;
}

static const struct lack {
	const char *name;
	void (*take)(struct report *report);
} lacks[] = {
    {"notes of items", without_notes},
    {"what the system ships", without_system},
    {"certificates", without_content},
    {"the next step of what is done", without_next},
    {"the order of policies", without_order},
    {"undecided policies", without_undecided},
    {"set aside", without_aside},
    {"the clock", without_clock},
};

/* Its lists of its own, for the functions above. */
static struct report copy_of(const struct report *report, struct arena *arena)
{
	struct report copy = *report;

	copy.items.list = arena_copy(
	    arena, report->items.list, (report->items.count + 1) * sizeof(*report->items.list));
	copy.applied.list = arena_copy(arena, report->applied.list,
	    (report->applied.count + 1) * sizeof(*report->applied.list));
	copy.filtered.list = arena_copy(arena, report->filtered.list,
	    (report->filtered.count + 1) * sizeof(*report->filtered.list));
	return copy;
}

/* --- the comparison --- */

static void differ(const char *what, const struct bytes *run, const struct bytes *again)
{
	size_t at = 0, from;

	while (at < run->size && at < again->size && run->data[at] == again->data[at])
		at++;
	from = at > SHOWN / 2 ? at - SHOWN / 2 : 0;
	fprintf(stderr,
	    "read again: %s differs at byte %zu\n--- of the run\n%.*s\n--- read again\n%.*s\n",
	    what, at, SHOWN, run->size > from ? (const char *)run->data + from : "", SHOWN,
	    again->size > from ? (const char *)again->data + from : "");
	_exit(EXIT_DIFFERS);
}

static void compare(const char *what, const struct bytes *run, const struct bytes *again)
{
	if (run->size != again->size || memcmp(run->data, again->data, run->size) != 0)
		differ(what, run, again);
}

/* Text and CSV tell which byte was no UTF-8, and JSON has U+FFFD there. */
static bool is_lossy(const struct bytes *json)
{
	return span_find(bytes_span(json), span_text("\xef\xbf\xbd")) != NULL;
}

static void compare_kind(const struct report_kind *kind, const struct report_style *style,
    const struct report *run, const struct report *again)
{
	AUTO(bytes) one = {0};
	AUTO(bytes) two = {0};

	kind->write(run, style, &one);
	kind->write(again, style, &two);
	compare(kind->name, &one, &two);
}

static void compare_formats(const struct report *run, const struct report *again, bool lossy)
{
	static const struct report_style styles[] = {
	    {0}, {.quiet = true}, {.color = true, .verbose = true}};

	for (size_t i = 0; i < report_kind_count; i++) {
		const struct report_kind *kind = &report_kinds[i];
		size_t count = kind->write == report_text ? COUNT(styles) : 1;

		if (!kind->write ||
		    (lossy && (kind->write == report_text || kind->write == report_csv)))
			continue;
		for (size_t k = 0; k < count; k++)
			compare_kind(kind, &styles[k], run, again);
	}
}

static void write_records(const struct report *report, struct bytes *out)
{
	AUTO(events) events = {0};

	events_make(report, &events);
	for (size_t i = 0; i < events.count; i++) {
		const struct log_record *record = &events.list[i];
		AUTO(text) line = {0};

		text_addf(&line, "%u %d %s\n", record->id, (int)record->level, record->message);
		for (size_t k = 0; k < record->field_count; k++)
			text_addf(
			    &line, "%s=%s\n", record->fields[k].name, record->fields[k].value);
		bytes_add(out, line.data, line.size);
	}
}

static void compare_records(const struct report *run, const struct report *again)
{
	AUTO(bytes) one = {0};
	AUTO(bytes) two = {0};

	write_records(run, &one);
	write_records(again, &two);
	compare("the records for the log", &one, &two);
}

/* --- what the text lacks --- */

static bool same_text(const struct bytes *whole, const struct report *other)
{
	static const struct report_style style;
	AUTO(bytes) text = {0};

	report_text(other, &style, &text);
	return span_equal(bytes_span(whole), bytes_span(&text));
}

static void add_lacks(const struct report *run, const struct report *again, struct text *out)
{
	static const struct report_style style;
	AUTO(bytes) whole = {0};

	report_text(run, &style, &whole);
	if (same_text(&whole, again)) {
		text_add(out, "same\n");
		return;
	}
	for (size_t i = 0; i < COUNT(lacks); i++) {
		AUTO(arena) arena = {0};
		struct report copy = copy_of(run, &arena);

		lacks[i].take(&copy);
		if (!same_text(&whole, &copy))
			text_addf(out, "%s%s", out->size ? ", " : "without ", lacks[i].name);
	}
	text_add(out, out->size ? "\n" : "without several together\n");
}

static void tell(const struct report *run, const struct report *again, bool lossy)
{
	char path[4096];
	ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - sizeof("again"));
	AUTO(text) line = {0};
	char *slash;
	int fd;

	if (lossy)
		text_add(&line, "without bytes that are no UTF-8\n");
	else
		add_lacks(run, again, &line);
	path[size > 0 ? size : 0] = 0;
	slash = strrchr(path, '/');
	if (!slash)
		return;
	memcpy(slash + 1, "again", sizeof("again"));
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, line.data, line.size) < 0)
		perror("read again");
	close(fd);
}

void __wrap_report_fill(const struct outcome *outcome, struct report *out)
{
	static const struct report_style style;
	AUTO(arena) arena = {0};
	AUTO(report) again = {0};
	AUTO(bytes) json = {0};
	struct report copy;
	struct err err = {0};

	__real_report_fill(outcome, out);
	report_json(out, &style, &json);
	if (!report_read(bytes_span(&json), &again, &err)) {
		fprintf(stderr, "read again: %s\n%s", err.text, (const char *)json.data);
		_exit(EXIT_DIFFERS);
	}
	copy = copy_of(out, &arena);
	for (size_t i = 0; i < COUNT(lacks); i++)
		lacks[i].take(&copy);
	compare_formats(&copy, &again, is_lossy(&json));
	if (!is_lossy(&json))
		compare_records(&copy, &again);
	tell(out, &again, is_lossy(&json));
}
