/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After the sources changed: the distribution's own tool, and what it would lose.
 */
#include "formats/pem.h"
#include "host/linux/layouts/p11kit.h"
#include "model/der.h"

enum { NAMED_MAX = 5 };

static bool touches_sources(const struct p11kit_paths *paths, const struct changes *done)
{
	size_t size = strlen(paths->source);

	for (size_t i = 0; i < done->count; i++)
		if (strncmp(done->list[i].place, paths->source, size) == 0 &&
		    done->list[i].place[size] == '/')
			return true;
	return false;
}

/* Adds the certificates of a file, as p11-kit or as OpenSSL has them. */
static void add_all(struct span content, struct items *out)
{
	AUTO(bytes) der = {0};
	uint8_t sha256[SHA256_SIZE];
	bool trusted;

	if (content.size > 0 && *content.data == DER_SEQUENCE) {
		digest_sha256(content, sha256);
		items_add_certificate(out, STORE_ROOT, sha256);
	}
	while (pem_next_p11kit(&content, &der, &trusted)) {
		digest_sha256((struct span){der.data, der_size(bytes_span(&der))}, sha256);
		items_add_certificate(out, STORE_ROOT, sha256);
	}
}

/* A bundle without the blocks that OpenSSL cannot decode, or without a certificate where `gone`
 * names one. Returns how many that were. */
static size_t leave_out(struct span bundle, const uint8_t *gone, struct bytes *out)
{
	struct span rest = bundle;
	AUTO(bytes) der = {0};
	size_t count = 0;
	bool trusted;

	while (rest.size > 0) {
		const uint8_t *from = rest.data;
		struct cert_seen seen;
		struct err ignored = {0};
		bool read = pem_next_of(bundle, &rest, &der, &trusted, &ignored);
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
	uint8_t sha256[SHA256_SIZE];

	if (!hex_parse(item_fingerprint(have), sha256, sizeof(sha256)))
		return err_set(err, ERR_HOST, "%s: no fingerprint", have->key);
	if (!change && !file_capture(&host->root, path, LINUX_BUNDLE_MAX, &before, err))
		return false;
	leave_out(bytes_span(change ? &change->after.content : &before.content), sha256, &left);
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

/* The text of one certificate of a bundle, from its BEGIN. */
static void copy_block(struct span bundle, const uint8_t *sha256, struct bytes *out)
{
	struct span rest = bundle;
	AUTO(bytes) der = {0};
	struct err ignored = {0};
	struct cert_seen seen;
	bool trusted;

	while (rest.size > 0 && out->size == 0) {
		struct span block = rest;

		if (!pem_next_of(bundle, &rest, &der, &trusted, &ignored))
			continue;
		if (der.size == 0)
			return;
		if (!cert_see(bytes_span(&der), trusted, &seen, &ignored) ||
		    memcmp(seen.sha256, sha256, SHA256_SIZE) != 0)
			continue;
		block.size = (size_t)(rest.data - block.data);
		block = linux_pem_block(block);
		bytes_add(out, block.data, block.size);
		bytes_add(out, "\n", block.data[block.size - 1] != '\n');
	}
}

bool p11kit_note_sourceless(const struct p11kit *p11kit, struct host *host, const struct item *have,
    struct changes *out, struct err *err)
{
	const char *path = p11kit->paths->bundle;
	AUTO(bytes) bundle = {0};
	AUTO(bytes) block = {0};
	uint8_t sha256[SHA256_SIZE];

	if (!hex_parse(item_fingerprint(have), sha256, sizeof(sha256)))
		return err_set(err, ERR_HOST, "%s: no fingerprint", have->key);
	if (!file_read(&host->root, path, LINUX_BUNDLE_MAX, &bundle, err))
		return false;
	copy_block(bytes_span(&bundle), sha256, &block);
	changes_note_edit(out, path, bytes_span(&block), span_text(""));
	return true;
}

/* Whose end asks nobody's trust away. */
static bool is_distrust(const char *place)
{
	return strstr(place, "/blocklist/") || strstr(place, "/blacklist/");
}

/* What this run took out of the sources, or put there: the tool's answer to it stands. What one of
 * our files held that was in force before us is no part of it: when that file goes with its
 * transaction, the certificate is as it was. */
static void add_asked(
    const struct p11kit_paths *paths, const struct changes *done, struct items *out)
{
	size_t size = strlen(paths->source);

	for (size_t i = 0; i < done->count; i++) {
		const struct change *change = &done->list[i];

		if (strncmp(change->place, paths->source, size) != 0)
			continue;
		if (change->before.type == FILE_REGULAR && !is_distrust(change->place) &&
		    !span_find(bytes_span(&change->before.content), span_text(P11KIT_BEFORE_US)))
			add_all(bytes_span(&change->before.content), out);
		if (change->after.type == FILE_REGULAR)
			add_all(bytes_span(&change->after.content), out);
	}
}

/* What the tool left out, on its way back. */
struct keeping {
	struct p11kit *p11kit;
	struct p11kit_sources sources; /* as they are now */
	struct items made, asked;      /* by fingerprint, sorted */
	struct bytes kept;
	struct text names, distrusted;
	size_t count, distrusted_count, refused_count;
	bool refused; /* by OpenSSL, what the tool made */
};

static void name_it(struct text *names, size_t *count, const struct cert_seen *seen)
{
	if (++*count <= NAMED_MAX)
		text_addf(names, "%s%s", *count > 1 ? ", " : "", seen->label);
}

static void keep_one(struct keeping *keeping, struct span der, const struct cert_seen *seen)
{
	char key[sizeof("root/") + SHA256_HEX] = "root/";
	const struct p11kit_anchor *anchor;
	size_t count;

	hex_write((struct span){seen->sha256, SHA256_SIZE}, key + strlen("root/"));
	if (items_find(&keeping->made, ITEM_CERTIFICATE, key) ||
	    (!items_find(&keeping->p11kit->back, ITEM_CERTIFICATE, key) &&
	        (items_find(&keeping->asked, ITEM_CERTIFICATE, key) ||
	            items_find(&keeping->p11kit->leaving, ITEM_CERTIFICATE, key))))
		return;
	anchor = p11kit_find(&keeping->sources, seen->sha256, &count);
	for (size_t i = 0; i < count; i++) {
		if (anchor[i].verdict != VERDICT_DISTRUSTED)
			continue;
		name_it(&keeping->distrusted, &keeping->distrusted_count, seen);
		return;
	}
	pem_write_certificate((struct span){der.data, seen->size}, &keeping->kept);
	name_it(&keeping->names, &keeping->count, seen);
}

/* What the tool made, without what OpenSSL refuses, and with what is kept. */
static struct bytes assemble(struct keeping *keeping, struct span made)
{
	struct bytes good = {0};

	keeping->refused_count = leave_out(made, NULL, &good);
	bytes_add(&good, keeping->kept.data, keeping->kept.size);
	return good;
}

static bool finish(struct keeping *keeping, struct host *host, struct err *err)
{
	const char *path = keeping->p11kit->paths->bundle;
	AUTO(file_state) state = {0};
	struct bytes good;

	if (!file_capture(&host->root, path, LINUX_BUNDLE_MAX, &state, err))
		return false;
	if (state.type != FILE_REGULAR)
		return err_set(err, ERR_PUBLISH,
		    "%s is no file any more, and %zu certificates of it have no source", path,
		    keeping->count);
	good = assemble(keeping, bytes_span(&state.content));
	bytes_release(&state.content);
	state.content = good;
	return file_set(&host->root, path, &state, err);
}

static void tell(const struct keeping *keeping, struct text *notes)
{
	const struct p11kit_paths *paths = keeping->p11kit->paths;

	if (keeping->count)
		text_addf(notes,
		    "%zu certificate%s no source of the trust store holds %s kept in %s, which %s"
		    " would have dropped: %s%s; %s have lost %s\n",
		    keeping->count, keeping->count == 1 ? " that" : "s that",
		    keeping->count == 1 ? "is" : "are", paths->bundle, paths->tool[0],
		    text_string(&keeping->names), keeping->count > NAMED_MAX ? " and others" : "",
		    paths->others, keeping->count == 1 ? "it" : "them");
	if (keeping->refused_count)
		text_addf(notes,
		    "%zu certificate%s that OpenSSL cannot decode %s taken out of %s, which it "
		    "would"
		    " refuse as a whole; the next run of %s alone puts %s there again: mend or"
		    " remove the local file that brings %s\n",
		    keeping->refused_count, keeping->refused_count == 1 ? "" : "s",
		    keeping->refused_count == 1 ? "was" : "were", paths->bundle, paths->tool[0],
		    keeping->refused_count == 1 ? "it" : "them",
		    keeping->refused_count == 1 ? "it" : "them");
	if (keeping->distrusted_count)
		text_addf(notes,
		    "the rebuild took out what the blocklist of this host distrusts: %s%s\n",
		    text_string(&keeping->distrusted),
		    keeping->distrusted_count > NAMED_MAX ? " and others" : "");
}

/* Goes through what was in force before the tool made `after`. */
static void find_lost(struct keeping *keeping, struct span before, struct span after)
{
	AUTO(bytes) der = {0};
	struct err ignored = {0};
	bool trusted;

	keeping->refused = linux_decode_bundle(after, &keeping->made) != NULL;
	items_sort(&keeping->asked);
	while (before.size > 0) {
		struct cert_seen seen;

		if (!pem_next_certificate(&before, &der, &trusted, &ignored))
			continue;
		if (der.size == 0)
			break;
		if (cert_see(bytes_span(&der), trusted, &seen, &ignored))
			keep_one(keeping, bytes_span(&der), &seen);
	}
}

static bool read_bundle(
    const struct p11kit *p11kit, struct host *host, struct bytes *out, struct err *err)
{
	const char *path = p11kit->paths->bundle;

	return !file_is_regular(&host->root, path) ||
	       file_read(&host->root, path, LINUX_BUNDLE_MAX, out, err);
}

static bool keep(struct keeping *keeping, struct host *host, struct span before, struct text *notes,
    struct err *err)
{
	AUTO(bytes) after = {0};

	if (!read_bundle(keeping->p11kit, host, &after, err) ||
	    !p11kit_read(host, keeping->p11kit->paths, &keeping->sources, err))
		return false;
	find_lost(keeping, before, bytes_span(&after));
	if ((keeping->count || keeping->refused) && !finish(keeping, host, err))
		return false;
	tell(keeping, notes);
	return true;
}

static void keeping_release(struct keeping *keeping)
{
	p11kit_release(&keeping->sources);
	items_release(&keeping->made);
	items_release(&keeping->asked);
	bytes_release(&keeping->kept);
	text_release(&keeping->names);
	text_release(&keeping->distrusted);
}

/* A tool that ended before it was done may have left half a bundle, or none. */
static void put_bundle_back(const struct p11kit *p11kit, struct host *host,
    const struct file_state *before, struct text *notes)
{
	const char *path = p11kit->paths->bundle;
	AUTO(file_state) now = {0};
	struct err err = {0};

	if (before->type != FILE_REGULAR ||
	    (file_capture(&host->root, path, LINUX_BUNDLE_MAX, &now, &err) &&
	        now.type == FILE_REGULAR &&
	        span_equal(bytes_span(&now.content), bytes_span(&before->content))))
		return;
	err = (struct err){0};
	if (file_set(&host->root, path, before, &err))
		text_addf(notes, "%s left %s broken when it failed: it was put back as it was\n",
		    p11kit->paths->tool[0], path);
	else
		text_addf(notes,
		    "%s left %s broken when it failed, and it cannot be put back: %s\n",
		    p11kit->paths->tool[0], path, err.text);
}

bool p11kit_publish(struct p11kit *p11kit, struct host *host, const struct changes *done,
    struct text *notes, struct err *err)
{
	const struct p11kit_paths *paths = p11kit->paths;
	struct keeping keeping = {.p11kit = p11kit};
	AUTO(file_state) bundle = {0};
	AUTO(bytes) before = {0};
	struct err why = {0};
	bool mendable, ok;

	if (!touches_sources(paths, done) && !done->rebuild)
		return true;
	if (!read_bundle(p11kit, host, &before, err) ||
	    !file_capture(&host->root, paths->bundle, LINUX_BUNDLE_MAX, &bundle, err))
		return false;
	if (!p11kit_may_run(paths, host, &mendable, &why))
		return p11kit_not_rebuilt(p11kit, host, mendable, &why, notes, err);
	if (!p11kit_run(paths, host, &why)) {
		put_bundle_back(p11kit, host, &bundle, notes);
		return p11kit_not_rebuilt(p11kit, host, true, &why, notes, err);
	}
	text_release(&p11kit->failure);
	text_release(&p11kit->remedy);
	add_asked(paths, done, &keeping.asked);
	ok = keep(&keeping, host, bytes_span(&before), notes, err);
	keeping_release(&keeping);
	return ok;
}

/* Whether the tool extracts the certificate of these anchors. */
static bool is_extracted(struct p11kit *p11kit, struct p11kit_sources *sources,
    const struct p11kit_anchor *anchor, size_t count)
{
	const struct p11kit_anchor *trusted = NULL;
	char fingerprint[SHA256_HEX];

	for (size_t i = 0; i < count; i++) {
		if (anchor[i].fault)
			continue;
		if (anchor[i].never || anchor[i].verdict == VERDICT_DISTRUSTED)
			return false;
		if (anchor[i].verdict == VERDICT_TRUSTED && (!trusted || trusted->shipped))
			trusted = &anchor[i];
	}
	if (!trusted || !trusted->shipped || !p11kit->extracted)
		return trusted && (!trusted->shipped || !p11kit_never(sources, trusted->der));
	hex_write((struct span){trusted->sha256, SHA256_SIZE}, fingerprint);
	return p11kit_in_bundle(p11kit, fingerprint);
}

static void extract(struct p11kit *p11kit, struct p11kit_sources *sources, struct bytes *out)
{
	for (size_t i = 0, count; i < sources->count; i += count) {
		const struct p11kit_anchor *anchor =
		    p11kit_find(sources, sources->list[i].sha256, &count);

		for (size_t j = 0; j < count; j++) {
			if (anchor[j].fault || !is_extracted(p11kit, sources, anchor, count))
				continue;
			pem_write_certificate(anchor[j].der, out);
			break;
		}
	}
}

bool p11kit_foretell(struct p11kit *p11kit, struct host *host, const struct changes *done,
    struct changes *out, struct err *err)
{
	const char *path = p11kit->paths->bundle;
	struct keeping keeping = {.p11kit = p11kit};
	AUTO(file_state) before = {0};
	AUTO(file_state) after = {0};
	AUTO(bytes) made = {0};
	AUTO(bytes) old = {0};
	AUTO(text) unsaid = {0};
	struct err why = {0};
	bool mendable;

	if (!touches_sources(p11kit->paths, done) && !done->rebuild)
		return true;
	if (!p11kit_may_run(p11kit->paths, host, &mendable, &why))
		return p11kit_not_rebuilt(p11kit, host, mendable, &why, &unsaid, err);
	if (!read_bundle(p11kit, host, &old, err) ||
	    !file_capture(&host->root, path, LINUX_BUNDLE_MAX, &before, err) ||
	    !p11kit_read(host, p11kit->paths, &keeping.sources, err))
		return false;
	p11kit_set_aside(&keeping.sources, &p11kit->made);
	add_asked(p11kit->paths, done, &keeping.asked);
	extract(p11kit, &keeping.sources, &made);
	find_lost(&keeping, bytes_span(&old), bytes_span(&made));
	after = (struct file_state){.type = FILE_REGULAR,
	    .mode = 0444,
	    .uid = FILE_OWNER_SELF,
	    .gid = FILE_OWNER_SELF,
	    .content = assemble(&keeping, bytes_span(&made))};
	changes_add_folders(out, &host->root,
	    arena_strndup(&out->arena, path, (size_t)(strrchr(path, '/') - path)), 0755);
	changes_add(out, path, &before, &after);
	keeping_release(&keeping);
	return true;
}
