/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What an item is about, by value: two items with equal keys are one thing, wanted or observed. Its
 * text is made at the edge (reports, ledger, messages) and parsed there:
 *
 *     certificate/root/96bcec…   proxy/apt   ctl/authroot   auto_update/roots
 *     bundle/example.corp.roots   keyring   hook/jks-keystore   policy/10-corp.YAML   state
 *
 * certificate/root/bundle:ID stands for the certificates of a bundle that is not there, and
 * proxy/wininet_user/NAME is a user's own. These are the ids of interface.md section 4.
 */
#include "base/digest.h"
#include "model/words.h"

enum item_kind {
	ITEM_CERTIFICATE,
	ITEM_PROXY,
	ITEM_CTL,
	ITEM_AUTO_UPDATE,
	ITEM_HOST_KINDS, /* what a host holds ends here; the rest is what a run brings with it */
	ITEM_BUNDLE = ITEM_HOST_KINDS,
	ITEM_KEYRING, /* there is one */
	ITEM_HOOK,    /* that is due (host/hooks.h) */
	ITEM_POLICY,  /* a file that is not read for its name */
	ITEM_STATE,   /* another one knows of things here: there is one */
	ITEM_KINDS,
};

struct key {
	enum item_kind kind;
	/* of a certificate enum store, of a proxy enum proxy_target (TARGETS: a user's own), of a
	 * list enum ctl_list, of a switch enum update_switch; else 0 */
	unsigned which;
	uint8_t sha256[SHA256_SIZE]; /* of a certificate that has no `name` */
	/* the id of a bundle, also where it stands for its certificates; a user, escaped; a hook;
	 * a file; else NULL. Borrowed. */
	const char *name;
};

/* How a wanted item is compared with what is seen of it. */
enum comparison {
	COMPARE_PRESENCE, /* it is there, or is not */
	COMPARE_SETTING,  /* by struct proxy */
	COMPARE_VALUE,    /* by its text */
	COMPARE_LIST,     /* by sequence, age and chain: engine/lists */
	COMPARE_NOTHING,  /* nothing on a host is like it */
};

/* What differs between kinds. */
struct kind {
	const char *name;         /* "certificate" */
	const char *const *words; /* of `which`; NULL: it has a name, or nothing */
	enum comparison comparison;
	const char *without; /* the state of one that is not there */
	bool restorable;     /* `undeclared: {settings: restore}` gives back what it was */
};
const struct kind *kind_row(const struct key *key);

struct key key_certificate(enum store store, const uint8_t sha256[SHA256_SIZE]);
/* The same certificate in another store. */
struct key key_in_store(const struct key *key, enum store store);
struct key key_certificates_of(enum store store, const char *bundle);
struct key key_proxy(enum proxy_target target);
struct key key_proxy_of_user(const char *name);
struct key key_list(enum ctl_list list);
struct key key_update(enum update_switch which);
struct key key_bundle(const char *id);
struct key key_keyring(void);
struct key key_hook(const char *name);
struct key key_policy(const char *file);
struct key key_state(void);

bool key_is_certificate(const struct key *key, enum store store);
bool key_equal(const struct key *a, const struct key *b);
/* The order of reports: by kind, then as the texts. */
int key_compare(const struct key *a, const struct key *b);

/* By value, to be used within the expression: key_text(&key).text */
enum { KEY_TEXT = 384 };
struct key_text {
	char text[KEY_TEXT];
};
/* Without the kind: "root/96bcec…", "apt"; "" where there is one of the kind. */
struct key_text key_text(const struct key *key);
/* Of a certificate, without its store: "96bcec…". */
struct key_text key_fingerprint(const struct key *key);
/* The id. */
struct key_text key_id(const struct key *key);
const char *kind_name(enum item_kind kind);
/* False when `id` is none. Its text is borrowed, where a name is in it. */
bool key_parse(const char *id, struct key *out) MUST_CHECK;
