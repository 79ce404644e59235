/* SPDX-License-Identifier: Apache-2.0 */
#include "host/host.h"

#include "host/linux/linux.h"

/* A Windows volume, whatever the case of its folders. */
static bool is_windows(struct root *root)
{
	static const char *const hives[] = {"/Windows/System32/config/SOFTWARE",
	    "/WINDOWS/system32/config/software", "/windows/system32/config/SOFTWARE"};

	for (size_t i = 0; i < COUNT(hives); i++)
		if (file_type(root, hives[i]) != FILE_ABSENT)
			return true;
	return false;
}

static bool open_as_found(struct host *host, struct err *err)
{
	if (is_windows(&host->root))
		return err_set(err, ERR_HOST,
		    "a Windows volume: this version does not service Windows offline yet");
	return linux_open(host, err);
}

bool host_open(const char *root, struct host *out, struct err *err)
{
	struct host host = {0};

	if (!root_open(root, &host.root, err))
		return false;
	if (!open_as_found(&host, err)) {
		err_wrap(err, "%s", text_escape_string(root).text);
		root_release(&host.root);
		return false;
	}
	linux_read_facts(&host, root);
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
