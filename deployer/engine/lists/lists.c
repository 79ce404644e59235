/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/lists/lists.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/uses.h"

struct examiner {
	struct resolver *resolver;
	struct items *want, *have;
	int64_t now;
	const struct fingerprint *anchor[CTL_UNKNOWN]; /* that the policies name, or NULL */
	/* on this host; fetched once, so that CryptoAPI has them in its cache; and what the
	 * policies would add besides */
	struct chain_pool intermediates, anchors, cached, more_intermediates, more_anchors;
};

void lists_release(struct lists *lists)
{
	for (size_t i = 0; i < lists->count; i++)
		free(lists->list[i]);
	free(lists->list);
	*lists = (struct lists){0};
}

static void examiner_release(struct examiner *examiner)
{
	chain_pool_release(&examiner->intermediates);
	chain_pool_release(&examiner->anchors);
	chain_pool_release(&examiner->cached);
	chain_pool_release(&examiner->more_intermediates);
	chain_pool_release(&examiner->more_anchors);
}

/* Microsoft's, or one that a policy in force names. */
static bool may_anchor(const struct examiner *examiner, const uint8_t sha256[SHA256_SIZE])
{
	if (ctl_pinned_root(sha256))
		return true;
	for (unsigned list = 0; list < CTL_UNKNOWN; list++)
		if (examiner->anchor[list] &&
		    memcmp(examiner->anchor[list]->digest, sha256, SHA256_SIZE) == 0)
			return true;
	return false;
}

static void ask_policies(struct examiner *examiner)
{
	for (unsigned list = 0; list < CTL_UNKNOWN; list++) {
		const struct demand *winner =
		    resultant_winner(&examiner->resolver->resultant, SUBJECT_CTL, list, NULL);
		const struct ctl_rule *rule = winner ? winner->rule : NULL;

		examiner->anchor[list] = rule && rule->anchor.given ? &rule->anchor : NULL;
	}
}

static bool is_disallowed(const struct items *items, const struct item *item)
{
	const struct item *found = items_find_in(items, item, STORE_DISALLOWED);

	return found && found->presence == ITEM_PRESENT;
}

static void add_certificate(const struct examiner *examiner, const struct item *item,
    struct span der, struct chain_pool *intermediates, struct chain_pool *anchors)
{
	if (item_store(item) == STORE_INTERMEDIATE)
		chain_pool_add(intermediates, der);
	else if (item_store(item) == STORE_ROOT && may_anchor(examiner, item->key.sha256))
		chain_pool_add(anchors, der);
}

static void gather_host(struct examiner *examiner)
{
	const struct items *have = examiner->have;

	for (size_t i = 0; i < have->count; i++)
		if (have->list[i].key.kind == ITEM_CERTIFICATE && have->list[i].content.size > 0 &&
		    have->list[i].presence == ITEM_PRESENT && !is_disallowed(have, &have->list[i]))
			add_certificate(examiner, &have->list[i], have->list[i].content,
			    &examiner->intermediates, &examiner->anchors);
}

/* The bytes of a certificate that a policy wants and its bundle gives; empty otherwise. */
static bool read_wanted(
    struct examiner *examiner, const struct item *want, struct span *out, struct err *err)
{
	struct bundle_use *use = use_of(examiner->resolver, want->asked.bundle);
	const struct manifest_entry *entry = NULL;
	AUTO(bytes) der = {0};
	struct err why = {0};

	*out = (struct span){0};
	if (!use_look(examiner->resolver, use, err))
		return false;
	if (use->bundle && item_digest(want))
		entry = manifest_find(&use->bundle->manifest, want->key.sha256);
	/* what is wrong with the member is said where it is to be installed */
	if (entry && entry->kind == MEMBER_CERTIFICATE &&
	    bundle_read(use->bundle, entry, &der, &why))
		*out =
		    (struct span){arena_copy(&examiner->want->arena, der.data, der.size), der.size};
	return true;
}

static bool gather_policy(struct examiner *examiner, struct err *err)
{
	const struct items *want = examiner->want;

	for (size_t i = 0; i < want->count; i++) {
		const struct item *item = &want->list[i];
		struct span der;

		if (item->key.kind != ITEM_CERTIFICATE || item->presence != ITEM_PRESENT ||
		    !item->asked.bundle || item->asked.holding != HOLD_YES ||
		    is_disallowed(want, item))
			continue;
		if (!read_wanted(examiner, item, &der, err))
			return false;
		if (der.size > 0)
			add_certificate(examiner, item, der, &examiner->more_intermediates,
			    &examiner->more_anchors);
	}
	return true;
}

/* The three questions: with what is embedded alone, with what this host has, and with what the
 * policies would add. */
static void build_embedded(
    struct examiner *examiner, struct list_facts *facts, struct chain_pool *embedded)
{
	const struct ctl_stores stores = {
	    {embedded}, {&examiner->anchors, &examiner->more_anchors}};

	ctl_chain(facts->ctl, &facts->signature, &stores, examiner->now, &facts->embedded);
}

static void build_by_policy(
    struct examiner *examiner, struct list_facts *facts, struct chain_pool *embedded)
{
	const struct ctl_stores stores = {
	    {embedded, &examiner->intermediates, &examiner->more_intermediates},
	    {&examiner->anchors, &examiner->more_anchors}};

	ctl_chain(facts->ctl, &facts->signature, &stores, examiner->now, &facts->policy);
}

/* CryptoAPI takes issuers that it has fetched before out of its cache, without the network. */
static bool build_on_host(struct examiner *examiner, struct list_facts *facts,
    struct chain_pool *embedded, struct err *err)
{
	const struct ctl_stores stores = {
	    {embedded, &examiner->intermediates, &examiner->cached}, {&examiner->anchors}};
	struct host *host = examiner->resolver->host;
	const struct chain_outcome *outcome = &facts->host.at_now;
	AUTO(bytes) issuer = {0};

	ctl_chain(facts->ctl, &facts->signature, &stores, examiner->now, &facts->host);
	if (outcome->result != CHAIN_MISSING_ISSUER || !outcome->issuer_url[0] ||
	    !host->ops->cached)
		return true;
	if (!host->ops->cached(host, outcome->issuer_url, &issuer, err))
		return false;
	if (issuer.size > 0) {
		chain_pool_add(&examiner->cached,
		    (struct span){
		        arena_copy(&examiner->have->arena, issuer.data, issuer.size), issuer.size});
		ctl_chain(facts->ctl, &facts->signature, &stores, examiner->now, &facts->host);
	}
	return true;
}

/* The signature of a list that was checked before in this run, or NULL. */
static const struct ctl_signature *known_signature(const struct lists *lists, const struct ctl *ctl)
{
	for (size_t i = 0; i < lists->count; i++)
		if (lists->list[i]->ctl == ctl)
			return &lists->list[i]->signature;
	return NULL;
}

/* The facts of a list that outlives the run. */
static struct list_facts *learn(struct examiner *examiner, const struct ctl *ctl)
{
	struct lists *lists = &examiner->resolver->lists;
	const struct ctl_signature *signature = known_signature(lists, ctl);
	struct list_facts *facts = mem_alloc(sizeof(*facts));

	facts->ctl = ctl;
	if (signature)
		facts->signature = *signature;
	else
		ctl_check_signature(ctl, &facts->signature);
	lists->list =
	    mem_grow(lists->list, &lists->capacity, lists->count + 1, sizeof(*lists->list));
	lists->list[lists->count++] = facts;
	return facts;
}

/* Somebody else's list, made to look like Microsoft's: its chain is whole and ends at another root.
 * Where a root that may anchor it is in the list, that root is only missing on this host. */
static bool is_foreign(const struct examiner *examiner, const struct list_facts *facts)
{
	uint8_t sha256[SHA256_SIZE];

	if (facts->policy.at_now.result != CHAIN_UNTRUSTED_ROOT ||
	    facts->policy.at_this_update.result != CHAIN_UNTRUSTED_ROOT)
		return false;
	for (size_t i = 0; i < facts->ctl->certificate_count; i++) {
		digest_sha256(facts->ctl->certificates[i], sha256);
		if (may_anchor(examiner, sha256))
			return false;
	}
	return true;
}

static bool examine_have(struct examiner *examiner, struct item *item, struct err *err)
{
	const struct items *have = examiner->have;
	AUTO(chain_pool) embedded = {0};
	struct list_facts *facts;

	for (size_t i = 0; i < have->count; i++)
		if (have->list[i].seen.list && have->list[i].ctl == item->ctl) {
			item->seen.list = have->list[i].seen.list;
			return true;
		}
	facts = learn(examiner, item->ctl);
	item->seen.list = facts;
	ctl_pool(item->ctl, &embedded);
	build_embedded(examiner, facts, &embedded);
	build_by_policy(examiner, facts, &embedded);
	facts->foreign = is_foreign(examiner, facts);
	return build_on_host(examiner, facts, &embedded, err);
}

static const struct manifest_entry *find_member(const struct bundle *bundle, int list)
{
	const struct manifest_entry *entries = bundle->manifest.contents.list;

	for (size_t i = 0; i < bundle->manifest.contents.count; i++)
		if (entries[i].kind == MEMBER_CTL && entries[i].list == list)
			return &entries[i];
	return NULL;
}

static void refuse(
    struct examiner *examiner, struct list_demand *demand, enum cause cause, const char *why)
{
	demand->refusal = cause;
	demand->refused = arena_strdup(&examiner->want->arena, why);
}

/* A list is only handed on when Microsoft signed it, whoever signed the bundle. */
static void judge_offer(struct examiner *examiner, struct list_demand *demand,
    const struct list_facts *facts, const char *member)
{
	struct err why = {0};
	const struct chain_outcome *chain = &facts->policy.at_now;

	if (facts->ctl->list != (enum ctl_list)demand->rule->list)
		err_set(&why, ERR_TRUST, "%s: it is the list %s, not %s", member,
		    ctl_list_word(facts->ctl->list),
		    ctl_list_word((enum ctl_list)demand->rule->list));
	else if (facts->signature.signature != CTL_SIGNATURE_GOOD)
		err_set(&why, ERR_TRUST, "%s: its signature is %s", member,
		    ctl_verdict_word(facts->signature.signature));
	else if (!facts->signature.signer_usage)
		err_set(&why, ERR_TRUST, "%s: its signer may not sign trust lists", member);
	else if (!list_chain_intact(&facts->policy))
		err_set(&why, ERR_TRUST, "%s: the chain of its signer: %s (%s)", member,
		    chain_result_word(chain->result), text_escape_string(chain->issuer).text);
	if (why.code)
		refuse(examiner, demand, CAUSE_REFUSED_LIST, why.text);
	else
		demand->offered = facts;
}

static bool open_offer(struct examiner *examiner, struct item *want, struct list_demand *demand,
    const struct manifest_entry *entry, struct bundle_use *use)
{
	AUTO(chain_pool) embedded = {0};
	AUTO(bytes) member = {0};
	struct list_facts *facts;
	struct err why = {0};

	if (!bundle_read(use->bundle, entry, &member, &why)) {
		use_refuse(examiner->resolver, use, &why);
		refuse(examiner, demand, CAUSE_NO_BUNDLE, why.text);
		return false;
	}
	demand->offered_as_cabinet = !ctl_looks(bytes_span(&member));
	want->ctl = ctls_read(&examiner->resolver->host->ctls, bytes_span(&member), &why);
	if (!want->ctl) {
		err_wrap(&why, "%s", text_escape_string(entry->file).text);
		refuse(examiner, demand, CAUSE_REFUSED_LIST, why.text);
		return false;
	}
	facts = learn(examiner, want->ctl);
	ctl_pool(want->ctl, &embedded);
	build_by_policy(examiner, facts, &embedded);
	judge_offer(examiner, demand, facts, text_escape_string(entry->file).text);
	want->content = (struct span){
	    arena_copy(&examiner->want->arena, member.data, member.size), member.size};
	return demand->offered != NULL;
}

static bool examine_want(struct examiner *examiner, struct item *want, struct err *err)
{
	struct list_demand *demand = want->asked.demand;
	const struct manifest_entry *entry;
	char issue[CTL_ISSUE_TEXT];
	struct bundle_use *use;

	if (!want->asked.bundle)
		return true;
	use = use_of(examiner->resolver, want->asked.bundle);
	if (!use_open(examiner->resolver, use, err))
		return false;
	if (!use->bundle) {
		refuse(examiner, demand, use->clock ? CAUSE_CLOCK : CAUSE_NO_BUNDLE, use->reason);
		return true;
	}
	entry = find_member(use->bundle, demand->rule->list);
	if (!entry) {
		refuse(examiner, demand, CAUSE_NOT_IN_BUNDLE,
		    arena_printf(&examiner->want->arena,
		        "bundle %s (version %llu) holds no list %s",
		        text_escape_string(want->asked.bundle).text,
		        (unsigned long long)use->bundle->manifest.version,
		        key_text(&want->key).text));
		return true;
	}
	if (open_offer(examiner, want, demand, entry, use)) {
		ctl_issue_text(demand->offered->ctl, issue);
		want->value = arena_strdup(&examiner->want->arena, issue);
	}
	return true;
}

/* A list that is not to be trusted gives way whatever its number is, unless a good one beside it is
 * newer than the one that would be written. */
static void allow_replacing(const struct examiner *examiner, struct item *want)
{
	const struct list_facts *offered = want->asked.demand->offered;
	bool any = false;

	for (size_t i = 0; offered && i < examiner->have->count; i++) {
		const struct item *item = &examiner->have->list[i];

		if (!item->seen.list || item->seen.evidence || !key_equal(&item->key, &want->key))
			continue;
		if (!list_is_trustworthy(item->seen.list))
			any = true;
		else if (ctl_sequence_compare(
		             item->seen.list->ctl->sequence, offered->ctl->sequence) > 0)
			return;
	}
	if (any)
		want->asked.replace = CTL_REPLACE_ANY;
}

static bool examine(struct examiner *examiner, struct err *err)
{
	ask_policies(examiner);
	gather_host(examiner);
	if (!gather_policy(examiner, err))
		return false;
	for (size_t i = 0; i < examiner->have->count; i++)
		if (examiner->have->list[i].ctl &&
		    !examine_have(examiner, &examiner->have->list[i], err))
			return false;
	for (size_t i = 0; i < examiner->want->count; i++)
		if (examiner->want->list[i].key.kind == ITEM_CTL &&
		    examiner->want->list[i].asked.demand && !examiner->want->list[i].content.size &&
		    examiner->want->list[i].asked.holding == HOLD_YES &&
		    !examine_want(examiner, &examiner->want->list[i], err))
			return false;
	for (size_t i = 0; i < examiner->want->count; i++)
		if (examiner->want->list[i].key.kind == ITEM_CTL &&
		    examiner->want->list[i].asked.demand)
			allow_replacing(examiner, &examiner->want->list[i]);
	return true;
}

static bool any_wanted(const struct items *want)
{
	for (size_t i = 0; i < want->count; i++)
		if (want->list[i].key.kind == ITEM_CTL && want->list[i].asked.holding == HOLD_YES)
			return true;
	return false;
}

bool lists_examine(struct resolver *resolver, struct items *want, struct items *have, int64_t now,
    bool all, struct err *err)
{
	struct examiner examiner = {.resolver = resolver, .want = want, .have = have, .now = now};
	bool ok = (!all && !any_wanted(want)) || examine(&examiner, err);

	examiner_release(&examiner);
	return ok;
}

bool list_chain_intact(const struct ctl_chain *chain)
{
	return chain->at_now.result == CHAIN_OK || chain->at_this_update.result == CHAIN_OK;
}

bool list_is_trustworthy(const struct list_facts *facts)
{
	return facts->signature.signature == CTL_SIGNATURE_GOOD && facts->signature.signer_usage &&
	       !facts->foreign;
}
