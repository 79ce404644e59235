/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What a diagnosis found. Who asks for one (diagnose.h) and the probes (probes.h) share it.
 */
#include "base/text.h"
#include "model/facts.h"
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

void diagnosis_release(struct diagnosis *diagnosis);
