/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of inputs.h that tells what a run has not looked at, so that no verdict is believed to
 * cover it: policy files that are not read for their name, what earlier runs remembered where this
 * user may not read it, and what another state tells of.
 */
#include "engine/inputs/inputs.h"
#include "engine/mark.h"

static void tell(struct session *session, struct key key, enum cause cause, const char *place,
    const char *message, const char *next)
{
	struct arena *arena = &session->out->arena;
	struct item *have = arena_alloc(arena, sizeof(*have));
	const struct step step = {
	    .have = have,
	    .result = RESULT_NOTCHECKED,
	    .cause = cause,
	    .severity = SEVERITY_WARNING,
	    .message = message,
	    .next = next,
	};

	/* reports are written when the policies are still there, and events behind them */
	if (key.name)
		key.name = arena_strdup(arena, key.name);
	*have = (struct item){
	    .key = key,
	    .presence = ITEM_PRESENT,
	    .value = "",
	    .label = "",
	    .seen.location = arena_strdup(arena, place),
	};
	plan_add(&session->out->plan, &session->rules, &step);
}

void inputs_uncovered(struct session *session)
{
	const struct policies *policies = session->run->policies;
	const char *place, *next, *message = mark_unknown(session, &place, &next);

	if (session->closed)
		tell(session, key_state(), CAUSE_UNREADABLE, session->run->state, session->closed,
		    "Run this as root.");
	for (size_t i = 0; policies && i < policies->passed_count; i++)
		tell(session, key_policy(policies->passed[i].file), CAUSE_WRONG_NAME,
		    policies->passed[i].path,
		    arena_printf(&session->out->arena,
		        "%s is not read: the policies of a folder are called *.yaml or *.yml, in "
		        "lower case.",
		        text_escape_string(policies->passed[i].path).text),
		    NULL);
	if (message)
		tell(session, key_state(), CAUSE_OTHER_STATE, place, message, next);
}
