/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DAY = 86400 };

#define TICKS_A_SECOND 10000000ull
#define FROM_1601      11644473600ll  /* seconds from 1601 to 1970 */
#define LAST_SECOND    253402300799ll /* 9999-12-31T23:59:59Z */

int64_t clock_now(void)
{
	return (int64_t)time(NULL);
}

/* Days since 1970-01-01 of a Gregorian date: years are counted from March, so
 * that the leap day is the last one. */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = y / 400, of_era = y % 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

bool clock_from_fields(int year, int month, int day, int hour, int minute, int second, int64_t *out)
{
	if (year < 1601 || year > 9999 || month < 1 || month > 12 || day < 1 ||
	    day > month_days(year, month) || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
	    second < 0 || second > 59)
		return false;
	*out = days_of(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
	return true;
}

/* `count` decimal digits at the front of *text, or -1. */
static int digits(const char **text, int count)
{
	int value = 0;

	for (int i = 0; i < count; i++, (*text)++) {
		if (**text < '0' || **text > '9')
			return -1;
		value = value * 10 + (**text - '0');
	}
	return value;
}

static bool literal(const char **text, char c)
{
	return **text == c && (*text)++;
}

static bool parse_zone(const char **text, int *offset)
{
	int sign = **text == '-' ? -1 : 1, hours, minutes;

	*offset = 0;
	if (literal(text, 'Z') || literal(text, 'z'))
		return true;
	if (!literal(text, '+') && !literal(text, '-'))
		return false;
	hours = digits(text, 2);
	if (hours < 0 || hours > 23 || !literal(text, ':'))
		return false;
	minutes = digits(text, 2);
	*offset = sign * (hours * 3600 + minutes * 60);
	return minutes >= 0 && minutes <= 59;
}

bool clock_parse(const char *text, int64_t *out)
{
	int year = digits(&text, 4), month, day, hour = 0, minute = 0, second = 0, offset = 0;

	if (year < 0 || !literal(&text, '-') || (month = digits(&text, 2)) < 0 ||
	    !literal(&text, '-') || (day = digits(&text, 2)) < 0)
		return false;
	if (*text && (literal(&text, 'T') || literal(&text, 't') || literal(&text, ' '))) {
		if ((hour = digits(&text, 2)) < 0 || !literal(&text, ':') ||
		    (minute = digits(&text, 2)) < 0 || !literal(&text, ':') ||
		    (second = digits(&text, 2)) < 0)
			return false;
		if (literal(&text, '.')) {
			if (digits(&text, 1) < 0)
				return false;
			text += strspn(text, "0123456789");
		}
		if (!parse_zone(&text, &offset))
			return false;
	}
	if (*text || !clock_from_fields(year, month, day, hour, minute, second, out))
		return false;
	*out -= offset;
	return true;
}

/* A report has a date for each of a thousand certificates, so not by snprintf(). */
static char *put_number(char *at, int64_t number, int digits, char after)
{
	for (int i = digits; i > 0; i--, number /= 10)
		at[i - 1] = (char)('0' + number % 10);
	at[digits] = after;
	return at + digits + 1;
}

void clock_write(int64_t seconds, char out[CLOCK_TEXT])
{
	int64_t days = seconds / DAY - (seconds % DAY < 0);
	int64_t rest = seconds % DAY + (seconds % DAY < 0 ? DAY : 0);
	/* the inverse of days_of; gmtime() of Windows ends with the year 3000 */
	int64_t shifted = days + 719468, era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	int64_t of_era = shifted - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153, day = of_year - (153 * month + 2) / 5 + 1;

	month += month < 10 ? 3 : -9;
	year += era * 400 + (month <= 2);
	if (seconds > LAST_SECOND || year < 0)
		year = 9999, month = 12, day = 31, rest = DAY - 1;
	out = put_number(out, year, 4, '-');
	out = put_number(out, month, 2, '-');
	out = put_number(out, day, 2, 'T');
	out = put_number(out, rest / 3600, 2, ':');
	out = put_number(out, rest / 60 % 60, 2, ':');
	out = put_number(out, rest % 60, 2, 'Z');
	*out = 0;
}

bool clock_parse_duration(const char *text, int64_t *seconds)
{
	static const struct {
		char unit;
		int seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', DAY}, {'w', 7 * DAY}};
	int64_t value = 0;
	size_t used = 0;

	for (; text[used] >= '0' && text[used] <= '9'; used++) {
		if (used >= 6)
			return false;
		value = value * 10 + (text[used] - '0');
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (text[used] == units[i].unit && text[used + 1] == 0 && value > 0) {
			*seconds = value * units[i].seconds;
			return true;
		}
	return false;
}

int64_t clock_from_filetime(uint64_t ticks)
{
	int64_t time = (int64_t)(ticks / TICKS_A_SECOND) - FROM_1601;

	return time > LAST_SECOND ? LAST_SECOND : time;
}

uint64_t clock_to_filetime(int64_t time)
{
	return time < -FROM_1601 ? 0 : (uint64_t)(time + FROM_1601) * TICKS_A_SECOND;
}
