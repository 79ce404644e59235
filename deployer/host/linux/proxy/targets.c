/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/proxy/targets.h"

#define ROW(identifier, word) &identifier##_ROW,
const struct target *const targets[] = {LINUX_TARGET_VOCABULARY(ROW)};
const size_t target_count = COUNT(targets);

const struct target *target_of(enum proxy_target id)
{
	for (size_t i = 0; i < target_count; i++)
		if (targets[i]->id == id)
			return targets[i];
	return NULL;
}

static bool is_suse(const struct facts *facts)
{
	const char *distribution = facts_value(facts, FACT_DISTRIBUTION);

	return distribution &&
	       (strstr(distribution, "suse") || strncmp(distribution, "sle", 3) == 0);
}

bool target_is_here(struct host *host, const struct target *target)
{
	for (const char *const *mark = target->marks; *mark; mark++)
		if (file_type(&host->root, *mark) != FILE_ABSENT)
			return true;
	return target->suse_mark && is_suse(&host->facts) &&
	       file_type(&host->root, target->suse_mark) != FILE_ABSENT;
}

const char *target_place(const struct target *target)
{
	return target->places.files ? target->places.files[0] : target->places.folders[0];
}

static bool has_part(const struct proxy_places *places, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	size_t size = (size_t)(name - path) - 1;

	for (size_t i = 0; places->folders && places->folders[i]; i++)
		if (strncmp(places->folders[i], path, size) == 0 && !places->folders[i][size])
			return places->is_part(name);
	return false;
}

bool target_reads(struct host *host, const char *path)
{
	for (size_t i = 0; i < target_count; i++) {
		const struct proxy_places *places = &targets[i]->places;
		bool reads = has_part(places, path);

		for (size_t j = 0; places->files && places->files[j]; j++)
			reads = reads || strcmp(places->files[j], path) == 0;
		if (reads && target_is_here(host, targets[i]))
			return true;
	}
	return false;
}

bool target_is_conf(const char *name)
{
	return *name != '.' && text_ends(name, ".conf");
}
