/* SPDX-License-Identifier: Apache-2.0 */
/* check, apply and rollback. */
#include "cli/terminal/terminal.h"
#include "cli/workplace.h"
#include "report/events.h"
#include "report/report.h"

enum { REPORT_MODE = 0644 };

struct target {
	const struct report_kind *kind;
	const char *path;
};

static bool target_parse(const char *text, struct target *out, struct err *err)
{
	size_t size = strcspn(text, ":");
	AUTO(text) name = {0};
	const struct report_kind *kind;

	if (!text[size] || !text[size + 1])
		return err_set(err, ERR_USAGE,
		    "--report '%s' is not KIND:PATH, such as jsonl:/tmp/report",
		    text_escape_string(text).text);
	text_add_span(&name, (struct span){(const uint8_t *)text, size});
	kind = report_find(text_string(&name));
	if (!kind || !kind->file)
		return err_set(err, ERR_USAGE, "--report: '%s' is none of text, json, jsonl, csv",
		    text_escape_string(text_string(&name)).text);
	if (!kind->write)
		return err_set(
		    err, ERR_USAGE, "--report %s comes with a later version", kind->name);
	*out = (struct target){kind, text + size + 1};
	return true;
}

/* Before anything is done, since a run must not fail for a typing error after it changed things. */
static bool check_targets(const struct args *args, struct err *err)
{
	struct target target;

	for (size_t i = 0; i < args->reports.count; i++)
		if (!target_parse(args->reports.list[i], &target, err))
			return false;
	return true;
}

static bool write_files(const struct args *args, const struct outcome *outcome, struct err *err)
{
	const struct report_style style = {.verbose = args->verbose};

	for (size_t i = 0; i < args->reports.count; i++) {
		AUTO(bytes) bytes = {0};
		struct target target;

		if (!target_parse(args->reports.list[i], &target, err))
			return false;
		target.kind->write(outcome, &style, &bytes);
		if (!file_replace(target.path, bytes_span(&bytes), REPORT_MODE, err))
			return err_wrap(err, "--report");
	}
	return true;
}

static void write_output(struct cli *cli, const struct outcome *outcome)
{
	const struct args *args = &cli->args;
	const struct report_style style = {
	    .color = !args->no_color && terminal_wants_color(TERMINAL_OUTPUT),
	    .quiet = args->quiet,
	    .verbose = args->verbose,
	};

	report_find(args->output)->write(outcome, &style, &cli->output.bytes);
}

typedef bool run_function(struct run *run, const char *id, struct outcome *out, struct err *err);

static bool do_check(struct run *run, const char *id, struct outcome *out, struct err *err)
{
	(void)id;
	return run_check(run, out, err);
}

static bool do_apply(struct run *run, const char *id, struct outcome *out, struct err *err)
{
	(void)id;
	return run_apply(run, out, err);
}

static bool work(struct cli *cli, run_function *function, struct workplace *workplace,
    struct outcome *outcome, struct err *err)
{
	const struct args *args = &cli->args;
	const char *id = args->operands.count ? args->operands.list[0] : NULL;
	bool done;

	if (!workplace_open(args,
	        function == run_rollback ? WORKPLACE_NO_POLICIES : WORKPLACE_POLICIES, workplace,
	        err)) {
		cli->more = TAKE(workplace->policies.faults);
		return false;
	}
	done = function(&workplace->run, id, outcome, err);
	progress_end(&workplace->progress);
	if (done || err->code == ERR_PUBLISH)
		text_add(&outcome->notes, text_string(&workplace->notes));
	return done;
}

/* The log of this host is no place for what happened to an image, and check leaves no trace. */
static void tell_log(run_function *function, const struct workplace *workplace,
    const struct outcome *outcome, const struct err *err)
{
	const char *root = workplace->host_is_open ? workplace->host.facts.root : NULL;
	AUTO(events) events = {0};

	if (function == do_check || !root || (*root && strcmp(root, "/") != 0))
		return;
	events_make(function == run_rollback ? "rollback" : "apply", outcome, err, &events);
	log_records_write(events.list, events.count);
}

static bool carry_out(struct cli *cli, run_function *function, struct err *err)
{
	const struct args *args = &cli->args;
	AUTO(workplace) workplace = {0};
	AUTO(outcome) outcome = {0};
	struct err unwritten = {0};
	bool done, told;

	if (!check_targets(args, err))
		return false;
	done = work(cli, function, &workplace, &outcome, err);
	told = done || err->code == ERR_PUBLISH;
	if (told)
		write_output(cli, &outcome);
	tell_log(function, &workplace, told ? &outcome : NULL, err);
	if (!told)
		return false;
	if (!write_files(args, &outcome, &unwritten)) {
		/* what could not be published matters more */
		if (done)
			*err = unwritten;
		return false;
	}
	cli->status = outcome_exit_status(&outcome);
	if (cli->status == 0 && args->detailed_exitcode && !args->dry_run && outcome.changed)
		cli->status = 2;
	return done;
}

bool verb_check(struct cli *cli, struct err *err)
{
	return carry_out(cli, do_check, err);
}

bool verb_apply(struct cli *cli, struct err *err)
{
	return carry_out(cli, cli->args.dry_run ? do_check : do_apply, err);
}

bool verb_rollback(struct cli *cli, struct err *err)
{
	return carry_out(cli, run_rollback, err);
}
