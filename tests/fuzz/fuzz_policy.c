/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a policy: it is parsed, compared with itself, and filtered for a host. */
#include <stdlib.h>

#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fact known[] = {{FACT_OS, "linux", ""}, {FACT_HOSTNAME, "ws-1.corp.example", ""}};
	struct facts facts = {.list = known, .count = COUNT(known)};
	struct span span = {data, size};
	AUTO(policies) policies = {0};
	struct err err = {0};

	if (!policy_parse(span, "fuzz.yaml", &policies, &err)) {
		/* a refusal says what and where, and leaves nothing behind */
		if (policies.count || err.code == ERR_NONE ||
		    strncmp(err.text, "fuzz.yaml:", 10) != 0)
			abort();
		return 0;
	}
	err = (struct err){0};
	if (!policies_check(&policies, &err) && err.code != ERR_POLICY)
		abort();
	policies_filter(&policies, &facts);
	/* the same document twice has the same name twice */
	if (!policy_parse(span, "again.yaml", &policies, &err) || policies_check(&policies, &err))
		abort();
	return 0;
}
