/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Times are seconds since 1970-01-01 UTC in an int64_t. Whatever judges dates
 * takes `now` as a parameter; clock_now() is called by cli/, and where a stamp is written
 * that the system itself would write (the keys of a registry).
 */
#include "base/err.h"

#include <stdint.h>

enum { CLOCK_TEXT = 24 };

int64_t clock_now(void);

/* RFC 3339 with zone ("2026-11-23T10:00:00Z", "+01:00"; fractions are dropped),
 * or a date alone, which means its first second in UTC. Years 1601 to 9999. */
bool clock_parse(const char *text, int64_t *out) MUST_CHECK;
/* "2026-11-23T10:00:00Z" */
void clock_write(int64_t time, char out[CLOCK_TEXT]);

/* From calendar fields in UTC; false when they name no real second. */
bool clock_from_fields(
    int year, int month, int day, int hour, int minute, int second, int64_t *out) MUST_CHECK;

/* "90s", "15m", "12h", "90d", "8w"; a positive whole number and one unit. */
bool clock_parse_duration(const char *text, int64_t *seconds) MUST_CHECK;

/* A FILETIME: ticks of 100 ns since 1601-01-01 UTC, unsigned ([MS-DTYP] 2.3.3). What lies behind
 * the year 9999 becomes its last second. */
int64_t clock_from_filetime(uint64_t ticks);
uint64_t clock_to_filetime(int64_t time);
