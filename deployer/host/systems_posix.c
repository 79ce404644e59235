/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/facts.h"
#include "host/linux/linux.h"
#include "host/systems.h"
#include "host/windows/volume.h"
#include "host/windows/windows.h"

bool systems_open(struct host *host, const char *root, struct err *err)
{
	if (volume_is_windows(&host->root))
		return windows_open(host, root, registry_open_hives, err);
	if (!linux_open(host, err))
		return false;
	linux_read_facts(host, root);
	return true;
}
