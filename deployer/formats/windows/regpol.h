/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Registry.pol, the registry settings of a Group Policy object.
 *
 *     "PReg" 1    then records, UTF-16LE:
 *     [ key NUL ; value NUL ; type ; size ; data ]      delimiters 2 bytes, type and size 4
 *
 * Delimiters may occur inside the data: its size counts. Names that begin with "**" are orders
 * ("**del.Name", "**delvals."), kept as they are. A record without a value names a key alone.
 *
 * Source: [MS-GPREG] 2.2.1, formats.md f.1.
 */
#include "base/bytes.h"

enum { REGPOL_MAX_BYTES = 64 * 1024 * 1024, REGPOL_MAX_ENTRIES = 100 * 1000 };

struct regpol_entry {
	struct span key, value; /* UTF-16LE without NUL, borrowed */
	uint32_t type;          /* REG_SZ 1, REG_BINARY 3, REG_DWORD 4 … */
	struct span data;
};

struct regpol {
	struct regpol_entry *entries;
	size_t count;
};

/* Whether the bytes begin as Registry.pol does. */
bool regpol_looks(struct span file);
/* To the last byte. ERR_FORMAT names the offset and the fault. */
bool regpol_parse(struct span file, struct regpol *out, struct err *err) MUST_CHECK;
void regpol_release(struct regpol *regpol);
/* Appends the whole file: what was parsed becomes the same bytes again. */
void regpol_write(const struct regpol *regpol, struct bytes *out);
