/*
 * Ask Vapi for a session that takes over a call which Twilio already has: one
 * POST /call in bypass mode, one attempt. Knows Vapi's request and answer,
 * no tenant and no database.
 * Source: Vapi API, POST /call; "Phone number provider bypass".
 */
#ifndef CALLWARD_VAPI_SESSION_H
#define CALLWARD_VAPI_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "io/http.h"
#include "io/json.h"
#include "base/str.h"
#include "vapi/vapi_breaker.h"
#include "vapi/vapi_overrides.h"

struct vapi_session_request {
	const char *api_url; /* "https://api.vapi.ai" */
	const char *api_key;
	struct str assistant_id;    /* Vapi's */
	struct str phone_number_id; /* Vapi's; STR_NONE leaves it out */
	struct str customer_number; /* any text; only E.164 is sent as such */
	struct vapi_overrides overrides;
	bool top_level_metadata;      /* also where it is not documented */
	struct vapi_breaker *breaker; /* NULL: Vapi is always asked */
	struct str clinic;	      /* for the breaker */
};

struct vapi_session {
	struct str call_id;
	struct str twiml; /* to be passed on byte for byte */
};

/* The request's body. */
enum err_code vapi_session_body(struct arena *,
    const struct vapi_session_request *, struct str *body_r,
    struct err *e) MUST_CHECK;

/*
 * session_r      written on ERR_OK alone
 * ERR_TEMPORARY  nothing was started (not asked, not sent, refused, no free
 *                slot)
 * ERR_UNCERTAIN  it may have been started
 * ERR_INPUT      refused for what we sent: names what the operator can do
 * ERR_DENIED     the key is refused
 */
enum err_code vapi_session_create(struct http *, struct arena *,
    const struct vapi_session_request *, int64_t deadline_ms,
    struct vapi_session *session_r, struct err *e) MUST_CHECK;

#endif
