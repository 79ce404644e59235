/* SPDX-License-Identifier: Apache-2.0 */
/* bundle build and bundle sign. */
#include <stdio.h>

#include "base/clock.h"
#include "bundle/pack.h"
#include "bundle/sign.h"
#include "cli/inputs.h"
#include "policy/policy.h"

enum { BUNDLE_MODE = 0644 };

static bool check_pairs(const struct args *args, struct err *err)
{
	if (args->signers.count == args->keys.count)
		return true;
	return err_set(err, ERR_USAGE,
	    "%s: %zu --signer and %zu --key given; they go in pairs, the first with the first",
	    args->verb->name, args->signers.count, args->keys.count);
}

/* Adds the signature of each pair of --signer and --key. */
static bool sign_all(const struct args *args, struct bytes *bundle, struct err *err)
{
	for (size_t i = 0; i < args->signers.count; i++) {
		AUTO(sign_key) key = {0};

		if (!sign_key_open(args->signers.list[i], args->keys.list[i], args->passphrase_file,
		        &key, err) ||
		    !sign_add(bundle, &key, err))
			return err_wrap(
			    err, "signer %s", text_escape_string(args->signers.list[i]).text);
	}
	return true;
}

static void tell(struct cli *cli, const char *path, size_t size, const char *id, uint64_t version)
{
	size_t signers = cli->args.signers.count;

	output_addf(&cli->output, "%s: %s version %llu, %zu bytes, %zu signature%s %s\n",
	    text_escape_string(path).text, id, (unsigned long long)version, size, signers,
	    signers == 1 ? "" : "s", "added");
}

static void tell_notes(struct cli *cli, const struct text *notes)
{
	const char *line = text_string(notes);

	while (*line) {
		size_t size = strcspn(line, "\n");

		output_addf(&cli->output, "note: %.*s\n", (int)size, line);
		line += size + (line[size] == '\n');
	}
}

/* A policy with a fault would end every run of the fleet: so what cannot be read here is refused.
 * Keyrings were read when they were packed. */
static bool check_policies(struct cli *cli, struct span cabinet, struct err *err)
{
	AUTO(bytes) copy = bytes_copy(cabinet);
	AUTO(bundle) bundle = {0};
	AUTO(policies) policies = {0};
	const struct manifest_entry *entries;

	if (!bundle_inspect(cli->args.out, &copy, &bundle, err))
		return false;
	entries = bundle.manifest.contents.list;
	for (size_t i = 0; i < bundle.manifest.contents.count; i++) {
		AUTO(bytes) content = {0};

		if (entries[i].kind != MEMBER_POLICY)
			continue;
		if (!bundle_read(&bundle, &entries[i], &content, err))
			return false;
		if (!policy_parse(bytes_span(&content), entries[i].file, &policies, err)) {
			cli->more = TAKE(policies.faults);
			return false;
		}
	}
	return policies_check(&policies, err);
}

/* People write "-" for standard output, and would not look for a file of that name. */
static bool check_out(const char *out, struct err *err)
{
	return strcmp(out, "-") != 0 ||
	       err_set(err, ERR_USAGE, "--out '-': a bundle is written to a file: name one");
}

bool verb_bundle_build(struct cli *cli, struct err *err)
{
	const struct args *args = &cli->args;
	AUTO(recipe) recipe = {0};
	AUTO(bytes) bundle = {0};
	AUTO(text) notes = {0};
	int64_t now = args->now;

	if (!args->out)
		return err_set(
		    err, ERR_USAGE, "bundle build needs --out FILE, the bundle to write");
	if (!check_out(args->out, err) || !check_pairs(args, err) ||
	    !recipe_load(args->operands.list[0], &recipe, err))
		return false;
	recipe.downloads = args->downloads;
	if ((!args->given[OPTION_NOW] && !pack_time(clock_now(), &now, err)) ||
	    !pack_build(&recipe, now, &bundle, &notes, err) ||
	    !check_policies(cli, bytes_span(&bundle), err) || !sign_all(args, &bundle, err) ||
	    !file_replace(args->out, bytes_span(&bundle), BUNDLE_MODE, err))
		return false;
	if (args->quiet)
		return true;
	tell_notes(cli, &notes);
	tell(cli, args->out, bundle.size, recipe.id, recipe.version);
	if (args->signers.count == 0)
		output_add(&cli->output,
		    "note: it is not signed; hosts refuse it until `bundle sign` adds enough "
		    "signatures\n");
	return true;
}

bool verb_bundle_sign(struct cli *cli, struct err *err)
{
	const struct args *args = &cli->args;
	const char *path = args->operands.list[0];
	const char *out = args->out ? args->out : path;
	AUTO(root) root = root_none();
	AUTO(bytes) bundle = {0};
	AUTO(bytes) copy = {0};
	AUTO(bundle) seen = {0};

	if (args->signers.count == 0 && args->keys.count == 0)
		return err_set(err, ERR_USAGE, "bundle sign needs --signer CERT and --key FILE");
	if (!check_out(out, err) || !check_pairs(args, err) ||
	    !file_read(&root, path, BUNDLE_MAX_BYTES, &bundle, err) ||
	    !sign_all(args, &bundle, err))
		return false;
	copy = bytes_copy(bytes_span(&bundle));
	if (!bundle_inspect(path, &copy, &seen, err) ||
	    !file_replace(out, bytes_span(&bundle), BUNDLE_MODE, err))
		return false;
	if (!args->quiet)
		tell(cli, out, bundle.size, seen.manifest.id, seen.manifest.version);
	return true;
}
