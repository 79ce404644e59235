/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The temporary files that a killed run left beside its places.
 */
#include "engine/session.h"
#include "state/journal.h"

/* Removes them. `records` are sorted by place, so that each folder comes once. One that cannot be
 * removed is a note. */
void temporaries_remove(
    struct session *session, const struct journal_record *const *records, size_t count);
