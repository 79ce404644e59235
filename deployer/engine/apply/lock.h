/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * One writer at a time: a file in the folder that the host names (/run, below its root), or in the
 * state folder.
 */
#include "engine/run.h"

/* ERR_LOCKED when another run holds it. The caller gives it to file_unlock. */
bool lock_take(struct run *run, int *fd, struct err *err) MUST_CHECK;
