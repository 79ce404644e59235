/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/certificates.h"

#include <stdio.h>

#include "formats/pem.h"
#include "model/der.h"

enum { PATH_CAP = 4096 };

/* Whether the file at `path`, as it is or is about to be, holds another certificate than this. */
static bool holds_another(struct host *host, const struct changes *staged, const char *path,
    const uint8_t sha256[SHA256_SIZE])
{
	const struct change *change = changes_peek(staged, path);
	AUTO(bytes) content = {0};
	AUTO(bytes) der = {0};
	struct err err = {0};
	uint8_t there[SHA256_SIZE];
	struct span rest;
	bool trusted;

	if (!change && (file_type(&host->root, path) != FILE_REGULAR ||
	                   !file_read(&host->root, path, LINUX_SOURCE_MAX, &content, &err)))
		return false;
	rest = bytes_span(change ? &change->after.content : &content);
	if (!pem_next_certificate(&rest, &der, &trusted, &err) || der.size == 0)
		return false;
	digest_sha256((struct span){der.data, der_size(bytes_span(&der))}, there);
	return memcmp(there, sha256, SHA256_SIZE) != 0;
}

const char *linux_own_path(struct host *host, struct changes *staged, const char *folder,
    const uint8_t sha256[SHA256_SIZE])
{
	char path[PATH_CAP], fingerprint[SHA256_HEX];
	int digits = OWN_DIGITS;

	hex_write((struct span){sha256, SHA256_SIZE}, fingerprint);
	do {
		snprintf(path, sizeof(path), "%s/" HOST_OWN_PREFIX "%.*s.crt", folder, digits++,
		    fingerprint);
	} while (digits < SHA256_HEX && holds_another(host, staged, path, sha256));
	return arena_strdup(&staged->arena, path);
}

bool linux_is_own(const char *path)
{
	const char *name = strrchr(path, '/');
	size_t digits;

	name = name ? name + 1 : path;
	if (strncmp(name, HOST_OWN_PREFIX, strlen(HOST_OWN_PREFIX)) != 0)
		return false;
	name += strlen(HOST_OWN_PREFIX);
	digits = strspn(name, "0123456789abcdef");
	return digits >= OWN_DIGITS && digits < SHA256_HEX && strcmp(name + digits, ".crt") == 0;
}

bool linux_read(struct root *root, const char *path, size_t max, struct bytes *out, struct err *err)
{
	struct err why = {0};
	unsigned mode;

	if (file_type(root, path) == FILE_ABSENT || file_read(root, path, max, out, &why) ||
	    (file_type(root, path) == FILE_LINK && !why.denied && !file_mode(root, path, &mode)))
		return true;
	*err = why;
	return false;
}

static const char *folder_of(const char *path, struct arena *arena)
{
	return arena_strndup(arena, path, (size_t)(strrchr(path, '/') - path));
}

bool linux_add_certificate(
    struct host *host, const char *path, struct span der, struct changes *out, struct err *err)
{
	AUTO(file_state) before = {0};
	AUTO(file_state)
	after = {
	    .type = FILE_REGULAR, .mode = 0644, .uid = FILE_OWNER_SELF, .gid = FILE_OWNER_SELF};

	if (der.size == 0)
		return err_set(err, ERR_HOST, "the certificate itself is not at hand");
	if (!file_capture(&host->root, path, LINUX_SOURCE_MAX, &before, err))
		return false;
	if (before.type == FILE_FOLDER || before.type == FILE_OTHER)
		return err_set(err, ERR_HOST, "%s: something that is no file is in the way", path);
	if (before.type == FILE_ABSENT)
		changes_add_folders(out, &host->root, folder_of(path, &out->arena), 0755);
	pem_write_certificate(der, &after.content);
	if (after.content.size > LINUX_SOURCE_MAX)
		return err_set(err, ERR_HOST,
		    "%s: the certificate takes %zu bytes, and no more than %d are read from a file",
		    path, after.content.size, LINUX_SOURCE_MAX);
	changes_add(out, path, &before, &after);
	return true;
}

bool linux_remove_file(struct host *host, const char *path, struct changes *out, struct err *err)
{
	AUTO(file_state) before = {0};
	AUTO(file_state) after = {0};

	if (!file_capture(&host->root, path, LINUX_SOURCE_MAX, &before, err))
		return false;
	changes_add(out, path, &before, &after);
	return true;
}

/* The text without the blocks of a certificate. Returns how many other blocks it has. */
static size_t leave_out(struct span text, const uint8_t sha256[SHA256_SIZE], struct bytes *out)
{
	struct span rest = text;
	AUTO(bytes) der = {0};
	struct err ignored = {0};
	size_t others = 0;
	bool trusted;

	while (rest.size > 0) {
		const uint8_t *from = rest.data, *end;
		struct cert_seen seen;
		struct span block;
		bool read = pem_next_block(text, &rest, &block, &der, &trusted, &ignored);
		bool gone = read && der.size > 0 &&
		            cert_see(bytes_span(&der), trusted, &seen, &ignored) &&
		            memcmp(seen.sha256, sha256, SHA256_SIZE) == 0;

		end = gone ? block.data : rest.data;
		others += !gone && (!read || der.size > 0);
		bytes_add(out, from, (size_t)(end - from));
	}
	return others;
}

bool linux_take_certificate_out(struct host *host, const char *path,
    const uint8_t sha256[SHA256_SIZE], struct changes *out, struct err *err)
{
	AUTO(file_state) before = {0};
	AUTO(file_state) after = {0};
	AUTO(bytes) left = {0};

	if (!file_capture(&host->root, path, LINUX_SOURCE_MAX, &before, err))
		return false;
	if (before.type == FILE_REGULAR &&
	    leave_out(bytes_span(&before.content), sha256, &left) > 0)
		after = file_state_with(&before, &left);
	changes_add(out, path, &before, &after);
	return true;
}

/* OpenSSL takes the first of several blocks with one certificate: where the trust settings in that
 * block reject it, it is not trusted. */
static void take_rejected_out(struct items *items)
{
	size_t kept = 0;

	for (size_t i = 0, next; i < items->count; i = next) {
		bool rejected = items->list[i].presence == ITEM_DISABLED;

		for (next = i;
		     next < items->count && key_equal(&items->list[i].key, &items->list[next].key);
		     next++)
			continue;
		for (size_t j = i; j < next && !rejected; j++)
			items->list[kept++] = items->list[j];
	}
	items->count = kept;
}

const char *linux_decode_bundle(struct span bundle, struct items *out)
{
	AUTO(bytes) der = {0};
	const char *fault = NULL;
	struct span rest = pem_of_file(bundle);
	struct cert_seen seen;
	struct err err = {0};
	bool trusted;

	while (rest.size > 0) {
		struct span block;
		struct item *item;

		/* a damaged block hides only itself from us */
		if (!pem_next_block(bundle, &rest, &block, &der, &trusted, &err)) {
			fault = fault ? fault : arena_strdup(&out->arena, err.text);
			continue;
		}
		if (der.size == 0)
			break;
		if (!cert_see(bytes_span(&der), trusted, &seen, &err)) {
			if (!fault)
				fault = arena_printf(&out->arena, "line %zu: %s",
				    pem_line(bundle, block.data), err.text);
			continue;
		}
		item = items_add_certificate(out, STORE_ROOT, seen.sha256);
		item->label = arena_strdup(&out->arena, seen.label);
		item->seen.not_after = seen.not_after;
		item->presence = seen.rejects ? ITEM_DISABLED : ITEM_PRESENT;
	}
	items_sort(out);
	take_rejected_out(out);
	return fault;
}
