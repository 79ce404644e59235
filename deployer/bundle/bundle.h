/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A signed bundle, verified and open (interface.md section 7):
 *
 *     | cabinet ........ | CMS signature (DER) ... | TRUSTDB1 | length, u64 big-endian |
 *
 * Order of work: size cap, trailer, signatures over the cabinet's bytes against the
 * keyring's pinned keys, then the cabinet, then manifest.yaml, then each member's size
 * and digest as it is read. Nothing behind a step is looked at before the
 * step holds, and the bytes that were verified are the bytes that are used: the file is
 * read once, into memory.
 *
 * Which version is new enough is not known here: floors are kept by state/floors,
 * which judges a bundle through bundle_judge().
 */
#include "bundle/cms.h"
#include "bundle/keyring.h"
#include "bundle/manifest.h"
#include "formats/cab.h"

enum { BUNDLE_MAX_BYTES = 256 * 1024 * 1024 };

/* The highest step that a version may make over the floor (2^48, enough for versions that are
 * dates to the millisecond): whoever holds stolen keys cannot use the numbers up. */
#define BUNDLE_MAX_JUMP (UINT64_C(1) << 48)

#define BUNDLE_MAGIC "TRUSTDB1"
enum { BUNDLE_TRAILER = 16 };

struct bundle {
	const char *path;
	char sha256[SHA256_HEX]; /* of the file */
	struct bytes file;
	struct span cabinet, signature; /* of `file`; no signature: empty */
	struct cms_content content;     /* the cabinet and its digests */
	struct cab cab;
	struct manifest manifest;
	struct bundle_signer *signers;
	size_t signer_count;
	struct arena arena;
};

/* The rules that somebody may be told how to satisfy; in `rule` of an ERR_TRUST, which is 0 for all
 * others. */
enum refusal {
	REFUSAL_KEYRING_EXPIRED = 1,
	REFUSAL_EXPIRED,
	REFUSAL_USED_ALREADY,   /* its version is below the host's floor */
	REFUSAL_OTHER_CONTENTS, /* another bundle of its id and version had other contents */
	REFUSAL_KEYRING_OLDER,  /* the host has used a later keyring */
	REFUSAL_MIN_VERSION,
	REFUSAL_MAX_AGE,
	REFUSAL_FAST_FORWARD,
	REFUSAL_UNSIGNED,
	REFUSAL_NO_BUNDLE, /* another kind of file, or cut off */
};

/* Takes over `file`. ERR_TRUST when a signature, the threshold, the manifest or the set of
 * members refuses it, also when it is too damaged to tell; expiry of bundle and
 * keyring at `now` included. `path` is for messages. */
bool bundle_open(const char *path, struct bytes *file, const struct keyring *keyring, int64_t now,
    struct bundle *out, struct err *err) MUST_CHECK;

/* The same in two steps: everything but the bundle's own expiry, so that one that has expired can
 * still be told by its id; and that. */
bool bundle_verify(const char *path, struct bytes *file, const struct keyring *keyring, int64_t now,
    struct bundle *out, struct err *err) MUST_CHECK;
bool bundle_check_expiry(const struct bundle *bundle, int64_t now, struct err *err) MUST_CHECK;

/* Who signed a file that was refused, for messages. The contents are read only when the signatures
 * reach the threshold, to tell who may not sign them, and are not in `out`. The signers point into
 * `keyring`. */
bool bundle_signers(struct bytes *file, const struct keyring *keyring, struct bundle *out,
    struct err *err) MUST_CHECK;

/* The same without keyring, dates and trust, for `show` and for signing: what it says is what
 * the file says of itself. The signature may be missing. ERR_FORMAT. */
bool bundle_inspect(
    const char *path, struct bytes *file, struct bundle *out, struct err *err) MUST_CHECK;

/* Reads one member; ERR_TRUST when its size or digest is not the manifest's. */
bool bundle_read(struct bundle *bundle, const struct manifest_entry *entry, struct bytes *out,
    struct err *err) MUST_CHECK;

/* Reads every member, in their order, and drops it. */
bool bundle_read_all(struct bundle *bundle, struct err *err) MUST_CHECK;

/* What the policy and the host's memory demand of a bundle; zeros demand nothing. */
struct bundle_demand {
	uint64_t floor; /* highest version this host has used */
	uint64_t min_version;
	int64_t max_age; /* seconds since `created` */
	int64_t now;
};
/* ERR_TRUST with the rule that refuses it. */
bool bundle_judge(
    const struct bundle *bundle, const struct bundle_demand *demand, struct err *err) MUST_CHECK;

/* The keyring that this bundle brings to take the place of `current`: the bytes of its member
 * of kind keyring, checked to be version N+1 and not expired, in a bundle signed by the threshold
 * of both. `out` stays empty when it brings none, or `current` has that version already. */
bool bundle_next_keyring(struct bundle *bundle, const struct keyring *current, int64_t now,
    struct bytes *out, struct err *err) MUST_CHECK;

/* Whether the next keyring accepts an open bundle with the signatures that it has; ERR_TRUST says
 * who would have to sign it too. Its dates are not looked at. */
bool bundle_suits_next(
    struct bundle *bundle, const struct keyring *next, struct err *err) MUST_CHECK;

/* Whether it brings a keyring of the version of `current` that says something else: somebody forgot
 * to raise the version, and no host will ever take it. */
bool bundle_has_other_keyring(struct bundle *bundle, const struct keyring *current) MUST_CHECK;
/* The message about that, behind "bundle ID ". */
#define BUNDLE_OTHER_KEYRING                                                                       \
	"brings another keyring of version %llu, which is the version that this host has; it is "  \
	"not taken: only the next version is"

/* Releases its bytes. Manifest, signers and digest stay for reports, and no member can be read any
 * more. */
void bundle_drop(struct bundle *bundle);
void bundle_release(struct bundle *bundle);

/*
 * The bundles a run may use: candidate files, each read and verified when it is first
 * asked for and then kept. A run that needs none never sets OpenSSL up.
 *
 * Beside them are the last good copies in the state folder (engine/copies), a file an id: one is
 * looked at when a source cannot be reached, or holds what is refused. It is judged anew like any
 * other bundle.
 */
enum { BUNDLES_MAX = 1000 }; /* files that are looked at */

struct bundle_candidate {
	char *path;
	bool tried;
	bool left_out;        /* no bundle: files of a folder that are not looked at */
	struct bundle bundle; /* when it verified; also when it has expired since */
	struct err refusal;   /* code ERR_NONE when it can be used, ERR_IO when it cannot be read */
};

/* A last good copy that was looked at. */
struct bundle_copy {
	struct bundle_copy *next;
	char *id;
	struct bundle bundle;
	bool good;
	struct err why; /* else: why it cannot be used; ERR_NONE: there is none */
};

struct bundles {
	struct bundle_candidate *list;
	size_t count, capacity;
	bool given; /* files or folders were named, also when no bundle is in them */
	char *keyring_path;
	enum file_trust keyring_trust;
	bool keyring_loaded;
	struct keyring keyring;
	int64_t now;
	struct root *copies_root; /* what `copies` is a path of */
	const char *copies;       /* the folder of last good copies; NULL: there are none */
	struct bundle_copy *copied;
};

/* What became of the search for a bundle. */
struct bundle_answer {
	struct bundle *bundle; /* NULL: none can be used */
	bool copy;             /* it is the last good copy, and no source gives it now */
	bool refused;          /* a rule refused a source that holds it, or may hold it */
	bool unreachable;      /* a source that may hold it cannot be read */
	/* Why no source gives it, and why the last good copy does not, where there is one:
	 * ERR_TRUST when a source was refused, else ERR_IO. ERR_NONE: one does. Its rule is that of
	 * the first that may hold it. */
	struct err why;
	char brief[200]; /* the source's fault in few words: "expired 2027-05-26" */
};

/* A bundle, or every *.cab of a folder, in name order, as far as BUNDLES_MAX goes; a candidate says
 * how many were left out. All are added before the first is asked for. What is wrong with it, also
 * that it is missing, is told when it is asked for. */
void bundles_add(struct bundles *bundles, const char *path);
/* Looks for the verified bundle of the highest version with this id, then for its last good copy:
 * a share that is not mounted looks like an empty folder. Fails only when the keyring cannot be
 * used; else `out` tells, and `why` names each candidate and what is wrong with it. */
bool bundles_find(
    struct bundles *bundles, const char *id, struct bundle_answer *out, struct err *err) MUST_CHECK;
/* Reads the keyring, once, also where no bundle is asked for. */
bool bundles_load_keyring(struct bundles *bundles, struct err *err) MUST_CHECK;
/* Reads and verifies each that was not asked for yet, for a listing: `refusal` says what is wrong
 * with it. Fails when the keyring cannot be read. */
bool bundles_verify(struct bundles *bundles, struct err *err) MUST_CHECK;
/* The last good copy of that bundle, verified and not expired, or NULL. */
struct bundle *bundles_copy(struct bundles *bundles, const char *id);
void bundles_release(struct bundles *bundles);
