/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A root that somebody has put into a folder of hash links is hidden when another of its name comes
 * into the trust store. So that other one is not put. Where a source holds it already, the tool
 * takes it, and we take it out of the bundle afterwards.
 */
#include "formats/pem.h"
#include "host/linux/layouts/loader.h"
#include "host/linux/layouts/p11kit/keep.h"

void p11kit_note_wish(struct p11kit *p11kit, const struct item *want)
{
	bool distrust = item_store(want) == STORE_DISALLOWED;

	if (want->asked.restores || !item_digest(want))
		return;
	if (!distrust && want->presence == ITEM_PRESENT && want->content.size > 0)
		items_add_certificate(&p11kit->wanted, STORE_ROOT, want->key.sha256);
	else if (distrust ? want->presence == ITEM_PRESENT
	                  : want->presence == ITEM_ABSENT && want->asked.remove_unowned)
		items_add_certificate(&p11kit->unwanted, STORE_ROOT, want->key.sha256);
}

/* Whether a source, or this run, brings it into all that the tool makes; or this run takes it away
 * everywhere. */
static bool is_no_loss(struct p11kit *p11kit, const uint8_t sha256[SHA256_SIZE])
{
	AUTO(arena) arena = {0};

	return items_have_root(&p11kit->wanted, sha256) ||
	       items_have_root(&p11kit->unwanted, sha256) ||
	       p11kit_says(p11kit, sha256, VERDICT_DISTRUSTED) ||
	       (p11kit_says(p11kit, sha256, VERDICT_TRUSTED) &&
	           !p11kit_withheld(p11kit, sha256, &arena));
}

static bool has_name(struct span bundle, uint32_t hash)
{
	struct span rest = pem_of_file(bundle);
	AUTO(bytes) der = {0};
	struct err ignored = {0};
	struct cert_seen seen;
	bool trusted;

	while (pem_next_certificate(&rest, &der, &trusted, &ignored) && der.size > 0)
		if (cert_see(bytes_span(&der), trusted, &seen, &ignored) && seen.hash == hash)
			return true;
	return false;
}

/* In a bundle that OpenSSL refuses nothing counts. */
static bool has_name_in_bundle(const struct p11kit *p11kit, struct host *host, uint32_t hash)
{
	AUTO(bytes) bundle = {0};
	struct err ignored = {0};

	return !p11kit->refused && p11kit_read_bundle(p11kit, host, &bundle, &ignored) &&
	       has_name(bytes_span(&bundle), hash);
}

/* Programs that read the bundle file and a folder look into the folder only for names that the
 * bundle does not have, however they find a certificate there. */
static const struct hash_shown *hidden_by_bundle(
    struct p11kit *p11kit, struct host *host, const uint8_t sha256[SHA256_SIZE], uint32_t hash)
{
	const struct hash_folders *folders = &p11kit->folders;

	for (size_t i = 0; i < folders->shown_count; i++) {
		const struct hash_shown *shown = &folders->shown[i];

		if (!shown->beside && !shown->rejects && folders->links[shown->link].hash == hash &&
		    memcmp(shown->sha256, sha256, SHA256_SIZE) != 0 &&
		    !p11kit_in_bundle(p11kit, shown->sha256) && !is_no_loss(p11kit, shown->sha256))
			return has_name_in_bundle(p11kit, host, hash) ? NULL : shown;
	}
	return NULL;
}

/* The tool gives what it extracts a number in its folder of hash links. That would hide a
 * certificate of the same name which only OpenSSL's loader of files finds there. Such a one stays
 * as it is: under a number more programs would trust it. One that a source holds gets its number
 * together with the other. */
static const struct hash_shown *hidden_by_number(
    struct p11kit *p11kit, const uint8_t sha256[SHA256_SIZE], uint32_t hash)
{
	const struct hash_shown *shown = NULL;

	do
		shown =
		    hash_folders_hides(&p11kit->folders, p11kit->paths->folders[0], hash, shown);
	while (shown && (memcmp(shown->sha256, sha256, SHA256_SIZE) == 0 ||
	                    is_no_loss(p11kit, shown->sha256)));
	return shown;
}

const char *p11kit_hides_text(
    struct p11kit *p11kit, struct host *host, struct span der, struct arena *arena)
{
	const struct p11kit_paths *paths = p11kit->paths;
	const struct hash_shown *shown;
	struct err ignored = {0};
	struct cert_seen seen;
	bool by_bundle;

	if (!cert_see(der, false, &seen, &ignored))
		return NULL;
	items_sort(&p11kit->wanted);
	items_sort(&p11kit->unwanted);
	shown = hidden_by_bundle(p11kit, host, seen.sha256, seen.hash);
	by_bundle = shown != NULL;
	if (!shown)
		shown = hidden_by_number(p11kit, seen.sha256, seen.hash);
	return shown ? loader_hides_text(hash_folders_file(&p11kit->folders, shown, arena),
	                   by_bundle ? paths->bundle : NULL,
	                   arena_printf(arena, "%s/anchors", paths->source), arena)
	             : NULL;
}

/* Whether a folder showed it before the tool ran, nothing else does, and it must stay so. */
static bool is_alone(const struct keeping *keeping, const struct items *had, size_t at)
{
	const struct hash_shown *shown = &keeping->folders.shown[at];

	return !shown->beside && !shown->rejects && !items_have_root(had, shown->sha256) &&
	       !items_have_root(&keeping->made, shown->sha256) &&
	       keeping_may_stay(keeping, shown->sha256);
}

static const struct hash_shown *find_alone(
    const struct keeping *keeping, const struct items *had, uint32_t hash)
{
	const struct hash_folders *folders = &keeping->folders;

	for (size_t i = 0; i < folders->shown_count; i++)
		if (folders->links[folders->shown[i].link].hash == hash &&
		    is_alone(keeping, had, i))
			return &folders->shown[i];
	return NULL;
}

static void hold(
    struct keeping *keeping, const struct cert_seen *seen, const struct hash_shown *hidden)
{
	const struct p11kit_paths *paths = keeping->p11kit->paths;
	AUTO(arena) arena = {0};

	items_add_certificate(&keeping->held, STORE_ROOT, seen->sha256);
	text_addf(&keeping->why_held, "%s, which a source holds, was kept out of %s: %s\n",
	    seen->label, paths->bundle,
	    loader_hides_text(hash_folders_file(&keeping->folders, hidden, &arena), paths->bundle,
	        arena_printf(&arena, "%s/anchors", paths->source), &arena));
}

void keeping_hold_back(struct keeping *keeping, struct span before, struct span after)
{
	AUTO(items) had = {0};
	AUTO(bytes) der = {0};
	struct err ignored = {0};
	const struct hash_shown *hidden;
	struct cert_seen seen;
	bool trusted, any = false;

	/* in a bundle that OpenSSL refuses nothing counts */
	if (linux_decode_bundle(before, &had)) {
		items_release(&had);
		before.size = 0;
	}
	for (size_t i = 0; i < keeping->folders.shown_count && !any; i++)
		any = is_alone(keeping, &had, i);
	while (any && after.size > 0) {
		if (!pem_next_certificate(&after, &der, &trusted, &ignored))
			continue;
		if (der.size == 0)
			break;
		if (!cert_see(bytes_span(&der), trusted, &seen, &ignored) ||
		    items_have_root(&had, seen.sha256) ||
		    items_have_root(&keeping->back, seen.sha256))
			continue;
		hidden = find_alone(keeping, &had, seen.hash);
		if (hidden && !has_name(before, seen.hash))
			hold(keeping, &seen, hidden);
	}
	items_sort(&keeping->held);
}
