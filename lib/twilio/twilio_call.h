/*
 * Ask Twilio to ring a number: one POST, one attempt. Knows Twilio's request
 * and answer, no tenant and no database.
 * Source: Twilio, Programmable Voice, "Create a Call resource".
 */
#ifndef CALLWARD_TWILIO_CALL_H
#define CALLWARD_TWILIO_CALL_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "io/http.h"
#include "base/str.h"

struct twilio_call {
	const char *api_url; /* "https://api.twilio.com" */
	struct str account_sid;
	struct str token;
	struct str from; /* a line of the account, E.164 */
	struct str to;
	struct str url;	       /* where the TwiML is, once it is answered */
	struct str status_url; /* where its end is told */
	int timeout_s;	       /* how long it rings */
};

/*
 * call_sid_r     what Twilio calls it; written on ERR_OK alone
 * ERR_TEMPORARY  nobody is rung (not sent, too many requests)
 * ERR_UNCERTAIN  somebody may be rung
 * ERR_INPUT      refused for what we sent
 * ERR_DENIED     the account or its token is refused
 * Messages have Twilio's number for the error, and nobody's telephone number.
 */
enum err_code twilio_call_start(struct http *, struct arena *,
    const struct twilio_call *, int64_t deadline_ms, struct str *call_sid_r,
    struct err *e) MUST_CHECK;

#endif
