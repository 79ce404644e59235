/* SPDX-License-Identifier: Apache-2.0 */
/* What the host itself has to tell: the backend finds it, its cause has a row. */
#include "engine/diagnose/probes.h"

void ask_remarks(struct diagnosing *d)
{
	for (size_t i = 0; i < d->remarks->count; i++) {
		const struct remark *remark = &d->remarks->list[i];

		if (strcmp(remark->cause, d->row->cause) != 0)
			continue;
		find(d, "%s", remark->message);
		find_evidence(d, "location", "%s", remark->place);
	}
}
