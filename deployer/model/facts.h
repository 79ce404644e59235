/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What is known about the host that policies filter on and reports name
 * (interface.md section 3, Facts). Strings live in `arena`. "": it is known that there is none, as
 * a rolling distribution has no release. NULL: it is not known, as an image has no name before it
 * starts for the first time; of such a fact nobody may say that it does not match.
 */
#include "base/text.h"

struct facts {
	const char *os; /* "linux", "windows" */
	const char *hostname;
	const char *distribution; /* ID of os-release: "debian" */
	const char *release;      /* VERSION_ID of os-release: "12" */
	const char *architecture; /* "x86_64" */
	const char *root;         /* of an image, "" for the live system */
	struct arena arena;
};

void facts_release(struct facts *facts);
