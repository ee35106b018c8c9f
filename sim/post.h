/*
 * One server message on its way: the credential, and one POST.
 * Source: Vapi, server authentication (shared secret, HMAC).
 */
#ifndef CALLWARD_SIM_POST_H
#define CALLWARD_SIM_POST_H

#include "base/arena.h"
#include "base/err.h"
#include "io/http.h"
#include "sim.h"

/*
 * Send body to SIM_CALLBACK_URL and wait for the answer as long as the plan
 * says. Signed where sim.conf has an HMAC secret, else with SIM_VAPI_SECRET.
 * Errors are those of http_do.
 */
enum err_code post_message(struct sim *, struct arena *, const struct plan *,
    struct str body, struct http_answer *answer_r, struct err *e) MUST_CHECK;

#endif
