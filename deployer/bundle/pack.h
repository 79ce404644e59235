/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Builds the cabinet of a bundle from a recipe, and takes a verified bundle
 * apart again. The same recipe, sources and time give the same bytes: members lie in
 * the order of the recipe (a glob's matches in byte order), dates and
 * attributes in the cabinet are fixed, names come from the sources' base names.
 *
 *     recipe_load → pack_build → (sign_add) → file_replace
 */
#include "base/clock.h"
#include "bundle/bundle.h"
#include "bundle/recipe.h"

/* The time to build with when the user gave none: SOURCE_DATE_EPOCH when it is set, else the
 * start of `clock`'s day in UTC, so that two builds on one day are the same bytes. */
bool pack_time(int64_t clock, int64_t *out, struct err *err) MUST_CHECK;

/* `now` becomes the manifest's `created` and the start of `valid_for`. `cabinet` is a bundle
 * without its signature. `notes` gets a line for each thing worth knowing that is no
 * error: a certificate that is expired or no CA, one named twice. */
bool pack_build(const struct recipe *recipe, int64_t now, struct bytes *cabinet, struct text *notes,
    struct err *err) MUST_CHECK;

/* Writes manifest.yaml and every member below `folder`, which is made when it is missing. Files
 * that are there are replaced; nothing is written through a link. */
bool pack_extract(struct bundle *bundle, const char *folder, struct err *err) MUST_CHECK;
