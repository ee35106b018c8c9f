/*
 * The ways in which POST /call is known to fail: errors and limits as Vapi
 * words them, and answers that look like success and cannot be used.
 * Source: Vapi's error bodies as users report them; its guide on concurrency.
 */
#ifndef CALLWARD_SIM_FAILURE_H
#define CALLWARD_SIM_FAILURE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "io/json.h"
#include "fastcgi/response.h"
#include "base/str.h"

enum failure {
	FAILURE_NONE,
	FAILURE_VALIDATION,	 /* 400, a sentence */
	FAILURE_VALIDATION_LIST, /* 400, a list of them */
	FAILURE_KEY,		 /* 401 */
	FAILURE_BILLING,	 /* 402 */
	FAILURE_NOT_FOUND,	 /* 404 */
	FAILURE_RATE,		 /* 429 with Retry-After */
	FAILURE_CONCURRENCY,	 /* 400 of the older kind */
	FAILURE_BLOCKED,	 /* 201 with subscriptionLimits */
	FAILURE_SERVER,		 /* 500 */
	FAILURE_HTML,		 /* 502, a page of a proxy */
	FAILURE_UNAVAILABLE,	 /* 503 with Retry-After */
	FAILURE_HTML_OK,	 /* 200, a page */
	FAILURE_NO_TWIML,	 /* 201 from here on */
	FAILURE_EMPTY_TWIML,
	FAILURE_BAD_TWIML,
	FAILURES
};

/* The word in a plan, such as "rate-limit". */
const char *failure_name(enum failure);

/* FAILURE_NONE when there is no such word. */
enum failure failure_find(struct str word);

/* Does it come after the call was made? */
bool failure_is_late(enum failure);

/* The whole answer of one that is not late. */
enum err_code failure_answer(struct arena *, enum failure, struct response *,
    struct err *e) MUST_CHECK;

/* What takes the place of the details in the answer of one that is late. */
void failure_write_details(enum failure, struct json *object);

#endif
