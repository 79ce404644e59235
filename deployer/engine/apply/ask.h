/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What has to change for one step. The host says it and, where something is given back, the ledger.
 */
#include "engine/apply/carry.h"

/* Appends what puts the item of the step there. An item that is pending, stale or closed to some
 * needs no change in the sources: making the outputs anew mends it. On failure `out` may hold a
 * part. */
bool ask_put(
    struct carrier *carrier, struct step *step, struct changes *out, struct err *err) MUST_CHECK;
/* The same for an item that is to go, from each place that is ours. */
bool ask_drop(
    struct carrier *carrier, struct step *step, struct changes *out, struct err *err) MUST_CHECK;
