/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/inputs/inputs.h"

#include "base/clock.h"
#include "engine/uses.h"

const char *inputs_in_days(int64_t seconds, struct arena *arena)
{
	int64_t days = seconds / INPUTS_DAY;

	if (days < 1)
		return "in less than a day";
	return arena_printf(arena, "in %lld day%s", (long long)days, days == 1 ? "" : "s");
}

/* A bundle that lives for a week must not warn from its first day on. */
static int64_t warning_of(const struct bundle_use *use, int64_t life)
{
	if (use->warn_before)
		return use->warn_before;
	return life / 3 < INPUTS_BUNDLE_WARNING ? life / 3 : INPUTS_BUNDLE_WARNING;
}

struct inputs_deadline inputs_deadline_of(const struct bundle_use *use)
{
	const struct manifest *manifest = &use->bundle->manifest;
	int64_t life = manifest->expires - manifest->created, max_age = use->demand.max_age;
	struct inputs_deadline own = {.at = manifest->expires};

	own.warn_at = own.at - warning_of(use, life);
	if (max_age == 0 || max_age >= life)
		return own;
	return (struct inputs_deadline){
	    .at = manifest->created + max_age,
	    .warn_at = manifest->created + max_age - warning_of(use, max_age),
	    .stale = true,
	};
}

/* The first rule that names the bundle, for the origin. */
static void set_origin(const struct session *session, const char *id, struct item *item)
{
	const struct policies *policies = session->run->policies;

	for (size_t i = 0; policies && i < policies->count; i++) {
		const struct policy *policy = &policies->list[i];
		const struct bundle_rule *bundles = policy->bundles.list;
		const struct certificate_rule *certificates = policy->certificates.list;
		const struct position *at = NULL;

		for (size_t j = 0; !at && j < policy->bundles.count; j++)
			if (strcmp(bundles[j].id, id) == 0)
				at = &bundles[j].position;
		for (size_t j = 0; !at && j < policy->certificates.count; j++)
			if (certificates[j].bundle && strcmp(certificates[j].bundle, id) == 0)
				at = &certificates[j].position;
		if (policy->filtered || !at)
			continue;
		item->asked.policy = policy->name;
		item->asked.origin = (struct origin){policy->file, at->line};
		return;
	}
}

static struct item *make_item(struct session *session, struct key key, const char *value)
{
	struct arena *arena = &session->out->arena;
	struct item *item = arena_alloc(arena, sizeof(*item));

	/* reports are written when the bundles are closed */
	if (key.name)
		key.name = arena_strdup(arena, key.name);
	*item = (struct item){
	    .key = key,
	    .presence = ITEM_PRESENT,
	    .value = value,
	    .label = "",
	    .asked.policy = "",
	};
	return item;
}

static void tell(struct session *session, struct step *step, enum result result, enum cause cause,
    const char *message)
{
	step->result = result;
	step->cause = cause;
	step->message = message;
	plan_add(&session->out->plan, &session->rules, step);
}

/* Whether an item says already that this bundle is missing. */
static bool is_told(const struct session *session, const char *id)
{
	const struct plan *plan = &session->out->plan;

	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];

		if (step->want && step->want->asked.bundle && step->cause == CAUSE_NO_BUNDLE &&
		    strcmp(step->want->asked.bundle, id) == 0)
			return true;
	}
	return false;
}

static void tell_deadline(struct session *session, struct step *step, const struct bundle_use *use)
{
	struct inputs_deadline deadline = inputs_deadline_of(use);
	struct arena *arena = &session->out->arena;
	int64_t now = session->rules.now;
	char date[CLOCK_TEXT];

	if (now < deadline.warn_at)
		return;
	clock_write(deadline.at, date);
	tell(session, step, RESULT_INFORMATIONAL, deadline.stale ? CAUSE_STALE : CAUSE_EXPIRING,
	    arena_printf(arena, "%s %s, %s.",
	        deadline.stale ? "The policy's max_age refuses it from" : "It expires at", date,
	        inputs_in_days(deadline.at - now, arena)));
}

static struct item *have_bundle(struct session *session, const struct bundle *bundle)
{
	const struct manifest *manifest = &bundle->manifest;

	return make_item(session, key_bundle(manifest->id),
	    arena_printf(
	        &session->out->arena, "version %llu", (unsigned long long)manifest->version));
}

static void judge_bundle(struct session *session, const struct bundle_use *use)
{
	struct arena *arena = &session->out->arena;
	struct item *want = make_item(session, key_bundle(use->id), "");
	struct step step = {.want = want, .next = use_remedy(use)};
	const char *reason = arena_strdup(arena, use->reason);

	set_origin(session, use->id, want);
	if (use->bundle)
		step.have = have_bundle(session, use->bundle);
	if (use->bundle && use->copy)
		reason = arena_printf(arena,
		    use->refused
		        ? "%s; until that is mended nothing is changed, and the host is compared "
		          "with version %llu, the last good copy"
		        : "%s; version %llu, the last good copy, is used",
		    reason, (unsigned long long)use->bundle->manifest.version);
	if (use->refused)
		tell(session, &step, RESULT_FAIL, use->clock ? CAUSE_CLOCK : CAUSE_REFUSED, reason);
	else if (use->unreachable || use->copy)
		tell(session, &step, use->bundle ? RESULT_INFORMATIONAL : RESULT_FAIL,
		    CAUSE_UNREACHABLE, reason);
	else if (use->bundle)
		tell_deadline(session, &step, use);
	else if (!use->needed)
		tell(session, &step, RESULT_NOTCHECKED, CAUSE_NO_BUNDLE,
		    arena_printf(arena,
		        "%s; what the policy takes from it is in place, and until when the bundle "
		        "counts was not looked at",
		        reason));
	else if (!is_told(session, use->id))
		tell(session, &step, RESULT_FAIL, CAUSE_NO_BUNDLE, reason);
}

static const struct bundle_use *find_next_keyring(const struct session *session)
{
	const struct resolver *resolver = &session->resolver;

	for (size_t i = 0; i < resolver->use_count; i++)
		if (resolver->uses[i].bundle && resolver->uses[i].keyring.size > 0)
			return &resolver->uses[i];
	return NULL;
}

/* `version` is the one before. */
static void judge_rotation(
    struct session *session, struct step *step, const struct bundle_use *use, uint64_t version)
{
	struct arena *arena = &session->out->arena;
	bool taken = session->keyring_taken;

	step->want = make_item(session, key_keyring(),
	    arena_printf(arena, "version %llu", (unsigned long long)version + 1));
	step->action = ACTION_REPLACE;
	session->out->changed += taken;
	tell(session, step, taken ? RESULT_FIXED : RESULT_FAIL, CAUSE_ROTATED,
	    use ? arena_printf(arena,
	              taken ? "Bundle %s has brought %s of the keyring, which is in its place."
	                    : "Bundle %s brings %s of the keyring.",
	              use->id, step->want->value)
	        : arena_printf(arena, "A run that was ended has left %s of the keyring beside it.",
	              step->want->value));
}

/* The keyring is taken all the same: who has lost a key must not be kept from saying so by a bundle
 * that lies there. What it does not accept is told before the next run refuses it. */
static void judge_by_next(struct session *session, const struct bundle_use *next)
{
	const struct resolver *resolver = &session->resolver;
	struct arena *arena = &session->out->arena;
	AUTO(keyring) keyring = {0};
	struct err why = {0};

	if (!keyring_parse(bytes_span(&next->keyring), next->id, &keyring, &why))
		return;
	for (size_t i = 0; i < resolver->use_count; i++) {
		const struct bundle_use *use = &resolver->uses[i];
		struct step step = {0};
		struct item *want;

		if (use == next || !use->bundle || bundle_suits_next(use->bundle, &keyring, &why))
			continue;
		step.want = want = make_item(session, key_bundle(use->id), "");
		step.have = have_bundle(session, use->bundle);
		set_origin(session, use->id, want);
		tell(session, &step, RESULT_INFORMATIONAL, CAUSE_NEXT_KEYRING,
		    arena_printf(arena,
		        "Bundle %s version %llu %s refused, as it is signed, by version %llu of the "
		        "keyring, which bundle %s %s: %s.",
		        use->id, (unsigned long long)use->bundle->manifest.version,
		        session->keyring_taken ? "is from now on" : "will be",
		        (unsigned long long)keyring.version, next->id,
		        session->keyring_taken ? "has brought" : "brings", why.text));
	}
}

/* Work on an image rotates only a keyring that lies in it. */
static void tell_left_alone(
    struct session *session, struct step *step, const struct bundle_use *use, uint64_t version)
{
	struct arena *arena = &session->out->arena;

	step->next = "Have a run on the host that the keyring is of take it, or put it in its place"
	             " by hand.";
	tell(session, step, RESULT_INFORMATIONAL, CAUSE_ROTATED,
	    arena_printf(arena,
	        "Bundle %s brings version %llu of the keyring. It is left alone, because %s does "
	        "not lie in the image.",
	        use->id, (unsigned long long)version + 1,
	        text_escape_string(step->have->seen.location).text));
}

/* Somebody meant it to be the next keyring. */
static bool tell_other(struct session *session, struct step *step, const struct keyring *keyring)
{
	const struct resolver *resolver = &session->resolver;
	struct arena *arena = &session->out->arena;
	const struct bundle_use *use = NULL;

	for (size_t i = 0; !use && i < resolver->use_count; i++)
		if (resolver->uses[i].bundle && resolver->uses[i].other_keyring)
			use = &resolver->uses[i];
	if (!use)
		return false;
	step->want = make_item(session, key_keyring(), "");
	step->next = arena_printf(arena,
	    "Give that keyring version %llu, raise the bundle's own version, and build the bundle "
	    "again.",
	    (unsigned long long)keyring->version + 1);
	tell(session, step, RESULT_INFORMATIONAL, CAUSE_ROTATED,
	    arena_printf(arena, "Bundle %s " BUNDLE_OTHER_KEYRING ".", use->id,
	        (unsigned long long)keyring->version));
	return true;
}

static void judge_keyring(struct session *session)
{
	const struct bundles *bundles = session->run->bundles;
	const struct bundle_use *next = find_next_keyring(session);
	struct arena *arena = &session->out->arena;
	int64_t now = session->rules.now;
	const struct keyring *keyring;
	struct step step = {0};
	struct item *have;
	char date[CLOCK_TEXT];
	uint64_t version;
	bool waiting;

	if (!bundles || !bundles->keyring_loaded)
		return;
	keyring = &bundles->keyring;
	waiting = keyring->waiting && session_may_rotate(session) && !next;
	version = keyring->version - waiting;
	have = make_item(session, key_keyring(),
	    arena_printf(arena, "version %llu", (unsigned long long)version));
	have->seen.location =
	    arena_strdup(arena, bundles->keyring_path ? bundles->keyring_path : "");
	step.have = have;
	clock_write(keyring->expires, date);
	if ((next && session_may_rotate(session)) || waiting) {
		judge_rotation(session, &step, next, version);
		if (next)
			judge_by_next(session, next);
		return;
	}
	if (next && now < keyring->expires) {
		tell_left_alone(session, &step, next, keyring->version);
		return;
	}
	if (tell_other(session, &step, keyring) || now < keyring->expires - INPUTS_KEYRING_WARNING)
		return;
	step.want = make_item(session, key_keyring(), "");
	if (now < keyring->expires)
		tell(session, &step, RESULT_INFORMATIONAL, CAUSE_EXPIRING,
		    arena_printf(arena, "The keyring expires at %s, %s.", date,
		        inputs_in_days(keyring->expires - now, arena)));
	else
		tell(session, &step, RESULT_FAIL, CAUSE_EXPIRED,
		    arena_printf(
		        arena, "The keyring expired at %s: every bundle is refused.", date));
}

/* Trust in what has expired ends by itself, and a disallowed certificate may expire. Where the item
 * says already that it is held in part, that is more important. */
static bool warns(const struct step *step, int64_t now)
{
	const struct item *have = step->have;

	return step->result == RESULT_PASS && step->cause == CAUSE_NONE && step->owned && have &&
	       have->key.kind == ITEM_CERTIFICATE && item_store(have) != STORE_DISALLOWED &&
	       have->seen.not_after && now >= have->seen.not_after - INPUTS_CERTIFICATE_WARNING;
}

static void judge_certificates(struct session *session)
{
	struct plan *plan = &session->out->plan;
	int64_t now = session->rules.now;

	for (size_t i = 0; i < plan->count; i++) {
		struct step *step = &plan->steps[i];
		char date[CLOCK_TEXT];

		if (!warns(step, now))
			continue;
		clock_write(step->have->seen.not_after, date);
		step->severity = SEVERITY_WARNING;
		step->cause = now < step->have->seen.not_after ? CAUSE_EXPIRING : CAUSE_EXPIRED;
		step->message =
		    step->cause == CAUSE_EXPIRED
		        ? arena_printf(&plan->arena, "It expired at %s.", date)
		        : arena_printf(&plan->arena, "It expires at %s, %s.", date,
		              inputs_in_days(step->have->seen.not_after - now, &plan->arena));
	}
}

/* Trust in what has expired ends by itself, and a disallowed certificate may expire. Where the item
 * says already that it is held in part, that is more important. */
static void note_left_out(struct session *session)
{
	const struct bundles *bundles = session->run->bundles;

	for (size_t i = 0; bundles && session->resolver.use_count > 0 && i < bundles->count; i++)
		if (bundles->list[i].left_out)
			session_note(session, "%s", bundles->list[i].refusal.text);
}

void inputs_judge(struct session *session)
{
	const struct resolver *resolver = &session->resolver;

	judge_certificates(session);
	note_left_out(session);
	for (size_t i = 0; i < resolver->use_count; i++)
		if (resolver->uses[i].tried)
			judge_bundle(session, &resolver->uses[i]);
	judge_keyring(session);
	inputs_uncovered(session);
}
