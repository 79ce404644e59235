/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Everything a run needs, opened: host, bundles, policies that passed their checks
 * and the filter, and the state folder, by the options or their defaults.
 *
 *     workplace_open → run_check / run_apply on &workplace.run → workplace_release
 *
 * Bundles are only listed here, unless a policy comes out of one; they are read and
 * verified when the run needs them.
 */
#include "cli/inputs.h"
#include "cli/terminal/progress.h"
#include "engine/run.h"

struct workplace {
	struct run run;
	struct host host;
	struct root no_root;
	struct policies policies;
	struct bundles bundles;
	struct progress progress;
	struct text notes;    /* lines to add to the outcome's */
	struct err unpoliced; /* why the policies cannot be used, where the verb goes on without */
	bool host_is_open;
	struct floors floors, host_floors; /* see workplace_floors */
	bool floors_loaded;
};

enum workplace_policies {
	WORKPLACE_NO_POLICIES,     /* and no bundles: rollback */
	WORKPLACE_BUNDLES,         /* and no policies: status */
	WORKPLACE_POLICIES_IF_ANY, /* goes on without: `unpoliced`, unless there are none */
	WORKPLACE_POLICIES,
};

/* It must not be moved
 * afterwards: its run points into it. */
bool workplace_open(const struct args *args, enum workplace_policies policies,
    struct workplace *out, struct err *err) MUST_CHECK;
/* What the host remembers of bundles, read when it is first asked for. What cannot be read is empty
 * here; the run itself refuses it. */
const struct floors *workplace_floors(struct workplace *workplace);
/* For the end of a verb that went on without its policies: false, with the reason. */
bool workplace_confess(const struct workplace *workplace, struct err *err) MUST_CHECK;
void workplace_release(struct workplace *workplace);
