/*
 * The server messages, as they are sent: {"message":{...}}.
 * Source: Vapi's OpenAPI description, schema ServerMessage; what captured
 * messages carry beyond it.
 */
#ifndef CALLWARD_SIM_MESSAGE_H
#define CALLWARD_SIM_MESSAGE_H

#include "arena.h"
#include "err.h"
#include "json.h"
#include "sim.h"
#include "store.h"

/* In the order in which they come. */
enum message_kind {
	MESSAGE_IN_PROGRESS,	/* status-update */
	MESSAGE_STARTED,
	MESSAGE_SPEECH,
	MESSAGE_CONVERSATION,
	MESSAGE_HANG,
	MESSAGE_ENDED,		/* status-update */
	MESSAGE_REPORT,
	MESSAGE_KINDS
};

enum plan_message message_type(enum message_kind);

/* "in-progress", "ended", or NULL where there is no such word. */
const char *message_status(enum message_kind);

/* Write {"message":{...}} into envelope. */
enum err_code message_write(const struct sim *, struct arena *,
    const struct store_call *, enum message_kind, struct json *envelope,
    struct err *e) MUST_CHECK;

#endif
