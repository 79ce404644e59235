/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/due.h"

#include "state/hooks.h"
#include "state/journal.h"

static const char *path_of(const struct due *due, struct arena *arena)
{
	return arena_printf(arena, "%s/hooks", due->state);
}

bool due_read(struct due *due, struct err *err)
{
	struct hooks *left = &due->host->due;
	AUTO(arena) arena = {0};

	if (due->read)
		return true;
	if (!hooks_load(due->root, path_of(due, &arena), left, err))
		return false;
	due->read = true;
	for (size_t i = 0; i < left->count; i++)
		hooks_add(&due->before, left->list[i].name)->why =
		    arena_strdup(&due->before.arena, left->list[i].why);
	return true;
}

bool due_tell(struct due *due, const struct changes *done, bool rehearsal, struct err *err)
{
	const struct host_ops *ops = due->host->ops;

	return !ops->tell || ops->tell(due->host, done, rehearsal, err);
}

bool due_any(const struct due *due)
{
	return due->host->due.count > 0;
}

bool due_keep(struct due *due, struct err *err)
{
	AUTO(arena) arena = {0};

	if (due->host->due.count == 0 && due->before.count == 0)
		return true;
	return journal_make_folder(due->root, due->state, err) &&
	       hooks_store(&due->host->due, due->root, path_of(due, &arena), err);
}

/* The result of a hook that earlier runs left: it was run, or is gone. */
static void judge_past(const struct hook *gone, bool looks, struct step *step, struct item *have)
{
	bool run = !gone || gone->passed_on;

	have->presence = gone ? ITEM_ABSENT : ITEM_PRESENT;
	step->result = run ? RESULT_FIXED : RESULT_INFORMATIONAL;
	step->cause = CAUSE_NONE;
	if (!gone)
		step->message = "It was run, and has been told of all changes.";
	else if (looks)
		step->message =
		    "It is gone: apply tells the hooks that are there what it has missed.";
	else
		step->message = "It is gone, and was not run: the hooks that are there are told "
		                "what it has missed.";
}

/* `was` is what an earlier run left of a hook, `is` what this one leaves, or would leave; either
 * may be NULL. */
static struct step judge(const struct due *due, const struct hook *was, const struct hook *is,
    bool looks, struct arena *arena)
{
	const struct hook *hook = is ? is : was;
	const struct hook *gone = is ? NULL : hooks_find(&due->host->gone, hook->name);
	const char *path = is ? is->path : NULL;
	struct item *have = arena_alloc(arena, sizeof(*have));
	struct step step = {.have = have, .cause = CAUSE_HOOK_DUE};

	*have = (struct item){
	    .key = key_hook(arena_strdup(arena, hook->name)),
	    .presence = ITEM_PENDING,
	    .value = "",
	    .label = "",
	    .seen.location = path ? arena_strdup(arena, path) : "",
	};
	if (gone || (!is && !looks)) {
		judge_past(gone, looks, &step, have);
		return step;
	}
	step.result = RESULT_INFORMATIONAL;
	step.message = arena_printf(arena, "%s %s; what it keeps may not fit the trust store.",
	    text_escape_string(path ? path : hook->name).text, hook->why);
	if (is && is->next)
		step.next = arena_strdup(arena, is->next);
	else if (due->host->serves != HOST_FOR_APPLY)
		step.next =
		    "Run the distribution's own tool so that it runs its hooks, as "
		    "`update-ca-certificates --fresh` does; an apply would put back what is "
		    "gone.";
	return step;
}

size_t due_judge(const struct due *due, bool looks, struct plan *plan,
    const struct plan_rules *rules, struct arena *arena)
{
	const struct hooks *before = &due->before, *now = &due->host->due;
	size_t run = 0;

	for (size_t i = 0; i < before->count; i++) {
		const struct hook *was = &before->list[i];
		struct step step = judge(due, was, hooks_find(now, was->name), looks, arena);

		run += step.result == RESULT_FIXED;
		plan_add(plan, rules, &step);
	}
	for (size_t i = 0; i < now->count; i++) {
		struct step step = judge(due, NULL, &now->list[i], looks, arena);

		if (!hooks_find(before, now->list[i].name))
			plan_add(plan, rules, &step);
	}
	return run;
}

void due_release(struct due *due)
{
	hooks_release(&due->before);
	*due = (struct due){0};
}
