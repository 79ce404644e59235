/* SPDX-License-Identifier: Apache-2.0 */
#include "state/judged.h"

/* To own the file again says nothing about what is in it. */
static bool say_way_out(const struct err *why, struct err *err)
{
	*err = *why;
	if (why->code == ERR_POLICY)
		err_set(err, ERR_POLICY,
		    "%s; where somebody may have changed it, restore it from a copy", why->text);
	return false;
}

bool judged_read(
    struct root *root, const char *path, size_t max, struct bytes *out, struct err *err)
{
	struct err why = {0};

	return file_read_private(root, path, root->trust, max, out, &why) || say_way_out(&why, err);
}

bool judged_file(struct root *root, const char *path, struct err *err)
{
	struct err why = {0};

	return folder_check_private(root, path, root->trust, &why) || why.code != ERR_POLICY ||
	       say_way_out(&why, err);
}
