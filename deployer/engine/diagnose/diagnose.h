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
#include "engine/run.h"
#include "model/words.h"

struct evidence {
	const char *name, *value;
};

enum { EVIDENCE_MAX = 12 };

struct finding {
	const char *cause;
	enum severity severity;
	const char *message; /* one or two sentences; foreign parts in it are escaped */
	struct evidence evidence[EVIDENCE_MAX];
	size_t evidence_count;
	const char *remedy;
	const char *policy; /* or "" */
};

struct diagnosis {
	int64_t time;
	const struct facts *facts;
	struct finding *list; /* the gravest first, then in the order of the table */
	size_t count, capacity;
	size_t causes;     /* that are errors or warnings */
	struct text notes; /* lines for the person */
	struct arena arena;
};

/* The table, for manual pages and tests. */
struct diagnose_cause {
	const char *cause;
	const char *meaning; /* one sentence */
};
size_t diagnose_cause_count(void);
struct diagnose_cause diagnose_cause_at(size_t at);

/* Looks at the host and asks every probe. `run->policies` may be empty. */
bool run_diagnose(struct run *run, struct diagnosis *out, struct err *err) MUST_CHECK;
void diagnosis_release(struct diagnosis *diagnosis);
