/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The words of the policy language that are more than free text: ids, links, globs, item ids,
 * addresses. Each check has its regular expression beside it, for the JSON Schema; the
 * check is the judge, the expression may let more through where it cannot say it. All
 * checks set ERR_POLICY without the place.
 */
#include "model/words.h"

/* `state` of a certificate. */
#define STATE_VOCABULARY(FIRST, NEXT)                                                              \
	FIRST(STATE_PRESENT, WORDS_PRESENT)                                                        \
	NEXT(STATE_ABSENT, WORDS_ABSENT)

/* `undeclared`, where "" is not said. Who says nothing and who says keep want the same of a host,
 * but only the latter contradicts those who want more. */
#define UNDECLARED_VOCABULARY(FIRST, NEXT)                                                         \
	FIRST(UNDECLARED_UNSAID, "")                                                               \
	NEXT(UNDECLARED_KEEP, WORDS_KEEP)                                                          \
	NEXT(UNDECLARED_REPORT, "report")                                                          \
	NEXT(UNDECLARED_FAIL, "fail")                                                              \
	NEXT(UNDECLARED_REMOVE, "remove")

/* `undeclared: {settings: ...}` */
#define SETTINGS_VOCABULARY(FIRST, NEXT)                                                           \
	FIRST(SETTINGS_UNSAID, "")                                                                 \
	NEXT(SETTINGS_KEEP, WORDS_KEEP)                                                            \
	NEXT(SETTINGS_RESTORE, "restore")

/* `signer_chain` of a trust list. */
#define SIGNER_CHAIN_VOCABULARY(FIRST, NEXT)                                                       \
	FIRST(SIGNER_CHAIN_UNSAID, "")                                                             \
	NEXT(SIGNER_CHAIN_OFFLINE, "offline")                                                      \
	NEXT(SIGNER_CHAIN_ANY, "any")

/* What is done when a proxy's target was changed. */
#define CHANGE_VOCABULARY(FIRST, NEXT) FIRST(CHANGE_DAEMON_REEXEC, "daemon-reexec")

enum rule_state { WORDS_ENUM(STATE_VOCABULARY) RULE_STATES };
enum undeclared { WORDS_ENUM(UNDECLARED_VOCABULARY) UNDECLARED_RULES };
enum undeclared_settings { WORDS_ENUM(SETTINGS_VOCABULARY) SETTINGS_RULES };
enum signer_chain { WORDS_ENUM(SIGNER_CHAIN_VOCABULARY) SIGNER_CHAINS };
enum proxy_change { WORDS_ENUM(CHANGE_VOCABULARY) PROXY_CHANGES };

extern const char *const state_words[];
extern const char *const undeclared_words[];
extern const char *const settings_words[];
extern const char *const signer_chain_words[];
extern const char *const change_words[];

/* One line without blanks at its ends: names, labels. */
#define WORD_LINE "^[^\\s]([^\\t\\r\\n]*[^\\s])?$"
bool word_check_line(const char *text, struct err *err) MUST_CHECK;

/* The id of a bundle. */
#define WORD_ID "^" WORDS_ID "$"

/* local, domain, site:NAME or ou:PATH. */
#define LINK_LOCAL  "local"
#define LINK_DOMAIN "domain"
#define LINK_SITE   "site:"
#define LINK_OU     "ou:"
#define WORD_PART   "[^/\\s]([^/\\t\\r\\n]*[^/\\s])?"
#define WORD_LINK                                                                                  \
	"^(" LINK_LOCAL "|" LINK_DOMAIN "|" LINK_SITE WORD_PART "|" LINK_OU WORD_PART              \
	"(/" WORD_PART ")*)$"
bool word_check_link(const char *text, struct err *err) MUST_CHECK;

/* A glob of a host name, perhaps behind "!". */
#define WORD_HOSTNAME "^!?[A-Za-z0-9._*?-]+$"
bool word_check_hostname(const char *text, struct err *err) MUST_CHECK;

/* The sequence number of a CTL: whole bytes in hexadecimal. */
#define WORD_SEQUENCE "^([0-9A-Fa-f]{2}){1,32}$"
bool word_check_sequence(const char *text, struct err *err) MUST_CHECK;

#define WORD_HTTP_URL "https?://[^/?#@\\s]+([/?#]\\S*)?"
#define WORD_FILE_URL "file://\\S+"
/* http://, https:// or file://, without user information. */
#define WORD_URL "^(" WORD_HTTP_URL "|" WORD_FILE_URL ")$"
bool word_check_url(const char *text, struct err *err) MUST_CHECK;
/* The same, or "default". */
#define WORD_SOURCE "^(" WORDS_DEFAULT "|" WORD_HTTP_URL "|" WORD_FILE_URL ")$"
bool word_check_source(const char *text, struct err *err) MUST_CHECK;

/* The id of an item, such as "certificate/root/<64 hex>" (interface.md section 4). */
#define WORD_CERTIFICATE WORDS_PATTERN(STORE_VOCABULARY) "/([0-9a-f]{64}|" WORDS_BUNDLE WORDS_ID ")"
#define WORD_PROXY       WORDS_PATTERN(TARGET_VOCABULARY)
#define WORD_CTL         WORDS_PATTERN(LIST_VOCABULARY)
#define WORD_UPDATE      WORDS_PATTERN(UPDATE_VOCABULARY)
#define WORD_ITEM                                                                                  \
	"^(" KIND_CERTIFICATE "/" WORD_CERTIFICATE "|" KIND_BUNDLE "/" WORDS_ID "|" KIND_PROXY     \
	"/" WORD_PROXY "|" KIND_CTL "/" WORD_CTL "|" KIND_AUTO_UPDATE "/" WORD_UPDATE ")$"
bool word_check_item(const char *text, struct err *err) MUST_CHECK;

/* What becomes of a proxy's log-in: keep, none, file:/PATH. */
#define WORD_CREDENTIALS "^(" WORDS_KEEP "|" WORDS_NONE "|" WORDS_FILE "/.+)$"
bool word_check_credentials(const char *text, struct err *err) MUST_CHECK;

/* Only for the schema: model/proxy.h checks them. */
#define WORD_SERVER "^(https?://)?(\\[[0-9A-Fa-f:.]+\\]|[^\\s/@:\\[\\]]+):[1-9][0-9]{0,4}/?$"
#define WORD_BYPASS "^[^\\s,;@]+$"
