/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a run comes to, when all that it did and found is in the outcome's plan. */
#include "engine/session.h"

/* Fills what of the outcome follows from the rest: what the run brought with it, bundles, summary,
 * compliance. */
void outcome_conclude(struct session *session);
