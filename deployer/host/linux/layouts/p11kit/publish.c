/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After the sources changed: the distribution's own tool, and what it would lose.
 */
#include "formats/pem.h"
#include "host/linux/layouts/p11kit/keep.h"

static bool is_source(const struct p11kit_paths *paths, const char *place)
{
	size_t size = strlen(paths->source);

	return strncmp(place, paths->source, size) == 0 && place[size] == '/';
}

static bool touches_sources(const struct p11kit_paths *paths, const struct changes *done)
{
	for (size_t i = 0; i < done->count; i++)
		if (is_source(paths, done->list[i].place))
			return true;
	return false;
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

/* What this run took out of the sources, for the message to whoever has the tool run later. */
static void wait_for(struct p11kit *p11kit, struct host *host, const struct changes *done)
{
	for (size_t i = 0; i < done->count; i++) {
		const struct change *change = &done->list[i];
		struct span was = bytes_span(&change->before.content);
		size_t first = host->waiting.count;
		bool trust = keeping_is_distrust(change->place);

		if (!is_source(p11kit->paths, change->place) ||
		    change->before.type != FILE_REGULAR || change->after.type == FILE_REGULAR ||
		    (!trust && span_find(was, span_text(P11KIT_BEFORE_US))))
			continue;
		keeping_list(was, &host->waiting);
		for (size_t j = first; j < host->waiting.count; j++)
			host->waiting.list[j].presence = trust ? ITEM_PRESENT : ITEM_ABSENT;
	}
}

/* Runs the tool, and keeps what was in force before it. */
static bool rebuild(struct keeping *keeping, struct host *host, const struct changes *done,
    struct text *notes, struct err *err)
{
	struct p11kit *p11kit = keeping->p11kit;
	AUTO(file_state) bundle = {0};
	AUTO(bytes) before = {0};
	struct err why = {0};
	bool mendable;

	if (!p11kit_may_run(p11kit->paths, host, &mendable, &why))
		return p11kit_not_rebuilt(p11kit, host, mendable, &why, notes, err);
	if (!p11kit_read_bundle(p11kit, host, &before, err) ||
	    !file_capture(&host->root, p11kit->paths->bundle, LINUX_BUNDLE_MAX, &bundle, err) ||
	    !keeping_begin(keeping, host, done, err))
		return false;
	if (!p11kit_run(p11kit->paths, host, &why)) {
		put_bundle_back(p11kit, host, &bundle, notes);
		return keeping_undo(keeping, host, err) &&
		       p11kit_not_rebuilt(p11kit, host, true, &why, notes, err);
	}
	text_release(&p11kit->failure);
	text_release(&p11kit->remedy);
	host->waits = false;
	host->rebuilt = true;
	return keeping_finish(keeping, host, bytes_span(&before), notes, err);
}

bool p11kit_publish(struct p11kit *p11kit, struct host *host, const struct changes *done,
    struct text *notes, struct err *err)
{
	struct keeping keeping = {.p11kit = p11kit};
	bool ok;

	if (!touches_sources(p11kit->paths, done) && !done->rebuild)
		return true;
	ok = rebuild(&keeping, host, done, notes, err);
	if (host->waits)
		wait_for(p11kit, host, done);
	keeping_release(&keeping);
	return ok;
}

/* Whether the tool extracts the certificate of these anchors. */
static bool is_extracted(struct p11kit *p11kit, struct p11kit_sources *sources,
    const struct p11kit_anchor *anchor, size_t count)
{
	const struct p11kit_anchor *trusted = NULL;

	for (size_t i = 0; i < count; i++) {
		if (anchor[i].fault)
			continue;
		if (anchor[i].never || anchor[i].verdict == VERDICT_DISTRUSTED)
			return false;
		if (anchor[i].verdict == VERDICT_TRUSTED && (!trusted || trusted->shipped))
			trusted = &anchor[i];
	}
	if (!trusted || !trusted->shipped || !p11kit->extracted ||
	    !p11kit_is_unsure(sources, trusted->der))
		return trusted && (!trusted->shipped || !p11kit_never(sources, trusted->der));
	return p11kit_in_bundle(p11kit, trusted->sha256);
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

static bool foretell(struct keeping *keeping, struct host *host, const struct changes *done,
    struct changes *out, struct err *err)
{
	struct p11kit *p11kit = keeping->p11kit;
	const char *path = p11kit->paths->bundle;
	AUTO(file_state) before = {0};
	AUTO(file_state) after = {0};
	AUTO(bytes) made = {0};
	AUTO(bytes) old = {0};

	if (!p11kit_read_bundle(p11kit, host, &old, err) ||
	    !file_capture(&host->root, path, LINUX_BUNDLE_MAX, &before, err) ||
	    !p11kit_read(host, p11kit->paths, &keeping->sources, err) ||
	    !keeping_begin(keeping, host, done, err))
		return false;
	p11kit_set_aside(&keeping->sources, &p11kit->made);
	items_sort(&p11kit->doubtful);
	p11kit_set_aside(&keeping->sources, &p11kit->doubtful);
	extract(p11kit, &keeping->sources, &made);
	keeping_compare(keeping, bytes_span(&old), bytes_span(&made));
	after = (struct file_state){.type = FILE_REGULAR,
	    .mode = 0444,
	    .uid = FILE_OWNER_SELF,
	    .gid = FILE_OWNER_SELF,
	    .content = keeping_assemble(keeping, bytes_span(&made))};
	changes_add_folders(out, &host->root,
	    arena_strndup(&out->arena, path, (size_t)(strrchr(path, '/') - path)), 0755);
	changes_add(out, path, &before, &after);
	keeping_foretell(keeping, host, out);
	return true;
}

bool p11kit_foretell(struct p11kit *p11kit, struct host *host, const struct changes *done,
    struct changes *out, struct err *err)
{
	struct keeping keeping = {.p11kit = p11kit};
	AUTO(text) unsaid = {0};
	struct err why = {0};
	bool mendable, ok;

	if (!touches_sources(p11kit->paths, done) && !done->rebuild)
		return true;
	if (!p11kit_may_run(p11kit->paths, host, &mendable, &why)) {
		wait_for(p11kit, host, done);
		return p11kit_not_rebuilt(p11kit, host, mendable, &why, &unsaid, err);
	}
	ok = foretell(&keeping, host, done, out, err);
	keeping_release(&keeping);
	return ok;
}
