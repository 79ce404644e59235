/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A recipe: what `bundle build` puts into a bundle (interface.md section 7).
 *
 *     id: example.corp.roots
 *     version: 12
 *     expires: 2027-05-23T00:00:00Z     # or valid_for: 180d
 *     compression: mszip                # mszip (default) | stored
 *     contents:
 *       - source: roots/corp-*.pem         # a path or glob, relative to the recipe
 *         kind: certificate
 *         store: root
 */
#include "bundle/manifest.h"

enum { RECIPE_MAX_BYTES = 1024 * 1024 };

enum recipe_compression { RECIPE_MSZIP, RECIPE_STORED };

struct recipe_entry {
	const char *source, *url; /* one of them */
	struct fingerprint sha256;
	int kind, store, list; /* as in struct manifest_entry */
	struct position position;
};

struct recipe {
	uint64_t schema_version;
	const char *id;
	uint64_t version;
	int64_t expires, valid_for; /* one of them; the other 0 */
	int compression;            /* enum recipe_compression */
	struct list contents;       /* of struct recipe_entry */
	const char *file;           /* for messages; sources are relative to its folder */
	const char *downloads;      /* set by the caller: folder of what urls lead to, or NULL */
	struct arena arena;
};

extern const struct fields recipe_fields;

/* ERR_POLICY with the place. */
bool recipe_parse(
    struct span span, const char *file, struct recipe *out, struct err *err) MUST_CHECK;
bool recipe_load(const char *path, struct recipe *out, struct err *err) MUST_CHECK;
void recipe_release(struct recipe *recipe);
