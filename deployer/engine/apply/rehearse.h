/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * check is the dry run of apply: what the host would refuse then is told now, with the same words.
 */
#include "engine/session.h"

/* Asks the host what each step that is to be done would change, and throws the answer away: nothing
 * is written. A step that the host cannot hold as things are there (ERR_HOST) is a conflict; what
 * this user may not read is no matter of the host. */
void apply_rehearse(struct session *session);
