/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Policies as texts, for Criterion tests. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "policy/policy.h"

#define SHA_A      "96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6"
#define SHA_B      "43df5774b03e7fef5fe40d931a7bedf1bb2e6b42738c4e6d3841103d3aa7f339"
#define HEAD(name) "schema_version: 1\nname: " name "\n"

/* Parses each text as file "1.yaml", "2.yaml", … */
static inline void load_texts(struct policies *policies, const char *const *texts)
{
	for (int i = 0; texts[i]; i++) {
		char file[16];
		struct err err = {0};

		snprintf(file, sizeof(file), "%d.yaml", i + 1);
		cr_assert(policy_parse(span_text(texts[i]), file, policies, &err), "%s", err.text);
	}
}
