/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A Linux host: a trust layout, which is one of the tables below, and the proxy
 * files. linux.c is the backend that host_open finds; it joins the two and
 * knows neither. A layout holds `root` and `disallowed` certificates only: an
 * intermediate in the anchor folder of a Linux distribution becomes a trust anchor.
 *
 * Files that we add are called HOST_OWN_PREFIX, as much of the SHA-256 as tells them apart, ".crt".
 * Seven digits at the least: then the links of Debian's layout to them, 59 bytes, fit into the
 * inode on ext4 and XFS. A longer one takes a block of its own, which is allocated when the link is
 * made and read whenever it is followed.
 */
#include "base/process.h"
#include "host/host.h"
#include "model/cert.h"

enum { OWN_DIGITS = 7 };

enum {
	LINUX_SOURCE_MAX = 4 * 1024 * 1024,  /* one file of certificates */
	LINUX_BUNDLE_MAX = 64 * 1024 * 1024, /* what the distribution makes of all of them */
};

/* The meaning of each function is that of struct host_ops; `state` is what open returned. */
struct trust_layout {
	const char *name;
	/* The distributions that have it: IDs of os-release(5), with blanks around each. */
	const char *ids;
	const char *tool;    /* of the distribution, which rebuilds the store; NULL: none */
	const char *bundle;  /* the file that most programs read; NULL: none that we rebuild */
	const char *sources; /* the folder that the administrator's certificates go into */
	/* The folders of distrusted certificates, today's name first; NULL: there are none. */
	const char *blocklists[2];
	/* Whether the system at `root` has what this layout needs. */
	bool (*present)(struct root *root);
	void *(*open)(const struct trust_layout *layout);
	bool (*observe)(void *state, struct host *host, const struct observing *how,
	    struct items *have, struct err *err);
	/* `want` is of store root or disallowed. */
	bool (*express)(void *state, struct host *host, struct item *want, struct err *err);
	bool (*put)(void *state, struct host *host, const struct item *want,
	    const struct item *have, struct changes *out, struct err *err);
	bool (*drop)(void *state, struct host *host, const struct item *have, struct changes *out,
	    struct err *err);
	/* As struct host_ops has them; NULL: nothing of its own. */
	bool (*publish)(void *state, struct host *host, const struct changes *done,
	    struct text *notes, struct err *err);
	bool (*tell)(void *state, struct host *host, const struct changes *done, bool rehearsal,
	    struct err *err);
	bool (*derive)(void *state, struct host *host, const struct changes *leaving,
	    struct changes *out, struct err *err);
	bool (*foretell)(void *state, struct host *host, const struct changes *done,
	    struct changes *out, struct err *err);
	bool (*remark)(void *state, struct host *host, struct remarks *out, struct err *err);
	bool (*withdrawn)(void *state, struct host *host, const char *place, struct span before,
	    struct span after, struct span now);
	bool (*keep_others)(void *state, struct host *host, const struct changes *undone,
	    struct changes *out, struct err *err);
	void (*close)(void *state);
	const void *paths; /* what tells one layout from another of its kind */
};

extern const struct trust_layout alpine_layout, debian_layout, none_layout;
extern const struct trust_layout fedora_layout, suse_layout, arch_layout;

/* The layout of the system at `root`, by what os-release and the distribution's own tool say: a
 * folder of another layout, which any role or container file may have made, decides only where
 * neither says anything. none_layout where no trust store is kept. */
const struct trust_layout *layout_choose(struct root *root);
/* The next layout behind `after` (NULL: the first) other than `chosen` whose folder for the
 * administrator's certificates holds something, which this host does not read; NULL: none. */
const struct trust_layout *layout_next_stray(
    struct root *root, const struct trust_layout *chosen, const struct trust_layout *after);

/* The next layout behind `after` (NULL: the first) whose folder for the administrator's
 * certificates is none that `chosen`, or a layout in front of it, has; NULL: none. */
const struct trust_layout *layout_next_other(
    const struct trust_layout *chosen, const struct trust_layout *after);

/* Opens `host`, whose root is open, as Linux. ERR_HOST when nothing there looks like it. */
bool linux_open(struct host *host, struct err *err) MUST_CHECK;

/* What os-release(5) says, in the arena; "" where it says nothing or cannot be read. */
struct os_release {
	const char *file; /* the one that was read; NULL: none could be */
	const char *id, *id_like, *version_id;
};
struct os_release linux_os_release(struct root *root, struct arena *arena);

/* Fills facts from os-release, the host's name and, where the system runs, uname. */
void linux_read_facts(struct host *host, const char *root);

/* Reads a file, links followed. One that is missing is empty, and so is what a link leads nowhere
 * for: the distributions' tools take both for missing. */
bool linux_read(
    struct root *root, const char *path, size_t max, struct bytes *out, struct err *err) MUST_CHECK;

/* The path of the file that we would add for a certificate, in the arena of `staged`: the first one
 * that no other certificate has, there or among the changes that are staged. */
const char *linux_own_path(struct host *host, struct changes *staged, const char *folder,
    const uint8_t sha256[SHA256_SIZE]);
bool linux_is_own(const char *path);

/* Whether programs of the host may be run: of an image they are its owner's, and are run only where
 * the command line says so, this system can confine them, and they are shown all these places.
 * ERR_HOST with the reason, also in a rehearsal; nothing of the image is run to find out. */
bool linux_may_run(const struct host *host, const char *const *places, struct err *err) MUST_CHECK;

/* What a program said, for the end of a message, as process_said() has it, without the log-ins in
 * it: in URLs, in headers of HTTP as curl -v shows them, and behind the options that curl and wget
 * take them by. */
struct escaped linux_said(const struct process_end *end);

/* Appends the change that writes `der` as PEM to `path`, and the folders it needs. */
bool linux_add_certificate(struct host *host, const char *path, struct span der,
    struct changes *out, struct err *err) MUST_CHECK;
/* Of a text whose end is that of a PEM block: the block, from its BEGIN. */
struct span linux_pem_block(struct span text);
/* The certificates of a bundle as items of the root store, sorted, with labels; without those that
 * OpenSSL's trust settings in it reject for TLS servers. Returns why OpenSSL
 * refuses the whole file, so that curl, Python and git trust nothing of it (in the arena of `out`),
 * or NULL: one block that it cannot decode is enough (X509_load_cert_crl_file). */
const char *linux_decode_bundle(struct span bundle, struct items *out);
/* Appends the change that takes a certificate out of a file of ours at `path`: the file goes,
 * unless somebody has put another certificate into it, which stays with all the text that is not
 * ours. */
bool linux_take_certificate_out(struct host *host, const char *path,
    const uint8_t sha256[SHA256_SIZE], struct changes *out, struct err *err) MUST_CHECK;
/* Appends the change that removes the file at `path`. */
bool linux_remove_file(
    struct host *host, const char *path, struct changes *out, struct err *err) MUST_CHECK;
