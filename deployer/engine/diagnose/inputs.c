/* SPDX-License-Identifier: Apache-2.0 */
/* What the policies need beside the host: bundles, the keyring, and how long all of it lasts. */
#include "base/clock.h"
#include "engine/diagnose/probes.h"
#include "engine/inputs/inputs.h"
#include "engine/mark.h"
#include "engine/uses.h"

enum { NAMED_MAX = 5 }; /* of the items that a finding is about */

static const struct bundle_use *use_at(const struct diagnosing *d, size_t at)
{
	const struct resolver *resolver = &d->session->resolver;

	return at < resolver->use_count ? &resolver->uses[at] : NULL;
}

static void find_use(struct diagnosing *d, const struct bundle_use *use)
{
	struct finding *finding =
	    find(d, "Bundle %s: %s", use->id, *use->reason ? use->reason : "it cannot be used");
	const char *remedy = use_remedy(use);

	if (remedy)
		finding->remedy = remedy;
	if (use->bundle)
		find_evidence(d, "last_good_copy", "version %llu",
		    (unsigned long long)use->bundle->manifest.version);
}

void ask_bundle_refused(struct diagnosing *d)
{
	const struct bundle_use *use;

	for (size_t i = 0; (use = use_at(d, i)); i++)
		if (use->tried && use->refused)
			find_use(d, use);
}

/* Whether a rule needs it; or wants of it what is not in force. */
static bool is_needed(const struct diagnosing *d, const struct bundle_use *use)
{
	for (size_t i = 0; i < d->want->count && !use->needed; i++) {
		const struct item *want = &d->want->list[i];
		const struct item *have = items_find(d->have, &want->key);

		if (want->asked.bundle && strcmp(want->asked.bundle, use->id) == 0 &&
		    want->presence == ITEM_PRESENT && (!have || have->presence != ITEM_PRESENT))
			return true;
	}
	return use->needed;
}

/* Where nobody said where bundles are, none was looked for: that is no trouble of the host. */
void ask_bundle_missing(struct diagnosing *d)
{
	const struct bundles *bundles = d->session->run->bundles;
	bool given = bundles && bundles->given;
	const struct bundle_use *use;

	for (size_t i = 0; (use = use_at(d, i)); i++) {
		if (!use->tried || use->bundle || use->refused || use->unreachable)
			continue;
		find_use(d, use);
		if (given && is_needed(d, use))
			continue;
		d->out->list[d->out->count - 1].severity = SEVERITY_INFO;
		if (!given)
			session_note(d->session,
			    "no bundle was given, so bundle %s was not looked at; name it with "
			    "--bundle",
			    use->id);
	}
}

/* With its last good copy the host goes on as it was; where nobody said where bundles are, as
 * above.
 */
void ask_bundle_unreachable(struct diagnosing *d)
{
	const struct bundles *bundles = d->session->run->bundles;
	bool given = bundles && bundles->given;
	const struct bundle_use *use;

	for (size_t i = 0; (use = use_at(d, i)); i++) {
		struct finding *finding;

		if (!use->tried || use->refused || !(use->unreachable || use->copy))
			continue;
		find_use(d, use);
		finding = &d->out->list[d->out->count - 1];
		if (use->copy && !given)
			finding->severity = SEVERITY_INFO;
		else if (use->copy)
			finding->severity = SEVERITY_WARNING;
	}
}

void ask_bundle_expiring(struct diagnosing *d)
{
	const struct bundle_use *use;

	for (size_t i = 0; (use = use_at(d, i)); i++) {
		struct inputs_deadline deadline;
		char date[CLOCK_TEXT];

		if (!use->bundle || use->copy)
			continue;
		deadline = inputs_deadline_of(use);
		if (d->now < deadline.warn_at)
			continue;
		clock_write(deadline.at, date);
		find(d, "Bundle %s: %s %s, %s.", use->id,
		    deadline.stale ? "the policy's max_age refuses it from" : "it expires at", date,
		    inputs_in_days(deadline.at - d->now, &d->out->arena));
	}
}

static const struct keyring *keyring_of(const struct diagnosing *d)
{
	struct bundles *bundles = d->session->run->bundles;
	struct err ignored = {0};

	/* also where no policy is at hand, or none needs a bundle */
	return bundles && bundles_load_keyring(bundles, &ignored) ? &bundles->keyring : NULL;
}

void ask_keyring_expired(struct diagnosing *d)
{
	const struct keyring *keyring = keyring_of(d);
	char date[CLOCK_TEXT];

	if (!keyring || d->now < keyring->expires)
		return;
	clock_write(keyring->expires, date);
	find(d, "The keyring expired at %s: every bundle is refused.", date);
	find_evidence(d, "location", "%s", d->session->run->bundles->keyring_path);
}

void ask_keyring_expiring(struct diagnosing *d)
{
	const struct keyring *keyring = keyring_of(d);
	char date[CLOCK_TEXT];

	if (!keyring || d->now >= keyring->expires ||
	    d->now < keyring->expires - INPUTS_KEYRING_WARNING)
		return;
	clock_write(keyring->expires, date);
	find(d, "The keyring expires at %s, %s.", date,
	    inputs_in_days(keyring->expires - d->now, &d->out->arena));
	find_evidence(d, "location", "%s", d->session->run->bundles->keyring_path);
}

void ask_certificate_expiring(struct diagnosing *d)
{
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];
		char date[CLOCK_TEXT];

		if (item->key.kind != ITEM_CERTIFICATE || !item->seen.not_after ||
		    item_store(item) == STORE_DISALLOWED ||
		    d->now < item->seen.not_after - INPUTS_CERTIFICATE_WARNING ||
		    !find_owner(d, item))
			continue;
		clock_write(item->seen.not_after, date);
		find(d, "%s, which this program manages, %s at %s.", item->label,
		    d->now < item->seen.not_after ? "expires" : "expired", date);
		find_evidence(d, "location", "%s", item->seen.location ? item->seen.location : "");
	}
}

/* That a bundle is not there is a finding of its own; what users have set is not looked at by
 * check. */
static bool is_told_by_check(const struct step *step)
{
	return step->result == RESULT_FAIL && step->cause != CAUSE_NO_BUNDLE &&
	       !step_item(step)->seen.personal;
}

void ask_compliance(struct diagnosing *d)
{
	struct outcome *seen = d->session->out;
	AUTO(text) names = {0};
	size_t count = 0;

	for (size_t i = 0; i < d->out->count; i++)
		if (d->out->list[i].severity != SEVERITY_INFO)
			return;
	/* what a bundle that is not at hand wants is not known */
	for (size_t i = 0; use_at(d, i); i++)
		if (!use_at(d, i)->bundle)
			return;
	plan_make(d->want, d->have, &d->session->rules, &seen->plan);
	for (size_t i = 0; i < seen->plan.count; i++) {
		const struct step *step = &seen->plan.steps[i];

		if (!is_told_by_check(step))
			continue;
		if (count++ < NAMED_MAX)
			text_addf(&names, "%s%s (%s)", count > 1 ? ", " : "",
			    item_id(step_item(step), &d->out->arena), cause_row(step->cause)->word);
	}
	if (count == 0)
		return;
	find(d, "%zu item%s not as the policies want: %s%s.", count, count == 1 ? " is" : "s are",
	    text_string(&names), count > NAMED_MAX ? ", and others" : "");
	find_evidence(d, "count", "%zu", count);
}

void ask_policies_passed(struct diagnosing *d)
{
	const struct policies *policies = d->session->run->policies;

	for (size_t i = 0; policies && i < policies->passed_count; i++) {
		find(d, "%s is not read: the policies of a folder are called *.yaml or *.yml.",
		    text_escape_string(policies->passed[i].path).text);
		find_evidence(d, "location", "%s", policies->passed[i].path);
	}
}

void ask_other_state(struct diagnosing *d)
{
	const char *place, *next, *message = mark_unknown(d->session, &place, &next);

	if (d->session->closed)
		session_note(d->session, "%s", d->session->closed);
	if (!message)
		return;
	find(d, "%s%s%s", message, next ? " " : "", next ? next : "");
	find_evidence(d, "location", "%s", place);
}
