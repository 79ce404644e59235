/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The rest of an outcome, when its plan has all that the run did and found. */
#include "engine/session.h"

/* Fills in what follows from the plan: the items of the run's inputs, bundles, summary,
 * compliance. */
void outcome_conclude(struct session *session);
