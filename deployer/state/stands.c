/* SPDX-License-Identifier: Apache-2.0 */
#include "state/stands.h"

#include "base/text.h"
#include "state/journal.h"
#include "state/judged.h"

enum { ANY_FILE = 1u << FILE_REGULAR | 1u << FILE_LINK | 1u << FILE_OTHER };

/* The places, and of each what may stand there, as 1 << enum file_type. A link must lead to what is
 * not replaced (a folder), or is replaced whole and read through it. */
static const struct place {
	const char *name;
	unsigned may_be;
	bool is_folder;
	bool is_read; /* as a whole, and believed */
} places[] = {
    {"journal", 1u << FILE_FOLDER | 1u << FILE_LINK, .is_folder = true},
    {"ledger", 1u << FILE_REGULAR, .is_read = true},
    {"floors", 1u << FILE_REGULAR | 1u << FILE_LINK, .is_read = true},
    {"copies", 1u << FILE_FOLDER, .is_folder = true},
    {"history", 1u << FILE_REGULAR, .is_read = true},
    {"hooks", 1u << FILE_REGULAR, .is_read = true},
    {"owed", 1u << FILE_REGULAR, .is_read = true},
    {"image", 1u << FILE_REGULAR, .is_read = true},
    {"lock", 1u << FILE_REGULAR, .is_folder = false},
    /* left by a run that was killed, and replaced by the next one */
    {FILE_TEMPORARY, ANY_FILE, .is_folder = false},
};

static const char *what_is(enum file_type type, const struct place *place)
{
	switch (type) {
	case FILE_REGULAR:
		return "a file";
	case FILE_FOLDER:
		return "a folder";
	case FILE_LINK:
		return place->is_folder && place->may_be & 1u << FILE_LINK
		           ? "a link that leads to no folder"
		           : "a link";
	default:
		return "a pipe, socket or device";
	}
}

static bool refuse(const struct root *root, const char *path, enum file_type type,
    const struct place *place, struct err *err)
{
	return err_set(err, ERR_IO,
	    "%s%s: is %s, where this program keeps a %s of its own: take it away",
	    root->path ? text_escape_string(root->path).text : "", text_escape_string(path).text,
	    what_is(type, place), place->is_folder ? "folder" : "file");
}

/* Whether the link leads to something permitted. A link that this user may not follow is no
 * fault. */
static bool leads_there(struct root *root, const char *path, bool is_folder)
{
	AUTO(folder) folder = {.fd = -1};
	struct err why = {0};

	return is_folder ? folder_open_only(root, path, &folder, &why) || why.denied
	                 : file_is_regular(root, path);
}

static bool check_place(
    struct root *root, const char *path, const struct place *place, struct err *err)
{
	enum file_type type = file_type(root, path);

	if (type == FILE_ABSENT)
		return true;
	if (place->may_be & 1u << type &&
	    (type != FILE_LINK || (place->may_be & 1u << FILE_OTHER) ||
	        leads_there(root, path, place->is_folder)))
		return true;
	return refuse(root, path, type, place, err);
}

/* The folder, or where it is missing the one that it would be made in. */
static bool check_folder(struct root *root, const char *state, struct err *err)
{
	static const struct place folder = {
	    "", 1u << FILE_FOLDER | 1u << FILE_LINK, .is_folder = true};
	AUTO(arena) arena = {0};
	char *path = arena_strdup(&arena, state), *slash;

	while (*path && file_type(root, path) == FILE_ABSENT && (slash = strrchr(path, '/')))
		*slash = 0;
	return !*path || check_place(root, path, &folder, err);
}

bool stands_check(struct root *root, const char *state, struct err *err)
{
	AUTO(arena) arena = {0};

	if (!check_folder(root, state, err))
		return false;
	for (size_t i = 0; i < COUNT(places); i++)
		if (!check_place(root, arena_printf(&arena, "%s/%s", state, places[i].name),
		        &places[i], err))
			return false;
	return true;
}

bool stands_file(struct root *root, const char *path, struct err *err)
{
	static const struct place file = {"", 1u << FILE_REGULAR, .is_folder = false};

	return check_place(root, path, &file, err);
}

static bool check_private(const struct belonging *belonging, const char *path, struct err *err)
{
	struct err why = {0};

	if (folder_check_private(belonging->state_root, path, belonging->state_root->trust, &why))
		return true;
	*err = why;
	if (belonging->state_root->confined && why.code == ERR_POLICY)
		err_set(err, why.code,
		    "%s, or keep the state of this image elsewhere, with --state", why.text);
	return false;
}

/* What is read of the state: each file that is there, and each journal. */
static bool check_files(const struct belonging *belonging, struct err *err)
{
	struct root *root = belonging->state_root;
	AUTO(journal_names) names = {0};
	AUTO(arena) arena = {0};
	struct err ignored = {0};

	for (size_t i = 0; i < COUNT(places); i++)
		if (places[i].is_read &&
		    !judged_file(
		        root, arena_printf(&arena, "%s/%s", belonging->state, places[i].name), err))
			return false;
	if (!journal_names(root, belonging->state, &names, &ignored))
		return true; /* who reads them tells why */
	for (size_t i = 0; i < names.done_count + names.open_count; i++) {
		bool open = i >= names.done_count;
		const char *id = open ? names.open[i - names.done_count] : names.done[i];
		char path[JOURNAL_PATH];

		if (!journal_path(
		        belonging->state, id, open ? JOURNAL_OPEN : JOURNAL_DONE, path, err) ||
		    !judged_file(root, path, err))
			return false;
	}
	return true;
}

bool stands_judge(const struct belonging *belonging, struct err *err)
{
	AUTO(arena) arena = {0};

	return check_private(belonging, belonging->state, err) && check_files(belonging, err) &&
	       stands_check(belonging->state_root, belonging->state, err) &&
	       check_private(
	           belonging, arena_printf(&arena, "%s/journal", belonging->state), err) &&
	       belongs_check(belonging, err);
}
