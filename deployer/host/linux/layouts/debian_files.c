/* SPDX-License-Identifier: Apache-2.0 */
/* The two files of this layout that are text: ca-certificates.conf, line by line as the
 * distribution's tool reads it, and the bundle, block by block as OpenSSL reads it. */
#include "host/linux/layouts/debian.h"

#include <stdlib.h>

#include "formats/pem.h"

/* --- the configuration --- */

/* A line as the shell's `read` gives it to update-ca-certificates: without blanks at its ends. Or
 * `plain`, as getline(3) gives it to Alpine's tool. */
bool conf_next(struct span *rest, bool plain, struct conf_line *out)
{
	const uint8_t *end = rest->size > 0 ? memchr(rest->data, '\n', rest->size) : NULL;
	size_t size = end ? (size_t)(end - rest->data) + 1 : rest->size;
	struct span name = {rest->data, end ? size - 1 : size};

	if (rest->size == 0)
		return false;
	out->whole = (struct span){rest->data, size};
	*rest = (struct span){rest->data + size, rest->size - size};
	/* `read` does not see a last line that lacks its newline */
	if (!end && !plain)
		name.size = 0;
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

void conf_lines_of(struct span conf, const char *name, bool plain, struct bytes *out)
{
	struct conf_line line;

	while (conf_next(&conf, plain, &line))
		if (line.name.size > 0 && span_equal(line.name, span_text(name)))
			bytes_add(out, line.whole.data, line.whole.size);
}

void conf_deselect(struct span conf, const char *name, bool plain, struct bytes *out)
{
	struct span rest = conf;
	struct conf_line line;
	size_t ended = 0;

	while (conf_next(&rest, plain, &line)) {
		/* a line that names it is turned, and one that deselects it is enough */
		if (line.name.size > 0 && span_equal(line.name, span_text(name))) {
			conf_edit(conf, name, plain, false, out);
			return;
		}
		ended = line.whole.data[line.whole.size - 1] == '\n'
		            ? (size_t)(rest.data - conf.data)
		            : ended;
	}
	/* put in front of a last line without newline, which would count if it got one */
	bytes_add(out, conf.data, ended);
	bytes_add(out, "!", 1);
	bytes_add(out, name, strlen(name));
	bytes_add(out, "\n", 1);
	bytes_add(out, conf.data + ended, conf.size - ended);
}

/* Whether the lines of a name are the same in both. */
static bool is_same_line(struct span a, struct span b, const char *name, bool plain)
{
	AUTO(bytes) left = {0};
	AUTO(bytes) right = {0};

	conf_lines_of(a, name, plain, &left);
	conf_lines_of(b, name, plain, &right);
	return span_equal(bytes_span(&left), bytes_span(&right));
}

bool conf_is_withdrawn(
    struct host *host, bool plain, struct span before, struct span after, struct span now)
{
	AUTO(arena) arena = {0};
	struct span rest = after;
	struct conf_line line;

	while (conf_next(&rest, plain, &line)) {
		const char *name =
		    arena_strndup(&arena, (const char *)line.name.data, line.name.size);

		if (!*name || is_same_line(before, after, name, plain) ||
		    is_same_line(after, now, name, plain))
			continue;
		if (!is_same_line(span_text(""), now, name, plain) ||
		    file_type(&host->root, arena_printf(&arena, DEBIAN_SHIPPED "/%s", name)) !=
		        FILE_ABSENT)
			return false;
	}
	return true;
}

/* --- the bundle --- */

bool digests_have(const struct digests *digests, const uint8_t sha256[SHA256_SIZE])
{
	return digest_find(digests->list, digests->count, SHA256_SIZE, sha256) != NULL;
}

void digests_add(struct digests *digests, const uint8_t sha256[SHA256_SIZE])
{
	size_t at = digest_place(digests->list, digests->count, SHA256_SIZE, sha256);

	if (at < digests->count && memcmp(digests->list[at], sha256, SHA256_SIZE) == 0)
		return;
	digests->list =
	    mem_grow(digests->list, &digests->capacity, digests->count + 1, sizeof(*digests->list));
	memmove(digests->list + at + 1, digests->list + at, (digests->count - at) * SHA256_SIZE);
	memcpy(digests->list[at], sha256, SHA256_SIZE);
	digests->count++;
}

void digests_remove(struct digests *digests, const uint8_t sha256[SHA256_SIZE])
{
	size_t at = digest_place(digests->list, digests->count, SHA256_SIZE, sha256);

	if (!digests_have(digests, sha256))
		return;
	digests->count--;
	memmove(digests->list + at, digests->list + at + 1, (digests->count - at) * SHA256_SIZE);
}

static bool is_among(const struct bytes *der, const struct digests *digests)
{
	uint8_t sha256[SHA256_SIZE];

	if (!digests || digests->count == 0)
		return false;
	digest_sha256(bytes_span(der), sha256);
	return digests_have(digests, sha256);
}

void debian_add_certificates(struct span file, const struct digests *without, struct bytes *out)
{
	AUTO(bytes) der = {0};
	struct span rest = file;
	struct err err = {0};
	bool trusted;

	while (rest.size > 0) {
		struct span block;

		if (pem_next_block(file, &rest, &block, &der, &trusted, &err) && der.size > 0 &&
		    !is_among(&der, without))
			pem_copy_block(block, out);
	}
}

static void add_block(
    struct made_bundle *made, struct span text, const struct bytes *der, bool trusted)
{
	struct made_block *block;
	struct cert_seen seen;
	struct err err = {0};

	if (!cert_see(bytes_span(der), trusted, &seen, &err)) {
		if (!made->fault)
			made->fault = arena_printf(&made->arena, "line %zu: %s",
			    pem_line(bytes_span(&made->content), text.data), err.text);
		return;
	}
	made->list = mem_grow(made->list, &made->capacity, made->count + 1, sizeof(*made->list));
	block = &made->list[made->count++];
	memcpy(block->sha256, seen.sha256, SHA256_SIZE);
	block->hash = seen.hash;
	block->label = arena_strdup(&made->arena, seen.label);
	block->text = text;
	block->rejects = seen.rejects;
}

static int by_digest(const void *a, const void *b)
{
	const struct made_block *x = *(const struct made_block *const *)a;
	const struct made_block *y = *(const struct made_block *const *)b;
	int order = memcmp(x->sha256, y->sha256, SHA256_SIZE);

	return order ? order : (x > y) - (x < y);
}

void made_read(struct bytes *content, struct made_bundle *out)
{
	AUTO(bytes) der = {0};
	struct err err = {0};
	struct span rest;
	bool trusted;

	*out = (struct made_bundle){.content = TAKE(*content)};
	rest = pem_of_file(bytes_span(&out->content));
	while (rest.size > 0) {
		struct span text;

		if (!pem_next_block(
		        bytes_span(&out->content), &rest, &text, &der, &trusted, &err)) {
			if (!out->fault)
				out->fault = arena_strdup(&out->arena, err.text);
			continue;
		}
		if (der.size > 0)
			add_block(out, text, &der, trusted);
	}
	if (out->count == 0 && !out->fault && out->content.size > 0)
		out->fault = "there is no certificate in it";
	out->by_digest = mem_alloc((out->count + 1) * sizeof(struct made_block *));
	for (size_t i = 0; i < out->count; i++)
		out->by_digest[i] = &out->list[i];
	if (out->count > 1)
		qsort(out->by_digest, out->count, sizeof(struct made_block *), by_digest);
}

const struct made_block *made_find(
    const struct made_bundle *made, const uint8_t sha256[SHA256_SIZE])
{
	size_t at = digest_find_pointer(made->by_digest, made->count, sha256);

	return at < made->count ? made->by_digest[at] : NULL;
}

void made_release(struct made_bundle *made)
{
	bytes_release(&made->content);
	free(made->list);
	free(made->by_digest);
	arena_release(&made->arena);
	*made = (struct made_bundle){0};
}

/* --- certificates of one file --- */

bool debian_single_certificate(struct span content, uint8_t sha256[SHA256_SIZE], uint32_t *hash)
{
	AUTO(bytes) der = {0};
	struct err err = {0};
	struct cert_seen seen;
	bool trusted;

	if (!pem_next_certificate(&content, &der, &trusted, &err) || der.size == 0 ||
	    !cert_see(bytes_span(&der), trusted, &seen, &err) ||
	    !pem_next_certificate(&content, &der, &trusted, &err) || der.size > 0)
		return false;
	memcpy(sha256, seen.sha256, SHA256_SIZE);
	*hash = seen.hash;
	return true;
}

/* --- certificates among the sources --- */

/* By digest, then in the order of the sources. */
static int by_anchor(const void *a, const void *b)
{
	const struct anchor *x = *(const struct anchor *const *)a;
	const struct anchor *y = *(const struct anchor *const *)b;
	int order = memcmp(x->sha256, y->sha256, SHA256_SIZE);

	return order ? order : (x > y) - (x < y);
}

static void index_anchors(struct sources *sources)
{
	size_t count = sources->anchor_count;

	sources->by_digest = mem_alloc((count + 1) * sizeof(*sources->by_digest));
	for (size_t i = 0; i < count; i++)
		sources->by_digest[i] = &sources->anchors[i];
	qsort(sources->by_digest, count, sizeof(*sources->by_digest), by_anchor);
}

bool sources_list_it(const struct sources *sources, const struct anchor *anchor)
{
	return sources->list[anchor->source].selected && !anchor->fault && !anchor->lost;
}

const struct anchor *sources_find(
    struct sources *sources, const uint8_t sha256[SHA256_SIZE], const struct anchor *after)
{
	size_t count = sources->anchor_count, at;

	if (!sources->by_digest)
		index_anchors(sources);
	at = digest_find_pointer(sources->by_digest, count, sha256);
	/* those of one digest are in the order of their places */
	for (size_t end = count; after && at < end;) {
		size_t middle = at + (end - at) / 2;
		const struct anchor *anchor = sources->by_digest[middle];

		if (anchor <= after && memcmp(anchor->sha256, sha256, SHA256_SIZE) == 0)
			at = middle + 1;
		else
			end = middle;
	}
	return at < count && memcmp(sources->by_digest[at]->sha256, sha256, SHA256_SIZE) == 0
	           ? sources->by_digest[at]
	           : NULL;
}

bool sources_list(struct sources *sources, const uint8_t sha256[SHA256_SIZE])
{
	const struct anchor *anchor = NULL;

	while ((anchor = sources_find(sources, sha256, anchor)))
		if (sources_list_it(sources, anchor))
			return true;
	return false;
}
