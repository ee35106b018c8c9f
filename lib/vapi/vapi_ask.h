/*
 * One request to Vapi's API: its address, the private key, one attempt. Knows
 * no resource of it.
 * Source: Vapi API, authentication.
 */
#ifndef CALLWARD_VAPI_ASK_H
#define CALLWARD_VAPI_ASK_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "io/http.h"
#include "base/str.h"

struct vapi_question {
	const char *api_url; /* "https://api.vapi.ai" */
	const char *api_key;
	struct str path; /* "/call" */
	struct str body; /* JSON, and the method is POST; STR_NONE: GET */
	int64_t deadline_ms;
	size_t answer_max_bytes;
};

/*
 * ERR_OK for any HTTP status.
 * ERR_TEMPORARY  it was not sent
 * ERR_UNCERTAIN  it was sent, and no whole answer came in time, or one over
 *                answer_max_bytes
 * Messages begin with "vapi" and hold neither key nor body.
 */
enum err_code vapi_ask(struct http *, struct arena *,
    const struct vapi_question *, struct http_answer *answer_r,
    struct err *e) MUST_CHECK;

/*
 * What a status means whatever was asked: the key, billing, limits. ERR_OK: it
 * is another one, and the caller knows what it means.
 */
enum err_code vapi_ask_refused(const struct http_answer *,
    struct err *e) MUST_CHECK;

/* ERR_TEMPORARY; Vapi says so in the answer of a success, too. */
enum err_code vapi_ask_over_concurrency(struct err *e) MUST_CHECK;

#endif
