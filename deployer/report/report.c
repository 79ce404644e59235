/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

enum { PIECE = 48 }; /* four times as long when each byte is escaped */

const struct report_kind report_kinds[] = {
    {"text", true, true, report_text},
    {"json", true, true, report_json},
    {"jsonl", true, true, report_jsonl},
    {"yaml", true, false, report_yaml},
    {"csv", true, true, report_csv},
    {"junit", false, true, NULL},
    {"sarif", false, true, NULL},
    {"xccdf", false, true, NULL},
    {"oscal", false, true, NULL},
    {"html", false, true, NULL},
    {"prom", false, true, NULL},
};
const size_t report_kind_count = COUNT(report_kinds);

const struct report_kind *report_find(const char *name)
{
	for (size_t i = 0; i < report_kind_count; i++)
		if (strcmp(report_kinds[i].name, name) == 0)
			return &report_kinds[i];
	return NULL;
}

const char *report_want(const struct step *step)
{
	if (step->want)
		return item_state(step->want);
	/* nobody wants it; whether it has to go is the action's matter */
	return step->action == ACTION_REMOVE ? "absent" : "";
}

const char *report_have(const struct step *step)
{
	return item_shown(step->have);
}

const char *report_location(const struct step *step)
{
	const struct item *item = step->have ? step->have : step->want;

	return item->seen.location ? item->seen.location : "";
}

const char *report_message(const struct step *step)
{
	return step->message ? step->message : cause_row(step->cause)->meaning;
}

/* OpenSSL and p11-kit read the trust store when a process asks for it first and not again, so a
 * service that runs goes on with what it has read; CryptoAPI watches its stores. */
const char *report_takes_effect(const struct outcome *outcome, const struct step *step)
{
	const struct item *item = step_item(step);
	bool linux_host = facts_say(outcome->facts, FACT_OS, "linux");

	if (step->result != RESULT_FIXED)
		return NULL;
	if (item->takes_effect)
		return item->takes_effect;
	if (step->have && step->have->takes_effect)
		return step->have->takes_effect;
	return linux_host && (item->key.kind == ITEM_CERTIFICATE || item->key.kind == ITEM_PROXY)
	           ? "new processes"
	           : "at once";
}

const char *report_next(const struct step *step)
{
	return step->next ? step->next : cause_row(step->cause)->next;
}

void report_add_safe(struct bytes *out, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		/* text_escape cuts at 200 bytes, and no piece may end within a character */
		size_t piece = left < PIECE ? left : PIECE;

		while (piece > 1 && piece < left && ((uint8_t)text[piece] & 0xc0) == 0x80)
			piece--;

		struct escaped safe = text_escape((struct span){(const uint8_t *)text, piece});
		bytes_add(out, safe.text, strlen(safe.text));
		text += piece;
		left -= piece;
	}
}

static void add_text(struct bytes *out, const char *text)
{
	bytes_add(out, text, strlen(text));
}

static bool is_said(const char *fact)
{
	return fact && *fact;
}

void report_add_host(struct bytes *out, const struct facts *facts)
{
	const char *hostname = facts_value(facts, FACT_HOSTNAME);
	const char *distribution = facts_value(facts, FACT_DISTRIBUTION);
	const char *os = facts_value(facts, FACT_OS);
	const char *release = facts_value(facts, FACT_RELEASE);
	const char *architecture = facts_value(facts, FACT_ARCHITECTURE);

	add_text(out, "host      ");
	report_add_safe(out, is_said(hostname) ? hostname : "(no name)");
	add_text(out, ", ");
	report_add_safe(out, is_said(distribution) ? distribution
	                     : is_said(os)         ? os
	                                           : "(system not known)");
	if (is_said(release)) {
		add_text(out, " ");
		report_add_safe(out, release);
	}
	if (is_said(architecture)) {
		add_text(out, ", ");
		report_add_safe(out, architecture);
	}
	if (is_said(facts->root)) {
		add_text(out, ", image at ");
		report_add_safe(out, facts->root);
	}
	add_text(out, "\n");
}
