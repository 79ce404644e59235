/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/apply/lock.h"

#include "engine/session.h"
#include "state/journal.h"

/* Who can write to the state could have this run undo a transaction that never was. */
static bool check_state(const struct run *run, struct err *err)
{
	AUTO(arena) arena = {0};

	return session_check_state(run, run->state, err) &&
	       session_check_state(run, arena_printf(&arena, "%s/journal", run->state), err);
}

static bool take(struct run *run, int *fd, struct err *err)
{
	const char *folder = run->host->ops->lock_folder;
	AUTO(arena) arena = {0};

	/* the /run of an image is no place in memory: what lies there travels with the image */
	if (folder && !run->host->root.confined &&
	    file_type(&run->host->root, folder) == FILE_FOLDER)
		return file_lock(&run->host->root,
		    arena_printf(&arena, "%s/trust-deployer.lock", folder), run->lock_wait, fd,
		    err);
	return journal_make_folder(run->state_root, run->state, err) &&
	       file_lock(run->state_root, arena_printf(&arena, "%s/lock", run->state),
	           run->lock_wait, fd, err);
}

/* The lock is only where it is first seen what this user, or this mount, may not. */
static bool say_why(const struct run *run, const char *verb, struct err *err)
{
	const struct host *host = run->host;
	struct err why = *err;

	if (why.denied && host->root.confined)
		err_set(err, ERR_IO, "%s changes this image, which this user may not (%s)", verb,
		    why.text);
	else if (why.denied)
		err_set(err, ERR_IO, "%s changes this host and must run as %s", verb,
		    strcmp(host->facts.os, "windows") == 0 ? "an administrator" : "root");
	err->denied = why.denied;
	err->read_only = why.read_only;
	return false;
}

bool lock_take(struct run *run, const char *verb, int *fd, struct err *err)
{
	if (run->host->unchangeable)
		return err_set(err, ERR_HOST, "%s", run->host->unchangeable);
	/* and once more when it is there, since somebody may have been faster */
	return (check_state(run, err) && take(run, fd, err) && check_state(run, err)) ||
	       say_why(run, verb, err);
}
