/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/proxies.h"

static bool is_proxy(const struct item *item)
{
	return item->key.kind == ITEM_PROXY;
}

/* Two sentences; either may be NULL. */
static const char *join(const char *first, const char *second, struct arena *arena)
{
	return first && second ? arena_printf(arena, "%s; %s", first, second)
	       : first         ? first
	                       : second;
}

/* Comes before what the target cannot say, since somebody has to act on it. */
static void warn(struct item *want, const char *warning, struct arena *arena)
{
	want->asked.warning = join(want->asked.warning, warning, arena);
	want->note = join(warning, want->note, arena);
}

/* A bypass list without a proxy has no effect: so it is no difference, and it is replaced all the
 * same. */
static void tell_list(struct item *want, const struct proxy *have, struct arena *arena)
{
	if (have->mode != PROXY_DIRECT || want->setting->mode != PROXY_STATIC ||
	    have->bypass_count == 0)
		return;
	want->note = join(want->note,
	    arena_printf(arena,
	        "a list of %zu exception%s stands there without a proxy, and the policy's takes its"
	        " place",
	        have->bypass_count, have->bypass_count == 1 ? "" : "s"),
	    arena);
}

/* Where log-ins still are when the policy has been carried out: for a target that it sets those in
 * files of others, for one that it does not name those in any file. */
static const char *logins_left(
    const struct items *want, const struct items *have, struct arena *arena)
{
	AUTO(text) left = {0};

	for (size_t i = 0; i < have->count; i++) {
		const struct item *there = &have->list[i], *asked;
		const char *logins;

		if (!is_proxy(there))
			continue;
		asked = items_find(want, &there->key);
		logins = asked && asked->asked.holding == HOLD_YES ? there->seen.proxy.lasting
		                                                   : there->seen.proxy.logins;
		if (logins && *logins)
			text_addf(&left, "%s%s", left.size ? ", " : "", logins);
	}
	return arena_strdup(arena, text_string(&left));
}

/* `credentials: none` promises nothing about files that others have made. */
static void tell_left(struct item *want, const char *left, struct arena *arena)
{
	if (want->setting->login == LOGIN_NONE && *left)
		warn(want,
		    arena_printf(arena,
		        "credentials: none takes no log-in out of files that are not ours: one "
		        "stays in %s",
		        left),
		    arena);
}

static void adopt(struct item *want, const struct item *have, const char *left, struct arena *arena)
{
	struct proxy setting = *want->setting;
	const char *why = NULL;

	if (have->setting && !setting_adopt(&setting, have->setting, arena, &why)) {
		want->asked.holding = HOLD_CONFLICT;
		want->note = have->seen.location && *have->seen.location
		                 ? arena_printf(arena, "%s; it stands in %s", why,
		                       text_escape_string(have->seen.location).text)
		                 : why;
		return;
	}
	item_set_setting(want, &setting, arena);
	if (have->setting)
		tell_list(want, have->setting, arena);
	if (have->seen.exposed && setting_has_login(&setting))
		warn(want, "everybody on this host can read the log-in there", arena);
	tell_left(want, left, arena);
}

/* Whether some target holds what the policy at `origin` asks. */
static bool is_held(const struct items *want, const struct item *like)
{
	for (size_t i = 0; i < want->count; i++) {
		const struct item *item = &want->list[i];

		if (is_proxy(item) && item->asked.policy == like->asked.policy &&
		    !item->asked.restores && item->asked.holding != HOLD_NOT_EXPRESSIBLE &&
		    item->asked.holding != HOLD_NOT_APPLICABLE)
			return true;
	}
	return false;
}

/* The policy does not fail for a target by default that cannot hold what others can. That a target
 * is missing matters when no other one holds it. */
static void judge_targets(struct items *want)
{
	for (size_t i = 0; i < want->count; i++) {
		struct item *item = &want->list[i];
		bool lacks = item->asked.holding == HOLD_NOT_APPLICABLE;

		if (!is_proxy(item) || item->asked.restores ||
		    (!lacks && item->asked.holding != HOLD_NOT_EXPRESSIBLE))
			continue;
		if (is_held(want, item)) {
			if (!item->asked.named)
				item->asked.holding = HOLD_NOT_APPLICABLE;
		} else if (lacks) {
			item->asked.holding = HOLD_NOT_EXPRESSIBLE;
			item->note = arena_printf(&want->arena,
			    "%s, nor any other target that can hold what the policy asks",
			    item->note);
			item->asked.next =
			    "Name a target that this host has, or say with `when` which hosts the "
			    "policy is for.";
		}
	}
}

void proxies_settle(struct items *want, const struct items *have)
{
	const char *left = logins_left(want, have, &want->arena);

	for (size_t i = 0; i < want->count; i++) {
		struct item *item = &want->list[i];
		const struct item *there;

		if (!is_proxy(item) || item->asked.holding != HOLD_YES || item->asked.restores)
			continue;
		there = items_find(have, &item->key);
		if (there)
			adopt(item, there, left, &want->arena);
	}
	judge_targets(want);
}
