/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The items of a report as people read them: what failed first, then what was done, then what
 * is only worth knowing; within a result by its cause, within that by kind and label.
 */
#include "report/model.h"

struct listing {
	struct listed {
		const struct report_item *item;
		bool same_label; /* another certificate that is listed has the same label */
	} * list;
	size_t count;
	size_t partly;  /* behind these: proxies that are as wanted as far as they can be */
	size_t shipped; /* what the system ships and no policy names, and is not listed */
};

/* Without `all` what is as wanted is left out, and what the system ships. */
void listing_make(const struct report *report, bool all, struct listing *out);
void listing_release(struct listing *listing);
