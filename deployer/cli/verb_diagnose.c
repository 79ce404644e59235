/* SPDX-License-Identifier: Apache-2.0 */
/* Why trust or its update fails: findings for people and programs. */
#include "base/clock.h"
#include "cli/terminal/terminal.h"
#include "cli/workplace.h"
#include "engine/diagnose/diagnose.h"
#include "report/fill.h"
#include "report/report.h"

static void emit_finding(struct emit *e, const struct finding *finding)
{
	emit_map(e);
	emit_pair(e, "cause", finding->cause);
	emit_pair(e, "severity", severity_words[finding->severity]);
	emit_pair(e, "message", finding->message);
	emit_key(e, "evidence");
	emit_map(e);
	for (size_t i = 0; i < finding->evidence_count; i++)
		emit_pair(e, finding->evidence[i].name, finding->evidence[i].value);
	emit_end(e);
	emit_pair(e, "remedy", finding->remedy);
	emit_pair(e, "policy", finding->policy);
	emit_end(e);
}

static void emit_diagnosis(
    struct output *output, enum notation notation, const struct diagnosis *diagnosis)
{
	struct emit emit = emit_into(&output->bytes, notation), *e = &emit;

	emit_map(e);
	emit_pair(e, "schema", "trust-deployer/diagnosis/1");
	report_emit_host(e, report_host(diagnosis->facts));
	emit_key(e, "time");
	emit_time(e, diagnosis->time);
	emit_key(e, "findings");
	emit_list(e);
	for (size_t i = 0; i < diagnosis->count; i++)
		emit_finding(e, &diagnosis->list[i]);
	emit_end(e);
	emit_pair(e, "notes", text_string(&diagnosis->notes));
	emit_end(e);
}

/* --- for people --- */

struct page {
	struct output *output;
	bool color, verbose;
};

static void tell_line(struct page *page, const char *head, const char *text)
{
	output_addf(page->output, "  %-9s ", head);
	report_add_safe(&page->output->bytes, text);
	output_add(page->output, "\n");
}

/* A policy must be easy to copy: its lines as they are, indented by two columns. */
static void tell_policy(struct page *page, const char *policy)
{
	while (*policy) {
		size_t size = strcspn(policy, "\n");
		AUTO(text) line = {0};

		text_add_span(&line, (struct span){(const uint8_t *)policy, size});
		output_add(page->output, "      ");
		report_add_safe(&page->output->bytes, text_string(&line));
		output_add(page->output, "\n");
		policy += size + (policy[size] != 0);
	}
}

static void tell_finding(struct page *page, const struct finding *finding)
{
	static const char *const colors[SEVERITIES] = {
	    [SEVERITY_ERROR] = "1;31", [SEVERITY_WARNING] = "33", [SEVERITY_INFO] = "36"};
	const char *color = page->color ? colors[finding->severity] : NULL;

	output_addf(page->output, "%s%s%s%s%s %s\n", color ? "\033[" : "", color ? color : "",
	    color ? "m" : "", severity_words[finding->severity], color ? "\033[0m" : "",
	    finding->cause);
	tell_line(page, "", finding->message);
	for (size_t i = 0; i < finding->evidence_count; i++) {
		AUTO(text) line = {0};

		text_addf(&line, "%s: %s", finding->evidence[i].name, finding->evidence[i].value);
		tell_line(page, i ? "" : "evidence", text_string(&line));
	}
	if (finding->remedy[0])
		tell_line(page, "remedy", finding->remedy);
	if (finding->policy[0]) {
		tell_line(page, "policy", "that cures it:");
		tell_policy(page, finding->policy);
	}
	output_add(page->output, "\n");
}

static void tell_verdict(struct page *page, const struct diagnosis *diagnosis)
{
	size_t infos = diagnosis->count - diagnosis->causes;

	if (diagnosis->causes == 0)
		output_add(page->output, "no cause of trouble found");
	else
		output_addf(page->output, "%zu cause%s of trouble found", diagnosis->causes,
		    diagnosis->causes == 1 ? "" : "s");
	if (infos && !page->verbose)
		output_addf(page->output, "; %zu thing%s to know besides, with -v", infos,
		    infos == 1 ? "" : "s");
	output_add(page->output, "\n");
}

/* "other_state: what it is; next: what to do" */
static void tell_briefly(struct page *page, const struct finding *finding)
{
	struct bytes *out = &page->output->bytes;

	if (finding->severity == SEVERITY_INFO)
		return;
	output_addf(page->output, "%s: ", finding->cause);
	report_add_safe(out, finding->message);
	if (finding->remedy[0]) {
		output_add(page->output, "; next: ");
		report_add_safe(out, finding->remedy);
	}
	output_add(page->output, "\n");
}

static void tell(struct cli *cli, const struct diagnosis *diagnosis)
{
	const struct args *args = &cli->args;
	struct page page = {.output = &cli->output,
	    .color = !args->no_color && terminal_wants_color(TERMINAL_OUTPUT),
	    .verbose = args->verbose};
	char time[CLOCK_TEXT];

	clock_write(diagnosis->time, time);
	if (!args->quiet) {
		report_add_host(&cli->output.bytes, report_host(diagnosis->facts));
		output_addf(&cli->output, "as of     %s\n\n", time);
		for (size_t i = 0; i < diagnosis->count; i++)
			if (diagnosis->list[i].severity != SEVERITY_INFO || page.verbose)
				tell_finding(&page, &diagnosis->list[i]);
		report_add_notes(&cli->output.bytes, text_string(&diagnosis->notes));
	}
	tell_verdict(&page, diagnosis);
	for (size_t i = 0; args->quiet && i < diagnosis->count; i++)
		tell_briefly(&page, &diagnosis->list[i]);
}

bool verb_diagnose(struct cli *cli, struct err *err)
{
	AUTO(workplace) workplace = {0};
	AUTO(diagnosis) diagnosis = {0};
	enum notation notation;

	if (!workplace_open(&cli->args, WORKPLACE_POLICIES_IF_ANY, &workplace, err) ||
	    !run_diagnose(&workplace.run, &diagnosis, err))
		return false;
	progress_end(&workplace.progress);
	text_add(&diagnosis.notes, text_string(&workplace.notes));
	if (input_notation(&cli->args, &notation))
		emit_diagnosis(&cli->output, notation, &diagnosis);
	else
		tell(cli, &diagnosis);
	cli->status = diagnosis.causes ? EXIT_DRIFT : EXIT_COMPLIANT;
	cli->more = TAKE(workplace.policies.faults);
	return workplace_confess(&workplace, err);
}
