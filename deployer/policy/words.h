/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The words of the policy language that are more than free text: ids, links, globs, item ids,
 * addresses. Each check has its regular expression beside it, for the JSON Schema; the
 * check is the judge, the expression may let more through where it cannot say it. All
 * checks set ERR_POLICY without the place.
 */
#include "model/words.h"

/* One line without blanks at its ends: names, labels. */
#define WORD_LINE "^[^\\s]([^\\t\\r\\n]*[^\\s])?$"
bool word_check_line(const char *text, struct err *err) MUST_CHECK;

/* The id of a bundle. */
#define WORD_ID "^" WORDS_ID "$"

/* local, domain, site:NAME or ou:PATH. */
#define WORD_PART "[^/\\s]([^/\\t\\r\\n]*[^/\\s])?"
#define WORD_LINK "^(local|domain|site:" WORD_PART "|ou:" WORD_PART "(/" WORD_PART ")*)$"
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
#define WORD_SOURCE "^(default|" WORD_HTTP_URL "|" WORD_FILE_URL ")$"
bool word_check_source(const char *text, struct err *err) MUST_CHECK;

/* The id of an item, such as "certificate/root/<64 hex>" (interface.md section 4). */
#define WORD_CERTIFICATE WORDS_PATTERN(STORE_VOCABULARY) "/([0-9a-f]{64}|" WORDS_BUNDLE WORDS_ID ")"
#define WORD_PROXY       WORDS_PATTERN(TARGET_VOCABULARY)
#define WORD_CTL         WORDS_PATTERN(LIST_VOCABULARY)
#define WORD_UPDATE      WORDS_PATTERN(UPDATE_VOCABULARY)
#define WORD_ITEM                                                                                  \
	"^(certificate/" WORD_CERTIFICATE "|bundle/" WORDS_ID "|proxy/" WORD_PROXY                 \
	"|ctl/" WORD_CTL "|auto_update/" WORD_UPDATE ")$"
bool word_check_item(const char *text, struct err *err) MUST_CHECK;

/* What becomes of a proxy's log-in: keep, none, file:/PATH. */
#define WORD_CREDENTIALS "^(keep|none|file:/.+)$"
bool word_check_credentials(const char *text, struct err *err) MUST_CHECK;

/* Only for the schema: model/proxy.h checks them. */
#define WORD_SERVER "^(https?://)?(\\[[0-9A-Fa-f:.]+\\]|[^\\s/@:\\[\\]]+):[1-9][0-9]{0,4}/?$"
#define WORD_BYPASS "^[^\\s,;@]+$"
