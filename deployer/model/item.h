/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * An item: the one noun that policy, host, plan and report share. A policy
 * declares items ("want"), a host shows items ("have"), the plan is their
 * difference.
 *
 * An item owns nothing: its strings and bytes live in the arena of whoever
 * made it (a policy, a bundle, a run), which outlives the plan.
 */
#include "model/key.h"
#include "model/setting.h"

enum presence {
	ITEM_ABSENT,
	ITEM_PRESENT, /* wanted so; or observed so, and in force */
	ITEM_PENDING, /* observed in the sources, not yet in force: a rebuild is due */
	ITEM_STALE, /* observed in force, in no source: the distribution's next rebuild drops it */
	ITEM_PARTIAL,  /* observed in force for some of the host's programs; a rebuild adds none */
	ITEM_DISABLED, /* observed, and switched off where it stands: `limits` says how */
	ITEM_WITHHELD, /* observed in the sources, and never in force by the rules of the tool that
	                * rebuilds: `limits` names the rule */
	ITEM_CLOSED,   /* observed in force, but not for every user: `limits` names the place */
	ITEM_ASIDE,    /* observed in a file that the trust store does not read, as one of ours of
	                * a package that has gone since: `limits` names the folder */
};

/* Whether this host can hold a wanted item; set by the host's express(). */
enum holding {
	HOLD_YES,
	HOLD_NOT_APPLICABLE,  /* this kind of host has no such thing */
	HOLD_ALREADY,         /* it is so, though nothing there shows it: `note` says why */
	HOLD_NOT_EXPRESSIBLE, /* it is there and cannot say this */
	HOLD_IN_VAIN,         /* what we put would have no effect: `note` says why */
	HOLD_CONFLICT,        /* carrying it out would take away what nobody gave up */
	HOLD_UNKNOWN,   /* what is wanted is not known: the bundle that says it is not there */
	HOLD_UNDECIDED, /* it is not known whether it is wanted: so it is left as it is */
};

struct origin {
	const char *file; /* as the user named it, or "bundle:ID/member" */
	unsigned line;
};

struct certificate_rule; /* policy/policy.h */
struct ctl;              /* a trust list as it was read: formats/ctl.h */
struct list_facts;       /* what is known of a trust list, */
struct list_demand;      /* and what is asked of it: engine/lists/lists.h */

/* Of a wanted item: who wants it, where it comes from, and whether this host can hold it. */
struct asked {
	struct origin origin;
	const char *policy; /* name of the policy that won */
	const char *bundle; /* id of the bundle that holds the bytes, or NULL */
	enum holding holding;
	const char *warning; /* the part of `note` that somebody has to act on in every run, or
	                      * NULL */
	const char *next;    /* what to do about it, or NULL */
	bool at_hand;        /* set by express: put needs no content, the host has what it takes */
	bool remove_unowned; /* wanted absent, or to be dropped: although we did not put it there */
	bool given_back;     /* to be dropped: what stood in shared places before us is back, so
	                      * only files of ours go */
	bool block_back;     /* of these the certificate itself, in an output, without a source */
	/* to be dropped, distrust: when it came a source held the certificate, and no rebuild had
	 * brought it into the file of all, or given it a link: nor does the one that follows now */
	bool was_unlisted, was_unlinked;
	bool restores; /* wanted as it was before us: it is nobody's afterwards */
	bool named;    /* a target that its policy names; else one by default */
	/* it was this before us, as the ledger keeps it (item_record); NULL: `value` says it */
	const char *recorded;
	const struct certificate_rule *rule; /* of a certificate: what its policy says; or NULL */
	struct list_demand *demand;          /* of a trust list */
	unsigned replace;                    /* of a trust list: enum ctl_replace */
};

/* How far an observed setting or list was read. */
enum item_reading {
	READING_WHOLE,
	READING_FAULT,   /* there, and not understood: `note` says why */
	READING_CLOSED,  /* this user may not look */
	READING_NOTHING, /* an entry without content */
};

/* Of an observed item: where it is, and how it counts. */
struct seen {
	const char *location; /* where it was seen: a path, a registry key */
	const char *reads; /* the file that programs read it from, where that is not `location` */
	/* permission bits of the file at `location`, where it was read; 0: unknown */
	unsigned mode;
	enum item_reading reading;
	const char *limits; /* what of its trust is switched off where it stands, or NULL */
	const char *remedy; /* what ends that, where no apply like this one does; or NULL */
	const char *shut; /* pending, and a rebuild would bring it into force for root alone: why */
	bool in_part;     /* pending, and a rebuild brings it into force for some programs alone */
	bool deselected; /* stale, and the host's own sources distrust it: a rebuild takes it out */
	bool barred;     /* pending and whole: by `note` something else keeps it out of force */
	bool holds_out;  /* distrust: a source of the host would bring the certificate into force */
	bool refused;  /* stale, in an output that OpenSSL refuses: the next rebuild changes that */
	bool dropped;  /* partial, and the distribution's next rebuild takes it out */
	bool mendable; /* closed, and what closes it is ours to change */
	bool denied;   /* this user may not read what would tell: `note` says what */
	bool system;   /* shipped by the system, so nobody's local addition */
	const char *unattributed; /* why nothing tells whether the system ships it, or NULL */
	bool evidence;            /* nothing is written there; what counts is elsewhere */
	bool personal;            /* a user's own, not the machine's */
	/* of a proxy: everybody on the host can read a log-in that is put there; of a certificate:
	 * its source holds a private key too, which has no business there */
	bool exposed;
	enum severity severity; /* how grave what `note` says is, where the step's cause does not
	                         * say it */
	int64_t not_after;      /* of a certificate that was read; 0: not known */
	size_t subject_size;    /* of a certificate: bytes of its subject name in DER; 0: unknown */
	const struct list_facts *list; /* of a trust list that was examined */
	struct seen_proxy {
		/* where log-ins stand that everybody can read, also overridden ones; "" when there
		 * are none, NULL when that is not known */
		const char *secrets;
		/* "FILE:LINE" of its log-ins that are in files of others, which no change of ours
		 * takes away; and of all of its log-ins; "" when there are none */
		const char *lasting, *logins;
		/* the target whose file all of it is read from, by a link; or NULL */
		const struct key *through;
	} proxy;
};

struct item {
	struct key key;
	enum presence presence;
	const char *label; /* for people; "" when there is none */
	/* what people see of a setting, "" for certificates; what plan compares unless there is
	 * `setting` */
	const char *value;
	/* what people see instead, where `value` leaves something out; or NULL */
	const char *shown;
	const struct proxy *setting; /* of a proxy that can be read; else NULL */
	/* The DER of a certificate, a trust list as its bundle or the host holds it. Of a wanted
	 * one what to install, empty until resolved; of an observed one where the host has it at
	 * hand.
	 */
	struct span content;
	/* the trust list of `content`, where that was read; it belongs to the host (host/host.h) */
	const struct ctl *ctl;
	/* why it cannot be held or read, or what of it cannot be said here; or NULL */
	const char *note;
	const char *takes_effect; /* when a change of it counts, or NULL: "new processes" … */
	struct asked asked;
	struct seen seen;
};

struct items {
	struct item *list;
	size_t count, capacity;
	struct arena arena; /* strings and bytes made for this list */
};

/* The file that programs read an observed item from; NULL or "" where none is known. */
const char *item_file(const struct item *item);

/* Of a certificate: its store; STORES for any other item. */
enum store item_store(const struct item *item);
/* Its digest; NULL where the item is none, or stands for the certificates of a bundle. */
const uint8_t *item_digest(const struct item *item);

/* Appends a zeroed item and returns it; valid until the next append. A name in the key is copied.
 */
struct item *items_add(struct items *items, struct key key);
struct item *items_add_certificate(
    struct items *items, enum store store, const uint8_t sha256[SHA256_SIZE]);
/* Gives a proxy item its setting (copied, strings borrowed) and the value that people see. */
void item_set_setting(struct item *item, const struct proxy *setting, struct arena *arena);
/* In the order of their keys; equal ones keep theirs. */
void items_sort(struct items *items);
/* In a sorted list: the first with that key, or NULL. */
const struct item *items_find(const struct items *items, const struct key *key);
/* The first that is the certificate of `item` in another store, or NULL. */
const struct item *items_find_in(
    const struct items *items, const struct item *item, enum store store);
/* Whether it lists that certificate as a root. */
bool items_have_root(const struct items *items, const uint8_t sha256[SHA256_SIZE]);
void items_release(struct items *items);
