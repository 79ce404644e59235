/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only folders of hash links show: the tool makes one from the sources, and somebody may have
 * put a certificate into it, or into the folder where OpenSSL looks.
 */
#include "host/linux/access.h"
#include "host/linux/layouts/p11kit/p11kit.h"

const struct hash_shown *p11kit_show(const struct p11kit *p11kit, const struct item *item)
{
	const uint8_t *sha256 = item_digest(item);

	return sha256 ? hash_folders_find(&p11kit->folders, sha256, false) : NULL;
}

/* Whether what a folder of hash links shows has an item of its source, or by the bundle. */
static bool is_known(const struct p11kit *p11kit, const uint8_t sha256[SHA256_SIZE])
{
	const struct p11kit_anchor *anchor;
	size_t count;

	if (p11kit_in_bundle(p11kit, sha256) && !p11kit->refused)
		return true;
	if (p11kit_says(p11kit, sha256, VERDICT_DISTRUSTED))
		return false;
	anchor = p11kit_find(&p11kit->sources, sha256, &count);
	for (size_t i = 0; i < count; i++)
		if (anchor[i].verdict == VERDICT_TRUSTED && !anchor[i].fault && !anchor[i].shipped)
			return true;
	return false;
}

static void observe_shown(
    const struct p11kit *p11kit, const struct hash_shown *shown, struct items *have)
{
	const struct hash_folders *folders = &p11kit->folders;
	const struct hash_shown *foreign = hash_folders_find(folders, shown->sha256, true);
	const struct hash_link *link = &folders->links[(foreign ? foreign : shown)->link];
	struct item *item = items_add_certificate(have, STORE_ROOT, shown->sha256);

	item->label = arena_strdup(&have->arena, shown->label);
	item->seen.not_after = shown->not_after;
	item->seen.location = hash_folders_file(folders, foreign ? foreign : shown, &have->arena);
	item->presence = foreign ? ITEM_PARTIAL : ITEM_STALE;
	item->seen.deselected = !foreign && p11kit_says(p11kit, shown->sha256, VERDICT_DISTRUSTED);
	item->seen.limits = arena_printf(&have->arena,
	    "Only programs %s trust it, by the link %s: no source of the trust store asks for "
	    "it%s.",
	    hash_folders_readers(folders, foreign ? foreign : shown, &have->arena), link->name,
	    foreign ? "" : ", so the next rebuild by the distribution's own tool drops it");
	if (p11kit->sources.closed)
		access_deny(item, p11kit->sources.closed,
		    "whether a source of the trust store holds it", &have->arena);
}

/* What OpenSSL finds by its folders, and what this user cannot see of them. */
void p11kit_observe_folders(struct p11kit *p11kit, struct items *have)
{
	const struct hash_folders *folders = &p11kit->folders;

	for (size_t i = 0; i < folders->shown_count; i++) {
		const struct hash_shown *shown = &folders->shown[i];

		if (hash_folders_find(folders, shown->sha256, false) == shown &&
		    !is_known(p11kit, shown->sha256))
			observe_shown(p11kit, shown, have);
	}
	hash_folders_observe_denied(folders, have);
}
