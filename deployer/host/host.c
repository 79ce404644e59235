/* SPDX-License-Identifier: Apache-2.0 */
#include "host/host.h"

#include "host/linux/linux.h"
#include "host/windows/windows.h"

const char *host_state_folder(struct root *root)
{
	return windows_present(root) ? "/ProgramData/TrustDeployer/state"
	                             : "/var/lib/trust-deployer";
}

static bool open_as_found(struct host *host, const char *root, struct err *err)
{
	if (windows_present(&host->root))
		return windows_open(host, root, err);
	if (!linux_open(host, err))
		return false;
	linux_read_facts(host, root);
	return true;
}

bool host_open(const char *root, struct host *out, struct err *err)
{
	struct host host = {0};

	if (!root_open(root, &host.root, err))
		return false;
	if (!open_as_found(&host, root, err)) {
		err_wrap(err, "%s", text_escape_string(root).text);
		root_release(&host.root);
		return false;
	}
	*out = host;
	return true;
}

void host_close(struct host *host)
{
	if (!host->ops)
		return;
	host->ops->close(host);
	facts_release(&host->facts);
	root_release(&host->root);
	*host = (struct host){0};
}
