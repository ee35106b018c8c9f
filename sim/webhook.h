/*
 * The webhook of an inbound call: every parameter that Twilio sends, and the
 * signature over them.
 * Source: Twilio, voice webhooks, request parameters.
 */
#ifndef CALLWARD_SIM_WEBHOOK_H
#define CALLWARD_SIM_WEBHOOK_H

#include "arena.h"
#include "caller.h"
#include "err.h"
#include "settings.h"
#include "str.h"

struct webhook {
	struct str body;			/* the form */
	const char *call_sid;
	const char *signature_header;		/* "X-Twilio-Signature: …" */
	const char *idempotency_header;
};

/* Everything lives in the arena. ERR_INPUT for a bad token or parameter. */
enum err_code webhook_make(struct arena *, const struct settings *,
    const struct caller *, struct webhook *webhook_r, struct err *e)
    MUST_CHECK;

#endif
