/* SPDX-License-Identifier: Apache-2.0 */
/* The part of resolve.h that fetches the bytes of certificates out of bundles. */
#include <stdlib.h>

#include "base/clock.h"
#include "engine/resolve.h"
#include "model/cert.h"

/* A member that has to be read, and for which step. */
struct need {
	const struct manifest_entry *entry;
	struct bundle_use *use;
	size_t step;
};

struct fetch {
	struct resolver *resolver;
	struct items *want;
	struct plan *plan;
	struct need *needs;
	size_t count;
	int64_t now;
};

static bool needs_bytes(const struct step *step)
{
	return step->result == RESULT_FAIL && step->action == ACTION_ADD && step->want &&
	       step->want->key.kind == ITEM_CERTIFICATE && !step->want->asked.at_hand &&
	       step->cause != CAUSE_REBUILD_PENDING;
}

static void give_up(struct fetch *fetch, struct step *step, enum cause cause, const char *message)
{
	step->cause = cause;
	step->action = ACTION_KEEP;
	step->message = arena_strdup(&fetch->plan->arena, message);
}

static void give_up_bundle(struct fetch *fetch, struct step *step, const struct bundle_use *use)
{
	give_up(fetch, step, use->clock ? CAUSE_CLOCK : CAUSE_NO_BUNDLE,
	    use_missing(use, &fetch->plan->arena));
	step->next = use_remedy(use);
}

/* An X.509 v1 certificate cannot say that it is a CA's. A self-issued one was made to be a root all
 * the same (OpenSSL's X509_check_ca judges so too). */
static bool is_ca(const struct cert *cert)
{
	return cert->is_ca || (cert->version1 && cert->self_issued);
}

/* True when the certificate may be installed; else the step says why not. */
static bool accept(
    struct fetch *fetch, struct step *step, const struct cert *cert, const char *member)
{
	const struct item *want = step->want;
	const struct certificate_rule *rule = want->asked.rule;
	struct arena *arena = &fetch->plan->arena;
	char date[CLOCK_TEXT], name[CERT_NAME_TEXT];

	if (item_store(want) != STORE_ROOT)
		return true;
	cert_name_text(cert->subject, name);
	if (fetch->now > cert->not_after && !(rule && rule->allow_expired)) {
		clock_write(cert->not_after, date);
		give_up(fetch, step, CAUSE_REFUSED_EXPIRED,
		    arena_printf(arena, "%s (%s) expired at %s", name, member, date));
		return false;
	}
	if (is_ca(cert) || (rule && rule->allow_non_ca))
		return true;
	give_up(fetch, step, CAUSE_REFUSED_NOT_CA,
	    arena_printf(arena, "%s (%s) is not a CA's certificate: %s", name, member,
	        cert->has_basic_constraints ? "its basic constraints say so"
	                                    : "it has no basic constraints"));
	return false;
}

/* A certificate that OpenSSL cannot decode is trusted nowhere, and would make all trust of a Linux
 * host unusable. For one that is distrusted only the bytes count. */
static bool parse(struct span der, const struct item *want, struct cert *out, struct err *err)
{
	bool distrust = item_store(want) == STORE_DISALLOWED;
	struct err ignored = {0};
	struct cert_seen seen;
	char hex[SHA256_HEX];

	if (!cert_parse(der, out, distrust ? &ignored : err)) {
		if (!distrust)
			return false;
		*out = (struct cert){.der = der};
		digest_sha256(der, out->sha256);
	}
	if (!distrust && !cert_see(der, false, &seen, err))
		return false;
	/* The bundle is signed, but only the policy says which certificate was meant. */
	if (memcmp(out->sha256, want->key.sha256, SHA256_SIZE) != 0) {
		hex_write((struct span){out->sha256, SHA256_SIZE}, hex);
		return err_set(err, ERR_TRUST, "its fingerprint is %s", hex);
	}
	return true;
}

/* With the bytes at hand the host can say more, such as that its own tool would leave it out. */
static void ask_host(struct fetch *fetch, struct step *step, struct item *want)
{
	struct host *host = fetch->resolver->host;

	host->ops->express(host, want, &fetch->want->arena);
	if (want->asked.holding == HOLD_IN_VAIN)
		give_up(fetch, step, CAUSE_NEVER_EXTRACTED, want->note);
}

void resolve_ask_again(struct host *host, struct items *want)
{
	for (size_t i = 0; i < want->count; i++) {
		struct item *item = &want->list[i];

		if (item->asked.holding != HOLD_ALREADY)
			continue;
		item->asked.holding = HOLD_YES;
		item->note = item->asked.warning = NULL;
		host->ops->express(host, item, &want->arena);
	}
}

static void fetch_one(struct fetch *fetch, const struct need *need)
{
	struct step *step = &fetch->plan->steps[need->step];
	struct item *want = &fetch->want->list[step->want - fetch->want->list];
	struct escaped member = text_escape_string(need->entry->file);
	char name[CERT_NAME_TEXT];
	AUTO(bytes) der = {0};
	struct cert cert;
	struct err why = {0};

	if (!need->use->bundle) {
		give_up_bundle(fetch, step, need->use);
	} else if (!bundle_read(need->use->bundle, need->entry, &der, &why)) {
		use_refuse(fetch->resolver, need->use, &why);
		give_up_bundle(fetch, step, need->use);
	} else if (!parse(bytes_span(&der), want, &cert, &why)) {
		err_wrap(&why, "%s of bundle %s", member.text, need->use->id);
		give_up(fetch, step, CAUSE_MALFORMED, why.text);
	} else if (accept(fetch, step, &cert, member.text)) {
		want->content =
		    (struct span){arena_copy(&fetch->want->arena, der.data, der.size), der.size};
		if (want->label[0] == 0) {
			cert_name_text(cert.subject, name);
			want->label = arena_strdup(&fetch->want->arena, name);
		}
		ask_host(fetch, step, want);
	}
}

static bool find_one(struct fetch *fetch, size_t at, struct err *err)
{
	struct step *step = &fetch->plan->steps[at];
	struct need *need = &fetch->needs[fetch->count];

	if (!step->want->asked.bundle) {
		give_up(fetch, step, CAUSE_NO_BUNDLE, "the rule names no bundle to take it from");
		step->next = "Name the bundle that holds it with `bundle` in the rule.";
		return true;
	}
	*need = (struct need){.step = at, .use = use_of(fetch->resolver, step->want->asked.bundle)};
	if (!use_open(fetch->resolver, need->use, err))
		return false;
	if (!need->use->bundle) {
		give_up_bundle(fetch, step, need->use);
		return true;
	}
	if (item_digest(step->want))
		need->entry = manifest_find(&need->use->bundle->manifest, step->want->key.sha256);
	if (!need->entry || need->entry->kind != MEMBER_CERTIFICATE) {
		give_up(fetch, step, CAUSE_NOT_IN_BUNDLE,
		    arena_printf(&fetch->plan->arena, "bundle %s (version %llu) does not hold it",
		        text_escape_string(step->want->asked.bundle).text,
		        (unsigned long long)need->use->bundle->manifest.version));
		return true;
	}
	fetch->count++;
	return true;
}

/* Bundle by bundle, in the order of the manifest: one pass over what is compressed together. */
static int compare_needs(const void *a, const void *b)
{
	const struct need *left = a, *right = b;

	if (left->use != right->use)
		return left->use < right->use ? -1 : 1;
	return left->entry < right->entry ? -1 : left->entry > right->entry;
}

/* All bundles are in the list of uses before a pointer to one is kept: it moves when it grows. */
static void name_bundles(struct fetch *fetch)
{
	for (size_t i = 0; i < fetch->plan->count; i++)
		if (needs_bytes(&fetch->plan->steps[i]) && fetch->plan->steps[i].want->asked.bundle)
			use_of(fetch->resolver, fetch->plan->steps[i].want->asked.bundle);
}

bool resolve_contents(
    struct resolver *resolver, struct items *want, struct plan *plan, struct err *err)
{
	struct fetch fetch = {.resolver = resolver, .want = want, .plan = plan};
	bool ok = true;

	fetch.needs = mem_alloc((plan->count + 1) * sizeof(*fetch.needs));
	name_bundles(&fetch);
	for (size_t i = 0; ok && i < plan->count; i++)
		if (needs_bytes(&plan->steps[i]))
			ok = find_one(&fetch, i, err);
	if (ok) {
		uses_settle(resolver);
		fetch.now = floors_now(resolver->floors, resolver->clock);
		qsort(fetch.needs, fetch.count, sizeof(*fetch.needs), compare_needs);
		for (size_t i = 0; i < fetch.count; i++)
			fetch_one(&fetch, &fetch.needs[i]);
	}
	free(fetch.needs);
	return ok;
}

void resolve_names(struct items *want, const struct items *have)
{
	for (size_t i = 0; i < want->count; i++) {
		struct item *item = &want->list[i];
		const struct item *root;

		if (*item->label || item_store(item) != STORE_DISALLOWED)
			continue;
		root = items_find_in(have, item, STORE_ROOT);
		if (root)
			item->label = arena_strdup(&want->arena, root->label);
	}
}
