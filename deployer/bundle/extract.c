/* SPDX-License-Identifier: Apache-2.0 */
/* The half of pack.h that takes bundles apart. */
#include "base/file.h"
#include "bundle/pack.h"
#include "formats/yaml.h"

/* The folder is its own root, so nothing leads out of it; links that lie inside are
 * refused as well, lest a member replace what another name stands for. */
static bool make_parents(struct root *root, const char *path, struct err *err)
{
	AUTO(arena) arena = {0};

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		char *folder = arena_strndup(&arena, path, (size_t)(slash - path));
		enum file_type type = file_type(root, folder);

		if (type != FILE_ABSENT && type != FILE_FOLDER)
			return err_set(
			    err, ERR_IO, "%s%s is there and is no folder", root->path, folder);
		if (type == FILE_ABSENT && !file_make_folders(root, folder, 0755, err))
			return false;
	}
	return true;
}

static bool write_member(
    struct root *root, const struct cab_member *member, struct bytes *content, struct err *err)
{
	AUTO(text) path = {0};
	AUTO(file_state)
	state = {
	    .type = FILE_REGULAR, .mode = 0644, .uid = FILE_OWNER_SELF, .content = TAKE(*content)};

	if (strstr(member->name, FILE_TEMPORARY))
		return err_set(
		    err, ERR_IO, "%s: that name is kept for unfinished files", member->name);
	text_addf(&path, "/%s", member->name);
	return make_parents(root, text_string(&path), err) &&
	       file_set(root, text_string(&path), &state, err);
}

static const struct manifest_entry *entry_of(const struct bundle *bundle, const char *name)
{
	const struct manifest_entry *list = bundle->manifest.contents.list;

	for (size_t i = 0; i < bundle->manifest.contents.count; i++)
		if (strcmp(list[i].file, name) == 0)
			return &list[i];
	return NULL;
}

static bool write_members(struct bundle *bundle, struct root *root, struct err *err)
{
	for (size_t i = 0; i < bundle->cab.count; i++) {
		const struct cab_member *member = &bundle->cab.members[i];
		const struct manifest_entry *entry = entry_of(bundle, member->name);
		AUTO(bytes) content = {0};

		if (entry ? !bundle_read(bundle, entry, &content, err)
		          : !cab_read(&bundle->cab, member, YAML_MAX_BYTES, &content, err))
			return false;
		if (!write_member(root, member, &content, err))
			return false;
	}
	return root_sync(root, (const char *const[]){"/"}, 1, err);
}

bool pack_extract(struct bundle *bundle, const char *folder, struct err *err)
{
	AUTO(root) none = root_none();
	AUTO(root) root = {.parent_fd = -1};
	AUTO(arena) arena = {0};
	size_t size = strlen(folder);
	struct err why = {0};

	while (size > 1 && folder[size - 1] == '/')
		size--;
	folder = arena_strndup(&arena, folder, size);
	/* who may put a link there would choose which files are written */
	if (file_type(&none, folder) == FILE_LINK)
		return err_set(err, ERR_IO, "%s is a link: name the folder that it leads to",
		    text_escape_string(folder).text);
	if (!root_open(folder, &root, &why)) {
		if (why.code == ERR_POLICY || file_type(&none, folder) != FILE_ABSENT) {
			*err = why;
			return false;
		}
		if (!file_make_folders(&none, folder, 0755, err) || !root_open(folder, &root, err))
			return false;
	}
	return write_members(bundle, &root, err);
}
