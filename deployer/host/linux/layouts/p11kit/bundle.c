/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The extracted bundle, block by block: which blocks go, and which come back.
 */
#include "formats/pem.h"
#include "host/linux/layouts/p11kit/p11kit.h"

bool p11kit_read_bundle(
    const struct p11kit *p11kit, struct host *host, struct bytes *out, struct err *err)
{
	const char *path = p11kit->paths->bundle;

	return !file_is_regular(&host->root, path) ||
	       file_read(&host->root, path, LINUX_BUNDLE_MAX, out, err);
}

size_t p11kit_leave_out(struct span bundle, const uint8_t *gone, struct bytes *out)
{
	struct span rest = bundle;
	AUTO(bytes) der = {0};
	struct err ignored = {0};
	size_t count = 0;
	bool trusted;

	while (rest.size > 0) {
		const uint8_t *from = rest.data;
		struct cert_seen seen;
		bool read = pem_next_block(bundle, &rest, NULL, &der, &trusted, &ignored);
		bool good =
		    read && der.size > 0 && cert_see(bytes_span(&der), trusted, &seen, &ignored);

		if ((read && der.size == 0) ||
		    (gone ? !good || memcmp(seen.sha256, gone, SHA256_SIZE) != 0 : good))
			bytes_add(out, from, (size_t)(rest.data - from));
		else
			count++;
	}
	return count;
}

bool p11kit_cut(const struct p11kit *p11kit, struct host *host, const struct item *have,
    struct changes *out, struct err *err)
{
	const char *path = p11kit->paths->bundle;
	struct change *change = changes_find(out, path);
	AUTO(file_state) before = {0};
	AUTO(file_state) after = {0};
	AUTO(bytes) left = {0};
	const uint8_t *sha256 = item_digest(have);

	if (!sha256)
		return err_set(err, ERR_HOST, "%s: no fingerprint", key_text(&have->key).text);
	if (!change && !file_capture(&host->root, path, LINUX_BUNDLE_MAX, &before, err))
		return false;
	p11kit_leave_out(
	    bytes_span(change ? &change->after.content : &before.content), sha256, &left);
	if (change) {
		bytes_release(&change->after.content);
		change->after.content = TAKE(left);
		return true;
	}
	after = file_state_with(&before, &left);
	after.type = before.type;
	changes_add(out, path, &before, &after);
	return true;
}

/* The text of one certificate in a bundle, from its BEGIN. */
static void copy_block(struct span bundle, const uint8_t *sha256, struct bytes *out)
{
	struct span rest = bundle;
	AUTO(bytes) der = {0};
	struct err ignored = {0};
	struct cert_seen seen;
	bool trusted;

	while (rest.size > 0 && out->size == 0) {
		struct span block;

		if (!pem_next_block(bundle, &rest, &block, &der, &trusted, &ignored))
			continue;
		if (der.size == 0)
			return;
		if (!cert_see(bytes_span(&der), trusted, &seen, &ignored) ||
		    memcmp(seen.sha256, sha256, SHA256_SIZE) != 0)
			continue;
		pem_copy_block(block, out);
	}
}

bool p11kit_note_sourceless(const struct p11kit *p11kit, struct host *host, const struct item *have,
    struct changes *out, struct err *err)
{
	const char *path = p11kit->paths->bundle;
	AUTO(bytes) bundle = {0};
	AUTO(bytes) block = {0};
	const uint8_t *sha256 = item_digest(have);

	if (!sha256)
		return err_set(err, ERR_HOST, "%s: no fingerprint", key_text(&have->key).text);
	if (!file_read(&host->root, path, LINUX_BUNDLE_MAX, &bundle, err))
		return false;
	copy_block(bytes_span(&bundle), sha256, &block);
	changes_note_edit(out, path, bytes_span(&block), span_text(""));
	return true;
}
