/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The layouts that p11-kit reads (Fedora and RHEL, SUSE, Arch): a folder of
 * sources, in which the subfolder is the verdict, shipped ones below /usr with
 * the same shape, and a tool of the distribution that extracts bundles from
 * them. We write sources and run that tool; we never write what it extracts.
 *
 *     SOURCE/anchors/      each certificate is a trust anchor
 *     SOURCE/blocklist/    each certificate is distrusted; p11-kit 0.23.20 and older read
 *                          blacklist/ in its place, and newer ones do not
 *     SOURCE/              the file itself says: .p11-kit, TRUSTED CERTIFICATE
 *
 * Which anchors the tool extracts for TLS servers (`trust extract --filter=ca-anchors --purpose
 * server-auth`) was tried with p11-kit 0.24: those of a CA (basic constraints, or version 1 and
 * self-issued) whose purposes take TLS servers in. The purposes are those of OpenSSL's trust
 * settings or of an extension stapled to the key, where a file has some for that key, whichever
 * file; else the certificate's own.
 *
 * Distrust is stronger than trust. In force is what the extracted bundle for TLS
 * servers holds: what is not in it and is to be by these rules waits for the tool; a shipped
 * certificate for other purposes is no item here. Learnt from trust(1), p11-kit's
 * doc/internal/persist-format and the scripts of the distributions.
 */
#include <stddef.h>

#include "host/linux/layouts/hash_folder.h"

struct p11kit_paths {
	const char *source, *shipped, *bundle;
	/* The folders of hash links: the one that the tool makes, and where OpenSSL looks; up to
	 * NULL. */
	const char *folders[HASH_FOLDERS + 1];
	/* what else the tool makes: files, and folders of files; up to NULL */
	const char *others[4];
	const char *tool[3];
};

/* VERDICT_ASIDE: distrusted only in blacklist/, and still in force: the p11-kit of this host does
 * not read that folder, or has not read it yet. */
enum verdict { VERDICT_NONE, VERDICT_TRUSTED, VERDICT_DISTRUSTED, VERDICT_ASIDE };

/* One certificate of one file. */
struct p11kit_anchor {
	uint8_t sha256[SHA256_SIZE];
	enum verdict verdict;
	const char *path, *label;
	int64_t not_after;
	const char *fault; /* or NULL */
	const char *never; /* why the tool never extracts it, or NULL */
	bool denied;       /* this user may not read the file */
	bool refused;      /* OpenSSL cannot decode it, and refuses the whole bundle that holds
	                    * it */
	struct span der;   /* in the arena */
	size_t key;        /* the line of its file in which a private key begins, or 0 */
	bool shipped;
	bool old;   /* in blacklist/ */
	bool alone; /* the only certificate of its file */
};

_Static_assert(offsetof(struct p11kit_anchor, sha256) == 0, "digest_find() needs it");

/* OpenSSL's trust settings for a key, or what is stapled to it: all certificates with it are bound
 * by them. */
struct p11kit_limit {
	uint8_t key[SHA256_SIZE]; /* of the SubjectPublicKeyInfo */
	bool servers;             /* TLS servers are among the purposes */
	bool unknown;             /* it is not about purposes: only the tool can tell */
	const char *path;
};

struct p11kit_sources {
	struct p11kit_limit *limits;
	size_t limit_count, limit_capacity;
	struct p11kit_anchor *list; /* sorted by digest, then in the order of reading */
	size_t count, capacity;
	bool incomplete;    /* something shipped could not be read, so it is not known what that
	                     * trusts */
	bool unsure;        /* distrust that names no certificate, so it is not known what that
	                     * distrusts */
	const char *closed; /* a file that this user may not read, or NULL */
	struct arena arena;
};

bool p11kit_read(struct host *host, const struct p11kit_paths *paths, struct p11kit_sources *out,
    struct err *err) MUST_CHECK;
/* Sets VERDICT_ASIDE, by what the bundle holds (items of the root store, sorted). */
void p11kit_set_aside(struct p11kit_sources *sources, const struct items *made);
void p11kit_release(struct p11kit_sources *sources);
/* Why the tool never extracts this certificate, whoever put it there; NULL when it does. In the
 * arena of the sources. */
const char *p11kit_never(struct p11kit_sources *sources, struct span der);
/* The same where the rules do not tell all: whether only the tool knows. */
bool p11kit_is_unsure(const struct p11kit_sources *sources, struct span der);

/* What the last observation saw, and what this run is about. */
struct p11kit {
	const struct p11kit_paths *paths;
	struct p11kit_sources sources;
	struct hash_folders folders;
	struct items made;   /* what the extracted bundle holds, sorted */
	const char *refused; /* why OpenSSL refuses the whole bundle, in words, or NULL */
	bool seen;
	bool extracted;        /* something shipped is in it */
	struct text failure;   /* why the tool did not do its work, the last time in this run */
	struct text remedy;    /* what has to be done, where this run does not start the tool */
	struct items leaving;  /* asked to go, whatever they were before us */
	struct items back;     /* stood in the bundle before us, and are there again */
	struct items shunned;  /* asked to go, whoever put them there */
	struct items doubtful; /* wanted, and distrusted in a folder that may not be read */
	/* what policies want to be trusted, with its bytes at hand, and what they want nobody to
	 * trust; sorted when asked */
	struct items wanted, unwanted;
};

/* The distribution's tool (change.c). Whether it is there and may run (linux_may_run);
 * `mendable` tells whether the same run may help when the reason is mended. */
bool p11kit_may_run(const struct p11kit_paths *paths, struct host *host, bool *mendable,
    struct err *err) MUST_CHECK;
/* Runs it to its end. ERR_HOST with its words where it does not do its work. */
bool p11kit_run(const struct p11kit_paths *paths, struct host *host, struct err *err) MUST_CHECK;
/* What to do about an image whose tool this run does not start: `remedy`. */
void p11kit_advise(struct p11kit *p11kit, const struct host *host);
/* The tool has not done its work, because of `why`. An image waits for it, and `notes` says what
 * ends that; on the live host false (ERR_PUBLISH). */
bool p11kit_not_rebuilt(struct p11kit *p11kit, struct host *host, bool mendable,
    const struct err *why, struct text *notes, struct err *err) MUST_CHECK;
bool p11kit_in_bundle(const struct p11kit *p11kit, const uint8_t sha256[SHA256_SIZE]);
/* Whether a source that can be read has that verdict on the certificate. */
bool p11kit_says(
    const struct p11kit *p11kit, const uint8_t sha256[SHA256_SIZE], enum verdict verdict);
/* Appends what OpenSSL finds only by its folders, and what this user cannot see of them. */
void p11kit_observe_folders(struct p11kit *p11kit, struct items *have);
/* Why a root that a source holds is never in force: by its own rules, or because the distribution,
 * which has it too, limits it; in `arena`. NULL when it can be. */
const char *p11kit_withheld(
    struct p11kit *p11kit, const uint8_t sha256[SHA256_SIZE], struct arena *arena);
/* Notes what a policy wants: what comes into force in this run, or goes, cannot be lost to another
 * of its name. */
void p11kit_note_wish(struct p11kit *p11kit, const struct item *want);
/* Names the root in a folder of hash links that programs would lose when the root `der`, which has
 * the same name, came into the bundle, and says what to do (hidden.c); in `arena`. NULL: none.
 * Learnt from X509_STORE_CTX_get_by_subject() of OpenSSL 3.0: a folder is asked only for a name
 * that the loaded files do not have. */
const char *p11kit_hides_text(
    struct p11kit *p11kit, struct host *host, struct span der, struct arena *arena);
/* Where a folder of hash links shows the item's certificate, or NULL. */
const struct hash_shown *p11kit_show(const struct p11kit *p11kit, const struct item *item);
/* What the sources say of the item's certificate: the first of `count` anchors. Looks, when nobody
 * has done so yet. */
bool p11kit_look_up(struct p11kit *p11kit, struct host *host, const struct item *item,
    const struct p11kit_anchor **out, size_t *count, struct err *err) MUST_CHECK;

/* As in host.h. Only ours goes, unless what is not ours is meant too; trust in what is shipped ends
 * by distrust. */
bool p11kit_put(struct p11kit *p11kit, struct host *host, const struct item *want,
    const struct item *have, struct changes *out, struct err *err) MUST_CHECK;
bool p11kit_drop(struct p11kit *p11kit, struct host *host, const struct item *have,
    struct changes *out, struct err *err) MUST_CHECK;

/* Runs the tool where the sources changed or a rebuild is due. What was in force and has no source
 * is added to what the tool made, because nobody asked for its removal. What OpenSSL cannot decode
 * is taken out, because with it OpenSSL refuses the whole file. */
bool p11kit_publish(struct p11kit *p11kit, struct host *host, const struct changes *done,
    struct text *notes, struct err *err) MUST_CHECK;

/* Appends what p11kit_publish() will leave in the bundle, as far as the rules above tell what the
 * tool extracts. */
bool p11kit_foretell(struct p11kit *p11kit, struct host *host, const struct changes *done,
    struct changes *out, struct err *err) MUST_CHECK;

/* Appends the change that takes a certificate without a source out of the bundle. With its journal
 * it can come back, which the tool would not do. */
bool p11kit_cut(const struct p11kit *p11kit, struct host *host, const struct item *have,
    struct changes *out, struct err *err) MUST_CHECK;

/* Notes a certificate of the bundle that no source holds, to come back into it when the item goes.
 */
bool p11kit_note_sourceless(const struct p11kit *p11kit, struct host *host, const struct item *have,
    struct changes *out, struct err *err) MUST_CHECK;

/* Appends what the tool passes over; after a look. */
void p11kit_remark(const struct p11kit *p11kit, struct host *host, struct remarks *out);

/* Stands in a file of ours whose certificate was in force before, with no source: in the bundle, */
#define P11KIT_BEFORE_US "# It was trusted before, with no source: a rollback leaves it so.\n"
/* by a folder of hash links. */
#define P11KIT_FOLDER_BEFORE_US                                                                    \
	"# OpenSSL's folder showed it before, with no source: a rollback leaves it so.\n"
/* In distrust of ours: a source held the certificate, and the bundle did not. */
#define P11KIT_OUT_BEFORE_US                                                                       \
	"# It was not trusted before, though a source held it: a rollback leaves it so.\n"

/* What the bundle holds; empty where there is none. */
bool p11kit_read_bundle(
    const struct p11kit *p11kit, struct host *host, struct bytes *out, struct err *err) MUST_CHECK;
/* A bundle without the blocks that OpenSSL cannot decode, or without the certificate `gone`, where
 * it is given. Returns how many blocks that were. */
size_t p11kit_leave_out(struct span bundle, const uint8_t *gone, struct bytes *out);

/* The first anchor of that digest, and how many there are. */
const struct p11kit_anchor *p11kit_find(
    const struct p11kit_sources *sources, const uint8_t sha256[SHA256_SIZE], size_t *count);
/* Among `count` anchors the one with that verdict whose file is ours, or NULL. */
const struct p11kit_anchor *p11kit_find_own(
    const struct p11kit_anchor *anchor, size_t count, enum verdict verdict);
