/* SPDX-License-Identifier: Apache-2.0 */
/* Trust lists: signatures, chains, ages, and the caches they lie in. */
#include <stdio.h>

#include "base/clock.h"
#include "engine/diagnose/probes.h"
#include "formats/windows/urlcache.h"

enum { DAY = 24 * 3600, STALE_DAYS = 180 };

/* What is known of the authorities that sign the certificates of lists' signers (formats.md a.7),
 * so that a policy can name the right one. */
static const struct {
	const char *url, *sha256;
} issuers[] = {
    {"http://www.microsoft.com/pki/certs/MicCerTruLisPCA_2009-04-02.crt",
        "81348a4ca091a7387cfc7f029f240057d22ac2fdb4848b6ff37c9e487317b578"},
    {"http://www.microsoft.com/pki/certs/MicCerLisCA2011_2011-03-29.crt",
        "a53a400df29ec7b8c8fce7cfffe47334f43b1642e604dd0307491737ebbc00ce"},
    {"http://www.microsoft.com/pkiops/certs/Microsoft%20Certificate%20List%20CA%202024.crt",
        "56625ec7886445706fe74ccd2abf69b7c9c9ccde3c7354903af1c8f0e30e9d1c"},
};

static const char *known_issuer(const char *url)
{
	for (size_t i = 0; i < COUNT(issuers); i++)
		if (strcmp(issuers[i].url, url) == 0)
			return issuers[i].sha256;
	return NULL;
}

/* The trust lists as items, one for each distinct list: the first place where it was seen stands
 * for all. Lists of users, and lists older than the one in force, explain nothing. */
static bool counts(const struct diagnosing *d, const struct item *item)
{
	const struct item *in_force;

	if (item->key.kind != ITEM_CTL || !item->seen.list || item->seen.personal)
		return false;
	for (const struct item *other = d->have->list; other < item; other++)
		if (other->seen.list == item->seen.list && !other->seen.personal)
			return false;
	in_force = find_list(d, (enum ctl_list)item->key.which);
	return !in_force || ctl_sequence_compare(item->seen.list->ctl->sequence,
	                        in_force->seen.list->ctl->sequence) >= 0;
}

/* The next one of them behind `at`, or NULL. */
static const struct item *next_list(const struct diagnosing *d, size_t *at)
{
	while (*at < d->have->count)
		if (counts(d, &d->have->list[(*at)++]))
			return &d->have->list[*at - 1];
	return NULL;
}

/* Where that list is, all places in one text. */
static const char *places_of(struct diagnosing *d, const struct item *item)
{
	AUTO(text) places = {0};

	for (size_t i = 0; i < d->have->count; i++)
		if (d->have->list[i].key.kind == ITEM_CTL &&
		    d->have->list[i].seen.list == item->seen.list)
			text_addf(&places, "%s%s", places.size ? ", " : "", d->have->list[i].label);
	return arena_strdup(&d->out->arena, text_string(&places));
}

static void tell_list(struct diagnosing *d, const struct item *item)
{
	const struct ctl *ctl = item->seen.list->ctl;
	char sequence[CTL_SEQUENCE_TEXT], date[CLOCK_TEXT], sha256[SHA256_HEX];

	ctl_sequence_text(ctl->sequence, sequence);
	clock_write(ctl->this_update, date);
	digest_sha256_hex(ctl->file, sha256);
	find_evidence(d, "list", "%s", key_text(&item->key).text);
	find_evidence(d, "sequence", "%s", sequence);
	find_evidence(d, "this_update", "%s", date);
	find_evidence(d, "file_sha256", "%s", sha256);
	find_evidence(d, "location", "%s", item->seen.location);
	find_evidence(d, "places", "%s", places_of(d, item));
}

/* The name of the file at the end of a URL without what follows the last dot, decoded no further.
 */
static const char *file_of(struct diagnosing *d, const char *url)
{
	const char *slash = strrchr(url, '/'), *name = slash ? slash + 1 : url;
	const char *dot = strrchr(name, '.');

	return arena_strndup(&d->out->arena, name, dot ? (size_t)(dot - name) : strlen(name));
}

/* The signer is the one whose issuer is missing: else it is the root. */
static bool is_about_signer(const struct list_facts *facts, const struct chain_outcome *outcome)
{
	char name[CERT_NAME_TEXT];
	struct err ignored = {0};
	struct cert signer;

	if (!cert_parse(facts->signature.signer, &signer, &ignored))
		return false;
	cert_name_text(signer.subject, name);
	return strcmp(name, outcome->subject) == 0;
}

static void report_chain(
    struct diagnosing *d, const struct item *item, const struct chain_outcome *outcome)
{
	bool has_url = outcome->issuer_url[0] != 0;
	const char *file = has_url ? file_of(d, outcome->issuer_url) : "";
	const char *sha256 = known_issuer(outcome->issuer_url);
	struct certificate_rule *rule;
	struct policy *policy;
	char name[URLCACHE_NAME] = "";

	find(d,
	    "The list %s in %s is signed by \"%s\", whose issuer \"%s\"%s%s%s is not on this host. "
	    "Without the network the list cannot be verified.",
	    key_text(&item->key).text, places_of(d, item), outcome->subject, outcome->issuer,
	    has_url ? " (" : "", text_escape_string(file).text, has_url ? ")" : "");
	tell_list(d, item);
	find_evidence(d, "signer", "%s", outcome->subject);
	find_evidence(d, "missing_issuer", "%s", outcome->issuer);
	if (has_url) {
		urlcache_name(outcome->issuer_url, name);
		find_evidence(d, "issuer_url", "%s", outcome->issuer_url);
		find_evidence(d, "issuer_file", "%s", file);
		find_evidence(d, "issuer_cache_file", "%s", name);
	}
	find_evidence(d, "policy_completes_chain", "%s",
	    list_chain_intact(&item->seen.list->policy) ? "yes" : "no");
	policy = cure_begin(d, "ctl-signer");
	rule = cure_certificate(d, policy, STORE_INTERMEDIATE, "microsoft.ctl");
	rule->sha256.given = sha256 && hex_parse(sha256, rule->sha256.digest, SHA256_SIZE);
	rule->all = !rule->sha256.given;
	cure_end(d, policy);
}

void ask_chain(struct diagnosing *d)
{
	const struct item *item;
	size_t at = 0;

	while ((item = next_list(d, &at))) {
		const struct chain_outcome *outcome = &item->seen.list->host.at_now;

		if (outcome->result == CHAIN_MISSING_ISSUER &&
		    is_about_signer(item->seen.list, outcome))
			report_chain(d, item, outcome);
	}
}

void ask_anchor(struct diagnosing *d)
{
	const struct item *item;
	struct policy *policy;
	size_t at = 0;

	while ((item = next_list(d, &at))) {
		const struct chain_outcome *outcome = &item->seen.list->host.at_now;

		if (item->seen.list->foreign)
			continue;
		if (outcome->result != CHAIN_UNTRUSTED_ROOT &&
		    (outcome->result != CHAIN_MISSING_ISSUER ||
		        is_about_signer(item->seen.list, outcome)))
			continue;
		find(d,
		    "The chain of the list %s in %s ends at \"%s\" (%s), and no root of this host "
		    "that may anchor trust lists is above it.",
		    key_text(&item->key).text, places_of(d, item), outcome->subject,
		    outcome->reason);
		tell_list(d, item);
		find_evidence(d, "missing_issuer", "%s", outcome->issuer);
		policy = cure_begin(d, "ctl-root");
		cure_certificate(d, policy, STORE_ROOT, "microsoft.ctl")->all = true;
		cure_end(d, policy);
	}
}

static void suggest_list(struct diagnosing *d, enum ctl_list list)
{
	struct policy *policy = cure_begin(d, "ctl");

	cure_ctl(d, policy, list);
	cure_end(d, policy);
}

void ask_signature(struct diagnosing *d)
{
	const struct item *item;
	size_t at = 0;

	while ((item = next_list(d, &at))) {
		const struct ctl_signature *signature = &item->seen.list->signature;

		if (list_is_trustworthy(item->seen.list))
			continue;
		find(d, "The signature of the list %s in %s is %s%s%s%s.",
		    key_text(&item->key).text, places_of(d, item),
		    ctl_verdict_word(signature->signature), signature->reason[0] ? ": " : "",
		    signature->reason,
		    signature->signature != CTL_SIGNATURE_GOOD ? ""
		    : item->seen.list->foreign
		        ? ", but its signer hangs on a root that may not anchor trust lists"
		        : ", but its signer may not sign trust lists");
		tell_list(d, item);
		suggest_list(d, (enum ctl_list)item->key.which);
	}
}

void ask_damaged_list(struct diagnosing *d)
{
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];

		if (item->key.kind != ITEM_CTL || !item->note || find_is_closed(item))
			continue;
		find(d, "The list %s in %s cannot be read: %s.", key_text(&item->key).text,
		    item->label, item->note);
		find_evidence(d, "list", "%s", key_text(&item->key).text);
		find_evidence(d, "location", "%s", item->seen.location);
		if (!item->seen.evidence)
			suggest_list(d, (enum ctl_list)item->key.which);
	}
}

void ask_expired(struct diagnosing *d)
{
	const struct item *item;
	size_t at = 0;

	while ((item = next_list(d, &at))) {
		const struct ctl_chain *host = &item->seen.list->host;

		if (host->at_now.result != CHAIN_EXPIRED)
			continue;
		find(d, "\"%s\", in the chain of the list %s in %s, has expired. %s",
		    host->at_now.subject, key_text(&item->key).text, places_of(d, item),
		    host->at_this_update.result == CHAIN_OK
		        ? "When the list was issued the chain was good, and it has not been "
		          "altered."
		        : "The chain was not good when the list was issued either.");
		tell_list(d, item);
		find_evidence(d, "chain_at_this_update", "%s",
		    chain_result_word(host->at_this_update.result));
		suggest_list(d, (enum ctl_list)item->key.which);
	}
}

void ask_stale(struct diagnosing *d)
{
	const struct item *item = find_list(d, CTL_AUTHROOT);
	const struct key authroot = key_list(CTL_AUTHROOT);
	const struct item *want = items_find(d->want, &authroot);
	int64_t limit = want && want->asked.demand->rule->max_age
	                    ? want->asked.demand->rule->max_age
	                    : (int64_t)STALE_DAYS * DAY;
	int64_t age = item ? d->now - item->seen.list->ctl->this_update : 0;
	struct policy *policy;

	if (age <= limit)
		return;
	find(d, "The list authroot in %s was issued %lld days ago; more than %lld are unusual.",
	    places_of(d, item), (long long)(age / DAY), (long long)(limit / DAY));
	tell_list(d, item);
	policy = cure_begin(d, "ctl");
	cure_ctl(d, policy, CTL_AUTHROOT)->max_age = limit;
	cure_end(d, policy);
}

/* A list in the URL cache of a service: a file. */
static bool is_cached_list(const struct item *item)
{
	return item->key.kind == ITEM_CTL && item->seen.list && !item->seen.personal &&
	       item->seen.location[0] == '/';
}

/* The first one of that kind, to hold the others against. */
static const struct item *first_cached(const struct diagnosing *d, const struct key *key)
{
	for (size_t i = 0; i < d->have->count; i++)
		if (is_cached_list(&d->have->list[i]) && key_equal(&d->have->list[i].key, key))
			return &d->have->list[i];
	return NULL;
}

void ask_caches_disagree(struct diagnosing *d)
{
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i], *first;

		if (!is_cached_list(item))
			continue;
		first = first_cached(d, &item->key);
		if (first->seen.list == item->seen.list)
			continue;
		find(d, "The list %s is another one in %s than in %s: %s.",
		    key_text(&item->key).text, item->label, first->label,
		    ctl_sequence_compare(
		        item->seen.list->ctl->sequence, first->seen.list->ctl->sequence) == 0
		        ? "two issues of the same list"
		        : "one is older");
		tell_list(d, item);
		find_evidence(d, "other_location", "%s", first->seen.location);
		find_evidence(d, "other_issue", "%s", first->value);
		suggest_list(d, (enum ctl_list)item->key.which);
	}
}

void ask_cache_older(struct diagnosing *d)
{
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i], *in_force;

		if (!is_cached_list(item))
			continue;
		in_force = find_list(d, (enum ctl_list)item->key.which);
		if (!in_force || in_force->seen.location[0] == '/' ||
		    ctl_sequence_compare(
		        item->seen.list->ctl->sequence, in_force->seen.list->ctl->sequence) >= 0)
			continue;
		find(d, "%s holds a list %s that is older than the one in the registry.",
		    item->label, key_text(&item->key).text);
		tell_list(d, item);
		find_evidence(d, "registry", "%s", in_force->value);
	}
}

void ask_cache_empty(struct diagnosing *d)
{
	for (size_t i = 0; i < d->have->count; i++) {
		const struct item *item = &d->have->list[i];

		if (item->key.kind != ITEM_CTL || item->seen.reading != READING_NOTHING)
			continue;
		find(d, "%s has an entry for the list %s and no list.", item->label,
		    key_text(&item->key).text);
		find_evidence(d, "list", "%s", key_text(&item->key).text);
		find_evidence(d, "location", "%s", item->seen.location);
	}
}

void ask_in_force(struct diagnosing *d)
{
	const struct item *source = find_item(d, key_update(UPDATE_SOURCE));

	for (size_t i = 0; source && list_words[i]; i++) {
		const struct item *item = find_list(d, (enum ctl_list)i);

		if (!item) {
			find(d,
			    "No list %s is kept here: the one that is built into Windows is in "
			    "force.",
			    list_words[i]);
			find_evidence(d, "list", "%s", list_words[i]);
			continue;
		}
		find(d, "The list %s in force is that in %s%s%s, with %zu entries.", list_words[i],
		    item->label, strcmp(source->value, WORDS_DEFAULT) == 0 ? "" : ", fetched from ",
		    strcmp(source->value, WORDS_DEFAULT) == 0
		        ? ""
		        : text_escape_string(source->value).text,
		    item->seen.list->ctl->entry_count);
		tell_list(d, item);
	}
}
