/* SPDX-License-Identifier: Apache-2.0 */
/* From one keyring to the next (the chain of root versions of TUF, 5.3). */
#include "bundle/bundle.h"

#include "base/clock.h"

static const struct manifest_entry *find_keyring(const struct manifest *manifest, size_t *count)
{
	const struct manifest_entry *list = manifest->contents.list, *found = NULL;

	*count = 0;
	for (size_t i = 0; i < manifest->contents.count; i++)
		if (list[i].kind == MEMBER_KEYRING) {
			found = &list[i];
			++*count;
		}
	return found;
}

/* Judged anew against `keyring`, whatever the bundle was opened with. */
static bool signed_by(
    struct bundle *bundle, const struct keyring *keyring, const char *which, struct err *err)
{
	AUTO(arena) arena = {0};
	struct bundle_signer *signers;
	size_t count;

	return (cms_verify(
	            bundle->signature, &bundle->content, keyring, &arena, &signers, &count, err) &&
	           cms_threshold(signers, count, keyring, err)) ||
	       err_wrap(err, "by the %s keyring", which);
}

static bool check_next(struct bundle *bundle, const struct keyring *current,
    const struct keyring *next, int64_t now, struct err *err)
{
	char expires[CLOCK_TEXT];

	if (next->version - 1 != current->version)
		return err_set(err, ERR_TRUST,
		    "version %llu does not follow this host's version %llu; each version in"
		    " between must be taken first",
		    (unsigned long long)next->version, (unsigned long long)current->version);
	clock_write(next->expires, expires);
	if (now >= next->expires)
		return err_set(err, ERR_TRUST, "it expired at %s", expires);
	return signed_by(bundle, current, "present", err) && signed_by(bundle, next, "next", err);
}

bool bundle_next_keyring(struct bundle *bundle, const struct keyring *current, int64_t now,
    struct bytes *out, struct err *err)
{
	AUTO(bytes) content = {0};
	AUTO(keyring) next = {0};
	size_t count;
	const struct manifest_entry *entry = find_keyring(&bundle->manifest, &count);

	if (!entry)
		return true;
	if (count > 1)
		return err_set(err, ERR_TRUST, "bundle %s: has %zu keyrings, it can bring one",
		    bundle->manifest.id, count);
	if (!bundle_read(bundle, entry, &content, err))
		return false;
	if (!keyring_parse(bytes_span(&content), entry->file, &next, err)) {
		err->code = ERR_TRUST;
		return err_wrap(err, "bundle %s", bundle->manifest.id);
	}
	if (next.version <= current->version)
		return true;
	if (!check_next(bundle, current, &next, now, err))
		return err_wrap(err, "bundle %s: keyring %s", bundle->manifest.id, entry->file);
	bytes_release(out);
	*out = TAKE(content);
	return true;
}
