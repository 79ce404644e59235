/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For people: who was looked at by which policies, then what is not as wanted,
 * items of one cause together, then the verdict. A dry run reads as what apply
 * would do: + puts, ~ changes, - takes away.
 */
#include <stdio.h>

#include "base/clock.h"
#include "model/cert_detail.h"
#include "report/listing.h"
#include "report/report.h"

struct sheet {
	const struct report *report;
	const struct report_style *style;
	struct bytes *out;
};

static const char *const colors[RESULTS] = {
    [RESULT_PASS] = "32",
    [RESULT_FAIL] = "31",
    [RESULT_FIXED] = "32",
    [RESULT_ERROR] = "1;31",
    [RESULT_NOTAPPLICABLE] = "2",
    [RESULT_NOTCHECKED] = "33",
    [RESULT_INFORMATIONAL] = "36",
};

static void add(struct sheet *sheet, const char *text)
{
	bytes_add(sheet->out, text, strlen(text));
}

static void add_safe(struct sheet *sheet, const char *text)
{
	report_add_safe(sheet->out, text ? text : "");
}

static void addf(struct sheet *sheet, const char *fmt, ...) PRINTF(2);
static void addf(struct sheet *sheet, const char *fmt, ...)
{
	char text[160];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	add(sheet, text);
}

static void add_colored(struct sheet *sheet, const char *color, const char *text)
{
	if (sheet->style->color)
		addf(sheet, "\033[%sm", color);
	add(sheet, text);
	if (sheet->style->color)
		add(sheet, "\033[0m");
}

static void add_policy(struct sheet *sheet, const struct report_policy *policy, bool applies)
{
	add_safe(sheet, policy->name);
	add(sheet, " (");
	add_safe(sheet, policy->file);
	add(sheet, ")");
	if (!applies) {
		add(sheet, policy->undecided ? ": it is not known whether it applies: "
		                             : ": does not apply: ");
		add_safe(sheet, policy->reason);
	}
	add(sheet, "\n");
}

/* In the order in which they were given. */
static void add_policies(struct sheet *sheet)
{
	const struct report_policies *applied = &sheet->report->applied;
	const struct report_policies *filtered = &sheet->report->filtered;

	for (size_t a = 0, f = 0; a < applied->count || f < filtered->count;) {
		bool applies =
		    f == filtered->count ||
		    (a < applied->count && applied->list[a].place < filtered->list[f].place);

		add(sheet, a + f == 0 ? "policies  " : "          ");
		add_policy(sheet, applies ? &applied->list[a++] : &filtered->list[f++], applies);
	}
}

static void add_bundles(struct sheet *sheet)
{
	for (size_t i = 0; i < sheet->report->bundles.count; i++) {
		const struct report_bundle *bundle = &sheet->report->bundles.list[i];
		char time[CLOCK_TEXT];

		clock_write(bundle->expires, time);
		add(sheet, i ? "          " : "bundles   ");
		add_safe(sheet, bundle->id);
		if (bundle->result == RESULT_PASS) {
			addf(sheet, " version %llu, signed by %zu key%s, expires %.10s",
			    (unsigned long long)bundle->version, bundle->signers.count,
			    bundle->signers.count == 1 ? "" : "s", time);
		} else {
			add(sheet, ": ");
			add_colored(sheet, colors[RESULT_FAIL], bundle->fault);
			add(sheet, ": ");
			add_safe(sheet, bundle->reason);
		}
		add(sheet, "\n");
	}
}

static const char *mark(const struct report_item *item)
{
	static const char *const marks[] = {
	    [ACTION_KEEP] = " ", [ACTION_ADD] = "+", [ACTION_REPLACE] = "~", [ACTION_REMOVE] = "-"};
	bool stuck = report_is_wrong(item) && item->action == ACTION_KEEP;

	return item->result == RESULT_ERROR || stuck ? "!" : marks[item->action];
}

static bool same_reason(const struct report_item *a, const struct report_item *b)
{
	return a && a->result == b->result && a->cause == b->cause &&
	       strcmp(a->message, b->message) == 0 && strcmp(a->next, b->next) == 0;
}

/* "fail, missing: it is not there" and what to do, once for all items that have the same. */
static void add_reason(struct sheet *sheet, const struct report_item *item)
{
	const char *word = cause_row(item->cause)->word;

	add(sheet, "\n");
	add_colored(sheet, colors[item->result], result_words[item->result]);
	if (*word) {
		add(sheet, ", ");
		add(sheet, word);
	}
	if (*item->message && report_says(item)) {
		add(sheet, ": ");
		add_safe(sheet, item->message);
	}
	add(sheet, "\n");
	if (!report_is_done(item) && *item->next) {
		add(sheet, "  next: ");
		add_safe(sheet, item->next);
		add(sheet, "\n");
	}
}

/* The state of certificates, bundles and the keyring is only whether they are there. */
static bool has_values(const struct report_item *item)
{
	enum comparison comparison = kind_row(&item->key)->comparison;

	return comparison != COMPARE_PRESENCE && comparison != COMPARE_NOTHING;
}

/* The two values, where the item has values. */
static void add_values(struct sheet *sheet, const struct report_item *item)
{
	if (!has_values(item) || item->result == RESULT_NOTAPPLICABLE ||
	    strcmp(item->have, item->want) == 0)
		return;
	bool done = item->result == RESULT_FIXED;

	add(sheet, done ? "      was  " : "      have ");
	add_safe(sheet, item->have);
	add(sheet, done ? "\n      now  " : "\n      want ");
	add_safe(sheet, *item->want ? item->want : "(nothing said)");
	add(sheet, "\n");
}

/* What distinguishes two certificates with the same name. */
static void add_details(struct sheet *sheet, const struct report_item *item)
{
	AUTO(text) text = {0};
	struct err ignored = {0};
	struct cert cert;
	char time[CLOCK_TEXT];

	if (item->content.size == 0 || !cert_parse(item->content, &cert, &ignored))
		return;
	clock_write(cert.not_after, time);
	text_add(&text, " (");
	cert_key_text(&cert, &text);
	text_addf(&text, ", expires %.10s)", time);
	add_safe(sheet, text_string(&text));
}

static void add_item(struct sheet *sheet, const struct listed *listed)
{
	const struct report_item *item = listed->item;

	add(sheet, "  ");
	add_colored(sheet, colors[item->result], mark(item));
	add(sheet, " ");
	add_safe(sheet, key_id(&item->key).text);
	if (*item->label && strcmp(item->label, kind_name(item->key.kind)) != 0) {
		add(sheet, "  ");
		add_safe(sheet, item->label);
		if (listed->same_label)
			add_details(sheet, item);
	}
	if (*item->file) {
		add(sheet, "  [");
		add_safe(sheet, item->file);
		addf(sheet, ":%u]", item->line);
	} else if (*item->location) {
		add(sheet, "  [");
		add_safe(sheet, item->location);
		add(sheet, "]");
	}
	add(sheet, "\n");
	add_values(sheet, item);
}

/* What somebody has to act on, of a proxy that is as wanted. */
static const char *note_of(const struct listing *listing, size_t at)
{
	const struct report_item *item = listing->list[at].item;

	if (at >= listing->count)
		return item->warning ? item->warning : "";
	return item->note && strcmp(item->note, item->message) != 0 ? item->note : "";
}

/* The sentences of a note are joined by "; ". Takes the next one; false at the end. */
static bool next_sentence(const char **note, struct span *out)
{
	const char *end = strstr(*note, "; ");

	if (!**note)
		return false;
	*out = (struct span){(const uint8_t *)*note, end ? (size_t)(end - *note) : strlen(*note)};
	*note += out->size + (end ? 2 : 0);
	return true;
}

static bool has_sentence(const struct listing *listing, size_t at, struct span wanted)
{
	const char *note = note_of(listing, at);
	struct span sentence;

	while (next_sentence(&note, &sentence))
		if (span_equal(sentence, wanted))
			return true;
	return false;
}

static void add_sentence(struct sheet *sheet, const struct listing *listing, size_t from,
    struct span sentence, bool first)
{
	AUTO(arena) arena = {0};

	add(sheet, first ? "\nnote      " : "note      ");
	for (size_t i = from, shown = 0; i < listing->count + listing->partly; i++) {
		if (!has_sentence(listing, i, sentence))
			continue;
		add(sheet, shown++ ? ", " : "");
		add_safe(sheet, key_id(&listing->list[i].item->key).text);
	}
	add(sheet, ": ");
	add_safe(sheet, arena_strndup(&arena, (const char *)sentence.data, sentence.size));
	add(sheet, "\n");
}

/* A sentence that several items have is said once, below them all, with their names. */
static void add_item_notes(struct sheet *sheet, const struct listing *listing)
{
	bool first = true;

	for (size_t i = 0; i < listing->count + listing->partly; i++) {
		const char *note = note_of(listing, i);
		struct span sentence;

		while (next_sentence(&note, &sentence)) {
			bool said = false;

			for (size_t k = 0; k < i && !said; k++)
				said = has_sentence(listing, k, sentence);
			if (!said)
				add_sentence(sheet, listing, i, sentence, first);
			first = first && said;
		}
	}
}

static void add_items(struct sheet *sheet)
{
	AUTO(listing) listing = {0};
	const struct report_item *last = NULL;

	listing_make(sheet->report, sheet->style->verbose, &listing);
	for (size_t i = 0; i < listing.count; i++) {
		const struct report_item *item = listing.list[i].item;

		if (!same_reason(last, item))
			add_reason(sheet, item);
		add_item(sheet, &listing.list[i]);
		last = item;
	}
	if (listing.shipped)
		addf(sheet, "\n%zu more that the system ships and no policy names; -v lists them\n",
		    listing.shipped);
	add_item_notes(sheet, &listing);
	if (listing.partly)
		addf(sheet,
		    "\nnote      %zu prox%s set as far as %s programs can hold the policy's; -v "
		    "says "
		    "what they leave out\n",
		    listing.partly, listing.partly == 1 ? "y is" : "ies are",
		    listing.partly == 1 ? "its" : "their");
}

void report_add_notes(struct bytes *out, const char *line)
{
	if (*line)
		bytes_add(out, "\n", 1);
	while (*line) {
		size_t size = strcspn(line, "\n");
		AUTO(text) one = {0};

		text_add(&one, "note: ");
		text_add_span(&one, (struct span){(const uint8_t *)line, size});
		report_add_safe(out, text_string(&one));
		bytes_add(out, "\n", 1);
		line += size + (line[size] == '\n');
	}
}

static void add_summary(struct sheet *sheet)
{
	bool any = false;

	add(sheet, "\n");
	for (unsigned i = 0; i < RESULTS; i++) {
		size_t count = sheet->report->summary[i];

		if (count == 0)
			continue;
		addf(sheet, "%s%zu ", any ? ", " : "", count);
		add_colored(sheet, colors[i], result_words[i]);
		any = true;
	}
	add(sheet, any ? "\n" : "no items\n");
}

static void add_verdict(struct sheet *sheet)
{
	const struct report *report = sheet->report;
	bool good = report->verdict == VERDICT_COMPLIANT;

	add_colored(sheet, good ? "1;32" : "1;31", report_verdict(report));
	report_verdict_rest(report, sheet->out);
	add(sheet, "\n");
}

void report_text(const struct report *report, const struct report_style *style, struct bytes *out)
{
	struct sheet sheet = {report, style, out};

	if (!style->quiet) {
		report_add_host(out, report->host);
		add_policies(&sheet);
		add_bundles(&sheet);
		add_items(&sheet);
		report_add_notes(out, report->notes);
		add_summary(&sheet);
	}
	add_verdict(&sheet);
	if (style->quiet)
		report_causes(report, out);
}
