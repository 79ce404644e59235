/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/inputs.h"
#include "cli/show/shows.h"
#include "formats/filekind.h"

static const struct show_type *type_named(const char *name)
{
	for (size_t i = 0; i < show_type_count; i++)
		if (strcmp(show_types[i].name, name) == 0)
			return &show_types[i];
	return NULL;
}

static bool choose_type(
    const struct args *args, struct span file, const struct show_type **out, struct err *err)
{
	AUTO(text) known = {0};
	AUTO(text) what = {0};
	struct filekind kind;

	*out = args->as ? type_named(args->as) : show_guess(file);
	if (*out)
		return true;
	for (size_t i = 0; i < show_type_count; i++)
		text_addf(&known, "%s%s", i ? ", " : "", show_types[i].name);
	if (args->as)
		return err_set(err, ERR_USAGE, "--as: '%s' is none of %s",
		    text_escape_string(args->as).text, text_string(&known));
	kind = filekind_of(file);
	filekind_tell(&kind, &what);
	return err_set(err, ERR_FORMAT, "%s: is %s, and show knows %s; --as TYPE says what it is",
	    text_escape_string(args->operands.list[0]).text, text_string(&what),
	    text_string(&known));
}

bool verb_show(struct cli *cli, struct err *err)
{
	const char *path = cli->args.operands.list[0];
	AUTO(root) root = root_none();
	const struct show_type *type;
	AUTO(bytes) file = {0};
	AUTO(bytes) shown = {0};
	enum notation notation;
	bool people;
	struct show_input input;
	struct emit emit;

	if (!file_read(&root, path, BUNDLE_MAX_BYTES, &file, err) ||
	    !choose_type(&cli->args, bytes_span(&file), &type, err))
		return false;
	people = !input_notation(&cli->args, &notation);
	input = (struct show_input){path, bytes_span(&file), &cli->args};
	emit = emit_into(&shown, notation);
	emit_map(&emit);
	if (notation != NOTATION_TEXT) {
		emit_pair(&emit, "schema", "trust-deployer/show/1");
		emit_pair(&emit, "file", path);
		emit_pair(&emit, "type", type->name);
	}
	if (!type->show(&emit, &input, err)) {
		/* documents and bundles name the file themselves */
		return strstr(err->text, path) ? false
		                               : err_wrap(err, "%s", text_escape_string(path).text);
	}
	emit_end(&emit);
	if (people)
		output_addf(&cli->output, "%s: %s\n", text_escape_string(path).text, type->name);
	bytes_add(&cli->output.bytes, shown.data, shown.size);
	return true;
}
