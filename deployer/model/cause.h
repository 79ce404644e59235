/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What a run says: the result of an item, its cause, and the verdict on the host. The words are
 * part of the report's contract (interface.md sections 2, 4 and 5), so they are added and never
 * renamed. Causes are printed in the man page from the same table.
 */
#include "model/words.h"

/* What a run says of an item, in the words of XCCDF. */
#define RESULT_VOCABULARY(FIRST, NEXT)                                                             \
	FIRST(RESULT_PASS, "pass")                                                                 \
	NEXT(RESULT_FAIL, "fail")                                                                  \
	NEXT(RESULT_FIXED, "fixed")                                                                \
	NEXT(RESULT_ERROR, "error")                                                                \
	NEXT(RESULT_NOTAPPLICABLE, "notapplicable")                                                \
	NEXT(RESULT_NOTCHECKED, "notchecked")                                                      \
	NEXT(RESULT_INFORMATIONAL, "informational")

/* What a run says of the host. It covers what was looked at, and nothing else: the summary counts
 * beside it what was not. nothing_applies: policies were given, and none is for this host; error:
 * the run ended before it could tell. */
#define VERDICT_VOCABULARY(FIRST, NEXT)                                                            \
	FIRST(VERDICT_COMPLIANT, "compliant")                                                      \
	NEXT(VERDICT_NOT_COMPLIANT, "not_compliant")                                               \
	NEXT(VERDICT_NOTHING_APPLIES, "nothing_applies")                                           \
	NEXT(VERDICT_ERROR, "error")

enum result { WORDS_ENUM(RESULT_VOCABULARY) RESULTS };
enum verdict { WORDS_ENUM(VERDICT_VOCABULARY) VERDICTS };

extern const char *const result_words[];
extern const char *const verdict_words[];

/* The closed list of causes: why an item is not as it should be. */
enum cause {
	CAUSE_NONE,            /* "": as wanted */
	CAUSE_MISSING,         /* wanted, not there */
	CAUSE_REBUILD_PENDING, /* in the sources, not in force */
	CAUSE_STALE_OUTPUT,    /* in force, not in the sources */
	CAUSE_PARTLY_TRUSTED,  /* some programs of the host trust it, others do not */
	CAUSE_DIFFERENT,       /* there with another value */
	CAUSE_UNWANTED,        /* there, wanted absent */
	CAUSE_UNDECLARED,      /* there, and no policy names it */
	CAUSE_NOT_OWNED,       /* would be removed, but we did not put it there */
	CAUSE_SUPERSEDED,      /* installed by an earlier policy that is gone */
	CAUSE_NO_BUNDLE,       /* its bytes are in no verified bundle */
	CAUSE_NOT_IN_BUNDLE,   /* the bundle is there, the certificate is not in it */
	CAUSE_REFUSED_EXPIRED,
	CAUSE_REFUSED_NOT_CA,
	CAUSE_MALFORMED,       /* what is there cannot be read */
	CAUSE_CANNOT_HOLD,     /* this kind of host has no such setting */
	CAUSE_NOT_EXPRESSIBLE, /* held in part: the rest cannot be said there */
	CAUSE_WAIVED,
	CAUSE_WRITE_FAILED,
	CAUSE_CONFLICT, /* wanted by one rule and refused by another thing on the host */
	CAUSE_OUTDATED, /* a trust list that is older than the policy or its bundle wants */
	CAUSE_BAD_SIGNATURE,
	CAUSE_CHAIN_INCOMPLETE, /* the signer of a list cannot be traced without the network */
	CAUSE_SIGNER_EXPIRED,   /* but the list is intact */
	CAUSE_OTHER_ISSUE,      /* the bundle holds one that may not take its place */
	CAUSE_REFUSED_LIST,     /* the bundle's list is not Microsoft's */
	CAUSE_NEVER_EXTRACTED,  /* in the sources, and the tool leaves it out by its rules */
	CAUSE_UNREADABLE,       /* for this user; or in force for those who may alone */
	CAUSE_PRIVATE_KEY,      /* its source holds a private key too */
	CAUSE_RESTRICTED,       /* there, and switched off or limited where it stands */
	CAUSE_CLOCK,            /* the clock runs behind signed data */
	CAUSE_REFUSED,          /* a bundle that a rule of trust refuses */
	CAUSE_UNREACHABLE,      /* a source that cannot be read */
	CAUSE_EXPIRING,
	CAUSE_EXPIRED,
	CAUSE_STALE,        /* a bundle that max_age refuses soon */
	CAUSE_ROTATED,      /* a bundle brings the next keyring */
	CAUSE_UNDECIDED,    /* it is not known whether the policy is for this host */
	CAUSE_HOOK_DUE,     /* a hook has failed, or was not run */
	CAUSE_WRONG_NAME,   /* a policy file that is not read */
	CAUSE_OTHER_STATE,  /* knows of things here */
	CAUSE_NEXT_KEYRING, /* does not accept the bundle as it is signed */
	CAUSES,
};

struct cause_row {
	const char *word;       /* "missing" */
	const char *meaning;    /* one sentence */
	const char *next;       /* what to do, one sentence; "" when nothing */
	enum severity severity; /* of an informational result with this cause */
};

const struct cause_row *cause_row(enum cause cause);
/* The cause of that word, or -1. "" is the word of CAUSE_NONE. */
int cause_find(const char *word);
