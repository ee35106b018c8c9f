/*
 * Reads a server message of Vapi: which call it is about, what it says, and
 * where the sealed metadata stands in it. Takes out of a message only what is
 * stored; nothing else of it is kept, because messages can hold secrets.
 * Source: Vapi, server messages; field order as observed in real messages.
 */
#ifndef CALLWARD_VAPI_MESSAGE_H
#define CALLWARD_VAPI_MESSAGE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "io/json.h"
#include "tenancy/metadata.h"
#include "base/str.h"
#include "tenancy/tenancy.h"
#include "vapi/vapi_type.h"

/* Where metadata comes back, in the order in which it is looked at. */
enum vapi_metadata_place {
	VAPI_METADATA_CALL_OVERRIDES = 0, /* filled by us, */
	VAPI_METADATA_OVERRIDES,	  /* and so is this */
	VAPI_METADATA_CALL,
	VAPI_METADATA_ASSISTANT,
	VAPI_METADATA_CALL_ASSISTANT,
	VAPI_METADATA_MESSAGE,
	VAPI_METADATA_BESIDE, /* at the top level, beside "message" */
	VAPI_METADATA_PLACES
};

struct vapi_message {
	size_t type; /* as in vapi_type.h */
	enum vapi_message_kind kind;
	bool flat;		    /* the older shape */
	struct tenancy_event event; /* owner and body_* left to the caller */
	struct str status_text;	    /* as sent; STR_NONE: none */
	/* What an assistant-request is decided by. */
	struct str caller, line, forwarded_from;
	struct str tool_calls; /* the list, bytes of JSON as sent */
	/* Our seven names in each place; what is no object is an array. */
	const struct json *metadata[VAPI_METADATA_PLACES];
	bool unsealed; /* set by vapi_message_owner: ignored metadata came */
};

/*
 * Read {"message":{...}}, or the older flat shape with the same members at
 * the top level. Never fails on a member that is missing, of another type or
 * absurd (a negative duration, a time that is none): it counts as not told.
 * What is over a bound is left out and named in event.details.
 *
 * ERR_INPUT: the body is no JSON object, or two readers could differ about
 * what decides; of m_r the event's type and ids, and status_text, hold as far
 * as was read. ERR_TOO_LARGE: it is too much for the arena; the same holds.
 */
enum err_code vapi_message_read(struct arena *, struct str body,
    struct vapi_message *m_r, struct err *e) MUST_CHECK;

/*
 * A call that reached Vapi first: what an assistant-request says of it, as
 * Twilio would. One without customer.number comes from a number that is
 * withheld. ERR_INPUT names what else is missing.
 */
enum err_code vapi_message_arrival(const struct vapi_message *,
    struct tenancy_arrival *in_r, struct err *e) MUST_CHECK;

/*
 * Open the metadata, wherever it came back. Sealed is an object whose seal is
 * a text that begins with "v1."; every sealed copy has to open, and all have
 * to agree. In assistantOverrides.metadata, which we fill, our names without a
 * seal, or what is no object, are a forgery; elsewhere what is not sealed is
 * somebody else's and is ignored (m->unsealed). In an assistant-request it is
 * ignored everywhere: nothing was filled yet.
 *
 * ERR_ABSENT: no sealed copy came. ERR_DENIED: a forgery, one that does not
 * open, or two that differ. metadata_r is what of it is ours, as JSON.
 */
enum err_code vapi_message_owner(struct arena *, const struct keyring *,
    struct vapi_message *m, struct metadata *owner_r, struct str *metadata_r,
    struct err *e) MUST_CHECK;

#endif
