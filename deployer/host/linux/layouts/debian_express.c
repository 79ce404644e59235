/* SPDX-License-Identifier: Apache-2.0 */
/* What policies want of certificates, as this layout can hold it; what follows from that for
 * rebuilds; and what the ledger keeps for giving it back. */
#include "formats/pem.h"
#include "host/linux/layouts/debian.h"
#include "model/der.h"

bool debian_know(struct debian *debian, struct host *host, const struct item *item,
    uint8_t sha256[SHA256_SIZE], struct err *err)
{
	if (!item_digest(item))
		return err_set(err, ERR_HOST, "%s: no fingerprint", key_text(&item->key).text);
	memcpy(sha256, item->key.sha256, SHA256_SIZE);
	return debian->seen || debian_look(debian, host, err);
}

/* A source that no rebuild has used yet may hold what nobody is to trust. Where that source is not
 * ours to take away, a rebuild for other items leaves it out. */
static void withhold(struct debian *debian, const uint8_t sha256[SHA256_SIZE])
{
	const struct anchor *anchor = NULL;
	bool listed = false;

	while ((anchor = sources_find(&debian->sources, sha256, anchor)))
		listed |= debian_in_bundle(debian, anchor);
	if (!listed && sources_list(&debian->sources, sha256))
		digests_add(&debian->unlisted, sha256);
	if (!shown_find(&debian->shown, sha256))
		digests_add(&debian->unlinked, sha256);
}

void debian_leave_pending(struct debian *debian)
{
	for (size_t i = 0; i < debian->sources.anchor_count; i++) {
		const struct anchor *anchor = &debian->sources.anchors[i];
		const struct source *source = &debian->sources.list[anchor->source];

		if (!source->selected || anchor->fault ||
		    digests_have(&debian->wanted, anchor->sha256))
			continue;
		if (debian_is_unlisted(debian, anchor))
			digests_add(&debian->unlisted, anchor->sha256);
		if (source->hashed && !shown_first(&debian->shown, anchor->sha256))
			digests_add(&debian->unlinked, anchor->sha256);
	}
}

/* Here distrust is only the absence of trust: where no source names the certificate, and OpenSSL
 * finds it neither in the bundle nor in the folder, there is nothing to do or to see. */
static void express_distrust(
    struct debian *debian, struct host *host, struct item *want, const uint8_t sha256[SHA256_SIZE])
{
	const char *stranger;

	/* a line of the configuration says it: the certificate itself is not needed */
	want->asked.at_hand = true;
	if (sources_find(&debian->sources, sha256, NULL) || made_find(&debian->made, sha256) ||
	    shown_first(&debian->shown, sha256))
		return;
	want->asked.holding = HOLD_ALREADY;
	want->note = "no source of this host trusts it";
	stranger = debian_find_stranger(debian, host, sha256);
	if (!stranger)
		return;
	want->asked.warning = want->note = arena_printf(&debian->sources.arena,
	    "no program trusts it yet, but " DEBIAN_CERTS
	    "/%s holds it, and the next run of the distribution's own tool gives that file a hash "
	    "link: remove it",
	    text_escape_string(stranger).text);
}

bool debian_has_good_source(struct debian *debian, const uint8_t sha256[SHA256_SIZE])
{
	const struct anchor *anchor = NULL;

	while ((anchor = sources_find(&debian->sources, sha256, anchor))) {
		const struct source *source = &debian->sources.list[anchor->source];

		if (sources_list_it(&debian->sources, anchor) && !source->shadowed &&
		    source->count == 1)
			return true;
	}
	return false;
}

/* Whether put can do without bytes from a bundle: a shipped file is selected again, or a file with
 * several certificates has it. */
static bool is_at_hand(struct debian *debian, const uint8_t sha256[SHA256_SIZE])
{
	const struct anchor *anchor = NULL;

	while ((anchor = sources_find(&debian->sources, sha256, anchor))) {
		const struct source *source = &debian->sources.list[anchor->source];

		if (!anchor->fault && (source->count > 1 || !source->selected || anchor->lost))
			return true;
	}
	return false;
}

bool debian_read_at_hand(struct debian *debian, struct host *host,
    const uint8_t sha256[SHA256_SIZE], struct bytes *out, struct err *err)
{
	const struct anchor *anchor = NULL;
	struct cert_seen seen;
	bool trusted;

	while ((anchor = sources_find(&debian->sources, sha256, anchor))) {
		const char *path = debian->sources.list[anchor->source].path;
		AUTO(bytes) file = {0};
		struct err ignored = {0};
		struct span rest;

		if (anchor->fault ||
		    !file_read(&host->root, path, LINUX_SOURCE_MAX, &file, &ignored))
			continue;
		rest = bytes_span(&file);
		while (rest.size > 0 && pem_next_certificate(&rest, out, &trusted, &ignored) &&
		       out->size > 0)
			if (cert_see(bytes_span(out), trusted, &seen, &ignored) &&
			    memcmp(seen.sha256, sha256, SHA256_SIZE) == 0) {
				out->size = der_size(bytes_span(out));
				return true;
			}
	}
	return err_set(err, ERR_HOST, "the certificate itself is not at hand any more");
}

bool debian_express(struct debian *debian, struct host *host, struct item *want, struct err *err)
{
	bool distrust = item_store(want) == STORE_DISALLOWED;
	uint8_t sha256[SHA256_SIZE];

	if (item_digest(want) && !want->asked.restores) {
		if (distrust == (want->presence == ITEM_ABSENT))
			digests_add(&debian->wanted, want->key.sha256);
		else if (distrust || want->asked.remove_unowned)
			digests_add(&debian->unwanted, want->key.sha256);
	}
	if (distrust != (want->presence == ITEM_PRESENT) && (distrust || want->asked.bundle))
		return true;
	if (!debian_know(debian, host, want, sha256, err))
		return false;
	if (!distrust && want->presence == ITEM_PRESENT) {
		want->asked.at_hand = is_at_hand(debian, sha256);
		return true;
	}
	withhold(debian, sha256);
	if (distrust)
		express_distrust(debian, host, want, sha256);
	return true;
}

/* --- for the ledger --- */

void debian_note_lines(const struct debian *debian, struct span before, struct span after,
    const char *name, struct changes *out)
{
	AUTO(bytes) old = {0};
	AUTO(bytes) new = {0};

	conf_lines_of(before, name, debian->store->plain_lines, &old);
	conf_lines_of(after, name, debian->store->plain_lines, &new);
	changes_note_edit(out, DEBIAN_CONF, bytes_span(&old), bytes_span(&new));
}

void debian_note_sourceless(
    struct debian *debian, const uint8_t sha256[SHA256_SIZE], struct changes *out)
{
	const struct made_block *block =
	    debian->made.fault ? NULL : made_find(&debian->made, sha256);
	AUTO(bytes) text = {0};

	if (!block || debian_is_selected(debian, sha256))
		return;
	bytes_add(&text, block->text.data, block->text.size);
	bytes_add(&text, "\n", block->text.data[block->text.size - 1] != '\n');
	changes_note_edit(out, DEBIAN_CERTS "/" DEBIAN_BUNDLE, bytes_span(&text), span_text(""));
}

void debian_note_unmade(
    struct debian *debian, const uint8_t sha256[SHA256_SIZE], struct changes *out)
{
	const struct anchor *anchor = debian_find_selected(debian, sha256);
	char pem[LINK_NAME];

	if (!anchor)
		return;
	if (debian_is_unlisted(debian, anchor))
		changes_note_absence(out, DEBIAN_CERTS "/" DEBIAN_BUNDLE, false);
	debian_link_name(debian->store, debian->sources.list[anchor->source].path, pem);
	if (!shown_first(&debian->shown, sha256))
		changes_note_absence(out, arena_printf(&out->arena, DEBIAN_CERTS "/%s", pem), true);
}

bool debian_note_link(
    struct host *host, const struct shown *shown, struct changes *out, struct err *err)
{
	const char *place = arena_printf(&out->arena, DEBIAN_CERTS "/%s", shown->name);
	AUTO(file_state) link = {0};
	AUTO(file_state) named = {0};

	if (!file_capture(&host->root, place, LINUX_SOURCE_MAX, &link, err))
		return false;
	if (link.type != FILE_LINK)
		return true;
	if (!memchr(link.content.data, '/', link.content.size)) {
		place = arena_printf(&out->arena, DEBIAN_CERTS "/%.*s", (int)link.content.size,
		    (const char *)link.content.data);
		if (!file_capture(&host->root, place, LINUX_SOURCE_MAX, &named, err))
			return false;
	}
	if (named.type == FILE_LINK)
		changes_note_link(out, place, bytes_span(&named.content));
	else if (named.type == FILE_ABSENT)
		changes_note_link(out, place, bytes_span(&link.content));
	return true;
}
