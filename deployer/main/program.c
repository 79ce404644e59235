/* SPDX-License-Identifier: Apache-2.0 */
#include "main/program.h"

#include "cli/cli.h"
#include "cli/pages/pages.h"
#include "cli/terminal/terminal.h"

const char *const program_openssl_settings[] = {
    "OPENSSL_CONF", "OPENSSL_CONF_INCLUDE", "OPENSSL_MODULES", "OPENSSL_ENGINES", NULL};

/* One write, so that messages of several runs do not mix. */
static void say(const struct cli *cli, const struct err *err)
{
	AUTO(text) text = {0};

	text_add(&text, text_string(&cli->faults));
	text_addf(&text, "trust-deployer: %s\n", err->text);
	text_add(&text, text_string(&cli->more));
	terminal_say(TERMINAL_ERROR, text_string(&text));
}

static bool run(struct cli *cli, int argc, char **argv, struct err *err)
{
	if (!args_parse(argc, argv, &cli->args, err)) {
		report_refusal(cli, err);
		return false;
	}
	if (cli->args.help)
		page_help(&cli->args, &cli->output);
	else if (cli->args.version)
		output_add(&cli->output, "trust-deployer " VERSION "\n");
	else
		return cli->args.verb->run(cli, err);
	return true;
}

static int status_of(struct cli *cli, bool done, struct err *err)
{
	if (done)
		return cli->status;
	err_require(err, cli->args.verb ? cli->args.verb->name : "the command line");
	return err_exit_status(err->code);
}

int program_run(int argc, char **argv)
{
	struct cli cli = {0};
	struct err err = {0}, unwritten = {0};
	int status;

	terminal_prepare();
	status = status_of(&cli, run(&cli, argc, argv, &err), &err);
	if (err.code != ERR_NONE)
		say(&cli, &err);
	if (!output_flush(&cli.output, &unwritten)) {
		say(&(struct cli){0}, &unwritten);
		/* What went wrong before is worth more than that nobody could read it. */
		if (err.code == ERR_NONE)
			status = err_exit_status(unwritten.code);
	}
	text_release(&cli.faults);
	text_release(&cli.more);
	args_release(&cli.args);
	return status;
}
