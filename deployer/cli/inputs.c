/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/inputs.h"

#include "base/clock.h"
#include "base/file.h"
#include "host/host.h"
#include "report/report.h"
#include "state/belongs.h"
#include "state/place.h"
#include "state/history.h"

int64_t input_now(const struct args *args)
{
	return args->given[OPTION_NOW] ? args->now : clock_now();
}

const char *input_keyring(const struct args *args)
{
	return args->keyring ? args->keyring : args->places.keyring;
}

enum file_trust input_trust(const struct args *args)
{
	return args->trust_filesystem ? FILE_TRUST_SERVERS : FILE_TRUST_DISKS;
}

const char *input_state(const struct args *args)
{
	return args->state ? args->state : args->places.state;
}

bool input_notation(const struct args *args, enum notation *out)
{
	static const struct {
		report_writer *writer;
		enum notation notation;
	} notations[] = {{report_json, NOTATION_JSON}, {report_jsonl, NOTATION_LINE},
	    {report_yaml, NOTATION_YAML}};
	report_writer *writer = report_find(args->output)->write;

	for (size_t i = 0; i < COUNT(notations); i++)
		if (notations[i].writer == writer) {
			*out = notations[i].notation;
			return true;
		}
	*out = NOTATION_TEXT;
	return false;
}

/* A folder named on the command line is one of this machine. */
static bool load_history(const struct args *args, const struct host *host, struct root *root,
    struct root *none, struct history *out, struct err *err)
{
	bool image = args->root && !args->state;
	const struct belonging belonging = {
	    .state_root = image ? root : none,
	    .state = image ? host_state_folder(root) : input_state(args),
	    .root = root,
	    .folder = host_state_folder(root),
	};

	struct err ignored = {0};

	/* it decides nothing here, so it may lie on a server */
	belonging.state_root->trust = FILE_TRUST_SERVERS;
	if ((args->root && !belongs_check(&belonging, err)) ||
	    !history_load(belonging.state_root, belonging.state,
	        host->ops ? host->ops->places : NULL, out, err))
		return false;
	if (belongs_to_another(&belonging, &out->arena, &out->elsewhere, &ignored) &&
	    out->elsewhere)
		out->elsewhere = arena_strdup(&out->arena, place_shown(root, out->elsewhere).text);
	return true;
}

bool input_history(const struct args *args, struct history *out, struct err *err)
{
	struct host host = {0};
	AUTO(root) unknown = root_none();
	AUTO(root) none = root_none();
	struct err why = {0};
	bool ok;

	/* a system that is not known has a history all the same */
	if (!host_open(args->root ? args->root : "/", &host, &why) && args->root &&
	    !root_open(args->root, &unknown, err))
		return false;
	ok = load_history(args, &host, host.ops ? &host.root : &unknown, &none, out, err);
	host_close(&host);
	if (ok)
		return true;
	why = *err;
	if (why.denied)
		err_set(err, ERR_IO,
		    "what runs did is kept where this user may not read (%s): run this as root or "
		    "an"
		    " administrator",
		    why.text);
	return false;
}

void input_emit_run(struct emit *emit, const struct history_entry *entry)
{
	emit_pair(emit, "id", entry->id);
	emit_key(emit, "time");
	emit_time(emit, entry->time);
	emit_pair(emit, "mode", entry->mode);
	emit_pair(emit, "outcome", history_outcome_name(entry->outcome));
}

bool input_floors(const struct args *args, struct floors *out, struct text *notes, struct err *err)
{
	AUTO(root) root = root_none();
	AUTO(text) path = {0};

	if (folder_is_closed(&root, input_state(args))) {
		text_addf(notes,
		    "the version floors in %s are not readable by this user and were not asked\n",
		    text_escape_string(input_state(args)).text);
		return true;
	}
	root.trust = input_trust(args);
	text_addf(&path, "%s/floors", input_state(args));
	return floors_load(&root, text_string(&path), out, err);
}
