/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What is known about the host: policies filter on it and reports show it (interface.md section 3,
 * Facts). A fact is a call of facts_set() where it is found, and nothing else; whoever needs it
 * asks by its name.
 *
 * The value "" says that there is none, as a rolling distribution has no release. NULL says that it
 * is not known, as an image has no host name before it first starts; of such a fact nobody may say
 * that it does not match. A fact that is not in the list is not known either.
 */
#include "base/text.h"
#include "model/words.h"

/* The names that the program itself asks for. */
#define FACT_OS           "os" /* os_words */
#define FACT_HOSTNAME     "hostname"
#define FACT_DISTRIBUTION "distribution" /* ID of os-release: "debian" */
#define FACT_RELEASE      "release"      /* VERSION_ID of os-release: "12" */
#define FACT_ARCHITECTURE "architecture" /* "x86_64" */

struct fact {
	const char *name;
	const char *value;
	/* where it was found or, when it is not known, searched: a file, a registry key, a system
	 * call */
	const char *source;
};

struct facts {
	struct fact *list;
	size_t count, capacity;
	const char *root; /* of the image that they are about, "" for the live system */
	struct arena arena;
};

/* Adds the fact, or replaces the one of that name. Copies the texts; `value` may be NULL. */
void facts_set(struct facts *facts, const char *name, const char *value, const char *source);
/* NULL: it is not known. Valid as long as the facts are. */
const char *facts_value(const struct facts *facts, const char *name);
/* Whether it is known, and is that. */
bool facts_say(const struct facts *facts, const char *name, const char *value);
/* Whether the host is known to run that. */
bool facts_os(const struct facts *facts, enum os os);
void facts_release(struct facts *facts);
