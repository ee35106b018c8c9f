/*
 * Reads a server message of Vapi: which call it is about, what it says, and
 * where the sealed metadata stands in it. Takes out of a message only what is
 * stored; nothing else of it is kept, because messages can hold secrets.
 * Source: Vapi, server messages; field order as observed in real messages.
 */
#ifndef CALLWARD_VAPI_MESSAGE_H
#define CALLWARD_VAPI_MESSAGE_H

#include "arena.h"
#include "err.h"
#include "json.h"
#include "metadata.h"
#include "str.h"
#include "tenancy.h"

enum vapi_message_kind {
	VAPI_MESSAGE_OTHER = 0, /* acknowledged */
	VAPI_MESSAGE_STATUS,	/* status-update */
	VAPI_MESSAGE_REPORT,	/* end-of-call-report */
	VAPI_MESSAGE_HANG,
	VAPI_MESSAGE_REQUEST /* assistant-request */
};

struct vapi_message {
	enum vapi_message_kind kind;
	const struct json *message; /* the object that has "type" */
	bool flat;		    /* the older shape */
	struct tenancy_event event; /* owner and body_* left to the caller */
};

/*
 * Read {"message":{...}}, or the older flat shape with the same members at
 * the top level. Never fails on a member that is missing, of another type or
 * absurd (a negative duration, a time that is none): it counts as not told.
 * ERR_INPUT only when root is no object; ERR_TOO_LARGE when it is too much for
 * the arena, and the ids in m_r can be used all the same.
 */
enum err_code vapi_message_read(struct arena *, const struct json *root,
    struct vapi_message *m_r, struct err *e) MUST_CHECK;

/*
 * A call that reached Vapi first: what an assistant-request says of it, as
 * Twilio would. One without customer.number comes from a number that is
 * withheld. ERR_INPUT names what else is missing.
 */
enum err_code vapi_message_arrival(const struct vapi_message *,
    struct tenancy_arrival *in_r, struct err *e) MUST_CHECK;

/*
 * Open the metadata, wherever it came back. ERR_ABSENT: none came; ERR_DENIED:
 * some came that does not open, or two that differ. Looked at in order:
 * call.assistantOverrides, call, assistant, call.assistant, the message, and
 * the top level of the flat shape. metadata_r is what of it is ours, as JSON.
 */
enum err_code vapi_message_owner(struct arena *, const struct metadata_keys *,
    const struct json *root, struct metadata *owner_r, struct str *metadata_r,
    struct err *e) MUST_CHECK;

#endif
