/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "cli/status/status.h"
#include "report/fill.h"
#include "report/report.h"

/* A line with its head, or below the one before. */
static void tell(struct output *output, const char *head, bool first, const struct text *line)
{
	output_addf(output, "%-9s ", first ? head : "");
	report_add_safe(&output->bytes, text_string(line));
	output_add(output, "\n");
}

static void tell_proxies(struct output *output, struct status *status)
{
	const struct items *have = &status->outcome.have;
	bool first = true;

	for (size_t i = 0; i < have->count; i++) {
		const struct item *item = &have->list[i];
		AUTO(text) line = {0};

		if (item->key.kind != ITEM_PROXY)
			continue;
		text_addf(&line, "%-14s %s",
		    item->seen.personal && *item->label ? item->label : key_text(&item->key).text,
		    item_shown(item));
		if (status_is_set(item))
			text_addf(&line, "  [%s] %s",
			    item->seen.location ? item->seen.location : "",
			    status_why(status, item));
		tell(output, "proxies", first, &line);
		first = false;
	}
}

static void tell_stores(struct output *output, const struct status *status)
{
	bool first = true;

	for (unsigned i = 0; i < STORES; i++) {
		const struct store_count *count = &status->stores[i];
		AUTO(text) line = {0};

		if (count->all + count->pending == 0)
			continue;
		text_addf(&line, "%-14s %zu certificate%s, %zu shipped by the system, ",
		    store_words[i], count->all, count->all == 1 ? "" : "s", count->shipped);
		if (status->closed)
			text_add(&line, "how many are ours is not known");
		else
			text_addf(&line, "%zu ours", count->ours);
		if (count->pending)
			text_addf(&line, "; %zu more not in force yet", count->pending);
		tell(output, "stores", first, &line);
		first = false;
	}
}

static void add_days(struct text *line, const struct status *status, int64_t expires)
{
	int64_t left = status_days_left(status, expires);
	char time[CLOCK_TEXT];

	clock_write(expires, time);
	if (expires <= status->workplace.run.now)
		text_addf(line, "expired %.10s", time);
	else
		text_addf(line, "expires %.10s (%lld day%s left)", time, (long long)left,
		    left == 1 ? "" : "s");
}

static void tell_bundles(struct output *output, const struct status *status)
{
	for (size_t i = 0; i < status->bundle_count; i++) {
		const struct status_bundle *bundle = &status->bundles[i];
		const struct manifest *manifest = bundle->manifest;
		AUTO(text) line = {0};

		if (!bundle->tried) {
			text_addf(&line, "%s: not checked: there is no keyring", bundle->file);
		} else if (!manifest) {
			text_addf(&line, "%s%s: %s", bundle->copy ? "last good copy, " : "",
			    bundle->refusal.code == ERR_IO ? "cannot be read" : "refused",
			    bundle->refusal.text);
		} else {
			text_addf(&line, "%s version %llu, ", manifest->id,
			    (unsigned long long)manifest->version);
			add_days(&line, status, manifest->expires);
			if (bundle->copy)
				text_add(&line, "; the last good copy: nothing that was looked at "
				                "gives it");
		}
		tell(output, "bundles", i == 0, &line);
	}
}

static void tell_keyring(struct output *output, const struct status *status)
{
	const struct bundles *bundles = &status->workplace.bundles;
	const struct keyring *keyring = &bundles->keyring;
	AUTO(text) line = {0};

	if (bundles->keyring_loaded) {
		text_addf(&line, "version %llu, %llu of %zu signers, ",
		    (unsigned long long)keyring->version, (unsigned long long)keyring->threshold,
		    keyring->count);
		add_days(&line, status, keyring->expires);
	} else {
		text_addf(&line, "none: %s", status->keyring_refusal.text);
	}
	tell(output, "keyring", true, &line);
}

static void tell_last_run(struct output *output, const struct status *status)
{
	const struct history *history = &status->history;
	AUTO(text) line = {0};
	char time[CLOCK_TEXT];

	if (history->count) {
		const struct history_entry *last = &history->list[history->count - 1];

		clock_write(last->time, time);
		text_addf(&line, "%s at %s: %s, +%zu ~%zu -%zu", last->mode, time,
		    history_outcome_name(last->outcome), last->changed[ACTION_ADD],
		    last->changed[ACTION_REPLACE], last->changed[ACTION_REMOVE]);
		if (last->failed)
			text_addf(&line, ", %zu failed", last->failed);
	} else if (status->unread) {
		text_addf(&line, "not known: %s", status->unread);
	} else {
		text_add(&line, "nothing was changed on this host yet");
	}
	tell(output, "last run", true, &line);
}

void status_tell(struct output *output, struct status *status)
{
	report_add_host(&output->bytes, report_host(status->outcome.facts));
	tell_proxies(output, status);
	tell_stores(output, status);
	tell_bundles(output, status);
	tell_keyring(output, status);
	tell_last_run(output, status);
	for (size_t i = 0; i < status->waiting_count; i++) {
		AUTO(text) line = {0};

		text_add(&line, status->waiting[i].message);
		tell(output, "waiting", i == 0, &line);
	}
	if (status->waiting_count == 0)
		output_add(output, "waiting   nothing\n");
	report_add_notes(&output->bytes, text_string(&status->outcome.notes));
}
