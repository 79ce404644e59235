/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Which of the rules that name an item counts, and what the host can make of it: a part of
 * resolve.h.
 */
#include "host/host.h"

/* `want` is sorted, and of one item what policies say stands in their order: one is kept. What a
 * policy says of which it is not known whether it applies counts against every other demand: then
 * the item is left as it is. */
void winners_keep(struct items *want);
/* Says each item the way the host would show it, and whether the host can hold it. */
void winners_express(struct items *want, struct host *host);
/* Distrust is stronger than trust, wherever the two were said: `all: true` of a bundle beside one
 * certificate of it that is disallowed is how a policy says "all but this". `want` is sorted. */
void winners_distrust(struct items *want);
