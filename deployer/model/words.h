/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The vocabularies of the outward contract (interface.md) that several folders speak, each once: an
 * enum, its words in the same order (NULL at the end), and the alternatives of a regular
 * expression. To add a store, a trust list, a switch or a proxy target, add its line here.
 */
#include "base/err.h"

/* Each vocabulary: FIRST(identifier, word), then NEXT(identifier, word) for each of the others. */
#define STORE_VOCABULARY(FIRST, NEXT)                                                              \
	FIRST(STORE_ROOT, "root")                                                                  \
	NEXT(STORE_INTERMEDIATE, "intermediate")                                                   \
	NEXT(STORE_DISALLOWED, "disallowed")                                                       \
	NEXT(STORE_TRUSTED_PUBLISHER, "trusted_publisher")

#define LIST_VOCABULARY(FIRST, NEXT)                                                               \
	FIRST(CTL_AUTHROOT, "authroot")                                                            \
	NEXT(CTL_DISALLOWED, "disallowed")                                                         \
	NEXT(CTL_PINRULES, "pinrules")

/* What a policy says of Windows' own updates of its lists. */
#define UPDATE_VOCABULARY(FIRST, NEXT)                                                             \
	FIRST(UPDATE_ROOTS, "roots")                                                               \
	NEXT(UPDATE_DISALLOWED, "disallowed")                                                      \
	NEXT(UPDATE_SOURCE, "source")

/* Who reads a proxy setting. */
#define TARGET_VOCABULARY(FIRST, NEXT)                                                             \
	FIRST(TARGET_WINHTTP, "winhttp")                                                           \
	NEXT(TARGET_WININET_MACHINE, "wininet_machine")                                            \
	NEXT(TARGET_ENVIRONMENT, "environment")                                                    \
	NEXT(TARGET_ENVIRONMENT_D, "environment_d")                                                \
	NEXT(TARGET_APT, "apt")                                                                    \
	NEXT(TARGET_DNF, "dnf")                                                                    \
	NEXT(TARGET_ZYPPER, "zypper")                                                              \
	NEXT(TARGET_SYSTEMD, "systemd")

#define WORDS_IDENTIFIER(identifier, word) identifier,
#define WORDS_FIRST(identifier, word)      word
#define WORDS_NEXT(identifier, word)       "|" word
#define WORDS_ENUM(vocabulary)             vocabulary(WORDS_IDENTIFIER, WORDS_IDENTIFIER)
/* "(root|intermediate|…)" */
#define WORDS_PATTERN(vocabulary) "(" vocabulary(WORDS_FIRST, WORDS_NEXT) ")"

enum store { WORDS_ENUM(STORE_VOCABULARY) STORES };
enum ctl_list { WORDS_ENUM(LIST_VOCABULARY) CTL_UNKNOWN };
enum update_switch { WORDS_ENUM(UPDATE_VOCABULARY) UPDATE_SWITCHES };
enum proxy_target { WORDS_ENUM(TARGET_VOCABULARY) TARGETS };
/* A switch of which nothing needs to be said. */
enum list_switch { SWITCH_UNSET, SWITCH_ENABLED, SWITCH_DISABLED };

/* How grave something is that a report or a diagnosis says. */
enum severity {
	SEVERITY_UNSAID,  /* nobody said; whoever shows it falls back to the default of its cause */
	SEVERITY_ERROR,   /* something does not work, or is not as the policy wants it */
	SEVERITY_WARNING, /* it works today, and somebody should act */
	SEVERITY_INFO,    /* good to know; never changes the exit status */
	SEVERITIES,
};
/* What a run does with an item. The plan decides it, the journal and the history remember it by
 * number, so the order stays. */
enum action { ACTION_KEEP, ACTION_ADD, ACTION_REPLACE, ACTION_REMOVE, ACTIONS };

extern const char *const store_words[];
extern const char *const list_words[];
extern const char *const update_words[];
extern const char *const target_words[];
extern const char *const switch_words[];   /* "" for SWITCH_UNSET */
extern const char *const severity_words[]; /* "" for SEVERITY_UNSAID */
extern const char *const action_words[];

/* The index of `text` among `words`, or -1. */
int words_find(const char *const *words, const char *text);

/* The id of a bundle: 1 to 100 letters, digits, '.', '_' and '-', of which '.' and '-' do not come
 * first. ERR_POLICY says what is wrong, without the place. */
#define WORDS_ID "[A-Za-z0-9_][A-Za-z0-9._-]{0,99}"
bool words_check_id(const char *id, struct err *err) MUST_CHECK;

/* In front of the id of a bundle, where something else could stand in its place. */
#define WORDS_BUNDLE "bundle:"
