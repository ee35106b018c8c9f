/*
 * The webhooks of a call: every parameter that Twilio sends, and the
 * signature over them; its status callbacks; requests to the fallback address.
 * Source: Twilio, voice webhooks (request parameters, status callback,
 * availability); validating requests.
 */
#ifndef CALLWARD_SIM_WEBHOOK_H
#define CALLWARD_SIM_WEBHOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "io/id.h"
#include "io/settings.h"
#include "base/str.h"

#define CALLER_PARAMS_MAX 32
#define CALLER_REPEAT_MAX 1000

/* How the parameters travel. */
enum caller_form {
	CALLER_FORM, /* POST of a form */
	CALLER_JSON, /* POST of JSON, its hash in the address */
	CALLER_QUERY /* GET */
};

struct caller {
	const char *from, *to;
	const char *call_sid;		       /* NULL: a new one */
	const char *forwarded_from;	       /* NULL: not sent */
	const char *params[CALLER_PARAMS_MAX]; /* "NAME=VALUE" */
	size_t n_params;
	enum caller_form form;
	const char *status;	/* NULL, or "completed,ringing" */
	const char *error_code; /* of a fallback request; NULL: none */
	size_t repeat;		/* copies of one webhook */
	bool parallel;		/* all at once */
	bool stream;		/* follow <Connect><Stream> */
};

/* What is told beside the call itself. */
struct webhook_event {
	struct str status; /* of a status callback; no value: a call */
	int64_t sequence;
	int64_t duration_s; /* of a call that has ended; else -1 */
	bool outbound;	    /* Twilio called, and was not called */
	struct str url;	    /* no value: SIM_TWILIO_URL and below */
};

struct webhook {
	const char *method;
	const char *url;
	struct str body; /* no value in a GET */
	const char *type_header;
	const char *call_sid;
	const char *signature_header; /* "X-Twilio-Signature: …" */
	const char *idempotency_header;
	const char *settings_header; /* NULL: the account's token signed */
};

/* Everything lives in the arena. ERR_INPUT for a bad token or parameter. */
enum err_code webhook_make(struct arena *, const struct settings *,
    const struct caller *, const struct webhook_event *,
    struct webhook *webhook_r, struct err *e) MUST_CHECK;

/* A new CallSid. */
enum err_code webhook_call_sid(char sid_r[ID_CALL_SID_SIZE],
    struct err *e) MUST_CHECK;

/* "Thu, 01 Jan 2026 00:00:00 +0000", as RFC 2822 has it. */
struct str webhook_date(struct arena *, int64_t wall_ms);

#endif
