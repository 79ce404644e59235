/* SPDX-License-Identifier: Apache-2.0 */
#include "report/events.h"

#include "report/report.h"

const char *const event_fields[EVENT_FIELDS] = {
    "TRUST_DEPLOYER_EVENT_ID",
    "TRUST_DEPLOYER_CAUSE",
    "TRUST_DEPLOYER_MODE",
    "TRUST_DEPLOYER_TRANSACTION",
    "TRUST_DEPLOYER_PASS",
    "TRUST_DEPLOYER_FAIL",
    "TRUST_DEPLOYER_FIXED",
    "TRUST_DEPLOYER_ERROR",
    "TRUST_DEPLOYER_ITEMS",
};
_Static_assert(COUNT(event_fields) <= LOG_FIELDS, "a record has room for every field");

/* The items with one cause. */
struct group {
	const struct report_item *first;
	size_t count;
	size_t results[RESULTS];
	struct bytes items;
};

static void add(struct bytes *out, const char *text)
{
	bytes_add(out, text, strlen(text));
}

static const char *number(struct arena *arena, size_t value)
{
	return arena_printf(arena, "%zu", value);
}

/* Appends a record; the message is taken as it is then. */
static void add_record(struct events *out, unsigned id, enum log_level level,
    const struct bytes *message, const char *const values[EVENT_FIELDS])
{
	struct log_record *record = &out->list[out->count++];

	*record = (struct log_record){.id = id,
	    .level = level,
	    .message = arena_strdup(&out->arena, (const char *)message->data),
	    .field_count = EVENT_FIELDS};
	for (size_t i = 0; i < EVENT_FIELDS; i++)
		record->fields[i] = (struct log_field){event_fields[i], values[i]};
}

static bool ended_with(const struct report *report, enum err_code code)
{
	return report->exit_status == (uint64_t)err_exit_status(code);
}

static enum event judge(const struct report *report)
{
	/* each of these statuses has one meaning, whether the run came to its end or not */
	if (ended_with(report, ERR_PUBLISH))
		return EVENT_NOT_PUBLISHED;
	if (ended_with(report, ERR_TRUST))
		return EVENT_REFUSED;
	if (ended_with(report, ERR_LOCKED))
		return EVENT_LOCKED;
	if (report->error)
		return EVENT_FAILED;
	if (report->set_aside)
		return EVENT_SET_ASIDE;
	if (strcmp(report->mode, RUN_ROLLBACK) == 0)
		return report->compliant ? EVENT_ROLLED_BACK : EVENT_ROLLED_BACK_IN_PART;
	if (report->verdict == VERDICT_NOTHING_APPLIES)
		return EVENT_NOTHING_APPLIES;
	if (!report->compliant)
		return EVENT_DRIFT;
	return report->changed ? EVENT_CHANGED : EVENT_UNCHANGED;
}

/* ": example.corp.roots: version 11 is below the floor 12" */
static void add_refusals(struct bytes *message, const struct report_bundles *bundles)
{
	for (size_t i = 0; i < bundles->count; i++) {
		if (bundles->list[i].result == RESULT_PASS)
			continue;
		add(message, ": ");
		report_add_safe(message, bundles->list[i].id);
		add(message, ": ");
		report_add_safe(message, bundles->list[i].reason);
	}
}

/* ": 3 fixed, 1 fail" */
static void add_counts(struct bytes *message, struct arena *arena, const size_t counts[RESULTS])
{
	const char *before = ": ";

	for (unsigned i = 0; i < RESULTS; i++) {
		if (counts[i] == 0)
			continue;
		add(message, arena_printf(arena, "%s%zu %s", before, counts[i], result_words[i]));
		before = ", ";
	}
}

static void add_summary(struct events *out, const struct report *report)
{
	const size_t *counts = report->summary;
	const struct event_row *row = event_row(judge(report));
	AUTO(bytes) message = {0};

	add(&message, arena_printf(&out->arena, "%s: %s", report->mode, row->meaning));
	if (report->error) {
		add(&message, ": ");
		report_add_safe(&message, report->error);
	} else {
		add_refusals(&message, &report->bundles);
		add_counts(&message, &out->arena, counts);
	}
	if (report->clock) {
		add(&message, "; ");
		report_add_safe(&message, report->clock);
	}
	if (*report->transaction)
		add(&message, arena_printf(&out->arena, "; transaction %s", report->transaction));
	add_record(out, row->id, row->level, &message,
	    (const char *const[EVENT_FIELDS]){number(&out->arena, row->id), "", report->mode,
	        arena_strdup(&out->arena, report->transaction),
	        number(&out->arena, counts[RESULT_PASS]), number(&out->arena, counts[RESULT_FAIL]),
	        number(&out->arena, counts[RESULT_FIXED]),
	        number(&out->arena, counts[RESULT_ERROR]), ""});
}

static void add_item(struct group *group, const struct report_item *item)
{
	/* the first failure stands for the items; else the first warning */
	if (!group->first ||
	    (group->first->result == RESULT_INFORMATIONAL && item->result != RESULT_INFORMATIONAL))
		group->first = item;
	group->results[item->result]++;
	if (group->count++ >= EVENT_ITEMS)
		return;
	if (group->items.size > 0)
		add(&group->items, "\n");
	report_add_safe(&group->items, key_id(&item->key).text);
}

static enum log_level worst_level(const struct group *group)
{
	if (group->results[RESULT_ERROR])
		return LOG_LEVEL_ERROR;
	return group->results[RESULT_FAIL] || group->results[RESULT_INFORMATIONAL] ||
	               group->results[RESULT_PASS]
	           ? LOG_LEVEL_WARNING
	           : LOG_LEVEL_INFORMATION;
}

/* "apply: missing: certificate/root/96bc…: The policy wants it and it is not there. (and 2 more)"
 */
static void write_message(struct bytes *message, const char *mode, enum cause cause,
    const struct group *group, struct arena *arena)
{
	const struct report_item *first = group->first;
	const char *word = cause_row(cause)->word;

	add(message,
	    arena_printf(arena, "%s: %s: ", mode, *word ? word : result_words[first->result]));
	report_add_safe(message, key_id(&first->key).text);
	if (report_says(first)) {
		add(message, ": ");
		report_add_safe(message, first->message);
	}
	if (group->count > 1)
		add(message, arena_printf(arena, " (and %zu more)", group->count - 1));
}

static void add_group(
    struct events *out, const struct report *report, enum cause cause, const struct group *group)
{
	unsigned id = event_of_cause(cause);
	const size_t *counts = group->results;
	AUTO(bytes) message = {0};

	write_message(&message, report->mode, cause, group, &out->arena);
	add_record(out, id, worst_level(group), &message,
	    (const char *const[EVENT_FIELDS]){number(&out->arena, id), cause_row(cause)->word,
	        report->mode, arena_strdup(&out->arena, report->transaction),
	        number(&out->arena, counts[RESULT_PASS]), number(&out->arena, counts[RESULT_FAIL]),
	        number(&out->arena, counts[RESULT_FIXED]),
	        number(&out->arena, counts[RESULT_ERROR]),
	        arena_strdup(&out->arena, (const char *)group->items.data)});
}

static bool is_told(const struct report_item *item)
{
	return report_is_wrong(item) || item->result == RESULT_FIXED || report_warns(item);
}

static void add_causes(struct events *out, const struct report *report)
{
	struct group groups[CAUSES] = {0};

	for (size_t i = 0; i < report->items.count; i++)
		if (is_told(&report->items.list[i]))
			add_item(&groups[report->items.list[i].cause], &report->items.list[i]);
	for (unsigned i = 0; i < CAUSES; i++) {
		if (groups[i].count > 0)
			add_group(out, report, (enum cause)i, &groups[i]);
		bytes_release(&groups[i].items);
	}
}

void events_make(const struct report *report, struct events *out)
{
	*out = (struct events){0};
	out->list = arena_alloc(&out->arena, (1 + CAUSES) * sizeof(*out->list));
	add_summary(out, report);
	add_causes(out, report);
}

void events_release(struct events *events)
{
	arena_release(&events->arena);
	*events = (struct events){0};
}
