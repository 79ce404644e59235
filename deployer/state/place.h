/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The places that a journal and the ledger name, judged before anything is done there: who can
 * write to the state of an image would else choose what a privileged run writes, and where.
 */
#include "state/record.h"

/* How a message calls a file of the state at `path` below `root`: of an image by its own path on
 * this machine, since one that is to be mended or removed must not be looked for on this host. */
struct escaped place_shown(const struct root *root, const char *path);

/* What is wrong with the form of a place: NULL, or the rule that it breaks. It is a path from the
 * root on without "", "." and "..", or a key or value of the registry: HKLM\KEY\, HKLM\KEY\VALUE.
 */
const char *place_fault(const char *place);

/* Whether it is one of `places` (struct host_ops), or below one; of a folder or key that was made
 * or goes (`is_made`) also on the way to one. With NULL each is. */
bool place_is_written(const char *place, bool is_made, const char *const *places);

/* Whether others of `places` may lie below that one. */
bool place_may_be_way(const char *place, const char *const *places);

/* Whether a run could have made the record: its place has the form of one, of the state folder it
 * is the ledger, and what stood there can stand there. ERR_FORMAT with the rule that it breaks. */
bool place_check(const struct journal_record *record, struct err *err) MUST_CHECK;

/* Whether a backend that writes `places` could have made it. ERR_FORMAT when it could not. */
bool place_judge(
    const struct journal_record *record, const char *const *places, struct err *err) MUST_CHECK;
