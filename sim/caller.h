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
#include <stddef.h>

#include "err.h"
#include "settings.h"

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

/*
 * Make the call, or send the status callbacks in the order given, numbered in
 * the order in which such things happen; each attempt is a line on stdout.
 * all_valid_r: every copy was answered with valid TwiML, a status callback
 * with any 2xx.
 */
enum err_code caller_run(const struct settings *, const struct caller *,
    bool *all_valid_r, struct err *e) MUST_CHECK;

#endif
