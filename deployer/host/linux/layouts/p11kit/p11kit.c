/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/access.h"
#include "host/linux/layouts/p11kit/p11kit.h"

#include <stdlib.h>

static bool present(const struct p11kit_paths *paths, struct root *root)
{
	return file_type(root, paths->source) == FILE_FOLDER ||
	       file_type(root, paths->shipped) == FILE_FOLDER;
}

static void *open_state(const struct trust_layout *layout)
{
	struct p11kit *p11kit = mem_alloc(sizeof(*p11kit));

	p11kit->paths = layout->paths;
	return p11kit;
}

static void forget(struct p11kit *p11kit)
{
	p11kit_release(&p11kit->sources);
	hash_folders_release(&p11kit->folders);
	items_release(&p11kit->made);
	p11kit->refused = NULL;
	p11kit->seen = false;
}

static void close_state(void *state)
{
	struct p11kit *p11kit = state;

	forget(p11kit);
	text_release(&p11kit->failure);
	text_release(&p11kit->remedy);
	items_release(&p11kit->leaving);
	items_release(&p11kit->back);
	items_release(&p11kit->shunned);
	items_release(&p11kit->doubtful);
	items_release(&p11kit->wanted);
	items_release(&p11kit->unwanted);
	free(p11kit);
}

bool p11kit_in_bundle(const struct p11kit *p11kit, const uint8_t sha256[SHA256_SIZE])
{
	return items_have_root(&p11kit->made, sha256);
}

/* Whether the tool has made the bundle from what is shipped. */
static bool is_extracted(const struct p11kit *p11kit)
{

	for (size_t i = 0; i < p11kit->sources.count; i++) {
		const struct p11kit_anchor *anchor = &p11kit->sources.list[i];

		if (anchor->shipped && anchor->verdict == VERDICT_TRUSTED &&
		    p11kit_in_bundle(p11kit, anchor->sha256))
			return true;
	}
	return false;
}

/* Names the source that causes it, where the tool may take a source that cannot be decoded. */
static const char *why_refused(struct p11kit *p11kit, const char *fault)
{
	const struct p11kit_anchor *anchor = p11kit->sources.list;
	const struct p11kit_anchor *end = anchor + p11kit->sources.count;

	while (anchor < end && !(anchor->refused && anchor->verdict == VERDICT_TRUSTED))
		anchor++;
	return arena_printf(&p11kit->made.arena,
	    "OpenSSL refuses the whole of %s (%s), so curl, Python and git trust nothing: mend or"
	    " remove %s",
	    p11kit->paths->bundle, fault,
	    text_escape_string(anchor < end ? anchor->path : p11kit->paths->bundle).text);
}

static bool look(struct p11kit *p11kit, struct host *host, struct err *err)
{
	AUTO(bytes) bundle = {0};
	const char *fault;

	forget(p11kit);
	/* no bundle: nothing is in force yet */
	if (file_is_regular(&host->root, p11kit->paths->bundle) &&
	    !file_read(&host->root, p11kit->paths->bundle, LINUX_BUNDLE_MAX, &bundle, err))
		return false;
	if (!p11kit_read(host, p11kit->paths, &p11kit->sources, err) ||
	    !hash_folders_read(host, p11kit->paths->folders, true, &p11kit->folders, err))
		return false;
	fault = linux_decode_bundle(bytes_span(&bundle), &p11kit->made);
	p11kit_set_aside(&p11kit->sources, &p11kit->made);
	if (fault)
		p11kit->refused = why_refused(p11kit, fault);
	p11kit->extracted = is_extracted(p11kit);
	if (host->root.confined && !host->run_tools &&
	    file_is_regular(&host->root, p11kit->paths->tool[0]))
		p11kit_advise(p11kit, host);
	p11kit->seen = true;
	return true;
}

bool p11kit_says(
    const struct p11kit *p11kit, const uint8_t sha256[SHA256_SIZE], enum verdict verdict)
{
	size_t count;
	const struct p11kit_anchor *anchor = p11kit_find(&p11kit->sources, sha256, &count);

	for (size_t i = 0; i < count; i++)
		if (anchor[i].verdict == verdict && !anchor[i].fault)
			return true;
	return false;
}

/* Whether a shipped anchor that is not in the bundle is for other purposes. Where the rules do not
 * tell, the bundle does, if it was made of what is shipped. */
static bool is_for_others(struct p11kit *p11kit, const struct p11kit_anchor *anchor)
{
	return p11kit_never(&p11kit->sources, anchor->der) ||
	       (p11kit->extracted && p11kit_is_unsure(&p11kit->sources, anchor->der));
}

const char *p11kit_withheld(
    struct p11kit *p11kit, const uint8_t sha256[SHA256_SIZE], struct arena *arena)
{
	size_t count;
	const struct p11kit_anchor *anchor = p11kit_find(&p11kit->sources, sha256, &count);

	for (size_t i = 0; i < count; i++)
		if (anchor[i].never)
			return arena_strdup(arena, anchor[i].never);
	for (size_t i = 0; i < count; i++)
		if (anchor[i].shipped && anchor[i].verdict == VERDICT_TRUSTED &&
		    is_for_others(p11kit, &anchor[i]))
			return arena_printf(arena,
			    "the distribution ships it (%s) for other purposes than TLS servers",
			    text_escape_string(anchor[i].path).text);
	return NULL;
}

static void say_fault(const struct p11kit *p11kit, struct item *item,
    const struct p11kit_anchor *anchor, struct arena *arena)
{
	const char *path = arena_strdup(arena, text_escape_string(anchor->path).text);

	item->note = arena_printf(arena, "%s: %s", path, anchor->fault);
	if (!anchor->refused || anchor->verdict == VERDICT_DISTRUSTED)
		return;
	item->seen.severity = SEVERITY_ERROR;
	item->note = arena_printf(arena,
	    "%s; as soon as %s puts it into %s, OpenSSL refuses that whole file, and curl, Python"
	    " and git trust nothing: mend or remove it",
	    item->note, p11kit->paths->tool[0], p11kit->paths->bundle);
}

/* p11-kit takes only the certificate out of the file, but whoever reads anchors can read the
 * key. */
static void say_key(struct item *item, const struct p11kit_anchor *anchor, struct arena *arena)
{
	item->seen.exposed = true;
	item->seen.severity = SEVERITY_ERROR;
	item->note = arena_printf(arena,
	    "%s: line %zu: holds a private key among certificates that everybody is to read: have "
	    "certificates alone in that file, and take the key for known to others%s%s",
	    text_escape_string(anchor->path).text, anchor->key, item->note ? "; " : "",
	    item->note ? item->note : "");
}

static void describe(const struct p11kit *p11kit, struct item *item,
    const struct p11kit_anchor *anchor, struct arena *arena)
{
	item->label = arena_strdup(arena, anchor->label);
	item->seen.not_after = anchor->not_after;
	item->seen.location = arena_strdup(arena, anchor->path);
	item->seen.system = anchor->shipped;
	if (anchor->denied)
		access_deny(item, anchor->path, "what it holds", arena);
	else if (anchor->fault)
		say_fault(p11kit, item, anchor, arena);
	if (anchor->key)
		say_key(item, anchor, arena);
}

/* The sources have changed, and the tool has not run. */
static void wait_for_tool(const struct p11kit *p11kit, struct item *item, struct arena *arena)
{
	if (p11kit->failure.size > 0)
		item->seen.limits = arena_strdup(arena, text_string(&p11kit->failure));
	if (p11kit->remedy.size > 0)
		item->seen.remedy = arena_strdup(arena, text_string(&p11kit->remedy));
}

/* It is kept out of the bundle, and only the tool would put it there. */
static void say_hidden(struct p11kit *p11kit, struct host *host, const struct p11kit_anchor *anchor,
    struct item *item, struct arena *arena)
{
	const char *hidden = p11kit_hides_text(p11kit, host, anchor->der, arena);

	if (!hidden)
		return;
	item->seen.limits = hidden;
	item->seen.remedy = "Do what the message says, and run apply.";
}

/* An item in the sources that is not in force: until when, and what to do. */
static void observe_pending(struct p11kit *p11kit, struct host *host,
    const struct p11kit_anchor *anchor, bool made, struct item *item, struct arena *arena)
{
	bool root = anchor->verdict != VERDICT_DISTRUSTED;

	item->seen.limits = root && !made ? p11kit_withheld(p11kit, anchor->sha256, arena) : NULL;
	if (item->seen.limits) {
		item->presence = ITEM_WITHHELD;
	} else {
		wait_for_tool(p11kit, item, arena);
		if (root && p11kit->refused)
			item->seen.limits = arena_strdup(arena, p11kit->refused);
		else if (root && !made)
			say_hidden(p11kit, host, anchor, item, arena);
	}
}

/* Whether a source distrusts it with effect: not where programs trust it by somebody's own file in
 * OpenSSL's folder, which no rebuild changes. */
static enum presence observe_distrust(
    const struct p11kit *p11kit, const uint8_t sha256[SHA256_SIZE], bool made)
{
	if (!made && hash_folders_find(&p11kit->folders, sha256, true))
		return ITEM_PARTIAL;
	return made || hash_folders_find(&p11kit->folders, sha256, false) ? ITEM_PENDING
	                                                                  : ITEM_PRESENT;
}

/* It is trusted until the tool takes it out, which has not run since. */
static void leave(const struct p11kit *p11kit, struct item *item, const uint8_t sha256[SHA256_SIZE],
    struct arena *arena)
{
	size_t count;
	const struct p11kit_anchor *first = p11kit_find(&p11kit->sources, sha256, &count);

	wait_for_tool(p11kit, item, arena);
	item->presence = ITEM_STALE;
	item->seen.deselected = true;
	for (size_t i = 0; i < count; i++)
		if (first[i].verdict == VERDICT_DISTRUSTED && !first[i].fault)
			item->seen.location = arena_printf(arena, "%s; distrusted by %s",
			    p11kit->paths->bundle, text_escape_string(first[i].path).text);
}

static void observe_anchor(struct p11kit *p11kit, struct host *host,
    const struct p11kit_anchor *anchor, struct items *have)
{
	bool aside = anchor->verdict == VERDICT_ASIDE;
	bool distrusted = anchor->verdict == VERDICT_DISTRUSTED || aside;
	struct item *item;
	bool made, leaving;

	made = p11kit_in_bundle(p11kit, anchor->sha256);
	leaving = made && !distrusted && !p11kit->refused &&
	          p11kit_says(p11kit, anchor->sha256, VERDICT_DISTRUSTED);
	if (!anchor->fault && !leaving &&
	    (anchor->verdict == VERDICT_NONE ||
	        (!distrusted && p11kit_says(p11kit, anchor->sha256, VERDICT_DISTRUSTED)) ||
	        (!distrusted && anchor->shipped && !made && is_for_others(p11kit, anchor))))
		return;
	item =
	    items_add_certificate(have, distrusted ? STORE_DISALLOWED : STORE_ROOT, anchor->sha256);
	describe(p11kit, item, anchor, &have->arena);
	item->seen.holds_out = distrusted && !aside && !anchor->fault &&
	                       p11kit_says(p11kit, anchor->sha256, VERDICT_TRUSTED) &&
	                       !p11kit_withheld(p11kit, anchor->sha256, &have->arena);
	item->presence = anchor->fault              ? ITEM_PENDING
	                 : distrusted               ? observe_distrust(p11kit, anchor->sha256, made)
	                 : made && !p11kit->refused ? ITEM_PRESENT
	                                            : ITEM_PENDING;
	if (aside) {
		item->presence = ITEM_ASIDE;
		item->seen.limits =
		    "It lies in the folder blacklist, which p11-kit 0.23.21 and later"
		    " does not read: what it was to distrust is trusted.";
	} else if (leaving)
		leave(p11kit, item, anchor->sha256, &have->arena);
	else if (item->presence == ITEM_PENDING && !anchor->fault)
		observe_pending(p11kit, host, anchor, made, item, &have->arena);
}

/* A certificate in the bundle without a source, or with one that distrusts it until the tool has
 * run. A shipped source that is not understood may well be its source. In a bundle that OpenSSL
 * refuses it is not in force; it comes into force when it is kept after the tool has run. */
static void observe_rest(struct p11kit *p11kit, struct items *have)
{
	for (size_t i = 0; i < p11kit->made.count; i++) {
		const struct item *made = &p11kit->made.list[i];
		const uint8_t *sha256 = item_digest(made);
		bool distrusted = sha256 && p11kit_says(p11kit, sha256, VERDICT_DISTRUSTED);
		struct item *item;

		if (!sha256 || p11kit_says(p11kit, sha256, VERDICT_TRUSTED) ||
		    (p11kit->refused && (distrusted || p11kit->sources.incomplete)))
			continue;
		item = items_add_certificate(have, STORE_ROOT, sha256);
		item->label = arena_strdup(&have->arena, made->label);
		item->seen.location = p11kit->paths->bundle;
		if (distrusted) {
			leave(p11kit, item, sha256, &have->arena);
			continue;
		}
		item->seen.refused = p11kit->refused != NULL;
		if (p11kit->refused)
			item->seen.limits = arena_strdup(&have->arena, p11kit->refused);
		item->seen.system = p11kit->sources.incomplete;
		item->presence = p11kit->sources.incomplete ? ITEM_PRESENT : ITEM_STALE;
		if (item->presence == ITEM_STALE && p11kit->sources.closed)
			access_deny(item, p11kit->sources.closed,
			    "whether a source of the trust store holds it", &have->arena);
		if (items_find(&p11kit->leaving, &item->key))
			wait_for_tool(p11kit, item, &have->arena);
	}
}

static bool observe(void *state, struct host *host, const struct observing *how, struct items *have,
    struct err *err)
{
	struct p11kit *p11kit = state;

	(void)how;
	if (!look(p11kit, host, err))
		return false;
	for (size_t i = 0; i < p11kit->sources.count; i++)
		observe_anchor(p11kit, host, &p11kit->sources.list[i], have);
	observe_rest(p11kit, have);
	p11kit_observe_folders(p11kit, have);
	return true;
}

bool p11kit_look_up(struct p11kit *p11kit, struct host *host, const struct item *item,
    const struct p11kit_anchor **out, size_t *count, struct err *err)
{
	const uint8_t *sha256 = item_digest(item);

	if (!sha256)
		return err_set(err, ERR_HOST, "%s: no fingerprint", key_text(&item->key).text);
	if (!p11kit->seen && !look(p11kit, host, err))
		return false;
	*out = p11kit_find(&p11kit->sources, sha256, count);
	return true;
}

/* A root that the tool would leave out is not put, since nobody would trust it. */
static void express_root(struct p11kit *p11kit, struct item *want,
    const struct p11kit_anchor *anchor, size_t count, struct arena *arena)
{
	const char *why;

	if (p11kit_in_bundle(p11kit, want->key.sha256))
		return;
	for (size_t i = 0; i < count; i++)
		if (anchor[i].verdict == VERDICT_DISTRUSTED)
			return;
	why = want->content.size > 0 ? p11kit_never(&p11kit->sources, want->content) : NULL;
	if (!why && count > 0)
		why = p11kit_withheld(p11kit, anchor->sha256, arena);
	if (!why)
		return;
	want->asked.holding = HOLD_IN_VAIN;
	want->note = arena_printf(arena, "%s would leave it out: %s", p11kit->paths->tool[0], why);
}

/* What we distrust is often what the distribution ships: its own file has the certificate. */
static bool express(void *state, struct host *host, struct item *want, struct err *err)
{
	const struct p11kit_anchor *anchor = NULL;
	size_t count = 0;

	p11kit_note_wish(state, want);
	if (want->presence != ITEM_PRESENT)
		return true;
	if (!p11kit_look_up(state, host, want, &anchor, &count, err))
		return false;
	if (item_store(want) == STORE_ROOT)
		express_root(state, want, anchor, count, &((struct p11kit *)state)->sources.arena);
	for (size_t i = 0; i < count && item_store(want) == STORE_DISALLOWED; i++)
		want->asked.at_hand = want->asked.at_hand || anchor[i].der.size > 0;
	if (item_store(want) == STORE_DISALLOWED && p11kit_show(state, want))
		want->asked.at_hand = true;
	return true;
}

static bool put(void *state, struct host *host, const struct item *want, const struct item *have,
    struct changes *out, struct err *err)
{
	return p11kit_put(state, host, want, have, out, err);
}

static bool drop(
    void *state, struct host *host, const struct item *have, struct changes *out, struct err *err)
{
	return p11kit_drop(state, host, have, out, err);
}

static bool publish(
    void *state, struct host *host, const struct changes *done, struct text *notes, struct err *err)
{
	return p11kit_publish(state, host, done, notes, err);
}

static bool foretell(void *state, struct host *host, const struct changes *done,
    struct changes *out, struct err *err)
{
	return p11kit_foretell(state, host, done, out, err);
}

static bool remark(void *state, struct host *host, struct remarks *out, struct err *err)
{
	(void)err;
	p11kit_remark(state, host, out);
	return true;
}

#define FEDORA_SOURCE "/etc/pki/ca-trust/source"
#define SUSE_SOURCE   "/etc/pki/trust"
#define ARCH_SOURCE   "/etc/ca-certificates/trust-source"
#define FEDORA_BUNDLE "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"
#define SUSE_BUNDLE   "/var/lib/ca-certificates/ca-bundle.pem"
#define ARCH_BUNDLE   "/etc/ca-certificates/extracted/tls-ca-bundle.pem"
static const struct p11kit_paths fedora = {
    .source = FEDORA_SOURCE,
    .shipped = "/usr/share/pki/ca-trust-source",
    .bundle = FEDORA_BUNDLE,
    .folders = {"/etc/pki/ca-trust/extracted/pem/directory-hash", HASH_FOLDER_USUAL,
        HASH_FOLDER_FEDORA},
    .others = {"/etc/pki/ca-trust/extracted/openssl/ca-bundle.trust.crt",
        "/etc/pki/ca-trust/extracted/java/cacerts", "/etc/pki/ca-trust/extracted/edk2/cacerts.bin"},
    .tool = {"/usr/bin/update-ca-trust", "extract"},
};

static const struct p11kit_paths suse = {
    .source = SUSE_SOURCE,
    .shipped = "/usr/share/pki/trust",
    .bundle = SUSE_BUNDLE,
    .folders = {"/var/lib/ca-certificates/pem", HASH_FOLDER_USUAL},
    .others = {"/var/lib/ca-certificates/openssl", "/var/lib/ca-certificates/java-cacerts"},
    .tool = {"/usr/sbin/update-ca-certificates"},
};

static const struct p11kit_paths arch = {
    .source = ARCH_SOURCE,
    .shipped = "/usr/share/ca-certificates/trust-source",
    .bundle = ARCH_BUNDLE,
    .folders = {"/etc/ca-certificates/extracted/cadir", HASH_FOLDER_USUAL},
    .others = {"/etc/ca-certificates/extracted/ca-bundle.trust.crt",
        "/etc/ca-certificates/extracted/edk2-cacerts.bin",
        "/etc/ca-certificates/extracted/java-cacerts"},
    .tool = {"/usr/bin/update-ca-trust"},
};

static bool present_fedora(struct root *root)
{
	return present(&fedora, root);
}

static bool present_suse(struct root *root)
{
	return present(&suse, root);
}

static bool present_arch(struct root *root)
{
	return present(&arch, root);
}

#define P11KIT_LAYOUT(word, like, program, folder, made, is_present, where)                        \
	{                                                                                          \
		.name = word, .bundle = made, .ids = like, .tool = program,                        \
		.sources = folder "/anchors",                                                      \
		.blocklists = {folder "/blocklist", folder "/blacklist"}, .present = is_present,   \
		.open = open_state, .observe = observe, .express = express, .put = put,            \
		.drop = drop, .publish = publish, .foretell = foretell, .remark = remark,          \
		.close = close_state, .paths = where,                                              \
	}

const struct trust_layout fedora_layout =
    P11KIT_LAYOUT("p11-kit", " fedora rhel centos openEuler anolis mariner azurelinux ",
        "/usr/bin/update-ca-trust", FEDORA_SOURCE, FEDORA_BUNDLE, present_fedora, &fedora);
const struct trust_layout suse_layout = P11KIT_LAYOUT("p11-kit-suse",
    " suse opensuse sles sled sle-micro opensuse-leap opensuse-tumbleweed ",
    "/usr/sbin/update-ca-certificates", SUSE_SOURCE, SUSE_BUNDLE, present_suse, &suse);
const struct trust_layout arch_layout = P11KIT_LAYOUT("p11-kit-arch", " arch archlinux ",
    "/usr/bin/update-ca-trust", ARCH_SOURCE, ARCH_BUNDLE, present_arch, &arch);
