/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What a run brings with it, as items beside those of the host: a bundle that is refused, that
 * cannot be reached or that expires soon is the item bundle/ID, the keyring the item keyring. Only
 * what the run has opened is judged; what is as it should be is no item. A
 * certificate that this program manages is named before it expires; it is as the policy wants it.
 * What no verdict covers is an item too: a policy file that is not read, what another state tells
 * of.
 */
#include "engine/session.h"

enum {
	INPUTS_DAY = 86400,
	INPUTS_BUNDLE_WARNING = 30 * INPUTS_DAY, /* before it expires, where no rule says else */
	INPUTS_KEYRING_WARNING = 90 * INPUTS_DAY,
	INPUTS_CERTIFICATE_WARNING = 30 * INPUTS_DAY,
};

/* Appends their steps to the outcome's plan; when everything else is in it. */
void inputs_judge(struct session *session);
/* The same of what the run has not looked at: policy/FILE, state. For inputs_judge. */
void inputs_uncovered(struct session *session);
/* Fills the outcome's list of bundles: all that the run has tried. */
void inputs_list(struct session *session);

/* When the warnings about that bundle begin, and what they are about. */
struct inputs_deadline {
	int64_t at, warn_at;
	bool stale; /* max_age and not its own expiry */
};
struct inputs_deadline inputs_deadline_of(const struct bundle_use *use);
/* "in 12 days", "in 1 day", "in less than a day" */
const char *inputs_in_days(int64_t seconds, struct arena *arena);
