/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * After apply looked at the host once more: is trust whole, and what became of each step.
 */
#include "engine/plan.h"

/* Every certificate that was in force in `before`, and that no step that was acted on takes away,
 * is in force in `now`. Both lists are sorted; `acted` goes with the steps. Else ERR_PUBLISH naming
 * one. */
bool merge_check_trust(const struct items *before, const struct items *now, const struct plan *plan,
    const bool *acted, struct err *err) MUST_CHECK;

/* The index of the item's step, or the plan's count; steps are in the order of items. */
size_t merge_find_step(const struct plan *plan, const struct key *key);
/* The same as a step, or NULL. */
const struct step *merge_step(const struct plan *plan, const struct key *key);
/* Whether distrust that this run put there takes the certificate out of the trusted ones. */
bool merge_is_distrusted(const struct plan *plan, const bool *acted, const struct item *item);

/* The first step that was acted on and added a certificate that cannot be seen now, or NULL. */
const struct step *merge_find_unseen(
    const struct plan *plan, const bool *acted, const struct items *now);

/* Whether a certificate that was acted on is in force now and was not before. The distribution's
 * own tool may do that where the sources need no change, and then no change of ours tells of it. */
bool merge_is_rebuilt(const struct plan *plan, const bool *acted, const struct items *now);

/* Of several views of one item, the one that is in force, else the first; NULL when none is. */
const struct item *merge_seen(const struct items *list, const struct item *wanted);

/*
 * What comes and goes by what a run does for others (merge_trust.c). Distrust takes a root out of
 * force, and a root is in force again when its distrust goes; a rebuild brings in what is
 * pending, and drops what has no source. Each such certificate is told once, like what was asked
 * for.
 */

/* What became of an item for which the run did nothing: it is in force now (ADD) or for all users
 * (REPLACE), it has gone (REMOVE), or none of these (KEEP). `later` is its step in the plan that is
 * made of what is there `now`, or NULL. */
enum action merge_along(const struct step *step, const struct step *later,
    const struct items *before, const struct items *now);
/* Makes the step one that is fixed by `action`, which merge_along() told; a fail, where a rule
 * forbids what came into force. */
void merge_settle_along(struct step *step, const struct step *later, enum action action,
    const struct items *before, const struct items *now);
/* Whether a merged step is about what came into force along with others although `undeclared: fail`
 * forbids it: it is told and counted like a change, and fails. */
bool merge_is_forbidden(const struct step *merged);
/* Makes `out` the steps, fixed, of the certificates that came or went so and have none in `plan`: a
 * root that no policy names and no rule is about, say. `later` is the plan of what is there `now`,
 * or NULL; what fails by that is told there. Both lists are sorted, and borrowed. */
void merge_turned(const struct plan *plan, const struct plan *later, const struct items *before,
    const struct items *now, struct plan *out);

/* Whether merge_plans() would have this step, which was acted on, as fixed. */
bool merge_is_fixed(const struct step *step, const struct step *later, const struct items *before,
    const struct items *now);

/* Brings the plan made of what is there `now` into the one that was carried out: what was acted on
 * and is right now is fixed; a certificate of which our copy went and that something else still has
 * is not, and says what has it; what failed says why it did; the rest is as it is seen now. `later`
 * may be released then; `before`, which the plan was made of, and `now` are borrowed. */
void merge_plans(struct plan *plan, const bool *acted, const struct plan *later,
    const struct items *before, const struct items *now);

/* For check: brings into the plan what merge_plans() made of a copy of it. What apply would mend
 * keeps its result, and has the action; of the rest the result of apply is told, with no action.
 * Steps about what is not there yet are added; what they borrow must stay. */
void merge_foreseen(struct plan *plan, const bool *acted, const struct plan *merged);

/* An item passed before, and as `now` is it does not: its step becomes that of `later`, which was
 * made of `now`. */
void merge_lost(struct plan *plan, const struct plan *later, const struct items *now);
