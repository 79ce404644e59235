/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/aside.h"

#include "formats/pem.h"
#include "host/linux/certificates.h"
#include "host/linux/layouts/debian.h"

/* One look into one folder. */
struct look {
	struct host *host;
	const struct trust_layout *chosen;
	const char *folder;
	enum store store;
	struct items *have;
};

/* A folder or file that cannot be read is told, since nobody knows whose it is. */
static void add_fault(const struct look *look, const char *path, const struct err *why)
{
	uint8_t sha256[SHA256_SIZE];
	struct item *item;

	digest_sha256(span_text(path), sha256);
	item = items_add_certificate(look->have, look->store, sha256);
	item->label = "";
	item->presence = ITEM_PENDING;
	item->seen.location = arena_strdup(&look->have->arena, path);
	item->note = arena_strdup(&look->have->arena, why->text);
}

/* The next link in OpenSSL's folder, from `*at` on, that leads to `target`; NULL: none. */
static const char *next_link(const struct folder *folder, const char *target, size_t *at)
{
	char link[4096];

	for (; *at < folder->count; ++*at) {
		const char *name = folder->entries[*at].name;

		if (folder->entries[*at].type == FILE_LINK &&
		    folder_read_link(folder, name, link, sizeof(link)) && strcmp(link, target) == 0)
			return folder->entries[(*at)++].name;
	}
	return NULL;
}

static bool is_linked(struct host *host, const char *path)
{
	AUTO(folder) folder = {.fd = -1};
	struct err ignored = {0};
	size_t at = 0;

	return folder_open(&host->root, DEBIAN_CERTS, &folder, &ignored) &&
	       next_link(&folder, path, &at) != NULL;
}

static const char *describe(const struct look *look, const char *path)
{
	bool linked = look->store == STORE_ROOT && is_linked(look->host, path);
	const char *name = look->chosen->name;

	return arena_printf(&look->have->arena,
	    "It lies in %s, which %s%s%s: a package that reads that folder would bring it into"
	    " force.%s",
	    look->folder,
	    look->chosen->sources ? "the trust store of this host (of the kind \"" : "nothing",
	    look->chosen->sources ? name : "",
	    look->chosen->sources ? "\") does not read" : " on this host reads",
	    linked ? " Programs that look into " DEBIAN_CERTS " trust it by a link that is left"
	             " there."
	           : "");
}

static void observe_file(const struct look *look, const char *path)
{
	AUTO(bytes) content = {0};
	AUTO(bytes) der = {0};
	struct span rest;
	struct err why = {0};
	bool trusted;

	if (!file_read(&look->host->root, path, LINUX_SOURCE_MAX, &content, &why)) {
		add_fault(look, path, &why);
		return;
	}
	rest = bytes_span(&content);
	while (rest.size > 0) {
		struct cert_seen seen;
		struct item *item;

		/* a block that others have put into it, and that nobody can read, is not ours */
		if (!pem_next_certificate(&rest, &der, &trusted, &why))
			continue;
		if (der.size == 0)
			return;
		if (!cert_see(bytes_span(&der), trusted, &seen, &why))
			continue;
		item = items_add_certificate(look->have, look->store, seen.sha256);
		item->label = arena_strdup(&look->have->arena, seen.label);
		item->seen.not_after = seen.not_after;
		item->presence = ITEM_ASIDE;
		item->seen.location = arena_strdup(&look->have->arena, path);
		item->seen.limits = describe(look, path);
	}
}

static void observe_folder(const struct look *look)
{
	struct root *root = &look->host->root;
	AUTO(folder) folder = {.fd = -1};
	AUTO(arena) arena = {0};
	struct err why = {0};

	/* a file with that name that holds nothing of ours */
	if (!folder_open(root, look->folder, &folder, &why)) {
		if (why.denied || file_type(root, look->folder) == FILE_FOLDER)
			add_fault(look, look->folder, &why);
		return;
	}
	for (size_t i = 0; i < folder.count; i++) {
		const char *path =
		    arena_printf(&arena, "%s/%s", look->folder, folder.entries[i].name);

		if (folder.entries[i].type == FILE_REGULAR && linux_is_own(path))
			observe_file(look, path);
	}
}

void aside_observe(struct host *host, const struct trust_layout *chosen, struct items *have)
{
	const struct trust_layout *other = NULL;
	struct look look = {.host = host, .chosen = chosen, .have = have};

	while ((other = layout_next_other(chosen, other))) {
		look.folder = other->sources;
		look.store = STORE_ROOT;
		observe_folder(&look);
		look.store = STORE_DISALLOWED;
		for (size_t i = 0; i < COUNT(other->blocklists); i++) {
			look.folder = other->blocklists[i];
			if (look.folder)
				observe_folder(&look);
		}
	}
}

bool aside_has(const struct trust_layout *chosen, const struct item *item)
{
	for (size_t i = 0; i < COUNT(chosen->blocklists); i++) {
		const char *folder = chosen->blocklists[i];
		size_t size = folder ? strlen(folder) : 0;

		if (size && strncmp(item->seen.location, folder, size) == 0 &&
		    item->seen.location[size] == '/')
			return false;
	}
	return item->presence == ITEM_ASIDE;
}

/* The link to the file, and the link by the hash of the subject that leads to that one. */
static bool drop_links(struct host *host, const char *path, struct changes *out, struct err *err)
{
	AUTO(folder) folder = {.fd = -1};
	const char *name, *hash;

	if (!folder_open(&host->root, DEBIAN_CERTS, &folder, err))
		return false;
	for (size_t i = 0; (name = next_link(&folder, path, &i));) {
		for (size_t j = 0; (hash = next_link(&folder, name, &j));)
			if (!linux_remove_file(host,
			        arena_printf(&out->arena, DEBIAN_CERTS "/%s", hash), out, err))
				return false;
		if (!linux_remove_file(
		        host, arena_printf(&out->arena, DEBIAN_CERTS "/%s", name), out, err))
			return false;
	}
	return true;
}

bool aside_drop(struct host *host, const struct item *have, struct changes *out, struct err *err)
{
	const struct change *change;
	const uint8_t *sha256 = item_digest(have);

	if (!sha256)
		return err_set(err, ERR_HOST, "%s: no fingerprint", key_text(&have->key).text);
	if (!linux_take_certificate_out(host, have->seen.location, sha256, out, err))
		return false;
	change = changes_peek(out, have->seen.location);
	/* distrusted certificates have no links */
	return item_store(have) == STORE_DISALLOWED || !change ||
	       change->after.type != FILE_ABSENT || drop_links(host, have->seen.location, out, err);
}
