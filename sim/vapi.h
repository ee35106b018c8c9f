/*
 * The part of Vapi's API that Callward uses, and the door by which Twilio
 * connects a call. Each is the handler of a row in serve.c.
 * Source: Vapi's OpenAPI description of 2026-08-20, paths /call and below.
 */
#ifndef CALLWARD_SIM_VAPI_H
#define CALLWARD_SIM_VAPI_H

#include "base/err.h"
#include "io/json.h"
#include "store.h"
#include "visit.h"

enum err_code vapi_create(struct visit *, struct err *e) MUST_CHECK;
enum err_code vapi_get(struct visit *, struct err *e) MUST_CHECK;
enum err_code vapi_list(struct visit *, struct err *e) MUST_CHECK;
enum err_code vapi_mono(struct visit *, struct err *e) MUST_CHECK;
enum err_code vapi_stereo(struct visit *, struct err *e) MUST_CHECK;

/* An assistant or a number: every id exists, and the id is all it tells. */
enum err_code vapi_find(struct visit *, struct err *e) MUST_CHECK;

/*
 * POST /stream/{}: stands for the WebSocket that Twilio opens. A body, if
 * any, is the stream's first event: {"event":"start","start":{"callSid":…}}.
 */
enum err_code vapi_stream(struct visit *, struct err *e) MUST_CHECK;

/* A new call with the next id, as body asks for it; not kept, no request. */
void vapi_draw(struct visit *, const struct json *body, const struct plan *,
    struct store_call *call_r);

/* ERR_AUTH, and the answer is filled, without the right key. */
enum err_code vapi_prove(struct visit *, struct err *e) MUST_CHECK;

#endif
