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
#include "host/linux/linux.h"

#define DEBIAN_CONF    "/etc/ca-certificates.conf"
#define DEBIAN_TOOL    "/usr/sbin/update-ca-certificates"
#define DEBIAN_SHIPPED "/usr/share/ca-certificates"
#define DEBIAN_LOCAL   "/usr/local/share/ca-certificates"
#define DEBIAN_CERTS   "/etc/ssl/certs"
#define DEBIAN_BUNDLE  "ca-certificates.crt"
#define DEBIAN_HOOKS   "/etc/ca-certificates/update.d"

struct file_store {
	const char *link_prefix; /* of the link to a source */
	/* The local folder: every file whose name has no dot in front counts, in the order of the
	 * folder, and no folder in it; else those called .crt, with folders, sorted. */
	bool every_local_file;
	/* The configuration: each line that begins with neither '#' nor '!' is a name, blanks
	 * included; else as the shell reads it. */
	bool plain_lines;
	bool newline_behind; /* each file, also where it ends in one */
	bool hooks_are_told; /* which links came and went */
};

extern const struct file_store debian_store, alpine_store;

/* One file that the configuration names or the local folder holds. */
struct source {
	const char *path;
	const char *line;    /* its name in the configuration; NULL for a local one */
	bool selected;       /* false: deselected by "!" */
	bool unreadable;     /* it is there, and what it holds is unknown */
	size_t first, count; /* its anchors */
	bool hashed;         /* one certificate, so OpenSSL's folder has a link to it */
	uint32_t hash;       /* of the subject, when hashed */
};

/* One certificate of a file, or its fault. */
struct anchor {
	uint8_t sha256[SHA256_SIZE];
	size_t source;
	const char *label;
	int64_t not_after;
	const char *fault; /* what is wrong with it, or NULL */
};

struct sources {
	const struct file_store *store;
	struct source *list;
	size_t count, capacity;
	struct anchor *anchors;
	size_t anchor_count, anchor_capacity;
	const struct anchor **by_digest; /* made when asked for */
	struct bytes bundle;             /* the selected files, one after the other; if wanted */
	struct arena arena;
};

/* Reads all sources, as they will be when `leaving` (or NULL) is carried out. With `made`,
 * `*same` tells whether it is exactly the selected files one after the other; without, their
 * concatenation is built in `bundle`. A file that cannot be read is an anchor with a fault. */
bool sources_read(struct host *host, const struct file_store *store, const struct changes *leaving,
    const struct span *made, bool *same, struct sources *out, struct err *err) MUST_CHECK;
void sources_release(struct sources *sources);
/* The next anchor of that digest behind `after` (NULL: the first), or NULL. */
const struct anchor *sources_find(
    struct sources *sources, const uint8_t sha256[SHA256_SIZE], const struct anchor *after);

/* The name of a source's link: "mozilla/A B.crt" is "A_B.pem", behind the store's prefix. */
enum { LINK_NAME = 280 };
void debian_link_name(const struct file_store *store, const char *path, char out[LINK_NAME]);

/* Goes through the lines of the configuration; with `plain` as Alpine's tool does. */
struct conf_line {
	struct span whole; /* with its newline */
	struct span name;  /* of the file; empty for a comment */
	bool deselected;
};
bool conf_next(struct span *rest, bool plain, struct conf_line *out);
/* The configuration with the lines of `name` selected or deselected. */
void conf_edit(struct span conf, const char *name, bool plain, bool select, struct bytes *out);

/* Certificates of one PEM file for OpenSSL's folder: true when it has exactly one, of which the
 * digest and the subject's hash are set. */
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

/* Says for each hash link what it is to be: what `openssl rehash` would leave. `folder` is the
 * path of the targets. */
void debian_rehash(
    struct host *host, const char *folder, const struct sources *sources, struct targets *targets);
/* "9f2c11aa.0": what rehash calls its links. */
enum { HASH_LINK_NAME = 24 };
void debian_hash_link_name(uint32_t hash, unsigned number, char out[HASH_LINK_NAME]);
bool debian_is_hash_link(const char *name, uint32_t *hash, unsigned *number);
struct target *targets_find(const struct targets *targets, const char *name);
struct target *targets_add(struct targets *targets, const char *name); /* at the end */
void targets_sort(struct targets *targets);
void targets_release(struct targets *targets);

bool debian_derive(struct host *host, const struct file_store *store, const struct changes *leaving,
    struct changes *out, struct err *err) MUST_CHECK;
bool debian_publish(struct host *host, const struct file_store *store, const struct changes *done,
    struct text *notes, struct err *err) MUST_CHECK;
