/*
 * Waiting for what another thread or a server does, on a machine that may be
 * slow: until the condition is true, and for 30 s at most. The next line has to
 * check whether it is.
 */
#ifndef CALLWARD_WAIT_H
#define CALLWARD_WAIT_H

#include "base/clock.h"

#define WAIT_MOST_MS 30000

/* The condition is evaluated every millisecond. */
#define WAIT_UNTIL(condition)                                                  \
	for (int64_t wait_ms = clock_mono_ms() + WAIT_MOST_MS;                 \
	     !(condition) && clock_mono_ms() < wait_ms;)                       \
	clock_sleep_ms(1)

#endif
