/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host without a trust store: an image before the package ca-certificates is installed, or one
 * that got the file of certificates alone (Alpine's ca-certificates-bundle, distroless images).
 * Proxies are set there as anywhere. Certificates cannot be: the file has no sources, so what we
 * wrote into it would be gone with the next upgrade. What the file trusts is shown, and what a
 * folder of hash links has OpenSSL trust; nothing tells which of it the system ships.
 */
#include <stdlib.h>

#include "host/linux/layouts/hash_folder.h"

struct none {
	bool seen;
	const char *bundle; /* NULL: there is none */
	struct items made;  /* what it holds, sorted */
	struct hash_folders folders;
};

/* Where programs look for it, the most usual place first: as Go's crypto/x509 and curl's configure
 * know them. */
static const char *const bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/ssl/cert.pem",
};

static bool present(struct root *root)
{
	(void)root;
	return true;
}

static void *open_state(const struct trust_layout *layout)
{
	(void)layout;
	return mem_alloc(sizeof(struct none));
}

static void forget(struct none *none)
{
	items_release(&none->made);
	hash_folders_release(&none->folders);
	*none = (struct none){0};
}

static void close_state(void *state)
{
	forget(state);
	free(state);
}

static bool look(struct none *none, struct host *host, struct err *err)
{
	static const char *const folders[] = {HASH_FOLDER_USUAL, HASH_FOLDER_FEDORA, NULL};
	AUTO(bytes) content = {0};

	forget(none);
	for (size_t i = 0; i < COUNT(bundles) && !none->bundle; i++)
		if (file_is_regular(&host->root, bundles[i]))
			none->bundle = bundles[i];
	if (none->bundle && !file_read(&host->root, none->bundle, LINUX_BUNDLE_MAX, &content, err))
		return false;
	if (!hash_folders_read(host, folders, false, &none->folders, err))
		return false;
	linux_decode_bundle(bytes_span(&content), &none->made);
	none->seen = true;
	return true;
}

static void observe_folders(const struct none *none, struct items *have)
{
	const struct hash_folders *folders = &none->folders;
	struct item *item;

	for (size_t i = 0; i < folders->shown_count; i++) {
		const struct hash_shown *shown = &folders->shown[i];
		const struct hash_link *link = &folders->links[shown->link];

		if (hash_folders_find(folders, shown->sha256, false) != shown ||
		    items_have_root(&none->made, shown->sha256))
			continue;
		item = items_add_certificate(have, STORE_ROOT, shown->sha256);
		item->label = arena_strdup(&have->arena, shown->label);
		item->seen.not_after = shown->not_after;
		item->seen.location = hash_folders_file(folders, shown, &have->arena);
		item->presence = ITEM_PARTIAL;
		item->seen.limits = arena_printf(&have->arena,
		    "Only programs %s trust it, by %s/%s.",
		    hash_folders_readers(folders, shown, &have->arena), link->folder, link->name);
	}
	hash_folders_observe_denied(folders, have);
}

static bool observe(void *state, struct host *host, const struct observing *how, struct items *have,
    struct err *err)
{
	struct none *none = state;

	(void)how;
	if (!look(none, host, err))
		return false;
	for (size_t i = 0; i < none->made.count; i++) {
		const struct item *made = &none->made.list[i];
		struct item *item = items_add(have, made->key);

		item->label = arena_strdup(&have->arena, made->label);
		item->seen.location = none->bundle;
		item->seen.unattributed =
		    "It stands in a file that has no sources: nothing tells whether"
		    " the system ships it or somebody has added it.";
		item->presence = ITEM_PRESENT;
	}
	observe_folders(none, have);
	return true;
}

/* Why nothing can be put there, nor be taken away. */
static const char *reason(
    const struct none *none, bool trusted, const struct hash_shown *shown, struct arena *arena)
{
	if (shown)
		return arena_printf(arena,
		    "this host has no trust store that this program could change, and %s trusts it"
		    " by the link %s/%s: remove that file and its links",
		    text_escape_string(hash_folders_file(&none->folders, shown, arena)).text,
		    none->folders.links[shown->link].folder, none->folders.links[shown->link].name);
	if (!none->bundle)
		return "this host has no trust store: install the distribution's package"
		       " ca-certificates, which may use the proxy that this policy sets";
	return arena_printf(arena,
	    "this host has a file of certificates without sources (%s)%s: install the"
	    " distribution's package ca-certificates, which can change it",
	    none->bundle, trusted ? ", and that file trusts it" : "");
}

static bool express(void *state, struct host *host, struct item *want, struct err *err)
{
	struct none *none = state;
	const struct hash_shown *shown = NULL;
	const uint8_t *sha256 = item_digest(want);
	bool made, trusted, distrust = item_store(want) == STORE_DISALLOWED;
	bool wanted = !distrust && want->presence == ITEM_PRESENT;

	if ((!none->seen && !look(none, host, err)) || !sha256)
		return false;
	made = items_have_root(&none->made, sha256);
	/* only by the folder not all programs trust it, so it is as wanted */
	if (!made && !wanted)
		shown = hash_folders_find(&none->folders, sha256, false);
	trusted = made || shown;
	/* without the right to remove it, it is reported as not ours */
	if (!distrust && trusted && !want->asked.remove_unowned)
		return true;
	/* nobody needs to make what is so already */
	if (distrust ? want->presence == ITEM_ABSENT : trusted == wanted)
		return true;
	if (distrust && !trusted) {
		want->asked.holding = HOLD_ALREADY;
		want->note = "nothing on this host trusts it";
		return true;
	}
	/* what this host can hold does not depend on what is trusted against the policy */
	want->asked.holding = trusted ? HOLD_CONFLICT : HOLD_NOT_APPLICABLE;
	want->note = reason(none, trusted, shown, &none->made.arena);
	return true;
}

static bool put(void *state, struct host *host, const struct item *want, const struct item *have,
    struct changes *out, struct err *err)
{
	(void)host;
	(void)want;
	(void)have;
	return err_set(err, ERR_HOST, "%s", reason(state, false, NULL, &out->arena));
}

static bool drop(
    void *state, struct host *host, const struct item *have, struct changes *out, struct err *err)
{
	return put(state, host, have, have, out, err);
}

const struct trust_layout none_layout = {
    .name = "none",
    .ids = "",
    .present = present,
    .open = open_state,
    .observe = observe,
    .express = express,
    .put = put,
    .drop = drop,
    .close = close_state,
};
