/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the tests of attacks on bundles assert: refused, with ERR_TRUST and a sentence
 * that has `expected` in it, and nothing left behind. For Criterion tests alone.
 */
#include "bundle_kit.h"

void refused(const struct kit_world *world, struct span bytes, const char *expected);
/* The world's cabinet with these signatures. */
void refused_seal(const struct kit_world *world, struct kit_seal seal, const char *expected);
/* Another cabinet, or one of these files, rightly signed. */
void refused_cabinet(
    const struct kit_world *world, const struct bytes *cabinet, const char *expected);
void refused_files(const struct kit_world *world, const struct cabinet_file *files, size_t count,
    const char *expected);
