/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What was done on this host, for `history`, `explain` and `rollback`: the
 * transactions that can still be undone (state/journal) and one line for each
 * older one (state/history). Reading it writes nothing and takes no lock.
 *
 *     history_load → history_find, history_of_item → history_release
 */
#include "base/file.h"
#include "state/entry.h"

/* `state` is the state folder, a path of `root`; `places` what the host's backend writes (struct
 * host_ops), or NULL: any. Nothing there is an empty history; ERR_IO when this user may not read
 * it. What is damaged or refused is in `out->faults`. */
bool history_load(struct root *root, const char *state, const char *const *places,
    struct history *out, struct err *err) MUST_CHECK;
const struct history_entry *history_find(const struct history *history, const char *id);
/* The newest entry below `from` (history->count to begin with) that names the item, and the
 * item's part in it; history->count when there is none. */
size_t history_of_item(const struct history *history, size_t from, const char *item_id,
    const struct history_item **item);
