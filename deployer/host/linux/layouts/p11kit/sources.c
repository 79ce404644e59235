/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/layouts/p11kit/p11kit.h"

#include <stdlib.h>

#include "formats/pem.h"
#include "host/linux/layouts/p11kit/persist.h"
#include "model/der.h"

/* One pass over the sources. */
struct sweep {
	struct host *host;
	struct p11kit_sources *out;
	const char *path;     /* of the file that is read */
	enum verdict verdict; /* of the folder it lies in */
	bool shipped, old;
	struct bytes content, der;
};

static const char behind_text[] =
    "bytes stand behind the certificate in its encoding, for which p11-kit does not read it: put "
    "the certificate there again";

static struct p11kit_anchor *add_anchor(struct sweep *sweep, enum verdict verdict)
{
	struct p11kit_sources *out = sweep->out;
	struct p11kit_anchor *anchor;

	out->list = mem_grow(out->list, &out->capacity, out->count + 1, sizeof(*out->list));
	anchor = &out->list[out->count++];
	*anchor = (struct p11kit_anchor){.verdict = verdict,
	    .path = sweep->path,
	    .label = "",
	    .shipped = sweep->shipped,
	    .old = sweep->old};
	return anchor;
}

/* Other files lie there too, such as a README: only a file with the name of a certificate must be
 * one. */
static void add_fault(struct sweep *sweep, struct span identity, const char *fault, bool refused)
{
	static const char *const suffixes[] = {".crt", ".pem", ".cer", ".der", ".p11-kit"};
	struct p11kit_anchor *anchor;

	sweep->out->incomplete = sweep->out->incomplete || sweep->shipped;
	for (size_t i = 0; i < COUNT(suffixes); i++) {
		if (!text_ends(sweep->path, suffixes[i]))
			continue;
		anchor = add_anchor(sweep, sweep->verdict);
		digest_sha256(identity, anchor->sha256);
		anchor->fault = arena_strdup(&sweep->out->arena, fault);
		anchor->refused = refused;
		return;
	}
}

/* Whether p11-kit takes it: behind a certificate it accepts OpenSSL's trust settings and nothing
 * else. */
static bool is_whole(struct span der)
{
	size_t size = der_size(der);
	struct span aux = {der.data + size, der.size - size};

	/* whoever tries to read it tells that it cannot be read at all */
	return size == 0 || aux.size == 0 ||
	       (*aux.data == DER_SEQUENCE && der_size(aux) == aux.size);
}

static void add_certificate(struct sweep *sweep, struct span der, enum verdict verdict)
{
	struct p11kit_anchor *anchor;
	struct cert_seen seen;
	struct err err = {0};

	if (!cert_see(der, false, &seen, &err)) {
		add_fault(sweep, der, err.text, true);
		return;
	}
	anchor = add_anchor(sweep, verdict);
	memcpy(anchor->sha256, seen.sha256, sizeof(seen.sha256));
	anchor->label = arena_strdup(&sweep->out->arena, seen.label);
	anchor->not_after = seen.not_after;
	anchor->der.data = arena_copy(&sweep->out->arena, der.data, seen.size);
	anchor->der.size = seen.size;
}

/* Notes what OpenSSL's trust settings say about the key of a certificate. */
static void add_limit(struct sweep *sweep, struct span der, bool servers)
{
	struct p11kit_sources *out = sweep->out;
	struct p11kit_limit *limit;
	struct err err = {0};
	struct cert cert;

	if (!cert_parse(der, &cert, &err))
		return;
	out->limits =
	    mem_grow(out->limits, &out->limit_capacity, out->limit_count + 1, sizeof(*out->limits));
	limit = &out->limits[out->limit_count++];
	*limit = (struct p11kit_limit){.servers = servers, .path = sweep->path};
	digest_sha256(cert.spki, limit->key);
}

/* Whether a SEQUENCE OF OID has the purpose of TLS servers, or any purpose. */
static bool has_servers(struct span list)
{
	static const uint8_t servers[] = {0x2b, 6, 1, 5, 5, 7, 3, 1}, any[] = {0x55, 0x1d, 0x25, 0};
	struct der der = der_of(list);
	struct element oid;

	while (der.rest.size > 0 && der_take(&der, DER_OID, &oid))
		if (span_equal(oid.content, (struct span){servers, sizeof(servers)}) ||
		    span_equal(oid.content, (struct span){any, sizeof(any)}))
			return true;
	return false;
}

/* The same for the whole SEQUENCE. */
static bool list_has_servers(struct span sequence)
{
	struct der der = der_of(sequence);
	struct element list;

	return der_take(&der, DER_SEQUENCE, &list) && has_servers(list.content);
}

/* As with verdict_of_aux; without purposes that are trusted none is. */
static bool aux_has_servers(struct span aux)
{
	struct der der = der_of(aux);
	struct element whole, uses;
	bool trusted;

	if (!der_take(&der, DER_SEQUENCE, &whole))
		return false;
	der = der_of(whole.content);
	trusted = der_optional(&der, DER_SEQUENCE, &uses) && has_servers(uses.content);
	return trusted && !(der_optional(&der, 0xa0, &uses) && has_servers(uses.content));
}

/* X509_CERT_AUX: SEQUENCE { SEQUENCE OF OID trusted OPTIONAL, [0] SEQUENCE OF OID rejected
 * OPTIONAL, ... }. A certificate that is rejected for something and trusted for nothing is
 * distrusted. */
static enum verdict verdict_of_aux(struct span aux)
{
	struct der der = der_of(aux);
	struct element whole, uses;
	bool trusted, rejected;

	if (!der_take(&der, DER_SEQUENCE, &whole))
		return VERDICT_NONE;
	der = der_of(whole.content);
	trusted = der_optional(&der, DER_SEQUENCE, &uses) && uses.content.size > 0;
	rejected = der_optional(&der, 0xa0, &uses) && uses.content.size > 0;
	return rejected && !trusted ? VERDICT_DISTRUSTED : VERDICT_TRUSTED;
}

/* The PEM blocks of a span, each with this verdict unless it brings its own. */
static void read_blocks(struct sweep *sweep, struct span rest, enum verdict verdict)
{
	bool trusted;

	while (pem_next_p11kit(&rest, &sweep->der, &trusted)) {
		struct span der = bytes_span(&sweep->der);
		size_t size = trusted ? der_size(der) : der.size;
		struct span aux = {der.data + size, der.size - size};

		if (!is_whole(der)) {
			add_fault(sweep, der, behind_text, false);
			continue;
		}
		if (trusted)
			add_limit(sweep, (struct span){der.data, size}, aux_has_servers(aux));

		add_certificate(sweep, (struct span){der.data, size},
		    trusted && verdict == VERDICT_NONE ? verdict_of_aux(aux) : verdict);
	}
}

/* What a file says about a key, in the extension that replaces the certificate's own: purposes, and
 * perhaps more. */
static void add_stapled(struct sweep *sweep, const struct persist *object)
{
	struct p11kit_sources *out = sweep->out;
	struct p11kit_limit *limit;

	if (!object->staples || object->key.size == 0)
		return;
	out->limits =
	    mem_grow(out->limits, &out->limit_capacity, out->limit_count + 1, sizeof(*out->limits));
	limit = &out->limits[out->limit_count++];
	*limit = (struct p11kit_limit){.path = sweep->path, .unknown = object->purposes.size == 0};
	limit->servers = list_has_servers(bytes_span(&object->purposes));
	digest_sha256(bytes_span(&object->key), limit->key);
}

static void read_persist(struct sweep *sweep, struct span rest)
{
	AUTO(persist) object = {0};

	while (persist_next(&rest, &object)) {
		add_stapled(sweep, &object);
		if (object.distrusted && !span_find(object.text, span_text("-----BEGIN ")))
			sweep->out->unsure = true;
		read_blocks(sweep, object.text,
		    object.distrusted                                  ? VERDICT_DISTRUSTED
		    : object.trusted && sweep->verdict == VERDICT_NONE ? VERDICT_TRUSTED
		                                                       : sweep->verdict);
	}
}

/* Says why nothing of the file counts, or what of it does not. */
static void judge_file(struct sweep *sweep, struct span text, struct span content, size_t before)
{
	struct span behind = {content.data + text.size, content.size - text.size};
	bool none = sweep->out->count == before;

	if (behind.size > 0 && (none || span_find(behind, span_text("-----"))))
		add_fault(sweep, behind,
		    arena_printf(&sweep->out->arena,
		        "line %zu holds a NUL byte (UTF-16 text has such), behind which p11-kit "
		        "reads nothing: put the certificate there again",
		        pem_line(content, behind.data)),
		    false);
	else if (none && sweep->verdict != VERDICT_NONE)
		add_fault(sweep, content, "holds no certificate", false);
}

static void read_file(struct sweep *sweep)
{
	size_t before = sweep->out->count;
	struct span content, text;
	struct err err = {0};
	bool binary;

	if (!file_read(&sweep->host->root, sweep->path, LINUX_SOURCE_MAX, &sweep->content, &err)) {
		add_fault(sweep, span_text(sweep->path), err.text, false);
		if (!err.denied)
			return;
		sweep->out->closed = sweep->path;
		if (sweep->out->count > before)
			sweep->out->list[before].denied = true;
		return;
	}
	content = bytes_span(&sweep->content);
	binary = content.size > 0 && *content.data == DER_SEQUENCE;
	text = binary ? content : pem_of_p11kit(content);
	if (binary && !is_whole(content))
		add_fault(sweep, content, behind_text, false);
	else if (binary)
		add_certificate(sweep, content, sweep->verdict);
	else if (!text_ends(sweep->path, ".p11-kit"))
		read_blocks(sweep, text, sweep->verdict);
	else if (text.size == content.size) /* of a file in its own format p11-kit reads all or
	                                     * nothing */
		read_persist(sweep, text);
	judge_file(sweep, text, content, before);
	if (sweep->out->count == before + 1)
		sweep->out->list[before].alone = true;
	for (size_t i = before; i < sweep->out->count; i++)
		sweep->out->list[i].key = pem_find_key(content);
}

static bool read_folder(
    struct sweep *sweep, const char *path, enum verdict verdict, struct err *err)
{
	AUTO(folder) folder = {.fd = -1};

	if (!folder_open(&sweep->host->root, path, &folder, err))
		return false;
	sweep->verdict = verdict;
	for (size_t i = 0; i < folder.count; i++) {
		const struct folder_entry *entry = &folder.entries[i];

		if (entry->type != FILE_REGULAR && entry->type != FILE_LINK)
			continue;
		sweep->path = arena_printf(&sweep->out->arena, "%s/%s", path, entry->name);
		if (entry->type == FILE_REGULAR || file_is_regular(&sweep->host->root, sweep->path))
			read_file(sweep);
	}
	return true;
}

static bool read_tree(struct sweep *sweep, const char *path, bool shipped, struct err *err)
{
	struct arena *arena = &sweep->out->arena;

	sweep->shipped = shipped;
	sweep->old = false;
	if (!read_folder(sweep, path, VERDICT_NONE, err) ||
	    !read_folder(sweep, arena_printf(arena, "%s/anchors", path), VERDICT_TRUSTED, err) ||
	    !read_folder(sweep, arena_printf(arena, "%s/blocklist", path), VERDICT_DISTRUSTED, err))
		return false;
	sweep->old = true;
	return read_folder(
	    sweep, arena_printf(arena, "%s/blacklist", path), VERDICT_DISTRUSTED, err);
}

struct ordered {
	struct p11kit_anchor anchor;
	size_t order;
};

static int by_digest(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;
	int order = memcmp(x->anchor.sha256, y->anchor.sha256, SHA256_SIZE);

	return order ? order : (x->order > y->order) - (x->order < y->order);
}

static void sort_anchors(struct p11kit_sources *sources)
{
	struct ordered *list = mem_alloc(sources->count * sizeof(*list));

	for (size_t i = 0; i < sources->count; i++)
		list[i] = (struct ordered){sources->list[i], i};
	if (sources->count > 1)
		qsort(list, sources->count, sizeof(*list), by_digest);
	for (size_t i = 0; i < sources->count; i++)
		sources->list[i] = list[i].anchor;
	free(list);
}

/* The strictest of what is said about its key outside of the certificate; NULL when nothing is. */
static const struct p11kit_limit *find_limit(
    const struct p11kit_sources *sources, const struct cert *cert)
{
	const struct p11kit_limit *limit = NULL;
	uint8_t key[SHA256_SIZE];

	if (sources->limit_count)
		digest_sha256(cert->spki, key);
	for (size_t i = 0; i < sources->limit_count; i++)
		if (!sources->limits[i].unknown &&
		    memcmp(sources->limits[i].key, key, sizeof(key)) == 0 &&
		    (!limit || !sources->limits[i].servers))
			limit = &sources->limits[i];
	return limit;
}

static const char *why_not_servers(struct p11kit_sources *sources, const struct cert *cert)
{
	const struct p11kit_limit *limit = find_limit(sources, cert);

	if (limit)
		return limit->servers
		           ? NULL
		           : arena_printf(&sources->arena,
		                 "%s says for its key that it is not trusted for TLS servers",
		                 text_escape_string(limit->path).text);
	if (cert->purposes.data && !list_has_servers(cert->purposes))
		return "its purposes (extended key usage) leave TLS servers out";
	return NULL;
}

bool p11kit_is_unsure(const struct p11kit_sources *sources, struct span der)
{
	struct err ignored = {0};
	struct cert cert;
	uint8_t key[SHA256_SIZE];

	if (sources->unsure || sources->incomplete || !cert_parse(der, &cert, &ignored))
		return true;
	digest_sha256(cert.spki, key);
	for (size_t i = 0; i < sources->limit_count; i++)
		if (sources->limits[i].unknown &&
		    memcmp(sources->limits[i].key, key, sizeof(key)) == 0)
			return true;
	return false;
}

const char *p11kit_never(struct p11kit_sources *sources, struct span der)
{
	struct err ignored = {0};
	struct cert cert;
	bool strict = cert_parse(der, &cert, &ignored), ca;

	if (!strict)
		ca = cert_is_ca(der);
	else
		ca = cert.has_basic_constraints ? cert.is_ca : cert.version1 && cert.self_issued;
	if (!ca)
		return "it is not a CA's certificate, and p11-kit extracts those alone";
	return strict ? why_not_servers(sources, &cert) : NULL;
}

/* To be called when all limits are known. */
static void judge_anchors(struct p11kit_sources *sources)
{
	for (size_t i = 0; i < sources->count; i++) {
		struct p11kit_anchor *anchor = &sources->list[i];

		if (!anchor->fault && !anchor->shipped && anchor->verdict == VERDICT_TRUSTED)
			anchor->never = p11kit_never(sources, anchor->der);
	}
}

bool p11kit_read(struct host *host, const struct p11kit_paths *paths, struct p11kit_sources *out,
    struct err *err)
{
	struct p11kit_sources sources = {0};
	struct sweep sweep = {.host = host, .out = &sources};
	/* the administrator's first, so that they are found first */
	bool ok = read_tree(&sweep, paths->source, false, err) &&
	          read_tree(&sweep, paths->shipped, true, err);

	bytes_release(&sweep.content);
	bytes_release(&sweep.der);
	if (!ok) {
		p11kit_release(&sources);
		return false;
	}
	sort_anchors(&sources);
	judge_anchors(&sources);
	*out = sources;
	return true;
}

static bool is_distrusted(const struct p11kit_anchor *anchor, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (anchor[i].verdict == VERDICT_DISTRUSTED && !anchor[i].old && !anchor[i].fault)
			return true;
	return false;
}

void p11kit_set_aside(struct p11kit_sources *sources, const struct items *made)
{
	for (size_t i = 0, count; i < sources->count; i += count) {
		struct p11kit_anchor *anchor = &sources->list[i];

		(void)p11kit_find(sources, anchor->sha256, &count);
		if (is_distrusted(anchor, count) || !items_have_root(made, anchor->sha256))
			continue;
		for (size_t j = 0; j < count; j++)
			if (anchor[j].old && !anchor[j].fault)
				anchor[j].verdict = VERDICT_ASIDE;
	}
}

void p11kit_release(struct p11kit_sources *sources)
{
	free(sources->list);
	free(sources->limits);
	arena_release(&sources->arena);
	*sources = (struct p11kit_sources){0};
}

const struct p11kit_anchor *p11kit_find(
    const struct p11kit_sources *sources, const uint8_t sha256[SHA256_SIZE], size_t *count)
{
	const struct p11kit_anchor *first =
	    digest_find(sources->list, sources->count, sizeof(*first), sha256);
	const struct p11kit_anchor *end = sources->list + sources->count;

	for (*count = 0; first && first + *count < end; ++*count)
		if (memcmp(first[*count].sha256, sha256, SHA256_SIZE) != 0)
			break;
	return first;
}

const struct p11kit_anchor *p11kit_find_own(
    const struct p11kit_anchor *anchor, size_t count, enum verdict verdict)
{
	for (size_t i = 0; i < count; i++)
		if (anchor[i].verdict == verdict && linux_is_own(anchor[i].path))
			return &anchor[i];
	return NULL;
}
