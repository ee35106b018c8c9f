/*
 * Waiting for what another thread or a server does, on a machine that may be
 * slow: until it is so, and for 30 s at most. Whether it is so is for the next
 * line to check.
 */
#ifndef CALLWARD_WAIT_H
#define CALLWARD_WAIT_H

#include "base/clock.h"

#define WAIT_MOST_MS 30000

/* condition is asked for every millisecond. */
#define WAIT_UNTIL(condition)                                                  \
	for (int64_t wait_ms = clock_mono_ms() + WAIT_MOST_MS;                 \
	     !(condition) && clock_mono_ms() < wait_ms;)                       \
	clock_sleep_ms(1)

#endif
