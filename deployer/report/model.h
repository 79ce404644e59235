/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A report: what a run says, as plain texts and numbers. fill.h makes one of a run, read.h one of
 * JSON that a run wrote, and every format is written from it alone, whichever it was. What a member
 * is called in JSON stands in keys.c.
 *
 * Some members JSON does not have, and they are empty where the report was read; each says so.
 * Only text for people, and for the system's log, uses them.
 */
#include "model/cause.h"
#include "model/key.h"

/* NULL: not known; "": known that there is none. */
struct report_host {
	const char *name, *os, *distribution, *release, *architecture;
	const char *root; /* of an image; never NULL */
};

struct report_policy {
	const char *name, *file, *link, *sha256;
	const char *reason; /* why it does not apply; of one that applies "" */
	size_t place;       /* among all of them, as they were given; read: applied ones first */
	bool undecided;     /* it may be for this host all the same; read: false */
};

struct report_policies {
	struct report_policy *list;
	size_t count;
};

struct report_texts {
	const char **list;
	size_t count;
};

struct report_bundle {
	const char *id;
	uint64_t version;
	int64_t expires; /* 0: not known */
	const char *sha256;
	struct report_texts signers; /* SHA-256 of their public keys, hex */
	enum result result;          /* pass or fail */
	const char *fault;           /* in a word or two what became of it: "refused"; "": pass */
	const char *reason;          /* "": pass */
};

struct report_item {
	struct key key;
	const char *label;
	enum result result;
	enum action action;
	const char *want, *have; /* states; "" for what nobody wants */
	enum cause cause;
	enum severity severity;
	const char *message;      /* one sentence */
	const char *next;         /* what to do, or ""; JSON has it of what is not done, and the
	                           * row of the cause stands in for the rest */
	int64_t not_after;        /* of a certificate that is there; 0: not known */
	const char *takes_effect; /* when what was changed counts; NULL: nothing was */
	const char *file;         /* that names it, and */
	unsigned line;            /* 0: not known */
	const char *policy;
	bool waived, owned;
	const char *location;
	/* JSON has none of these; read: NULL, false and empty */
	const char *note;    /* what else the host says of what is wanted */
	const char *warning; /* of it, what somebody has to act on in every run */
	bool system;         /* shipped by the system */
	struct span content; /* of a certificate its DER, where it is at hand */
};

struct report_bundles {
	struct report_bundle *list;
	size_t count;
};

struct report_items {
	struct report_item *list;
	size_t count;
};

struct report {
	const char *version; /* of the program that ran */
	const char *mode;    /* "check", "apply", "rollback"; of a refused command line its verb */
	int64_t time;
	struct report_host host;
	struct report_policies applied, filtered;
	struct report_bundles bundles;
	enum verdict verdict;
	bool compliant;
	uint64_t exit_status;
	const char *error; /* what ended the run, or NULL */
	const char *notes; /* lines */
	size_t summary[RESULTS];
	size_t waived, undecided; /* parts of what was not checked */
	const char *transaction;  /* id when something was changed, else "" */
	struct report_items items;
	bool changed;   /* this run changed something; read: something is "fixed" */
	bool set_aside; /* of rollback: a transaction was, and none was taken back; read: false */
	const char *clock;  /* the note that the clock runs behind, or NULL; read: NULL */
	struct arena arena; /* of the lists, and of the texts of a report that was read */
};

void report_release(struct report *report);

/* It is as wanted, or is now. */
bool report_is_done(const struct report_item *item);
/* It failed. */
bool report_is_wrong(const struct report_item *item);
/* Nothing is wrong yet, and somebody has to hear of it all the same. */
bool report_warns(const struct report_item *item);
/* Whether its message says more than that it is as wanted. */
bool report_says(const struct report_item *item);
