/* SPDX-License-Identifier: Apache-2.0 */
#include "state/place.h"

#include <strings.h>

#include "base/text.h"

enum { PLACE_NAME_MAX = 255 }; /* of a file name on Linux, and of a key's on Windows */

struct escaped place_shown(const struct root *root, const char *path)
{
	AUTO(arena) arena = {0};

	return text_escape_string(
	    root->confined ? arena_printf(&arena, "%s%s", root->path, path) : path);
}

/* What is wrong with the names of the place, or NULL. One that ends the place may be a value's,
 * which can be as long as a path, or nothing behind a key. */
static const char *fault_of_names(const char *place, char separator)
{
	const bool is_path = separator == '/';
	const char *name = place + is_path;

	if (strlen(place) >= JOURNAL_PATH)
		return "is too long";
	for (const char *end; (end = strchr(name, separator)) || *name || is_path; name = end + 1) {
		size_t size = end ? (size_t)(end - name) : strlen(name);

		if (size == 0)
			return "has an empty name in it";
		if ((size == 1 && name[0] == '.') || (size == 2 && memcmp(name, "..", 2) == 0))
			return "has \".\" or \"..\" in it";
		if (size > PLACE_NAME_MAX && (end || is_path))
			return "has a name in it that is too long";
		if (!end)
			break;
	}
	return NULL;
}

const char *place_fault(const char *place)
{
	if (place[0] == '/')
		return fault_of_names(place, '/');
	if (strncmp(place, "HKLM\\", 5) == 0 || strncmp(place, "HKU\\", 4) == 0)
		return fault_of_names(place, '\\');
	return "is no path from the root on, and no place of the registry";
}

static bool is_ledger(const struct journal_record *record)
{
	const char *slash = strrchr(record->place, '/');

	return slash && strcmp(slash, "/ledger") == 0 && record->before.type <= FILE_REGULAR &&
	       record->after.type <= FILE_REGULAR;
}

/* A folder or key is made or goes; it becomes nothing else, and nothing else becomes one. */
static bool is_made(const struct journal_record *record)
{
	enum file_type before = record->before.type, after = record->after.type;

	return (before == FILE_FOLDER && after == FILE_ABSENT) ||
	       (before == FILE_ABSENT && after == FILE_FOLDER);
}

static bool is_link(struct span target)
{
	return target.size > 0 && target.size < JOURNAL_PATH &&
	       !memchr(target.data, 0, target.size);
}

/* What a key, a value or a path can be. */
static bool can_be(const char *place, enum file_type type)
{
	if (type == FILE_ABSENT || changes_is_file(place))
		return type != FILE_OTHER;
	return type == (place[strlen(place) - 1] == '\\' ? FILE_FOLDER : FILE_REGULAR);
}

/* What is wrong with the states that the place had, or NULL. */
static const char *fault_of_states(const struct journal_record *record)
{
	const struct file_state *before = &record->before, *after = &record->after;

	if (!can_be(record->place, before->type) || !can_be(record->place, after->type))
		return "is said to be what no such place can be";
	if ((before->type == FILE_FOLDER || after->type == FILE_FOLDER) && !is_made(record))
		return "is said to be a folder that was neither made nor taken away";
	if (before->type == FILE_LINK && !is_link(bytes_span(&before->content)))
		return "is said to be a link that leads to no path";
	return NULL;
}

bool place_check(const struct journal_record *record, struct err *err)
{
	const char *place = record->place, *fault;

	if (record->kind == JOURNAL_STATE)
		return is_ledger(record) || err_set(err, ERR_FORMAT, "\"%s\" is not the ledger",
		                                text_escape_string(place).text);
	fault = place_fault(place);
	if (!fault)
		fault = fault_of_states(record);
	return !fault || err_set(err, ERR_FORMAT, "the place \"%s\" %s",
	                     text_escape_string(place).text, fault);
}

/* The first `size` letters; the rules of struct host_ops say when their case does not matter. */
static bool begin_alike(const char *a, const char *b, size_t size, bool fold)
{
	return fold ? strncasecmp(a, b, size) == 0 : strncmp(a, b, size) == 0;
}

static bool is_in(const char *place, const char *allowed)
{
	bool fold = *allowed == '~';
	size_t size = strlen(allowed += fold);

	if (allowed[size - 1] == '*')
		return begin_alike(place, allowed, size - 1, fold) && place[size - 1] &&
		       !strchr(place + size - 1, '/');
	if (allowed[size - 1] != '/' && allowed[size - 1] != '\\')
		return begin_alike(place, allowed, size + 1, fold);
	return begin_alike(place, allowed, size, fold) && place[size];
}

/* A folder or key that `allowed` is, or lies in. */
static bool is_on_the_way(const char *place, const char *allowed)
{
	bool fold = *allowed == '~';
	size_t size = strlen(place);

	allowed += fold;
	return begin_alike(allowed, place, size, fold) &&
	       (allowed[size] == '/' || place[size - 1] == '\\');
}

bool place_is_written(const char *place, bool is_made, const char *const *places)
{
	if (!places)
		return true;
	for (; *places; places++)
		if (is_in(place, *places) || (is_made && is_on_the_way(place, *places)))
			return true;
	return false;
}

bool place_judge(const struct journal_record *record, const char *const *places, struct err *err)
{
	return record->kind == JOURNAL_STATE ||
	       place_is_written(record->place, is_made(record), places) ||
	       err_set(err, ERR_FORMAT, "\"%s\" is no place that this program writes to",
	           text_escape_string(record->place).text);
}

bool place_may_be_way(const char *place, const char *const *places)
{
	for (; places && *places; places++)
		if (is_in(place, *places) && (*places)[strlen(*places) - 1] == '/')
			return true;
	return !places;
}
