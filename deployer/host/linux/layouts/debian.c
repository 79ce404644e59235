/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/layouts/debian.h"

#include <stdlib.h>

#include "model/der.h"
#include "formats/pem.h"

/* What the last observation saw; put, drop and express look things up in it. */
struct debian {
	const struct file_store *store;
	bool seen;
	struct sources sources;
	bool complete;     /* the bundle is the selected files, one after the other */
	struct items made; /* else: what the bundle holds, sorted */
};

/* The shipped folder alone is no sign: Arch has one of that name, and programs bring one along.
 * That it is missing is none either: then nothing is shipped, or it cannot be read. */
static bool present(struct root *root)
{
	bool conf = file_type(root, DEBIAN_CONF) == FILE_REGULAR;
	bool tool = file_type(root, DEBIAN_TOOL) != FILE_ABSENT;

	return (conf && tool) || ((conf || tool) && file_type(root, DEBIAN_SHIPPED) == FILE_FOLDER);
}

static void *open_state(const struct trust_layout *layout)
{
	struct debian *debian = mem_alloc(sizeof(*debian));

	debian->store = layout->paths;
	return debian;
}

static void forget(struct debian *debian)
{
	sources_release(&debian->sources);
	items_release(&debian->made);
	*debian = (struct debian){.store = debian->store};
}

static void close_state(void *state)
{
	forget(state);
	free(state);
}

static bool look(struct debian *debian, struct host *host, struct err *err)
{
	AUTO(bytes) bundle = {0};
	const char *path = DEBIAN_CERTS "/" DEBIAN_BUNDLE;
	struct span made;

	forget(debian);
	if (file_type(&host->root, path) != FILE_ABSENT &&
	    !file_read(&host->root, path, LINUX_BUNDLE_MAX, &bundle, err))
		return false;
	made = bytes_span(&bundle);
	if (!sources_read(
	        host, debian->store, NULL, &made, &debian->complete, &debian->sources, err))
		return false;
	if (!debian->complete)
		linux_decode_bundle(made, &debian->made);
	debian->seen = true;
	return true;
}

static bool know(struct debian *debian, struct host *host, struct err *err)
{
	return debian->seen || look(debian, host, err);
}

static bool in_bundle(const struct debian *debian, const struct item *item, bool selected)
{
	char key[32 + SHA256_HEX] = "root/";

	if (debian->complete)
		return selected;
	memcpy(key + strlen("root/"), item_fingerprint(item), SHA256_HEX);
	return items_find(&debian->made, ITEM_CERTIFICATE, key) != NULL;
}

static bool is_system(const struct source *source)
{
	return source->line != NULL;
}

/* Whether `name` is the link of a file that holds the same certificate: rehash gives a hash link
 * to the first of them alone. */
static bool is_link_of_same(struct debian *debian, const struct anchor *anchor, const char *link)
{
	const struct anchor *same = NULL;
	char name[LINK_NAME];

	while ((same = sources_find(&debian->sources, anchor->sha256, same))) {
		debian_link_name(debian->store, debian->sources.list[same->source].path, name);
		if (strcmp(name, link) == 0)
			return true;
	}
	return false;
}

/* Reads the links of one certificate, without listing a folder of thousands. */
static const char *wrong_link(struct debian *debian, const struct anchor *anchor,
    const struct folder *certs, struct arena *arena)
{
	const struct source *source = &debian->sources.list[anchor->source];
	char link[4096], name[HASH_LINK_NAME], pem[LINK_NAME];

	debian_link_name(debian->store, source->path, pem);
	if (certs->fd < 0 || !folder_read_link(certs, pem, link, sizeof(link)) ||
	    strcmp(link, source->path) != 0)
		return arena_printf(arena, "the link " DEBIAN_CERTS "/%s does not lead to it",
		    text_escape_string(pem).text);
	if (!source->hashed)
		return NULL;
	for (unsigned i = 0;; i++) {
		debian_hash_link_name(source->hash, i, name);
		if (!folder_read_link(certs, name, link, sizeof(link)))
			break;
		if (strcmp(link, pem) == 0 || is_link_of_same(debian, anchor, link))
			return NULL;
	}
	return arena_printf(arena, "no link " DEBIAN_CERTS "/%08x.N leads to it", source->hash);
}

static void observe_root(struct debian *debian, const struct anchor *anchor,
    const struct folder *certs, struct items *have)
{
	const struct source *source = &debian->sources.list[anchor->source];
	struct item *item = items_add_certificate(have, STORE_ROOT, anchor->sha256);

	item->label = arena_strdup(&have->arena, anchor->label);
	item->not_after = anchor->not_after;
	item->location = arena_strdup(&have->arena, source->path);
	item->system = is_system(source);
	item->presence = ITEM_PENDING;
	if (anchor->fault) {
		item->note = arena_printf(
		    &have->arena, "%s: %s", text_escape_string(source->path).text, anchor->fault);
		return;
	}
	if (!in_bundle(debian, item, true))
		return;
	if (source->count == 1) {
		const char *wrong = wrong_link(debian, anchor, certs, &have->arena);

		item->presence = wrong ? ITEM_PENDING : ITEM_PRESENT;
		if (wrong)
			item->location =
			    arena_printf(&have->arena, "%s; %s", item->location, wrong);
		return;
	}
	item->presence = ITEM_PRESENT;
	item->note = arena_printf(&have->arena,
	    "%s holds %zu certificates: OpenSSL's folder takes one a file, so only programs that"
	    " read " DEBIAN_CERTS "/" DEBIAN_BUNDLE " trust them",
	    text_escape_string(source->path).text, source->count);
}

static bool is_selected(struct debian *debian, const uint8_t sha256[SHA256_SIZE])
{
	const struct anchor *anchor = NULL;

	while ((anchor = sources_find(&debian->sources, sha256, anchor)))
		if (debian->sources.list[anchor->source].selected)
			return true;
	return false;
}

static void observe_disallowed(
    struct debian *debian, const struct anchor *anchor, struct items *have)
{
	const struct source *source = &debian->sources.list[anchor->source];
	struct item *item;

	if (anchor->fault || is_selected(debian, anchor->sha256))
		return;
	item = items_add_certificate(have, STORE_DISALLOWED, anchor->sha256);
	item->label = arena_strdup(&have->arena, anchor->label);
	item->not_after = anchor->not_after;
	item->location = arena_printf(&have->arena, DEBIAN_CONF ": !%s", source->line);
	item->system = true;
	item->presence = in_bundle(debian, item, false) ? ITEM_PENDING : ITEM_PRESENT;
}

/* In the bundle, in no source: the next rebuild takes it away. */
static void observe_stale(struct debian *debian, struct items *have)
{
	for (size_t i = 0; i < debian->made.count; i++) {
		const struct item *made = &debian->made.list[i];
		uint8_t sha256[SHA256_SIZE];
		struct item *item;

		if (!hex_parse(item_fingerprint(made), sha256, sizeof(sha256)) ||
		    is_selected(debian, sha256))
			continue;
		item = items_add_certificate(have, STORE_ROOT, sha256);
		item->label = arena_strdup(&have->arena, made->label);
		item->location = DEBIAN_CERTS "/" DEBIAN_BUNDLE;
		item->presence = ITEM_STALE;
	}
}

static bool observe(void *state, struct host *host, struct items *have, struct err *err)
{
	struct debian *debian = state;
	AUTO(folder) certs = {.fd = -1};

	if (!look(debian, host, err))
		return false;
	if (file_type(&host->root, DEBIAN_CERTS) != FILE_ABSENT &&
	    !folder_open_only(&host->root, DEBIAN_CERTS, &certs, err))
		return false;
	for (size_t i = 0; i < debian->sources.anchor_count; i++) {
		const struct anchor *anchor = &debian->sources.anchors[i];

		if (debian->sources.list[anchor->source].selected)
			observe_root(debian, anchor, &certs, have);
		else
			observe_disallowed(debian, anchor, have);
	}
	observe_stale(debian, have);
	return true;
}

static bool read_fingerprint(const struct item *item, uint8_t sha256[SHA256_SIZE], struct err *err)
{
	return hex_parse(item_fingerprint(item), sha256, SHA256_SIZE) ||
	       err_set(err, ERR_HOST, "%s: no fingerprint", item->key);
}

/* Distrust is nothing but the absence of trust here: where no source names the certificate and
 * the bundle does not hold it, there is nothing to do and nothing to see. */
static bool express(void *state, struct host *host, struct item *want, struct err *err)
{
	struct debian *debian = state;
	uint8_t sha256[SHA256_SIZE];

	if (item_store(want) != STORE_DISALLOWED || want->presence != ITEM_PRESENT)
		return true;
	if (!read_fingerprint(want, sha256, err) || !know(debian, host, err))
		return false;
	/* a line of the configuration says it: the certificate itself is not needed */
	want->at_hand = true;
	if (!sources_find(&debian->sources, sha256, NULL) && !in_bundle(debian, want, false)) {
		want->holding = HOLD_ALREADY;
		want->note = "no source of this host trusts it";
	}
	return true;
}

/* Selects or deselects a shipped file, in the state that an earlier step left in the list. */
static bool edit_conf(struct debian *debian, struct host *host, const struct source *source,
    bool select, struct changes *out, struct err *err)
{
	struct change *change = changes_find(out, DEBIAN_CONF);
	AUTO(file_state) before = {0};
	AUTO(file_state) after = {0};
	AUTO(bytes) edited = {0};

	if (change) {
		conf_edit(bytes_span(&change->after.content), source->line,
		    debian->store->plain_lines, select, &edited);
		bytes_release(&change->after.content);
		change->after.content = TAKE(edited);
		return true;
	}
	if (!file_capture(&host->root, DEBIAN_CONF, LINUX_SOURCE_MAX, &before, err))
		return false;
	if (before.type != FILE_REGULAR)
		return err_set(err, ERR_HOST, DEBIAN_CONF " is not a regular file");
	conf_edit(bytes_span(&before.content), source->line, debian->store->plain_lines, select,
	    &after.content);
	after.type = FILE_REGULAR;
	after.mode = before.mode;
	after.uid = before.uid;
	after.gid = before.gid;
	changes_add(out, DEBIAN_CONF, &before, &after);
	return true;
}

static bool put_root(struct debian *debian, struct host *host, const struct item *want,
    const uint8_t sha256[SHA256_SIZE], struct changes *out, struct err *err)
{
	const struct anchor *anchor = NULL;

	if (is_selected(debian, sha256))
		return true;
	/* a shipped one is selected again, which is what its owner would do */
	while ((anchor = sources_find(&debian->sources, sha256, anchor))) {
		const struct source *source = &debian->sources.list[anchor->source];

		if (source->count == 1 && !anchor->fault)
			return edit_conf(debian, host, source, true, out, err);
	}
	return linux_add_certificate(host,
	    linux_own_path(host, out, DEBIAN_LOCAL, item_fingerprint(want)), want->content, out,
	    err);
}

/* Takes one source away. */
static bool drop_source(struct debian *debian, struct host *host, const struct source *source,
    struct changes *out, struct err *err)
{
	if (source->count > 1)
		return err_set(err, ERR_HOST,
		    "%s holds %zu certificates, and the others are to stay: split it by hand",
		    text_escape_string(source->path).text, source->count);
	return source->line ? edit_conf(debian, host, source, false, out, err)
	                    : linux_remove_file(host, source->path, out, err);
}

static bool put_disallowed(struct debian *debian, struct host *host,
    const uint8_t sha256[SHA256_SIZE], struct changes *out, struct err *err)
{
	const struct anchor *anchor = NULL;

	while ((anchor = sources_find(&debian->sources, sha256, anchor))) {
		const struct source *source = &debian->sources.list[anchor->source];

		if (source->selected && !source->line && !linux_is_own(source->path))
			return err_set(err, ERR_HOST,
			    "%s trusts it, and a local file cannot be distrusted here: remove that"
			    " file",
			    text_escape_string(source->path).text);
	}
	while ((anchor = sources_find(&debian->sources, sha256, anchor))) {
		const struct source *source = &debian->sources.list[anchor->source];

		if (source->selected && !drop_source(debian, host, source, out, err))
			return false;
	}
	return true;
}

static bool put(void *state, struct host *host, const struct item *want, const struct item *have,
    struct changes *out, struct err *err)
{
	struct debian *debian = state;
	uint8_t sha256[SHA256_SIZE];

	(void)have;
	if (!read_fingerprint(want, sha256, err) || !know(debian, host, err))
		return false;
	if (item_store(want) == STORE_ROOT)
		return put_root(debian, host, want, sha256, out, err);
	return put_disallowed(debian, host, sha256, out, err);
}

/* Ours alone where there is one of ours; else each that trusts it, where what is not ours may go.
 */
static bool drop_root(struct debian *debian, struct host *host, const uint8_t sha256[SHA256_SIZE],
    bool unowned, struct changes *out, struct err *err)
{
	const struct anchor *anchor = NULL;

	while ((anchor = sources_find(&debian->sources, sha256, anchor))) {
		const struct source *source = &debian->sources.list[anchor->source];

		if (linux_is_own(source->path))
			return linux_remove_file(host, source->path, out, err);
	}
	while (unowned && (anchor = sources_find(&debian->sources, sha256, anchor))) {
		const struct source *source = &debian->sources.list[anchor->source];

		if (source->selected && !drop_source(debian, host, source, out, err))
			return false;
	}
	return true;
}

static bool drop(
    void *state, struct host *host, const struct item *have, struct changes *out, struct err *err)
{
	struct debian *debian = state;
	uint8_t sha256[SHA256_SIZE];
	const struct anchor *anchor = NULL;

	if (!read_fingerprint(have, sha256, err) || !know(debian, host, err))
		return false;
	if (item_store(have) == STORE_ROOT)
		return drop_root(debian, host, sha256, have->remove_unowned, out, err);
	while ((anchor = sources_find(&debian->sources, sha256, anchor))) {
		const struct source *source = &debian->sources.list[anchor->source];

		if (!source->selected && !edit_conf(debian, host, source, true, out, err))
			return false;
	}
	return true;
}

static bool derive(void *state, struct host *host, const struct changes *leaving,
    struct changes *out, struct err *err)
{
	return debian_derive(host, ((struct debian *)state)->store, leaving, out, err);
}

static bool publish(
    void *state, struct host *host, const struct changes *done, struct text *notes, struct err *err)
{
	return debian_publish(host, ((struct debian *)state)->store, done, notes, err);
}

const struct file_store debian_store = {.link_prefix = "", .hooks_are_told = true};

/* Alpine has Debian's files: what tells it is its name, or its package manager's folder. */
static bool present_alpine(struct root *root)
{
	AUTO(arena) arena = {0};

	return present(root) && (file_type(root, "/etc/apk") != FILE_ABSENT ||
	                            strcmp(linux_os_release(root, "ID", &arena), "alpine") == 0);
}

const struct file_store alpine_store = {
    .link_prefix = "ca-cert-",
    .every_local_file = true,
    .plain_lines = true,
    .newline_behind = true,
};

#define FILE_LAYOUT(word, like, is_present, kind)                                                  \
	{                                                                                          \
		.name = word, .ids = like, .bundle = DEBIAN_CERTS "/" DEBIAN_BUNDLE,               \
		.tool = DEBIAN_TOOL, .sources = DEBIAN_LOCAL, .present = is_present,               \
		.open = open_state, .observe = observe, .express = express, .put = put,            \
		.drop = drop, .derive = derive, .publish = publish, .close = close_state,          \
		.paths = kind,                                                                     \
	}

const struct trust_layout debian_layout =
    FILE_LAYOUT("debian", " debian ubuntu ", present, &debian_store);
const struct trust_layout alpine_layout =
    FILE_LAYOUT("alpine", " alpine postmarketos ", present_alpine, &alpine_store);
