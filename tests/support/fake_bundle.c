/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_bundle.h"
#include "fake_host.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/digest.h"

enum { HEADER = 36, FOLDER = 8, FILE_ROW = 16, BLOCK = 32768 };

static void put(struct bytes *out, uint64_t number, size_t size)
{
	for (size_t i = 0; i < size; i++, number >>= 8) {
		uint8_t byte = (uint8_t)number;

		bytes_add(out, &byte, 1);
	}
}

/* [MS-CAB] 2: header, one folder, files, data blocks without checksums. */
struct bytes fake_cabinet(const char *const *names, const struct span *contents, size_t count)
{
	struct bytes out = {0};
	AUTO(bytes) data = {0};
	AUTO(bytes) files = {0};
	size_t blocks;

	for (size_t i = 0; i < count; i++) {
		put(&files, contents[i].size, 4);
		put(&files, data.size, 4);
		put(&files, 0, 2);
		put(&files, 0x5a21, 2); /* some day and minute */
		put(&files, 0, 2);
		put(&files, 0x20, 2);
		bytes_add(&files, names[i], strlen(names[i]) + 1);
		bytes_add(&data, contents[i].data, contents[i].size);
	}
	blocks = (data.size + BLOCK - 1) / BLOCK;
	bytes_add(&out, "MSCF", 4);
	put(&out, 0, 4);
	put(&out, HEADER + FOLDER + files.size + data.size + 8 * blocks, 4);
	put(&out, 0, 4);
	put(&out, HEADER + FOLDER, 4);
	put(&out, 0, 4);
	put(&out, 0x0103, 2);
	put(&out, 1, 2);
	put(&out, count, 2);
	put(&out, 0, 6);
	put(&out, HEADER + FOLDER + files.size, 4);
	put(&out, blocks, 2);
	put(&out, 0, 2);
	bytes_add(&out, files.data, files.size);
	for (size_t at = 0; at < data.size; at += BLOCK) {
		size_t size = data.size - at < BLOCK ? data.size - at : BLOCK;

		put(&out, 0, 4);
		put(&out, size, 2);
		put(&out, size, 2);
		bytes_add(&out, data.data + at, size);
	}
	return out;
}

static void write_manifest(struct text *out, const char *id, uint64_t version, int64_t created,
    int64_t expires, const struct fake_member *members, size_t count)
{
	char from[CLOCK_TEXT], to[CLOCK_TEXT], hex[SHA256_HEX];

	clock_write(created, from);
	clock_write(expires, to);
	text_addf(out,
	    "schema_version: 1\nid: %s\nversion: %llu\ncreated: %s\nexpires: %s\ncontents:\n", id,
	    (unsigned long long)version, from, to);
	for (size_t i = 0; i < count; i++) {
		digest_sha256_hex(members[i].der, hex);
		text_addf(out,
		    "  - file: %s\n    kind: certificate\n    store: %s\n    sha256: %s\n"
		    "    size: %zu\n",
		    members[i].file, members[i].store, hex, members[i].der.size);
	}
}

static struct bundle_candidate *add_candidate(struct bundles *bundles)
{
	struct bundle_candidate *candidate;

	bundles_add(bundles, "test.cab");
	bundles->keyring_loaded = true;
	bundles->keyring.expires = INT64_MAX;
	candidate = &bundles->list[bundles->count - 1];
	candidate->tried = true;
	return candidate;
}

void fake_bundle(struct bundles *bundles, const char *id, uint64_t version, int64_t created,
    int64_t expires, const struct fake_member *members, size_t count)
{
	struct bundle_candidate *candidate = add_candidate(bundles);
	AUTO(text) manifest = {0};
	const char **names = mem_alloc((count + 1) * sizeof(*names));
	struct span *contents = mem_alloc((count + 1) * sizeof(*contents));
	AUTO(bytes) file = {0};
	struct err err = {0};

	write_manifest(&manifest, id, version, created, expires, members, count);
	names[0] = "manifest.yaml";
	contents[0] = span_text(text_string(&manifest));
	for (size_t i = 0; i < count; i++) {
		names[i + 1] = members[i].file;
		contents[i + 1] = members[i].der;
	}
	file = fake_cabinet(names, contents, count + 1);
	free(names);
	free(contents);
	if (!bundle_inspect("test.cab", &file, &candidate->bundle, &err)) {
		fprintf(stderr, "fake bundle: %s\n", err.text);
		abort();
	}
}

void fake_refused_bundle(struct bundles *bundles, const char *reason)
{
	struct bundle_candidate *candidate = add_candidate(bundles);

	err_set(&candidate->refusal, ERR_TRUST, "%s", reason);
}

struct key fake_key(const char *text)
{
	struct text id = {0};
	struct key key;

	text_addf(&id, "certificate/%s", text);
	assert(key_parse(text_string(&id), &key));
	text_release(&id);
	return key;
}
