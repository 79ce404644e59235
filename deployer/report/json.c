/* SPDX-License-Identifier: Apache-2.0 */
/* interface.md section 5: every key is always there, in this order. */
#include <stdio.h>

#include "formats/emit.h"
#include "report/report.h"

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

void report_emit_host(struct emit *e, const struct facts *facts)
{
	emit_key(e, "host");
	emit_map(e);
	/* what is not known is null */
	emit_pair(e, "name", facts_value(facts, FACT_HOSTNAME));
	emit_pair(e, "os", facts_value(facts, FACT_OS));
	emit_pair(e, "distribution", facts_value(facts, FACT_DISTRIBUTION));
	emit_pair(e, "release", facts_value(facts, FACT_RELEASE));
	emit_pair(e, "architecture", facts_value(facts, FACT_ARCHITECTURE));
	emit_pair(e, "root", or_empty(facts->root));
	emit_end(e);
}

static void emit_policies(struct emit *e, const struct outcome *outcome)
{
	emit_key(e, "policies");
	emit_map(e);
	emit_key(e, "applied");
	emit_list(e);
	for (size_t i = 0; i < outcome->policy_count; i++) {
		const struct outcome_policy *policy = &outcome->policies[i];

		if (policy->filtered)
			continue;
		emit_map(e);
		emit_pair(e, "name", or_empty(policy->name));
		emit_pair(e, "file", or_empty(policy->file));
		emit_pair(e, "link", or_empty(policy->link));
		emit_pair(e, "sha256", or_empty(policy->sha256));
		emit_end(e);
	}
	emit_end(e);
	emit_key(e, "filtered");
	emit_list(e);
	for (size_t i = 0; i < outcome->policy_count; i++) {
		const struct outcome_policy *policy = &outcome->policies[i];

		if (!policy->filtered)
			continue;
		emit_map(e);
		emit_pair(e, "name", or_empty(policy->name));
		emit_pair(e, "file", or_empty(policy->file));
		emit_pair(e, "reason", policy->filtered);
		emit_end(e);
	}
	emit_end(e);
	emit_end(e);
}

static void emit_bundle(struct emit *e, const struct outcome_bundle *bundle)
{
	emit_map(e);
	emit_pair(e, "id", or_empty(bundle->id));
	emit_key(e, "version");
	emit_unsigned(e, bundle->version);
	emit_key(e, "expires");
	/* a bundle that was refused has no date that could be believed */
	if (bundle->expires)
		emit_time(e, bundle->expires);
	else
		emit_text(e, "");
	emit_pair(e, "sha256", or_empty(bundle->sha256));
	emit_key(e, "signers");
	emit_list(e);
	for (size_t i = 0; i < bundle->signer_count; i++)
		emit_text(e, bundle->signers[i]);
	emit_end(e);
	emit_pair(e, "result", bundle->pass ? "pass" : "fail");
	emit_pair(e, "reason", or_empty(bundle->reason));
	emit_end(e);
}

static void emit_origin(struct emit *e, const struct item *want)
{
	char line[16];
	const char *parts[] = {"", ":", line};
	bool known = want && want->asked.origin.file && *want->asked.origin.file;

	emit_key(e, "origin");
	if (known) {
		parts[0] = want->asked.origin.file;
		snprintf(line, sizeof(line), "%u", want->asked.origin.line);
	}
	emit_joined(e, parts, known ? want->asked.origin.line ? 3 : 1 : 0);
}

static bool is_done(const struct step *step)
{
	return step->result == RESULT_PASS || step->result == RESULT_FIXED;
}

static void emit_step(struct emit *e, const struct outcome *outcome, const struct step *step)
{
	const struct item *item = step_item(step);

	emit_map(e);
	emit_pair(e, "id", key_id(&item->key).text);
	emit_pair(e, "kind", kind_name(item->key.kind));
	emit_pair(e, "label", step_label(step));
	emit_pair(e, "result", result_words[step->result]);
	emit_pair(e, "action", action_words[step->action]);
	emit_pair(e, "want", report_want(step));
	emit_pair(e, "have", report_have(step));
	emit_pair(e, "cause", cause_row(step->cause)->word);
	emit_pair(e, "severity", severity_words[step_severity(step)]);
	emit_pair(e, "message", report_message(step));
	emit_pair(e, "remedy", is_done(step) ? "" : report_next(step));
	emit_key(e, "not_after");
	if (step->have && step->have->seen.not_after)
		emit_time(e, step->have->seen.not_after);
	else
		emit_null(e);
	emit_pair(e, "takes_effect", report_takes_effect(outcome, step));
	emit_origin(e, step->want);
	emit_pair(e, "policy", step->want ? or_empty(step->want->asked.policy) : "");
	emit_key(e, "waived");
	emit_bool(e, step->waived);
	emit_key(e, "evidence");
	emit_map(e);
	emit_pair(e, "location", report_location(step));
	emit_key(e, "owned");
	emit_bool(e, step->owned);
	emit_end(e);
	emit_end(e);
}

static void emit_verdict(struct emit *e, const struct outcome *outcome)
{
	emit_pair(e, "verdict", verdict_words[outcome_verdict(outcome)]);
	emit_key(e, "compliant");
	emit_bool(e, outcome->compliant);
	emit_key(e, "exit_status");
	emit_unsigned(e, (uint64_t)outcome->exit_status);
	emit_pair(e, "error", outcome->error);
}

static void emit_summary(struct emit *e, const struct outcome *outcome)
{
	emit_key(e, "summary");
	emit_map(e);
	for (unsigned i = 0; i < RESULTS; i++) {
		/* the contract's order, which is not the enum's */
		static const enum result order[RESULTS] = {RESULT_PASS, RESULT_FAIL, RESULT_FIXED,
		    RESULT_ERROR, RESULT_NOTAPPLICABLE, RESULT_NOTCHECKED, RESULT_INFORMATIONAL};

		emit_key(e, result_words[order[i]]);
		emit_unsigned(e, outcome->summary[order[i]]);
	}
	/* parts of what was not checked */
	emit_key(e, "waived");
	emit_unsigned(e, outcome->waived);
	emit_key(e, "undecided");
	emit_unsigned(e, outcome->undecided);
	emit_end(e);
}

/* The lines for people, as a list. */
static void emit_notes(struct emit *e, const struct outcome *outcome)
{
	const char *line = text_string(&outcome->notes);

	emit_key(e, "notes");
	emit_list(e);
	while (*line) {
		size_t size = strcspn(line, "\n");

		if (size)
			emit_span(e, (struct span){(const uint8_t *)line, size});
		line += size + (line[size] == '\n');
	}
	emit_end(e);
}

static void write_report(const struct outcome *outcome, enum notation notation, struct bytes *out)
{
	struct emit emit = emit_into(out, notation), *e = &emit;

	/* some 500 bytes a result: grow once instead of ten times */
	bytes_reserve(out, out->size + 4096 + outcome->plan.count * 600);
	emit_map(e);
	emit_pair(e, "schema", "trust-deployer/report/1");
	emit_key(e, "tool");
	emit_map(e);
	emit_pair(e, "name", "trust-deployer");
	emit_pair(e, "version", VERSION);
	emit_end(e);
	emit_pair(e, "mode", outcome->mode);
	emit_key(e, "time");
	emit_time(e, outcome->time);
	report_emit_host(e, outcome->facts);
	emit_policies(e, outcome);
	emit_key(e, "bundles");
	emit_list(e);
	for (size_t i = 0; i < outcome->bundle_count; i++)
		emit_bundle(e, &outcome->bundles[i]);
	emit_end(e);
	emit_verdict(e, outcome);
	emit_notes(e, outcome);
	emit_summary(e, outcome);
	emit_pair(e, "transaction", or_empty(outcome->transaction));
	emit_key(e, "results");
	emit_list(e);
	for (size_t i = 0; i < outcome->plan.count; i++)
		emit_step(e, outcome, &outcome->plan.steps[i]);
	emit_end(e);
	emit_end(e);
}

void report_json(const struct outcome *outcome, const struct report_style *style, struct bytes *out)
{
	(void)style;
	write_report(outcome, NOTATION_JSON, out);
}

void report_jsonl(
    const struct outcome *outcome, const struct report_style *style, struct bytes *out)
{
	(void)style;
	write_report(outcome, NOTATION_LINE, out);
}

void report_yaml(const struct outcome *outcome, const struct report_style *style, struct bytes *out)
{
	(void)style;
	write_report(outcome, NOTATION_YAML, out);
}
