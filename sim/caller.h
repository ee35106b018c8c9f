/*
 * `callward-sim call`: plays Twilio when a call comes in. Makes the signed
 * webhook, reads the TwiML that comes back and follows it as far as the
 * media stream. Sends status callbacks and requests to the fallback address.
 * Source: Twilio, voice webhooks (parameters, time limits, retries),
 * validating requests.
 */
#ifndef CALLWARD_SIM_CALLER_H
#define CALLWARD_SIM_CALLER_H

#include <stdbool.h>

#include "base/err.h"
#include "io/settings.h"
#include "webhook.h"

/*
 * Make the call, or send the status callbacks in the order given, numbered in
 * the order in which such things happen; each attempt is a line on stdout.
 * all_valid_r: every copy was answered with valid TwiML, a status callback
 * with any 2xx.
 */
enum err_code caller_run(const struct settings *, const struct caller *,
    bool *all_valid_r, struct err *e) MUST_CHECK;

#endif
