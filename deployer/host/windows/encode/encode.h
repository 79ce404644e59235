/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What an item is in the registry of Windows, and what a value there says. Pure: neither a registry
 * nor a host is asked, so the values are the same for Windows as it runs, for the hives of a
 * volume, and for a group policy that is made for other hosts. host/windows/stage.h writes them.
 *
 *     encode_express → encode_item → the values → encoded_release
 *
 * Keys begin with HKLM\SOFTWARE, as in host/windows/registry.h.
 *
 * Sources: formats.md c (proxies), d (stores) and e (updates and lists).
 */
#include "formats/windows/winproxy.h"
#include "host/windows/encode/value.h"
#include "model/item.h"

struct encoded_value {
	const char *key, *name;      /* constants, or in the arena of the list */
	struct registry_value value; /* of type REGISTRY_ABSENT: it goes */
	/* a value of the same key; where it exists, the data are to be those of
	 * encode_continue() */
	const char *continues;
};

/* Values in the order in which they are to be written. */
struct encoded {
	struct encoded_value *list;
	size_t count, capacity;
	struct arena arena;
};
void encoded_release(struct encoded *values);
/* Appends a value, whose data are taken over. */
void encoded_add(
    struct encoded *values, const char *key, const char *name, struct registry_value *value);

/* Who holds what an item asks for: the machine itself, or a group policy, which Windows carries
 * over at each start and takes back when it ends. They differ for certificates alone; proxies and
 * RootDirUrl have no place in a group policy but that of the machine. */
enum encode_holder { ENCODE_MACHINE, ENCODE_POLICY };

/* Says how Windows of that release ("6.1", "10.0") would hold `want`: struct host_ops, express. */
void encode_express(struct item *want, const char *release, struct arena *arena);
/* Appends the values that make `want` hold; of a certificate `content` is its DER, of a trust list
 * `ctl` the list. ERR_HOST when no value can say it. */
bool encode_item(const struct item *want, enum encode_holder holder, struct encoded *out,
    struct err *err) MUST_CHECK;

/* --- certificates (certificates.c) --- */

/* A logical store is made of physical ones: that of the machine, Windows Update's (AuthRoot), those
 * of group policy and of the domain. We write to the machine's alone: the others are made anew by
 * those who own them. */
struct encode_store {
	enum store store;
	const char *path;  /* its certificates are the keys below path\Certificates */
	bool system;       /* the system fills it by itself */
	const char *owner; /* who would undo a change; NULL: we may */
};
/* The table: each of them up to NULL. */
const struct encode_store *encode_store(size_t index);
/* The one that a certificate of that store is put into. */
const struct encode_store *encode_own_store(enum store store);

#define ENCODE_BLOB "Blob" /* the value that holds a certificate with its properties */
enum { ENCODE_THUMBPRINT = 41 };
/* The name of its key: the SHA-1 in upper case. */
void encode_thumbprint(struct span der, char out[ENCODE_THUMBPRINT]);
/* Appends the entry of the key `key`, which now holds `blob`, without what limits its trust.
 * ERR_FORMAT for a blob that is cut. */
bool encode_enabled(
    const char *key, struct span blob, struct encoded *out, struct err *err) MUST_CHECK;

/* --- proxies (proxy.c) --- */

/* The key and the value by which each user's own WinINET settings count, or the machine's alone: a
 * DWORD, 0 for the machine's. */
#define ENCODE_PER_USER_KEY                                                                        \
	"HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\CurrentVersion\\Internet Settings"
#define ENCODE_PER_USER "ProxySettingsPerUser"
/* The key of a user's WinINET settings, below the user's own, and the value there. */
#define ENCODE_CONNECTIONS                                                                         \
	"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\Connections"
#define ENCODE_WININET "DefaultConnectionSettings"

/* A consumer of the machine's proxies. */
struct encode_target {
	enum proxy_target id;
	const char *value, *again; /* the blob; and where the same bytes stand again, or NULL */
	const char *const *keys;   /* those that have it, up to NULL; the first one is asked */
	enum winproxy_kind kind;
};
/* The table: each of them up to NULL. */
const struct encode_target *encode_target(size_t index);
/* Reads a blob of that kind, which is borrowed. ERR_FORMAT. */
bool encode_read_blob(
    struct span data, enum winproxy_kind kind, struct winproxy *out, struct err *err) MUST_CHECK;
/* The setting that a blob says: Windows tries detection first, then the script, then the server. */
struct proxy encode_setting(const struct winproxy *blob, struct arena *arena);
/* Makes a blob go on from the one that is `there`: its version stays, and the counter goes up where
 * WinINET looks at it. One that cannot be read is replaced as if there were none. */
void encode_continue(struct bytes *blob, struct span there);

/* --- updates and trust lists (update.c) --- */

/* Where a switch, or a list, stands. */
struct encode_place {
	const char *key, *name;
};
struct encode_place encode_update_place(enum update_switch which);
struct encode_place encode_list_place(enum ctl_list list);
/* What the value says of the switch: a word of the policy or, of the source, its URL. */
const char *encode_update_word(
    enum update_switch which, const struct registry_value *value, struct arena *arena);
