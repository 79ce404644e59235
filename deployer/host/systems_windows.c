/* SPDX-License-Identifier: Apache-2.0 */
#include "base/windows/access.h"
#include "host/systems.h"
#include "host/windows/volume.h"
#include "host/windows/windows.h"

bool systems_open(struct host *host, const char *root, struct err *err)
{
	if (strcmp(root, "/") == 0) {
		/* what this user made in ProgramData would be refused from then on */
		if (!access_is_privileged())
			host->unchangeable = "only an administrator changes this machine: run it "
			                     "elevated, or as SYSTEM";
		return windows_open(host, "", registry_open_live, err);
	}
	if (volume_is_windows(&host->root))
		return windows_open(host, root, registry_open_hives, err);
	return err_set(
	    err, ERR_HOST, "there is no Windows volume; images of Linux are serviced from Linux");
}
