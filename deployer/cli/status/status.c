/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "cli/status/status.h"

#include "base/clock.h"

enum { EDITED_MAX = 16 * 1024 * 1024, DAY = 86400, SOON = 30, KEYRING_SOON = 90 };

static void status_release(struct status *status)
{
	outcome_release(&status->outcome);
	workplace_release(&status->workplace);
	history_release(&status->history);
	free(status->waiting);
	free(status->bundles);
	arena_release(&status->arena);
}

static void wait_for(struct status *status, const char *what, const char *fmt, ...) PRINTF(3);
static void wait_for(struct status *status, const char *what, const char *fmt, ...)
{
	AUTO(text) text = {0};
	char line[600];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	text_add(&text, line);
	status->waiting = mem_grow(status->waiting, &status->waiting_capacity,
	    status->waiting_count + 1, sizeof(*status->waiting));
	status->waiting[status->waiting_count++] =
	    (struct waiting){what, arena_strdup(&status->arena, text_string(&text))};
}

const struct ledger_entry *status_owner(struct status *status, const struct item *item)
{
	return ledger_find(&status->outcome.ledger, item_id(item, &status->arena));
}

/* what lies aside belongs to no store */
static bool is_in_force(const struct item *item)
{
	return item->presence == ITEM_PRESENT ||
	       (item->presence == ITEM_STALE && !item->seen.refused) ||
	       item->presence == ITEM_PARTIAL || item->presence == ITEM_CLOSED;
}

/* One certificate, as it is seen in several places. */
static void count_certificate(
    struct status *status, const struct item *first, const struct item *end)
{
	struct store_count *count = &status->stores[item_store(first)];
	bool ours = status_owner(status, first) != NULL, system = false, force = false;
	bool pending = false, stale = false;

	for (const struct item *item = first; item < end; item++) {
		system = system || item->seen.system;
		force = force || is_in_force(item);
		stale = stale || item->presence == ITEM_STALE;
		pending = pending || (item->presence == ITEM_PENDING && !item->seen.denied);
	}
	count->all += force;
	count->ours += force && ours;
	count->shipped += force && system && !ours;
	count->pending += pending && !force;
	count->stale += stale;
}

static void count_stores(struct status *status)
{
	const struct item *item = status->outcome.have.list;
	const struct item *end = item + status->outcome.have.count, *first;

	while (item < end) {
		first = item++;
		while (item < end && key_equal(&first->key, &item->key))
			item++;
		if (first->key.kind == ITEM_CERTIFICATE)
			count_certificate(status, first, item);
	}
}

int64_t status_days_left(const struct status *status, int64_t expires)
{
	return (expires - status->workplace.run.now) / DAY;
}

static void wait_for_rebuild(struct status *status)
{
	const struct host *host = status->workplace.run.host;
	bool image = host->root.confined;

	for (unsigned i = 0; i < STORES; i++) {
		const struct store_count *count = &status->stores[i];

		if (count->pending + count->stale)
			wait_for(status, "rebuild",
			    "store %s: %zu certificate%s in the sources and not in force, %zu the "
			    "other way round; the distribution's own tool rebuilds it, and apply%s "
			    "does so for what a policy names and for what was rolled back",
			    store_words[i], count->pending, count->pending == 1 ? " is" : "s are",
			    count->stale, image ? " --run-image-tools" : "");
	}
}

static void wait_for_steps(struct status *status)
{
	const struct plan *plan = &status->outcome.plan;

	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];

		if (step->cause == CAUSE_HOOK_DUE)
			wait_for(status, "hook", "%s", step->message);
		else if (step->cause == CAUSE_OTHER_STATE)
			wait_for(status, "state", "%s %s", step->message, step_next(step));
	}
}

static bool has_expired(const struct status *status, int64_t expires)
{
	return expires <= status->workplace.run.now;
}

/* "expires in 1 day", "expires today", "expired 2027-03-01" */
static const char *say_days(struct status *status, int64_t expires)
{
	long long left = (long long)status_days_left(status, expires);
	char date[CLOCK_TEXT];

	clock_write(expires, date);
	if (has_expired(status, expires))
		return arena_printf(&status->arena, "expired %.10s", date);
	if (left == 0)
		return "expires today";
	return arena_printf(&status->arena, "expires in %lld day%s", left, left == 1 ? "" : "s");
}

static void wait_for_dates(struct status *status)
{
	const struct bundles *bundles = &status->workplace.bundles;

	for (size_t i = 0; i < status->bundle_count; i++) {
		const struct status_bundle *bundle = &status->bundles[i];
		const struct manifest *manifest = bundle->manifest;

		if (bundle->copy && bundle->refusal.code != ERR_NONE)
			wait_for(status, "bundle", "a last good copy cannot be used: %s",
			    bundle->refusal.text);
		else if (bundle->refusal.code == ERR_IO)
			wait_for(status, "bundle", "a bundle cannot be read: %s%s",
			    bundle->refusal.text,
			    bundle->left_out ? ""
			                     : "; its last good copy is used, where it has one");
		else if (bundle->refusal.code != ERR_NONE)
			wait_for(status, "bundle", "a bundle is refused: %s", bundle->refusal.text);
		else if (manifest && status_days_left(status, manifest->expires) < SOON)
			wait_for(status, "bundle", "bundle %s %s: publish a new one", manifest->id,
			    say_days(status, manifest->expires));
	}
	if (bundles->keyring_loaded && bundles->keyring.waiting)
		wait_for(status, "keyring",
		    "version %llu of the keyring is in force and lies beside %s; the next apply puts "
		    "it in its place",
		    (unsigned long long)bundles->keyring.version, bundles->keyring_path);
	if (bundles->keyring_loaded &&
	    status_days_left(status, bundles->keyring.expires) < KEYRING_SOON)
		wait_for(status, "keyring", "the keyring %s: hosts need its next version%s",
		    say_days(status, bundles->keyring.expires),
		    has_expired(status, bundles->keyring.expires) ? "" : " before");
}

static void wait_for_rollbacks(struct status *status)
{
	for (size_t i = status->history.count; i-- > 0;) {
		const struct history_entry *entry = &status->history.list[i];

		if (entry->undoable && entry->outcome == HISTORY_IN_PART)
			wait_for(status, RUN_ROLLBACK,
			    "transaction %s was rolled back in part: when what the rollback told "
			    "is mended, run rollback again",
			    entry->id);
	}
}

static void find_waiting(struct status *status)
{
	const struct history *history = &status->history;

	if (history->count && history->list[history->count - 1].outcome == HISTORY_INCOMPLETE)
		wait_for(status, "transaction",
		    "transaction %s was interrupted; the next apply or rollback undoes it",
		    history->list[history->count - 1].id);
	if (status->unread)
		wait_for(status, "state", "what earlier runs have left to be done is not known: %s",
		    status->unread);
	wait_for_rollbacks(status);
	wait_for_rebuild(status);
	wait_for_steps(status);
	wait_for_dates(status);
}

static struct status_bundle *add_bundle(struct status *status, const char *file)
{
	status->bundles = mem_grow(status->bundles, &status->bundle_capacity,
	    status->bundle_count + 1, sizeof(*status->bundles));
	status->bundles[status->bundle_count] = (struct status_bundle){.file = file};
	return &status->bundles[status->bundle_count++];
}

/* Judged by what the host remembers, as each run does it. */
static void judge_bundle(
    struct status *status, const struct bundle *bundle, struct status_bundle *out)
{
	struct workplace *workplace = &status->workplace;
	const struct floors *floors = workplace_floors(workplace);
	int64_t now = floors_now(floors, workplace->run.now);

	if (floors_judge(floors, bundle, &workplace->bundles.keyring, NULL, now, &out->refusal)) {
		out->manifest = &bundle->manifest;
		return;
	}
	(void)err_wrap(&out->refusal, "%s", text_escape_string(out->file).text);
}

static void list_given(struct status *status)
{
	const struct bundles *bundles = &status->workplace.bundles;

	for (size_t i = 0; i < bundles->count; i++) {
		const struct bundle_candidate *candidate = &bundles->list[i];
		struct status_bundle *out = add_bundle(status, candidate->path);

		out->tried = candidate->tried;
		out->left_out = candidate->left_out;
		out->refusal = candidate->refusal;
		if (out->tried && out->refusal.code == ERR_NONE)
			judge_bundle(status, &candidate->bundle, out);
	}
}

static bool is_given(const struct status *status, const char *id)
{
	for (size_t i = 0; i < status->bundle_count; i++)
		if (status->bundles[i].manifest && strcmp(status->bundles[i].manifest->id, id) == 0)
			return true;
	return false;
}

/* A run goes on with last good copies where no source gives the bundle, or the one that is given is
 * refused. */
static void list_copies(struct status *status)
{
	struct bundles *bundles = &status->workplace.bundles;
	AUTO(folder) folder = {.fd = -1};
	struct err ignored = {0};

	if (!folder_open(bundles->copies_root, bundles->copies, &folder, &ignored))
		return;
	for (size_t i = 0; i < folder.count; i++) {
		const char *name = folder.entries[i].name, *suffix = strrchr(name, '.');
		const struct bundle *bundle;
		struct status_bundle *out;
		const char *id;

		if (!suffix || strcmp(suffix, ".cab") != 0 ||
		    folder.entries[i].type != FILE_REGULAR)
			continue;
		id = arena_strndup(&status->arena, name, (size_t)(suffix - name));
		if (is_given(status, id))
			continue;
		bundle = bundles_copy(bundles, id);
		out = add_bundle(
		    status, arena_printf(&status->arena, "%s/%s", bundles->copies, name));
		out->copy = true;
		out->tried = bundles->keyring_loaded;
		if (bundle)
			judge_bundle(status, bundle, out);
		else if (out->tried)
			out->refusal = bundles->copied->why;
	}
}

static bool gather(const struct args *args, struct status *out, struct err *err)
{
	struct run *run = &out->workplace.run;
	struct err unread = {0};

	if (!workplace_open(args, WORKPLACE_BUNDLES, &out->workplace, err))
		return false;
	run->how.lists = run->how.thorough = true;
	if (!run_check(run, &out->outcome, err))
		return false;
	out->closed = out->outcome.closed || folder_is_closed(run->state_root, run->state);
	if (out->closed)
		out->unread = "this user may not read the state folder";
	else if (!history_load(
	             run->state_root, run->state, run->host->ops->places, &out->history, &unread))
		out->unread = arena_strdup(&out->arena, unread.text);
	text_add(&out->outcome.notes, text_string(&out->history.faults));
	if (!bundles_verify(&out->workplace.bundles, &out->keyring_refusal) &&
	    out->workplace.bundles.count)
		wait_for(out, "keyring", "%s", out->keyring_refusal.text);
	list_given(out);
	list_copies(out);
	text_add(&out->outcome.notes, text_string(&out->workplace.notes));
	if (out->closed)
		outcome_note_uncovered(&out->outcome);
	if (!root_can_confine(&unread))
		text_addf(&out->outcome.notes, "--root IMAGE is refused here: %s\n", unread.text);
	count_stores(out);
	find_waiting(out);
	return true;
}

bool status_is_set(const struct item *item)
{
	return !item->setting || item->setting->mode != PROXY_DIRECT;
}

/* Its value alone does not tell: not every file can say all that a policy wants. */
bool status_is_edited(
    struct status *status, const struct item *item, const struct ledger_entry *entry)
{
	struct root *root = &status->workplace.host.root;

	if (!entry->after || strcmp(entry->after, item_state(item)) == 0)
		return false;
	for (size_t i = 0; i < entry->text_count; i++) {
		const struct ledger_text *text = &entry->texts[i];
		AUTO(bytes) now = {0};
		struct err ignored = {0};

		if (text->after && !text->link &&
		    file_read(root, text->place, EDITED_MAX, &now, &ignored) &&
		    !span_equal(bytes_span(&now), span_text(text->after)))
			return true;
	}
	return false;
}

/* What that one has set is not known here, so nothing can be said not to be ours. */
static bool has_other_state(const struct status *status)
{
	const struct plan *plan = &status->outcome.plan;

	for (size_t i = 0; i < plan->count; i++)
		if (plan->steps[i].cause == CAUSE_OTHER_STATE)
			return true;
	return false;
}

const char *status_why(struct status *status, const struct item *item)
{
	const struct item *through =
	    item->seen.proxy.through ? items_find(&status->outcome.have, item->seen.proxy.through)
	                             : NULL;
	const struct ledger_entry *entry = status_owner(status, item);

	if (entry)
		return arena_printf(&status->arena,
		    status_is_edited(status, item, entry)
		        ? "changed by hand since policy %s set it in transaction %s"
		        : "set by policy %s in transaction %s",
		    entry->policy, entry->transaction);
	if (through && status_is_set(item) && (entry = status_owner(status, through)))
		return arena_printf(&status->arena, "set with %s by policy %s in transaction %s",
		    key_id(&through->key).text, entry->policy, entry->transaction);
	if (item->note)
		return item->note;
	if (!status_is_set(item))
		return "nothing sets one";
	if (has_other_state(status))
		return "set on this host, by whom is not known here: another state has changed it "
		       "too";
	return status->closed ? "set on this host, by whom is not known"
	                      : "set on this host, not by this program";
}

bool verb_status(struct cli *cli, struct err *err)
{
	AUTO(status) status = {0};
	enum notation notation;

	if (!gather(&cli->args, &status, err))
		return false;
	progress_end(&status.workplace.progress);
	if (input_notation(&cli->args, &notation))
		status_emit(&cli->output, notation, &status);
	else
		status_tell(&cli->output, &status);
	return true;
}
