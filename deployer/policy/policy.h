/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * One policy document (interface.md section 3), parsed and validated, and sets
 * of them. Nothing here knows a host: how items are satisfied is the engine's.
 *
 *     policy_load or policy_parse, once for each -p → policies_filter → policies_check
 *
 * What this version does not carry out (`only` in the tables: `link`, `link_order`, `enabled`,
 * `enforced`, `block_inheritance`, `when.facts` and others) is refused unless it has its default
 * value. So all policies stand at one place, where they may say the same and must not contradict
 * each other. Which of them counts is decided in layers/layers.h: within one policy a rule of its
 * own is stronger than `all: true`; of two policies the later one is, whichever it says.
 *
 * Source of knowledge: interface.md section 3; the language itself is the table policy_fields.
 */
#include "base/file.h"
#include "formats/ctl.h"
#include "formats/fields.h"
#include "model/facts.h"
#include "model/item.h"
#include "model/proxy.h"
#include "policy/words.h"

struct when_rule {
	struct choices os; /* enum os */
	struct texts hostname;
	const struct yaml_node *facts; /* free-form map, or NULL */
	struct position position;
};

/* Several rules for one bundle, in different policies, add up: the highest min_version and the
 * shortest max_age hold, and the longest warn_before. */
struct bundle_rule {
	const char *id;
	uint64_t min_version;
	int64_t max_age;     /* seconds; 0: none */
	int64_t warn_before; /* seconds; 0: the default */
	struct texts sources;
	struct position position;
};

struct certificate_rule {
	int store; /* enum store */
	int state; /* enum rule_state */
	struct fingerprint sha256;
	const char *label, *bundle;
	bool all;
	bool allow_expired, allow_non_ca; /* install into root all the same */
	bool remove_unowned;              /* with absent: although the ledger does not own it */
	bool retain, take_over, allow_essential;
	struct position position;
};

struct undeclared_rule {
	int store[STORES]; /* enum undeclared */
	int settings;      /* enum undeclared_settings */
	bool remove_unowned;
	struct position position;
};

struct proxy_rule {
	int mode; /* enum proxy_mode */
	const char *http, *https, *pac_url;
	const char *credentials; /* keep, none, file:PATH; NULL: not said */
	struct texts bypass;
	struct texts targets; /* count 0: all that the host has */
	struct texts probe, on_change;
	struct position position;
};

struct ctl_rule {
	int list; /* enum ctl_list */
	const char *bundle, *min_sequence;
	int64_t max_age;
	int signer_chain;          /* enum signer_chain */
	int replace;               /* enum ctl_replace */
	struct fingerprint anchor; /* a root besides Microsoft's that may anchor the list */
	struct position position;
};

struct auto_update_rule {
	int roots, disallowed; /* enum list_switch */
	const char *source;
	struct position position;
};

struct waiver_rule {
	const char *item, *reason, *owner;
	int64_t expires;
	struct position position;
};

struct policy {
	uint64_t schema_version;
	const char *name, *description;
	const char *link; /* as written; "local" by default */
	uint64_t link_order;
	bool enabled, enforced, block_inheritance;
	struct when_rule when;
	struct list bundles;      /* of struct bundle_rule */
	struct list certificates; /* of struct certificate_rule */
	struct undeclared_rule undeclared;
	bool has_proxy;
	struct proxy_rule proxy;
	struct list ctl; /* of struct ctl_rule */
	bool has_auto_update;
	struct auto_update_rule auto_update;
	struct list waivers; /* of struct waiver_rule */

	/* not from the document: */
	const char *file;        /* for origins: as named, or "bundle:ID/member" */
	char sha256[SHA256_HEX]; /* of the document's bytes */
	const char *filtered;    /* why it does not apply to this host, or NULL */
	bool undecided; /* filtered, because what it asks of the host is not known: it may apply */
	/* Where it stands among the others: what a higher one says wins (layers/layers.h). All
	 * stand at 0, since `link` is nothing but local so far. */
	unsigned level;
};

struct policies {
	bool filtered;       /* policies_filter was called */
	struct policy *list; /* in the order given: command line, then file name */
	size_t count, capacity;
	struct text faults; /* a line for each fault after the first, which is in `err` */
	/* files of a folder that are passed over */
	struct policy_passed {
		const char *file, *path;
	} * passed;
	size_t passed_count, passed_capacity;
	bool empty_folder; /* what failed is that a folder holds none */
	struct arena arena;
};

/* The table of the policy language, for the schema and the man page. */
extern const struct fields policy_fields;

/* Parses and validates one document and appends it. `err` is the first fault, others are lines of
 * `out->faults`. */
bool policy_parse(
    struct span span, const char *file, struct policies *out, struct err *err) MUST_CHECK;

/* Loads a file, or every *.yaml and *.yml of a folder in name order (other files are ignored, a
 * folder without any is an error); all of them are read also when one is at fault. A file is
 * refused that others than `trust` allows could write. */
bool policy_load(
    const char *path, enum file_trust trust, struct policies *out, struct err *err) MUST_CHECK;

/* Whether a folder's entry is one of its policies: no folder, not hidden, *.yaml or *.yml. */
bool policy_is_file(const struct folder_entry *entry);
/* Keeps of an entry that it is passed over, where whoever put it there may believe that it counts:
 * any file (*.YAML, *.conf) but hidden ones, left-overs of editors and package managers, those
 * that are switched off (*.disabled), and a README. */
void policies_pass_over(
    struct policies *policies, const char *folder, const struct folder_entry *entry);
/* Adds a line for each that was: "policy.d/a.YAML is not read: …". */
void policies_tell_passed(const struct policies *policies, struct text *out);

/* Sets `filtered` and `undecided` of each policy for a host with these facts (when.os,
 * when.hostname). */
void policies_filter(struct policies *policies, const struct facts *facts);

/* Checks across documents: names are unique, no setting stands in one document twice, and no two
 * documents contradict each other (the same demand may stand in several); else ERR_POLICY naming
 * both "file:line"s. Call it when all
 * are loaded: after policies_filter where a host is known, so that only what applies to it is
 * compared; without (`policy validate`), policies that may never meet on one host are not. */
bool policies_check(const struct policies *policies, struct err *err) MUST_CHECK;

void policies_release(struct policies *policies);

/* The JSON Schema 2020-12 of the policy language, printed from policy_fields. */
void policy_schema(struct text *out);
