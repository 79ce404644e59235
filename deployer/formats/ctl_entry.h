/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What stands in a trust list: entries with their attributes, and extensions (formats.md a.2 and
 * a.4). The ctl_take_… functions are those of the reader in formats/ctl, which checks everything
 * once. After that the other functions cannot fail; they return false only at the end.
 */
#include "model/der_value.h"

/* 1.3.6.1.4.1.311.10, below which all of this is numbered */
#define MICROSOFT_LISTS 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x0a

/* N of an attribute 1.3.6.1.4.1.311.10.11.N (formats.md a.4). */
enum ctl_property {
	CTL_EKU = 9,
	CTL_FRIENDLY_NAME = 11, /* UTF-16LE with NUL */
	CTL_KEY_IDENTIFIER = 20,
	CTL_SUBJECT_NAME_MD5 = 29,
	CTL_PROGRAM_POLICIES = 83,
	CTL_SHA256 = 98,
	CTL_DISALLOWED_AFTER = 104, /* a date */
	CTL_CHAIN_POLICIES = 105,
	CTL_DISALLOWED_EKU = 122,
	CTL_NOT_BEFORE_AFTER = 126, /* a date */
	CTL_NOT_BEFORE_EKU = 127,
};

struct ctl_entry {
	struct span id; /* authroot: SHA-1 of the certificate; see formats.md a.5 for others */
	struct span attributes; /* inside of the SET; for ctl_attribute_next */
};

/* An attribute of an entry, or an extension of the list. */
struct ctl_attribute {
	struct span oid;
	unsigned property; /* N of 10.11.N; 0 for others */
	bool critical;     /* of an extension */
	struct span value; /* inside of the OCTET STRING; of other attributes: inside of the SET */
};

/* A date of an entry. Zero length (old withdrawn roots) is likely "whatever the date": it is
 * kept apart and is neither a date nor no limit (formats.md a.4). */
struct ctl_date {
	enum { CTL_DATE_ABSENT, CTL_DATE_EMPTY, CTL_DATE_SET } state;
	int64_t time;
};

/* Read one from the front and check it. */
bool ctl_take_entry(struct der *der, struct ctl_entry *out) MUST_CHECK;
bool ctl_take_extension(struct der *der, struct ctl_attribute *out) MUST_CHECK;
/* True when `content` is OBJECT IDENTIFIERs and nothing else; a fault goes to `der`. */
bool ctl_check_oids(struct der *der, struct span content) MUST_CHECK;

/* Take the next one from the front of `rest`, which began as a member of the list above; false at
 * the end. */
bool ctl_attribute_next(struct span *rest, struct ctl_attribute *out);
bool ctl_extension_next(struct span *rest, struct ctl_attribute *out);
bool ctl_oid_next(struct span *rest, struct span *oid);
/* The value of attribute 10.11.N; false when the entry has none. */
bool ctl_entry_find(const struct ctl_entry *entry, unsigned property, struct span *value);
/* The dates of properties 104 and 126. */
struct ctl_date ctl_entry_date(const struct ctl_entry *entry, unsigned property);
/* The inside of the SEQUENCE OF OID of properties 9, 105, 122, 127, for ctl_oid_next; false when
 * absent. */
bool ctl_entry_oids(const struct ctl_entry *entry, unsigned property, struct span *oids);
