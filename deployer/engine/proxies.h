/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What is wanted of proxies, once the host has said how it would hold them and what it has.
 */
#include "model/item.h"

/* Both lists are sorted, and `want` went through express. Takes over what a policy leaves as it is
 * (setting_adopt); calls a log-in that would get lost a conflict; judges what cannot be said there
 * (interface.md section 2: `fail` where the policy names the target, or where no target of the
 * host can hold the rule). */
void proxies_settle(struct items *want, const struct items *have);
