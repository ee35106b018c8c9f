/*
 * A call that reached Vapi first (a number imported there): Vapi asks which
 * assistant to run. The same ownership rule as for Twilio's webhook decides,
 * and the answer carries the same sealed metadata; who has no owner hears a
 * refusal. Always 200: a caller is waiting.
 * Source: Vapi, server message assistant-request.
 */
#ifndef CALLWARD_VAPI_REQUEST_H
#define CALLWARD_VAPI_REQUEST_H

#include "exchange.h"
#include "vapi/vapi_message.h"

enum err_code vapi_request_assistant(struct exchange *,
    const struct vapi_message *, struct err *e) MUST_CHECK;

/* A caller waits for the answer: Vapi gives 7.5 s for all of it. */
void vapi_request_hurry(struct exchange *);

#endif
