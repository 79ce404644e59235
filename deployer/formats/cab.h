/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Microsoft cabinets ([MS-CAB]), read from memory by libmspack, never in
 * salvage mode. One cabinet, not a set; stored, MSZIP or LZX folders.
 * Names are single relative paths of letters, digits, '.', '_', '-' and '/';
 * "..", empty parts and duplicates (also those that differ in case alone) are refused. Sizes
 * are those the directory declares, capped before anything is unpacked, and unpacking stops
 * at them. The members of a folder follow each other without gap or overlap, and the
 * cabinet fills its bytes to the end.
 *
 *     cab_open → members → cab_read … → cab_release
 */
#include "base/bytes.h"

enum {
	CAB_MAX_BYTES = 256 * 1024 * 1024,    /* the cabinet itself */
	CAB_MAX_UNPACKED = 512 * 1024 * 1024, /* all members together */
	CAB_MAX_MEMBERS = 20 * 1000,
	CAB_MAX_NAME = 200,
};

struct cab_member {
	const char *name; /* with '/' */
	uint64_t size;
	size_t folder; /* members of one folder are one compressed stream */
};

struct cab {
	struct span file; /* borrowed */
	struct cab_member *members;
	size_t count;
	struct cab_state *state;
};

/* The rule for names, also of manifests. ERR_FORMAT says what is wrong. */
bool cab_name_check(const char *name, struct err *err) MUST_CHECK;

/* Checks the header and the whole directory. ERR_FORMAT names the fault. */
bool cab_open(struct span file, struct cab *out, struct err *err) MUST_CHECK;
/* The member of that name, or NULL. */
const struct cab_member *cab_find(const struct cab *cab, const char *name);
/* Unpacks one member of at most `max` bytes into `out`, replacing what it held. Members read
 * in their order cost one pass; the first read out of order unpacks the folder as a whole. */
bool cab_read(struct cab *cab, const struct cab_member *member, size_t max, struct bytes *out,
    struct err *err) MUST_CHECK;
void cab_release(struct cab *cab);
