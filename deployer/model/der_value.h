/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The values that certificates and trust lists have in common, read with
 * model/der: integers, booleans, times, object identifiers. Like there, a fault
 * sticks to the reader.
 */
#include "base/text.h"
#include "model/der.h"

/* A span over an array of bytes, such as a constant object identifier. */
#define SPAN_OF(array) ((struct span){(array), sizeof(array)})

/* An INTEGER in its shortest form (X.690 8.3.2). */
bool der_take_integer(struct der *der, struct element *out) MUST_CHECK;
/* A BOOLEAN DEFAULT FALSE: false when none comes next. */
bool der_take_boolean(struct der *der, bool *out) MUST_CHECK;
/* UTCTime or GeneralizedTime as RFC 5280 4.1.2.5 has them, or with an offset from UTC. */
bool der_take_time(struct der *der, int64_t *out) MUST_CHECK;

/* Appends the content of an OBJECT IDENTIFIER in dots (X.690 8.19). */
void der_oid_text(struct span oid, struct text *out);
