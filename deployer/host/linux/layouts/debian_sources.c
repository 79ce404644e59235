/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/layouts/debian.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "model/der.h"
#include "formats/pem.h"

enum { DEPTH_MAX = 16, SOURCES_MAX = 100 * 1000, VISITS_MAX = 10 * 1000 };

/* One pass over the sources. */
struct sweep {
	struct host *host;
	const struct changes *leaving;
	const struct digests *without; /* what must not come into the bundle, or NULL */
	struct sources *out;
	const struct span *made; /* the bundle to compare with, or NULL */
	size_t at;               /* where in `made` */
	bool same;
	bool unmarked;        /* OpenSSL knows no byte order mark where the bundle goes on */
	struct folder folder; /* the folder of the last shipped file */
	const char *folder_path;
	size_t visits; /* the folders below the local one that were read: links may lead to one many
	                * times */
	struct bytes content, der; /* used again for each file */
	struct pem_lines lines;    /* of the content */
};

struct place {
	const char *path;
	enum file_type type;
};

struct places {
	struct place *list;
	size_t count, capacity;
};

static struct anchor *add_anchor(struct sweep *sweep)
{
	struct sources *out = sweep->out;
	struct anchor *anchor;

	out->anchors = mem_grow(
	    out->anchors, &out->anchor_capacity, out->anchor_count + 1, sizeof(*out->anchors));
	anchor = &out->anchors[out->anchor_count++];
	*anchor = (struct anchor){.source = out->count - 1, .label = ""};
	out->list[out->count - 1].count++;
	return anchor;
}

static void add_fault(struct sweep *sweep, struct span identity, const char *fault)
{
	struct anchor *anchor = add_anchor(sweep);

	digest_sha256(identity, anchor->sha256);
	anchor->fault = arena_strdup(&sweep->out->arena, fault);
}

/* OpenSSL's search by hash reads trust settings behind a certificate of any label; its reader of
 * the bundle reads them only under their own label. */
static bool is_rejected(const struct sweep *sweep, const struct cert_seen *seen)
{
	struct err ignored = {0};
	struct cert_seen settings;

	return seen->rejects || (seen->size < sweep->der.size &&
	                            cert_see(bytes_span(&sweep->der), true, &settings, &ignored) &&
	                            settings.rejects);
}

/* False when OpenSSL refuses the content of the block. */
static bool add_certificate(
    struct sweep *sweep, struct source *source, struct span block, bool trusted)
{
	struct arena *arena = &sweep->out->arena;
	struct err err = {0};
	struct anchor *anchor;
	struct cert_seen seen;

	if (!cert_see(bytes_span(&sweep->der), trusted, &seen, &err)) {
		/* the first fault of a file stands for all */
		add_fault(sweep, bytes_span(&sweep->der),
		    source->loads ? arena_printf(arena, "line %zu: %s",
		                        pem_count_lines(&sweep->lines, block.data), err.text)
		                  : "");
		return false;
	}
	anchor = add_anchor(sweep);
	memcpy(anchor->sha256, seen.sha256, sizeof(seen.sha256));
	anchor->hash = seen.hash;
	anchor->label = arena_strdup(arena, seen.label);
	anchor->not_after = seen.not_after;
	source->hash = seen.hash;
	if (is_rejected(sweep, &seen)) {
		anchor->rejects = pem_count_lines(&sweep->lines, block.data);
		sweep->out->rejecting = true;
	}
	return true;
}

/* Why a file without a PEM block is useless. */
static const char *no_block(const struct bytes *content)
{
	if (content->size > 0 && *content->data == DER_SEQUENCE)
		return "is not PEM but looks like DER; convert it (openssl x509 -inform der)";
	if (content->size > 0 && memchr(content->data, '\r', content->size) &&
	    !memchr(content->data, '\n', content->size))
		return "holds no PEM certificate: its lines end in CR alone";
	return content->size > 0 ? "holds no PEM certificate" : "is empty";
}

/* OpenSSL refuses one block, so the file may not go into the bundle: then nothing there would
 * count. */
static void spoil(struct sweep *sweep, struct source *source)
{
	struct anchor *anchors = sweep->out->anchors + source->first;
	const char *fault = NULL;

	for (size_t i = 0; i < source->count && !fault; i++)
		fault = anchors[i].fault;
	for (size_t i = 0; i < source->count; i++)
		anchors[i].fault = fault;
}

/* OpenSSL does not read the end of the file, nor what comes behind it once the tool has put it into
 * the bundle. */
static void add_cut(struct sweep *sweep, struct source *source, const uint8_t *at)
{
	struct span content = bytes_span(&sweep->content);

	add_fault(sweep, content,
	    arena_printf(&sweep->out->arena,
	        "line %zu begins with a NUL byte (UTF-16 text looks so), where OpenSSL ends "
	        "reading",
	        pem_line(content, at)));
	source->loads = false;
}

static void decode(struct sweep *sweep, struct source *source)
{
	struct span content = bytes_span(&sweep->content), rest = pem_of_file(content);
	struct err err = {0};

	sweep->lines = (struct pem_lines){content.data, 1};
	source->key = pem_find_key(content);
	source->cuts = rest.size < content.size;
	source->loads = true;
	while (rest.size > 0) {
		struct span block;
		bool trusted;

		if (!pem_next_block(content, &rest, &block, &sweep->der, &trusted, &err)) {
			if (source->loads)
				add_fault(sweep, content, err.text);
			source->loads = false;
			source->open = !span_find(rest, span_text("-----END "));
		} else if (sweep->der.size > 0) {
			source->loads =
			    add_certificate(sweep, source, block, trusted) && source->loads;
		}
	}
	if (source->cuts)
		add_cut(sweep, source, rest.data);
	if (!source->loads)
		spoil(sweep, source);
	else if (source->count == 0)
		add_fault(sweep, content, no_block(&sweep->content));
	source->hashed =
	    source->loads && source->count == 1 && !sweep->out->anchors[source->first].fault;
}

/* The tool reads one name from each line, and fails at the part of a name that names no file. What
 * it never publishes does not count as a source. */
static void judge_name(struct sweep *sweep, struct source *source)
{
	struct anchor *anchors = sweep->out->anchors + source->first;

	if (sweep->out->store->every_local_file || !strchr(source->path, '\n'))
		return;
	source->stops = true;
	source->hashed = false;
	for (size_t i = 0; i < source->count; i++)
		anchors[i].fault = "its name holds a line break, at which update-ca-certificates "
		                   "fails, so that it publishes nothing any more: rename the file";
}

static bool holds_one_of(
    const struct sweep *sweep, const struct source *source, const struct digests *digests)
{
	const struct anchor *anchors = sweep->out->anchors + source->first;

	for (size_t i = 0; digests && digests->count > 0 && i < source->count; i++)
		if (digests_have(digests, anchors[i].sha256))
			return true;
	return false;
}

/* Goes on comparing with the existing bundle, or building a new one. */
static void follow_bundle(struct sweep *sweep, const struct source *source)
{
	struct span content = bytes_span(&sweep->content);
	/* sed '$a\' of update-ca-certificates: a last line that lacks its newline gets one */
	bool newline = sweep->out->store->newline_behind ||
	               (content.size > 0 && content.data[content.size - 1] != '\n');
	const struct span *made = sweep->made;
	struct bytes *bundle = &sweep->out->bundle;

	if (!made && source->loads &&
	    (source->key || holds_one_of(sweep, source, sweep->without))) {
		debian_add_certificates(content, sweep->without, bundle);
		return;
	}
	if (!made && source->loads) {
		bytes_add(bundle, content.data, content.size);
		bytes_add(bundle, "\n", newline);
		return;
	}
	sweep->same = sweep->same && source->loads && !source->key;
	if (!sweep->same)
		return;
	sweep->same = made->size - sweep->at >= content.size + newline &&
	              span_equal((struct span){made->data + sweep->at, content.size}, content);
	sweep->at += content.size;
	if (sweep->same && newline)
		sweep->same = made->data[sweep->at++] == '\n';
}

/* Reads a file relative to its folder, which stays open for the next one; a link is followed
 * inside the root. */
static bool read_file(
    struct sweep *sweep, const char *path, enum file_type type, unsigned *mode, struct err *err)
{
	const char *slash = strrchr(path, '/');
	size_t size = (size_t)(slash - path);
	const struct change *change = sweep->leaving ? changes_peek(sweep->leaving, path) : NULL;

	if (change && change->after.type == FILE_REGULAR) {
		sweep->content.size = 0;
		bytes_add(&sweep->content, change->after.content.data, change->after.content.size);
		return true;
	}
	if (type == FILE_LINK)
		return file_read(&sweep->host->root, path, LINUX_SOURCE_MAX, &sweep->content, err);
	if (!sweep->folder_path || strncmp(sweep->folder_path, path, size) != 0 ||
	    sweep->folder_path[size] != 0) {
		folder_release(&sweep->folder);
		sweep->folder_path = arena_strndup(&sweep->out->arena, path, size);
		if (!folder_open_only(
		        &sweep->host->root, sweep->folder_path, &sweep->folder, err)) {
			sweep->folder_path = NULL;
			return false;
		}
	}
	return folder_read_mode(
	    &sweep->folder, slash + 1, type, LINUX_SOURCE_MAX, &sweep->content, mode, err);
}

/* `type` is what the list of its folder says; FILE_ABSENT: it was not listed. */
static void add_source(
    struct sweep *sweep, const char *path, const char *line, bool selected, enum file_type type)
{
	struct sources *out = sweep->out;
	struct err err = {0};
	struct source *source;

	out->list = mem_grow(out->list, &out->capacity, out->count + 1, sizeof(*out->list));
	source = &out->list[out->count++];
	*source = (struct source){
	    .path = path, .line = line, .selected = selected, .first = out->anchor_count};
	/* a shipped file may be a link: then it must be followed to know */
	if (!read_file(sweep, path, type, &source->mode, &err) &&
	    !read_file(sweep, path, FILE_LINK, &source->mode, &err)) {
		/* update-ca-certificates warns of a missing file and goes on */
		if (!file_is_regular(&sweep->host->root, path)) {
			out->count--;
			return;
		}
		add_fault(sweep, span_text(path), err.text);
		source->unreadable = true;
		source->denied = err.denied;
		out->closed = err.denied ? path : out->closed;
		sweep->same = sweep->same && !selected;
		return;
	}
	decode(sweep, source);
	judge_name(sweep, source);
	if (!selected || source->stops)
		return;
	out->anchors[source->first].lost =
	    sweep->unmarked && pem_is_marked(bytes_span(&sweep->content));
	sweep->unmarked =
	    out->store->newline_behind || !pem_ends_in_block(bytes_span(&sweep->content));
	follow_bundle(sweep, source);
}

static bool read_conf(struct sweep *sweep, struct bytes *conf, struct err *err)
{
	struct root *root = &sweep->host->root;
	const struct change *change =
	    sweep->leaving ? changes_peek(sweep->leaving, DEBIAN_CONF) : NULL;

	if (change) {
		*conf = bytes_copy(bytes_span(&change->after.content));
		return true;
	}
	return linux_read(root, DEBIAN_CONF, LINUX_SOURCE_MAX, conf, err);
}

static void add_shipped(struct sweep *sweep, struct span conf)
{
	struct arena *arena = &sweep->out->arena;
	struct conf_line line;

	while (conf_next(&conf, sweep->out->store->plain_lines, &line)) {
		const char *name, *path;

		if (line.name.size == 0)
			continue;
		name = arena_strndup(arena, (const char *)line.name.data, line.name.size);
		path = arena_printf(arena, DEBIAN_SHIPPED "/%s", name);
		add_source(sweep, path, name, !line.deselected, FILE_ABSENT);
	}
}

struct ancestors {
	dev_t device[DEPTH_MAX];
	ino_t inode[DEPTH_MAX];
	size_t depth;
};

/* Links to a folder above would lead in circles. */
static bool enter(struct ancestors *above, int fd)
{
	struct stat st;

	if (above->depth == DEPTH_MAX || fstat(fd, &st) != 0)
		return false;
	for (size_t i = 0; i < above->depth; i++)
		if (above->device[i] == st.st_dev && above->inode[i] == st.st_ino)
			return false;
	above->device[above->depth] = st.st_dev;
	above->inode[above->depth++] = st.st_ino;
	return true;
}

static void add_place(struct places *places, const char *path, enum file_type type)
{
	places->list =
	    mem_grow(places->list, &places->capacity, places->count + 1, sizeof(*places->list));
	places->list[places->count++] = (struct place){path, type};
}

static void list_entry(
    struct sweep *sweep, const struct folder *folder, const char *name, struct places *out)
{
	const struct folder_entry *known = folder_find(folder, name);
	const char *path;

	if (!known || known->name[0] == '.' || out->count >= SOURCES_MAX)
		return;
	path = arena_printf(&sweep->out->arena, DEBIAN_LOCAL "/%s", known->name);
	if (known->type == FILE_REGULAR ||
	    (known->type == FILE_LINK && file_is_regular(&sweep->host->root, path)))
		add_place(out, path, known->type);
}

/* The files that Alpine's tool takes: all whose names do not begin with a dot, in the order of the
 * folder. */
static void list_local(struct sweep *sweep, struct places *out)
{
	AUTO(folder) folder = {.fd = -1};
	const struct dirent *entry;
	struct err err = {0};
	struct stat st;
	DIR *order;

	if (!folder_open(&sweep->host->root, DEBIAN_LOCAL, &folder, &err) || folder.fd < 0) {
		sweep->out->closed = err.denied ? DEBIAN_LOCAL : sweep->out->closed;
		return;
	}
	order = fdopendir(openat(folder.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	while (order && (entry = readdir(order)))
		list_entry(sweep, &folder, entry->d_name, out);
	if (order)
		closedir(order);
	/* files that are only imagined have no place in the order of a folder */
	for (size_t i = 0; i < folder.count; i++)
		if (sweep->host->root.overlay &&
		    fstatat(folder.fd, folder.entries[i].name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			list_entry(sweep, &folder, folder.entries[i].name, out);
}

/* The files that `find -L -type f -name '*.crt'` finds. */
static void find_local(
    struct sweep *sweep, const char *path, struct ancestors *above, struct places *out)
{
	AUTO(folder) folder = {0};
	struct err err = {0};

	/* a link to a file is no folder: the caller has listed it by its name */
	if (sweep->visits == VISITS_MAX || !folder_open(&sweep->host->root, path, &folder, &err) ||
	    folder.fd < 0 || !enter(above, folder.fd)) {
		sweep->out->closed = err.denied ? path : sweep->out->closed;
		return;
	}
	sweep->visits++;
	for (size_t i = 0; i < folder.count && out->count < SOURCES_MAX; i++) {
		const struct folder_entry *entry = &folder.entries[i];
		const char *below = arena_printf(&sweep->out->arena, "%s/%s", path, entry->name);
		bool link = entry->type == FILE_LINK;

		if (entry->type == FILE_FOLDER || link)
			find_local(sweep, below, above, out);
		if ((entry->type != FILE_REGULAR && !link) || !text_ends(entry->name, ".crt") ||
		    (link && !file_is_regular(&sweep->host->root, below)))
			continue;
		add_place(out, below, entry->type);
	}
	above->depth--;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct place *)a)->path, ((const struct place *)b)->path);
}

static bool add_local(struct sweep *sweep, struct err *err)
{
	struct ancestors above = {0};
	struct places places = {0};

	if (sweep->out->store->every_local_file)
		list_local(sweep, &places);
	else
		find_local(sweep, DEBIAN_LOCAL, &above, &places);
	if (places.count > 1 && !sweep->out->store->every_local_file)
		qsort(places.list, places.count, sizeof(*places.list), by_path);
	for (size_t i = 0; i < places.count && places.count < SOURCES_MAX; i++) {
		const char *path = places.list[i].path;
		const struct change *change =
		    sweep->leaving ? changes_peek(sweep->leaving, path) : NULL;

		if (!change || change->after.type != FILE_ABSENT)
			add_source(sweep, path, NULL, true, places.list[i].type);
	}
	free(places.list);
	/* files that are left out would be taken for gone */
	return (places.count < SOURCES_MAX && sweep->visits < VISITS_MAX) ||
	       err_set(err, ERR_HOST,
	           DEBIAN_LOCAL ": more than %d files or %d ways into folders; do links lead to one"
	                        " folder many times? Remove them",
	           SOURCES_MAX, VISITS_MAX);
}

bool sources_read(struct host *host, const struct file_store *store, const struct changes *leaving,
    const struct digests *without, const struct span *made, bool *same, struct sources *out,
    struct err *err)
{
	AUTO(sources) sources = {.store = store};
	AUTO(bytes) conf = {0};
	struct sweep sweep = {.host = host,
	    .leaving = leaving,
	    .without = without,
	    .out = &sources,
	    .made = made,
	    .same = made != NULL};
	bool ok = read_conf(&sweep, &conf, err);

	if (ok) {
		add_shipped(&sweep, bytes_span(&conf));
		ok = add_local(&sweep, err);
	}
	if (ok) {
		if (same)
			*same = sweep.same && sweep.at == made->size;
		*out = TAKE(sources);
	}
	folder_release(&sweep.folder);
	bytes_release(&sweep.content);
	bytes_release(&sweep.der);
	return ok;
}

void sources_release(struct sources *sources)
{
	free(sources->list);
	free(sources->anchors);
	free(sources->by_digest);
	bytes_release(&sources->bundle);
	arena_release(&sources->arena);
	*sources = (struct sources){0};
}
