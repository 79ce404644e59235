/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/apply/rehearse.h"
#include "engine/conclude.h"

bool run_check(struct run *run, struct outcome *out, struct err *err)
{
	struct session session;
	bool ok = session_open(&session, run, out, RUN_CHECK, err) && apply_may_begin(run, err) &&
	          session_load(&session, true, err) && session_judge(&session, err);

	if (ok) {
		apply_rehearse(&session);
		outcome_conclude(&session);
	} else {
		err_require(err, RUN_CHECK);
		outcome_release(out);
	}
	session_release(&session);
	return ok;
}
