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
	const struct step *first;
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

static enum event judge(const struct outcome *outcome, const struct err *err)
{
	if (err->code == ERR_PUBLISH)
		return EVENT_NOT_PUBLISHED;
	if (err->code == ERR_TRUST)
		return EVENT_REFUSED;
	if (err->code == ERR_LOCKED)
		return EVENT_LOCKED;
	if (err->code != ERR_NONE || !outcome)
		return EVENT_FAILED;
	if (outcome->refused)
		return EVENT_REFUSED;
	if (outcome->set_aside)
		return EVENT_SET_ASIDE;
	if (strcmp(outcome->mode, "rollback") == 0)
		return outcome->compliant ? EVENT_ROLLED_BACK : EVENT_ROLLED_BACK_IN_PART;
	if (outcome->nothing_applies)
		return EVENT_NOTHING_APPLIES;
	if (!outcome->compliant)
		return EVENT_DRIFT;
	return outcome->changed ? EVENT_CHANGED : EVENT_UNCHANGED;
}

/* ": example.corp.roots: version 11 is below the floor 12" */
static void add_refusals(struct bytes *message, const struct outcome *outcome)
{
	for (size_t i = 0; i < outcome->bundle_count; i++) {
		if (outcome->bundles[i].pass)
			continue;
		add(message, ": ");
		report_add_safe(message, outcome->bundles[i].id);
		add(message, ": ");
		report_add_safe(message, outcome->bundles[i].reason);
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

static void add_summary(
    struct events *out, const char *mode, const struct outcome *outcome, const struct err *err)
{
	static const size_t none[RESULTS];
	const size_t *counts = outcome ? outcome->summary : none;
	const struct event_row *row = event_row(judge(outcome, err));
	const char *transaction = outcome ? outcome->transaction : "";
	AUTO(bytes) message = {0};

	add(&message, arena_printf(&out->arena, "%s: %s", mode, row->meaning));
	if (err->code != ERR_NONE) {
		add(&message, ": ");
		report_add_safe(&message, err->text);
	} else if (outcome) {
		add_refusals(&message, outcome);
		add_counts(&message, &out->arena, counts);
	}
	if (outcome && outcome->clock) {
		add(&message, "; ");
		report_add_safe(&message, outcome->clock);
	}
	if (transaction && *transaction)
		add(&message, arena_printf(&out->arena, "; transaction %s", transaction));
	add_record(out, row->id, row->level, &message,
	    (const char *const[EVENT_FIELDS]){number(&out->arena, row->id), "", mode,
	        transaction ? arena_strdup(&out->arena, transaction) : "",
	        number(&out->arena, counts[RESULT_PASS]), number(&out->arena, counts[RESULT_FAIL]),
	        number(&out->arena, counts[RESULT_FIXED]),
	        number(&out->arena, counts[RESULT_ERROR]), ""});
}

static void add_step(struct group *group, const struct step *step, struct arena *arena)
{
	/* what fails stands for what only warns */
	if (!group->first ||
	    (group->first->result == RESULT_INFORMATIONAL && step->result != RESULT_INFORMATIONAL))
		group->first = step;
	group->results[step->result]++;
	if (group->count++ >= EVENT_ITEMS)
		return;
	if (group->items.size > 0)
		add(&group->items, "\n");
	report_add_safe(&group->items, item_id(step_item(step), arena));
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
	const struct step *first = group->first;
	const char *word = cause_row(cause)->word;

	add(message,
	    arena_printf(arena, "%s: %s: ", mode, *word ? word : result_words[first->result]));
	report_add_safe(message, item_id(step_item(first), arena));
	if (first->message || cause != CAUSE_NONE) {
		add(message, ": ");
		report_add_safe(message, report_message(first));
	}
	if (group->count > 1)
		add(message, arena_printf(arena, " (and %zu more)", group->count - 1));
}

static void add_group(struct events *out, const char *mode, const char *transaction,
    enum cause cause, const struct group *group)
{
	unsigned id = event_of_cause(cause);
	const size_t *counts = group->results;
	AUTO(bytes) message = {0};

	write_message(&message, mode, cause, group, &out->arena);
	add_record(out, id, worst_level(group), &message,
	    (const char *const[EVENT_FIELDS]){number(&out->arena, id), cause_row(cause)->word, mode,
	        arena_strdup(&out->arena, transaction), number(&out->arena, counts[RESULT_PASS]),
	        number(&out->arena, counts[RESULT_FAIL]), number(&out->arena, counts[RESULT_FIXED]),
	        number(&out->arena, counts[RESULT_ERROR]),
	        arena_strdup(&out->arena, (const char *)group->items.data)});
}

static bool is_told(const struct step *step)
{
	return step->result == RESULT_FAIL || step->result == RESULT_FIXED ||
	       step->result == RESULT_ERROR || step_warns(step);
}

static void add_causes(struct events *out, const char *mode, const struct outcome *outcome)
{
	struct group groups[CAUSES] = {0};

	for (size_t i = 0; i < outcome->plan.count; i++)
		if (is_told(&outcome->plan.steps[i]))
			add_step(&groups[outcome->plan.steps[i].cause], &outcome->plan.steps[i],
			    &out->arena);
	for (unsigned i = 0; i < CAUSES; i++) {
		if (groups[i].count > 0)
			add_group(out, mode, outcome->transaction ? outcome->transaction : "",
			    (enum cause)i, &groups[i]);
		bytes_release(&groups[i].items);
	}
}

void events_make(
    const char *mode, const struct outcome *outcome, const struct err *err, struct events *out)
{
	*out = (struct events){0};
	out->list = arena_alloc(&out->arena, (1 + CAUSES) * sizeof(*out->list));
	add_summary(out, mode, outcome, err);
	if (outcome)
		add_causes(out, mode, outcome);
}

void events_release(struct events *events)
{
	arena_release(&events->arena);
	*events = (struct events){0};
}
