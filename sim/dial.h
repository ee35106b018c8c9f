/*
 * Calls that Twilio makes for us: the telephone rings, is answered, or the
 * network forwards the call to one of our own lines.
 */
#ifndef CALLWARD_SIM_DIAL_H
#define CALLWARD_SIM_DIAL_H

#include "base/err.h"
#include "leg.h"

/* Make the call; party_r has its CallSid. Errors are those of leg_begin. */
enum err_code dial_out(struct sim *, const struct leg_party *,
    const struct leg_order *, struct leg_party *party_r,
    struct err *e) MUST_CHECK;

#endif
