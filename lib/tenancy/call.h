/*
 * The states of a call and how a provider's words map to them. Pure tables.
 * Source: Vapi's call status and endedReason, Twilio's CallStatus.
 */
#ifndef CALLWARD_CALL_H
#define CALLWARD_CALL_H

#include "base/err.h"
#include "base/str.h"

enum call_status {
	CALL_NONE = 0, /* says nothing about the state */
	CALL_INITIATED,
	CALL_RINGING,
	CALL_IN_PROGRESS,
	CALL_FORWARDING,
	CALL_COMPLETED,
	CALL_NO_ANSWER,
	CALL_BUSY,
	CALL_FAILED,
	CALL_CANCELED,
	CALL_STATUSES
};

/* The column's value, such as "in-progress"; NULL for CALL_NONE. */
const char *call_status_text(enum call_status);

/*
 * A Vapi status, with the endedReason that came along (or none). "ended"
 * without a reason is CALL_COMPLETED; an unknown word is CALL_NONE.
 */
enum call_status call_status_of_vapi(struct str status, struct str reason);

/* A Twilio CallStatus; an unknown word is CALL_NONE. */
enum call_status call_status_of_twilio(struct str status);

/*
 * The final state that an endedReason means: not connected, configuration
 * and fault classes have their own; every other, unknown ones included, is
 * CALL_COMPLETED.
 */
enum call_status call_status_of_reason(struct str ended_reason);

#endif
