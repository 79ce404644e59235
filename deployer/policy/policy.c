/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy.h"

#include <stdlib.h>

#include "base/digest.h"
#include "base/file.h"

static bool append(struct policies *policies, const struct policy *policy)
{
	policies->list = mem_grow(
	    policies->list, &policies->capacity, policies->count + 1, sizeof(*policies->list));
	policies->list[policies->count++] = *policy;
	return true;
}

bool policy_parse(struct span span, const char *file, struct policies *out, struct err *err)
{
	AUTO(yaml) yaml = {0};
	struct policy policy;

	if (!yaml_parse(span, file, &yaml, err) ||
	    !fields_read_all(
	        &yaml, yaml.root, &policy_fields, &out->arena, &policy, &out->faults, err))
		return false;
	policy.file = arena_strdup(&out->arena, file);
	policy.has_proxy = policy.proxy.position.line != 0;
	policy.has_auto_update = policy.auto_update.position.line != 0;
	if (!policy.description)
		policy.description = "";
	if (!policy.link)
		policy.link = LINK_LOCAL;
	digest_sha256_hex(span, policy.sha256);
	return append(out, &policy);
}

static bool load_file(
    const char *path, enum file_trust trust, struct policies *out, struct err *err)
{
	struct root none = root_none();
	AUTO(bytes) bytes = {0};

	/* one byte more than a document may have, so that its own limit is what is reported */
	return file_read_private(&none, path, trust, YAML_MAX_BYTES + 1, &bytes, err) &&
	       policy_parse(bytes_span(&bytes), path, out, err);
}

/* Hidden files are editors' and installers' left-overs. */
bool policy_is_file(const struct folder_entry *entry)
{
	const char *suffix = strrchr(entry->name, '.');

	return entry->type != FILE_FOLDER && suffix && suffix != entry->name &&
	       *entry->name != '.' && (strcmp(suffix, ".yaml") == 0 || strcmp(suffix, ".yml") == 0);
}

/* What editors and package managers leave, what somebody has switched off by its name, and what
 * tells of the folder. */
static bool is_left_over(const char *name)
{
	static const char *const marks[] = {"*~", "*.bak", "*.bak.*", "*.old", "*.orig", "*.rej",
	    "*.save", "*.tmp", "*.sw?", "*.dpkg-*", "*.rpm*", "*.ucf-*", "*.disabled", "*.off",
	    "readme", "readme.*", "#*#"};

	for (size_t i = 0; i < COUNT(marks); i++)
		if (text_glob(marks[i], name, true))
			return true;
	return false;
}

void policies_pass_over(
    struct policies *policies, const char *folder, const struct folder_entry *entry)
{
	struct arena *arena = &policies->arena;
	size_t size = strlen(folder);

	if (entry->type == FILE_FOLDER || *entry->name == '.' || policy_is_file(entry) ||
	    is_left_over(entry->name))
		return;
	while (size > 0 && folder[size - 1] == '/')
		size--;
	policies->passed = mem_grow(policies->passed, &policies->passed_capacity,
	    policies->passed_count + 1, sizeof(*policies->passed));
	policies->passed[policies->passed_count++] = (struct policy_passed){
	    .file = arena_strdup(arena, entry->name),
	    .path = arena_printf(arena, "%.*s/%s", (int)size, folder, entry->name),
	};
}

void policies_tell_passed(const struct policies *policies, struct text *out)
{
	for (size_t i = 0; i < policies->passed_count; i++)
		text_addf(out,
		    "%s is not read: the policies of a folder are called *.yaml or *.yml, in lower "
		    "case\n",
		    text_escape_string(policies->passed[i].path).text);
}

static bool load_folder(const char *path, const struct folder *folder, enum file_trust trust,
    struct policies *out, struct err *err)
{
	size_t size = strlen(path), found = 0;
	bool good = true;
	struct err why;

	while (size > 1 && path[size - 1] == '/')
		size--;
	for (size_t i = 0; i < folder->count; i++) {
		const char *file;

		policies_pass_over(out, path, &folder->entries[i]);
		if (!policy_is_file(&folder->entries[i]))
			continue;
		file = arena_printf(&out->arena, "%.*s%s%s", (int)size, path,
		    path[size - 1] == '/' ? "" : "/", folder->entries[i].name);
		found++;
		if (load_file(file, trust, out, good ? err : &why))
			continue;
		if (!good)
			text_addf(&out->faults, "%s\n", why.text);
		good = false;
	}
	out->empty_folder = found == 0;
	if (found == 0)
		return err_set(err, ERR_POLICY,
		    "%s: the folder holds no *.yaml and no *.yml file%s%s%s",
		    text_escape_string(path).text, out->passed_count ? "; " : "",
		    out->passed_count ? text_escape_string(out->passed[0].path).text : "",
		    out->passed_count ? " is not read for its ending" : "");
	return good;
}

bool policy_load(const char *path, enum file_trust trust, struct policies *out, struct err *err)
{
	struct root none = root_none();
	AUTO(folder) folder = {0};
	struct err no_folder;

	/* the reader of files tells of what is no folder, or is missing */
	if (folder_open(&none, path, &folder, &no_folder) && folder.fd >= 0)
		return load_folder(path, &folder, trust, out, err);
	return load_file(path, trust, out, err);
}

void policies_release(struct policies *policies)
{
	free(policies->list);
	text_release(&policies->faults);
	free(policies->passed);
	arena_release(&policies->arena);
	*policies = (struct policies){0};
}
