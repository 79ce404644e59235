/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Keeps what was in force before the distribution's tool ran, in no source, and that nobody asked
 * to go.
 */
#include "host/linux/layouts/p11kit/p11kit.h"

enum { P11KIT_OTHERS_MAX = 4 };

/* What the tool left out, to be put back. */
struct keeping {
	struct p11kit *p11kit;
	const struct items *going;     /* of the host */
	struct hash_folders folders;   /* as they were */
	struct p11kit_sources sources; /* as they are now */
	struct items made, asked;      /* by fingerprint, sorted */
	struct items taken;            /* asked to go, out of the folders too */
	struct items back;             /* in force before us, and not distrusted any more */
	struct items held;             /* what would hide a root of a folder */
	struct bytes kept;             /* PEM, for the bundle */
	struct bytes all;              /* PEM, of all that is kept somewhere */
	struct bytes others[P11KIT_OTHERS_MAX]; /* paths->others as they were */
	struct text names, distrusted, in_folder, why_held;
	const char *folder; /* in which something is kept */
	size_t count, distrusted_count, refused_count, folder_count;
	bool refused; /* by OpenSSL, what the tool made */
};

/* Appends the certificates of a file, as p11-kit or as OpenSSL has them. */
void keeping_list(struct span content, struct items *out);
/* Whether what lies there is distrusted: when it goes, nobody loses trust. */
bool keeping_is_distrust(const char *place);
/* Looks at what the tool is about to make anew. `done` has this run's changes of the sources. */
bool keeping_begin(struct keeping *keeping, struct host *host, const struct changes *done,
    struct err *err) MUST_CHECK;
/* Goes through what the bundle held before the tool makes `after` of the sources. */
void keeping_compare(struct keeping *keeping, struct span before, struct span after);
/* Whether nobody asks that a certificate goes which a folder showed. */
bool keeping_may_stay(const struct keeping *keeping, const uint8_t sha256[SHA256_SIZE]);
/* Finds what is not in the bundle `before`, is in what the tool made (`after`), and has the name of
 * a root that a folder of hash links alone shows: programs that read both would lose that one
 * (hidden.c). Part of keeping_compare(). */
void keeping_hold_back(struct keeping *keeping, struct span before, struct span after);
/* What the tool made, without what OpenSSL refuses or what is held back, and with what is kept. */
struct bytes keeping_assemble(struct keeping *keeping, struct span made);
/* Puts back what the tool has left out, and tells of it. */
bool keeping_finish(struct keeping *keeping, struct host *host, struct span before,
    struct text *notes, struct err *err) MUST_CHECK;
/* The tool failed: puts back what its folder showed. */
bool keeping_undo(struct keeping *keeping, struct host *host, struct err *err) MUST_CHECK;
/* Appends what the tool is going to take out of its folder. Called after keeping_compare(). */
void keeping_foretell(struct keeping *keeping, struct host *host, struct changes *out);
void keeping_release(struct keeping *keeping);
/* Puts back at once, under the next number of its hash, what was shown `before`, is not shown `now`
 * in the same folder, and for which `stays` is true. What only the loader of files found gets its
 * old name, where that is free. It gets a number, in PEM, where another of its hash has got one
 * since and would hide it. */
bool hash_folders_keep(const struct hash_folders *before, const struct hash_folders *now,
    struct host *host, bool (*stays)(void *context, const struct hash_shown *shown), void *context,
    struct err *err) MUST_CHECK;
