/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/layouts/debian.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "model/der.h"
#include "formats/pem.h"

enum { DEPTH_MAX = 16, SOURCES_MAX = 100 * 1000 };

/* One pass over the sources. */
struct sweep {
	struct host *host;
	const struct changes *leaving;
	struct sources *out;
	const struct span *made; /* compared with, or NULL */
	size_t at;               /* of `made` */
	bool same;
	struct folder folder; /* the one that the last shipped file was in */
	const char *folder_path;
	struct bytes content, der; /* used again for each file */
};

struct place {
	const char *path;
	bool link;
};

struct places {
	struct place *list;
	size_t count, capacity;
};

/* A line as the shell's `read` gives it to update-ca-certificates: without blanks at its ends. Or
 * `plain`, as getline(3) gives it to Alpine's tool. */
bool conf_next(struct span *rest, bool plain, struct conf_line *out)
{
	const uint8_t *end = memchr(rest->data, '\n', rest->size);
	size_t size = end ? (size_t)(end - rest->data) + 1 : rest->size;
	struct span name = {rest->data, end ? size - 1 : size};

	if (rest->size == 0)
		return false;
	out->whole = (struct span){rest->data, size};
	*rest = (struct span){rest->data + size, rest->size - size};
	out->deselected = name.size > 0 && *name.data == '!';
	if (out->deselected)
		name = (struct span){name.data + 1, name.size - 1};
	else if (name.size > 0 && *name.data == '#')
		name.size = 0;
	while (!plain && name.size > 0 && (*name.data == ' ' || *name.data == '\t'))
		name = (struct span){name.data + 1, name.size - 1};
	while (!plain && name.size > 0 &&
	       (name.data[name.size - 1] == ' ' || name.data[name.size - 1] == '\t'))
		name.size--;
	out->name = name;
	return true;
}

void conf_edit(struct span conf, const char *name, bool plain, bool select, struct bytes *out)
{
	struct conf_line line;

	while (conf_next(&conf, plain, &line)) {
		if (line.name.size == 0 || !span_equal(line.name, span_text(name)) ||
		    line.deselected != select) {
			bytes_add(out, line.whole.data, line.whole.size);
			continue;
		}
		if (!select)
			bytes_add(out, "!", 1);
		bytes_add(out, line.whole.data + select, line.whole.size - select);
	}
}

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

static void add_certificate(struct sweep *sweep, struct source *source, bool trusted)
{
	struct arena *arena = &sweep->out->arena;
	struct span der = bytes_span(&sweep->der);
	size_t behind = der.size - der_size(der);
	char label[CERT_NAME_TEXT];
	struct err err = {0};
	struct anchor *anchor;
	struct cert cert;

	/* OpenSSL reads a certificate and ignores what follows; so it is in force, but damaged */
	if (behind < der.size)
		der.size -= behind;
	if (!cert_parse(der, &cert, &err)) {
		add_fault(sweep, der, err.text);
		return;
	}
	anchor = add_anchor(sweep);
	memcpy(anchor->sha256, cert.sha256, sizeof(cert.sha256));
	cert_name_text(cert.subject, label);
	anchor->label = arena_strdup(arena, label);
	anchor->not_after = cert.not_after;
	source->hashed = cert_name_hash(cert.subject, &source->hash);
	if (behind > 0 && !trusted)
		anchor->fault = arena_printf(arena, "%zu bytes behind the certificate", behind);
}

/* Why a file without a PEM block is of no use. */
static const char *no_block(const struct bytes *content)
{
	if (content->size > 0 && *content->data == DER_SEQUENCE)
		return "is not PEM but looks like DER; convert it (openssl x509 -inform der)";
	return content->size > 0 ? "holds no PEM certificate" : "is empty";
}

static void decode(struct sweep *sweep, struct source *source)
{
	struct span rest = bytes_span(&sweep->content);
	struct err err = {0};
	bool trusted, good;

	while ((good = pem_next_certificate(&rest, &sweep->der, &trusted, &err)) &&
	       sweep->der.size > 0)
		add_certificate(sweep, source, trusted);
	if (!good)
		add_fault(sweep, bytes_span(&sweep->content), err.text);
	else if (source->count == 0)
		add_fault(sweep, bytes_span(&sweep->content), no_block(&sweep->content));
	source->hashed = source->hashed && good && source->count == 1;
}

/* Goes on comparing with the bundle that was made, or building one. */
static void follow_bundle(struct sweep *sweep)
{
	const struct bytes *content = &sweep->content;
	/* sed '$a\' of update-ca-certificates: a last line that lacks its newline gets one */
	bool newline = sweep->out->store->newline_behind ||
	               (content->size > 0 && content->data[content->size - 1] != '\n');
	const struct span *made = sweep->made;

	if (!made) {
		bytes_add(&sweep->out->bundle, content->data, content->size);
		bytes_add(&sweep->out->bundle, "\n", newline);
		return;
	}
	if (!sweep->same)
		return;
	sweep->same = made->size - sweep->at >= content->size + newline &&
	              memcmp(made->data + sweep->at, content->data, content->size) == 0;
	sweep->at += content->size;
	if (sweep->same && newline)
		sweep->same = made->data[sweep->at++] == '\n';
}

/* Reads a file relative to its folder, which stays open for the next one; a link is followed
 * inside the root. */
static bool read_file(struct sweep *sweep, const char *path, bool link, struct err *err)
{
	const char *slash = strrchr(path, '/');
	size_t size = (size_t)(slash - path);
	const struct change *change = sweep->leaving ? changes_peek(sweep->leaving, path) : NULL;

	if (change && change->after.type == FILE_REGULAR) {
		sweep->content.size = 0;
		bytes_add(&sweep->content, change->after.content.data, change->after.content.size);
		return true;
	}
	if (link)
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
	return folder_read(&sweep->folder, slash + 1, LINUX_SOURCE_MAX, &sweep->content, err);
}

static void add_source(
    struct sweep *sweep, const char *path, const char *line, bool selected, bool link)
{
	struct sources *out = sweep->out;
	struct err err = {0};
	struct source *source;

	out->list = mem_grow(out->list, &out->capacity, out->count + 1, sizeof(*out->list));
	source = &out->list[out->count++];
	*source = (struct source){
	    .path = path, .line = line, .selected = selected, .first = out->anchor_count};
	/* a shipped file may be a link, which only following it can tell */
	if (!read_file(sweep, path, link, &err) && !read_file(sweep, path, true, &err)) {
		/* update-ca-certificates warns of a missing file and goes on */
		if (!file_is_regular(&sweep->host->root, path)) {
			out->count--;
			return;
		}
		add_fault(sweep, span_text(path), err.text);
		source->unreadable = true;
		return;
	}
	if (selected)
		follow_bundle(sweep);
	decode(sweep, source);
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
	if (file_type(root, DEBIAN_CONF) == FILE_ABSENT)
		return true;
	return file_read(root, DEBIAN_CONF, LINUX_SOURCE_MAX, conf, err);
}

static void add_shipped(struct sweep *sweep, struct span conf)
{
	struct arena *arena = &sweep->out->arena;
	struct conf_line line;

	while (conf_next(&conf, sweep->out->store->plain_lines, &line) &&
	       sweep->out->count < SOURCES_MAX) {
		const char *name, *path;

		if (line.name.size == 0)
			continue;
		name = arena_strndup(arena, (const char *)line.name.data, line.name.size);
		path = arena_printf(arena, DEBIAN_SHIPPED "/%s", name);
		add_source(sweep, path, name, !line.deselected, false);
	}
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t size = strlen(name), tail = strlen(suffix);

	return size >= tail && strcmp(name + size - tail, suffix) == 0;
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

static void add_place(struct places *places, const char *path, bool link)
{
	places->list =
	    mem_grow(places->list, &places->capacity, places->count + 1, sizeof(*places->list));
	places->list[places->count++] = (struct place){path, link};
}

/* What Alpine's tool takes: each file whose name has no dot in front, in the order of the folder.
 */
static void list_local(struct sweep *sweep, struct places *out)
{
	AUTO(folder) folder = {.fd = -1};
	const struct dirent *entry;
	struct err err = {0};
	DIR *order;

	if (!folder_open(&sweep->host->root, DEBIAN_LOCAL, &folder, &err) || folder.fd < 0)
		return;
	order = fdopendir(openat(folder.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	while (order && out->count < SOURCES_MAX && (entry = readdir(order))) {
		const struct folder_entry *known = folder_find(&folder, entry->d_name);
		const char *path;

		if (!known || known->name[0] == '.')
			continue;
		path = arena_printf(&sweep->out->arena, DEBIAN_LOCAL "/%s", known->name);
		if (known->type == FILE_REGULAR ||
		    (known->type == FILE_LINK && file_is_regular(&sweep->host->root, path)))
			add_place(out, path, known->type == FILE_LINK);
	}
	if (order)
		closedir(order);
}

/* What `find -L -type f -name '*.crt'` finds. */
static void find_local(
    struct sweep *sweep, const char *path, struct ancestors *above, struct places *out)
{
	AUTO(folder) folder = {0};
	struct err err = {0};

	/* a link to a file is no folder: the caller has listed it by its name */
	if (!folder_open(&sweep->host->root, path, &folder, &err) || folder.fd < 0 ||
	    !enter(above, folder.fd))
		return;
	for (size_t i = 0; i < folder.count && out->count < SOURCES_MAX; i++) {
		const struct folder_entry *entry = &folder.entries[i];
		const char *below = arena_printf(&sweep->out->arena, "%s/%s", path, entry->name);
		bool link = entry->type == FILE_LINK;

		if (entry->type == FILE_FOLDER || link)
			find_local(sweep, below, above, out);
		if ((entry->type != FILE_REGULAR && !link) || !has_suffix(entry->name, ".crt") ||
		    (link && !file_is_regular(&sweep->host->root, below)))
			continue;
		add_place(out, below, link);
	}
	above->depth--;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct place *)a)->path, ((const struct place *)b)->path);
}

static void add_local(struct sweep *sweep)
{
	struct ancestors above = {0};
	struct places places = {0};

	if (sweep->out->store->every_local_file)
		list_local(sweep, &places);
	else
		find_local(sweep, DEBIAN_LOCAL, &above, &places);
	if (places.count > 1 && !sweep->out->store->every_local_file)
		qsort(places.list, places.count, sizeof(*places.list), by_path);
	for (size_t i = 0; i < places.count; i++) {
		const char *path = places.list[i].path;
		const struct change *change =
		    sweep->leaving ? changes_peek(sweep->leaving, path) : NULL;

		if (!change || change->after.type != FILE_ABSENT)
			add_source(sweep, path, NULL, true, places.list[i].link);
	}
	free(places.list);
}

bool sources_read(struct host *host, const struct file_store *store, const struct changes *leaving,
    const struct span *made, bool *same, struct sources *out, struct err *err)
{
	AUTO(sources) sources = {.store = store};
	AUTO(bytes) conf = {0};
	struct sweep sweep = {
	    .host = host, .leaving = leaving, .out = &sources, .made = made, .same = made != NULL};
	bool ok = read_conf(&sweep, &conf, err);

	if (ok) {
		add_shipped(&sweep, bytes_span(&conf));
		add_local(&sweep);
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

/* By digest, then in the order of the sources. */
static int by_digest(const void *a, const void *b)
{
	const struct anchor *x = *(const struct anchor *const *)a;
	const struct anchor *y = *(const struct anchor *const *)b;
	int order = memcmp(x->sha256, y->sha256, SHA256_SIZE);

	return order ? order : (x > y) - (x < y);
}

static void index_anchors(struct sources *sources)
{
	size_t count = sources->anchor_count;

	sources->by_digest = mem_alloc(count * sizeof(*sources->by_digest));
	for (size_t i = 0; i < count; i++)
		sources->by_digest[i] = &sources->anchors[i];
	if (count > 1)
		qsort(sources->by_digest, count, sizeof(*sources->by_digest), by_digest);
}

const struct anchor *sources_find(
    struct sources *sources, const uint8_t sha256[SHA256_SIZE], const struct anchor *after)
{
	size_t low = 0, high = sources->anchor_count;
	const struct anchor *found;

	if (!sources->by_digest)
		index_anchors(sources);
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = memcmp(sources->by_digest[middle]->sha256, sha256, SHA256_SIZE);

		if (order < 0 || (order == 0 && after && sources->by_digest[middle] <= after))
			low = middle + 1;
		else
			high = middle;
	}
	found = low < sources->anchor_count ? sources->by_digest[low] : NULL;
	return found && memcmp(found->sha256, sha256, SHA256_SIZE) == 0 ? found : NULL;
}
