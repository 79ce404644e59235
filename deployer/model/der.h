/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The one strict reader of DER (X.690 section 10): definite lengths in their
 * shortest form, single-byte tags, nothing that reaches past its parent. It
 * knows elements, not what they mean.
 *
 *     der_of → der_take / der_optional … → der_end
 *
 * The first fault sticks: later calls fail too, so a run of calls can be
 * chained with && and asked once. It recurses nowhere and allocates nothing.
 */
#include "base/bytes.h"

enum {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_UTF8_STRING = 0x0c,
	DER_NUMERIC_STRING = 0x12,
	DER_PRINTABLE_STRING = 0x13,
	DER_T61_STRING = 0x14,
	DER_IA5_STRING = 0x16,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_VISIBLE_STRING = 0x1a,
	DER_UNIVERSAL_STRING = 0x1c,
	DER_BMP_STRING = 0x1e,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
};

struct der {
	struct span rest;
	const uint8_t *base; /* where offsets count from */
	const char *fault;   /* what is wrong, a constant; NULL: nothing so far */
	size_t fault_offset;
};

struct element {
	uint8_t tag;
	struct span content, whole;
};

struct der der_of(struct span span);
/* Reads the inside of an element; offsets go on counting from where `outer` counts. */
struct der der_inside(const struct der *outer, struct span content);

/* The next element of any tag, of exactly this tag, or of this tag if it comes next (false
 * without a fault when it does not). */
bool der_next(struct der *der, struct element *out) MUST_CHECK;
bool der_take(struct der *der, uint8_t tag, struct element *out) MUST_CHECK;
bool der_optional(struct der *der, uint8_t tag, struct element *out) MUST_CHECK;
/* True when all is read and nothing was wrong. */
bool der_end(struct der *der) MUST_CHECK;

/* Notes a fault at `at`, a place in what is read. Returns false. */
bool der_fail(struct der *der, const uint8_t *at, const char *fault);
/* Notes the fault of a part that was read with der_inside. Returns false. */
bool der_pass_on(struct der *der, const struct der *part);

/* The bytes of the element at the front of `span`, header included; 0 when there is none. */
size_t der_size(struct span span);
