/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/layouts/debian.h"

#include <limits.h>
#include <stdlib.h>

/* What the outputs are made from and where they go. */
struct derivation {
	struct debian *debian;
	struct host *host;
	const struct file_store *store;
	const struct changes *leaving;
	struct sources sources;
	struct made_bundle made; /* what the bundle holds now */
	struct targets targets;  /* of the links in DEBIAN_CERTS */
	struct digests unnamed;  /* shipped files whose "!" line has gone, without another line for
	                          * them */
	struct changes *out;
};

/* basename NAME .crt | sed 's/ /_/g; s/[()]/=/g; s/,/_/g', and ".pem" */
void debian_link_name(const struct file_store *store, const char *path, char out[LINK_NAME])
{
	const char *base = strrchr(path, '/') + 1;
	size_t size = strlen(base), prefix = strlen(store->link_prefix);

	if (size > 4 && memcmp(base + size - 4, ".crt", 4) == 0)
		size -= 4;
	/* names of files are shorter; this check satisfies the compiler */
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

static bool leads_to_source(const char *link)
{
	static const char up[] = "../../../"; /* from DEBIAN_CERTS to the root, as some images have
	                                       * it */

	if (text_begins(link, up))
		link += sizeof(up) - 2;
	return text_begins(link, DEBIAN_SHIPPED "/") || text_begins(link, DEBIAN_LOCAL "/");
}

bool debian_is_taken(struct host *host, const char *name, const char *link)
{
	AUTO(arena) arena = {0};

	return !link ||
	       (!leads_to_source(link) &&
	           file_is_regular(&host->root, arena_printf(&arena, DEBIAN_CERTS "/%s", name)));
}

/* To begin with, everything in the folder stays. */
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

/* Whether the folder of a path exists, so that a file missing in it has really gone. */
static bool has_folder(struct derivation *at, const char *path)
{
	const char *slash = strrchr(path, '/');

	return file_type(&at->host->root,
	           arena_strndup(&at->targets.arena, path, (size_t)(slash - path))) == FILE_FOLDER;
}

static bool is_deselected(const struct sources *sources, const char *path)
{
	for (size_t i = 0; i < sources->count; i++)
		if (!sources->list[i].selected && strcmp(sources->list[i].path, path) == 0)
			return true;
	return false;
}

static bool holds_one_of(struct derivation *at, const char *path, const struct digests *digests)
{
	AUTO(bytes) content = {0};
	struct err err = {0};
	uint8_t sha256[SHA256_SIZE];
	uint32_t hash;

	return digests->count > 0 &&
	       file_read(&at->host->root, path, LINUX_SOURCE_MAX, &content, &err) &&
	       debian_single_certificate(bytes_span(&content), sha256, &hash) &&
	       digests_have(digests, sha256);
}

static bool names(struct span conf, bool plain, struct span name)
{
	struct conf_line line;

	while (conf_next(&conf, plain, &line))
		if (line.name.size > 0 && span_equal(line.name, name))
			return true;
	return false;
}

/* A rollback puts back outputs from a time when a line named such a file, but the line does not
 * come back: somebody has removed the one that deselected it. */
static void read_unnamed(struct derivation *at)
{
	const struct change *change = at->leaving ? changes_peek(at->leaving, DEBIAN_CONF) : NULL;
	bool plain = at->store->plain_lines;
	struct conf_line line;
	struct span conf;

	if (!change)
		return;
	conf = bytes_span(&change->before.content);
	while (conf_next(&conf, plain, &line)) {
		AUTO(bytes) content = {0};
		uint8_t sha256[SHA256_SIZE];
		struct err ignored = {0};
		uint32_t hash;

		if (line.name.size == 0 || !line.deselected ||
		    names(bytes_span(&change->after.content), plain, line.name))
			continue;
		if (file_read(&at->host->root,
		        arena_printf(&at->targets.arena, DEBIAN_SHIPPED "/%.*s",
		            (int)line.name.size, (const char *)line.name.data),
		        LINUX_SOURCE_MAX, &content, &ignored) &&
		    debian_single_certificate(bytes_span(&content), sha256, &hash))
			digests_add(&at->unnamed, sha256);
	}
}

/* A link into the folders of the sources that belongs to no source goes when its file was
 * deselected, has gone, or holds what is to go. When just no line names the file any more, the link
 * stays: the distribution's tool leaves it too, and OpenSSL trusts by it. */
static bool link_goes(struct derivation *at, const char *path)
{
	if (is_deselected(&at->sources, path))
		return true;
	if (!file_is_regular(&at->host->root, path))
		return has_folder(at, path);
	return holds_one_of(at, path, &at->debian->shunned) || holds_one_of(at, path, &at->unnamed);
}

/* Nobody is to trust what it holds, and by this folder nobody does. */
static bool is_withheld(const struct derivation *at, const struct source *source)
{
	return source->hashed &&
	       digests_have(&at->debian->unlinked, at->sources.anchors[source->first].sha256);
}

/* Makes a link to each selected file; of two with one name the later wins, as with the tool. What
 * somebody else has put there under that name stays: `ln -sf` of the tool would replace it, and a
 * root that is trusted by it would be lost. */
static void want_source_links(struct derivation *at)
{
	struct targets *targets = &at->targets;
	struct targets known = *targets;

	targets->list = mem_grow(targets->list, &targets->capacity,
	    targets->count + at->sources.count, sizeof(*targets->list));
	known.list = targets->list;
	for (size_t i = 0; i < at->sources.count; i++) {
		const struct source *source = &at->sources.list[i];
		struct target *target;
		char name[LINK_NAME];

		if (!source->selected || source->stops || is_withheld(at, source))
			continue;
		debian_link_name(at->store, source->path, name);
		if (strlen(name) > NAME_MAX)
			continue;
		target = targets_find(&known, name);
		if (target && debian_is_taken(at->host, name, target->now))
			continue;
		if (!target)
			target = targets_add(targets, name);
		target->want = source->path;
		target->source = source;
	}
	for (size_t i = 0; i < known.count; i++) {
		struct target *target = &targets->list[i];

		if (target->now && !target->source && leads_to_source(target->now) &&
		    link_goes(at, target->now))
			target->want = NULL;
	}
	targets_sort(targets);
}

/* Of two sources with new links of one name: the one that comes later in the list. */
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

/* Removes hash links whose file goes, or has gone already. */
static void drop_dangling(struct derivation *at)
{
	for (size_t i = 0; i < at->targets.count; i++) {
		struct target *target = &at->targets.list[i], *file;
		unsigned number;
		uint32_t hash;

		if (!target->want || !debian_is_hash_link(target->name, &hash, &number))
			continue;
		if (strchr(target->want, '/')) {
			if (!file_is_regular(
			        &at->host->root, arena_printf(&at->targets.arena,
			                             DEBIAN_CERTS "/%s", target->name)) &&
			    *target->want == '/' && has_folder(at, target->want))
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

static void add_link(struct derivation *at, const struct target *target)
{
	const char *place = arena_printf(&at->targets.arena, DEBIAN_CERTS "/%s", target->name);
	AUTO(file_state) before = {0};
	AUTO(file_state) after = {0};

	state_of_link(target->now, &before);
	state_of_link(target->want, &after);
	changes_add(at->out, place, &before, &after);
}

enum link_kind { LINK_SOURCE, LINK_NEW, LINK_HASH, LINK_GONE };

static enum link_kind kind_of(const struct target *target)
{
	unsigned number;
	uint32_t hash;

	if (!target->want)
		return LINK_GONE;
	if (!debian_is_hash_link(target->name, &hash, &number))
		return LINK_SOURCE;
	return target->now ? LINK_HASH : LINK_NEW;
}

static void add_links(struct derivation *at, enum link_kind kind)
{
	for (size_t i = 0; i < at->targets.count; i++) {
		const struct target *target = &at->targets.list[i];
		bool same = target->now == target->want ||
		            (target->now && target->want && strcmp(target->now, target->want) == 0);

		if (!target->other && !same && kind_of(target) == kind)
			add_link(at, target);
	}
}

static bool has_deselected(struct sources *sources, const uint8_t sha256[SHA256_SIZE])
{
	const struct anchor *anchor = NULL;

	while ((anchor = sources_find(sources, sha256, anchor)))
		if (!anchor->fault && !sources->list[anchor->source].selected)
			return true;
	return false;
}

/* Whether a file of ours that goes is of that certificate: its name has the first digits of the
 * digest. */
static bool was_in_ours(const struct changes *leaving, const uint8_t sha256[SHA256_SIZE])
{
	char hex[SHA256_HEX];

	hex_write((struct span){sha256, SHA256_SIZE}, hex);
	for (size_t i = 0; i < leaving->count; i++) {
		const struct change *change = &leaving->list[i];
		const char *name = strrchr(change->place, '/');

		if (change->after.type != FILE_ABSENT || !linux_is_own(change->place))
			continue;
		name += 1 + strlen(HOST_OWN_PREFIX);
		if (strncmp(hex, name, strcspn(name, ".")) == 0)
			return true;
	}
	return false;
}

/* Whether it is our block of a certificate whose own block has been put back behind it. */
static bool is_replaced(struct derivation *at, const struct made_block *block)
{
	const struct made_block *end = at->made.list + at->made.count;

	if (!digests_have(&at->debian->given_back, block->sha256))
		return false;
	for (const struct made_block *next = block + 1; next < end; next++)
		if (memcmp(next->sha256, block->sha256, SHA256_SIZE) == 0)
			return true;
	return false;
}

static bool goes(struct derivation *at, const struct made_block *block)
{
	return digests_have(&at->debian->going, block->sha256) ||
	       digests_have(&at->debian->unlisted, block->sha256) || is_replaced(at, block) ||
	       digests_have(&at->unnamed, block->sha256) ||
	       has_deselected(&at->sources, block->sha256) ||
	       (at->leaving && was_in_ours(at->leaving, block->sha256));
}

static void keep(struct derivation *at, const struct made_block *block, struct bytes *out)
{
	struct debian *debian = at->debian;

	bytes_add(out, block->text.data, block->text.size);
	bytes_add(out, "\n", block->text.data[block->text.size - 1] != '\n');
	if (debian->kept_count++ < DEBIAN_NAMED_MAX)
		text_addf(&debian->kept, "%s%s", debian->kept.size ? ", " : "", block->label);
	else if (debian->kept_count == DEBIAN_NAMED_MAX + 1)
		text_add(&debian->kept, ", ...");
}

static bool has_selected(const struct sources *sources)
{
	for (size_t i = 0; i < sources->count; i++)
		if (sources->list[i].selected)
			return true;
	return false;
}

/* Writes what the sources say and, behind it, what was in force and in no source. False: the file
 * stays as it is, because there is no source at all and nothing in it is to go; the tool does the
 * same. */
static bool compose_bundle(struct derivation *at, struct bytes *out)
{
	size_t left_out = 0;

	*out = TAKE(at->sources.bundle);
	for (size_t i = 0; i < at->made.count; i++) {
		const struct made_block *block = &at->made.list[i];

		if (sources_list(&at->sources, block->sha256) &&
		    !digests_have(&at->debian->unlisted, block->sha256))
			continue;
		if (goes(at, block))
			left_out++;
		else
			keep(at, block, out);
	}
	return has_selected(&at->sources) || left_out > 0;
}

static bool add_bundle(struct derivation *at, struct err *err)
{
	AUTO(file_state) before = {0};
	AUTO(file_state) after = {0};
	AUTO(bytes) old = {0};

	if (!file_capture(
	        &at->host->root, DEBIAN_CERTS "/" DEBIAN_BUNDLE, LINUX_BUNDLE_MAX, &before, err))
		return false;
	if (span_equal(bytes_span(&before.content), bytes_span(&at->sources.bundle)))
		return true;
	old = bytes_copy(bytes_span(&before.content));
	made_read(&old, &at->made);
	if (!compose_bundle(at, &after.content))
		return true;
	if (after.content.size > LINUX_BUNDLE_MAX)
		return err_set(err, ERR_HOST, DEBIAN_BUNDLE " would be larger than %d bytes",
		    LINUX_BUNDLE_MAX);
	after.type =
	    has_selected(&at->sources) || after.content.size > 0 ? FILE_REGULAR : FILE_ABSENT;
	/* its mode stays, except that everybody must be able to read it */
	after.mode = before.type == FILE_REGULAR ? before.mode | 0444 : 0644;
	after.uid = before.type == FILE_REGULAR ? before.uid : FILE_OWNER_SELF;
	after.gid = before.type == FILE_REGULAR ? before.gid : FILE_OWNER_SELF;
	changes_add(at->out, DEBIAN_CERTS "/" DEBIAN_BUNDLE, &before, &after);
	return true;
}

static bool read_sources(struct derivation *at, struct err *err)
{
	const struct digests *without = &at->debian->unlisted;

	if (at->host->lets_go)
		debian_leave_pending(at->debian);
	if (!sources_read(at->host, at->store, at->leaving, without, NULL, NULL, &at->sources, err))
		return false;
	if (!debian_hold_back(at->debian, &at->sources))
		return true;
	sources_release(&at->sources);
	return sources_read(
	    at->host, at->store, at->leaving, without, NULL, NULL, &at->sources, err);
}

static bool derive(struct derivation *at, struct err *err)
{
	if (!read_sources(at, err) || !read_targets(at, err))
		return false;
	read_unnamed(at);
	want_source_links(at);
	drop_doubles(&at->targets);
	drop_dangling(at);
	debian_rehash(at->debian, at->host, DEBIAN_CERTS, &at->sources, &at->targets);
	debian_fill_gaps(at->debian, at->host, &at->targets);
	if (at->sources.count > 0)
		changes_add_folders(at->out, &at->host->root, DEBIAN_CERTS, 0755);
	/* first what adds, then what changes, then what takes away */
	add_links(at, LINK_SOURCE);
	if (!add_bundle(at, err))
		return false;
	add_links(at, LINK_NEW);
	add_links(at, LINK_HASH);
	add_links(at, LINK_GONE);
	return true;
}

bool debian_derive(struct debian *debian, struct host *host, const struct changes *leaving,
    struct changes *out, struct err *err)
{
	struct derivation at = {
	    .debian = debian, .host = host, .store = debian->store, .leaving = leaving, .out = out};
	bool ok;

	debian->kept_count = 0;
	debian->kept.size = 0;
	debian->idle_count = 0;
	debian->idle.size = 0;
	ok = derive(&at, err) || err_wrap(err, "the outputs of " DEBIAN_CERTS);
	sources_release(&at.sources);
	made_release(&at.made);
	targets_release(&at.targets);
	free(at.unnamed.list);
	return ok;
}
