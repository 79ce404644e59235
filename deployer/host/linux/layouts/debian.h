/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The layout of Debian and Ubuntu, and of Alpine, which has the same folders and a tool
 * of its own: certificates as files, one each, from which update-ca-certificates makes a
 * folder for OpenSSL.
 *
 *     /etc/ca-certificates.conf          names of shipped files, "!" deselects one
 *     /usr/share/ca-certificates/        what the distribution ships
 *     /usr/local/share/ca-certificates/  what the administrator adds, all of it trusted
 *         |
 *         v
 *     /etc/ssl/certs/ca-certificates.crt all of it, one after the other
 *     /etc/ssl/certs/NAME.pem            a link to each file
 *     /etc/ssl/certs/HHHHHHHH.N          a link to each NAME.pem, by the hash of its subject
 *
 * What is derived is what the distribution's own tool would leave in an empty
 * folder, to the byte, plus what others put into that folder. Learnt from
 * update-ca-certificates(8) of Debian 12, from watching `openssl rehash` 3.0, and from
 * update-ca.c of Alpine's ca-certificates, whose hook `certhash` makes the hash links as
 * rehash does. What the two tools do differently is struct file_store.
 */
#include <stddef.h>

#include "host/linux/certificates.h"
#include "host/linux/layout.h"

#define DEBIAN_CONF    "/etc/ca-certificates.conf"
#define DEBIAN_TOOL    "/usr/sbin/update-ca-certificates"
#define DEBIAN_SHIPPED "/usr/share/ca-certificates"
#define DEBIAN_LOCAL   "/usr/local/share/ca-certificates"
#define DEBIAN_CERTS   "/etc/ssl/certs"
#define DEBIAN_BUNDLE  "ca-certificates.crt"
#define DEBIAN_HOOKS   "/etc/ca-certificates/update.d"

struct file_store {
	const char *link_prefix; /* what the name of a link to a source begins with */
	/* Which files of the local folder count. True: all whose names do not begin with a dot, in
	 * the order of the folder, without folders in it. False: those called .crt, with folders,
	 * sorted. */
	bool every_local_file;
	/* How the configuration is read. True: each line that begins with neither '#' nor '!' is a
	 * name, blanks included. False: as the shell reads it. */
	bool plain_lines;
	bool newline_behind;  /* writes each file also where it ends in one */
	bool hooks_are_told;  /* which links came and went */
	const char *own_hook; /* it makes what our own rebuild makes: in an image it may be left
	                       * out */
};

extern const struct file_store debian_store, alpine_store;

/* One file that the configuration names or the local folder holds. */
struct source {
	const char *path;
	const char *line; /* its name in the configuration; NULL for a local one */
	bool selected;    /* false: deselected by "!" */
	bool unreadable;  /* it is there, and its content is not known */
	bool denied;      /* not known to this user, who may not read it */
	bool cuts;        /* OpenSSL does not read it to its end, nor what comes behind it in the
	                   * bundle */
	bool open;        /* its last block has no END: in the bundle the next file goes into it */
	bool loads;       /* OpenSSL reads it to its end: it may stand in the bundle */
	bool stops;       /* its name has a line break, at which the distribution's tool stops */
	bool shadowed;    /* a later one has its link: shown_read() tells */
	size_t key;       /* the line in which a private key begins, or 0 */
	bool nameless;    /* shadowed because the name of its link would be too long */
	bool blocked;     /* shadowed by something that is no link into the folders of sources */
	size_t first, count; /* its anchors */
	unsigned mode;       /* as it was read; 0: not known */
	bool hashed;         /* one certificate, so OpenSSL's folder has a link to it */
	uint32_t hash;       /* of the subject, when hashed */
};

/* One certificate of a file, or its fault. */
/* Whether a rebuild gives OpenSSL's folder a link to a certificate. */
enum link_answer { LINK_UNASKED, LINK_COMES, LINK_NONE };

struct anchor {
	uint8_t sha256[SHA256_SIZE];
	size_t source;
	uint32_t hash; /* of the subject */
	const char *label;
	int64_t not_after;
	const char *fault; /* what is wrong with it, or NULL */
	bool lost;         /* the tool makes a bundle in which OpenSSL does not know it */
	size_t rejects; /* the line of its block, when OpenSSL's trust settings in it reject it */
	enum link_answer link; /* of the first of its digest */
};

_Static_assert(offsetof(struct anchor, sha256) == 0, "digest_find() needs it");

struct sources {
	const struct file_store *store;
	struct source *list;
	size_t count, capacity;
	struct anchor *anchors;
	size_t anchor_count, anchor_capacity;
	bool rejecting;     /* one of them has such trust settings */
	const char *closed; /* a source, or a folder of them, that this user may not read; or NULL
	                     */
	const struct anchor **by_digest; /* made when asked for */
	struct bytes bundle;             /* the selected files, one after the other; if wanted */
	struct arena arena;
};

struct digests;

/* Reads all sources, as they will be when `leaving` (or NULL) is carried out. With `made`,
 * `*same` tells whether it is exactly the selected files one after the other; without, their
 * concatenation is built in `bundle`, but for the certificates `without` (or NULL). A file that
 * cannot be read is an anchor with a fault. */
bool sources_read(struct host *host, const struct file_store *store, const struct changes *leaving,
    const struct digests *without, const struct span *made, bool *same, struct sources *out,
    struct err *err) MUST_CHECK;
void sources_release(struct sources *sources);
/* Whether a rebuild brings the anchor into the bundle. */
bool sources_list_it(const struct sources *sources, const struct anchor *anchor);
/* The same for the certificate, from whichever source. */
bool sources_list(struct sources *sources, const uint8_t sha256[SHA256_SIZE]);
/* The next anchor of that digest behind `after` (NULL: the first), or NULL. */
const struct anchor *sources_find(
    struct sources *sources, const uint8_t sha256[SHA256_SIZE], const struct anchor *after);

/* The name of a source's link: "mozilla/A B.crt" is "A_B.pem", behind the store's prefix. */
enum { LINK_NAME = 280 };
void debian_link_name(const struct file_store *store, const char *path, char out[LINK_NAME]);

/* Whether DEBIAN_CERTS has something of somebody else's under the name of a source's link, which
 * stays: no link (then `link` is NULL), or a link to a file that is in no folder of sources. */
bool debian_is_taken(struct host *host, const char *name, const char *link);

/* Goes through the lines of the configuration; with `plain` as Alpine's tool does. */
struct conf_line {
	struct span whole; /* with its newline */
	struct span name;  /* of the file; empty for a comment */
	bool deselected;
};
bool conf_next(struct span *rest, bool plain, struct conf_line *out);
/* The configuration with the lines of `name` selected or deselected. */
void conf_edit(struct span conf, const char *name, bool plain, bool select, struct bytes *out);

/* The configuration with `name` deselected, also where no line of it names the file. */
void conf_deselect(struct span conf, const char *name, bool plain, struct bytes *out);
/* Appends the lines of `name`, selected or not. */
void conf_lines_of(struct span conf, const char *name, bool plain, struct bytes *out);
/* Whether each line that differs between `before` and `after`, and that `now` does not have as in
 * `after`, is missing in `now` altogether and named a shipped file that has gone. */
bool conf_is_withdrawn(
    struct host *host, bool plain, struct span before, struct span after, struct span now);

/* Digests of certificates, each once, sorted. */
struct digests {
	uint8_t (*list)[SHA256_SIZE];
	size_t count, capacity;
};
void digests_add(struct digests *digests, const uint8_t sha256[SHA256_SIZE]);
void digests_remove(struct digests *digests, const uint8_t sha256[SHA256_SIZE]);
bool digests_have(const struct digests *digests, const uint8_t sha256[SHA256_SIZE]);

/* Appends the blocks of certificates only, also from a file that holds a private key, since
 * everybody reads the bundle. Those of `without` (or NULL) are left out. */
void debian_add_certificates(struct span file, const struct digests *without, struct bytes *out);

/* The bundle file as OpenSSL reads it. With one damaged block it reads nothing of it. */
struct made_block {
	uint8_t sha256[SHA256_SIZE];
	uint32_t hash; /* of the subject */
	const char *label;
	struct span text; /* from BEGIN to the end of its END line */
	bool rejects;     /* OpenSSL's trust settings in it reject it for TLS servers */
};

_Static_assert(offsetof(struct made_block, sha256) == 0, "digest_find() needs it");

struct made_bundle {
	struct bytes content;
	const char *fault; /* why OpenSSL refuses the whole file, or NULL */
	struct made_block *list;
	size_t count, capacity;
	const struct made_block **by_digest;
	struct arena arena;
};

/* Takes the content over. */
void made_read(struct bytes *content, struct made_bundle *out);
/* The first block with that certificate, whose trust settings count; or NULL. */
const struct made_block *made_find(
    const struct made_bundle *made, const uint8_t sha256[SHA256_SIZE]);
void made_release(struct made_bundle *made);

/* What OpenSSL finds by its folder. For the hash of a subject it reads HHHHHHHH.0, .1 and so on,
 * until one is missing or cannot be read, and takes the certificates in them. Other entries its
 * loader of files may find all the same (loader.h). */
struct shown {
	uint8_t sha256[SHA256_SIZE];
	const char *name; /* of the entry: "9f2c11aa.0" */
	uint32_t hash;    /* in it */
	bool link;        /* else it is a file */
	bool beyond;      /* only the loader of files finds it by this entry */
	bool fixed;       /* and that would be so under another number too: DER, a folder's file, an
	                   * odd name */
	/* The certificate has another hash than the entry. OpenSSL trusts it once it has looked for
	 * the hash of the entry, and whoever has its key can issue a certificate with such a name.
	 * So it counts as trusted where nobody is to trust it, and does not suffice where programs
	 * are to trust it. */
	bool beside;
	const char *file; /* where its links end */
	const char *label;
	bool source;  /* a source, read as such, */
	bool asked;   /* and nothing is wrong with what it holds: debian_is_selected */
	bool rejects; /* as in struct made_block */
	size_t order; /* in which OpenSSL reads them */
};

_Static_assert(offsetof(struct shown, sha256) == 0, "digest_find() needs it");

/* Where OpenSSL stops: it reads the entries of a hash by their numbers, up to the first that it
 * cannot read. */
struct shown_stop {
	uint32_t hash;
	const char *name;
	bool link;   /* the next derivation leaves it out; else it is a file of somebody's */
	bool denied; /* this user may not read it, so whether OpenSSL stops there is not known */
};

struct shown_list {
	/* sorted by digest; of equal ones those with `beyond` come last, and behind them those with
	 * `beside` */
	struct shown *list;
	size_t count, capacity;
	size_t beyond_count;
	struct shown_stop *stops;
	size_t stop_count, stop_capacity;
	struct arena arena;
};

bool shown_read(
    struct host *host, struct sources *sources, struct shown_list *out, struct err *err) MUST_CHECK;
/* The first of that digest that is found by number and whose trust settings count; or NULL. */
const struct shown *shown_find(const struct shown_list *shown, const uint8_t sha256[SHA256_SIZE]);
/* The first of that digest, however it is found, and the next one; or NULL. */
const struct shown *shown_first(const struct shown_list *shown, const uint8_t sha256[SHA256_SIZE]);
const struct shown *shown_next(const struct shown_list *shown, const struct shown *last);
/* Whether any certificate of that hash is found by number. */
bool shown_has(const struct shown_list *shown, uint32_t hash);
/* Where OpenSSL stops when it looks for that hash; or NULL. */
const struct shown_stop *shown_find_stop(const struct shown_list *shown, uint32_t hash);
void shown_release(struct shown_list *shown);
/* Whether OpenSSL finds in the file, links followed, before it stops reading, a certificate of that
 * hash that is not among `without`. */
bool shown_holds(struct host *host, const char *path, uint32_t hash, const struct digests *without);
/* Whether OpenSSL reads that file to its end and finds a certificate. If not, it does not look at
 * later entries of the same hash. */
bool shown_goes_on(struct host *host, const char *path);

/* What the last observation saw; put, drop and express look things up in it. */
struct debian {
	const struct file_store *store;
	bool seen;
	struct sources sources;
	bool thorough; /* the last observation asked for it */
	bool complete; /* the bundle is the selected files, one after the other, and all load */
	struct made_bundle made; /* else: what the bundle holds */
	struct shown_list shown;
	struct digests going; /* what this run takes out of the bundle, and no rebuild keeps */
	/* of these, the ones that OpenSSL's folder is to lose too, whoever made the link */
	struct digests shunned;
	struct digests distrusted; /* of these, the ones that this run was to distrust */
	/* Certificates that go, and whose block of before us is in the bundle again, behind
	 * ours. */
	struct digests given_back;
	/* Certificates that policies want nobody to trust, and that a source holds which no rebuild
	 * has used yet: our rebuilds put them neither into the bundle nor behind a link. */
	struct digests unlisted, unlinked;
	struct digests wanted, unwanted; /* what policies want to be trusted, and what they want
	                                  * nobody to trust */
	struct text kept;                /* what the last derive kept without a source */
	size_t kept_count;
	struct text idle; /* files of others that had no link, and got none from it */
	size_t idle_count;
	struct strangers { /* certificates in files of others in DEBIAN_CERTS, when asked for */
		struct stranger {
			uint8_t sha256[SHA256_SIZE];
			uint32_t hash;
			const char *name;
		} * list;
		size_t count, capacity;
		bool known;
	} strangers;
};

enum { DEBIAN_NAMED_MAX = 5 }; /* for a note about several */

bool debian_look(struct debian *debian, struct host *host, struct err *err) MUST_CHECK;
/* Reads the item's fingerprint, and looks, when nobody has done so yet. */
bool debian_know(struct debian *debian, struct host *host, const struct item *item,
    uint8_t sha256[SHA256_SIZE], struct err *err) MUST_CHECK;
/* As host.h has it; notes what no rebuild is to bring into force. */
bool debian_express(
    struct debian *debian, struct host *host, struct item *want, struct err *err) MUST_CHECK;
/* Whether a source puts it into force for everybody, as soon as the outputs are made anew. */
bool debian_has_good_source(struct debian *debian, const uint8_t sha256[SHA256_SIZE]);
/* For a certificate that express found at hand: its DER, out of a source that holds it. */
bool debian_read_at_hand(struct debian *debian, struct host *host,
    const uint8_t sha256[SHA256_SIZE], struct bytes *out, struct err *err) MUST_CHECK;
/* The name of a file in DEBIAN_CERTS that `openssl rehash` would link, that came from no source,
 * and that holds only this certificate; NULL: none. The files are read once after each look. */
const char *debian_find_stranger(
    struct debian *debian, struct host *host, const uint8_t sha256[SHA256_SIZE]);
bool debian_in_bundle(const struct debian *debian, const struct anchor *anchor);
/* Whether a rebuild brings it into a bundle that counts, and that has no block of it yet. */
bool debian_is_unlisted(const struct debian *debian, const struct anchor *anchor);
/* Keeps rebuilds from bringing in what selected sources hold and nobody has brought into force
 * yet. */
void debian_leave_pending(struct debian *debian);
/* The first source that asks for it and that OpenSSL can read; or NULL. */
const struct anchor *debian_find_selected(struct debian *debian, const uint8_t sha256[SHA256_SIZE]);
bool debian_is_selected(struct debian *debian, const uint8_t sha256[SHA256_SIZE]);
bool debian_is_deselected(struct debian *debian, const uint8_t sha256[SHA256_SIZE]);
/* For the ledger, of what `out` changes for a certificate: the lines of a shipped file `name` in
 * the configuration; */
void debian_note_lines(const struct debian *debian, struct span before, struct span after,
    const char *name, struct changes *out);
/* one that is in the bundle alone, which no source can give back; */
void debian_note_sourceless(
    struct debian *debian, const uint8_t sha256[SHA256_SIZE], struct changes *out);
/* that a source asks for it, and no rebuild has brought it into a bundle that counts, or given it a
 * link: nor does the one that follows when the source asks again; */
void debian_note_unmade(
    struct debian *debian, const uint8_t sha256[SHA256_SIZE], struct changes *out);
/* a link in OpenSSL's folder that leads to a shipped file which no line names: it goes with that
 * file's trust, and no source says that it was there. */
bool debian_note_link(
    struct host *host, const struct shown *shown, struct changes *out, struct err *err) MUST_CHECK;
/* Why OpenSSL's trust settings reject the certificate for TLS servers, where no rebuild changes
 * that, in the arena; NULL: they do not. `shown` is what shown_find() has of it. */
const char *debian_rejected_text(struct debian *debian, const uint8_t sha256[SHA256_SIZE],
    const struct shown *shown, struct arena *arena);
/* Why OpenSSL's folder cannot show it, where no rebuild changes that: somebody's file stands in
 * front of each link that it could get. NULL: nothing stands there. */
const char *debian_stopped_text(
    struct debian *debian, const uint8_t sha256[SHA256_SIZE], uint32_t hash, struct arena *arena);
bool debian_observe(struct debian *debian, struct host *host, const struct observing *how,
    struct items *have, struct err *err) MUST_CHECK;
/* Why it may not come into the bundle. OpenSSL's default paths look into the folder for a name only
 * when the bundle has none of that name. So what they find in the folder alone would be lost with
 * the first certificate of that name in the bundle. NULL: nothing would be lost. */
const char *debian_hides_text(
    struct debian *debian, const uint8_t sha256[SHA256_SIZE], uint32_t hash, struct arena *arena);
/* Notes which selected sources may not come into force for that reason; true when there are any. */
bool debian_hold_back(struct debian *debian, struct sources *sources);
/* False, with an error that says what to do: somebody else's file has OpenSSL trust it. */
bool debian_refuse_shown(const struct shown *shown, struct err *err) MUST_CHECK;
/* Why nothing in the bundle counts, and what to do: a source that OpenSSL cannot read comes into it
 * again with each run of the tool. */
const char *debian_refused_text(const struct debian *debian, struct arena *arena);
/* Adds what is in force and in no source, */
void debian_observe_unasked(struct debian *debian, struct host *host, struct items *have);
/* and what this run was to distrust and nobody trusts any more. */
void debian_observe_distrusted(struct debian *debian, struct items *have);
/* The texts about a source that holds several certificates, */
const char *debian_several_text(const struct source *source, struct arena *arena);
/* and about one whose link is blocked. */
const char *debian_blocked_text(
    const struct debian *debian, const struct source *source, struct arena *arena);
bool debian_remark(
    struct debian *debian, struct host *host, struct remarks *out, struct err *err) MUST_CHECK;

/* The certificates of a PEM file, for OpenSSL's folder: true when there is exactly one; its digest
 * and the hash of its subject are set then. */
bool debian_single_certificate(struct span content, uint8_t sha256[SHA256_SIZE], uint32_t *hash);

/* What stands in /etc/ssl/certs, and what is to stand there. */
struct target {
	const char *name;
	const char *now;  /* where the link leads; NULL when there is none */
	const char *want; /* the same, afterwards */
	bool other;       /* something that is no link */
	const struct source *source;
};

struct targets {
	struct target *list; /* sorted by name */
	size_t count, capacity;
	struct arena arena;
};

/* What the default paths find now by the loader of files, and would not find when those of `with`
 * got numbers of that hash; NULL: nothing, or something that is to go anyway. */
const struct shown *debian_hides(
    const struct debian *debian, uint32_t hash, const struct digests *with);
/* Whether `openssl rehash` gives a file of that name a link, if it holds one certificate. */
bool debian_is_linked_name(const char *name);
/* Reads a file of the folder that does not belong to our sources: true when it holds one
 * certificate. */
bool debian_read_foreign(struct host *host, const char *folder, const char *name,
    uint8_t sha256[SHA256_SIZE], uint32_t *hash);
/* Says for each hash link what it is to be: what `openssl rehash` would leave, and the links of
 * others that OpenSSL follows to a certificate that is not shunned; files of others that nobody has
 * linked are named in `debian->idle`, and get none. `folder` is the path of the targets. */
void debian_rehash(struct debian *debian, struct host *host, const char *folder,
    const struct sources *sources, struct targets *targets);
/* A file of somebody's by the name of a number stays, and would be behind a gap when links in front
 * of it go: it gets a link there, unless it shows nothing but what goes. Behind debian_rehash(). */
void debian_fill_gaps(const struct debian *debian, struct host *host, struct targets *targets);
/* "9f2c11aa.0": what rehash calls its links. */
enum { HASH_LINK_NAME = 24, HASH_NUMBER_NONE = 0x10000 };
void debian_hash_link_name(uint32_t hash, unsigned number, char out[HASH_LINK_NAME]);
bool debian_is_hash_link(const char *name, uint32_t *hash, unsigned *number);
struct target *targets_find(const struct targets *targets, const char *name);
struct target *targets_add(struct targets *targets, const char *name); /* at the end */
void targets_sort(struct targets *targets);
void targets_release(struct targets *targets);

/* Never takes away trust that is in force: a certificate in the bundle that no source holds any
 * more, or whose source cannot be read, stays in it. What goes is what the configuration deselects,
 * what `debian->going` names, what files of ours held that `leaving` takes away, and our own blocks
 * of what is given back. */
bool debian_derive(struct debian *debian, struct host *host, const struct changes *leaving,
    struct changes *out, struct err *err) MUST_CHECK;
/* As host.h has it: for links by hash. */
bool debian_close_up(struct host *host, const struct changes *undone, struct changes *out,
    struct err *err) MUST_CHECK;
bool debian_tell(struct host *host, const struct file_store *store, const struct changes *done,
    bool rehearsal, struct err *err) MUST_CHECK;
