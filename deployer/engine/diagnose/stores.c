/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate stores: what is in them, and what lists and policies say of it. */
#include <stdio.h>

#include "engine/diagnose/probes.h"
#include "formats/ctl_effect.h"
#include "model/der_value.h"

enum { NAMED_MAX = 5 }; /* of many certificates that a finding is about */

static bool is_certificate(const struct item *item)
{
	return item->key.kind == ITEM_CERTIFICATE;
}

static bool is_root(const struct item *item)
{
	return is_certificate(item) && item_store(item) == STORE_ROOT &&
	       item->presence == ITEM_PRESENT;
}

/* The same root in a second part of the store counts once. */
static bool is_first(const struct diagnosing *d, const struct item *item)
{
	return item == d->have->list || !key_equal(&(item - 1)->key, &item->key);
}

static bool parse(const struct item *item, struct cert *out)
{
	struct err ignored = {0};

	return item->content.size > 0 && cert_parse(item->content, out, &ignored);
}

/* --- damage --- */

void ask_damaged_store(struct diagnosing *d)
{
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];

		/* with its content at hand it is the name of the key that is wrong */
		if (!is_certificate(item) || !item->note || item->content.size > 0 ||
		    item->presence == ITEM_PARTIAL || item->presence == ITEM_PRESENT ||
		    item->seen.exposed || item->seen.denied)
			continue;
		find(d, "An entry of the %s store does not count: %s.%s",
		    store_words[item_store(item)], item->note,
		    item_store(item) == STORE_DISALLOWED
		        ? " What it was to distrust may be trusted."
		        : "");
		find_evidence(d, "location", "%s", item->seen.location ? item->seen.location : "");
	}
}

void ask_unread_store(struct diagnosing *d)
{
	if (d->session->unseen)
		find(d, "The trust store cannot be looked at: %s.", d->session->unseen);
	ask_remarks(d);
}

void ask_private_keys(struct diagnosing *d)
{
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];

		if (!is_certificate(item) || !item->seen.exposed)
			continue;
		find(d, "%s.", item->note);
		find_evidence(d, "location", "%s", item->seen.location);
		find_evidence(d, "sha256", "%s", key_fingerprint(&item->key).text);
	}
}

void ask_key_names(struct diagnosing *d)
{
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];

		if (!is_certificate(item) || !item->note || item->content.size == 0)
			continue;
		find(d, "%s (\"%s\").", item->note, item->label);
		find_evidence(d, "location", "%s", item->seen.location);
		find_evidence(d, "sha256", "%s", key_fingerprint(&item->key).text);
	}
}

/* --- distrust --- */

static bool is_disallowed(const struct diagnosing *d, const struct item *root, const char **where)
{
	const struct item *list = find_list(d, CTL_DISALLOWED), *entry;
	struct cert cert;

	entry = items_find_in(d->have, root, STORE_DISALLOWED);
	if (entry && entry->presence == ITEM_PRESENT) {
		*where = entry->seen.location ? entry->seen.location : "the disallowed store";
		return true;
	}
	*where = list ? list->seen.location : "";
	return list && parse(root, &cert) && ctl_disallows(list->seen.list->ctl, &cert);
}

/* What a policy wants trusted, and what lists are anchored in. */
static bool is_needed(const struct diagnosing *d, const struct item *root, const char **why)
{
	const struct item *want = items_find(d->want, &root->key);
	*why = "a policy wants it trusted";
	if (want && want->presence == ITEM_PRESENT)
		return true;
	*why = "Microsoft's trust lists are anchored in it";
	return item_digest(root) && ctl_pinned_root(root->key.sha256);
}

static void ask_disallowed_of(struct diagnosing *d, const struct items *items)
{
	for (size_t i = 0; i < items->count; i++) {
		const struct item *item = &items->list[i];
		const char *why, *where;
		struct certificate_rule *rule;
		struct policy *policy;

		if (!is_certificate(item) || item_store(item) != STORE_ROOT ||
		    item->presence != ITEM_PRESENT || !is_needed(d, item, &why) ||
		    !is_disallowed(d, item, &where))
			continue;
		if (items == d->have ? !is_first(d, item) : items_find(d->have, &item->key) != NULL)
			continue;
		find(d, "The root \"%s\" is disallowed (%s), and %s.",
		    item->label[0] ? text_escape_string(item->label).text
		                   : key_text(&item->key).text,
		    where, why);
		find_evidence(d, "sha256", "%s", key_fingerprint(&item->key).text);
		find_evidence(d, "location", "%s", where);
		policy = cure_begin(d, "allow-root");
		rule = cure_certificate(d, policy, STORE_DISALLOWED, NULL);
		rule->sha256.given = true;
		memcpy(rule->sha256.digest, item->key.sha256, SHA256_SIZE);
		rule->remove_unowned = true;
		cure_end(d, policy);
	}
}

void ask_needed_disallowed(struct diagnosing *d)
{
	ask_disallowed_of(d, d->have);
	ask_disallowed_of(d, d->want);
}

/* What Windows Update limits is told with the list of roots. */
void ask_restricted(struct diagnosing *d)
{
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *root = &d->have->list[i];
		struct finding *finding;

		/* what keeps a root of Linux from counting has causes of its own */
		if (!is_certificate(root) || item_store(root) != STORE_ROOT || !root->seen.limits ||
		    root->seen.system ||
		    (root->presence != ITEM_DISABLED && root->presence != ITEM_PRESENT))
			continue;
		finding = find(d, "The root \"%s\" %s: %s.", text_escape_string(root->label).text,
		    root->presence == ITEM_DISABLED ? "is not trusted"
		                                    : "is not trusted for everything",
		    root->seen.limits);
		if (root->presence != ITEM_DISABLED)
			finding->severity = SEVERITY_INFO;
		find_evidence(d, "sha256", "%s", key_fingerprint(&root->key).text);
	}
}

/* --- Linux: sources and outputs --- */

/* In force until the distribution's tool runs, for some programs or for all. */
static bool has(const struct item *item, enum presence presence)
{
	return item->presence == presence || (presence == ITEM_STALE && item->seen.dropped);
}

/* How many certificates have that presence, and the names of the first of them. */
static size_t count_by(const struct diagnosing *d, enum presence presence, struct text *names)
{
	size_t count = 0;

	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];

		if (!is_certificate(item) || !has(item, presence) || item->note ||
		    (item->seen.limits && presence == ITEM_PENDING) || item->seen.deselected ||
		    item->seen.refused)
			continue;
		if (count++ < NAMED_MAX)
			text_addf(names, "%s%s", count > 1 ? ", " : "",
			    text_escape_string(item->label).text);
	}
	return count;
}

static void report_count(
    struct diagnosing *d, enum presence presence, const char *before, const char *what)
{
	AUTO(text) names = {0};
	size_t count = count_by(d, presence, &names);

	if (count == 0)
		return;
	find(d, "%s%zu certificate%s%s: %s%s.", before, count, count == 1 ? "" : "s", what,
	    text_string(&names), count > NAMED_MAX ? ", and others" : "");
	find_evidence(d, "count", "%zu", count);
	find_evidence(d, "certificates", "%s", text_string(&names));
}

void ask_pending(struct diagnosing *d)
{
	report_count(d, ITEM_PENDING, "", " in the sources of the trust store, not yet in force");
}

void ask_leftover(struct diagnosing *d)
{
	report_count(d, ITEM_STALE, "The next rebuild drops ",
	    " in force that no source of the trust store holds");
}

/* Whether it is to be told: once, and not when another copy of it is in force. */
static bool is_told(const struct diagnosing *d, const struct item *item, enum presence presence)
{
	const struct item *end = d->have->list + d->have->count;
	const struct item *copy = items_find(d->have, &item->key), *first = NULL;

	if (!is_certificate(item) || item->presence != presence || item->seen.exposed)
		return false;
	for (; copy < end && key_equal(&copy->key, &item->key); copy++) {
		if (copy->presence == ITEM_PRESENT)
			return false;
		if (!first && copy->presence == presence)
			first = copy;
	}
	return first == item;
}

/* A finding for each reason, of which `limits` tells. */
static void report_limits(struct diagnosing *d, enum presence presence, const char *what)
{
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];
		bool before = false;
		size_t count = 0;
		AUTO(text) names = {0};

		if (!item->seen.limits || !is_told(d, item, presence))
			continue;
		for (size_t j = 0; j < d->have->count && !before; j++) {
			const struct item *other = &d->have->list[j];

			if (!other->seen.limits || !is_told(d, other, presence) ||
			    strcmp(other->seen.limits, item->seen.limits) != 0)
				continue;
			before = j < i;
			if (count++ < NAMED_MAX)
				text_addf(&names, "%s%s", count > 1 ? ", " : "",
				    text_escape_string(other->label).text);
		}
		if (before)
			continue;
		find(d, "%zu certificate%s %s, because %s: %s%s.", count, count == 1 ? "" : "s",
		    what, item->seen.limits, text_string(&names),
		    count > NAMED_MAX ? ", and others" : "");
		find_evidence(d, "location", "%s", item->seen.location);
	}
}

void ask_refused_output(struct diagnosing *d)
{
	report_limits(d, ITEM_PENDING, "not in force");
}

void ask_withheld(struct diagnosing *d)
{
	report_limits(d, ITEM_WITHHELD, "never in force");
}

void ask_unreadable(struct diagnosing *d)
{
	report_limits(d, ITEM_CLOSED, "in force for root alone");
}

/* --- the machine's roots as a whole --- */

void ask_too_many_issuers(struct diagnosing *d)
{
	size_t size = plan_issuers_there(d->have);

	if (!facts_os(d->out->facts, OS_WINDOWS) || size <= PLAN_ISSUERS_MAX)
		return;
	find(d, "The names of the trusted issuers take %zu bytes of the %d that Schannel sends.",
	    size, PLAN_ISSUERS_MAX);
	find_evidence(d, "bytes", "%zu", size);
	find_evidence(d, "limit", "%d", PLAN_ISSUERS_MAX);
}

/* The entry of the list for a root, by its thumbprint. */
static const struct ctl_entry *entry_of(const struct ctl *list, const struct item *root)
{
	uint8_t sha1[SHA1_SIZE];

	digest_sha1(root->content, sha1);
	return ctl_find(list, (struct span){sha1, SHA1_SIZE});
}

void ask_not_listed(struct diagnosing *d)
{
	const struct item *list = find_list(d, CTL_AUTHROOT);
	AUTO(text) names = {0};
	size_t count = 0;

	for (size_t i = 0; list && i < d->have->count; i++) {
		const struct item *root = &d->have->list[i];

		if (!is_root(root) || root->content.size == 0 || !is_first(d, root) ||
		    entry_of(list->seen.list->ctl, root) || items_find(d->want, &root->key) ||
		    find_owner(d, root))
			continue;
		if (count++ < NAMED_MAX)
			text_addf(&names, "%s%s", count > 1 ? ", " : "", root->label);
	}
	if (count == 0)
		return;
	find(d, "%zu root%s in the store, in no list and no policy: %s%s.", count,
	    count == 1 ? "" : "s", text_string(&names), count > NAMED_MAX ? ", and others" : "");
	find_evidence(d, "count", "%zu", count);
	find_evidence(d, "roots", "%s", text_string(&names));
}

void ask_not_fetched(struct diagnosing *d)
{
	const struct item *list = find_list(d, CTL_AUTHROOT);
	size_t there = 0;

	if (!list)
		return;
	for (size_t i = 0; i < d->have->count; i++)
		there += is_root(&d->have->list[i]) && d->have->list[i].content.size > 0 &&
		         is_first(d, &d->have->list[i]) &&
		         entry_of(list->seen.list->ctl, &d->have->list[i]) != NULL;
	if (there >= list->seen.list->ctl->entry_count)
		return;
	find(d,
	    "%zu of the %zu roots of the list are not in the store: they are fetched when they are "
	    "needed.",
	    list->seen.list->ctl->entry_count - there, list->seen.list->ctl->entry_count);
	find_evidence(d, "in_store", "%zu", there);
	find_evidence(d, "in_list", "%zu", list->seen.list->ctl->entry_count);
}

void ask_limited(struct diagnosing *d)
{
	const struct item *list = find_list(d, CTL_AUTHROOT);

	for (size_t i = 0; list && i < d->have->count; i++) {
		const struct item *root = &d->have->list[i];
		const struct ctl_entry *entry =
		    is_root(root) && root->content.size > 0 && is_first(d, root)
		        ? entry_of(list->seen.list->ctl, root)
		        : NULL;
		unsigned limits = entry ? ctl_limits(entry, d->now) : 0;

		if (!limits)
			continue;
		find(d, "The list limits the root \"%s\":%s%s%s.", root->label,
		    limits & CTL_LIMIT_DISABLED ? " nothing signed after a date" : "",
		    limits & CTL_LIMIT_NOT_BEFORE ? " nothing issued after a date" : "",
		    limits & CTL_LIMIT_USAGES ? " not for all usages" : "");
		find_evidence(d, "sha256", "%s", key_fingerprint(&root->key).text);
	}
}
