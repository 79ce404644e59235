/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/bundle.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/digest.h"
#include "formats/filekind.h"

/* --- the file: cabinet, signature, trailer -------------------------------------------- */

static bool has_trailer(struct span file)
{
	return file.size >= BUNDLE_TRAILER &&
	       memcmp(file.data + file.size - BUNDLE_TRAILER, BUNDLE_MAGIC, 8) == 0;
}

/* All sizes are 64 bits wide and each is compared with what is left, so none can wrap. */
static bool split(struct bundle *bundle, struct err *err)
{
	struct span file = bytes_span(&bundle->file);
	struct reader reader;
	uint64_t signature, left;

	if (file.size > BUNDLE_MAX_BYTES)
		return err_set(
		    err, ERR_TRUST, "has %zu bytes, allowed are %d", file.size, BUNDLE_MAX_BYTES);
	if (!has_trailer(file)) {
		err_set(
		    err, ERR_TRUST, "is not signed: it does not end in the trailer " BUNDLE_MAGIC);
		err->rule = REFUSAL_UNSIGNED;
		filekind_refuse(file, FILEKIND_WANT_BUNDLE, err);
		/* unless it says what the file is instead */
		if (err->rule != REFUSAL_UNSIGNED)
			err->rule = REFUSAL_NO_BUNDLE;
		return false;
	}
	reader = reader_of((struct span){file.data + file.size - 8, 8});
	signature = reader_u64be(&reader);
	left = (uint64_t)file.size - BUNDLE_TRAILER;
	if (signature == 0 || signature > left || signature > CMS_MAX_BYTES)
		return err_set(err, ERR_TRUST,
		    "its trailer declares a signature of %llu bytes; %llu are there, %d are "
		    "allowed",
		    (unsigned long long)signature, (unsigned long long)left, CMS_MAX_BYTES);
	bundle->cabinet = (struct span){file.data, (size_t)(left - signature)};
	bundle->signature = (struct span){file.data + bundle->cabinet.size, (size_t)signature};
	return true;
}

static void take_digests(struct bundle *bundle)
{
	uint8_t whole[SHA256_SIZE];

	bundle->content = (struct cms_content){.bytes = bundle->cabinet, .known = {true}};
	digest_sha256_front(
	    bytes_span(&bundle->file), bundle->cabinet.size, bundle->content.digest[0], whole);
	hex_write((struct span){whole, SHA256_SIZE}, bundle->sha256);
}

/* --- the contents --------------------------------------------------------------------- */

static bool match_entry(
    const struct cab *cab, const struct manifest_entry *entry, bool *seen, struct err *err)
{
	const struct cab_member *member = cab_find(cab, entry->file);
	size_t index;

	if (!member)
		return err_set(err, ERR_TRUST, "the manifest names %s, which is missing",
		    text_escape_string(entry->file).text);
	index = (size_t)(member - cab->members);
	if (seen[index])
		return err_set(err, ERR_TRUST, "the manifest names %s twice", member->name);
	seen[index] = true;
	if (member->size != entry->size)
		return err_set(err, ERR_TRUST, "%s has %llu bytes, the manifest says %llu",
		    member->name, (unsigned long long)member->size,
		    (unsigned long long)entry->size);
	return true;
}

/* Every member but the manifest is named by it, and everything it names is there. */
static bool match_members(struct bundle *bundle, struct err *err)
{
	const struct manifest_entry *entries = bundle->manifest.contents.list;
	AUTO(arena) arena = {0};
	bool *seen = arena_alloc(&arena, bundle->cab.count * sizeof(*seen));

	seen[0] = true;
	for (size_t i = 0; i < bundle->manifest.contents.count; i++)
		if (!match_entry(&bundle->cab, &entries[i], seen, err))
			return false;
	for (size_t i = 0; i < bundle->cab.count; i++)
		if (!seen[i])
			return err_set(err, ERR_TRUST, "%s is not named by the manifest",
			    bundle->cab.members[i].name);
	return true;
}

/* Whatever is wrong inside of a signed file, the bundle is refused. */
static bool read_contents(struct bundle *bundle, struct err *err)
{
	AUTO(bytes) text = {0};
	bool ok = cab_open(bundle->cabinet, &bundle->cab, err);

	if (ok && strcmp(bundle->cab.members[0].name, MANIFEST_NAME) != 0)
		ok = err_set(err, ERR_TRUST, "its first member is %s, not " MANIFEST_NAME,
		    bundle->cab.members[0].name);
	ok = ok && cab_read(&bundle->cab, &bundle->cab.members[0], YAML_MAX_BYTES, &text, err) &&
	     manifest_parse(bytes_span(&text), MANIFEST_NAME, &bundle->manifest, err) &&
	     match_members(bundle, err);
	if (!ok)
		err->code = ERR_TRUST;
	return ok;
}

/* ERR_TRUST with that rule; the text is there already. */
static bool refused(struct err *err, enum refusal rule)
{
	err->rule = rule;
	return false;
}

static bool check_expiry(
    const char *what, enum refusal rule, int64_t expires, int64_t now, struct err *err)
{
	char text[CLOCK_TEXT];

	if (now < expires)
		return true;
	clock_write(expires, text);
	err_set(err, ERR_TRUST, "%s expired at %s", what, text);
	return refused(err, rule);
}

/* Counts the signatures again, without those of signers who may not sign a bundle with this id and
 * these members. */
static bool check_rights(struct bundle *bundle, const struct keyring *keyring, struct err *err)
{
	cms_restrict(bundle->signers, bundle->signer_count, &bundle->manifest);
	return cms_threshold(
	    bundle->signers, bundle->signer_count, keyring, &bundle->manifest, err);
}

static bool verify(
    struct bundle *bundle, const struct keyring *keyring, int64_t now, struct err *err)
{
	if (!split(bundle, err) ||
	    !check_expiry("the keyring", REFUSAL_KEYRING_EXPIRED, keyring->expires, now, err))
		return false;
	take_digests(bundle);
	return cms_verify(bundle->signature, &bundle->content, keyring, &bundle->arena,
	           &bundle->signers, &bundle->signer_count, err) &&
	       cms_threshold(bundle->signers, bundle->signer_count, keyring, NULL, err) &&
	       read_contents(bundle, err) && check_rights(bundle, keyring, err);
}

bool bundle_verify(const char *path, struct bytes *file, const struct keyring *keyring, int64_t now,
    struct bundle *out, struct err *err)
{
	AUTO(bundle) bundle = {.file = TAKE(*file)};

	bundle.path = arena_strdup(&bundle.arena, path);
	if (!verify(&bundle, keyring, now, err))
		return err_wrap(err, "%s", text_escape_string(path).text);
	*out = TAKE(bundle);
	return true;
}

bool bundle_check_expiry(const struct bundle *bundle, int64_t now, struct err *err)
{
	return check_expiry("it", REFUSAL_EXPIRED, bundle->manifest.expires, now, err) ||
	       err_wrap(err, "%s", text_escape_string(bundle->path).text);
}

bool bundle_open(const char *path, struct bytes *file, const struct keyring *keyring, int64_t now,
    struct bundle *out, struct err *err)
{
	AUTO(bundle) bundle = {0};

	if (!bundle_verify(path, file, keyring, now, &bundle, err) ||
	    !bundle_check_expiry(&bundle, now, err))
		return false;
	*out = TAKE(bundle);
	return true;
}

/* Signatures of those who may not sign this bundle do not count. Who may is known by the
 * manifest, which is read when the signatures reach the threshold, as bundle_verify does it, and
 * not before. */
static void restrict_signers(struct bundle *bundle, const struct keyring *keyring)
{
	AUTO(bundle) inside = {.cabinet = bundle->cabinet};
	struct err ignored = {0};

	if (cms_threshold(bundle->signers, bundle->signer_count, keyring, NULL, &ignored) &&
	    read_contents(&inside, &ignored))
		cms_restrict(bundle->signers, bundle->signer_count, &inside.manifest);
}

bool bundle_signers(
    struct bytes *file, const struct keyring *keyring, struct bundle *out, struct err *err)
{
	AUTO(bundle) bundle = {.file = TAKE(*file)};

	if (!split(&bundle, err))
		return false;
	take_digests(&bundle);
	if (!cms_verify(bundle.signature, &bundle.content, keyring, &bundle.arena, &bundle.signers,
	        &bundle.signer_count, err))
		return false;
	restrict_signers(&bundle, keyring);
	*out = TAKE(bundle);
	return true;
}

static bool inspect(struct bundle *bundle, struct err *err)
{
	if (!has_trailer(bytes_span(&bundle->file)))
		bundle->cabinet = bytes_span(&bundle->file);
	else if (!split(bundle, err))
		return false;
	take_digests(bundle);
	return (bundle->signature.size == 0 ||
	           cms_verify(bundle->signature, &bundle->content, NULL, &bundle->arena,
	               &bundle->signers, &bundle->signer_count, err)) &&
	       read_contents(bundle, err);
}

bool bundle_inspect(const char *path, struct bytes *file, struct bundle *out, struct err *err)
{
	AUTO(bundle) bundle = {.file = TAKE(*file)};

	bundle.path = arena_strdup(&bundle.arena, path);
	if (!inspect(&bundle, err)) {
		err->code = ERR_FORMAT;
		return err_wrap(err, "%s", text_escape_string(path).text);
	}
	*out = TAKE(bundle);
	return true;
}

static bool read_entry(
    struct bundle *bundle, const struct manifest_entry *entry, struct bytes *out, struct err *err)
{
	const struct cab_member *member = cab_find(&bundle->cab, entry->file);
	uint8_t digest[SHA256_SIZE];
	AUTO(bytes) content = {0};

	if (!member || member->size != entry->size)
		return err_set(err, ERR_TRUST, "%s is not the manifest's",
		    text_escape_string(entry->file).text);
	if (!cab_read(&bundle->cab, member, (size_t)entry->size, &content, err))
		return false;
	digest_sha256(bytes_span(&content), digest);
	if (memcmp(digest, entry->sha256.digest, SHA256_SIZE) != 0)
		return err_set(
		    err, ERR_TRUST, "%s has another SHA-256 than the manifest says", member->name);
	bytes_release(out);
	*out = TAKE(content);
	return true;
}

bool bundle_read(
    struct bundle *bundle, const struct manifest_entry *entry, struct bytes *out, struct err *err)
{
	if (read_entry(bundle, entry, out, err))
		return true;
	err->code = ERR_TRUST;
	return err_wrap(err, "%s", text_escape_string(bundle->path).text);
}

static int by_place(const void *a, const void *b)
{
	const struct cab_member *const *one = a, *const *two = b;

	return (*one > *two) - (*one < *two);
}

/* In the order of the cabinet, which may differ from the manifest's: so one pass over the stream is
 * enough. */
bool bundle_read_all(struct bundle *bundle, struct err *err)
{
	const struct manifest_entry *entries = bundle->manifest.contents.list;
	size_t count = bundle->manifest.contents.count;
	AUTO(arena) arena = {0};
	AUTO(bytes) content = {0};
	size_t *entry_of = arena_alloc(&arena, bundle->cab.count * sizeof(*entry_of));
	const struct cab_member **order = arena_alloc(&arena, (count + 1) * sizeof(*order));

	for (size_t i = 0; i < count; i++) {
		order[i] = cab_find(&bundle->cab, entries[i].file);
		entry_of[order[i] - bundle->cab.members] = i;
	}
	qsort(order, count, sizeof(*order), by_place);
	for (size_t i = 0; i < count; i++)
		if (!bundle_read(
		        bundle, &entries[entry_of[order[i] - bundle->cab.members]], &content, err))
			return false;
	return true;
}

void bundle_drop(struct bundle *bundle)
{
	cab_release(&bundle->cab);
	bytes_release(&bundle->file);
	bundle->cabinet = bundle->signature = (struct span){0};
	bundle->content = (struct cms_content){0};
}

void bundle_release(struct bundle *bundle)
{
	cab_release(&bundle->cab);
	manifest_release(&bundle->manifest);
	bytes_release(&bundle->file);
	arena_release(&bundle->arena);
	*bundle = (struct bundle){0};
}

/* --- what policy and host demand ------------------------------------------------------ */

static bool judge_version(
    const struct bundle *bundle, const struct bundle_demand *demand, struct err *err)
{
	uint64_t version = bundle->manifest.version;
	uint64_t known = demand->floor > demand->min_version ? demand->floor : demand->min_version;

	if (version < demand->floor) {
		err_set(err, ERR_TRUST,
		    "version %llu is older than %llu, which this host has used already (rollback)",
		    (unsigned long long)version, (unsigned long long)demand->floor);
		return refused(err, REFUSAL_USED_ALREADY);
	}
	if (version < demand->min_version) {
		err_set(err, ERR_TRUST, "version %llu is older than the policy's min_version %llu",
		    (unsigned long long)version, (unsigned long long)demand->min_version);
		return refused(err, REFUSAL_MIN_VERSION);
	}
	if (version - known > BUNDLE_MAX_JUMP) {
		err_set(err, ERR_TRUST,
		    "version %llu is more than 2^48 above %llu: a jump that would use the"
		    " numbers up (fast-forward)",
		    (unsigned long long)version, (unsigned long long)known);
		return refused(err, REFUSAL_FAST_FORWARD);
	}
	return true;
}

bool bundle_judge(const struct bundle *bundle, const struct bundle_demand *demand, struct err *err)
{
	char created[CLOCK_TEXT];

	if (!judge_version(bundle, demand, err) ||
	    !check_expiry("it", REFUSAL_EXPIRED, bundle->manifest.expires, demand->now, err))
		return err_wrap(err, "bundle %s", bundle->manifest.id);
	if (demand->max_age == 0 || demand->now - bundle->manifest.created <= demand->max_age)
		return true;
	clock_write(bundle->manifest.created, created);
	err_set(err, ERR_TRUST,
	    "bundle %s: created at %s, which is longer ago than the policy's max_age of %lld days",
	    bundle->manifest.id, created, (long long)(demand->max_age / 86400));
	return refused(err, REFUSAL_MAX_AGE);
}

/* --- from one keyring to the next (the chain of root versions of TUF, 5.3) ------------ */

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

	if (!cms_verify(
	        bundle->signature, &bundle->content, keyring, &arena, &signers, &count, err))
		return err_wrap(err, "by the %s keyring", which);
	cms_restrict(signers, count, &bundle->manifest);
	return cms_threshold(signers, count, keyring, &bundle->manifest, err) ||
	       err_wrap(err, "by the %s keyring", which);
}

bool bundle_suits_next(struct bundle *bundle, const struct keyring *next, struct err *err)
{
	return signed_by(bundle, next, "next", err);
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

bool bundle_has_other_keyring(struct bundle *bundle, const struct keyring *current)
{
	AUTO(bytes) content = {0};
	AUTO(keyring) brought = {0};
	struct err ignored = {0};
	size_t count;
	const struct manifest_entry *entry = find_keyring(&bundle->manifest, &count);

	return entry && bundle_read(bundle, entry, &content, &ignored) &&
	       keyring_parse(bytes_span(&content), entry->file, &brought, &ignored) &&
	       brought.version == current->version && !keyring_equal(&brought, current);
}
