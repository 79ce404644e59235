/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/apply/carry.h"

#include <stdlib.h>

#include "engine/mark.h"

/* One batch on its way. */
struct batch {
	struct carrier *carrier;
	const struct changes *changes;
	/* For each change: how many steps asked for it, how many of these have not failed, and
	 * whether it is done. */
	struct part {
		size_t asked, alive;
		bool done;
	} * parts;
};

struct changes *carrier_next(struct carrier *carrier)
{
	struct changes *next = &carrier->batches[carrier->count++];

	next->step = CHANGE_NO_STEP;
	return next;
}

static bool has_failed(const struct carrier *carrier, size_t step)
{
	return carrier->session->out->plan.steps[step].result == RESULT_ERROR;
}

void carrier_fail(struct carrier *carrier, size_t at, const struct err *why)
{
	struct plan *plan = &carrier->session->out->plan;
	struct step *step = &plan->steps[at];

	if (has_failed(carrier, at))
		return;
	step->result = RESULT_ERROR;
	/* ERR_HOST is how a backend says that the host cannot hold it as things are there */
	step->cause = why->code == ERR_HOST ? CAUSE_CONFLICT : CAUSE_WRITE_FAILED;
	step->message = why->code == ERR_NONE
	                    ? "internal error: the host refused the change without saying why"
	                    : arena_strdup(&plan->arena, why->text);
	/* what was to be done before it failed is no advice any more */
	step->next = step_remedy(step);
}

static void count_parts(struct batch *batch)
{
	const struct changes *changes = batch->changes;

	batch->parts = mem_alloc((changes->count + 1) * sizeof(*batch->parts));
	for (size_t i = 0; i < changes->link_count; i++) {
		struct part *part = &batch->parts[changes->links[i].change];

		part->asked++;
		part->alive += !has_failed(batch->carrier, changes->links[i].step);
	}
}

static void fail_step(struct batch *batch, size_t step, const struct err *why)
{
	const struct changes *changes = batch->changes;

	if (has_failed(batch->carrier, step))
		return;
	carrier_fail(batch->carrier, step, why);
	for (size_t i = 0; i < changes->link_count; i++)
		if (changes->links[i].step == step)
			batch->parts[changes->links[i].change].alive--;
}

static void fail_change(struct batch *batch, size_t change, const struct err *why)
{
	const struct changes *changes = batch->changes;

	for (size_t i = 0; i < changes->link_count; i++)
		if (changes->links[i].change == change)
			fail_step(batch, changes->links[i].step, why);
}

/* Drops changes that only failed steps asked for. */
static bool is_dead(const struct part *part)
{
	return part->asked > 0 && part->alive == 0;
}

static void take_back(struct batch *batch)
{
	struct host *host = batch->carrier->session->run->host;

	for (size_t i = batch->changes->count; i-- > 0;) {
		const struct change *change = &batch->changes->list[i];
		struct err err = {0};

		if (!batch->parts[i].done || !is_dead(&batch->parts[i]))
			continue;
		if (host->ops->set(host, change->place, &change->before, &err))
			batch->carrier->done--;
		else
			session_note(batch->carrier->session,
			    "half of a change that failed is left: %s", err.text);
	}
}

static bool set_all(struct batch *batch, const char *what, struct err *err)
{
	struct session *session = batch->carrier->session;
	struct host *host = session->run->host;
	const struct changes *changes = batch->changes;

	for (size_t i = 0; i < changes->count; i++) {
		struct err why = {0};

		if (!batch->carrier->rehearsal)
			session_progress(session, what, i, changes->count);
		if (is_dead(&batch->parts[i]))
			continue;
		if (host->ops->set(host, changes->list[i].place, &changes->list[i].after, &why)) {
			batch->parts[i].done = true;
			batch->carrier->done++;
		} else if (batch->parts[i].asked == 0) {
			*err = why;
			return false;
		} else {
			fail_change(batch, i, &why);
		}
	}
	take_back(batch);
	return true;
}

bool carrier_carry(
    struct carrier *carrier, enum journal_frame kind, const char *what, struct err *err)
{
	struct batch batch = {.carrier = carrier, .changes = &carrier->batches[carrier->count - 1]};
	bool ok;

	if (batch.changes->count == 0)
		return true;
	if (!carrier->rehearsal && (!mark_image(carrier->session->run, err) ||
	                               !journal_note(&carrier->journal, kind, batch.changes, err)))
		return false;
	count_parts(&batch);
	ok = set_all(&batch, what, err);
	/* this user may be kept from reading, which is no refusal of the host: so the two are told
	 * apart */
	if (!ok && carrier->rehearsal)
		err->code = ERR_PUBLISH;
	free(batch.parts);
	return ok;
}

struct changes carrier_view(const struct carrier *carrier, size_t first)
{
	struct changes view = {.step = CHANGE_NO_STEP};

	for (size_t i = first; i < carrier->count; i++)
		view.capacity += carrier->batches[i].count;
	view.list = mem_alloc((view.capacity + 1) * sizeof(*view.list));
	for (size_t i = first; i < carrier->count; i++)
		for (size_t j = 0; j < carrier->batches[i].count; j++)
			view.list[view.count++] = carrier->batches[i].list[j];
	return view;
}

bool carrier_is_rebuild_due(const struct carrier *carrier)
{
	const struct plan *plan = &carrier->session->out->plan;

	for (size_t i = 0; i < plan->count; i++) {
		const struct item *have = plan->steps[i].have;

		if (carrier->acted[i] && have &&
		    (have->presence == ITEM_PENDING || have->presence == ITEM_STALE))
			return true;
	}
	return false;
}

bool carrier_concerns_trust(const struct carrier *carrier)
{
	const struct plan *plan = &carrier->session->out->plan;

	for (size_t i = 0; i < plan->count; i++)
		if (carrier->acted[i] && plan->steps[i].result != RESULT_ERROR &&
		    step_item(&plan->steps[i])->key.kind == ITEM_CERTIFICATE)
			return true;
	return false;
}

void carrier_release(struct carrier *carrier)
{
	for (size_t i = 0; i < carrier->count; i++)
		changes_release(&carrier->batches[i]);
	free(carrier->acted);
	journal_release(&carrier->journal);
	*carrier = (struct carrier){0};
}
