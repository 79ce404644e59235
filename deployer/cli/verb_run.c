/* SPDX-License-Identifier: Apache-2.0 */
/* check, apply and rollback. */
#include "cli/terminal/terminal.h"
#include "cli/workplace.h"
#include "report/events.h"
#include "report/fill.h"
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
	AUTO(text) known = {0};
	const struct report_kind *kind;

	if (!text[size] || !text[size + 1])
		return err_set(err, ERR_USAGE,
		    "--report '%s' is not KIND:PATH, such as jsonl:/tmp/report",
		    text_escape_string(text).text);
	text_add_span(&name, (struct span){(const uint8_t *)text, size});
	kind = report_find(text_string(&name));
	if (!kind || !(kind->uses & REPORT_FILES)) {
		report_add_kinds(&known, REPORT_FILES, ", ");
		return err_set(err, ERR_USAGE, "--report: '%s' is none of %s",
		    text_escape_string(text_string(&name)).text, text_string(&known));
	}
	if (!kind->write)
		return err_set(
		    err, ERR_USAGE, "--report %s comes with a later version", kind->name);
	if (strcmp(text + size + 1, "-") == 0)
		return err_set(err, ERR_USAGE,
		    "--report '%s': a report goes to a file; `-o %s` writes it to standard output",
		    text_escape_string(text).text, kind->name);
	*out = (struct target){kind, text + size + 1};
	return true;
}

/* Checked before anything is done: a run must not fail for a typing error after it changed
 * things. */
static bool check_targets(const struct args *args, struct text *notes, struct err *err)
{
	struct target target;
	bool open;

	for (size_t i = 0; i < args->reports.count; i++) {
		if (!target_parse(args->reports.list[i], &target, err))
			return false;
		if (!file_judge_output(target.path, &open, err))
			return err_wrap(err, "--report");
		if (open)
			text_addf(notes,
			    "report %s: others may write to its folder, or to one on its way, and "
			    "put another report in its place: name a folder that root alone may "
			    "write to\n",
			    text_escape_string(target.path).text);
	}
	return true;
}

/* A report that says "compliant" and is older than this run would be believed. */
static bool remove_old(const char *path)
{
	AUTO(root) root = root_none();
	struct err ignored = {0};

	return file_type(&root, path) != FILE_REGULAR || file_remove(&root, path, &ignored);
}

static bool write_file(const struct target *target, const struct report *report,
    const struct report_style *style, struct err *err)
{
	AUTO(bytes) bytes = {0};

	target->kind->write(report, style, &bytes);
	if (file_replace(target->path, bytes_span(&bytes), REPORT_MODE, err))
		return true;
	return err_wrap(err, "--report%s",
	    err->code != ERR_POLICY && remove_old(target->path)
	        ? ""
	        : ", where the one of an earlier run stays");
}

/* Writes each report, also when another one fails; `err` is the first fault. */
static bool write_files(const struct args *args, const struct report *report, struct err *err)
{
	const struct report_style style = {.verbose = args->verbose};
	struct err why = {0};
	bool ok = true;

	for (size_t i = 0; i < args->reports.count; i++) {
		struct target target;

		if (target_parse(args->reports.list[i], &target, &why) &&
		    write_file(&target, report, &style, &why))
			continue;
		if (ok)
			*err = why;
		ok = false;
	}
	return ok;
}

static void write_output(struct cli *cli, const struct report *report)
{
	const struct args *args = &cli->args;
	const struct report_style style = {
	    .color = !args->no_color && terminal_wants_color(TERMINAL_OUTPUT),
	    .quiet = args->quiet,
	    .verbose = args->verbose,
	};

	report_find(args->output)->write(report, &style, &cli->output.bytes);
}

/* When a command line is refused its reports are written too: those of an earlier run must not pass
 * for this one's. A program that reads our output gets one too. */
void report_refusal(struct cli *cli, const struct err *err)
{
	const struct args *args = &cli->args;
	struct facts unknown = {.root = ""};
	struct outcome outcome = {
	    .mode = args->verb ? args->verb->name : "",
	    .time = input_now(args),
	    .facts = &unknown,
	    .transaction = "",
	};
	const struct report_style style = {0};
	AUTO(report) report = {0};

	outcome_fail(&outcome, err);
	report_fill(&outcome, &report);
	if (args->verb && args->verb->options & OPTION_BIT(OPTION_REPORT) &&
	    strcmp(args->output, OUTPUT_DEFAULT) != 0)
		write_output(cli, &report);
	for (size_t i = 0; i < args->reports.count; i++) {
		struct target target;
		struct err why = {0};
		bool open;

		/* a fault in the reports themselves has been told already */
		if (!target_parse(args->reports.list[i], &target, &why) ||
		    !file_judge_output(target.path, &open, &why) ||
		    write_file(&target, &report, &style, &why) || strstr(why.text, err->text))
			continue;
		text_addf(&cli->more, "%s\n", why.text);
	}
	outcome_release(&outcome);
}

static bool refuse(struct cli *cli, const struct err *err)
{
	report_refusal(cli, err);
	return false;
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

/* The name of the mode in reports. */
static const char *mode_of(run_function *function)
{
	return function == do_check ? RUN_CHECK : function == do_apply ? RUN_APPLY : RUN_ROLLBACK;
}

/* The report of a run that failed before it had an outcome. */
static void begin_outcome(
    struct cli *cli, run_function *function, const struct workplace *workplace, struct outcome *out)
{
	struct arena arena = {0};
	struct facts *unknown = arena_alloc(&arena, sizeof(*unknown));

	*unknown = (struct facts){.root = cli->args.root ? cli->args.root : ""};
	*out = (struct outcome){
	    .mode = mode_of(function),
	    .time = input_now(&cli->args),
	    .facts = workplace->host_is_open ? &workplace->host.facts : unknown,
	    .transaction = "",
	    .arena = arena,
	};
	text_add(&out->notes, text_string(&cli->more));
}

/* Returns true when the run came to an outcome; else the outcome says that it failed. */
static bool work(struct cli *cli, run_function *function, struct workplace *workplace,
    struct outcome *outcome, struct err *err)
{
	const struct args *args = &cli->args;
	const char *id = args->operands.count ? args->operands.list[0] : NULL;
	enum workplace_policies policies =
	    function == run_rollback ? WORKPLACE_NO_POLICIES : WORKPLACE_POLICIES;
	bool open = workplace_open(args, policies, workplace, err);
	bool done = open && function(&workplace->run, id, outcome, err);

	progress_end(&workplace->progress);
	if (!open)
		cli->more = TAKE(workplace->policies.faults);
	if (!done)
		err_require(err, mode_of(function));
	if (!done && err->code != ERR_PUBLISH)
		begin_outcome(cli, function, workplace, outcome);
	text_add(&outcome->notes, text_string(&workplace->notes));
	return done;
}

/* What happened to an image does not belong into the log of this host, and check leaves no
 * trace. */
static void tell_log(
    run_function *function, const struct workplace *workplace, const struct report *report)
{
	AUTO(events) events = {0};

	if (function == do_check || !workplace->host_is_open || workplace->host.root.confined)
		return;
	events_make(report, &events);
	log_records_write(events.list, events.count);
}

static int status_of(const struct args *args, const struct outcome *outcome)
{
	int status = outcome_exit_status(outcome);

	if (status == EXIT_COMPLIANT && args->detailed_exitcode && !args->dry_run &&
	    outcome->changed)
		return EXIT_CHANGED;
	return status;
}

/* Every run that comes this far writes its reports, also one that fails: yesterday's, which is
 * green, must not pass for today's. */
static bool carry_out(struct cli *cli, run_function *function, struct err *err)
{
	const struct args *args = &cli->args;
	AUTO(workplace) workplace = {0};
	AUTO(outcome) outcome = {0};
	AUTO(report) report = {0};
	AUTO(text) notes = {0};
	struct err unwritten = {0};
	bool done, told;

	if (!check_targets(args, &notes, err))
		return refuse(cli, err);
	done = work(cli, function, &workplace, &outcome, err);
	text_add(&outcome.notes, text_string(&notes));
	told = done || err->code == ERR_PUBLISH;
	if (done)
		outcome.exit_status = status_of(args, &outcome);
	else
		outcome_fail(&outcome, err);
	report_fill(&outcome, &report);
	/* for people the error itself is enough */
	if (told || strcmp(args->output, OUTPUT_DEFAULT) != 0)
		write_output(cli, &report);
	tell_log(function, &workplace, &report);
	cli->status = outcome.exit_status;
	if (write_files(args, &report, &unwritten))
		return done;
	if (!done) {
		text_addf(&cli->more, "%s\n", unwritten.text);
		return false;
	}
	*err = unwritten;
	return cli->status == EXIT_REFUSED;
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
	if (cli->args.all && cli->args.operands.count) {
		err_set(err, ERR_USAGE,
		    "rollback takes back one transaction and those behind it, or with --all "
		    "everything:"
		    " not both; see trust-deployer rollback --help");
		return refuse(cli, err);
	}
	if (cli->args.discard && (cli->args.all || cli->args.operands.count)) {
		err_set(err, ERR_USAGE,
		    "rollback --discard sets one transaction aside and takes none back: give it no "
		    "other ID and no --all; see trust-deployer rollback --help");
		return refuse(cli, err);
	}
	return carry_out(cli, run_rollback, err);
}
