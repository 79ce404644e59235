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
/* Whether distrust that this run put there takes the certificate out of the trusted ones. */
bool merge_is_distrusted(const struct plan *plan, const bool *acted, const struct item *item);

/* The first step that was acted on and added a certificate of which nothing is to be seen, or NULL.
 */
const struct step *merge_find_unseen(
    const struct plan *plan, const bool *acted, const struct items *now);

/* Whether a certificate that was acted on is in force now and was not before. The distribution's
 * own tool does that where the sources need no change, and no change of ours tells of it. */
bool merge_is_rebuilt(const struct plan *plan, const bool *acted, const struct items *now);

/* What became of a certificate that nobody asks for, by what was done for others: it is in force
 * now (ADD), it has gone (REMOVE), or neither (KEEP). `later` is the plan made of what is there
 * `now`: what that one tells of is not such. */
enum action merge_unasked(
    const struct step *step, const struct plan *later, const struct items *now);

/* Brings the plan made of what is there `now` into the one that was carried out: what was acted on
 * and is right now is fixed; a certificate of which our copy went and that something else still has
 * is not, and says what has it; what failed says why it did; the rest is as it is seen now. `later`
 * may be released then; `now` is borrowed. */
void merge_plans(
    struct plan *plan, const bool *acted, const struct plan *later, const struct items *now);

/* For check: brings into the plan what merge_plans() made of a copy of it. What apply would mend
 * keeps its result, and has the action; of the rest the result of apply is told, with no action.
 * Steps about what is not there yet are added; what they borrow must stay. */
void merge_foreseen(struct plan *plan, const bool *acted, const struct plan *merged);

/* Of what passed before, and does not as `now` is: the step becomes that of `later`, which was made
 * of `now`. */
void merge_lost(struct plan *plan, const struct plan *later, const struct items *now);
