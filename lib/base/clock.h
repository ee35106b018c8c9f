/*
 * Two clocks and one format. Wall time is int64_t milliseconds since 1970,
 * UTC; deadlines are milliseconds of the monotonic clock, which no clock
 * change can move.
 */
#ifndef CALLWARD_CLOCK_H
#define CALLWARD_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "base/str.h"

#define CLOCK_RFC3339_SIZE 25 /* "2026-01-01T00:00:00.000Z" and NUL */

int64_t clock_wall_ms(void);
int64_t clock_mono_ms(void);

/* A point of the monotonic clock as pthread_cond_clockwait wants it. */
struct timespec clock_timespec(int64_t mono_ms);

void clock_sleep_ms(int64_t ms);

/* Years 0000 to 9999; outside of them the nearest end is written. */
void clock_format_rfc3339(int64_t wall_ms, char text_r[CLOCK_RFC3339_SIZE]);

/*
 * "2026-01-01T00:00:00[.fraction](Z|+hh:mm|-hh:mm)", capital or small T and
 * Z. Anything finer than a millisecond is cut. A leap second reads as the
 * second after it. ERR_INPUT for anything else.
 * Source: RFC 3339 section 5.6.
 */
enum err_code clock_parse_rfc3339(struct str text, int64_t *wall_ms_r,
    struct err *e) MUST_CHECK;

#endif
