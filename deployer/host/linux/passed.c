/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/passed.h"

enum { PASSED_MAX = 20, DEPTH_MAX = 6, VISITS_MAX = 1000 };

struct passing {
	struct host *host;
	struct remarks *out;
	const char *taken, *why;
	size_t told, visits;
	struct arena arena;
};

/* Endings that people give to certificates. */
static bool is_certificate_name(const char *name)
{
	static const char *const endings[] = {
	    ".pem", ".cer", ".der", ".crt", ".ca", ".cert", ".crt.txt", ".p7b"};

	for (size_t i = 0; i < COUNT(endings); i++)
		if (text_ends(name, endings[i]))
			return true;
	return false;
}

static bool is_passed_over(const struct passing *passing, const char *name, int depth)
{
	size_t size = strlen(name), tail = passing->taken ? strlen(passing->taken) : 0;

	if (!passing->taken && depth == 0)
		return false;
	return is_certificate_name(name) &&
	       !(tail && size >= tail && strcmp(name + size - tail, passing->taken) == 0);
}

static void walk(struct passing *passing, const char *path, int depth)
{
	AUTO(folder) folder = {.fd = -1};
	struct root *root = &passing->host->root;
	struct err ignored = {0};

	if (depth == DEPTH_MAX || passing->visits++ == VISITS_MAX ||
	    !folder_open(root, path, &folder, &ignored))
		return;
	for (size_t i = 0; i < folder.count && passing->told < PASSED_MAX; i++) {
		const struct folder_entry *entry = &folder.entries[i];
		const char *below = arena_printf(&passing->arena, "%s/%s", path, entry->name);

		if (entry->name[0] == '.' || entry->type == FILE_OTHER)
			continue;
		if (!file_is_regular(root, below)) {
			walk(passing, below, depth + 1);
		} else if (is_passed_over(passing, entry->name, depth)) {
			passing->told++;
			remarks_add(passing->out, "sources_passed_over", below,
			    "%s is not read: %s.", text_escape_string(below).text, passing->why);
		}
	}
}

void passed_remark(
    struct host *host, const char *folder, const char *taken, const char *why, struct remarks *out)
{
	struct passing passing = {.host = host, .out = out, .taken = taken, .why = why};

	walk(&passing, folder, 0);
	arena_release(&passing.arena);
}
