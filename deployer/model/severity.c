/* SPDX-License-Identifier: Apache-2.0 */
#include "model/severity.h"

const char *severity_name(enum severity severity)
{
	static const char *const names[SEVERITIES] = {
	    [SEVERITY_UNSAID] = "",
	    [SEVERITY_ERROR] = "error",
	    [SEVERITY_WARNING] = "warning",
	    [SEVERITY_INFO] = "info",
	};

	return names[severity];
}
