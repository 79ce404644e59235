/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/apply/ask.h"

#include "engine/apply/edits.h"
#include "engine/apply/left.h"
#include "engine/apply/texts.h"

/* Whether somebody has made the setting what it was before us, so that what they made of our files
 * is theirs. Two settings that are direct are alike whatever bypasses them: there a line of ours
 * may be left. */
static bool is_put_back(const struct step *step)
{
	const struct proxy *was = step->want->setting;
	const struct item *have = step->have;

	return step->cause == CAUSE_SUPERSEDED &&
	       (!step->left || !have || !have->setting || have->setting->mode != PROXY_DIRECT ||
	           (was && setting_same_bypass(was, have->setting)));
}

bool ask_put(struct carrier *carrier, struct step *step, struct changes *out, struct err *err)
{
	struct session *session = carrier->session;
	struct host *host = session->run->host;
	const struct ledger_entry *entry = NULL;
	size_t links;

	if (step->by_tool || step->cause == CAUSE_REBUILD_PENDING ||
	    step->cause == CAUSE_UNREADABLE)
		return true;
	if (step->want->asked.restores)
		entry = ledger_find(&session->out->ledger, item_id(step->want, &out->arena));
	if (entry && !texts_restore(session, entry, out, &step->given_back, &step->left,
	                 &session->out->plan.arena, err))
		return false;
	step->given_back |= entry && is_put_back(step);
	if (step->overwrites || step->given_back)
		step->left = NULL;
	if (step->given_back || step->left)
		return true;
	links = out->link_count;
	if (!host->ops->put(host, step->want, step->have, out, err))
		return false;
	step->untouched = step->want->key.kind == ITEM_PROXY && out->link_count == links;
	return true;
}

/* Whether what is not ours may go too. */
static bool is_unowned_meant(const struct session *session, const struct step *step)
{
	return step->want ? step->want->asked.remove_unowned
	                  : session->rules.remove_unowned[item_store(step->have)];
}

/* Gives back what stood there before us; but not a root that is to go, whoever owns it. */
static bool give_back_edits(struct carrier *carrier, struct step *step, struct asked *asked,
    struct changes *out, struct err *err)
{
	struct outcome *outcome = carrier->session->out;
	const struct ledger_entry *entry =
	    ledger_find(&outcome->ledger, item_id(step_item(step), &outcome->arena));

	if (!entry || entry->text_count == 0 ||
	    (item_store(step_item(step)) == STORE_ROOT && asked->remove_unowned))
		return true;
	edits_say(entry, asked);
	if (!edits_restore(carrier->session, entry, out, &step->given_back, err))
		return false;
	/* of an item that only the ledger knows, an edited line is all that is left */
	if (!step->given_back && !step->have)
		step->left = left_of_entry(carrier->session, entry, &outcome->plan.arena);
	return true;
}

bool ask_drop(struct carrier *carrier, struct step *step, struct changes *out, struct err *err)
{
	struct host *host = carrier->session->run->host;
	const struct items *list = &carrier->session->out->have;
	const struct item *end = list->list + list->count;
	const struct item *item = items_find(list, &step_item(step)->key);
	struct asked asked = {.remove_unowned = is_unowned_meant(carrier->session, step)};

	if (!give_back_edits(carrier, step, &asked, out, err))
		return false;
	asked.given_back = step->given_back && !asked.remove_unowned;
	for (; item && item < end && key_equal(&item->key, &step_item(step)->key); item++) {
		struct item going = *item;

		going.asked = asked;
		if (!host->ops->drop(host, &going, out, err))
			return false;
	}
	return true;
}
