/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What has to change for one step: the host says it and, where something is given back, the ledger.
 */
#include "engine/apply/carry.h"

/* Appends what puts the item of the step there. What is pending or stale, or closed to some, needs
 * no source changed: making the outputs anew heals it. On failure `out` may hold a part. */
bool ask_put(
    struct carrier *carrier, struct step *step, struct changes *out, struct err *err) MUST_CHECK;
/* The same for what is to go, from each place that is ours. */
bool ask_drop(
    struct carrier *carrier, struct step *step, struct changes *out, struct err *err) MUST_CHECK;
