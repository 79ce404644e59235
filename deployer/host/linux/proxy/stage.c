/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drafts that are right become changes of files.
 */
#include "host/linux/proxy/files.h"

static bool stage_folder(struct root *root, const char *path, struct changes *out, struct err *err)
{
	struct file_state before = {0};
	struct file_state after = {
	    .type = FILE_FOLDER, .mode = 0755, .uid = FILE_OWNER_SELF, .gid = FILE_OWNER_SELF};
	const char *slash = strrchr(path, '/');
	AUTO(arena) arena = {0};
	const char *folder = arena_strndup(&arena, path, (size_t)(slash - path));
	enum file_type type;

	if (slash == path || changes_find(out, folder))
		return true;
	type = file_type(root, folder);
	if (type == FILE_LINK || type == FILE_FOLDER)
		return true;
	if (type != FILE_ABSENT)
		return err_set(err, ERR_HOST, "%s is no folder", folder);
	if (!stage_folder(root, folder, out, err))
		return false;
	changes_add(out, folder, &before, &after);
	return true;
}

/* A part of ours that held a log-in is readable for everybody again when it holds none. */
static unsigned mode_of(const struct proxy_draft *draft, const struct file_state *before)
{
	if (draft->secret)
		return 0600;
	return before->type == FILE_REGULAR && !draft->open ? before->mode : 0644;
}

static bool stage_new(
    struct root *root, struct proxy_draft *draft, struct changes *out, struct err *err)
{
	AUTO(file_state) before = {0};
	AUTO(file_state) after = {0};

	if (!file_capture(root, draft->path, PROXY_FILE_MAX, &before, err))
		return false;
	if (before.type != FILE_ABSENT && before.type != FILE_REGULAR)
		return err_set(err, ERR_HOST,
		    "%s is %s, which is not replaced: make it a file, or leave this target out",
		    draft->path, before.type == FILE_LINK ? "a symbolic link" : "no regular file");
	if (!draft->present && before.type == FILE_ABSENT)
		return true;
	if (draft->present) {
		if (!stage_folder(root, draft->path, out, err))
			return false;
		after = (struct file_state){.type = FILE_REGULAR,
		    .mode = mode_of(draft, &before),
		    .uid = before.type == FILE_REGULAR ? before.uid : FILE_OWNER_SELF,
		    .gid = before.type == FILE_REGULAR ? before.gid : FILE_OWNER_SELF};
		bytes_add(&after.content, text_string(&draft->content), draft->content.size);
	}
	changes_add(out, draft->path, &before, &after);
	return true;
}

/* Another step has staged this file already: its result is edited. */
static void stage_again(struct proxy_draft *draft, struct change *change)
{
	bytes_release(&change->after.content);
	if (!draft->present) {
		change->after.type = FILE_ABSENT;
		return;
	}
	if (change->after.type != FILE_REGULAR || draft->secret)
		change->after.mode = draft->secret ? 0600 : 0644;
	change->after.type = FILE_REGULAR;
	bytes_add(&change->after.content, text_string(&draft->content), draft->content.size);
}

bool proxy_view_stage(struct proxy_view *view, struct changes *out, struct err *err)
{
	for (size_t i = 0; i < COUNT(view->drafts); i++) {
		struct proxy_draft *draft = &view->drafts[i];
		struct change *change = draft->path ? changes_find(out, draft->path) : NULL;

		if (draft->present && draft->content.size > PROXY_FILE_MAX)
			return err_set(err, ERR_HOST,
			    "%s would be larger than %d bytes, and no run could read it again",
			    draft->path, PROXY_FILE_MAX);
		if (change)
			stage_again(draft, change);
		else if (draft->path && !stage_new(view->root, draft, out, err))
			return false;
	}
	return true;
}
