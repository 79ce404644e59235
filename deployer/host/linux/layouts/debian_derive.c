/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/layouts/debian.h"

#include <stdlib.h>

/* What the outputs are made from and where they go. */
struct derivation {
	struct host *host;
	const struct file_store *store;
	const struct changes *leaving;
	struct sources sources;
	struct targets targets; /* of the links in DEBIAN_CERTS */
	struct changes *out;
};

/* basename NAME .crt | sed 's/ /_/g; s/[()]/=/g; s/,/_/g', and ".pem" */
void debian_link_name(const struct file_store *store, const char *path, char out[LINK_NAME])
{
	const char *base = strrchr(path, '/') + 1;
	size_t size = strlen(base), prefix = strlen(store->link_prefix);

	if (size > 4 && memcmp(base + size - 4, ".crt", 4) == 0)
		size -= 4;
	/* names of files are shorter; the check is for the compiler and for whoever doubts it */
	if (size > LINK_NAME - sizeof(".pem") - prefix)
		size = LINK_NAME - sizeof(".pem") - prefix;
	memcpy(out, store->link_prefix, prefix);
	out += prefix;
	for (size_t i = 0; i < size; i++)
		out[i] = base[i] == ' ' || base[i] == ','   ? '_'
		         : base[i] == '(' || base[i] == ')' ? '='
		                                            : base[i];
	memcpy(out + size, ".pem", sizeof(".pem"));
}

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static bool leads_to_source(const char *link)
{
	return starts_with(link, DEBIAN_SHIPPED "/") || starts_with(link, DEBIAN_LOCAL "/");
}

/* Everything that stands in the folder stays, for a start. */
static bool read_targets(struct derivation *at, struct err *err)
{
	AUTO(folder) folder = {0};
	char link[4096];

	if (!folder_open(&at->host->root, DEBIAN_CERTS, &folder, err))
		return false;
	for (size_t i = 0; i < folder.count; i++) {
		const struct folder_entry *entry = &folder.entries[i];
		struct target *target = targets_add(&at->targets, entry->name);

		target->other = entry->type != FILE_LINK ||
		                !folder_read_link(&folder, entry->name, link, sizeof(link));
		if (!target->other)
			target->now = target->want = arena_strdup(&at->targets.arena, link);
	}
	return true;
}

/* A link to each selected file; of two with one name the later wins, as with the tool. Links
 * into the folders of the sources that belong to none go. */
static void want_source_links(struct derivation *at)
{
	struct targets *targets = &at->targets;
	struct targets known = *targets;

	targets->list = mem_grow(targets->list, &targets->capacity,
	    targets->count + at->sources.count, sizeof(*targets->list));
	known.list = targets->list;
	for (size_t i = 0; i < targets->count; i++)
		if (targets->list[i].now && leads_to_source(targets->list[i].now))
			targets->list[i].want = NULL;
	for (size_t i = 0; i < at->sources.count; i++) {
		const struct source *source = &at->sources.list[i];
		struct target *target;
		char name[LINK_NAME];

		if (!source->selected)
			continue;
		debian_link_name(at->store, source->path, name);
		target = targets_find(&known, name);
		if (!target)
			target = targets_add(targets, name);
		target->want = source->path;
		target->source = source;
	}
	targets_sort(targets);
}

/* Two sources with new links of one name: the one that comes later in the list of sources. */
static void drop_doubles(struct targets *targets)
{
	size_t kept = 0;

	for (size_t i = 0; i < targets->count; i++) {
		struct target *now = &targets->list[i];
		struct target *last = kept ? &targets->list[kept - 1] : NULL;

		if (last && strcmp(last->name, now->name) == 0) {
			if (now->source > last->source)
				*last = *now;
		} else {
			targets->list[kept++] = *now;
		}
	}
	targets->count = kept;
}

/* Hash links whose file goes, or has gone already. */
static void drop_dangling(struct derivation *at)
{
	for (size_t i = 0; i < at->targets.count; i++) {
		struct target *target = &at->targets.list[i], *file;
		unsigned number;
		uint32_t hash;

		if (!target->want || !debian_is_hash_link(target->name, &hash, &number))
			continue;
		if (strchr(target->want, '/')) {
			if (!file_is_regular(&at->host->root,
			        arena_printf(&at->targets.arena, DEBIAN_CERTS "/%s", target->name)))
				target->want = NULL;
			continue;
		}
		file = targets_find(&at->targets, target->want);
		if (!file || (!file->other && !file->want))
			target->want = NULL;
	}
}

static void state_of_link(const char *target, struct file_state *out)
{
	if (!target)
		return;
	out->type = FILE_LINK;
	out->uid = out->gid = FILE_OWNER_SELF;
	out->content = bytes_copy(span_text(target));
}

static bool add_link(struct derivation *at, const struct target *target, struct err *err)
{
	const char *place = arena_printf(&at->targets.arena, DEBIAN_CERTS "/%s", target->name);
	AUTO(file_state) before = {0};
	AUTO(file_state) after = {0};

	if (target->other) {
		/* a file by the name of a link: `ln -sf` replaces it, so do we */
		if (!target->want)
			return true;
		if (!file_capture(&at->host->root, place, LINUX_SOURCE_MAX, &before, err))
			return false;
	} else {
		state_of_link(target->now, &before);
	}
	state_of_link(target->want, &after);
	changes_add(at->out, place, &before, &after);
	return true;
}

enum link_kind { LINK_SOURCE, LINK_HASH, LINK_GONE };

static enum link_kind kind_of(const struct target *target)
{
	unsigned number;
	uint32_t hash;

	if (!target->want)
		return LINK_GONE;
	return debian_is_hash_link(target->name, &hash, &number) ? LINK_HASH : LINK_SOURCE;
}

static bool add_links(struct derivation *at, enum link_kind kind, struct err *err)
{
	for (size_t i = 0; i < at->targets.count; i++) {
		const struct target *target = &at->targets.list[i];
		bool same = target->now == target->want ||
		            (target->now && target->want && strcmp(target->now, target->want) == 0);

		if (!same && kind_of(target) == kind && !add_link(at, target, err))
			return false;
	}
	return true;
}

/* With no source there is no bundle: the tool makes none either. */
static bool add_bundle(struct derivation *at, struct err *err)
{
	AUTO(file_state) before = {0};
	AUTO(file_state) after = {0};

	if (!file_capture(
	        &at->host->root, DEBIAN_CERTS "/" DEBIAN_BUNDLE, LINUX_BUNDLE_MAX, &before, err))
		return false;
	for (size_t i = 0; i < at->sources.count && after.type == FILE_ABSENT; i++)
		if (at->sources.list[i].selected)
			after.type = FILE_REGULAR;
	after.mode = 0644;
	after.uid = after.gid = FILE_OWNER_SELF;
	after.content = TAKE(at->sources.bundle);
	changes_add(at->out, DEBIAN_CERTS "/" DEBIAN_BUNDLE, &before, &after);
	return true;
}

/* A file that cannot be read now would be missing from the bundle. */
static bool all_readable(const struct sources *sources, struct err *err)
{
	for (size_t i = 0; i < sources->count; i++)
		if (sources->list[i].selected && sources->list[i].unreadable)
			return err_set(err, ERR_IO,
			    "%s; the bundle is not rebuilt without it: repair or remove it",
			    sources->anchors[sources->list[i].first].fault);
	return true;
}

static bool derive(struct derivation *at, struct err *err)
{
	if (!sources_read(at->host, at->store, at->leaving, NULL, NULL, &at->sources, err) ||
	    !all_readable(&at->sources, err) || !read_targets(at, err))
		return false;
	want_source_links(at);
	drop_doubles(&at->targets);
	drop_dangling(at);
	debian_rehash(at->host, DEBIAN_CERTS, &at->sources, &at->targets);
	if (at->sources.count > 0)
		changes_add_folders(at->out, &at->host->root, DEBIAN_CERTS, 0755);
	/* first what adds, then what takes away */
	return add_links(at, LINK_SOURCE, err) && add_bundle(at, err) &&
	       add_links(at, LINK_HASH, err) && add_links(at, LINK_GONE, err);
}

bool debian_derive(struct host *host, const struct file_store *store, const struct changes *leaving,
    struct changes *out, struct err *err)
{
	struct derivation at = {.host = host, .store = store, .leaving = leaving, .out = out};
	bool ok = derive(&at, err) || err_wrap(err, "the outputs of " DEBIAN_CERTS);

	sources_release(&at.sources);
	targets_release(&at.targets);
	return ok;
}
