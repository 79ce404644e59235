/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "cli/cli.h"
#include "policy/policy.h"
#include "report/report.h"

struct validation {
	struct policies policies;
	struct text *faults; /* one line each, "file:line:column: what" */
	size_t count;
};

static void validate_file(struct validation *validation, const char *path)
{
	struct err err = {0};

	if (policy_load(path, FILE_TRUST_ANYBODY, &validation->policies, &err))
		return;
	text_addf(
	    validation->faults, "%s\n%s", err.text, text_string(&validation->policies.faults));
	text_release(&validation->policies.faults);
	validation->count++;
}

/* The files of a folder one by one, so that a fault in one does not hide those of the others. */
static bool validate_path(struct validation *validation, const char *path, struct err *err)
{
	AUTO(root) root = root_none();
	AUTO(folder) folder = {0};
	struct err no_folder = {0};
	size_t before = validation->count + validation->policies.count;

	/* as policy_load recognises a folder, so that "." is one */
	if (!folder_open(&root, path, &folder, &no_folder) || folder.fd < 0) {
		validate_file(validation, path);
		return true;
	}
	for (size_t i = 0; i < folder.count; i++) {
		AUTO(text) file = {0};

		policies_pass_over(&validation->policies, path, &folder.entries[i]);
		if (!policy_is_file(&folder.entries[i]))
			continue;
		text_addf(&file, "%s/%s", path, folder.entries[i].name);
		validate_file(validation, text_string(&file));
	}
	if (validation->count + validation->policies.count == before)
		return err_set(err, ERR_POLICY, "%s: no *.yaml and no *.yml in this folder",
		    text_escape_string(path).text);
	return true;
}

static void validation_release(struct validation *validation)
{
	policies_release(&validation->policies);
}

bool verb_policy_validate(struct cli *cli, struct err *err)
{
	const struct strings *paths = &cli->args.operands;
	AUTO(validation) validation = {.faults = &cli->faults};
	AUTO(text) notes = {0};

	for (size_t i = 0; i < paths->count; i++)
		if (!validate_path(&validation, paths->list[i], err))
			return false;
	if (validation.count)
		return err_set(err, ERR_POLICY, "%zu of %zu policies not valid", validation.count,
		    validation.count + validation.policies.count);
	if (!policies_check(&validation.policies, err))
		return false;
	if (!cli->args.quiet)
		output_addf(&cli->output, "%zu %s valid\n", validation.policies.count,
		    validation.policies.count == 1 ? "policy is" : "policies are");
	policies_tell_passed(&validation.policies, &notes);
	report_add_notes(&cli->output.bytes, text_string(&notes));
	return true;
}

bool verb_policy_schema(struct cli *cli, struct err *err)
{
	AUTO(text) schema = {0};

	(void)err;
	policy_schema(&schema);
	output_add(&cli->output, text_string(&schema));
	return true;
}
