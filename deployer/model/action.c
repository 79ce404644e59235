/* SPDX-License-Identifier: Apache-2.0 */
#include "model/action.h"

const char *action_name(enum action action)
{
	static const char *const names[ACTIONS] = {
	    [ACTION_KEEP] = "keep",
	    [ACTION_ADD] = "add",
	    [ACTION_REPLACE] = "replace",
	    [ACTION_REMOVE] = "remove",
	};

	return names[action];
}
