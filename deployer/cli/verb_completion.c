/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pages/pages.h"
#include "cli/verbs.h"

bool verb_completion(struct cli *cli, struct err *err)
{
	const char *shell = cli->args.operands.list[0];

	if (!page_completion(shell, &cli->output))
		return err_set(err, ERR_USAGE, "completion: '%s' is none of bash, zsh, fish",
		    text_escape_string(shell).text);
	return true;
}

bool verb_man(struct cli *cli, struct err *err)
{
	const char *page = cli->args.operands.list[0];

	if (strcmp(page, "trust-deployer.1") == 0)
		page_manual(&cli->output);
	else if (strcmp(page, "trust-deployer-policy.5") == 0)
		page_policy(&cli->output);
	else
		return err_set(err, ERR_USAGE, "man: no page '%s'", text_escape_string(page).text);
	return true;
}
