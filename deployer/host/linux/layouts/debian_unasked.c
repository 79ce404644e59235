/* SPDX-License-Identifier: Apache-2.0 */
/* What is in force on Debian's layout although no source asks for it, and what this run ended. */
#include "host/linux/layouts/debian.h"

#include <stdlib.h>

#include "host/linux/access.h"
#include "host/linux/layouts/loader.h"

#define BUNDLE_PATH DEBIAN_CERTS "/" DEBIAN_BUNDLE

/* for a certificate without a source: its source has gone, and its hash link leads nowhere since
 * then */
#define BY_FILE_ALONE                                                                              \
	"Only programs that read " BUNDLE_PATH " trust it: no hash link in " DEBIAN_CERTS          \
	" leads to it, and no source of the trust store holds it, so the next rebuild by the "     \
	"distribution's own tool drops it."

const char *debian_find_stranger(
    struct debian *debian, struct host *host, const uint8_t sha256[SHA256_SIZE])
{
	struct strangers *found = &debian->strangers;
	AUTO(folder) folder = {.fd = -1};
	struct err ignored = {0};
	char link[4096];

	if (!found->known && folder_open(&host->root, DEBIAN_CERTS, &folder, &ignored))
		for (size_t i = 0; i < folder.count; i++) {
			const char *name = folder.entries[i].name;
			struct stranger one;

			if (!debian_is_linked_name(name) ||
			    !debian_is_taken(host, name,
			        folder_read_link(&folder, name, link, sizeof(link)) ? link
			                                                            : NULL) ||
			    !debian_read_foreign(host, DEBIAN_CERTS, name, one.sha256, &one.hash))
				continue;
			one.name = arena_strdup(&debian->sources.arena, name);
			found->list =
			    mem_grow(found->list, &found->capacity, found->count + 1, sizeof(one));
			found->list[found->count++] = one;
		}
	found->known = true;
	for (size_t i = 0; i < found->count; i++)
		if (memcmp(found->list[i].sha256, sha256, SHA256_SIZE) == 0)
			return found->list[i].name;
	return NULL;
}

static const struct shown *first_beyond(const struct shown_list *list, const struct shown *shown)
{
	while (shown && !shown->beyond && !shown->beside)
		shown = shown_next(list, shown);
	return shown;
}

/* How many links `openssl rehash` makes for a hash: files of others that have none yet get one too.
 */
static size_t count_needed(const struct debian *debian, uint32_t hash)
{
	struct digests found = {0};

	for (size_t i = 0; i < debian->sources.count; i++) {
		const struct source *source = &debian->sources.list[i];

		if (source->selected && source->hashed && !source->shadowed && source->hash == hash)
			digests_add(&found, debian->sources.anchors[source->first].sha256);
	}
	for (size_t i = 0; i < debian->strangers.count; i++)
		if (debian->strangers.list[i].hash == hash)
			digests_add(&found, debian->strangers.list[i].sha256);
	free(found.list);
	return found.count;
}

/* Whether `openssl rehash`, which the distribution's tool calls when sources came or went, takes
 * the entry out: a link whose number its hash does not need, one with the name of a CRL, or a file
 * whose number is needed. It leaves other names alone. */
static bool is_unlinked(const struct shown *shown, size_t needed)
{
	bool revokes = shown->name[9] == 'r';
	AUTO(text) name = {0};
	unsigned number;
	uint32_t hash;

	text_addf(&name, "%.9s%s", shown->name, shown->name + 9 + revokes);
	if (!debian_is_hash_link(text_string(&name), &hash, &number))
		return false;
	return revokes ? shown->link : shown->link == (number >= needed);
}

/* Whether the loader of files, which alone finds it, is not asked for that hash any more when
 * `openssl rehash` has given it links: not where OpenSSL stops at the first, which stays. */
static bool is_hidden(const struct shown_list *list, const struct shown *shown)
{
	const struct shown_stop *stop = shown_find_stop(list, shown->hash);

	return shown->beyond && shown->fixed && !shown_has(list, shown->hash) &&
	       !(stop && stop->link && strcmp(stop->name + 9, "0") == 0);
}

/* Whether nobody finds the certificate by this entry after `openssl rehash` has run. */
static bool is_dropped(struct debian *debian, struct host *host, const struct shown *shown)
{
	size_t needed;

	if (debian_find_stranger(debian, host, shown->sha256))
		return false;
	needed = count_needed(debian, shown->hash);
	return is_unlinked(shown, needed) || (needed > 0 && is_hidden(&debian->shown, shown));
}

/* By OpenSSL's folder alone. */
static void observe_shown(
    struct debian *debian, struct host *host, const struct shown *shown, struct items *have)
{
	struct item *item = items_add_certificate(have, STORE_ROOT, shown->sha256);

	item->seen.reads = arena_strdup(&have->arena, shown->file);
	item->label = arena_strdup(&have->arena, shown->label);
	item->presence = ITEM_PARTIAL;
	item->seen.dropped = is_dropped(debian, host, shown);
	item->seen.location = arena_printf(&have->arena,
	    "%s; by %s" DEBIAN_CERTS "/%s alone, so only programs %s trust it%s", shown->file,
	    shown->link ? "the link " : "", shown->name,
	    shown->beyond ? "with OpenSSL's default paths, such as Python,"
	                  : "that read that folder",
	    item->seen.dropped ? ", until the distribution's own tool makes the links anew" : "");
}

const struct shown *debian_hides(
    const struct debian *debian, uint32_t hash, const struct digests *with)
{
	const struct shown_list *list = &debian->shown;

	for (size_t i = 0; list->beyond_count > 0 && i < list->count; i++) {
		const struct shown *shown = &list->list[i];

		if (shown->hash == hash && shown->beyond && !shown->beside && shown->fixed &&
		    !shown->rejects && !digests_have(with, shown->sha256) &&
		    !digests_have(&debian->unlinked, shown->sha256) &&
		    !digests_have(&debian->shunned, shown->sha256))
			return shown_has(list, hash) ? NULL : shown;
	}
	return NULL;
}

static bool is_in_bundle(struct debian *debian, const uint8_t sha256[SHA256_SIZE])
{
	return debian->complete ? sources_list(&debian->sources, sha256)
	                        : made_find(&debian->made, sha256) != NULL;
}

static bool has_name_in_bundle(const struct debian *debian, uint32_t hash)
{
	const struct sources *sources = &debian->sources;

	for (size_t i = 0; i < debian->made.count; i++)
		if (debian->made.list[i].hash == hash)
			return true;
	for (size_t i = 0; debian->complete && i < sources->anchor_count; i++)
		if (sources->anchors[i].hash == hash &&
		    debian_in_bundle(debian, &sources->anchors[i]))
			return true;
	return false;
}

/* What is to go anyway, or comes into the bundle too. */
static bool is_no_loss(
    struct debian *debian, struct sources *sources, const uint8_t sha256[SHA256_SIZE])
{
	return digests_have(&debian->shunned, sha256) || digests_have(&debian->going, sha256) ||
	       digests_have(&debian->unlinked, sha256) || debian_is_deselected(debian, sha256) ||
	       (sources_list(sources, sha256) && !digests_have(&debian->unlisted, sha256));
}

/* What the default paths find of that name, by the folder alone, and would not any more when the
 * bundle, by the sources there, has the certificate. `foreseen`: what this run is to put or to take
 * away is no loss. */
static const struct shown *find_hidden(struct debian *debian, struct sources *sources,
    const uint8_t sha256[SHA256_SIZE], uint32_t hash, bool foreseen)
{
	const struct shown_list *list = &debian->shown;

	if (debian->made.fault || is_in_bundle(debian, sha256) || has_name_in_bundle(debian, hash))
		return NULL;
	for (size_t i = 0; i < list->count; i++) {
		const struct shown *shown = &list->list[i];

		if (shown->hash != hash || shown->beside || shown->rejects ||
		    memcmp(shown->sha256, sha256, SHA256_SIZE) == 0 ||
		    is_no_loss(debian, sources, shown->sha256) ||
		    (foreseen && (digests_have(&debian->wanted, shown->sha256) ||
		                     digests_have(&debian->unwanted, shown->sha256))))
			continue;
		return shown;
	}
	return NULL;
}

const char *debian_hides_text(
    struct debian *debian, const uint8_t sha256[SHA256_SIZE], uint32_t hash, struct arena *arena)
{
	const struct shown *hidden = find_hidden(debian, &debian->sources, sha256, hash, true);

	return hidden ? loader_hides_text(hidden->file, BUNDLE_PATH, DEBIAN_LOCAL, arena) : NULL;
}

bool debian_hold_back(struct debian *debian, struct sources *sources)
{
	bool held = false;

	for (size_t i = 0; i < sources->anchor_count; i++) {
		const struct anchor *anchor = &sources->anchors[i];

		if (!sources_list_it(sources, anchor) ||
		    digests_have(&debian->unlisted, anchor->sha256) ||
		    !find_hidden(debian, sources, anchor->sha256, anchor->hash, false))
			continue;
		digests_add(&debian->unlisted, anchor->sha256);
		if (!shown_find(&debian->shown, anchor->sha256))
			digests_add(&debian->unlinked, anchor->sha256);
		held = true;
	}
	return held;
}

bool debian_refuse_shown(const struct shown *shown, struct err *err)
{
	if (!shown->beyond)
		return err_set(err, ERR_HOST,
		    "%s trusts it by the link " DEBIAN_CERTS
		    "/%s, and did not come from ca-certificates: remove that file and its links",
		    text_escape_string(shown->file).text, shown->name);
	return err_set(err, ERR_HOST,
	    "%s, which is not ours, still has it, and programs with OpenSSL's default paths, such "
	    "as Python, trust it%s%s: remove that file%s",
	    text_escape_string(shown->file).text,
	    shown->link ? " by the link " DEBIAN_CERTS "/" : "", shown->link ? shown->name : "",
	    shown->link ? " and its links" : "");
}

/* In the bundle: the distribution's tool drops it from there when it runs. Of a bundle that OpenSSL
 * refuses it is not in force, and a rebuild of ours, which keeps it, brings it into force: so it is
 * seen before that. */
static void observe_sourceless(
    struct debian *debian, const struct made_block *block, struct items *have)
{
	bool by_folder = shown_first(&debian->shown, block->sha256) != NULL;
	struct item *item;

	if (block->rejects || debian_is_selected(debian, block->sha256) ||
	    debian_is_deselected(debian, block->sha256) || (debian->made.fault && by_folder))
		return;
	item = items_add_certificate(have, STORE_ROOT, block->sha256);
	item->label = arena_strdup(&have->arena, block->label);
	item->seen.location = BUNDLE_PATH;
	item->presence = ITEM_STALE;
	item->seen.refused = debian->made.fault != NULL;
	if (debian->sources.closed)
		access_deny(item, debian->sources.closed,
		    "whether a source of the trust store holds it", &have->arena);
	else if (debian->made.fault)
		item->seen.limits = debian_refused_text(debian, &have->arena);
	else if (!by_folder)
		item->seen.limits = BY_FILE_ALONE;
}

/* In force, and no source asks for it; what is rejected there is not in force. By the folder it
 * stays, but for links into the folders of the sources. */
void debian_observe_unasked(struct debian *debian, struct host *host, struct items *have)
{
	const struct made_bundle *made = &debian->made;

	for (size_t i = 0; i < made->count; i++)
		if (i == 0 || memcmp(made->by_digest[i]->sha256, made->by_digest[i - 1]->sha256,
		                  SHA256_SIZE) != 0)
			observe_sourceless(debian, made->by_digest[i], have);
	for (size_t i = 0; i < debian->shown.count; i++) {
		const struct shown *shown = &debian->shown.list[i];

		if (shown->asked ||
		    (i > 0 && memcmp(shown->sha256, shown[-1].sha256, SHA256_SIZE) == 0) ||
		    debian_is_selected(debian, shown->sha256) ||
		    debian_is_deselected(debian, shown->sha256) ||
		    (!made->fault && made_find(made, shown->sha256)))
			continue;
		/* of several that are found by number the trust settings of the first count */
		while (shown && shown->rejects)
			shown = shown->beyond || shown->beside
			            ? shown_next(&debian->shown, shown)
			            : first_beyond(&debian->shown, shown);
		if (shown)
			observe_shown(debian, host, shown, have);
	}
}

/* What this run was to distrust, and nobody trusts any more. The host does not show it: the next
 * run finds it satisfied by express(). */
void debian_observe_distrusted(struct debian *debian, struct items *have)
{
	for (size_t i = 0; i < debian->distrusted.count; i++) {
		const uint8_t *sha256 = debian->distrusted.list[i];
		struct item *item;

		if (sources_find(&debian->sources, sha256, NULL) ||
		    made_find(&debian->made, sha256) || shown_first(&debian->shown, sha256))
			continue;
		item = items_add_certificate(have, STORE_DISALLOWED, sha256);
		item->label = "";
		item->seen.location = "no source of this host trusts it";
		item->presence = ITEM_PRESENT;
	}
}
