/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * One writer at a time: /run/trust-deployer.lock below the host's root, or a file in the state
 * folder where there is no /run.
 */
#include "engine/run.h"

/* ERR_LOCKED when another run holds it. The caller gives it to file_unlock. */
bool lock_take(struct run *run, int *fd, struct err *err) MUST_CHECK;
