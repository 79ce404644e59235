/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Microsoft certificate trust lists: authroot.stl, disallowedcert.stl,
 * pinrules.stl. A PKCS#7 (v1.5, not CMS: the content is the CTL itself and no
 * OCTET STRING) in strict DER, as all lists since 2006 are.
 *
 *     ContentInfo  signedData
 *       SignedData 1, one digest algorithm
 *         ContentInfo  1.3.6.1.4.1.311.10.1  [0] CTL          <- content; without header: body
 *         [0] certificates
 *         one SignerInfo, or none
 *
 *     CTL  subjectUsage, listIdentifier?, sequenceNumber?, thisUpdate, nextUpdate?,
 *          subjectAlgorithm, entries { identifier, attributes? }?, [0] extensions?
 *
 * What is read is what the list says of itself: formats/ctl_signature tells whether Microsoft said
 * it. A list can be published again under its number with another signature (the founding
 * incident), so two lists are one issue when their bytes agree, and one list when those of their
 * contents do.
 *
 * Source: formats.md a.1 to a.6 (its ASN.1 is that of [MS-CAESO]); attribute numbers are the
 * CERT_…_PROP_ID of wincrypt.h.
 */
#include "formats/ctl_entry.h"
#include "model/words.h"

enum {
	CTL_MAX_BYTES = 4 * 1024 * 1024, /* real ones are below 200 KB */
	CTL_MAX_ENTRIES = 50 * 1000,
	CTL_MAX_CERTIFICATES = 64,
	CTL_MAX_SEQUENCE = 20, /* bytes */
};

/* Spans point into `file`, which is borrowed. */
struct ctl {
	struct span file;
	struct span content, body; /* the CTL with and without its header */
	enum ctl_list list;
	struct span usage;           /* inside of subjectUsage; for ctl_oid_next */
	struct span list_identifier; /* UTF-16LE with NUL; empty when absent */
	struct span sequence;        /* unsigned, big-endian; empty when absent */
	int64_t this_update, next_update;
	bool has_next_update;
	struct span subject_algorithm; /* content of the OID */
	struct ctl_entry *entries;
	size_t entry_count;
	struct span extensions; /* for ctl_extension_next */
	struct span certificates[CTL_MAX_CERTIFICATES];
	size_t certificate_count;
	bool has_signer;
};

/* Whether the bytes begin as a CTL does; no more. */
bool ctl_looks(struct span file);
/* Strict DER to the last byte. Every attribute of the table above has the form that it should have;
 * attributes and extensions that are not known are kept, unless they are critical. ERR_FORMAT
 * names the offset and the fault. */
bool ctl_parse(struct span file, struct ctl *out, struct err *err) MUST_CHECK;
void ctl_release(struct ctl *ctl);
/* The list of a file that is one, or of a cabinet that holds one and nothing else, as Microsoft
 * serves them: `out` is its bytes. ERR_FORMAT. */
bool ctl_unpack(struct span file, struct bytes *out, struct err *err) MUST_CHECK;

/* "authroot", "disallowed", "pinrules", "unknown": the words of the policy. */
const char *ctl_list_word(enum ctl_list list);
/* Orders sequence numbers: below 0 when `a` is older. An absent one is the oldest. */
int ctl_sequence_compare(struct span a, struct span b);
bool ctl_replaces(const struct ctl *offered, const struct ctl *there, enum ctl_replace which);
/* Upper-case hexadecimal, as Microsoft writes them. */
enum { CTL_SEQUENCE_TEXT = 2 * CTL_MAX_SEQUENCE + 1 };
void ctl_sequence_text(struct span sequence, char out[CTL_SEQUENCE_TEXT]);

/* The entry of that identifier, or NULL. */
const struct ctl_entry *ctl_find(const struct ctl *ctl, struct span id);
/* Names a list and its issue: "SEQUENCE sha256:64 HEX". */
enum { CTL_ISSUE_TEXT = CTL_SEQUENCE_TEXT + 8 + SHA256_HEX };
void ctl_issue_text(const struct ctl *ctl, char out[CTL_ISSUE_TEXT]);

/* Lists that were read, each once: a host has the same list in several places and formats (the
 * registry, a cabinet in the cache of each account), and a run looks at them more than once. */
struct ctls_file;

struct ctls {
	struct ctls_file *list;
	size_t count, capacity;
};

/* The list of a file, which is one or a cabinet that holds one (ctl_unpack). Valid until
 * ctls_release(). The same list gives the same pointer, so two lists can be compared by their
 * pointers. NULL with ERR_FORMAT where there is none. `file` is copied. */
const struct ctl *ctls_read(struct ctls *ctls, struct span file, struct err *err) MUST_CHECK;
void ctls_release(struct ctls *ctls);
