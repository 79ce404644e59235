/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/due.h"

#include "state/hooks.h"
#include "state/journal.h"

bool due_read(struct session *session, struct err *err)
{
	struct run *run = session->run;
	struct hooks *due = &run->host->due;

	if (session->due_read)
		return true;
	if (!hooks_load(run->state_root, session->hooks_path, due, err))
		return false;
	session->due_read = true;
	for (size_t i = 0; i < due->count; i++)
		hooks_add(&session->due_before, due->list[i].name)->why =
		    arena_strdup(&session->due_before.arena, due->list[i].why);
	return true;
}

bool due_tell(struct session *session, const struct changes *done, bool rehearsal, struct err *err)
{
	struct host *host = session->run->host;

	return !host->ops->tell || host->ops->tell(host, done, rehearsal, err);
}

bool due_any(const struct session *session)
{
	return session->run->host->due.count > 0;
}

bool due_keep(struct session *session, struct err *err)
{
	struct run *run = session->run;

	if (run->host->due.count == 0 && session->due_before.count == 0)
		return true;
	return journal_make_folder(run->state_root, run->state, err) &&
	       hooks_store(&run->host->due, run->state_root, session->hooks_path, err);
}

/* `was` is what an earlier run left of it, `is` what this one does, or is to leave; either may be
 * NULL. */
static void judge(struct session *session, const struct hook *was, const struct hook *is)
{
	struct outcome *out = session->out;
	bool looks = strcmp(out->mode, "check") == 0;
	const struct hook *hook = is ? is : was;
	const char *place = is && is->path ? is->path : hook->name;
	struct item *have = arena_alloc(&out->arena, sizeof(*have));
	struct step step = {.have = have, .cause = CAUSE_HOOK_DUE};

	*have = (struct item){
	    .kind = ITEM_HOOK,
	    .presence = ITEM_PENDING,
	    .key = arena_strdup(&out->arena, hook->name),
	    .value = "",
	    .label = "",
	    .location = is && is->path ? arena_strdup(&out->arena, is->path) : "",
	};
	if (is || looks) {
		step.result = RESULT_INFORMATIONAL;
		step.message =
		    arena_printf(&out->arena, "%s %s; what it keeps may not fit the trust store.",
		        text_escape_string(place).text, hook->why);
		step.next = is && is->next ? arena_strdup(&out->arena, is->next) : NULL;
	} else {
		have->presence = ITEM_PRESENT;
		step.result = RESULT_FIXED;
		step.cause = CAUSE_NONE;
		step.message = "It was run again, and has been told of all changes.";
		out->changed++;
	}
	plan_add(&out->plan, &session->rules, &step);
}

void due_judge(struct session *session)
{
	const struct hooks *before = &session->due_before, *now = &session->run->host->due;

	for (size_t i = 0; i < before->count; i++)
		judge(session, &before->list[i], hooks_find(now, before->list[i].name));
	for (size_t i = 0; i < now->count; i++)
		if (!hooks_find(before, now->list[i].name))
			judge(session, NULL, &now->list[i]);
}
