/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/proxies.h"

static bool is_proxy(const struct item *item)
{
	return item->kind == ITEM_PROXY;
}

/* In front of what the target cannot say: it is what somebody has to act on. */
static void tell_exposed(struct item *want, struct arena *arena)
{
	static const char told[] = "everybody on this host can read the log-in there";

	want->note = want->note ? arena_printf(arena, "%s; %s", told, want->note) : told;
}

/* A list without a proxy goes past nothing, so it does not show in what the host has. Nor is it
 * shown here: anything may stand in such a variable, a password too. */
static void tell_list(struct item *want, const struct proxy *have, struct arena *arena)
{
	if (have->mode != PROXY_DIRECT || want->setting->mode != PROXY_STATIC ||
	    have->bypass_count == 0)
		return;
	want->note = arena_printf(arena,
	    "%s%sa list of %zu exception%s stands there without a proxy, and the policy's takes its"
	    " place",
	    want->note ? want->note : "", want->note ? "; " : "", have->bypass_count,
	    have->bypass_count == 1 ? "" : "s");
}

static void adopt(struct item *want, const struct item *have, struct arena *arena)
{
	struct proxy setting = *want->setting;
	const char *why = NULL;

	if (have->setting && !setting_adopt(&setting, have->setting, arena, &why)) {
		want->holding = HOLD_CONFLICT;
		want->note = why;
		return;
	}
	item_set_setting(want, &setting, arena);
	if (have->setting)
		tell_list(want, have->setting, arena);
	if (have->exposed && setting_has_login(&setting))
		tell_exposed(want, arena);
}

/* Whether some target holds what the policy at `origin` asks. */
static bool is_held(const struct items *want, const struct item *like)
{
	for (size_t i = 0; i < want->count; i++) {
		const struct item *item = &want->list[i];

		if (is_proxy(item) && item->policy == like->policy && !item->restores &&
		    item->holding != HOLD_NOT_EXPRESSIBLE && item->holding != HOLD_NOT_APPLICABLE)
			return true;
	}
	return false;
}

/* A target by default that cannot hold what others can is none of the policy's. */
static void excuse(struct items *want)
{
	for (size_t i = 0; i < want->count; i++) {
		struct item *item = &want->list[i];

		if (is_proxy(item) && item->holding == HOLD_NOT_EXPRESSIBLE && !item->named &&
		    is_held(want, item))
			item->holding = HOLD_NOT_APPLICABLE;
	}
}

void proxies_settle(struct items *want, const struct items *have)
{
	for (size_t i = 0; i < want->count; i++) {
		struct item *item = &want->list[i];
		const struct item *there = items_find(have, item->kind, item->key);

		if (is_proxy(item) && item->holding == HOLD_YES && !item->restores && there)
			adopt(item, there, &want->arena);
	}
	excuse(want);
}
