/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Wanted items, made of the resultant set: a part of resolve.h.
 */
#include "engine/resolver.h"

/* The item that a demand is about; it is about one thing alone. */
struct key want_key(const struct demand *demand);
/* Whether a policy says anything of the item, or may. */
bool want_is_named(const struct resultant *resultant, const struct key *key);
/* Appends an item for each ruling on one: what its winner wants, or that nobody knows it. */
void want_rulings(struct resolver *resolver, struct items *want);
/* Distrust is stronger than trust (resultant_distrust). `want` is sorted, and went through
 * express. */
void want_distrust(const struct resultant *resultant, struct items *want);
