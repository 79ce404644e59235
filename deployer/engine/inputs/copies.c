/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/inputs/copies.h"

enum { COPY_FOLDER_MODE = 0700 };

#define COPY_SUFFIX ".cab"

const char *copies_folder(const char *state, struct arena *arena)
{
	return arena_printf(arena, "%s/copies", state);
}

static bool keep(struct session *session, const struct bundle_use *use, const char *folder,
    struct arena *arena, struct err *err)
{
	struct root *root = session->run->state_root;
	struct span content = bytes_span(&use->bundle->file);
	const char *path = arena_printf(arena, "%s/%s" COPY_SUFFIX, folder, use->id);

	return content.size > COPY_MAX_BYTES || file_holds(root, path, content) ||
	       (file_make_folders(root, folder, COPY_FOLDER_MODE, err) &&
	           file_store(root, path, content, err));
}

static bool names(const struct policy *policy, const char *id)
{
	const struct bundle_rule *bundles = policy->bundles.list;
	const struct certificate_rule *certificates = policy->certificates.list;
	const struct ctl_rule *ctl = policy->ctl.list;

	for (size_t i = 0; i < policy->bundles.count; i++)
		if (strcmp(bundles[i].id, id) == 0)
			return true;
	for (size_t i = 0; i < policy->certificates.count; i++)
		if (certificates[i].bundle && strcmp(certificates[i].bundle, id) == 0)
			return true;
	for (size_t i = 0; i < policy->ctl.count; i++)
		if (ctl[i].bundle && strcmp(ctl[i].bundle, id) == 0)
			return true;
	return false;
}

/* A policy that came out of the bundle names it too: it is a use then. */
static bool is_named(const struct session *session, const char *id)
{
	const struct policies *policies = session->run->policies;

	for (size_t i = 0; i < session->resolver.use_count; i++)
		if (strcmp(session->resolver.uses[i].id, id) == 0)
			return true;
	for (size_t i = 0; policies && i < policies->count; i++)
		if (names(&policies->list[i], id))
			return true;
	return false;
}

/* What a killed run left while it wrote one. */
static bool is_temporary(const char *name)
{
	return strncmp(name, FILE_TEMPORARY, strlen(FILE_TEMPORARY)) == 0;
}

/* Other names are not ours, and stay. */
static bool forget(
    struct session *session, const char *folder, struct arena *arena, struct err *err)
{
	struct root *root = session->run->state_root;
	AUTO(folder) list = {.fd = -1};

	if (!folder_open(root, folder, &list, err))
		return false;
	for (size_t i = 0; i < list.count; i++) {
		const char *name = list.entries[i].name;
		size_t size = strlen(name), suffix = strlen(COPY_SUFFIX);
		bool copy = size > suffix && strcmp(name + size - suffix, COPY_SUFFIX) == 0;

		if (list.entries[i].type != FILE_REGULAR ||
		    (copy ? is_named(session, arena_strndup(arena, name, size - suffix))
		          : !is_temporary(name)))
			continue;
		if (!file_remove(root, arena_printf(arena, "%s/%s", folder, name), err))
			return false;
	}
	return true;
}

void copies_keep(struct session *session)
{
	const struct resolver *resolver = &session->resolver;
	AUTO(arena) arena = {0};
	const char *folder = copies_folder(session->run->state, &arena);
	struct err why = {0};
	bool ok = true;

	for (size_t i = 0; ok && i < resolver->use_count; i++)
		if (resolver->uses[i].bundle && !resolver->uses[i].copy)
			ok = keep(session, &resolver->uses[i], folder, &arena, &why);
	if (!ok || !forget(session, folder, &arena, &why))
		session_note(session,
		    "the last good copy of a bundle could not be kept (%s); this run does not need"
		    " it",
		    why.text);
}
