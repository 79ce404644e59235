/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/bundle.h"

#include <stdlib.h>

#include "base/file.h"

static void add_candidate(struct bundles *bundles, const char *path)
{
	struct bundle_candidate *candidate;

	bundles->list =
	    mem_grow(bundles->list, &bundles->capacity, bundles->count + 1, sizeof(*bundles->list));
	candidate = &bundles->list[bundles->count++];
	*candidate = (struct bundle_candidate){.path = mem_strdup(path)};
}

void bundles_add(struct bundles *bundles, const char *path)
{
	AUTO(root) none = root_none();
	AUTO(folder) folder = {.fd = -1};
	struct err no_folder;

	/* what is no folder, or not there, is for the reader of files to tell */
	if (!folder_open(&none, path, &folder, &no_folder) || folder.fd < 0) {
		add_candidate(bundles, path);
		return;
	}
	for (size_t i = 0; i < folder.count; i++) {
		AUTO(text) whole = {0};

		if (!text_glob("*.cab", folder.entries[i].name, true) ||
		    folder.entries[i].type == FILE_FOLDER)
			continue;
		text_addf(&whole, "%s/%s", path, folder.entries[i].name);
		add_candidate(bundles, text_string(&whole));
	}
}

static bool load_keyring(struct bundles *bundles, struct err *err)
{
	if (bundles->keyring_loaded)
		return true;
	if (!bundles->keyring_path)
		return err_set(err, ERR_USAGE, "no keyring is named");
	if (!keyring_load(bundles->keyring_path, &bundles->keyring, err))
		return err_wrap(err, "keyring");
	bundles->keyring_loaded = true;
	return true;
}

/* What is found is kept, the refusal too: no file is read twice in one run. */
static void try_candidate(struct bundles *bundles, struct bundle_candidate *candidate)
{
	AUTO(root) none = root_none();
	AUTO(bytes) file = {0};

	candidate->tried = true;
	if (file_read(&none, candidate->path, BUNDLE_MAX_BYTES, &file, &candidate->refusal) &&
	    bundle_open(candidate->path, &file, &bundles->keyring, bundles->now, &candidate->bundle,
	        &candidate->refusal))
		candidate->refusal.code = ERR_NONE;
}

bool bundles_verify(struct bundles *bundles, struct err *err)
{
	if (!load_keyring(bundles, err))
		return false;
	for (size_t i = 0; i < bundles->count; i++)
		if (!bundles->list[i].tried)
			try_candidate(bundles, &bundles->list[i]);
	return true;
}

static bool refuse_all(const struct bundles *bundles, const char *id, struct err *err)
{
	AUTO(text) why = {.limit = 360};

	for (size_t i = 0; i < bundles->count; i++) {
		const struct bundle_candidate *candidate = &bundles->list[i];

		if (candidate->refusal.code != ERR_NONE)
			text_addf(&why, "; %s", candidate->refusal.text);
		else
			text_addf(&why, "; %s holds %s", text_escape_string(candidate->path).text,
			    candidate->bundle.manifest.id);
	}
	return err_set(err, ERR_TRUST, "no verified bundle %s is there%s",
	    text_escape_string(id).text, bundles->count ? text_string(&why) : "; none was given");
}

bool bundles_find(struct bundles *bundles, const char *id, struct bundle **out, struct err *err)
{
	struct bundle *best = NULL;

	if (!load_keyring(bundles, err))
		return false;
	for (size_t i = 0; i < bundles->count; i++) {
		struct bundle_candidate *candidate = &bundles->list[i];

		if (!candidate->tried)
			try_candidate(bundles, candidate);
		if (candidate->refusal.code == ERR_NONE &&
		    strcmp(candidate->bundle.manifest.id, id) == 0 &&
		    (!best || candidate->bundle.manifest.version > best->manifest.version))
			best = &candidate->bundle;
	}
	if (!best)
		return refuse_all(bundles, id, err);
	*out = best;
	return true;
}

void bundles_release(struct bundles *bundles)
{
	for (size_t i = 0; i < bundles->count; i++) {
		bundle_release(&bundles->list[i].bundle);
		free(bundles->list[i].path);
	}
	free(bundles->list);
	free(bundles->keyring_path);
	keyring_release(&bundles->keyring);
	*bundles = (struct bundles){0};
}
