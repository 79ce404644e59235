/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which layout a system has. Asked in this order: the distribution that os-release names, with
 * those that it says it is like; the distribution's own tool; the folders alone, where os-release
 * is missing or names nothing that this table knows.
 */
#include "host/linux/facts.h"
#include "host/linux/layout.h"

/* Alpine before Debian, because it has all of Debian's files. */
static const struct trust_layout *const layouts[] = {
    &fedora_layout,
    &arch_layout,
    &alpine_layout,
    &debian_layout,
    &suse_layout,
};

/* Whether the word at `word` stands in a list that has a blank around each of its words. */
static bool lists(const char *list, const char *word, size_t size)
{
	for (const char *at = list; (at = strstr(at, " ")); at++)
		if (strncmp(at + 1, word, size) == 0 && at[1 + size] == ' ')
			return true;
	return false;
}

/* The first layout that is present among those that the words name. `*named` tells whether one of
 * the words is known. */
static const struct trust_layout *by_words(struct root *root, const char *words, bool *named)
{
	while (*words) {
		size_t size = strcspn(words, " ");

		for (size_t i = 0; i < COUNT(layouts) && size > 0; i++) {
			if (!lists(layouts[i]->ids, words, size))
				continue;
			*named = true;
			if (layouts[i]->present(root))
				return layouts[i];
		}
		words += size + (words[size] == ' ');
	}
	return NULL;
}

const struct trust_layout *layout_choose(struct root *root)
{
	AUTO(arena) arena = {0};
	struct os_release release = linux_os_release(root, &arena);
	const char *words = arena_printf(&arena, "%s %s", release.id, release.id_like);
	bool named = false;
	const struct trust_layout *found = by_words(root, words, &named);

	for (size_t i = 0; i < COUNT(layouts) && !found; i++)
		if (layouts[i]->present(root) && file_type(root, layouts[i]->tool) != FILE_ABSENT)
			found = layouts[i];
	for (size_t i = 0; i < COUNT(layouts) && !found && !named; i++)
		if (layouts[i]->present(root))
			found = layouts[i];
	return found ? found : &none_layout;
}

static bool holds_something(struct root *root, const char *path)
{
	AUTO(folder) folder = {.fd = -1};
	struct err err = {0};

	return folder_open(root, path, &folder, &err) && folder.count > 0;
}

/* Debian and Alpine share a folder. */
static bool is_read_by(const struct trust_layout *layout, const char *sources)
{
	return layout->sources && strcmp(layout->sources, sources) == 0;
}

const struct trust_layout *layout_next_other(
    const struct trust_layout *chosen, const struct trust_layout *after)
{
	bool behind = after == NULL;

	for (size_t i = 0; i < COUNT(layouts); i++) {
		bool known = is_read_by(chosen, layouts[i]->sources);

		for (size_t j = 0; j < i && !known; j++)
			known = is_read_by(layouts[j], layouts[i]->sources);
		if (behind && !known)
			return layouts[i];
		behind = behind || layouts[i] == after;
	}
	return NULL;
}

const struct trust_layout *layout_next_stray(
    struct root *root, const struct trust_layout *chosen, const struct trust_layout *after)
{
	while ((after = layout_next_other(chosen, after)))
		if (holds_something(root, after->sources))
			return after;
	return NULL;
}
