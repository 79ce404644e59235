/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"
#include "cli/status/status.h"
#include "formats/ctl.h"
#include "model/cause.h"
#include "report/fill.h"
#include "report/report.h"

enum { RUNS = 5 };

/* "trust-deployer", "host" or "default"; NULL: not known. */
static const char *source_of(struct status *status, const struct item *item)
{
	const struct item *through =
	    item->seen.proxy.through ? items_find(&status->outcome.have, item->seen.proxy.through)
	                             : NULL;

	if (status_owner(status, item) ||
	    (through && status_is_set(item) && status_owner(status, through)))
		return "trust-deployer";
	if (!status_is_set(item))
		return "default";
	return status->closed ? NULL : "host";
}

static void emit_count(struct emit *e, const char *key, uint64_t count)
{
	emit_key(e, key);
	emit_unsigned(e, count);
}

/* A list as it is stored; whether its chain holds is for diagnose to say. */
static void emit_list_item(struct emit *e, const struct item *item)
{
	char sha256[SHA256_HEX], sequence[CTL_SEQUENCE_TEXT] = "";

	digest_sha256_hex(item->content, sha256);
	if (item->ctl)
		ctl_sequence_text(item->ctl->sequence, sequence);
	emit_map(e);
	emit_pair(e, "list", list_words[item->key.which]);
	emit_pair(e, "place", item->seen.location);
	emit_key(e, "in_force");
	emit_bool(e, !item->seen.evidence);
	emit_pair(e, "sequence", *sequence ? sequence : NULL);
	emit_key(e, "this_update");
	if (item->ctl)
		emit_time(e, item->ctl->this_update);
	else
		emit_null(e);
	emit_count(e, "size", item->content.size);
	emit_pair(e, "sha256", item->content.size ? sha256 : NULL);
	emit_pair(e, "last_sync", NULL);
	emit_pair(e, "chain", NULL);
	emit_pair(e, "message", item->note ? item->note : "");
	emit_end(e);
}

static void emit_proxy_account(struct emit *e, struct status *status, const struct item *item)
{
	bool windows = facts_os(status->outcome.facts, OS_WINDOWS);

	emit_map(e);
	emit_pair(e, "name",
	    item->seen.personal && *item->label ? item->label : key_text(&item->key).text);
	emit_pair(e, "id", item_id(item, &status->arena));
	emit_pair(e, "kind", item->seen.personal ? "user" : windows ? "machine" : "consumer");
	emit_key(e, "proxy");
	emit_map(e);
	emit_pair(e, "effective", item_shown(item));
	emit_pair(e, "source", source_of(status, item));
	emit_pair(e, "location", status_is_set(item) ? item->seen.location : NULL);
	emit_pair(e, "why", status_why(status, item));
	emit_end(e);
	emit_key(e, "lists");
	emit_list(e);
	emit_end(e);
	emit_end(e);
}

/* The machine's trust lists, and those that services keep in their caches. */
static void emit_lists_account(struct emit *e, struct status *status)
{
	const struct items *have = &status->outcome.have;
	size_t first = 0;

	while (first < have->count && have->list[first].key.kind != ITEM_CTL)
		first++;
	if (first == have->count)
		return;
	emit_map(e);
	emit_pair(e, "name", "machine");
	emit_pair(e, "id", "");
	emit_pair(e, "kind", "machine");
	emit_pair(e, "proxy", NULL);
	emit_key(e, "lists");
	emit_list(e);
	for (size_t i = first; i < have->count; i++)
		if (have->list[i].key.kind == ITEM_CTL)
			emit_list_item(e, &have->list[i]);
	emit_end(e);
	emit_end(e);
}

static void emit_accounts(struct emit *e, struct status *status)
{
	const struct items *have = &status->outcome.have;

	emit_key(e, "accounts");
	emit_list(e);
	for (size_t i = 0; i < have->count; i++)
		if (have->list[i].key.kind == ITEM_PROXY)
			emit_proxy_account(e, status, &have->list[i]);
	emit_lists_account(e, status);
	emit_end(e);
}

static void emit_stores(struct emit *e, const struct status *status)
{
	emit_key(e, "stores");
	emit_list(e);
	for (unsigned i = 0; i < STORES; i++) {
		const struct store_count *count = &status->stores[i];

		emit_map(e);
		emit_pair(e, "store", store_words[i]);
		emit_count(e, "certificates", count->all);
		emit_count(e, "shipped", count->shipped);
		if (status->closed)
			emit_pair(e, "ours", NULL);
		else
			emit_count(e, "ours", count->ours);
		emit_count(e, "pending", count->pending);
		emit_count(e, "stale", count->stale);
		emit_end(e);
	}
	emit_end(e);
}

static void emit_expiry(struct emit *e, const struct status *status, int64_t expires)
{
	int64_t left = status_days_left(status, expires);

	emit_key(e, "expires");
	emit_time(e, expires);
	emit_count(e, "days_left", left > 0 ? (uint64_t)left : 0);
}

static void emit_bundle(
    struct emit *e, const struct status *status, const struct status_bundle *bundle)
{
	const struct manifest *manifest = bundle->manifest;

	emit_map(e);
	emit_pair(e, "file", bundle->file);
	emit_key(e, "last_good_copy");
	emit_bool(e, bundle->copy);
	emit_pair(e, "id", manifest ? manifest->id : NULL);
	if (manifest) {
		emit_count(e, "version", manifest->version);
		emit_expiry(e, status, manifest->expires);
	} else {
		emit_pair(e, "version", NULL);
		emit_pair(e, "expires", NULL);
		emit_pair(e, "days_left", NULL);
	}
	emit_pair(e, "result",
	    result_words[manifest        ? RESULT_PASS
	                 : bundle->tried ? RESULT_FAIL
	                                 : RESULT_NOTCHECKED]);
	emit_pair(e, "reason",
	    manifest        ? ""
	    : bundle->tried ? bundle->refusal.text
	                    : status->keyring_refusal.text);
	emit_end(e);
}

static void emit_keyring(struct emit *e, const struct status *status)
{
	const struct bundles *bundles = &status->workplace.bundles;

	emit_key(e, "keyring");
	if (!bundles->keyring_loaded) {
		emit_null(e);
		return;
	}
	emit_map(e);
	emit_pair(e, "file", bundles->keyring_path);
	emit_count(e, "version", bundles->keyring.version);
	emit_count(e, "threshold", bundles->keyring.threshold);
	emit_count(e, "signers", bundles->keyring.count);
	emit_expiry(e, status, bundles->keyring.expires);
	emit_end(e);
}

/* The last ones, newest first. */
static void emit_runs(struct emit *e, const struct status *status)
{
	const struct history *history = &status->history;

	emit_key(e, "runs");
	if (status->unread) {
		emit_null(e);
		return;
	}
	emit_list(e);
	for (size_t i = history->count; i-- > 0 && history->count - i <= RUNS;) {
		const struct history_entry *entry = &history->list[i];

		emit_map(e);
		input_emit_run(e, entry);
		for (unsigned k = ACTION_ADD; k < ACTIONS; k++)
			emit_count(e, action_words[k], entry->changed[k]);
		emit_count(e, "failed", entry->failed);
		emit_end(e);
	}
	emit_end(e);
}

static void emit_waiting(struct emit *e, const struct status *status)
{
	emit_key(e, "waiting");
	emit_list(e);
	for (size_t i = 0; i < status->waiting_count; i++) {
		emit_map(e);
		emit_pair(e, "what", status->waiting[i].what);
		emit_pair(e, "message", status->waiting[i].message);
		emit_end(e);
	}
	emit_end(e);
}

void status_emit(struct output *output, enum notation notation, struct status *status)
{
	struct emit emit = emit_into(&output->bytes, notation), *e = &emit;

	emit_map(e);
	emit_pair(e, "schema", "trust-deployer/status/1");
	report_emit_host(e, report_host(status->outcome.facts));
	emit_key(e, "time");
	emit_time(e, status->workplace.run.now);
	emit_accounts(e, status);
	emit_stores(e, status);
	emit_key(e, "bundles");
	emit_list(e);
	for (size_t i = 0; i < status->bundle_count; i++)
		emit_bundle(e, status, &status->bundles[i]);
	emit_end(e);
	emit_keyring(e, status);
	emit_runs(e, status);
	emit_waiting(e, status);
	emit_pair(e, "notes", text_string(&status->outcome.notes));
	emit_end(e);
}
