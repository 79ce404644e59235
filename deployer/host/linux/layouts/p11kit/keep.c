/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/layouts/p11kit/keep.h"

#include "formats/pem.h"
#include "model/der.h"

enum { NAMED_MAX = 5 };

void keeping_list(struct span content, struct items *out)
{
	AUTO(bytes) der = {0};
	uint8_t sha256[SHA256_SIZE];
	bool trusted;

	if (content.size > 0 && *content.data == DER_SEQUENCE) {
		digest_sha256(content, sha256);
		items_add_certificate(out, STORE_ROOT, sha256);
	}
	content = pem_of_p11kit(content);
	while (pem_next_p11kit(&content, &der, &trusted)) {
		digest_sha256((struct span){der.data, der_size(bytes_span(&der))}, sha256);
		items_add_certificate(out, STORE_ROOT, sha256);
	}
}

bool keeping_is_distrust(const char *place)
{
	return strstr(place, "/blocklist/") || strstr(place, "/blacklist/");
}

/* A certificate in one of our files that was in force before us was not asked for: when that file
 * goes with its transaction, the certificate stays as it was. */
static void add_taken(struct keeping *keeping, struct span content)
{
	if (!span_find(content, span_text(P11KIT_BEFORE_US)))
		keeping_list(content, &keeping->asked);
	if (!span_find(content, span_text(P11KIT_FOLDER_BEFORE_US)))
		keeping_list(content, &keeping->taken);
}

/* What was in force before us, and comes back as our distrust goes, or as somebody's own source is
 * put back. We write no such source but to undo what we did. */
static void add_back(struct keeping *keeping, const struct change *change)
{
	if (keeping_is_distrust(change->place)) {
		if (change->before.type == FILE_REGULAR && change->after.type != FILE_REGULAR &&
		    linux_is_own(change->place) &&
		    !span_find(
		        bytes_span(&change->before.content), span_text(P11KIT_OUT_BEFORE_US)))
			keeping_list(bytes_span(&change->before.content), &keeping->back);
	} else if (change->after.type == FILE_REGULAR && change->before.type != FILE_REGULAR &&
	           !linux_is_own(change->place)) {
		keeping_list(bytes_span(&change->after.content), &keeping->back);
	}
}

/* What this run took out of the sources, or put there: what the tool makes of that stands. */
static void add_asked(struct keeping *keeping, const struct changes *done)
{
	const char *source = keeping->p11kit->paths->source;

	for (size_t i = 0; i < done->count; i++) {
		const struct change *change = &done->list[i];

		if (strncmp(change->place, source, strlen(source)) != 0)
			continue;
		if (change->before.type == FILE_REGULAR && !keeping_is_distrust(change->place))
			add_taken(keeping, bytes_span(&change->before.content));
		if (change->after.type == FILE_REGULAR)
			keeping_list(bytes_span(&change->after.content), &keeping->asked);
		add_back(keeping, change);
	}
	items_sort(&keeping->back);
	items_sort(&keeping->asked);
	items_sort(&keeping->taken);
}

/* The content of one of the tool's other outputs: a file, or all files of a folder. */
static void read_other(struct host *host, const char *path, struct bytes *out)
{
	AUTO(folder) folder = {.fd = -1};
	AUTO(bytes) content = {0};
	struct err ignored = {0};

	if (file_type(&host->root, path) != FILE_FOLDER) {
		if (file_is_regular(&host->root, path) &&
		    !file_read(&host->root, path, LINUX_BUNDLE_MAX, out, &ignored))
			bytes_release(out);
		return;
	}
	if (!folder_open(&host->root, path, &folder, &ignored))
		return;
	for (size_t i = 0; i < folder.count; i++)
		if (folder.entries[i].type == FILE_REGULAR &&
		    folder_read(
		        &folder, folder.entries[i].name, LINUX_SOURCE_MAX, &content, &ignored))
			bytes_add(out, content.data, content.size);
}

bool keeping_begin(
    struct keeping *keeping, struct host *host, const struct changes *done, struct err *err)
{
	const struct p11kit_paths *paths = keeping->p11kit->paths;

	keeping->going = host->going;
	add_asked(keeping, done);
	for (size_t i = 0; i < P11KIT_OTHERS_MAX && paths->others[i]; i++)
		read_other(host, paths->others[i], &keeping->others[i]);
	return hash_folders_read(host, paths->folders, true, &keeping->folders, err);
}

static void name_it(struct text *names, size_t *count, const char *label)
{
	if (++*count <= NAMED_MAX)
		text_addf(names, "%s%s", *count > 1 ? ", " : "", label);
}

static bool is_going(const struct keeping *keeping, const uint8_t sha256[SHA256_SIZE])
{
	return keeping->going && items_have_root(keeping->going, sha256);
}

static void keep_one(struct keeping *keeping, struct span der, const struct cert_seen *seen)
{
	const struct p11kit_anchor *anchor;
	size_t count;

	if (items_have_root(&keeping->made, seen->sha256) || is_going(keeping, seen->sha256) ||
	    (!items_have_root(&keeping->p11kit->back, seen->sha256) &&
	        (items_have_root(&keeping->asked, seen->sha256) ||
	            items_have_root(&keeping->p11kit->leaving, seen->sha256))))
		return;
	anchor = p11kit_find(&keeping->sources, seen->sha256, &count);
	for (size_t i = 0; i < count; i++) {
		if (anchor[i].verdict != VERDICT_DISTRUSTED)
			continue;
		name_it(&keeping->distrusted, &keeping->distrusted_count, seen->label);
		return;
	}
	pem_write_certificate((struct span){der.data, seen->size}, &keeping->kept);
	pem_write_certificate((struct span){der.data, seen->size}, &keeping->all);
	name_it(&keeping->names, &keeping->count, seen->label);
}

struct bytes keeping_assemble(struct keeping *keeping, struct span made)
{
	struct bytes good = {0};

	keeping->refused_count = p11kit_leave_out(made, NULL, &good);
	for (size_t i = 0; i < keeping->held.count; i++) {
		struct bytes less = {0};

		p11kit_leave_out(bytes_span(&good), keeping->held.list[i].key.sha256, &less);
		bytes_release(&good);
		good = less;
	}
	bytes_add(&good, keeping->kept.data, keeping->kept.size);
	return good;
}

static bool finish_bundle(struct keeping *keeping, struct host *host, struct err *err)
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
	good = keeping_assemble(keeping, bytes_span(&state.content));
	bytes_release(&state.content);
	state.content = good;
	return file_set(&host->root, path, &state, err);
}

static void tell(const struct keeping *keeping, struct text *notes)
{
	const struct p11kit_paths *paths = keeping->p11kit->paths;

	text_add(notes, text_string(&keeping->why_held));
	if (keeping->count)
		text_addf(notes,
		    "%zu certificate%s no source of the trust store holds %s kept in %s, which %s"
		    " would have dropped: %s%s\n",
		    keeping->count, keeping->count == 1 ? " that" : "s that",
		    keeping->count == 1 ? "is" : "are", paths->bundle, paths->tool[0],
		    text_string(&keeping->names), keeping->count > NAMED_MAX ? " and others" : "");
	if (keeping->folder_count)
		text_addf(notes,
		    "%zu certificate%s no source of the trust store holds %s kept in %s, under %s"
		    " hash link%s, which %s would have dropped: %s%s\n",
		    keeping->folder_count, keeping->folder_count == 1 ? " that" : "s that",
		    keeping->folder_count == 1 ? "is" : "are", keeping->folder,
		    keeping->folder_count == 1 ? "its" : "their",
		    keeping->folder_count == 1 ? "" : "s", paths->tool[0],
		    text_string(&keeping->in_folder),
		    keeping->folder_count > NAMED_MAX ? " and others" : "");
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

void keeping_compare(struct keeping *keeping, struct span before, struct span after)
{
	AUTO(bytes) der = {0};
	struct err ignored = {0};
	bool trusted;

	keeping->refused = linux_decode_bundle(after, &keeping->made) != NULL;
	keeping_hold_back(keeping, before, after);
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

bool keeping_may_stay(const struct keeping *keeping, const uint8_t sha256[SHA256_SIZE])
{
	const struct p11kit_anchor *anchor;
	size_t count;

	if (items_have_root(&keeping->taken, sha256) || is_going(keeping, sha256) ||
	    items_have_root(&keeping->p11kit->shunned, sha256))
		return false;
	anchor = p11kit_find(&keeping->sources, sha256, &count);
	for (size_t i = 0; i < count; i++)
		if (anchor[i].verdict == VERDICT_DISTRUSTED)
			return false;
	return true;
}

/* Whether a certificate that the tool's folder showed, or another one, must still be there. */
static bool stays(void *context, const struct hash_shown *shown)
{
	struct keeping *keeping = context;
	const struct hash_link *link = &keeping->folders.links[shown->link];

	if (!keeping_may_stay(keeping, shown->sha256))
		return false;
	/* links into the tool's folder are told with that folder */
	if (!link->made || link->folder == keeping->p11kit->paths->folders[0]) {
		keeping->folder = link->folder;
		name_it(&keeping->in_folder, &keeping->folder_count, shown->label);
		pem_write_certificate(shown->der, &keeping->all);
	}
	return true;
}

static bool keep_in_folders(struct keeping *keeping, struct host *host, struct err *err)
{
	const struct p11kit_paths *paths = keeping->p11kit->paths;
	AUTO(hash_folders) now = {0};

	return hash_folders_read(host, paths->folders, true, &now, err) &&
	       hash_folders_keep(&keeping->folders, &now, host, stays, keeping, err);
}

static bool holds(struct span content, struct span wanted)
{
	AUTO(bytes) der = {0};
	bool trusted;

	if (span_find(content, wanted))
		return true;
	while (pem_next_p11kit(&content, &der, &trusted))
		if (der.size >= wanted.size && memcmp(der.data, wanted.data, wanted.size) == 0)
			return true;
	return false;
}

/* The tool's other outputs that had a kept certificate and have it no more, such as Java's. */
static void tell_others(struct keeping *keeping, struct host *host, struct text *notes)
{
	const struct p11kit_paths *paths = keeping->p11kit->paths;
	AUTO(text) lost = {0};
	size_t count = 0;

	for (size_t i = 0; keeping->all.size > 0 && i < P11KIT_OTHERS_MAX && paths->others[i];
	     i++) {
		struct span rest = bytes_span(&keeping->all);
		AUTO(bytes) now = {0};
		AUTO(bytes) der = {0};
		bool trusted, gone = false;

		read_other(host, paths->others[i], &now);
		while (!gone && pem_next_p11kit(&rest, &der, &trusted))
			gone = holds(bytes_span(&keeping->others[i]), bytes_span(&der)) &&
			       !holds(bytes_span(&now), bytes_span(&der));
		if (gone)
			text_addf(&lost, "%s%s", count++ ? ", " : "", paths->others[i]);
	}
	if (count)
		text_addf(notes,
		    "of what no source of the trust store holds, the rebuild left something out of"
		    " %s: put it into the sources (a policy that names it does that), if programs"
		    " that read %s are to trust it\n",
		    text_string(&lost), count == 1 ? "that" : "those");
}

/* Recognises a tool that reports success and has not read the sources. */
static void tell_unextracted(struct keeping *keeping, struct text *notes)
{
	struct p11kit *p11kit = keeping->p11kit;
	const struct p11kit_paths *paths = p11kit->paths;
	AUTO(text) names = {0};
	size_t missing = 0;

	for (size_t i = 0, count; i < keeping->sources.count; i += count) {
		const struct p11kit_anchor *anchor =
		    p11kit_find(&keeping->sources, keeping->sources.list[i].sha256, &count);
		bool asked = true;

		for (size_t j = 0; j < count; j++)
			asked = asked && anchor[j].verdict == VERDICT_TRUSTED &&
			        !anchor[j].shipped && !anchor[j].fault && !anchor[j].never;
		if (asked && !items_have_root(&keeping->made, anchor->sha256))
			name_it(&names, &missing, anchor->label);
	}
	if (missing == 0)
		return;
	text_addf(&p11kit->failure, "%s ended without an error, and did not put it into %s",
	    paths->tool[0], paths->bundle);
	text_addf(notes,
	    "%s ended without an error, and did not put into %s what the sources hold: %s%s; run it"
	    " by hand, and see that it is the distribution's own\n",
	    paths->tool[0], paths->bundle, text_string(&names),
	    missing > NAMED_MAX ? " and others" : "");
}

bool keeping_finish(struct keeping *keeping, struct host *host, struct span before,
    struct text *notes, struct err *err)
{
	AUTO(bytes) after = {0};

	if (!p11kit_read_bundle(keeping->p11kit, host, &after, err) ||
	    !p11kit_read(host, keeping->p11kit->paths, &keeping->sources, err))
		return false;
	keeping_compare(keeping, before, bytes_span(&after));
	if (((keeping->count || keeping->refused || keeping->held.count) &&
	        !finish_bundle(keeping, host, err)) ||
	    !keep_in_folders(keeping, host, err))
		return false;
	tell(keeping, notes);
	tell_others(keeping, host, notes);
	tell_unextracted(keeping, notes);
	return true;
}

static bool stays_always(void *context, const struct hash_shown *shown)
{
	(void)context;
	(void)shown;
	return true;
}

bool keeping_undo(struct keeping *keeping, struct host *host, struct err *err)
{
	AUTO(hash_folders) now = {0};

	return hash_folders_read(host, keeping->p11kit->paths->folders, true, &now, err) &&
	       hash_folders_keep(&keeping->folders, &now, host, stays_always, NULL, err);
}

void keeping_foretell(struct keeping *keeping, struct host *host, struct changes *out)
{

	for (size_t i = 0; i < keeping->folders.shown_count; i++) {
		const struct hash_shown *shown = &keeping->folders.shown[i];
		struct err ignored = {0};

		if (!keeping->folders.links[shown->link].made || shown->rejects || shown->beside ||
		    items_have_root(&keeping->made, shown->sha256) || stays(keeping, shown))
			continue;
		/* a file that holds others too may stay: the tool makes none like it */
		if (!hash_folders_cut(
		        &keeping->folders, host, shown->sha256, HASH_CUT_MADE, out, &ignored))
			continue;
	}
}

void keeping_release(struct keeping *keeping)
{
	hash_folders_release(&keeping->folders);
	p11kit_release(&keeping->sources);
	items_release(&keeping->made);
	items_release(&keeping->asked);
	items_release(&keeping->taken);
	items_release(&keeping->back);
	items_release(&keeping->held);
	bytes_release(&keeping->kept);
	bytes_release(&keeping->all);
	for (size_t i = 0; i < P11KIT_OTHERS_MAX; i++)
		bytes_release(&keeping->others[i]);
	text_release(&keeping->names);
	text_release(&keeping->distrusted);
	text_release(&keeping->in_folder);
	text_release(&keeping->why_held);
}
