/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Writing cabinets. libgcab does it, which brings GLib and GIO along: 14 shared
 * objects that no host needs to check itself. So it lives in a module of its own,
 * cabinet-writer.so, which cabinet_build() loads when a bundle is built.
 *
 * Only plain types cross the border; memory is malloc's on both sides.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

#define CABINET_MODULE "cabinet-writer.so"
#define CABINET_SYMBOL "trust_deployer_write_cabinet"

struct cabinet_file {
	const char *name; /* with '/' */
	struct span content;
};

/* The module's one function. `out` is for the caller to free; returns NULL, or a text
 * that says what went wrong, for the caller to free too. */
char *trust_deployer_write_cabinet(
    const struct cabinet_file *files, size_t count, bool mszip, unsigned char **out, size_t *size);

/* One folder, the files in their order, dated 1980-01-01, without attributes. Uses the
 * writer that is linked in, or else the module from the program's folder, from
 * ../lib/trust-deployer beside it, or from the library folder it was configured
 * with. ERR_HOST when there is none. */
bool cabinet_build(const struct cabinet_file *files, size_t count, bool mszip, struct bytes *out,
    struct err *err) MUST_CHECK;
