/* SPDX-License-Identifier: Apache-2.0 */
#include "host/host.h"

#include "host/systems.h"
#include "host/windows/volume.h"

static const char *state_folder(bool windows)
{
	return windows ? "/ProgramData/TrustDeployer/state" : "/var/lib/trust-deployer";
}

const char *host_state_folder(struct root *root)
{
	return state_folder(volume_is_windows(root));
}

bool host_open(const char *root, struct host *out, struct err *err)
{
	struct host host = {0};

	if (!root_open(root, &host.root, err))
		return false;
	if (!systems_open(&host, root, err)) {
		err_wrap(err, "%s", text_escape_string(root).text);
		root_release(&host.root);
		return false;
	}
	host.state_folder = state_folder(facts_os(&host.facts, OS_WINDOWS));
	*out = host;
	return true;
}

void host_close(struct host *host)
{
	if (!host->ops)
		return;
	host->ops->close(host);
	facts_release(&host->facts);
	hooks_release(&host->due);
	hooks_release(&host->gone);
	items_release(&host->waiting);
	ctls_release(&host->ctls);
	root_release(&host->root);
	*host = (struct host){0};
}
