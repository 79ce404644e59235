/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What this host remembers of signed data, so that nobody can take it back in
 * time: the highest version of each bundle that it has used and what that one listed, the newest
 * time that a verified bundle was signed at, and the newest version of the keyring. Kept in the
 * state folder ("floors", JSON); read by every run, moved by apply alone and only after success.
 *
 * Against rollback: a version below the floor is refused, and so is the floor's own version with
 * other contents (manifest_digest), since nobody could tell which of the two a host has. Against
 * fast-forward: one that leaps too far above it is refused too (bundle_judge), so whatever a leaked
 * key signs, its owner can publish a higher one. Against a clock that runs behind: dates are judged
 * as of the newest signed time, when the clock is earlier. That time itself may lie at most
 * FLOORS_MAX_AHEAD ahead of the later of the clock and this program's own age, or one bad date
 * would expire everything for good.
 *
 * This is the one judge of dates and versions, and runs last: those of the keyring too. An image is
 * judged by the higher of its own floors and those of the host that works on it.
 */
#include "base/file.h"
#include "bundle/bundle.h"

#define FLOORS_MAX_AHEAD ((int64_t)10 * 366 * 86400)
/* No clock is earlier than the program: 2026-01-01T00:00:00Z. */
#define FLOORS_EPOCH ((int64_t)1767225600)
/* Clocks differ by that much without anybody being told. */
#define FLOORS_TOLERANCE ((int64_t)300)

struct floor {
	const char *id;
	uint64_t version;
	char contents[SHA256_HEX]; /* manifest_digest of that version; "": not known */
};

struct floors {
	struct floor *list;
	size_t count, capacity;
	int64_t newest_signed; /* 0: none seen */
	uint64_t keyring;      /* 0: none used */
	/* of the host that works on an image: they count too, and are never moved; or NULL */
	const struct floors *above;
	struct arena arena;
};

/* A missing file is empty floors; a damaged one is ERR_FORMAT. */
bool floors_load(
    struct root *root, const char *path, struct floors *out, struct err *err) MUST_CHECK;
/* 0 for an id that was never used. */
uint64_t floors_version(const struct floors *floors, const char *id);
/* The newest version of the keyring that was used; 0: none. */
uint64_t floors_keyring(const struct floors *floors);
/* The clock, or the newest signed time where that is later. */
int64_t floors_now(const struct floors *floors, int64_t clock);

/* Judges a verified bundle, and the keyring that it was verified with, against the floors and the
 * policy's `rule` (its floor is filled in here; NULL: no rule), as of `now`. ERR_TRUST with the
 * rule that refuses it. */
bool floors_judge(const struct floors *floors, const struct bundle *bundle,
    const struct keyring *keyring, const struct bundle_demand *rule, int64_t now,
    struct err *err) MUST_CHECK;

/* Moves them up for a bundle that was used, and remembers its contents; true when that changed
 * anything. */
bool floors_raise(struct floors *floors, const struct bundle *bundle);
/* The same for the keyring that verified one. */
bool floors_raise_keyring(struct floors *floors, uint64_t version);
/* The same for its time alone, as soon as it is verified. */
void floors_see_time(struct floors *floors, const struct bundle *bundle);
bool floors_store(
    const struct floors *floors, struct root *root, const char *path, struct err *err) MUST_CHECK;
void floors_release(struct floors *floors);
