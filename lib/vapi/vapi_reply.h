/*
 * What Vapi expects to be answered, by type of message. Shapes only: who is
 * put through to what is decided elsewhere.
 * Source: Vapi API, ServerMessageResponse*.
 */
#ifndef CALLWARD_VAPI_REPLY_H
#define CALLWARD_VAPI_REPLY_H

#include "base/arena.h"
#include "base/err.h"
#include "io/json.h"
#include "tenancy/phone.h"
#include "base/str.h"
#include "vapi/vapi_overrides.h"

/*
 * The answer to a message that asks for something we do not offer: each in
 * the shape of its type, "{}" where nothing is asked.
 *
 * tool_calls  the list of them, bytes of JSON as sent; or STR_NONE
 */
enum err_code vapi_reply_decline(struct arena *, struct str type,
    struct str tool_calls, struct str *reply_r, struct err *e) MUST_CHECK;

/* assistant-request: this assistant, with what is the call's own. */
enum err_code vapi_reply_assistant(struct arena *, struct str assistant_id,
    const struct vapi_overrides *, struct str *reply_r,
    struct err *e) MUST_CHECK;

/*
 * assistant-request: put through to number, or say the sentence and end.
 *
 * sentence  without p nothing is said before the number is dialled
 */
enum err_code vapi_reply_refuse(struct arena *, struct str sentence,
    const struct phone *number, struct str *reply_r, struct err *e) MUST_CHECK;

#endif
