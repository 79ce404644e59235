/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

void scratch_enter(struct scratch *out)
{
	*out = (struct scratch){"/tmp/trust-deployer-unit.XXXXXX"};
	cr_assert_not_null(mkdtemp(out->path));
	cr_assert_eq(chdir(out->path), 0);
}

static void empty_folder(const char *path)
{
	AUTO(root) none = root_none();
	AUTO(folder) list = {.fd = -1};
	struct err err = {0};

	cr_assert(folder_open(&none, path, &list, &err), "%s", err.text);
	for (size_t i = 0; i < list.count; i++) {
		AUTO(text) below = {0};

		text_addf(&below, "%s/%s", path, list.entries[i].name);
		if (list.entries[i].type == FILE_FOLDER)
			empty_folder(text_string(&below));
		else
			unlink(text_string(&below));
	}
	cr_assert_eq(rmdir(path), 0, "%s", path);
}

void scratch_release(struct scratch *scratch)
{
	cr_assert_eq(chdir("/"), 0);
	empty_folder(scratch->path);
}

void scratch_put(const char *path, struct span content)
{
	struct err err = {0};

	cr_assert(file_replace(path, content, 0600, &err), "%s", err.text);
}
