/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The vocabularies of the outward contract (interface.md) that several folders speak, each once: an
 * enum, its words in the same order (NULL at the end), and the alternatives of a regular
 * expression. To add a store, a trust list, a switch or a proxy target, add its line here. Words of
 * policies alone are in policy/words.h, those of bundles in bundle/manifest.h.
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

/* Who reads a proxy setting on Linux: each has a row of this name, TARGET_APT_ROW, in a file below
 * host/linux/proxy/. */
#define LINUX_TARGET_VOCABULARY(NEXT)                                                              \
	NEXT(TARGET_ENVIRONMENT, "environment")                                                    \
	NEXT(TARGET_ENVIRONMENT_D, "environment_d")                                                \
	NEXT(TARGET_APT, "apt")                                                                    \
	NEXT(TARGET_DNF, "dnf")                                                                    \
	NEXT(TARGET_ZYPPER, "zypper")                                                              \
	NEXT(TARGET_SYSTEMD, "systemd")

/* And everywhere. */
#define TARGET_VOCABULARY(FIRST, NEXT)                                                             \
	FIRST(TARGET_WINHTTP, "winhttp")                                                           \
	NEXT(TARGET_WININET_MACHINE, "wininet_machine")                                            \
	LINUX_TARGET_VOCABULARY(NEXT)

/* What a policy wants of a switch of these, where "" is not said. */
#define SWITCH_VOCABULARY(FIRST, NEXT)                                                             \
	FIRST(SWITCH_UNSET, "")                                                                    \
	NEXT(SWITCH_ENABLED, "enabled")                                                            \
	NEXT(SWITCH_DISABLED, "disabled")

/* How a proxy is found. per_user is of WinINET alone, where no setting of the machine counts. */
#define MODE_VOCABULARY(FIRST, NEXT)                                                               \
	FIRST(PROXY_DIRECT, "direct")                                                              \
	NEXT(PROXY_STATIC, "static")                                                               \
	NEXT(PROXY_PAC, "pac")                                                                     \
	NEXT(PROXY_AUTO, "auto")                                                                   \
	NEXT(PROXY_PER_USER, "per_user")

/* Which lists a bundle's one may take the place of. */
#define REPLACE_VOCABULARY(FIRST, NEXT)                                                            \
	FIRST(CTL_REPLACE_OLDER, "older")                                                          \
	NEXT(CTL_REPLACE_REISSUED, "reissued")                                                     \
	NEXT(CTL_REPLACE_ANY, "any")

/* Operating systems: the fact `os`. */
#define OS_VOCABULARY(FIRST, NEXT)                                                                 \
	FIRST(OS_LINUX, "linux")                                                                   \
	NEXT(OS_WINDOWS, "windows")

/* How grave something is that a report or a diagnosis says. */
#define SEVERITY_VOCABULARY(FIRST, NEXT)                                                           \
	FIRST(SEVERITY_UNSAID, "") /* whoever shows it falls back to the default of its cause */   \
	NEXT(SEVERITY_ERROR, "error")     /* it does not work, or is not as the policy wants it */ \
	NEXT(SEVERITY_WARNING, "warning") /* it works today, and somebody should act */            \
	NEXT(SEVERITY_INFO, "info")       /* good to know; never changes the exit status */

/* What a run does with an item. The plan decides it, the journal and the history remember it by
 * number, so the order stays. */
#define ACTION_VOCABULARY(FIRST, NEXT)                                                             \
	FIRST(ACTION_KEEP, "keep")                                                                 \
	NEXT(ACTION_ADD, "add")                                                                    \
	NEXT(ACTION_REPLACE, "replace")                                                            \
	NEXT(ACTION_REMOVE, "remove")

#define WORDS_IDENTIFIER(identifier, word) identifier,
#define WORDS_FIRST(identifier, word)      word
#define WORDS_NEXT(identifier, word)       "|" word
#define WORDS_ENUM(vocabulary)             vocabulary(WORDS_IDENTIFIER, WORDS_IDENTIFIER)
#define WORDS_WORD(identifier, word)       [identifier] = word,
/* The words by their enum, NULL at the end. */
#define WORDS_LIST(vocabulary)                                                                     \
	{                                                                                          \
		vocabulary(WORDS_WORD, WORDS_WORD) NULL                                            \
	}
/* "(root|intermediate|…)" */
#define WORDS_PATTERN(vocabulary) "(" vocabulary(WORDS_FIRST, WORDS_NEXT) ")"

enum store { WORDS_ENUM(STORE_VOCABULARY) STORES };
enum ctl_list { WORDS_ENUM(LIST_VOCABULARY) CTL_UNKNOWN };
enum update_switch { WORDS_ENUM(UPDATE_VOCABULARY) UPDATE_SWITCHES };
enum proxy_target { WORDS_ENUM(TARGET_VOCABULARY) TARGETS };
enum list_switch { WORDS_ENUM(SWITCH_VOCABULARY) SWITCHES };
enum proxy_mode { WORDS_ENUM(MODE_VOCABULARY) PROXY_MODES };
enum ctl_replace { WORDS_ENUM(REPLACE_VOCABULARY) CTL_REPLACES };
enum os { WORDS_ENUM(OS_VOCABULARY) OSES };
enum severity { WORDS_ENUM(SEVERITY_VOCABULARY) SEVERITIES };
enum action { WORDS_ENUM(ACTION_VOCABULARY) ACTIONS };

extern const char *const store_words[];
extern const char *const list_words[];
extern const char *const update_words[];
extern const char *const target_words[];
extern const char *const switch_words[];
extern const char *const mode_words[];
extern const char *const replace_words[];
extern const char *const os_words[];
extern const char *const severity_words[];
extern const char *const action_words[];

/* The index of `text` among `words`, or -1. */
int words_find(const char *const *words, const char *text);

/* The id of a bundle: 1 to 100 letters, digits, '.', '_' and '-'; not '.' or '-' first. ERR_POLICY
 * says what is wrong, without the place. */
#define WORDS_ID "[A-Za-z0-9_][A-Za-z0-9._-]{0,99}"
bool words_check_id(const char *id, struct err *err) MUST_CHECK;

/* In front of the id of a bundle, where something else could stand in its place. */
#define WORDS_BUNDLE "bundle:"

/* In front of an id: the kind of an item. */
#define KIND_CERTIFICATE "certificate"
#define KIND_PROXY       "proxy"
#define KIND_CTL         "ctl"
#define KIND_AUTO_UPDATE "auto_update"
#define KIND_BUNDLE      "bundle"
#define KIND_KEYRING     "keyring"
#define KIND_HOOK        "hook"
#define KIND_POLICY      "policy"
#define KIND_STATE       "state"

/* What a run is called in reports, journal and history: the verb, or what is done on the side. */
#define RUN_CHECK    "check"
#define RUN_APPLY    "apply"
#define RUN_ROLLBACK "rollback"
#define RUN_DIAGNOSE "diagnose"
#define RUN_KEYRING  "keyring" /* a rotation */
#define RUN_DISCARD  "discard" /* a journal was set aside */

/* Whether an item is there, as policies, reports, ledger and history say it. */
#define WORDS_PRESENT "present"
#define WORDS_ABSENT  "absent"
/* What holds where nobody set anything: the source of the updates, a switch of theirs. */
#define WORDS_DEFAULT "default"
/* What becomes of a proxy's log-in: it stays, it goes, or it stands in a file of that path. */
#define WORDS_KEEP "keep"
#define WORDS_NONE "none"
#define WORDS_FILE "file:"
