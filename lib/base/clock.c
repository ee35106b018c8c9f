/*
 * Clocks and RFC 3339. Dates are counted here (proleptic Gregorian, UTC), so
 * that no time zone file and no shared state of libc is involved.
 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "base/clock.h"

#define DAY_MS INT64_C(86400000)
#define MIN_MS (-INT64_C(62167219200000)) /* 0000-01-01T00:00:00.000Z */
#define MAX_MS INT64_C(253402300799999)	  /* 9999-12-31T23:59:59.999Z */

static int64_t
now_ms(clockid_t id)
{
	struct timespec t;
	int rc = clock_gettime(id, &t);

	assert(rc == 0);
	return ((int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000);
}

int64_t
clock_wall_ms(void)
{
	return (now_ms(CLOCK_REALTIME));
}

int64_t
clock_mono_ms(void)
{
	return (now_ms(CLOCK_MONOTONIC));
}

struct timespec
clock_timespec(int64_t mono_ms)
{
	if (mono_ms < 0)
		mono_ms = 0;
	return ((struct timespec){ .tv_sec = mono_ms / 1000,
	    .tv_nsec = mono_ms % 1000 * 1000000 });
}

void
clock_sleep_ms(int64_t ms)
{
	struct timespec until = clock_timespec(clock_mono_ms() + ms);

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) ==
	    EINTR)
		continue;
}

/*
 * Days since 1970-01-01. The year is counted from March, so that the leap day
 * comes last: then months begin at day (153 * m + 2) / 5 of the year.
 */
static int64_t
days_of(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t m = month > 2 ? month - 3 : month + 9;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;

	return (era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 +
	    (153 * m + 2) / 5 + day - 1 - 719468);
}

static void
date_of(int64_t days, int *year_r, int *month_r, int *day_r)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t m = (5 * doy + 2) / 153;

	*day_r = (int)(doy - (153 * m + 2) / 5 + 1);
	*month_r = (int)(m < 10 ? m + 3 : m - 9);
	*year_r = (int)(yoe + era * 400 + (*month_r <= 2 ? 1 : 0));
}

void
clock_format_rfc3339(int64_t wall_ms, char text_r[CLOCK_RFC3339_SIZE])
{
	int64_t days, ms;
	int year, month, day, n;

	if (wall_ms < MIN_MS)
		wall_ms = MIN_MS;
	if (wall_ms > MAX_MS)
		wall_ms = MAX_MS;
	days = (wall_ms >= 0 ? wall_ms : wall_ms - (DAY_MS - 1)) / DAY_MS;
	ms = wall_ms - days * DAY_MS;
	date_of(days, &year, &month, &day);
	n = snprintf(text_r, CLOCK_RFC3339_SIZE,
	    "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", (unsigned)year % 10000,
	    (unsigned)month % 100, (unsigned)day % 100,
	    (unsigned)(ms / 3600000) % 100, (unsigned)(ms / 60000 % 60),
	    (unsigned)(ms / 1000 % 60), (unsigned)(ms % 1000));
	assert(n == CLOCK_RFC3339_SIZE - 1);
}

/* Take n digits off the front; -1 when there are none. */
static int
take_digits(struct str *s, size_t n)
{
	int v = 0;
	size_t i;

	if (s->n < n)
		return (-1);
	for (i = 0; i < n; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return (-1);
		v = v * 10 + (s->p[i] - '0');
	}
	*s = str_skip(*s, n);
	return (v);
}

static bool
take_one_of(struct str *s, const char *set, char *c_r)
{
	if (s->n == 0 || str_find(str_of(set), s->p[0]) == str_of(set).n)
		return (false);
	if (c_r != NULL)
		*c_r = s->p[0];
	*s = str_skip(*s, 1);
	return (true);
}

/* "YYYY-MM-DD" in days. */
static bool
take_date(struct str *s, int64_t *days_r)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };
	int year, month, day, last;

	if ((year = take_digits(s, 4)) < 0 || !take_one_of(s, "-", NULL) ||
	    (month = take_digits(s, 2)) < 1 || month > 12 ||
	    !take_one_of(s, "-", NULL) || (day = take_digits(s, 2)) < 1)
		return (false);
	last = lengths[month - 1];
	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		last++;
	if (day > last)
		return (false);
	*days_r = days_of(year, month, day);
	return (true);
}

/* "hh:mm:ss[.fraction]" in milliseconds. */
static bool
take_time(struct str *s, int64_t *ms_r)
{
	int hour, minute, second, digit, ms = 0, scale = 100;

	if ((hour = take_digits(s, 2)) < 0 || hour > 23 ||
	    !take_one_of(s, ":", NULL) || (minute = take_digits(s, 2)) < 0 ||
	    minute > 59 || !take_one_of(s, ":", NULL) ||
	    (second = take_digits(s, 2)) < 0 || second > 60)
		return (false);
	if (take_one_of(s, ".", NULL)) {
		if ((digit = take_digits(s, 1)) < 0)
			return (false);
		for (; digit >= 0; digit = take_digits(s, 1)) {
			ms += digit * scale;
			scale /= 10;
		}
	}
	*ms_r = ((int64_t)hour * 3600 + minute * 60 + second) * 1000 + ms;
	return (true);
}

/* "Z" or "+hh:mm" in milliseconds to take off. */
static bool
take_offset(struct str *s, int64_t *ms_r)
{
	int hour, minute;
	char sign;

	*ms_r = 0;
	if (take_one_of(s, "Zz", NULL))
		return (true);
	if (!take_one_of(s, "+-", &sign) || (hour = take_digits(s, 2)) < 0 ||
	    hour > 23 || !take_one_of(s, ":", NULL) ||
	    (minute = take_digits(s, 2)) < 0 || minute > 59)
		return (false);
	*ms_r = ((int64_t)hour * 60 + minute) * 60000 * (sign == '-' ? -1 : 1);
	return (true);
}

enum err_code
clock_parse_rfc3339(struct str text, int64_t *wall_ms_r, struct err *e)
{
	int64_t days, ms, offset_ms;

	if (!take_date(&text, &days) || !take_one_of(&text, "Tt", NULL) ||
	    !take_time(&text, &ms) || !take_offset(&text, &offset_ms) ||
	    text.n != 0)
		return (err_set(e, ERR_INPUT,
		    "time is not of the form 2026-01-01T00:00:00Z"));
	*wall_ms_r = days * DAY_MS + ms - offset_ms;
	return (ERR_OK);
}
