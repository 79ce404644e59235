/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Why trust or its update fails on a host: a table of causes, each with a probe over what was
 * observed. Read-only, like a check; it needs no policy, and knows what is wanted where there is
 * one.
 *
 * A cause is a word that never changes its meaning. Findings of severity `info` are not wrong, they
 * tell what is in force. A finding's policy is a document that validates as it stands and would
 * cure it; names of bundles in it are examples.
 */
#include "engine/diagnose/finding.h"
#include "engine/run.h"

/* The table, for manual pages and tests. */
struct diagnose_cause {
	const char *cause;
	const char *meaning; /* one sentence */
};
size_t diagnose_cause_count(void);
struct diagnose_cause diagnose_cause_at(size_t at);

/* Looks at the host and asks every probe. `run->policies` may be empty. */
bool run_diagnose(struct run *run, struct diagnosis *out, struct err *err) MUST_CHECK;
