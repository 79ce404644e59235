/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What a replay does when a harness ends it, or does not end: it says what was being tried.
 */

/* `current` is printed on an abnormal end; it may change. */
void guard_start(const char *current);
/* Ends the process with a failure when that many seconds pass before the next call; 0: never. */
void guard_limit(unsigned seconds);
