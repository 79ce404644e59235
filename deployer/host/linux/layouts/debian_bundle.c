/* SPDX-License-Identifier: Apache-2.0 */
#include "host/linux/layouts/debian.h"

#include <stdlib.h>

#include "formats/pem.h"

void digests_add(struct digests *digests, const uint8_t sha256[SHA256_SIZE])
{
	if (digests_have(digests, sha256))
		return;
	digests->list =
	    mem_grow(digests->list, &digests->capacity, digests->count + 1, sizeof(*digests->list));
	memcpy(digests->list[digests->count++], sha256, SHA256_SIZE);
}

bool digests_have(const struct digests *digests, const uint8_t sha256[SHA256_SIZE])
{
	for (size_t i = 0; i < digests->count; i++)
		if (memcmp(digests->list[i], sha256, SHA256_SIZE) == 0)
			return true;
	return false;
}

void debian_add_certificates(struct span file, struct bytes *out)
{
	AUTO(bytes) der = {0};
	struct span rest = file;
	struct err err = {0};
	bool trusted;

	while (rest.size > 0) {
		const uint8_t *from = rest.data;
		struct span block;

		if (!pem_next_certificate(&rest, &der, &trusted, &err) || der.size == 0)
			continue;
		block = linux_pem_block((struct span){from, (size_t)(rest.data - from)});
		bytes_add(out, block.data, block.size);
		bytes_add(out, "\n", block.data[block.size - 1] != '\n');
	}
}

static void add_block(struct made_bundle *made, const uint8_t *from, struct span rest,
    const struct bytes *der, bool trusted)
{
	struct span searched = {from, (size_t)(rest.data - from)};
	const uint8_t *begin = span_find(searched, span_text("-----BEGIN "));
	struct span text = {begin ? begin : from, (size_t)(rest.data - (begin ? begin : from))};
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
	struct span rest;
	bool trusted;

	*out = (struct made_bundle){.content = TAKE(*content)};
	rest = pem_of_file(bytes_span(&out->content));
	while (rest.size > 0) {
		const uint8_t *from = rest.data;
		struct err err = {0};

		if (!pem_next_of(bytes_span(&out->content), &rest, &der, &trusted, &err)) {
			if (!out->fault)
				out->fault = arena_strdup(&out->arena, err.text);
			continue;
		}
		if (der.size > 0)
			add_block(out, from, rest, &der, trusted);
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

const struct anchor *sources_find(
    struct sources *sources, const uint8_t sha256[SHA256_SIZE], const struct anchor *after)
{
	size_t count = sources->anchor_count, at;

	if (!sources->by_digest)
		index_anchors(sources);
	at = digest_find_pointer(sources->by_digest, count, sha256);
	while (at < count && after && sources->by_digest[at] <= after &&
	       memcmp(sources->by_digest[at]->sha256, sha256, SHA256_SIZE) == 0)
		at++;
	return at < count && memcmp(sources->by_digest[at]->sha256, sha256, SHA256_SIZE) == 0
	           ? sources->by_digest[at]
	           : NULL;
}
