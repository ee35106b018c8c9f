/*
 * The webhooks of an inbound call: every parameter that Twilio sends, and the
 * signature over them; its status callbacks; requests to the fallback address.
 * Source: Twilio, voice webhooks (request parameters, status callback,
 * availability); validating requests.
 */
#ifndef CALLWARD_SIM_WEBHOOK_H
#define CALLWARD_SIM_WEBHOOK_H

#include "arena.h"
#include "caller.h"
#include "err.h"
#include "settings.h"
#include "str.h"

/* What is told beside the call itself. */
struct webhook_event {
	struct str status; /* of a status callback; no value: a call */
	int64_t sequence;
};

struct webhook {
	const char *method;
	const char *url;
	struct str body; /* no value in a GET */
	const char *type_header;
	const char *call_sid;
	const char *signature_header; /* "X-Twilio-Signature: …" */
	const char *idempotency_header;
};

/* Everything lives in the arena. ERR_INPUT for a bad token or parameter. */
enum err_code webhook_make(struct arena *, const struct settings *,
    const struct caller *, const struct webhook_event *,
    struct webhook *webhook_r, struct err *e) MUST_CHECK;

#endif
