/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Puts back what stood at a place before a transaction, as far as a journal is believed,
 * and clears away what lies beside it.
 */
#include "engine/session.h"
#include "state/journal.h"

/* Whether the folder of the output is gone with its content: when somebody has removed a trust
 * store from the host, making its outputs brings nothing back. */
bool back_has_no_folder(struct host *host, const struct journal_record *record);

/* Whether what stood there was a link to a folder, below which other places may lie. No run of ours
 * takes such a link away. If a journal could plant one, the next journal could write anywhere
 * through it. */
bool back_leads_to_folder(struct host *host, const struct journal_record *record);

/* Makes the place, where `there` stands now, what it was before. A file system that cannot hold the
 * attributes of a file, or a user that may not set them, is no reason to keep it from coming back:
 * that is noted, and so is an owner or mode that no journal gives (record_restorable). */
bool back_put(struct session *session, const struct journal_record *record,
    const struct file_state *there, struct err *err) MUST_CHECK;

/* Removes the temporary files that a killed run left beside its places. `records` are sorted by
 * place, so that each folder comes once. One that cannot be removed is a note. */
void back_remove_temporaries(
    struct session *session, const struct journal_record *const *records, size_t count);
