/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * check is the dry run of apply: it is apply, over a host that is imagined.
 */
#include "engine/session.h"

/* Whether apply would come as far as to look: only a lock may lie where its lock is to be. */
bool apply_may_begin(const struct run *run, struct err *err) MUST_CHECK;

/* Carries the plan out where set() writes into memory (imagine, of host.h), looks at the host as it
 * would be then, and says of each step what apply would: with an action what it mends, without one
 * what it does not, in the same words. What is found is thrown away, and the host is to be asked
 * nothing more. A step that the host cannot hold as things are there (ERR_HOST) is a conflict; what
 * this user may not read is no matter of the host. Where a host cannot be imagined, conflicts alone
 * are told. */
void apply_rehearse(struct session *session);
