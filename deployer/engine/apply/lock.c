/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/apply/lock.h"

#include "engine/journal.h"

bool lock_take(struct run *run, int *fd, struct err *err)
{
	AUTO(arena) arena = {0};

	const char *folder = run->host->ops->lock_folder;

	if (folder && file_type(&run->host->root, folder) == FILE_FOLDER)
		return file_lock(&run->host->root,
		    arena_printf(&arena, "%s/trust-deployer.lock", folder), fd, err);
	return journal_make_folder(run->state_root, run->state, err) &&
	       file_lock(run->state_root, arena_printf(&arena, "%s/lock", run->state), fd, err);
}
