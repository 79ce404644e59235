/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/apply/lock.h"

#include "engine/mark.h"
#include "state/journal.h"
#include "state/stands.h"

/* The path of the lock where the host has a folder for it; NULL: it lies in the state folder. The
 * /run of an image is not in memory: what lies there travels with the image. */
static const char *path_on_host(const struct run *run, struct arena *arena)
{
	const char *folder = run->host->ops->lock_folder;

	return folder && !run->host->root.confined &&
	               file_type(&run->host->root, folder) == FILE_FOLDER
	           ? arena_printf(arena, "%s/trust-deployer.lock", folder)
	           : NULL;
}

static bool take_state(struct run *run, int *fd, struct err *err)
{
	AUTO(arena) arena = {0};
	const char *path = path_on_host(run, &arena);

	if (path)
		return file_lock(&run->host->root, path, run->lock_wait, fd, err);
	return journal_make_folder(run->state_root, run->state, err) &&
	       file_lock(run->state_root, arena_printf(&arena, "%s/lock", run->state),
	           run->lock_wait, fd, err);
}

static bool take_image(struct run *run, int *fd, struct err *err)
{
	const char *folder = run->host->ops->lock_folder;
	AUTO(arena) arena = {0};

	return !folder || !run->host->root.confined ||
	       file_lock_image(&run->host->root,
	           arena_printf(&arena, "%s/trust-deployer-images.lock", folder), run->lock_wait,
	           fd, err);
}

static bool take(struct run *run, struct lock *lock, struct err *err)
{
	return take_state(run, &lock->state, err) && take_image(run, &lock->image, err);
}

/* With the lock it first shows what this user may not do, or what this mount does not allow. */
static bool say_why(const struct run *run, const char *verb, struct err *err)
{
	const struct host *host = run->host;
	struct err why = *err;

	if (why.denied && host->root.confined)
		err_set(err, ERR_IO, "%s changes this image, which this user may not (%s)", verb,
		    why.text);
	else if (why.denied)
		err_set(err, ERR_IO, "%s changes this host and must run as %s", verb,
		    facts_os(&host->facts, OS_WINDOWS) ? "an administrator" : "root");
	err->denied = why.denied;
	err->read_only = why.read_only;
	return false;
}

bool lock_take(struct run *run, const char *verb, struct lock *lock, struct err *err)
{
	*lock = (struct lock){-1, -1};
	if (run->host->unchangeable)
		return err_set(err, ERR_HOST, "%s", run->host->unchangeable);
	/* Who can write to the state could have this run undo a transaction that never was. So it
	 * is judged again with the lock held, since somebody may have been faster. */
	run->state_judged = lock_judge(run, err) && session_judge_state(run, err) &&
	                    take(run, lock, err) && session_judge_state(run, err);
	return run->state_judged || say_why(run, verb, err);
}

void lock_release(struct lock *lock)
{
	file_unlock(lock->image);
	file_unlock(lock->state);
	*lock = (struct lock){-1, -1};
}

bool lock_foresee(const struct run *run, struct err *err)
{
	static const char *const written[] = {"lock", "journal/new", "ledger"};
	bool (*can_set)(struct root *, const char *, struct err *) = run->host->ops->can_set;
	AUTO(arena) arena = {0};
	const char *path = path_on_host(run, &arena);

	if (path && !can_set(&run->host->root, path, err))
		return false;
	for (size_t i = path != NULL; i < COUNT(written); i++)
		if (!can_set(run->state_root, arena_printf(&arena, "%s/%s", run->state, written[i]),
		        err))
			return false;
	return mark_foresee(run, err);
}

bool lock_judge(const struct run *run, struct err *err)
{
	AUTO(arena) arena = {0};
	const char *path = path_on_host(run, &arena);

	return !path || stands_file(&run->host->root, path, err);
}
