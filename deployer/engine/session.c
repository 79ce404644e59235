/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/session.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "state/belongs.h"
#include "state/journal.h"
#include "state/place.h"
#include "state/stands.h"

static bool state_path(
    const struct session *session, const char *name, char out[SESSION_PATH], struct err *err)
{
	int size = snprintf(out, SESSION_PATH, "%s/%s", session->run->state, name);

	if (size < 0 || size >= SESSION_PATH)
		return err_set(err, ERR_USAGE, "%s: the path is too long",
		    text_escape_string(session->run->state).text);
	return true;
}

static void list_policies(struct session *session)
{
	const struct policies *policies = session->run->policies;
	struct outcome *out = session->out;
	size_t count = policies ? policies->count : 0;

	out->policies = arena_alloc(&out->arena, (count + 1) * sizeof(*out->policies));
	for (size_t i = 0; i < count; i++) {
		const struct policy *policy = &policies->list[i];

		out->policies[out->policy_count++] = (struct outcome_policy){
		    .name = policy->name,
		    .file = policy->file,
		    .link = policy->link,
		    .sha256 = policy->sha256,
		    .filtered = policy->filtered,
		    .undecided = policy->undecided,
		};
	}
}

bool session_open(struct session *session, struct run *run, struct outcome *out, const char *mode,
    struct err *err)
{
	*session = (struct session){.run = run,
	    .out = out,
	    .how = {run->how.lists, run->how.thorough, run->now},
	    .due = {.host = run->host, .root = run->state_root, .state = run->state}};
	*out = (struct outcome){
	    .mode = mode,
	    .time = run->now,
	    .facts = &run->host->facts,
	    .transaction = "",
	};
	session->resolver = (struct resolver){
	    .policies = run->policies,
	    .bundles = run->bundles,
	    .host = run->host,
	    .floors = &session->floors,
	    .clock = run->now,
	};
	resultant_collect(run->policies, &session->resolver.resultant);
	list_policies(session);
	return state_path(session, "ledger", session->ledger_path, err) &&
	       state_path(session, "floors", session->floors_path, err) &&
	       state_path(session, "history", session->history_path, err);
}

void session_release(struct session *session)
{
	resolver_release(&session->resolver);
	floors_release(&session->floors);
	floors_release(&session->host_floors);
	due_release(&session->due);
	owed_release(&session->owed);
	session->run->host->going = NULL;
	*session = (struct session){0};
}

bool session_may_rotate(const struct session *session)
{
	const struct bundles *bundles = session->run->bundles;

	return bundles && bundles->keyring_path &&
	       root_holds(&session->run->host->root, bundles->keyring_path);
}

void session_progress(struct session *session, const char *what, size_t done, size_t total)
{
	if (session->run->progress)
		session->run->progress(session->run->progress_context, what, done, total);
}

void session_note(struct session *session, const char *fmt, ...)
{
	char line[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	text_add(&session->out->notes, line);
	text_add(&session->out->notes, "\n");
}

/* Why apply and rollback would refuse to undo the transaction; false when they would not, or when
 * that cannot be known. */
static bool is_false(struct session *session, const char *id, struct err *why)
{
	const struct run *run = session->run;
	AUTO(transaction) transaction = {0};

	return (!transaction_load(run->state_root, run->state, id, true, &transaction, why) ||
	           !transaction_judge(&transaction, run->host->ops->places, why)) &&
	       why->code == ERR_FORMAT;
}

/* An unfinished transaction is known by its name; a check says so and touches nothing. */
static bool note_unfinished(struct session *session, struct err *err)
{
	AUTO(journal_names) names = {0};

	if (!journal_names(session->run->state_root, session->run->state, &names, err))
		return false;
	for (size_t i = 0; i < names.open_count; i++) {
		struct err why = {0};

		if (is_false(session, names.open[i], &why))
			session_note(session,
			    "no run can change anything until this is settled: %s", why.text);
		else
			session_note(session,
			    "transaction %s was not finished; the next apply or rollback undoes it",
			    names.open[i]);
	}
	return true;
}

/* Tells a user who may not read the host's floors, as it tells of this state's own. */
static bool load_host_floors(struct session *session, bool lenient, struct err *err)
{
	AUTO(root) none = root_none();
	const char *path = session->run->host_floors;
	struct err why = {0};

	if (!path)
		return true;
	none.trust = session->run->state_root->trust;
	session->floors.above = &session->host_floors;
	/* who could write them would decide which versions are old */
	if (folder_check_private(&none, path, none.trust, &why) &&
	    floors_load(&none, path, &session->host_floors, &why))
		return true;
	if (!lenient || !why.denied)
		return err_set(err, why.code == ERR_IO ? ERR_FORMAT : why.code, "%s", why.text);
	session->closed = arena_printf(
	    &session->out->arena, "The version floors of this host were not asked: %s.", why.text);
	return true;
}

struct belonging session_belonging(const struct run *run)
{
	return (struct belonging){
	    .state_root = run->state_root,
	    .state = run->state,
	    .root = &run->host->root,
	    .folder = run->host->state_folder,
	};
}

bool session_judge_state(const struct run *run, struct err *err)
{
	const struct belonging belonging = session_belonging(run);

	return stands_judge(&belonging, err);
}

static bool load_all(struct session *session, bool lenient, struct err *err)
{
	AUTO(folder) folder = {.fd = -1};
	struct root *root = session->run->state_root;

	/* who could write it would decide what is ours, and which versions are old */
	if (!session->run->state_judged && !session_judge_state(session->run, err))
		return false;
	/* file_type cannot tell a file that is missing from one in a folder that is closed to us */
	return folder_open(root, session->run->state, &folder, err) &&
	       ledger_load_known(root, session->ledger_path, session->run->host->ops->places,
	           &session->out->ledger, err) &&
	       owed_load(&session->owed, root, session->run->state, session->run->host, err) &&
	       floors_load(root, session->floors_path, &session->floors, err) &&
	       load_host_floors(session, lenient, err) && due_read(&session->due, err) &&
	       (!lenient || note_unfinished(session, err));
}

bool session_load(struct session *session, bool lenient, struct err *err)
{
	struct err why = {0};

	if (load_all(session, lenient, &why)) {
		session->newest_loaded = session->floors.newest_signed;
		return true;
	}
	if (!lenient || why.code != ERR_IO || !why.denied) {
		*err = why;
		return false;
	}
	session->closed = arena_printf(&session->out->arena,
	    "What earlier runs remembered cannot be read (%s): nothing is known to be owned, and no "
	    "version of a bundle to be too old.",
	    why.text);
	return session->out->closed = true;
}

/* Whether a policy says what is to be in a certificate store, or not to be. */
static bool ask_of_trust(const struct resultant *policies)
{
	const struct demand *rule = NULL;

	while ((rule = resultant_next(policies, SUBJECT_UNDECLARED, rule)))
		if (rule->which < STORES && demand_undeclared(rule) > UNDECLARED_KEEP)
			return true;
	return resultant_has(policies, SUBJECT_CERTIFICATE) || resultant_has(policies, SUBJECT_ALL);
}

static bool owns_certificates(const struct session *session)
{
	AUTO(ledger) ledger = {0};
	struct err ignored = {0};

	if (!ledger_load(session->run->state_root, session->ledger_path, &ledger, &ignored))
		return true;
	for (size_t i = 0; i < ledger.count; i++)
		if (strncmp(ledger.list[i].id, "certificate/", 12) == 0)
			return true;
	return false;
}

/* Whether this run can do nothing without the trust store. Asked once: a rollback takes out of the
 * ledger what it is asked about. */
static bool is_trust_needed(const struct session *session)
{
	if (session->how.thorough)
		return false;
	if (strcmp(session->out->mode, RUN_ROLLBACK) == 0)
		return owns_certificates(session);
	return ask_of_trust(&session->resolver.resultant);
}

static void note_unseen(struct session *session, const struct err *why)
{
	if (session->unseen)
		return;
	session->unseen = arena_strdup(&session->out->arena, why->text);
	session_note(session, "the trust store was not looked at: %s", why->text);
}

static bool look(struct session *session, bool needed, struct items *have, struct err *err)
{
	struct host *host = session->run->host;
	AUTO(items) seen = {0};

	for (unsigned kind = 0; kind < ITEM_HOST_KINDS; kind++) {
		struct err why = {0};

		if (!(host->ops->kinds & (1u << kind)))
			continue;
		session_progress(session, "looking at the host", kind, ITEM_HOST_KINDS);
		if (host->ops->observe(host, (enum item_kind)kind, &session->how, &seen, &why))
			continue;
		if (needed || kind != ITEM_CERTIFICATE) {
			*err = why;
			return false;
		}
		note_unseen(session, &why);
	}
	items_sort(&seen);
	*have = TAKE(seen);
	return true;
}

bool session_observe(struct session *session, struct items *have, struct err *err)
{
	return look(session, true, have, err);
}

bool session_look(struct session *session, struct items *have, struct err *err)
{
	if (session->trust == TRUST_UNDECIDED)
		session->trust = is_trust_needed(session) ? TRUST_NEEDED : TRUST_UNNEEDED;
	return look(session, session->trust == TRUST_NEEDED, have, err);
}

/* A Windows server that trusts too many roots asks its clients for certificates by a list that is
 * cut off. */
static void note_issuers(struct session *session)
{
	const struct outcome *out = session->out;
	size_t added, size;

	if (!facts_os(out->facts, OS_WINDOWS))
		return;
	added = plan_issuers_added(&out->plan);
	size = added ? added + plan_issuers_there(&out->have) : 0;
	if (size > PLAN_ISSUERS_MAX)
		session_note(session,
		    "with the roots that the policy adds the names of the trusted issuers take %zu"
		    " bytes; Schannel sends %d and cuts the rest: trust fewer roots, or set"
		    " SendTrustedIssuerList to 0",
		    size, PLAN_ISSUERS_MAX);
}

/* Need not be read when nobody asks for it: lists and the certificates beside them are half a
 * MB. */
static bool lists_matter(const struct session *session)
{
	const struct ledger *ledger = &session->out->ledger;

	if (resultant_has(&session->resolver.resultant, SUBJECT_CTL))
		return true;
	for (size_t i = 0; i < ledger->count; i++)
		if (strncmp(ledger->list[i].id, "ctl/", 4) == 0)
			return true;
	return false;
}

bool session_judge(struct session *session, struct err *err)
{
	struct outcome *out = session->out;

	session->rules = (struct plan_rules){.ledger = &out->ledger,
	    .owed = &session->owed.list,
	    .owed_stays = !owed_may_be_done(session->run->host),
	    .owed_by_tool = session->run->host->ops->tool_makes,
	    .looks = strcmp(out->mode, RUN_APPLY) != 0};
	session->how.lists |= lists_matter(session);
	if (!session_look(session, &out->have, err) ||
	    !resolve_want(&session->resolver, &out->have, &out->want, &session->rules, err) ||
	    !lists_examine(
	        &session->resolver, &out->want, &out->have, session->rules.now, false, err))
		return false;
	if (!(session->run->host->ops->kinds & 1u << ITEM_CTL))
		lists_note_limits(&session->resolver, &out->want, session->rules.now);
	resolve_names(&out->want, &out->have);
	plan_make(&out->want, &out->have, &session->rules, &out->plan);
	if (!resolve_contents(&session->resolver, &out->want, &out->plan, err))
		return false;
	resolve_withhold(&session->resolver, &session->rules, &out->plan);
	out->refused = session->resolver.refused;
	note_issuers(session);
	return true;
}
