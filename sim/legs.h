/*
 * All calls at the simulated Twilio (leg.h), as the simulator holds them.
 */
#ifndef CALLWARD_SIM_LEGS_H
#define CALLWARD_SIM_LEGS_H

#include <stdint.h>

#include "base/err.h"

struct legs;

struct legs *legs_new(void) MUST_CHECK;

/*
 * How many times as quick as ours the simulated world is from now on, at
 * first once; also for those who wait. A conversation is no quicker than we
 * are while anybody in it does something, or waits for a document of ours.
 */
void legs_set_speed(struct legs *, int64_t speed);

/* End all that goes on; legs_free waits for it, and frees. */
void legs_stop(struct legs *);
void legs_free(struct legs *);

/* Forget all; what goes on ends without a word. */
void legs_clear(struct legs *);

#endif
