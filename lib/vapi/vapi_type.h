/*
 * The types of server messages that Vapi names, and what each is to us. A type
 * that is not named here is "other": Vapi adds some at any time, and what is
 * answered is the same.
 * Source: @vapi-ai/server-sdk 2.0.1, ServerMessage...Type and
 * ...ServerMessagesItem; Vapi's OpenAPI description names the same.
 */
#ifndef CALLWARD_VAPI_TYPE_H
#define CALLWARD_VAPI_TYPE_H

#include <stddef.h>

#include "base/str.h"

#define VAPI_TYPE_OTHER 0
#define VAPI_TYPES 45 /* with "other" */

enum vapi_message_kind {
	VAPI_MESSAGE_OTHER = 0, /* acknowledged */
	VAPI_MESSAGE_STATUS,	/* status-update */
	VAPI_MESSAGE_REPORT,	/* end-of-call-report */
	VAPI_MESSAGE_HANG,
	VAPI_MESSAGE_DELETED, /* call.deleted */
	VAPI_MESSAGE_REQUEST  /* assistant-request */
};

/* Below VAPI_TYPES; VAPI_TYPE_OTHER for what is no name of the table. */
size_t vapi_type_of(struct str name);

/* Of an index below VAPI_TYPES. */
const char *vapi_type_name(size_t type);
enum vapi_message_kind vapi_type_kind(size_t type);

#endif
