/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/workplace.h"

#include "engine/inputs/copies.h"

void workplace_release(struct workplace *workplace)
{
	progress_end(&workplace->progress);
	floors_release(&workplace->floors);
	floors_release(&workplace->host_floors);
	policies_release(&workplace->policies);
	bundles_release(&workplace->bundles);
	text_release(&workplace->notes);
	root_release(&workplace->no_root);
	if (workplace->host_is_open)
		host_close(&workplace->host);
	*workplace = (struct workplace){0};
}

static void list_bundles(const struct args *args, struct workplace *out)
{
	const char *installed = args->places.bundles;

	out->bundles.keyring_path = mem_strdup(input_keyring(args));
	out->bundles.keyring_trust = input_trust(args);
	out->bundles.now = out->run.now;
	out->bundles.copies_root = out->run.state_root;
	out->bundles.copies = copies_folder(out->run.state, &out->policies.arena);
	for (size_t i = 0; i < args->bundles.count; i++)
		bundles_add(&out->bundles, args->bundles.list[i]);
	if (args->bundles.count)
		return;
	if (folder_is_closed(&out->no_root, installed))
		text_addf(&out->notes,
		    "this user may not read %s; no bundle was taken from there\n",
		    text_escape_string(installed).text);
	else if (file_type(&out->no_root, installed) != FILE_ABSENT)
		bundles_add(&out->bundles, installed);
}

/* A run reads them again, and tells what is wrong with them. */
const struct floors *workplace_floors(struct workplace *workplace)
{
	const struct run *run = &workplace->run;
	struct floors *floors = &workplace->floors;
	struct err ignored = {0};

	if (workplace->floors_loaded)
		return floors;
	workplace->floors_loaded = true;
	(void)!floors_load(run->state_root,
	    arena_printf(&workplace->policies.arena, "%s/floors", run->state), floors, &ignored);
	if (run->host_floors &&
	    floors_load(&workplace->no_root, run->host_floors, &workplace->host_floors, &ignored))
		floors->above = &workplace->host_floors;
	return floors;
}

/* Judged as a run will judge it, so that policies and what they are compared with come from one
 * bundle. */
static bool is_refused(struct workplace *workplace, struct bundle *bundle, struct err *why)
{
	const struct keyring *keyring = &workplace->bundles.keyring;
	const struct floors *floors = workplace_floors(workplace);
	int64_t now = floors_now(floors, workplace->run.now);
	AUTO(bytes) next = {0};

	return !floors_judge(floors, bundle, keyring, NULL, now, why) ||
	       !bundle_next_keyring(bundle, keyring, now, &next, why);
}

/* A bundle that is refused gives no policy when there is a good last copy of it, which does.
 * Without a copy it gives one, and the run then refuses the bundle. A copy that is refused itself
 * gives none: NULL, with the reason. */
static struct bundle *choose_source(
    struct workplace *workplace, const char *id, struct bundle_answer *answer)
{
	struct bundle *copy;
	struct err why = {0};

	if (!answer->bundle || !is_refused(workplace, answer->bundle, &why))
		return answer->bundle;
	if (answer->copy) {
		struct err source = answer->why;

		err_set(&answer->why, source.code,
		    "%s; version %llu, the last good copy, cannot be used: %s", source.text,
		    (unsigned long long)answer->bundle->manifest.version, why.text);
		return NULL;
	}
	copy = bundles_copy(&workplace->bundles, id);
	return copy && !is_refused(workplace, copy, &why) ? copy : answer->bundle;
}

static bool is_bundled(const char *policy)
{
	return strncmp(policy, WORDS_BUNDLE, strlen(WORDS_BUNDLE)) == 0;
}

/* The policies that a verified bundle holds, under the name "bundle:ID/member". */
static bool load_from_bundle(const char *name, struct workplace *out, struct err *err)
{
	const char *id = name + strlen(WORDS_BUNDLE);
	const struct manifest_entry *entries;
	struct bundle_answer answer;
	struct bundle *bundle;
	bool any = false;

	if (!bundles_find(&out->bundles, id, &answer, err))
		return err_wrap(err, "%s", text_escape_string(name).text);
	bundle = choose_source(out, id, &answer);
	if (!bundle) {
		*err = answer.why;
		if (out->bundles.count == 0)
			err_set(err, answer.why.code, "%s; name its file or folder with --bundle",
			    answer.why.text);
		return err_wrap(err, "%s", text_escape_string(name).text);
	}
	entries = bundle->manifest.contents.list;
	for (size_t i = 0; i < bundle->manifest.contents.count; i++) {
		AUTO(bytes) bytes = {0};
		AUTO(text) file = {0};

		if (entries[i].kind != MEMBER_POLICY)
			continue;
		text_addf(&file, "%s/%s", name, entries[i].file);
		if (!bundle_read(bundle, &entries[i], &bytes, err) ||
		    !policy_parse(bytes_span(&bytes), text_string(&file), &out->policies, err))
			return false;
		any = true;
	}
	if (!any)
		return err_set(err, ERR_POLICY,
		    "%s: the bundle holds no policy (no member of kind policy)",
		    text_escape_string(name).text);
	return true;
}

static bool load_policy(const char *path, struct workplace *out, struct err *err)
{
	return is_bundled(path) ? load_from_bundle(path, out, err)
	                        : policy_load(path, out->run.trust, &out->policies, err);
}

static bool load_policies(
    const struct args *args, bool needed, struct workplace *out, struct err *err)
{
	const char *installed = args->places.policies;

	for (size_t i = 0; i < args->policies.count; i++)
		if (!load_policy(args->policies.list[i], out, err))
			return false;
	if (args->policies.count == 0) {
		if (!is_bundled(installed) && file_type(&out->no_root, installed) == FILE_ABSENT &&
		    !folder_is_closed(&out->no_root, installed))
			return !needed || err_set(err, ERR_POLICY,
			                      "no policy: %s does not exist; put policies (*.yaml) "
			                      "there, or name one with --policy",
			                      text_escape_string(installed).text);
		if (!load_policy(installed, out, err))
			return false;
	}
	policies_filter(&out->policies, &out->host.facts);
	return policies_check(&out->policies, err);
}

/* What explains a fault is needed most when the policies are at fault, or their bundle is. A folder
 * without any is as none. What was read of some is let go: half of what is wanted judges wrongly.
 */
static void load_if_any(const struct args *args, struct workplace *out)
{
	struct policies *policies = &out->policies;
	struct err *why = &out->unpoliced;

	if (load_policies(args, false, out, why)) {
		*why = (struct err){0};
		return;
	}
	policies->count = 0;
	policies_filter(policies, &out->host.facts);
	if (policies->empty_folder) {
		text_addf(&out->notes, "%s\n", why->text);
		*why = (struct err){0};
	} else {
		text_addf(&out->notes, "nothing is judged by a policy: %s\n%s", why->text,
		    text_string(&policies->faults));
	}
}

/* Who makes an image each day must not be shown an old bundle each day. */
static bool choose_host_floors(const struct args *args, struct workplace *out, struct err *err)
{
	if (!out->host.root.confined)
		return !args->floors ||
		       err_set(err, ERR_USAGE, "--floors is for work on an image: give --root too");
	out->run.host_floors =
	    args->floors ? args->floors
	                 : arena_printf(&out->policies.arena, "%s/floors", args->places.state);
	return !args->floors || file_type(&out->no_root, args->floors) != FILE_ABSENT ||
	       err_set(err, ERR_IO, "%s: no such file (--floors)",
	           text_escape_string(args->floors).text);
}

bool workplace_confess(const struct workplace *workplace, struct err *err)
{
	if (workplace->unpoliced.code == ERR_NONE)
		return true;
	*err = workplace->unpoliced;
	return false;
}

bool workplace_open(const struct args *args, enum workplace_policies policies,
    struct workplace *out, struct err *err)
{
	*out = (struct workplace){.no_root = root_none()};
	out->progress = progress_start(!args->quiet && !args->no_progress);
	out->run = (struct run){
	    .now = input_now(args),
	    .policies = &out->policies,
	    .bundles = &out->bundles,
	    .host = &out->host,
	    .state_root = &out->no_root,
	    .state = input_state(args),
	    .trust = input_trust(args),
	    .lock_wait = args->lock_wait,
	    .all = args->all,
	    .discard = args->discard,
	    .progress = progress_tell,
	    .progress_context = &out->progress,
	};
	if (!host_open(args->root ? args->root : "/", &out->host, err))
		return false;
	out->host_is_open = true;
	out->host.root.trust = out->no_root.trust = out->run.trust;
	out->host.run_tools = args->run_image_tools;
	if (args->root && !args->state) {
		out->run.state_root = &out->host.root;
		out->run.state = out->host.state_folder;
	}
	if (args->run_image_tools && !out->host.root.confined)
		return err_set(
		    err, ERR_USAGE, "--run-image-tools is for work on an image: give --root too");
	if (!choose_host_floors(args, out, err))
		return false;
	if (policies == WORKPLACE_NO_POLICIES)
		return true;
	list_bundles(args, out);
	if (policies == WORKPLACE_BUNDLES)
		return true;
	if (policies == WORKPLACE_POLICIES_IF_ANY) {
		load_if_any(args, out);
		return true;
	}
	return load_policies(args, true, out, err);
}
