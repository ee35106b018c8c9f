/*
 * What Twilio asks while a number is proven: what the call that we make is to
 * hear, how it ended, and what the call that came back has heard. Answers
 * TwiML; which attempt it is about and what that has come to is the database's.
 * Source: doc/proof.md; Twilio, TwiML for Programmable Voice.
 */
#ifndef CALLWARD_LOOP_H
#define CALLWARD_LOOP_H

#include "exchange.h"
#include "tenancy/tenancy.h"

/*
 * POST /api/webhooks/twilio/loop?leg=LEG[&verification=ID&language=es]
 *
 * out     our call was answered: TwiML
 * key     a key was pressed in it: TwiML with the code
 * status  our call is over: 204
 * in      the call that came back has heard tones: TwiML
 */
exchange_handler loop_webhook;

/*
 * A call arrives that an attempt waits for: listen to it, or send it away.
 * The answer is stored under its CallSid like any other first answer.
 */
enum err_code loop_answer(struct exchange *, struct tenancy_arrival *,
    struct err *e) MUST_CHECK;

struct loop_address {
	const char *leg;
	struct str verification; /* STR_NONE: of no certain attempt */
	struct str language;	 /* as clinics set it; STR_NONE: English */
};

/* That address, whole. */
enum err_code loop_url(const struct exchange *, const struct loop_address *,
    struct str *url_r, struct err *e) MUST_CHECK;

#endif
