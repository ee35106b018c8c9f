/*
 * The server messages, as they are sent: {"message":{...}}.
 * Source: Vapi's OpenAPI description, schema ServerMessage; what captured
 * messages carry beyond it.
 */
#ifndef CALLWARD_SIM_MESSAGE_H
#define CALLWARD_SIM_MESSAGE_H

#include "base/arena.h"
#include "base/err.h"
#include "io/json.h"
#include "object.h"
#include "sim.h"
#include "store.h"

/* In the order in which they come. */
enum message_kind {
	MESSAGE_RINGING,     /* status-update, only before the answer */
	MESSAGE_IN_PROGRESS, /* status-update */
	MESSAGE_STARTED,
	MESSAGE_SPEECH,
	MESSAGE_CONVERSATION,
	MESSAGE_HANG,
	MESSAGE_PREMATURE, /* a report while the call goes on */
	MESSAGE_ENDED,	   /* status-update */
	MESSAGE_REPORT,
	MESSAGE_KINDS
};

enum plan_message message_type(enum message_kind);

/* "in-progress", "ended", or NULL where there is no such word. */
const char *message_status(enum message_kind);

/*
 * Write what every message has: time, call, phoneNumber, customer, assistant;
 * metadata where the plan says.
 *
 * view  of message.call; OBJECT_RINGING has no metadata to bring back
 * to    phoneNumber.number; NULL: made up from its id
 */
enum err_code message_write_common(const struct sim *, struct arena *,
    const struct plan *, const struct store_call *, enum object_view view,
    const char *to, struct json *message, struct err *e) MUST_CHECK;

/* Write {"message":{...}} into envelope. */
enum err_code message_write(const struct sim *, struct arena *,
    const struct plan *, const struct store_call *, enum message_kind,
    struct json *envelope, struct err *e) MUST_CHECK;

#endif
